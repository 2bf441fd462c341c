'use strict'

const avaTest = require('ava')
const { once } = require('node:events')
const { inspect } = require('node:util')
const { Semaphore, bounded, nextMessage } = require('./helpers')
const { blockMainThread, exclusiveCases, someoneWaits, timedOut } = require('./shared-lock-cases')

const test = bounded(avaTest)
const MOST = 2 ** 28 - 1
const outOfRange = { instanceOf: RangeError, code: 'ERR_OUT_OF_RANGE' }

const { start } = exclusiveCases(avaTest, {
  Class: Semaphore,
  create: (buffer, byteOffset) => new Semaphore(1, buffer, byteOffset),
  method: 'acquire',
  tryMethod: 'tryAcquire',
  count: '1, '
})

test('permits are given and returned', async (t) => {
  const semaphore = new Semaphore(6)
  t.is(Semaphore.byteLength, 8)
  const permits = [semaphore.acquire(undefined, { blockMainThread }), semaphore.tryAcquire(2), await semaphore.acquireAsync(3)]
  t.deepEqual(permits.map(permit => permit.count), [1, 2, 3])
  t.is(semaphore.available, 0)
  t.is(semaphore.tryAcquire(), null)
  for (const permit of permits) {
    t.true(permit.held)
    t.false(permit.poisoned)
    permit.release()
    permit.release()
    t.false(permit.held)
  }
  t.is(semaphore.available, 6)
  t.is(inspect(semaphore), 'Semaphore { available: 6 }')
  t.is(semaphore.tryAcquire(7), null)
})

test('over a semaphore that there is, another one changes nothing', (t) => {
  const { buffer } = new Semaphore(3)
  const same = new Semaphore(5, buffer)
  same.tryAcquire()
  t.is(new Semaphore(0, buffer).available, 2)
  const none = new Semaphore(0)
  t.is(new Semaphore(9, none.buffer).available, 0)
})

test('of workers that make it at the same time one does', async (t) => {
  for (let round = 0; round < 5; round++) {
    const buffer = new SharedArrayBuffer(8)
    const start = new Int32Array(new SharedArrayBuffer(4))
    const { startWorker, packageRoot } = require('./helpers')
    const workers = [1, 2].map(() => startWorker(t, `
      const { parentPort, workerData: { buffer, start } } = require('worker_threads')
      const { Semaphore } = require(${JSON.stringify(packageRoot)})
      parentPort.postMessage('ready')
      while (Atomics.load(start, 0) === 0);
      new Semaphore(5, buffer).acquire(2).forget()
    `, { workerData: { buffer, start } }))
    await Promise.all(workers.map(nextMessage))
    Atomics.store(start, 0, 1)
    await Promise.all(workers.map(worker => once(worker, 'exit')))
    t.is(new Semaphore(0, buffer).available, 1)
  }
})

test('never more are in use than there are', async (t) => {
  const semaphore = new Semaphore(3)
  const used = new Int32Array(new SharedArrayBuffer(8))
  const workers = [1, 2, 1, 3].map(count => start(t, `
    const { used, count } = workerData
    for (let i = 0; i < 5_000; i++) {
      const permit = lock.acquire(count)
      if (Atomics.add(used, 0, count) + count > 3) Atomics.add(used, 1, 1)
      Atomics.sub(used, 0, count)
      permit.release()
    }
  `, { lock: semaphore, used, count }))
  const ended = Promise.all(workers.map(worker => once(worker, 'exit')))
  for (let i = 0; i < 200; i++) {
    const permit = await semaphore.acquireAsync(2)
    if (Atomics.add(used, 0, 2) + 2 > 3) Atomics.add(used, 1, 1)
    Atomics.sub(used, 0, 2)
    permit.release()
  }
  await ended
  t.deepEqual([...used], [0, 0])
  t.is(semaphore.available, 3)
})

test('a request for many is not overtaken by requests for few', async (t) => {
  const semaphore = new Semaphore(2)
  const first = semaphore.tryAcquire()
  const order = []
  const big = semaphore.acquireAsync(2).then((permit) => { order.push('big'); return permit })
  const small = semaphore.acquireAsync().then((permit) => { order.push('small'); return permit })
  t.is(semaphore.tryAcquire(), null)
  t.is(semaphore.available, 1)
  first.release()
  ;(await big).release()
  ;(await small).release()
  t.deepEqual(order, ['big', 'small'])
  t.is(semaphore.available, 2)
})

test('a request for many that gives up lets requests for few in', async (t) => {
  const semaphore = new Semaphore(1)
  const big = semaphore.acquireAsync(2, { timeout: 5 })
  const small = semaphore.acquireAsync()
  await t.throwsAsync(big, timedOut)
  ;(await small).release()
  t.is(semaphore.available, 1)
})

