'use strict'

// A pool whose workers are written in Rust.

const avaTest = require('ava').default
const { AsyncLocalStorage } = require('node:async_hooks')
const { once } = require('node:events')
const { WorkerPool } = require('..')
const { bounded } = require('./helpers')
const { library } = require('./native-helpers')

const test = bounded(avaTest)

function pool (t, filename, options) {
  const pool = new WorkerPool({ filename, minThreads: 2, maxThreads: 2, ...options })
  t.teardown(() => pool.destroy())
  return pool
}

test('native:fib in a pool', async (t) => {
  const fib = pool(t, 'native:fib')
  t.is(await fib.exec({ n: 20 }), 6765)
  t.deepEqual(await Promise.all([10, 11, 12].map(n => fib.exec({ n }))), [55, 89, 144])
})

test('new WorkerPool(library, size), and each function by its name', async (t) => {
  const tasks = new WorkerPool(library, 1)
  t.teardown(() => tasks.destroy())
  t.is(await tasks.exec(10, { name: 'fib' }), 55)
  t.deepEqual(await tasks.exec({ firstName: 'Ada', age: 36 }, { name: 'greet' }), { text: 'Ada is 36', tagCount: 0 })
  await t.throwsAsync(tasks.exec(10), { code: 'ERR_INVALID_ARG_VALUE', message: /options\.name.*echo/ })
  await t.throwsAsync(tasks.exec(10, { name: 'nobody' }), { code: 'ERR_ISOTHREADS_NO_SUCH_WORKER', message: /nobody/ })
  await t.throwsAsync(tasks.exec(10, { name: 'parrot' }), { code: 'ERR_ISOTHREADS_NATIVE_UNSUPPORTED', message: /conversation/ })
})

test('a function that was named with the library is the one by default', async (t) => {
  const tasks = pool(t, `${library}#fib`)
  t.is(await tasks.exec(10), 55)
  t.is(await tasks.exec('x', { name: 'echo' }), 'x')
})

test('ten thousand tasks, each with its own result', async (t) => {
  const tasks = pool(t, library)
  const results = await Promise.all(Array.from({ length: 10_000 }, (_, index) => tasks.exec({ index }, { name: 'echo' })))
  t.true(results.every(({ index }, place) => index === place))
  t.is(tasks.completed, 10_000)
})

test('errors and panics reject, and the worker continues', async (t) => {
  const tasks = pool(t, library, { minThreads: 1, maxThreads: 1 })
  const exits = []
  tasks.on('workerDestroy', worker => exits.push(worker))
  const error = await t.throwsAsync(tasks.exec('too far', { name: 'fail' }), { instanceOf: RangeError, message: 'too far', code: 'ERR_TEST' })
  t.is(typeof error.threadId, 'number')
  const panic = await t.throwsAsync(tasks.exec('no way', { name: 'panic' }), { message: 'no way', code: 'ERR_ISOTHREADS_PANIC' })
  t.regex(panic.location, /functions\.rs/)
  await t.throwsAsync(tasks.exec('x', { name: 'fib' }), { code: 'ERR_INVALID_ARG_VALUE', message: /^invalid argument for worker 'fib'/ })
  t.is(await tasks.exec(10, { name: 'fib' }), 55)
  t.deepEqual(exits, [])
})

test('progress comes before the result', async (t) => {
  const tasks = pool(t, library)
  const progress = []
  t.is(await tasks.exec(3, { name: 'progress', onProgress: value => progress.push(value) }), 3)
  t.deepEqual(progress, [1, 2, 3])
})

test('reports of a task after its end are dropped, and are not progress of the next task', async (t) => {
  const tasks = pool(t, library, { minThreads: 1, maxThreads: 1 })
  const heard = []
  tasks.on('message', message => heard.push(message))
  await tasks.exec(undefined, { name: 'late_reporter', onProgress: value => heard.push(value) })
  const before = heard.length
  const progress = []
  for (let round = 0; round < 100; round++) await tasks.exec(1, { name: 'progress', onProgress: value => progress.push(value) })
  t.deepEqual(progress, Array(100).fill(1))
  t.is(heard.length, before)
})

test('an aborted task sees it, and its worker continues', async (t) => {
  const tasks = pool(t, library, { minThreads: 1, maxThreads: 1 })
  const { signal, abort } = aborting()
  const task = tasks.exec(undefined, { name: 'run_until_cancelled', signal, abortGrace: 30_000, onProgress: abort })
  await t.throwsAsync(task, { name: 'AbortError' })
  t.is(await tasks.exec(10, { name: 'fib' }), 55)
  t.is(tasks.threads, 1)
})

function aborting () {
  const controller = new AbortController()
  return { signal: controller.signal, abort: () => controller.abort() }
}

