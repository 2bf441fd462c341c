'use strict'

// Workers written in Rust, used through Worker from JavaScript.

const avaTest = require('ava').default
const { once } = require('node:events')
const { pathToFileURL } = require('node:url')
const { Worker, MessageChannel } = require('..')
const { bounded, errorOf, eventsUntilExit, inbox, startWorker } = require('./helpers')
const { runNode } = require('./run-process')
const { answerOf, library, start } = require('./native-helpers')

const test = bounded(avaTest)
const native = (t, name, options) => startWorker(t, `native:${name}`, { eval: false, ...options })

test('native:fib runs once with its workerData, posts its result and ends', async (t) => {
  const worker = native(t, 'fib', { workerData: { n: 20 } })
  t.deepEqual(await eventsUntilExit(worker), [['online'], ['message', 6765], ['exit', 0]])
})

test('without workerData a function answers each message, in order', async (t) => {
  const worker = native(t, 'fib')
  const next = inbox(worker)
  for (const n of [1, 10, 20]) worker.postMessage({ n })
  t.deepEqual([await next(), await next(), await next()], [1, 55, 6765])
  t.is(await worker.terminate(), 1)
})

test('native:fib can be stopped during a computation of years, and rejects arguments whose result a number cannot represent', async (t) => {
  const worker = native(t, 'fib', { workerData: { n: 78 } })
  await once(worker, 'online')
  t.is(await worker.terminate(), 1)
  const error = await errorOf(t, native(t, 'fib', { workerData: { n: 79 } }))
  t.true(error instanceof RangeError)
  t.is(error.code, 'ERR_OUT_OF_RANGE')
})

test('native:processor speaks the protocol of the document', async (t) => {
  const worker = native(t, 'processor', { workerData: { batchSize: 1000 } })
  worker.postMessage({ cmd: 'start', input: Array.from({ length: 4000 }, (_, index) => index) })
  const next = inbox(worker)
  for (const percent of [25, 50, 75, 100]) t.deepEqual(await next(), { type: 'progress', percent })
  t.deepEqual(await next(), { type: 'done', data: 'all processed', processed: 4000, sum: 7998000 })
  await worker.terminate()
})

test('a function without arguments runs at once', async (t) => {
  const before = Date.now()
  const time = await answerOf(t, 'now')
  t.true(time >= before - 1 && time <= Date.now() + 1)
})

test('threadId, threadName and name are those of a Worker', async (t) => {
  const worker = start(t, 'parrot', { name: ' parrot ' })
  const other = new Worker('setInterval(() => {}, 1000)', { eval: true })
  t.is(other.threadId, worker.threadId + 1)
  t.is(worker.threadName, 'parrot')
  await Promise.all([worker.terminate(), other.terminate()])
  t.is(worker.threadId, -1)
  t.is(worker.threadName, null)
})

test('a conversation echoes messages, and terminate() ends it while it waits', async (t) => {
  const worker = start(t, 'parrot')
  const next = inbox(worker)
  worker.postMessage('first')
  worker.postMessage({ second: [2] })
  t.is(await next(), 'first')
  t.deepEqual(await next(), { second: [2] })
  const exit = once(worker, 'exit')
  t.is(await worker.terminate(), 1)
  t.deepEqual(await exit, [1])
  t.is(await worker.terminate(), undefined)
})

test('a conversation that returns ends with code 0', async (t) => {
  t.deepEqual(await eventsUntilExit(start(t, 'greeter', { workerData: 'hello' })), [['online'], ['message', 'hello'], ['exit', 0]])
})

test('terminate() before the thread has begun', async (t) => {
  const worker = start(t, 'parrot')
  // 0 if the thread had not begun yet, as in Node.
  t.true([0, 1].includes(await worker.terminate()))
})

test('terminate() of a function that looks whether it is to end', async (t) => {
  const worker = start(t, 'run_until_cancelled', { workerData: undefined })
  await once(worker, 'message')
  const events = eventsUntilExit(worker)
  t.is(await worker.terminate(), 1)
  t.deepEqual((await events).filter(([name]) => name !== 'message'), [['exit', 1]])
})

test('an error that a function returns has its name, message and code', async (t) => {
  const error = await errorOf(t, start(t, 'fail', { workerData: 'too far' }))
  t.true(error instanceof RangeError)
  t.is(error.message, 'too far')
  t.is(error.code, 'ERR_TEST')
  t.regex(error.stack, /^RangeError \[ERR_TEST\]: too far\n {4}at fail/)
})

test('an error of the standard library is an Error', async (t) => {
  const error = await errorOf(t, start(t, 'parse', { workerData: 'x' }))
  t.is(error.message, 'invalid digit found in string')
})

