'use strict'

// Shared memory between JavaScript and workers written in Rust: the same bytes, locks and queues.

const avaTest = require('ava').default
const { once } = require('node:events')
const { AtomicView, Barrier, Condvar, Latch, Mutex, RwLock, Semaphore, SharedQueue } = require('..')
const { bounded, eventsUntilExit, inbox, startWorker } = require('./helpers')
const { answerOf, start } = require('./native-helpers')

const test = bounded(avaTest)

test('an array over shared memory that was sent there and back is over the same memory', async (t) => {
  const view = new AtomicView(new SharedArrayBuffer(16))
  const worker = start(t, 'parrot')
  worker.postMessage(new Int32Array(view.buffer))
  const [same] = await once(worker, 'message')
  Atomics.store(same, 0, 7)
  t.is(view.load(0), 7)
  await worker.terminate()
})

test('JavaScript\'s and Rust\'s threads count together: atomically, and with a lock', async (t) => {
  const view = new AtomicView(new SharedArrayBuffer(8))
  const mutex = new Mutex()
  const times = 20_000
  const rust = start(t, 'adder', { workerData: { view, mutex, threads: 2, times } })
  const javascript = startWorker(t, `
    const { workerData: { view, mutex, times }, parentPort } = require(${JSON.stringify(require.resolve('..'))})
    for (let round = 0; round < times; round++) {
      view.add(0, 1)
      const guard = mutex.lock()
      view.store(1, view.load(1) + 1)
      guard.release()
    }
    parentPort.postMessage('done')`, { workerData: { view, mutex, times } })
  t.deepEqual(await Promise.all([once(rust, 'message'), once(javascript, 'message')]), [['done'], ['done']])
  t.is(view.load(0), 3 * times)
  t.is(view.load(1), 3 * times)
})

test('an array over a SharedArrayBuffer is taken for an AtomicView, one of another type is not', async (t) => {
  const view = new Int32Array(new SharedArrayBuffer(8))
  t.is(await answerOf(t, 'adder', { view, mutex: new Mutex(), threads: 1, times: 10 }), 'done')
  t.deepEqual([...view], [10, 10])
  const worker = start(t, 'adder', { workerData: { view: new Float64Array(view.buffer), mutex: new Mutex(), threads: 1, times: 10 } })
  const [error] = await once(worker, 'error')
  t.regex(error.message, /Float64Array.*Int32Array/)
})

test('a lock of another kind than expected is an error', async (t) => {
  const worker = start(t, 'waiter', { workerData: new RwLock() })
  const [error] = await once(worker, 'error')
  t.regex(error.message, /Mutex.*RwLock/)
})

test('a panic releases a held lock, poisoned', async (t) => {
  const mutex = new Mutex()
  const worker = start(t, 'poisoner', { workerData: mutex })
  await once(worker, 'message')
  t.is(mutex.tryLock(), null)
  worker.postMessage(null)
  const [error] = await once(worker, 'error')
  t.is(error.message, 'with the lock')
  const guard = await mutex.lockAsync()
  t.true(guard.poisoned)
  guard.release()
})

test('a lock that the thread holds already is an error, not a deadlock', async (t) => {
  const mutex = new Mutex()
  const [error] = await once(start(t, 'relocker', { workerData: mutex }), 'error')
  t.is(error.code, 'ERR_ISOTHREADS_DEADLOCK')
  t.not(mutex.tryLock(), null)
})

test('a worker that waits for a lock gets it', async (t) => {
  const mutex = new Mutex()
  const guard = await mutex.lockAsync()
  const worker = start(t, 'waiter', { workerData: mutex })
  const next = inbox(worker)
  t.is(await next(), 'waiting')
  guard.release()
  t.is(await next(), 'locked')
})

test('terminate() while it waits for a lock', async (t) => {
  const mutex = new Mutex()
  const guard = await mutex.lockAsync()
  const worker = start(t, 'waiter', { workerData: mutex })
  await once(worker, 'message')
  const events = eventsUntilExit(worker)
  t.is(await worker.terminate(), 1)
  t.deepEqual(await events, [['exit', 1]])
  guard.release()
  t.not(mutex.tryLock(), null)
})

