'use strict'

const path = require('node:path')
const { once } = require('node:events')
const { pathToFileURL } = require('node:url')
const avaTest = require('ava')
const { bounded, isPeer, MessageChannel, WorkerPool, thrownBy, describeError, typeError } = require('./helpers')
const { runProgram, endsCleanly } = require('./run-process')

const test = isPeer ? () => {} : bounded(avaTest)
if (isPeer) avaTest('worker_threads has no pool', (t) => t.pass())

const fixture = (name) => path.join(__dirname, 'fixtures', 'pool', name)

/** A pool that ends with its test. */
function startPool (t, file, options) {
  const pool = new WorkerPool({ filename: fixture(file), maxThreads: 2, ...options })
  t.teardown(() => pool.destroy())
  return pool
}

const functions = (t, options) => startPool(t, 'functions.js', options)

/** The error that a promise rejects with. */
const rejection = (promise) => promise.then(() => { throw new Error('Nothing was thrown') }, (error) => error)

/** Waits until a number of tasks `held` have started, then lets them finish. */
function gate (count) {
  const cells = new Int32Array(new SharedArrayBuffer(8))
  return {
    cells,
    async begun () {
      for (let seen; (seen = Atomics.load(cells, 0)) < count;) await Atomics.waitAsync(cells, 0, seen).value
    },
    open () {
      Atomics.store(cells, 1, 1)
      Atomics.notify(cells, 1)
    }
  }
}

test('exec runs the exported function, also an async one, and each of many', async (t) => {
  const pool = functions(t)
  t.is(await pool.exec('value'), 'value')
  t.is(await pool.exec(21, { name: 'double' }), 42)
  t.is(await pool.run('run', { name: 'later' }), 'run')
  const numbers = Array.from({ length: 2000 }, (_, number) => number)
  t.deepEqual(await Promise.all(numbers.map((number) => pool.exec(number))), numbers)
  t.is(pool.completed, 2003)
  t.is(pool.failed, 0)
  t.is(pool.queueSize, 0)
})

test('as in the document: a file and a size', async (t) => {
  const pool = new WorkerPool(fixture('protocol.js'), 3)
  t.is(pool.threads, 3)
  t.deepEqual(await Promise.all([1, 2, 3, 4].map((answer) => pool.exec({ answer }))), [1, 2, 3, 4])
  await pool.close()
  t.is(pool.threads, 0)
})

test('answers belong to their tasks whatever the order in which they come', async (t) => {
  const pool = startPool(t, 'protocol.js')
  const wait = new Int32Array(new SharedArrayBuffer(4))
  const tasks = [{ answer: 1 }, { answer: 2, wait }, { answer: 3 }].map((task) => pool.exec(task))
  t.is(await tasks[2], 3)
  Atomics.store(wait, 0, 1)
  Atomics.notify(wait, 0)
  t.deepEqual(await Promise.all(tasks), [1, 2, 3])
})

test('the document\'s own class gives one of them another\'s answer', async (t) => {
  endsCleanly(t, await runProgram(`
    const source = require('fs').readFileSync(process.argv[3], 'utf8')
    const Pool = new Function('require', source + '; return WorkerPool')((name) => name === 'worker_threads' ? api : require(name))
    const wait = new Int32Array(new SharedArrayBuffer(4))
    const pool = new Pool(process.argv[4], 2)
    console.log(await Promise.all([{ answer: 1 }, { answer: 2, wait }, { answer: 3 }].map((task) => pool.exec(task))))
    process.exit()
  `, { args: [path.join(__dirname, 'document', '5-worker-pool', 'worker-pool.js'), fixture('protocol.js')] }), { stdout: '[ 1, 3, 3 ]\n' })
})

test('files of every kind: ES module, file: URL, data: URL, an exported promise', async (t) => {
  const url = pathToFileURL(fixture('functions.mjs'))
  for (const filename of [fixture('functions.mjs'), url, url.href]) {
    const pool = new WorkerPool({ filename, maxThreads: 1 })
    t.deepEqual([await pool.exec(1), await pool.exec(1, { name: 'triple' })], [2, 3])
    await pool.destroy()
  }
  const pool = new WorkerPool('data:text/javascript,export default (value) => -value', 1)
  t.is(await pool.exec(1), -1)
  await pool.destroy()
  t.deepEqual(await startPool(t, 'start-up.js').exec(1), ['ready', 1])
})

