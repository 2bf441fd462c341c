'use strict'

// JavaScript and Rust threads on the same memory: both must follow the same protocols, to the last increment.

const test = require('ava')
const { AtomicView, Mutex, RwLock, Semaphore, SharedQueue, bounded, nextMessage, startWorker } = require('./helpers')
const { start } = require('./native-helpers')

const testBounded = bounded(test)

const WORKERS = 2
const RUST_THREADS = 2
const TIMES = 30_000
const ASYNC_TIMES = 500

/** @returns {Promise<void>[]} of workers that run `step` a number of times */
function hammerInWorkers (t, step, data) {
  return Array.from({ length: WORKERS }, () => nextMessage(startWorker(t, `
    const { parentPort, workerData: { lock, number } } = require('worker_threads')
    for (let i = 0; i < ${TIMES}; i++) { ${step} }
    parentPort.postMessage('done')
  `, { workerData: data })))
}

/** @returns {Promise<void>} of threads of Rust, see native-library/src/hammers.rs */
function hammerInRust (t, name, data) {
  return nextMessage(start(t, name, { workerData: { ...data, threads: RUST_THREADS, times: TIMES } }))
}

/** The same thing by workers that block, Rust threads that block, and this thread, which does not. */
async function hammerLock (t, { lock, take, takeAsync }) {
  const number = new BigInt64Array(new SharedArrayBuffer(8))
  const others = [
    ...hammerInWorkers(t, `const guard = ${take}; number[0] += 1n; guard.release()`, { lock, number }),
    hammerInRust(t, 'hammer_lock', { lock: { [lock.constructor.name]: lock }, number })
  ]
  for (let i = 0; i < ASYNC_TIMES; i++) {
    const guard = await takeAsync()
    t.false(guard.poisoned)
    number[0] += 1n
    guard.release()
  }
  await Promise.all(others)
  t.is(number[0], BigInt((WORKERS + RUST_THREADS) * TIMES + ASYNC_TIMES))
}

testBounded('stress: a mutex between threads of JavaScript and Rust', async (t) => {
  const lock = new Mutex()
  await hammerLock(t, { lock, take: 'lock.lock()', takeAsync: () => lock.lockAsync() })
  t.false(lock.locked)
})

testBounded('stress: the writers of a read-write lock between threads of JavaScript and Rust', async (t) => {
  const lock = new RwLock()
  await hammerLock(t, { lock, take: 'lock.write()', takeAsync: () => lock.writeAsync() })
  t.not(lock.tryWrite(), null)
})

testBounded('stress: a semaphore of one permit between threads of JavaScript and Rust', async (t) => {
  const lock = new Semaphore(1)
  await hammerLock(t, { lock, take: 'lock.acquire()', takeAsync: () => lock.acquireAsync() })
  t.is(lock.available, 1)
})

testBounded('stress: one cell of an atomic view between threads of JavaScript and Rust', async (t) => {
  const number = new AtomicView(new SharedArrayBuffer(8), { type: 'bigint64' })
  await Promise.all([
    ...hammerInWorkers(t, 'number.add(0, 1n)', { number }),
    hammerInRust(t, 'hammer_number', { number }),
    number.addManyAsync(0, 1n, TIMES)
  ])
  t.is(number.load(0), BigInt((WORKERS + RUST_THREADS + 1) * TIMES))
})

testBounded('stress: a queue between threads of JavaScript and Rust', async (t) => {
  const queue = new SharedQueue({ capacity: 64 })
  const sum = new BigInt64Array(new SharedArrayBuffer(8))
  const producers = [
    ...hammerInWorkers(t, 'lock.push(i)', { lock: queue }),
    hammerInRust(t, 'hammer_push', { queue })
  ]
  const consumers = [
    ...hammerInWorkers(t, 'Atomics.add(number, 0, BigInt(lock.pop()))', { lock: queue, number: sum }),
    hammerInRust(t, 'hammer_pop', { queue, sum })
  ]
  for (let i = 0; i < ASYNC_TIMES; i++) await queue.pushAsync(1)
  for (let i = 0; i < ASYNC_TIMES; i++) Atomics.add(sum, 0, BigInt(await queue.popAsync()))
  await Promise.all([...producers, ...consumers])
  t.is(queue.length, 0)
  const once = TIMES * (TIMES - 1) / 2
  t.is(sum[0], BigInt((WORKERS + RUST_THREADS) * once + ASYNC_TIMES))
})

// V8 can terminate a thread before any function, built-in ones too, but it must not between taking a lock and counting it.
for (const [what, { lock, step, left }] of Object.entries({
  'a mutex': { lock: new Mutex(), step: 'lock.lock().release()', left: lock => Number(lock.locked) },
  'readers': { lock: new RwLock(), step: 'lock.read().release()', left: lock => lock.readers + Number(lock.writing) },
  'permits': { lock: new Semaphore(1000), step: 'lock.acquire(3).release()', left: lock => 1000 - lock.available }
})) {
  testBounded(`stress: workers that are terminated in the middle of taking and releasing leave nothing behind: ${what}`, async (t) => {
    for (let round = 0; round < 40; round++) {
      const workers = Array.from({ length: WORKERS }, () => startWorker(t, `
        const { parentPort, workerData: { lock } } = require('worker_threads')
        parentPort.postMessage('running')
        for (;;) { ${step} }
      `, { workerData: { lock } }))
      await Promise.all(workers.map(nextMessage))
      for (let turn = 0; turn < round; turn++) await new Promise(resolve => setImmediate(resolve))
      await Promise.all(workers.map(worker => worker.terminate()))
      t.is(left(lock), 0)
    }
  })
}
