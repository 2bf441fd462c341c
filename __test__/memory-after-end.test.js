'use strict'

// Memory that a thread made stays good for the others when the thread is gone.

const { once } = require('node:events')
const avaTest = require('ava')
const { bounded, startWorker, nextMessage } = require('./helpers')
const { runProgram, endsCleanly } = require('./run-process')

const test = bounded(avaTest)

// An empty module with a memory of one page, exported as "memory".
const wasm = [0, 97, 115, 109, 1, 0, 0, 0, 5, 3, 1, 0, 1, 7, 10, 1, 6, 109, 101, 109, 111, 114, 121, 2, 0]

/** Values that a worker creates: the expression, its transfer list, and the value that the parent reads afterwards. */
const kinds = {
  'a small transferred ArrayBuffer': ['new Uint8Array(64).fill(7).buffer', '[value]', (value) => new Uint8Array(value).every((byte) => byte === 7)],
  'a large transferred ArrayBuffer': ['new Uint8Array(8 << 20).fill(7).buffer', '[value]', (value) => new Uint8Array(value).every((byte) => byte === 7)],
  'a resizable transferred ArrayBuffer': ['new ArrayBuffer(8, { maxByteLength: 64 })', '[value]', (value) => { value.resize(64); return new Uint8Array(value).every((byte) => byte === 0) }],
  'a SharedArrayBuffer': ['new Int32Array(new SharedArrayBuffer(4096)).fill(7).buffer', '[]', (value) => new Int32Array(value).every((cell) => cell === 7)],
  'a growable SharedArrayBuffer': ['new SharedArrayBuffer(8, { maxByteLength: 1 << 20 })', '[]', (value) => { value.grow(1 << 20); return new Int32Array(value).every((cell) => cell === 0) }],
  'a shared WebAssembly.Memory': ['new WebAssembly.Memory({ initial: 1, maximum: 4, shared: true })', '[]', (value) => { value.grow(1); return value.buffer.byteLength === 2 * 65536 }],
  'a WebAssembly.Module': [`new WebAssembly.Module(new Uint8Array([${wasm}]))`, '[]', (value) => new WebAssembly.Instance(value).exports.memory.buffer.byteLength === 65536],
  'a Buffer from a pool': ["Buffer.from('seven')", '[]', (value) => Buffer.from(value).toString() === 'seven'],
  'a long string': ["'7'.repeat(1 << 20)", '[]', (value) => value.length === 1 << 20 && value.endsWith('7')]
}

for (const [name, [make, transfer, isGood]] of Object.entries(kinds)) {
  test(`${name} is good after the worker that made it is gone`, async (t) => {
    const worker = startWorker(t, `const value = ${make}; require('worker_threads').parentPort.postMessage(value, ${transfer})`)
    const message = nextMessage(worker)
    const exit = once(worker, 'exit')
    const value = await message
    await exit
    t.true(isGood(value))
  })

  test(`${name} travels on after the worker that made it was terminated`, async (t) => {
    const maker = startWorker(t, `const value = ${make}; require('worker_threads').parentPort.postMessage(value, ${transfer}); for (;;);`)
    const value = await nextMessage(maker)
    await maker.terminate()
    const user = startWorker(t, "const { parentPort } = require('worker_threads'); parentPort.once('message', (value) => parentPort.postMessage(value))")
    user.postMessage(value)
    t.true(isGood(await nextMessage(user)))
  })
}

test('the worker of a worker writes to shared memory until both are gone, and not after', async (t) => {
  endsCleanly(t, await runProgram(`
    const shared = new Int32Array(new SharedArrayBuffer(8))
    const inner = "const { workerData } = require('worker_threads'); Atomics.store(workerData, 0, 1); Atomics.notify(workerData, 0); for (;;) Atomics.add(workerData, 1, 1)"
    const outer = new Worker("const { Worker, workerData } = require('worker_threads'); new Worker(workerData.inner, { eval: true, workerData: workerData.shared })",
      { eval: true, workerData: { inner, shared } })
    Atomics.wait(shared, 0, 0)
    await outer.terminate()
    const last = Atomics.load(shared, 1)
    gc()
    console.log(last >= 0, Atomics.load(shared, 1) === last)
  `, { execArgv: ['--expose-gc'] }), { stdout: 'true true\n' })
})
