'use strict'

// Pools of lean workers.

const path = require('node:path')
const { once } = require('node:events')
const { WorkerPool, thrownBy } = require('./helpers')
const { leanTest: test } = require('./lean-helpers')

const file = path.join(__dirname, 'fixtures', 'pool', 'lean.js')
const rejection = (promise) => promise.then(() => { throw new Error('Nothing was thrown') }, (error) => error)

function startPool (t, options) {
  const pool = new WorkerPool({ filename: file, runtime: 'lean', maxThreads: 1, ...options })
  t.teardown(() => pool.destroy())
  return pool
}

test('a lean pool runs the functions of its file, and takes data and results of every kind', async (t) => {
  const pool = startPool(t, { maxThreads: 2, workerData: { of: 'all' } })
  t.deepEqual(await Promise.all([1, 2, 3].map((value) => pool.exec({ value }))), [{ value: 1 }, { value: 2 }, { value: 3 }])
  t.deepEqual(await pool.exec(undefined, { name: 'data' }), { of: 'all' })
  const buffer = new ArrayBuffer(8)
  t.is((await pool.exec(buffer, { transferList: [buffer] })).byteLength, 8)
  t.is(buffer.byteLength, 0)
  t.deepEqual(new Uint8Array(await pool.exec(3, { name: 'move' })), Uint8Array.of(7, 7, 7))
})

test('an error of a lean task has its class, code and stack, and loses no worker', async (t) => {
  const pool = startPool(t)
  const thread = await pool.exec(undefined, { name: 'thread' })
  const error = await rejection(pool.exec('wrong', { name: 'fail' }))
  t.true(error instanceof RangeError)
  t.like(error, { message: 'wrong', code: 'E_TASK', threadId: thread })
  t.regex(error.stack, /^RangeError: wrong\n +at .*lean\.js:/)
  t.is((await rejection(pool.exec(() => {}, { name: 'thread' }))).code, 'ERR_INVALID_ARG_TYPE')
  t.regex((await rejection(pool.exec(1, { name: 'missing' }))).message, /has no function missing$/)
  t.is(await pool.exec(undefined, { name: 'thread' }), thread)
})

test('a lean task hears of its abort and keeps its worker; one that does not is ended', async (t) => {
  const pool = startPool(t)
  const thread = await pool.exec(undefined, { name: 'thread' })
  const cells = new Int32Array(new SharedArrayBuffer(8))
  const controller = new AbortController()
  const aborted = rejection(pool.exec(cells, { name: 'untilAborted', signal: controller.signal, abortGrace: 30_000 }))
  while (Atomics.load(cells, 0) === 0) await Atomics.waitAsync(cells, 0, 0).value
  controller.abort()
  t.is((await aborted).name, 'AbortError')
  t.is(await pool.exec(undefined, { name: 'thread' }), thread)
  t.is(cells[1], 1)
  t.is((await rejection(pool.exec(undefined, { name: 'loop', timeout: 20, abortGrace: 0 }))).code, 'ERR_ISOTHREADS_TASK_TIMEOUT')
  t.not(await pool.exec(undefined, { name: 'thread' }), thread)
})

test('progress, a conversation, and iterables in both directions', async (t) => {
  const pool = startPool(t)
  const seen = []
  t.is(await pool.exec(3, { name: 'progress', onProgress: (step) => seen.push(step) }), 'done')
  t.deepEqual(seen, [1, 2, 3])
  const heard = []
  const onMessage = (value, task) => {
    heard.push(value)
    task.postMessage(heard.length < 3 ? value : 'end')
  }
  t.is(await pool.exec(5, { name: 'converse', onMessage }), 5)
  t.deepEqual(heard, [5, 6, 7])
  const numbers = []
  for await (const number of await pool.exec(4, { name: 'numbers' })) numbers.push(number)
  t.deepEqual(numbers, [0, 1, 2, 3])
  t.is(await pool.exec((async function * () { yield * [1, 2, 3] })(), { name: 'sum' }), 6)
  const mapped = []
  for await (const value of pool.map([1, 2, 3])) mapped.push(value)
  t.deepEqual(mapped, [1, 2, 3])
})

test('functions are tasks, and have require() and nothing of Node', async (t) => {
  const pool = startPool(t, { filename: undefined })
  t.is(await pool.exec((a, b) => a + b, [1, 2]), 3)
  t.deepEqual(await pool.exec(() => [process.versions.node, require('isothreads').isMainThread]), [undefined, false])
  t.is((await rejection(pool.exec(() => require('fs')))).code, 'ERR_ISOTHREADS_LEAN_UNSUPPORTED')
  t.regex((await rejection(pool.exec(() => outside))).message, /outside is not defined \(in a function passed to exec/) // eslint-disable-line no-undef
})

test('a lean worker that runs out of memory rejects its task, and is replaced', async (t) => {
  const pool = startPool(t, { resourceLimits: { maxOldGenerationSizeMb: 16 } })
  const [failed, other] = [rejection(pool.exec(undefined, { name: 'fill' })), pool.exec('other')]
  t.is((await failed).code, 'ERR_WORKER_OUT_OF_MEMORY')
  t.is(await other, 'other')
})

test('lean workers are replaced after tasks and by memory, retire when idle, and run their teardown', async (t) => {
  const cells = new Int32Array(new SharedArrayBuffer(4))
  const counted = startPool(t, { recycle: { tasks: 2 }, workerData: { cells } })
  const threads = []
  for (let n = 0; n < 6; n++) threads.push(await counted.exec(undefined, { name: 'thread' }))
  t.is(new Set(threads).size, 3)
  await counted.close()
  t.true(cells[0] >= 3)

  const measured = startPool(t, { recycle: { memory: 64 } })
  const first = await measured.exec(undefined, { name: 'thread' })
  t.is(await measured.exec(undefined, { name: 'thread' }), first)
  await measured.exec(100 * 2 ** 20, { name: 'hold' })
  t.not(await measured.exec(undefined, { name: 'thread' }), first)

  const idle = startPool(t, { minThreads: 0, idleTimeout: 1 })
  await idle.exec(1)
  if (idle.threads > 0) await once(idle, 'workerDestroy')
  t.is(idle.threads, 0)
  t.is(await idle.exec(2), 2)
})

test('a file that no lean worker can load is reported, and is not loaded repeatedly', async (t) => {
  const pool = startPool(t, { filename: path.join(__dirname, 'fixtures', 'pool', 'nothing.js') })
  t.regex((await rejection(pool.exec(1))).message, /is not a pool worker file/)
  const missing = startPool(t, { filename: path.join(__dirname, 'missing.js') })
  t.is((await rejection(missing.exec(1))).code, 'MODULE_NOT_FOUND')
})

test('options of a process are refused for lean pools', (t) => {
  for (const options of [{ argv: ['a'] }, { execArgv: ['--no-warnings'] }, { env: { A: '1' } }, { trackUnmanagedFds: true }]) {
    for (const minThreads of [0, 1]) {
      t.is(thrownBy(() => new WorkerPool({ filename: file, runtime: 'lean', minThreads, ...options })).code, 'ERR_INVALID_ARG_VALUE')
    }
  }
})
