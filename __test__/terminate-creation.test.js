'use strict'

const path = require('node:path')
const { once } = require('node:events')
const { setImmediate: turn } = require('node:timers/promises')
const { MessageChannel, Worker, bounded, startWorker, eventsUntilExit } = require('./helpers')

const test = bounded(require('ava'))

const endless = 'for (;;);'

/** Ends a worker that may not have started, and checks its end. Returns the names of its earlier events. */
async function endsDuringCreation (t, worker, events) {
  const code = await worker.terminate()
  const seen = await events
  // 0 if nothing ran yet.
  t.true(code === 1 || (code === 0 && seen.length === 1), `${code}`)
  t.deepEqual(seen.at(-1), ['exit', code])
  return seen.slice(0, -1).map(([name]) => name)
}

test('terminate() before the first line ran', async (t) => {
  const worker = startWorker(t, 'process._rawDebug("ran"); require("worker_threads").parentPort.postMessage("ran")')
  const events = eventsUntilExit(worker)
  t.is(await worker.terminate(), 0)
  t.deepEqual(await events, [['exit', 0]])
})

test('terminate() before the first line ran, of a file that does not exist', async (t) => {
  const worker = new Worker(path.join(__dirname, 'no-such-file.js'))
  t.deepEqual(await endsDuringCreation(t, worker, eventsUntilExit(worker)), [])
})

test('terminate() before the first line ran, with messages posted, transferred memory and ports', async (t) => {
  const worker = startWorker(t, endless)
  const { port1, port2 } = new MessageChannel()
  const closed = once(port1, 'close')
  const memory = new ArrayBuffer(8)
  worker.postMessage({ port2, memory }, [port2, memory])
  t.deepEqual(await endsDuringCreation(t, worker, eventsUntilExit(worker)), [])
  t.is(memory.byteLength, 0)
  await closed
})

test('terminate() before the first line ran, with memory and ports in workerData', async (t) => {
  const { port1, port2 } = new MessageChannel()
  const closed = once(port1, 'close')
  const worker = startWorker(t, endless, { workerData: port2, transferList: [port2] })
  t.deepEqual(await endsDuringCreation(t, worker, eventsUntilExit(worker)), [])
  await closed
})

test('terminate() from a microtask and from process.nextTick', async (t) => {
  for (const defer of [queueMicrotask, process.nextTick]) {
    const worker = startWorker(t, endless)
    const events = eventsUntilExit(worker)
    await new Promise((resolve) => defer(resolve))
    t.deepEqual(await endsDuringCreation(t, worker, events), [])
  }
})

for (let turns = 1; turns <= 4; turns++) {
  test(`terminate() ${turns} turn${turns > 1 ? 's' : ''} of the event loop after the constructor`, async (t) => {
    const worker = startWorker(t, endless)
    const events = eventsUntilExit(worker)
    for (let i = 0; i < turns; i++) await turn()
    const seen = await endsDuringCreation(t, worker, events)
    t.true(['', 'online'].includes(seen.join()), `${seen}`)
  })
}

const codes = {
  'that loops': endless,
  'that idles': 'setInterval(() => {}, 1e6)',
  'that waits': 'Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0)',
  'that loads modules': 'for (const name of ["http2", "crypto", "inspector", "readline", "zlib"]) require(name); setInterval(() => {}, 1e6)',
  'that imports': 'import("node:http2").then(() => setInterval(() => {}, 1e6))',
  'that posts': 'const { parentPort } = require("worker_threads"); for (;;) parentPort.postMessage(new Uint8Array(100000))'
}

// Time itself is the input here: each delay meets another step of a worker's creation.
const delays = Array.from({ length: 41 }, (_, milliseconds) => milliseconds)
const after = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds))

for (const [name, code] of Object.entries(codes)) {
  test(`terminate() at every millisecond of the creation of a worker ${name}`, async (t) => {
    for (const delay of delays) {
      const worker = startWorker(t, code)
      const events = eventsUntilExit(worker)
      await after(delay)
      const seen = [...new Set(await endsDuringCreation(t, worker, events))]
      t.true(['', 'online', 'online,message'].includes(seen.join()), `${seen}`)
    }
  })
}

test('terminate() of many workers at once, each at another moment of its creation', async (t) => {
  await Promise.all(delays.map(async (delay) => {
    const worker = startWorker(t, endless)
    const events = eventsUntilExit(worker)
    await after(delay)
    const seen = await endsDuringCreation(t, worker, events)
    t.true(['', 'online'].includes(seen.join()), `${seen}`)
  }))
})
