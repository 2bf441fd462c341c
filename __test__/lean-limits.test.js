'use strict'

// Limits that only lean workers have.

const { MessageChannel, Worker, eventsUntilExit, nextMessage, nodeMajor } = require('./helpers')
const { leanTest: test, startLean } = require('./lean-helpers')

const megabyte = 2 ** 20
const withMemory = (maxExternalMemoryMb) => ({ resourceLimits: { maxExternalMemoryMb } })
const summary = (events) => events.map(([name, value]) => [name, value?.code ?? value])
const isExceeded = (t, events) => t.deepEqual(summary(events).slice(-2), [['error', 'ERR_ISOTHREADS_EXTERNAL_MEMORY_LIMIT'], ['exit', 1]])

for (const kind of ['ArrayBuffer', 'SharedArrayBuffer']) {
  test(`an ${kind} beyond the limit is a RangeError, and one within it is not`, async (t) => {
    const worker = startLean(t, `
      const tryNew = (bytes) => { try { return new ${kind}(bytes).byteLength } catch (error) { return error.name } }
      postMessage([tryNew(${32 * megabyte}), tryNew(${8 * megabyte})])
    `, withMemory(16))
    t.deepEqual(await nextMessage(worker), ['RangeError', 8 * megabyte])
  })
}

test('buffers that are garbage do not count', async (t) => {
  const worker = startLean(t, `for (let n = 0; n < 100; n++) new ArrayBuffer(${megabyte}); postMessage('done')`, withMemory(4))
  t.is(await nextMessage(worker), 'done')
})

test('buffers that are transferred away do not count', async (t) => {
  const worker = startLean(t, `
    for (let n = 0; n < 20; n++) {
      const buffer = new ArrayBuffer(${3 * megabyte})
      postMessage(buffer, [buffer])
    }
  `, withMemory(4))
  const events = await eventsUntilExit(worker)
  t.is(events.filter(([name, value]) => name === 'message' && value.byteLength === 3 * megabyte).length, 20)
  t.deepEqual(events.at(-1), ['exit', 0])
})

test('buffers that are transferred to a worker count there', async (t) => {
  const worker = startLean(t, 'const all = []; require("isothreads").parentPort.on("message", (m) => { all.push(m); postMessage(all.length) })', withMemory(16))
  const events = eventsUntilExit(worker)
  for (let n = 0; n < 6; n++) {
    const buffer = new ArrayBuffer(4 * megabyte)
    worker.postMessage(buffer, [buffer])
  }
  isExceeded(t, await events)
  t.is(worker.exitReason, 'external-memory')
})

test('memory of WebAssembly counts', async (t) => {
  const worker = startLean(t, 'const all = []; for (;;) all.push(new WebAssembly.Memory({ initial: 16 }))', withMemory(16))
  isExceeded(t, await eventsUntilExit(worker))
})

// Node 26 does not count it.
if (nodeMajor < 26) test('memory.grow of WebAssembly counts, also where no JavaScript runs', async (t) => {
  // (module (memory 1) (func (export "grow") (loop (drop (memory.grow (i32.const 1))) (br 0))))
  const bytes = [0, 97, 115, 109, 1, 0, 0, 0, 1, 4, 1, 96, 0, 0, 3, 2, 1, 0, 5, 3, 1, 0, 1, 7, 8, 1, 4, 103, 114, 111, 119, 0, 0, 10, 14, 1, 12, 0, 3, 64,
    65, 1, 64, 0, 26, 12, 0, 11, 11]
  const worker = startLean(t, `globalThis.instance = new WebAssembly.Instance(new WebAssembly.Module(new Uint8Array(${JSON.stringify(bytes)}))); instance.exports.grow()`, withMemory(16))
  isExceeded(t, await eventsUntilExit(worker))
})

test('a buffer that grows counts', async (t) => {
  const worker = startLean(t, `
    globalThis.buffer = new ArrayBuffer(0, { maxByteLength: ${64 * megabyte} })
    buffer.resize(${64 * megabyte})
    for (;;);
  `, withMemory(16))
  isExceeded(t, await eventsUntilExit(worker))
})

test('a message that is longer than the limit is a DataCloneError', async (t) => {
  const worker = startLean(t, `
    const text = 'x'.repeat(1e6)
    try { postMessage(new Array(50).fill(text)) } catch (error) { postMessage(error.name) }
  `, withMemory(16))
  t.is(await nextMessage(worker), 'DataCloneError')
})

test('many workers at the same time count each for itself', async (t) => {
  const workers = Array.from({ length: 8 }, () => startLean(t, `
    const memory = new WebAssembly.Memory({ initial: 64 })
    const buffer = new ArrayBuffer(${2 * megabyte})
    postMessage(memory.buffer.byteLength + buffer.byteLength)
  `, withMemory(8)))
  t.deepEqual(await Promise.all(workers.map(nextMessage)), Array(8).fill(6 * megabyte))
})

const attempts = `
  const attempt = (run) => { try { return run() } catch (error) { return error.name } }
  const wasm = new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0])
  postMessage([
    attempt(() => eval('1')), attempt(() => new Function('return 2')()), attempt(() => (function * () {}).constructor('yield 1')().next().value ?? 3),
    attempt(() => (0, eval)('4')), attempt(() => new WebAssembly.Module(wasm) && 5), attempt(() => WebAssembly.validate(wasm))
  ])
`
for (const [codeGeneration, strings, wasm] of [[false, 'EvalError', 'CompileError'], [{ strings: false }, 'EvalError', 5],
  [{ wasm: false }, undefined, 'CompileError'], [true, undefined, 5], [undefined, undefined, 5]]) {
  test(`codeGeneration: ${JSON.stringify(codeGeneration)}`, async (t) => {
    const answers = await nextMessage(startLean(t, attempts, { codeGeneration }))
    t.deepEqual(answers, [strings ?? 1, strings ?? 2, strings ?? 1, strings ?? 4, wasm, true])
  })
}