test('options of Worker reach the workers', async (t) => {
  const pool = functions(t, { workerData: { a: 1 }, argv: ['b'], env: { ISO_POOL: 'c' } })
  t.deepEqual(await pool.exec(undefined, { name: 'data' }), [{ a: 1 }, ['b'], 'c'])
})

test('an error of a task arrives as the same class', async (t) => {
  const pool = functions(t)
  for (const name of ['fail', 'reject']) {
    const error = await rejection(pool.exec('why', { name }))
    t.true(error instanceof RangeError)
    t.is(error.message, 'why')
    if (name === 'fail') t.is(error.own, 'property')
  }
  t.is(pool.failed, 2)
  t.is(pool.threads, 1)
})

test('data and results that cannot be cloned reject, and lose no worker', async (t) => {
  const pool = functions(t, { maxThreads: 1 })
  t.is((await rejection(pool.exec({ value: () => {} }))).name, 'DataCloneError')
  t.is((await rejection(pool.exec(undefined, { name: 'unclonable' }))).message, '() => {} could not be cloned.')
  t.regex((await rejection(pool.exec(1, { name: 'missing' }))).message, /has no function missing$/)
  t.is(await pool.exec('goes on'), 'goes on')
})

test('the transfer list moves memory and ports to the task', async (t) => {
  const pool = functions(t)
  const { buffer } = new Uint8Array([1, 2, 3])
  t.deepEqual(new Uint8Array(await pool.exec(buffer, { transferList: [buffer] })), new Uint8Array([1, 2, 3]))
  t.is(buffer.byteLength, 0)
  const { port1, port2 } = new MessageChannel()
  t.teardown(() => port2.close())
  const error = await rejection(pool.exec(port1, { transferList: [port1], name: 'unreadable' }))
  t.is(error.message, 'Object that needs transfer was found in message but not listed in transferList')
})

for (const [how, code, expected] of [
  ['process.exit()', { name: 'exit' }, { code: 'ERR_ISOTHREADS_WORKER_EXITED', message: 'The worker that ran the task ended with code 7' }],
  ['an uncaught error', { name: 'uncaught' }, { name: 'TypeError', message: 'not in the task' }]
]) {
  test(`a worker that ends by ${how} rejects its task, is replaced, and the queue continues`, async (t) => {
    const pool = functions(t, { maxThreads: 1 })
    const [failed, ...others] = [pool.exec(7, code), pool.exec(1), pool.exec(2)]
    t.like(await rejection(failed), expected)
    t.deepEqual(await Promise.all(others), [1, 2])
    t.is(pool.threads, 1)
  })
}

test('out of memory in a task rejects that task', async (t) => {
  const pool = new WorkerPool({
    filename: 'data:text/javascript,export default (n) => { const all = []; while (n) all.push({}); return n }', maxThreads: 1, resourceLimits: { maxOldGenerationSizeMb: 16 }
  })
  t.teardown(() => pool.destroy())
  const [failed, other] = [pool.exec(1), pool.exec(0)]
  t.is((await rejection(failed)).code, 'ERR_WORKER_OUT_OF_MEMORY')
  t.is(await other, 0)
})

test('with concurrentTasksPerWorker a worker that ends rejects all that it ran, and nothing else', async (t) => {
  const pool = functions(t, { maxThreads: 1, concurrentTasksPerWorker: 3 })
  const tasks = [pool.exec(1, { name: 'never' }), pool.exec(2, { name: 'never' }), pool.exec(3, { name: 'exit' }), pool.exec(4)]
  const settled = await Promise.allSettled(tasks)
  t.deepEqual(settled.map(({ status }) => status), ['rejected', 'rejected', 'rejected', 'fulfilled'])
})

test('aborting a task that waits takes it out of the queue', async (t) => {
  const pool = functions(t, { maxThreads: 1 })
  const { cells, begun, open } = gate(1)
  const running = pool.exec(cells, { name: 'held' })
  await begun()
  const controller = new AbortController()
  const waiting = pool.exec(undefined, { name: 'count', signal: controller.signal })
  t.is(pool.queueSize, 1)
  controller.abort('enough')
  const error = await rejection(waiting)
  t.like(error, { name: 'AbortError', code: 'ABORT_ERR', cause: 'enough' })
  t.is(pool.queueSize, 0)
  open()
  await running
  t.is(await pool.exec(undefined, { name: 'count' }), 1)
})