test('an error of a conversation', async (t) => {
  const worker = start(t, 'refuser')
  worker.postMessage('this')
  t.is((await errorOf(t, worker)).message, 'not this')
})

test('a panic is an error with its message, its place and the way there', async (t) => {
  const error = await errorOf(t, start(t, 'panic', { workerData: 'no way' }))
  t.is(error.message, 'no way')
  t.is(error.code, 'ERR_ISOTHREADS_PANIC')
  t.regex(error.location, /functions\.rs:\d+:\d+$/)
  t.regex(error.stack, /isothreads_test_workers/)
})

test('a panic in a conversation with a payload that is not a string', async (t) => {
  const worker = start(t, 'panicker')
  worker.postMessage([1, 2, 3])
  const error = await errorOf(t, worker)
  t.is(error.message, 'index out of bounds: the len is 3 but the index is 3')
  t.is(error.code, 'ERR_ISOTHREADS_PANIC')
})

test('the process continues after a hundred panics', async (t) => {
  for (let round = 0; round < 100; round++) {
    const worker = start(t, 'panic', { workerData: `${round}` })
    const [error] = await once(worker, 'error')
    t.is(error.message, `${round}`)
  }
  t.is(await answerOf(t, 'fib', 10), 55)
})

test('an argument of the wrong type is an error that names the expected type', async (t) => {
  const error = await errorOf(t, native(t, 'fib', { workerData: { n: 'ten' } }))
  t.true(error instanceof TypeError)
  t.is(error.code, 'ERR_INVALID_ARG_VALUE')
  t.regex(error.message, /^invalid argument for worker 'fib': .*n.*u32/)
  const missing = await errorOf(t, native(t, 'fib', { workerData: {} }))
  t.regex(missing.message, /missing field `n`/)
})

test('output of a worker arrives on its stdout and stderr, before exit', async (t) => {
  const worker = start(t, 'print', { workerData: 'hällo', stdout: true, stderr: true })
  const read = async (stream) => {
    let text = ''
    for await (const chunk of stream) text += chunk
    return text
  }
  const [out, error, [result]] = await Promise.all([read(worker.stdout), read(worker.stderr), once(worker, 'message')])
  t.is(out, 'hällo\n')
  t.is(error, 'hällo!\n')
  t.is(result, 6)
})

test('progress of a function is messages of a Worker, before its result', async (t) => {
  const events = await eventsUntilExit(start(t, 'progress', { workerData: 3 }))
  t.deepEqual(events, [['online'], ['message', 1], ['message', 2], ['message', 3], ['message', 3], ['exit', 0]])
})

test('a port in a message works both ways, until it is closed', async (t) => {
  const worker = start(t, 'porter')
  const { port1, port2 } = new MessageChannel()
  worker.postMessage(port2, [port2])
  const next = inbox(port1)
  port1.postMessage(21)
  t.is(await next(), 42)
  const message = once(worker, 'message')
  port1.close()
  t.deepEqual(await message, ['closed'])
})

test('a port that a worker has made', async (t) => {
  const worker = start(t, 'channel')
  const next = inbox(worker)
  const port = await next()
  port.postMessage({ through: 'the port' })
  t.deepEqual(await next(), { through: 'the port' })
})

test('transferred bytes are changed in their place, and come back', async (t) => {
  const worker = start(t, 'invert')
  const data = new Uint8Array(1 << 20).fill(0x0F)
  worker.postMessage(data, [data.buffer])
  t.is(data.length, 0)
  const [inverted] = await once(worker, 'message')
  t.true(inverted instanceof Uint8Array)
  t.is(inverted.length, 1 << 20)
  t.true(inverted.every(byte => byte === 0xF0))
  await worker.terminate()
})

test('numbers of a vector arrive as a typed array', async (t) => {
  const squares = await answerOf(t, 'squares', 100_000)
  t.true(squares instanceof Float64Array)
  t.is(squares.length, 100_000)
  t.is(squares[99_999], 99_999 ** 2)
})

test('bytes that are borrowed, of every kind of view', async (t) => {
  const bytes = Uint8Array.from({ length: 1000 }, (_, index) => index)
  const sum = bytes.reduce((sum, byte) => sum + byte, 0)
  for (const data of [bytes, Buffer.from(bytes), bytes.buffer]) t.is(await answerOf(t, 'checksum', data), sum)
})