test('values of every kind through queues, by way of Rust', async (t) => {
  const input = new SharedQueue({ capacity: 16, slotSize: 512 })
  const output = new SharedQueue({ capacity: 16, slotSize: 512 })
  const worker = start(t, 'mover', { workerData: { input, output } })
  const values = [undefined, null, true, false, 1.5, -7, 'text', 'täxt', 'テキスト', 12n, -3n, Uint8Array.of(1, 2, 3), { a: [1, { b: 2 }] }]
  for (const value of values) {
    await input.pushAsync(value)
    t.deepEqual(await output.popAsync(), value)
  }
  const message = once(worker, 'message')
  input.close()
  t.deepEqual(await message, [values.length])
})

test('a barrier, a condition variable and a latch between JavaScript and Rust', async (t) => {
  const [barrier, mutex, condvar, latch] = [new Barrier(2), new Mutex(), new Condvar(), new Latch(2)]
  const view = new AtomicView(new SharedArrayBuffer(4))
  const worker = start(t, 'meeter', { workerData: { barrier, mutex, condvar, latch, view } })
  const next = inbox(worker)
  await barrier.waitAsync()
  t.is(await next(), 'passed')
  const guard = await mutex.lockAsync()
  view.store(0, 1)
  condvar.notifyOne()
  guard.release()
  const message = next()
  latch.countDown()
  await latch.waitAsync()
  t.is(await message, 'open')
})

for (const [what, end] of [['at a barrier', 1], ['for a condition variable', 2], ['for a latch', 3]]) {
  test(`terminate() while it waits ${what}`, async (t) => {
    const [mutex, condvar] = [new Mutex(), new Condvar()]
    const barrier = new Barrier(end === 1 ? 2 : 1)
    const latch = new Latch(2)
    const view = new AtomicView(new SharedArrayBuffer(4))
    if (end === 3) view.store(0, 1)
    const worker = start(t, 'meeter', { workerData: { barrier, mutex, condvar, latch, view } })
    await once(worker, end === 1 ? 'online' : 'message')
    const events = eventsUntilExit(worker)
    t.is(await worker.terminate(), 1)
    t.deepEqual(await events, [['exit', 1]])
    t.not(mutex.tryLock(), null)
  })
}

test('a thread that reads reads once more while a writer waits, and is told that it cannot write', async (t) => {
  const lock = new RwLock()
  const worker = start(t, 'rereader', { workerData: { lock } })
  const next = inbox(worker)
  t.is(await next(), 'reading')
  const writer = lock.writeAsync()
  t.is(lock.tryRead(), null)
  worker.postMessage(null)
  t.is(await next(), 'ERR_ISOTHREADS_DEADLOCK')
  const guard = await writer
  guard.release()
  t.is(lock.readers, 0)
})

test('permits that no semaphore has are refused, as in JavaScript', async (t) => {
  const semaphore = new Semaphore(3)
  t.deepEqual(await answerOf(t, 'greedy', semaphore), Array(3).fill('ERR_OUT_OF_RANGE'))
  t.is(semaphore.available, 3)
  for (const count of [0, 2 ** 28]) t.throws(() => semaphore.tryAcquire(count), { code: 'ERR_OUT_OF_RANGE' })
})

test('a queue of bytes takes no other values from Rust either', async (t) => {
  const queue = new SharedQueue({ type: 'bytes', slotSize: 16 })
  t.deepEqual(await answerOf(t, 'pusher', queue), ['ERR_INVALID_ARG_TYPE', 'ERR_OUT_OF_RANGE', null])
  t.deepEqual(queue.tryPop(), Uint8Array.of(1, 2))
  t.is(queue.length, 0)
})

test('a timeout while the mutex is poisoned is reported with both', async (t) => {
  const [mutex, condvar] = [new Mutex(), new Condvar()]
  const worker = start(t, 'late', { workerData: { mutex, condvar } })
  const next = inbox(worker)
  t.is(await next(), 'locked')
  const dying = startWorker(t, `
    const { parentPort, workerData } = require(${JSON.stringify(require.resolve('..'))})
    workerData.lock()
    parentPort.postMessage('locked')
    parentPort.once('message', () => process.exit())
  `, { workerData: mutex })
  const words = new Int32Array(mutex.buffer)
  const WAITING = 1 << 30
  const isAwaited = async () => {
    while ((Atomics.load(words, 0) & WAITING) === 0) await new Promise(resolve => setImmediate(resolve))
  }
  // It waits already, so it gets the mutex long before the timeout.
  await isAwaited()
  const locked = once(dying, 'message')
  worker.postMessage(0)
  await locked
  // Until the other one waits for the mutex, after its timeout.
  await isAwaited()
  dying.postMessage(0)
  t.deepEqual(await next(), [true, true])
})