test('release() without a permit is a signal, for one that waits or will wait', async (t) => {
  const semaphore = new Semaphore(0)
  const worker = start(t, 'lock.acquire(3).forget(); post(lock.available)', { lock: semaphore })
  const left = nextMessage(worker)
  semaphore.release()
  await someoneWaits(semaphore)
  semaphore.release(4)
  t.is(await left, 2)
  t.is(semaphore.available, 2)
  const waiting = semaphore.acquireAsync(3)
  semaphore.release()
  const permit = await waiting
  permit.forget()
  t.false(permit.held)
  permit.release()
  t.is(semaphore.available, 0)
})

test('there are never more than a word can count', (t) => {
  const semaphore = new Semaphore(MOST)
  t.throws(() => semaphore.release(), outOfRange)
  const permit = semaphore.tryAcquire(5)
  semaphore.release(2)
  t.throws(() => semaphore.release(4), outOfRange)
  t.is(semaphore.available, MOST - 3)
  permit.release()
  t.is(semaphore.available, MOST)
})

test('with waiters, too, there are never more permits than a word can count', async (t) => {
  const semaphore = new Semaphore(MOST - 1)
  const waiting = semaphore.acquireAsync(MOST)
  t.throws(() => semaphore.release(2), outOfRange)
  semaphore.release()
  const permit = await waiting
  t.is(semaphore.available, 0)
  permit.release()
  t.is(semaphore.available, MOST)
})

for (const [way, code] of Object.entries({
  acquire: 'globalThis.permits = [lock.acquire(2), lock.acquire()]; post(1); sleep()',
  tryAcquire: 'globalThis.permits = [lock.tryAcquire(2), lock.tryAcquire()]; post(1); sleep()',
  acquireAsync: 'Promise.all([lock.acquireAsync(2), lock.acquireAsync()]).then(() => { post(1); sleep() })'
})) {
  test(`permits of a terminated worker by ${way}() are returned; only the next holder is told`, async (t) => {
    const semaphore = new Semaphore(4)
    const mine = semaphore.tryAcquire()
    const dying = start(t, `lock.acquire().release(); lock.acquire().release(); ${code}`, { lock: semaphore })
    await nextMessage(dying)
    t.is(semaphore.available, 0)
    const waiting = [semaphore.acquireAsync(), semaphore.acquireAsync()]
    await dying.terminate()
    const [first, second] = await Promise.all(waiting)
    t.deepEqual([first.poisoned, second.poisoned, semaphore.available], [true, false, 1])
    mine.release()
    first.release()
    second.release()
    t.is(semaphore.available, 4)
  })
}

test('permits that are given slowly count too when a worker is terminated', async (t) => {
  const semaphore = new Semaphore(2)
  const mine = semaphore.tryAcquire(2)
  const dying = start(t, 'globalThis.permit = lock.acquire(); lock.acquireAsync().then(() => { post(1); sleep() })', { lock: semaphore })
  const has = nextMessage(dying)
  await someoneWaits(semaphore)
  mine.release()
  await has
  await dying.terminate()
  t.is(semaphore.available, 2)
  t.true(semaphore.tryAcquire().poisoned)
  t.false(semaphore.tryAcquire().poisoned)
})

test('permits that were forgotten do not come back with the end of their worker', async (t) => {
  const semaphore = new Semaphore(3)
  const worker = start(t, 'lock.acquire(2).forget(); globalThis.permit = lock.acquire(); permit.forget()', { lock: semaphore })
  await once(worker, 'exit')
  t.is(semaphore.available, 0)
})

test('invalid numbers are refused', async (t) => {
  for (const permits of [-1, 0.5, NaN, Infinity, MOST + 1]) t.throws(() => new Semaphore(permits), outOfRange)
  for (const permits of [undefined, '1', null, 1n]) {
    t.throws(() => new Semaphore(permits), { instanceOf: TypeError, code: 'ERR_INVALID_ARG_TYPE' })
  }
  const semaphore = new Semaphore(1)
  for (const count of [0, -1, 0.5, NaN, MOST + 1]) {
    t.throws(() => semaphore.acquire(count, { blockMainThread }), outOfRange)
    t.throws(() => semaphore.tryAcquire(count), outOfRange)
    t.throws(() => semaphore.release(count), outOfRange)
    await t.throwsAsync(semaphore.acquireAsync(count), outOfRange)
  }
  t.throws(() => semaphore.tryAcquire({}), { instanceOf: TypeError, code: 'ERR_INVALID_ARG_TYPE' })
  t.is(semaphore.available, 1)
})