test('aborting a task that runs ends it, and the worker is replaced', async (t) => {
  const pool = functions(t, { maxThreads: 1 })
  await pool.exec(0)
  const controller = new AbortController()
  const { cells, begun } = gate(1)
  const running = pool.exec(cells, { name: 'held', signal: controller.signal })
  await begun()
  controller.abort()
  t.is((await rejection(running)).name, 'AbortError')
  t.is(await pool.exec('goes on'), 'goes on')
})

test('a signal that is aborted already, and one that is aborted too late', async (t) => {
  const pool = functions(t)
  t.is((await rejection(pool.exec(1, { signal: AbortSignal.abort() }))).name, 'AbortError')
  const controller = new AbortController()
  t.is(await pool.exec(1, { signal: controller.signal }), 1)
  controller.abort()
  t.is(await pool.exec(2), 2)
})

test('timeout counts from when the task begins, and ends its worker', async (t) => {
  const pool = functions(t, { maxThreads: 1 })
  const { cells, begun, open } = gate(1)
  const running = pool.exec(cells, { name: 'held' })
  await begun()
  // It waits for longer than it may run.
  const waiting = pool.exec('in time', { timeout: 2000 })
  await new Promise((resolve) => setTimeout(resolve, 2100))
  open()
  await running
  t.is(await waiting, 'in time')
  const error = await rejection(pool.exec(undefined, { name: 'loop', timeout: 50 }))
  t.like(error, { name: 'TimeoutError', code: 'ERR_ISOTHREADS_TASK_TIMEOUT', message: 'The task ran for longer than its timeout of 50 ms' })
  t.is(await pool.exec('goes on'), 'goes on')
})

test('queueTimeout takes a task out of the queue, and does nothing once it runs', async (t) => {
  const pool = functions(t, { maxThreads: 1 })
  const { cells, begun, open } = gate(1)
  const running = pool.exec(cells, { name: 'held', queueTimeout: 60_000 })
  await begun()
  const error = await rejection(pool.exec(undefined, { name: 'count', queueTimeout: 20 }))
  t.like(error, { name: 'TimeoutError', message: 'The task waited for longer than its queueTimeout of 20 ms' })
  open()
  await running
  t.is(await pool.exec(undefined, { name: 'count' }), 1)
})

test('the higher priority first, in order within one', async (t) => {
  const pool = functions(t, { maxThreads: 1 })
  const { cells, begun, open } = gate(1)
  const running = pool.exec(cells, { name: 'held' })
  await begun()
  const order = new Int32Array(new SharedArrayBuffer(24))
  const tasks = [0, 0, 5, -1, 5].map((priority, place) => pool.exec({ cells: order, place }, { name: 'order', priority }))
  open()
  await Promise.all([running, ...tasks])
  t.deepEqual([...order.subarray(1)], [2, 4, 0, 1, 3])
})

test('maxQueue rejects excess tasks at once', async (t) => {
  const pool = functions(t, { maxThreads: 1, maxQueue: 1 })
  const { cells, begun, open } = gate(1)
  const running = pool.exec(cells, { name: 'held' })
  await begun()
  const waiting = pool.exec(1)
  t.is((await rejection(pool.exec(2))).code, 'ERR_ISOTHREADS_QUEUE_FULL')
  open()
  await Promise.all([running, waiting])
})

test('all workers work at once', async (t) => {
  const pool = functions(t, { maxThreads: 3 })
  const { cells, begun, open } = gate(3)
  const tasks = [1, 2, 3].map(() => pool.exec(cells, { name: 'held' }))
  await begun()
  open()
  t.is(new Set(await Promise.all(tasks)).size, 3)
})

test('further messages of a worker are events of the pool', async (t) => {
  const pool = startPool(t, 'protocol.js')
  const message = once(pool, 'message')
  t.is(await pool.exec({ answer: 1, after: 'more' }), 1)
  t.is((await message)[0], 'more')
})

test('close finishes the tasks, and accepts no more', async (t) => {
  const pool = functions(t, { maxThreads: 1 })
  const tasks = [1, 2, 3].map((value) => pool.exec(value))
  const closed = pool.close()
  t.is((await rejection(pool.exec(4))).code, 'ERR_ISOTHREADS_POOL_CLOSED')
  t.deepEqual(await Promise.all(tasks), [1, 2, 3])
  await closed
  await pool.close()
  t.is(pool.threads, 0)
})

