'use strict'

// Threads that meet in shared memory: workers of this package, and Node's own over the same bytes.

const nodeThreads = require('node:worker_threads')
const isothreads = require('..')

const packageRoot = require.resolve('..')

/** What a Worker of either kind is called, and started with. */
const kinds = { "this package's workers": isothreads.Worker, "Node's own workers": nodeThreads.Worker }

// Node's workers cannot receive such objects, but their memory. Some start with their number plus 1.
function takeApart ({ constructor: { name }, buffer, byteOffset }) {
  const own = ['Barrier', 'Latch'].includes(name) ? [new Int32Array(buffer, byteOffset)[0] - 1] : []
  return [name, ...own, buffer, byteOffset]
}

/**
 * A thread that runs the code, an async function's body, and posts `{ returned }` at its end.
 * @param {import('ava').ExecutionContext} t
 * @param {typeof isothreads.Worker} Worker one of `kinds`
 * @param {Record<string, object>} objects variables of the code
 * @param {string} code
 */
function startThread (t, Worker, objects, code) {
  const entries = Object.entries(objects)
  const isOurs = Worker === isothreads.Worker
  const values = isOurs ? entries : entries.map(([name, object]) => [name, ArrayBuffer.isView(object) ? object : takeApart(object)])
  const worker = new Worker(`
    const { parentPort, workerData } = require('node:worker_threads')
    const isothreads = require(${JSON.stringify(packageRoot)})
    const make = value => Array.isArray(value) ? new isothreads[value[0]](...value.slice(1)) : value
    const { ${entries.map(([name]) => name)} } = Object.fromEntries(workerData.map(([name, value]) => [name, make(value)]))
    async function run () { ${code} }
    run().then(returned => parentPort.postMessage({ returned }))
  `, { eval: true, workerData: values })
  t.teardown(() => worker.terminate())
  return worker
}

/** The result of the thread's code; earlier messages are ignored. */
function returned (worker) {
  return new Promise((resolve, reject) => {
    worker.on('message', message => { if ('returned' in Object(message)) resolve(message.returned) })
    worker.once('error', reject)
    worker.once('exit', code => reject(new Error(`The worker exited (${code})`)))
  })
}

/** As startThread, but resolves with the result of the code. */
function inThread (t, Worker, objects, code) {
  return returned(startThread(t, Worker, objects, code))
}

/** Lets the event loop turn until the condition holds. */
async function until (condition) {
  while (!condition()) await new Promise(resolve => setImmediate(resolve))
}

/** Waits until there is a waiter, which the word of a signal shows. */
function untilSomebodyWaits ({ buffer, byteOffset }, word = 0) {
  const words = new Int32Array(buffer, byteOffset)
  return until(() => Atomics.load(words, word) !== 0)
}

/** A shared array of numbers, for counting. */
function counters (length = 1) {
  return new Int32Array(new SharedArrayBuffer(4 * length))
}

/**
 * Tests the place of a class's objects, and that they arrive as the same objects.
 * @param {import('ava').ExecutionContext} t
 * @param {Function} Class
 * @param {unknown[]} own arguments before the place
 * @param {number} byteLength
 */
async function checkPlaces (t, Class, own, byteLength) {
  const alone = new Class(...own)
  t.is(Class.byteLength, byteLength)
  t.deepEqual([alone.buffer.byteLength, alone.byteOffset, alone.byteLength], [byteLength, 0, byteLength])

  const buffer = new SharedArrayBuffer(byteLength + 12)
  const bytes = new Uint8Array(buffer)
  bytes.fill(255, 0, 8)
  bytes.fill(255, byteLength + 8)
  const placed = new Class(...own, buffer, 8)
  t.deepEqual([placed.buffer, placed.byteOffset, placed.byteLength], [buffer, 8, byteLength])

  const arrived = isothreads.structuredClone({ placed }).placed
  t.true(arrived instanceof Class)
  t.is(arrived.byteOffset, 8)
  t.deepEqual(new Uint8Array(arrived.buffer), bytes)
  const worker = startThread(t, isothreads.Worker, { placed }, 'parentPort.postMessage(placed)')
  const fromWorker = await new Promise((resolve, reject) => worker.once('message', resolve).once('error', reject))
  t.true(fromWorker instanceof Class)
  t.is(fromWorker.byteOffset, 8)

  for (const [args, expectation] of [
    [[new ArrayBuffer(64)], { instanceOf: TypeError, code: 'ERR_INVALID_ARG_TYPE' }],
    [[null], { instanceOf: TypeError, code: 'ERR_INVALID_ARG_TYPE' }],
    [[undefined, 4], { instanceOf: TypeError, code: 'ERR_INVALID_ARG_VALUE' }],
    [[buffer, '0'], { instanceOf: TypeError, code: 'ERR_INVALID_ARG_TYPE' }],
    [[buffer, 2], { instanceOf: RangeError }],
    [[buffer, -4], { instanceOf: RangeError }],
    [[buffer, 16], { instanceOf: RangeError }],
    [[new SharedArrayBuffer(byteLength - 1)], { instanceOf: RangeError }]
  ]) t.throws(() => new Class(...own, ...args), expectation)
  t.throws(() => Class(...own), { instanceOf: TypeError })
  return { placed, arrived, fromWorker }
}

/**
 * Options and the main thread, as all that waits treats them.
 * @param {import('ava').ExecutionContext} t
 * @param {(options: object) => unknown} block
 * @param {(options: object) => Promise<unknown>} wait
 */
async function checkOptions (t, block, wait) {
  t.throws(() => block(undefined), { code: 'ERR_ISOTHREADS_BLOCKS_MAIN_THREAD', message: /Async\(\)/ })
  t.throws(() => block({ blockMainThread: false }), { code: 'ERR_ISOTHREADS_BLOCKS_MAIN_THREAD' })
  for (const [options, code] of [
    [{ timeout: '1' }, 'ERR_INVALID_ARG_TYPE'],
    [{ timeout: -1 }, 'ERR_INVALID_ARG_VALUE'],
    [{ timeout: NaN }, 'ERR_INVALID_ARG_VALUE'],
    [{ signal: {} }, 'ERR_INVALID_ARG_TYPE']
  ]) {
    t.throws(() => block({ ...options, blockMainThread: true }), { instanceOf: TypeError, code })
    await t.throwsAsync(wait(options), { instanceOf: TypeError, code })
  }
  await t.throwsAsync(wait(1), { instanceOf: TypeError, code: 'ERR_INVALID_ARG_TYPE' })
  await t.throwsAsync(wait(null), { instanceOf: TypeError, code: 'ERR_INVALID_ARG_TYPE' })
  const reason = new Error('changed my mind')
  const signal = AbortSignal.abort(reason)
  t.is(t.throws(() => block({ signal, blockMainThread: true })), reason)
  t.is(await t.throwsAsync(wait({ signal })), reason)
}

module.exports = { kinds, startThread, returned, inThread, until, untilSomebodyWaits, counters, checkPlaces, checkOptions }