test('modules load and messages arrive without code from strings', async (t) => {
  const worker = startLean(t, 'require("isothreads").parentPort.on("message", ({ a, b }) => postMessage({ sum: a + b }))', { codeGeneration: false })
  for (let n = 0; n < 3; n++) {
    worker.postMessage({ a: n, b: 1 })
    t.deepEqual(await nextMessage(worker), { sum: n + 1 })
  }
})

test('maxQueuedMessages: the parent cannot post more than the worker has not received', async (t) => {
  const worker = startLean(t, `
    const { parentPort, workerData } = require('isothreads')
    Atomics.wait(workerData, 0, 0)
    let count = 0
    parentPort.on('message', (m) => { if (m === 'end') postMessage(count); else count++ })
  `, { maxQueuedMessages: 10, workerData: new Int32Array(new SharedArrayBuffer(4)) })
  for (let n = 0; n < 10; n++) worker.postMessage(n)
  const buffer = new ArrayBuffer(8)
  t.throws(() => worker.postMessage(buffer, [buffer]), { code: 'ERR_ISOTHREADS_QUEUE_FULL' })
  t.is(buffer.byteLength, 8)
  await worker.terminate()
})

test('maxQueuedMessages: the worker cannot post more than others have not received', async (t) => {
  const { port1, port2 } = new MessageChannel()
  const worker = startLean(t, `
    const { parentPort, workerData, MessageChannel } = require('isothreads')
    const fill = (port) => { try { for (let n = 0; n < 100; n++) port.postMessage(n); return 'all' } catch (error) { return error.code } }
    const print = () => { try { for (let n = 0; n < 100; n++) console.log(n); return 'all' } catch (error) { return error.code } }
    const channel = new BroadcastChannel('queue')
    const answers = [fill(channel), fill(workerData), fill(new MessageChannel().port1), fill(parentPort), print()]
    channel.close()
    setTimeout(() => postMessage(answers), 100)
  `, { maxQueuedMessages: 10, workerData: port2, transferList: [port2], stdout: true })
  const messages = (await eventsUntilExit(worker)).filter(([name]) => name === 'message').map(([, value]) => value)
  t.deepEqual(messages.at(-1), Array(5).fill('ERR_ISOTHREADS_QUEUE_FULL'))
  t.true(messages.length > 1)
  port1.close()
})

test('timerResolution: every clock ticks in steps', async (t) => {
  const worker = startLean(t, `
    const step = 50
    const isStep = (time) => Math.abs(time / step - Math.round(time / step)) < 1e-6
    const wait = () => { const end = Date.now() + step; while (Date.now() < end); }
    wait()
    const epoch = performance.now()
    wait()
    const format = new Intl.DateTimeFormat('en', { fractionalSecondDigits: 3 })
    const fraction = format.formatToParts().find(({ type }) => type === 'fractionalSecond').value
    class Later extends Date {}
    postMessage([
      isStep(Date.now()), isStep(new Date().getTime()), isStep(+new Later()), isStep(Number(format.format())), isStep(Number(fraction)),
      isStep(performance.now() - epoch), isStep(new Event('x').timeStamp - new Event('y').timeStamp), isStep(new (new Date(0).constructor)().getTime()),
      typeof Date(), new Date(0).getTime(), new Date(2020, 1, 1) instanceof Date, new Later(5) instanceof Later, Date.UTC(1970), Date.length, Date.name,
      globalThis.Temporal === undefined
    ])
    const before = performance.now()
    setTimeout(() => postMessage([isStep(performance.now() - before), performance.now() > before]), 1)
  `, { timerResolution: 50 })
  t.deepEqual(await nextMessage(worker), [...Array(8).fill(true), 'string', 0, true, true, 0, 7, 'Date', true])
  t.deepEqual(await nextMessage(worker), [true, true])
})

test('restrictions with a wrong value, or of another runtime, are refused', (t) => {
  const refused = (options, expected) => t.throws(() => new Worker('', { eval: true, runtime: 'lean', ...options }), expected)
  refused({ codeGeneration: 'no' }, { code: 'ERR_INVALID_ARG_TYPE' })
  refused({ codeGeneration: { strings: 1 } }, { code: 'ERR_INVALID_ARG_TYPE' })
  for (const value of ['1', {}]) refused({ maxQueuedMessages: value }, { code: 'ERR_INVALID_ARG_TYPE' })
  for (const value of [0, 1.5, -1]) refused({ maxQueuedMessages: value }, { code: 'ERR_OUT_OF_RANGE' })
  refused({ timerResolution: '1' }, { code: 'ERR_INVALID_ARG_TYPE' })
  refused({ timerResolution: -1 }, { code: 'ERR_OUT_OF_RANGE' })
  refused(withMemory('1'), { code: 'ERR_INVALID_ARG_TYPE' })
  refused(withMemory(0), { code: 'ERR_OUT_OF_RANGE' })
  for (const options of [{ codeGeneration: false }, { maxQueuedMessages: 1 }, { timerResolution: 1 }, withMemory(1)]) {
    refused({ ...options, runtime: 'node' }, { code: 'ERR_INVALID_ARG_VALUE' })
    t.throws(() => new Worker('native:fib', options), { code: 'ERR_INVALID_ARG_VALUE' })
  }
})