test('the timeout of a task', async (t) => {
  const tasks = pool(t, library, { minThreads: 1, maxThreads: 1 })
  const task = tasks.exec(undefined, { name: 'run_until_cancelled', timeout: 20, abortGrace: 30_000 })
  await t.throwsAsync(task, { code: 'ERR_ISOTHREADS_TASK_TIMEOUT' })
  t.is(await tasks.exec(10, { name: 'fib' }), 55)
})

test('an abort affects only its task, however fast the next one starts', async (t) => {
  const tasks = pool(t, library, { minThreads: 1, maxThreads: 1 })
  for (let round = 0; round < 200; round++) {
    const { signal, abort } = aborting()
    const first = tasks.exec(undefined, { name: 'run_until_cancelled', signal, abortGrace: 30_000, onProgress: abort })
    const second = tasks.exec(round, { name: 'echo' })
    await t.throwsAsync(first, { name: 'AbortError' })
    t.is(await second, round)
  }
})

test('buffers are transferred to a task and back', async (t) => {
  const tasks = pool(t, `${library}#invert`)
  const data = new Uint8Array(1 << 20)
  const inverted = await tasks.exec(data, { transferList: [data.buffer] })
  t.is(data.length, 0)
  t.is(inverted.length, 1 << 20)
  t.true(inverted.every(byte => byte === 0xFF))
})

test('map, priorities, affinity and a bounded queue are those of every pool', async (t) => {
  const tasks = pool(t, `${library}#fib`, { maxQueue: 1000 })
  const results = []
  for await (const result of tasks.map([1, 2, 3, 4, 5, 6])) results.push(result)
  t.deepEqual(results, [1, 1, 2, 3, 5, 8])
  t.is(await tasks.exec(10, { priority: 3, affinity: 'a' }), 55)
})

test('close() finishes waiting tasks; destroy() rejects them', async (t) => {
  const closed = pool(t, `${library}#fib`, { minThreads: 1, maxThreads: 1 })
  const results = Promise.all([20, 21, 22].map(n => closed.exec(n)))
  await closed.close()
  t.deepEqual(await results, [6765, 10946, 17711])

  const destroyed = pool(t, library, { minThreads: 1, maxThreads: 1 })
  const end = once(destroyed, 'close')
  const task = destroyed.exec(undefined, { name: 'run_until_cancelled', onProgress: () => destroyed.destroy() })
  await t.throwsAsync(task, { code: 'ERR_ISOTHREADS_WORKER_EXITED' })
  await end
})

test('workers are recycled after a number of tasks, and idle ones end', async (t) => {
  const tasks = pool(t, `${library}#fib`, { minThreads: 0, maxThreads: 1, recycle: { tasks: 3 } })
  const gone = once(tasks, 'workerDestroy')
  t.deepEqual(await Promise.all([1, 2, 3, 4, 5, 6, 7].map(n => tasks.exec(n))), [1, 1, 2, 3, 5, 8, 13])
  const [, code] = await gone
  t.is(code, 0)
  tasks.resize(0, 1)
})

test('timing is measured', async (t) => {
  const tasks = pool(t, `${library}#fib`, { recordTiming: true })
  await tasks.exec(20)
  t.is(tasks.histogram.runTime.count, 1)
  t.true(tasks.histogram.runTime.max > 0)
})

test('ready, threads and idleThreads', async (t) => {
  const tasks = pool(t, 'native:fib')
  await tasks.ready
  t.is(tasks.threads, 2)
  t.is(tasks.idleThreads, 2)
})

test('features that native workers do not support are errors', async (t) => {
  const tasks = pool(t, `${library}#echo`)
  const unsupported = { code: 'ERR_ISOTHREADS_NATIVE_UNSUPPORTED' }
  await t.throwsAsync(tasks.exec(() => 1), unsupported)
  await t.throwsAsync(tasks.exec((async function * () {})()), unsupported)
  await t.throwsAsync(tasks.exec(1, { onMessage () {} }), unsupported)
  t.throws(() => tasks.broadcast(1), unsupported)
  t.throws(() => new WorkerPool(`${library}#parrot`), { code: 'ERR_ISOTHREADS_NO_SUCH_WORKER', message: /conversation/ })
  t.throws(() => new WorkerPool({ filename: library, concurrentTasksPerWorker: 2 }), { code: 'ERR_INVALID_ARG_VALUE' })
  t.throws(() => new WorkerPool({ filename: library, recycle: { memory: 100 } }), { code: 'ERR_INVALID_ARG_VALUE' })
  t.throws(() => new WorkerPool({ filename: library, env: { A: '1' } }), { code: 'ERR_INVALID_ARG_VALUE' })
  t.throws(() => new WorkerPool({ filename: library, workerData: 1 }), { code: 'ERR_INVALID_ARG_VALUE' })
  t.throws(() => new WorkerPool({ filename: library, asyncLocalStorage: new AsyncLocalStorage() }), { code: 'ERR_INVALID_ARG_VALUE' })
})