test('destroy rejects waiting and running tasks', async (t) => {
  const pool = functions(t, { maxThreads: 1 })
  const { cells, begun } = gate(1)
  const tasks = [pool.exec(cells, { name: 'held' }), pool.exec(1)]
  await begun()
  const settled = Promise.allSettled(tasks)
  await pool.destroy()
  t.deepEqual((await settled).map(({ reason }) => reason.code), ['ERR_ISOTHREADS_WORKER_EXITED', 'ERR_ISOTHREADS_POOL_CLOSED'])
  await pool.destroy()
})

test('a file that is not a worker file is reported, and is not loaded repeatedly', async (t) => {
  const pool = startPool(t, 'nothing.js', { maxThreads: 1 })
  const failed = once(pool, 'error')
  let created = 0
  pool.on('workerCreate', () => created++)
  const error = await rejection(pool.exec(1))
  t.regex(error.message, /nothing\.js is not a pool worker file: it must export a function, or listen for 'message' on parentPort/)
  t.is((await failed)[0], error)

  t.is(created, 1)
  t.is(await rejection(pool.exec(2)), error)
})

test('an idle pool lets the process end, one with work keeps it', async (t) => {
  endsCleanly(t, await runProgram(`
    const pool = new api.WorkerPool(process.argv[3], 2)
    pool.exec('value', { name: 'later' }).then(console.log)
  `, { args: [fixture('functions.js')] }), { stdout: 'value\n' })
  endsCleanly(t, await runProgram('new api.WorkerPool(process.argv[3], 2)', { args: [fixture('functions.js')] }))
})

test('process.exit() with a pool at work', async (t) => {
  endsCleanly(t, await runProgram(`
    const pool = new api.WorkerPool(process.argv[3], 2)
    await pool.exec(1)
    for (let i = 0; i < 1000; i++) pool.exec(undefined, { name: 'loop' })
    setImmediate(() => process.exit(3))
  `, { args: [fixture('functions.js')] }), { code: 3 })
})

test('a pool in a worker', async (t) => {
  const { startWorker, nextMessage, packageRoot } = require('./helpers')
  const worker = startWorker(t, `
    const { WorkerPool } = require(${JSON.stringify(packageRoot)})
    const { parentPort, workerData } = require('worker_threads')
    new WorkerPool(workerData, 2).exec(21, { name: 'double' }).then((value) => parentPort.postMessage(value))
  `, { workerData: fixture('functions.js') })
  t.is(await nextMessage(worker), 42)
  t.deepEqual(await once(worker, 'exit'), [0])
})

test('options of the wrong kind are refused by the constructor', (t) => {
  for (const [options, code, message] of [
    [null, 'ERR_INVALID_ARG_TYPE', 'The "filename" argument must be of type string or an instance of URL. Received null'],
    [{ filename: 1 }, 'ERR_INVALID_ARG_TYPE', 'The "filename" argument must be of type string or an instance of URL. Received type number (1)'],
    [{ filename: './a.js', maxThreads: '2' }, 'ERR_INVALID_ARG_TYPE', 'The "options.maxThreads" property must be of type number. Received type string (\'2\')'],
    [{ filename: './a.js', maxQueue: 0 }, 'ERR_INVALID_ARG_VALUE', "The property 'options.maxQueue' must be a whole number, 1 or more. Received 0"],
    [{ filename: './a.js', concurrentTasksPerWorker: 1.5 }, 'ERR_INVALID_ARG_VALUE', "The property 'options.concurrentTasksPerWorker' must be a whole number, 1 or more. Received 1.5"]
  ]) t.deepEqual(describeError(thrownBy(() => new WorkerPool(options))), typeError(code, message))
  t.is(thrownBy(() => new WorkerPool('a.js')).code, 'ERR_WORKER_PATH')
  t.is(thrownBy(() => new WorkerPool({ filename: fixture('functions.js'), workerData: () => {} })).name, 'DataCloneError')
})

test('options of a task of the wrong kind are refused', async (t) => {
  const pool = functions(t)
  for (const options of [{ name: 1 }, { signal: {} }, { priority: 0.5 }, { transferList: 1 }, { timeout: '1' }, { onProgress: 1 }]) {
    t.is((await rejection(pool.exec(1, options))).code, 'ERR_INVALID_ARG_TYPE')
  }
  t.is(await pool.exec(1), 1)
})