test('a struct: names in camelCase, defaults, and a missing field', async (t) => {
  t.deepEqual(await answerOf(t, 'greet', { firstName: 'Ada', age: 36 }), { text: 'Ada is 36', tagCount: 0 })
  t.deepEqual(await answerOf(t, 'greet', { firstName: 'Ada', age: 36, tags: ['a', 'b'], more: 1 }), { text: 'Ada is 36', tagCount: 2 })
  const error = await errorOf(t, start(t, 'greet', { workerData: { firstName: 'Ada', age: 300 } }))
  t.regex(error.message, /300.*u8 at age/)
})

test('ref() and unref(): a native worker that waits keeps the process alive only if it is referenced', async (t) => {
  const code = `
    const { Worker } = require(${JSON.stringify(require.resolve('..'))})
    const worker = new Worker('native:fib')
    worker.on('exit', code => console.log('exit', code))
    worker.once('message', value => { console.log(value); worker.unref() })
    worker.postMessage({ n: 10 })`
  const { stdout, code: exitCode } = await runNode(['-e', code])
  t.is(exitCode, 0)
  t.is(stdout, '55\n')
})

test('a thread of the library continues after the function has returned, and ends with the parent\'s port', async (t) => {
  const worker = start(t, 'leaver')
  const events = await eventsUntilExit(worker)
  t.deepEqual(events, [['online'], ['message', 'left'], ['exit', 0]])
})

test('a native worker of a worker, which ends with it', async (t) => {
  const worker = startWorker(t, `
    const { Worker, parentPort } = require(${JSON.stringify(require.resolve('..'))})
    const inner = new Worker('native:fib', { workerData: { n: 15 } })
    inner.on('message', value => parentPort.postMessage(value))
    new Worker(${JSON.stringify(`${library}#parrot`)})
    setInterval(() => {}, 1000)`)
  t.deepEqual(await once(worker, 'message'), [610])
  t.is(await worker.terminate(), 1)
})

test('a library by its URL', async (t) => {
  const url = new URL('#fib', pathToFileURL(library))
  const worker = startWorker(t, url, { eval: false, workerData: 12 })
  t.deepEqual(await once(worker, 'message'), [144])
})

test('options that are about JavaScript are refused', (t) => {
  for (const options of [{ execArgv: ['--no-warnings'] }, { argv: ['a'] }, { env: { A: '1' } }, { stdin: true }]) {
    t.throws(() => new Worker('native:fib', options), { instanceOf: TypeError, code: 'ERR_INVALID_ARG_VALUE', message: /native worker/ })
  }
})

test('workerData that cannot be cloned throws', (t) => {
  const error = t.throws(() => new Worker('native:fib', { workerData: () => {} }), { any: true })
  t.is(error.name, 'DataCloneError')
})

test('a function that never looks whether it is to end does not keep the process from ending, with its code', async (t) => {
  const { code, stdout, stderr } = await runNode(['-e', `
    const { Worker } = require(${JSON.stringify(require.resolve('..'))})
    const worker = new Worker(${JSON.stringify(`${library}#stubborn`)})
    worker.once('message', message => { console.log(message); process.exit(3) })`])
  t.deepEqual({ code, stdout, stderr }, { code: 3, stdout: 'running\n', stderr: '' })
})

test('a task that never looks is rejected when its time is up, and the process can end', async (t) => {
  const { code, stdout } = await runNode(['-e', `
    const { WorkerPool } = require(${JSON.stringify(require.resolve('..'))})
    const pool = new WorkerPool(${JSON.stringify(library)}, 2)
    pool.exec(undefined, { name: 'stubborn', timeout: 50, abortGrace: 50 }).catch(async error => {
      console.log(error.code)
      console.log(await pool.exec(10, { name: 'fib' }))
      process.exit(4)
    })`])
  t.deepEqual({ code, stdout }, { code: 4, stdout: 'ERR_ISOTHREADS_TASK_TIMEOUT\n55\n' })
})

for (const stackSizeMb of [1e-9, 0.0001, 0.1]) {
  test(`a stack of ${stackSizeMb} MB is as large as a panic needs it`, async (t) => {
    const worker = start(t, 'panic', { workerData: 'no way', resourceLimits: { stackSizeMb } })
    t.is(worker.resourceLimits.stackSizeMb, 0.3125)
    t.is((await errorOf(t, worker)).code, 'ERR_ISOTHREADS_PANIC')
  })
}

for (const stackSizeMb of [1e9, 1e300, Infinity]) {
  test(`a stack of ${stackSizeMb} MB, which cannot be allocated`, (t) => {
    t.throws(() => new Worker('native:fib', { workerData: { n: 1 }, resourceLimits: { stackSizeMb } }), {
      code: 'ERR_WORKER_INIT_FAILED', message: /^Could not create the worker's thread: /
    })
  })
}
