'use strict'

// What the document warns of, shown: increments by plain reads and writes get lost, those of a view do not.

const test = require('ava')
const { AtomicView, Mutex, bounded, nextMessage, startWorker } = require('./helpers')

const testBounded = bounded(test)

const THREADS = 2
const TIMES = 1_000_000

/**
 * Runs the same increment in two threads at once, which wait for each other to begin.
 * @param {import('ava').ExecutionContext} t
 * @param {string} increment JavaScript
 * @param {object} data its objects: { view, array, mutex }
 */
async function incrementInThreads (t, increment, data) {
  const ready = new Int32Array(new SharedArrayBuffer(4))
  const workers = Array.from({ length: THREADS }, () => startWorker(t, `
    const { parentPort, workerData: { ready, times, view, array, mutex } } = require('worker_threads')
    Atomics.add(ready, 0, 1)
    while (Atomics.load(ready, 0) < ${THREADS});
    for (let i = 0; i < times; i++) { ${increment} }
    parentPort.postMessage('done')
  `, { workerData: { ...data, ready, times: TIMES } }))
  await Promise.all(workers.map(nextMessage))
}

testBounded('races: increments by plain reads and writes get lost', async (t) => {
  const array = new Int32Array(new SharedArrayBuffer(4))
  let expected = 0
  // Two threads that never once meet would lose nothing: then they try again.
  do {
    await incrementInThreads(t, 'array[0] = array[0] + 1', { array })
    expected += THREADS * TIMES
  } while (array[0] === expected)
  t.true(array[0] < expected)
})

testBounded('races: increments of an atomic view are exact', async (t) => {
  const view = new AtomicView(new SharedArrayBuffer(4), { type: 'int32' })
  await incrementInThreads(t, 'view.add(0, 1)', { view })
  t.is(view.load(0), THREADS * TIMES)
})

testBounded('races: increments of a number with a fraction, which Atomics do not have, are exact', async (t) => {
  const view = new AtomicView(new SharedArrayBuffer(8), { type: 'float64' })
  await incrementInThreads(t, 'view.add(0, 0.5)', { view })
  t.is(view.load(0), THREADS * TIMES / 2)
})

testBounded('races: increments by plain reads and writes are exact while a mutex is held', async (t) => {
  const array = new Int32Array(new SharedArrayBuffer(4))
  const mutex = new Mutex()
  await incrementInThreads(t, 'const guard = mutex.lock(); array[0] = array[0] + 1; guard.release()', { array, mutex })
  t.is(array[0], THREADS * TIMES)
})