test('map gives the results in the order of the items, or as they come', async (t) => {
  const pool = startPool(t, 'protocol.js')
  const wait = new Int32Array(new SharedArrayBuffer(4))
  const release = () => { Atomics.store(wait, 0, 1); Atomics.notify(wait, 0) }
  const items = [{ answer: 1, wait }, { answer: 2 }, { answer: 3 }]
  const unordered = []
  for await (const answer of pool.map(items, { ordered: false })) {
    unordered.push(answer)
    if (answer === 3) release()
  }
  t.deepEqual(unordered, [2, 3, 1])
  t.deepEqual(await all(pool.map(items)), [1, 2, 3])
})

async function all (iterable) {
  const values = []
  for await (const value of iterable) values.push(value)
  return values
}

test('map asks for no more items than it may run, and takes every kind of source', async (t) => {
  const pool = functions(t)
  let asked = 0
  async function * source () {
    for (; asked < 100; asked++) yield asked
  }
  const results = pool.map(source(), { concurrency: 3, name: 'double' })
  t.deepEqual(await results.next(), { value: 0, done: false })
  t.true(asked <= 5, `${asked}`)
  t.is((await all(results)).length, 99)
  t.deepEqual(await all(pool.map(new Set([1, Promise.resolve(2)]), { name: 'double' })), [2, 4])
  t.deepEqual(await all(pool.map([])), [])
})

test('map ends with an error of a task or of its source, and when the loop is left', async (t) => {
  const pool = functions(t)
  const ended = []
  function * source () {
    try { for (let item = 0; ; item++) yield item } finally { ended.push('source') }
  }
  const failing = pool.map(source(), { name: 'fail' })
  t.true(await rejection(failing.next()) instanceof RangeError)
  for await (const value of pool.map(source())) if (value === 3) break
  t.deepEqual(ended, ['source', 'source'])
  async function * broken () { yield 1; throw new TypeError('source') }
  const values = []
  const error = await rejection((async () => { for await (const value of pool.map(broken())) values.push(value) })())
  t.is(error.message, 'source')
  t.is(thrownBy(() => pool.map(1)).code, 'ERR_INVALID_ARG_TYPE')
  t.is(thrownBy(() => pool.map([], { concurrency: 0 })).code, 'ERR_INVALID_ARG_VALUE')
})

test('exec runs the source of a function, with arguments, without its surrounding variables', async (t) => {
  const pool = new WorkerPool({ maxThreads: 1 })
  t.teardown(() => pool.destroy())
  t.is(await pool.exec((a, b) => a + b, [1, 2]), 3)
  t.is(await pool.exec(function (text) { return require('path').basename(text) }, ['/a/b']), 'b')
  t.is(await pool.run(async (value) => value, ['later']), 'later')
  t.is(await pool.exec(async (text) => (await import('node:path')).basename(text), ['/a/b']), 'b')
  const methods = { double (value) { return value * 2 } }
  t.is(await pool.exec(methods.double, [21]), 42)
  const around = 1
  const error = await rejection(pool.exec(() => around))
  t.true(error instanceof ReferenceError)
  t.is(error.message, 'around is not defined (in a function passed to exec(), which cannot use variables of its enclosing scope)')
  t.regex((await rejection(pool.exec(Math.max, [1]))).message, /its source cannot be compiled on its own/)
  t.is((await rejection(pool.exec(() => {}, 1))).code, 'ERR_INVALID_ARG_TYPE')
  const controller = new AbortController()
  const endless = pool.exec(() => { for (;;); }, [], { signal: controller.signal })
  setImmediate(() => controller.abort())
  t.is((await rejection(endless)).name, 'AbortError')
  t.regex((await rejection(pool.exec(1))).message, /^The pool has no default function/)
})

test('exec runs a function beside those of the worker file', async (t) => {
  t.is(await functions(t).exec((a) => -a, [1]), -1)
})

test('onProgress gets the reports of a task, in order and before its result', async (t) => {
  const pool = functions(t)
  const events = []
  const result = await pool.exec(3, { name: 'progress', onProgress: ({ step }) => events.push(step) })
  events.push(result)
  t.deepEqual(events, [1, 2, 3, 'done'])
  t.is(await pool.exec(3, { name: 'progress' }), 'done')
})

test('a result is transferred when the task says so', async (t) => {
  const pool = functions(t)
  const buffer = await pool.exec(2 << 20, { name: 'move' })
  t.true(buffer instanceof ArrayBuffer && new Uint8Array(buffer).every((byte) => byte === 7) && buffer.byteLength === 2 << 20)
  t.regex((await rejection(pool.exec({}, { name: 'moveWrong' }))).message, /^Found invalid (?:value|object) in transferList/)
  t.is(await pool.exec('goes on'), 'goes on')
})
