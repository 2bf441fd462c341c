'use strict'

const avaTest = require('ava')
const { inspect } = require('node:util')
const { Condvar, Mutex, bounded, isPeer } = require('./helpers')
const { checkOptions, checkPlaces, counters, inThread, kinds, startThread, until, untilSomebodyWaits } = require('./shared-threads')

const test = isPeer ? () => {} : bounded(avaTest)
if (isPeer) avaTest('Node has no condition variables', t => t.pass())

const main = { blockMainThread: true }
const timedOut = { code: 'ERR_ISOTHREADS_TIMEOUT' }

// The waiting flag in a mutex's word.
const WAITING = 1 << 30

const isWaitedFor = condvar => new Int32Array(condvar.buffer, condvar.byteOffset)[0] !== 0

test('a condition variable is where it is told to be, and arrives as one', async (t) => {
  const { placed, arrived, fromWorker } = await checkPlaces(t, Condvar, [], 4)
  const mutex = new Mutex()
  for (const notifying of [arrived, fromWorker]) {
    const guard = mutex.lock(main)
    const waiting = placed.waitAsync(guard)
    notifying.notifyOne()
    t.is(await waiting, undefined)
    guard.release()
  }
  t.is(inspect(placed), 'Condvar {}')
})

test('waiting checks its options before it gives the mutex back, and blocks the main thread only where said', async (t) => {
  const condvar = new Condvar()
  const guard = new Mutex().lock(main)
  await checkOptions(t, options => condvar.wait(guard, options), options => condvar.waitAsync(guard, options))
  t.true(guard.held)
  t.false(isWaitedFor(condvar))
})

test('only a guard that holds its mutex can wait', async (t) => {
  const condvar = new Condvar()
  const mutex = new Mutex()
  for (const guard of [undefined, null, {}, mutex]) {
    t.throws(() => condvar.wait(guard, main), { instanceOf: TypeError, code: 'ERR_INVALID_ARG_TYPE' })
    await t.throwsAsync(condvar.waitAsync(guard), { instanceOf: TypeError, code: 'ERR_INVALID_ARG_TYPE' })
  }
  const guard = mutex.lock(main)
  guard.release()
  t.throws(() => condvar.wait(guard, main), { instanceOf: TypeError, code: 'ERR_INVALID_ARG_VALUE' })
  await t.throwsAsync(condvar.waitAsync(guard), { instanceOf: TypeError, code: 'ERR_INVALID_ARG_VALUE' })
  const held = mutex.lock(main)
  const waiting = condvar.waitAsync(held)
  await t.throwsAsync(condvar.waitAsync(held), { code: 'ERR_INVALID_ARG_VALUE' })
  condvar.notifyOne()
  await waiting
})

test('a guard is without its mutex while it waits, and has it again when the promise settles', async (t) => {
  const condvar = new Condvar()
  const mutex = new Mutex()
  const guard = mutex.lock(main)
  const waiting = condvar.waitAsync(guard)
  t.false(guard.held)
  t.false(mutex.locked)
  guard.release()
  const other = mutex.lock(main)
  condvar.notifyOne()
  let isOver = false
  waiting.then(() => { isOver = true })
  for (let turn = 0; turn < 5; turn++) await new Promise(resolve => setImmediate(resolve))
  t.false(isOver)
  other.release()
  await waiting
  t.true(guard.held)
  t.is(mutex.tryLock(), null)
  guard.release()
  t.false(mutex.locked)
})

test('blocking is refused where the mutex would go to a promise of the same thread', async (t) => {
  const condvar = new Condvar()
  const mutex = new Mutex()
  const guard = mutex.lock(main)
  const waiting = mutex.lockAsync()
  t.throws(() => condvar.wait(guard, main), { code: 'ERR_ISOTHREADS_DEADLOCK' })
  t.true(guard.held)
  guard.release()
  const next = await waiting
  next.release()
  t.false(mutex.locked)
})

test('the longest waiter is woken, or all are; without waiters none is', async (t) => {
  const condvar = new Condvar()
  const mutex = new Mutex()
  condvar.notifyOne()
  condvar.notifyAll()
  const woken = []
  const wait = async (name) => {
    const guard = await mutex.lockAsync()
    await condvar.waitAsync(guard)
    woken.push(name)
    guard.release()
  }
  const waiting = [1, 2, 3, 4].map(wait)
  await new Promise(resolve => setImmediate(resolve))
  condvar.notifyOne()
  await waiting[0]
  t.deepEqual(woken, [1])
  t.true(isWaitedFor(condvar))
  condvar.notifyAll()
  await Promise.all(waiting)
  t.deepEqual(woken, [1, 2, 3, 4])
  t.false(isWaitedFor(condvar))
})

test('waiting ends with the timeout or the signal, and the guard has its mutex then', async (t) => {
  const condvar = new Condvar()
  const mutex = new Mutex()
  const guard = mutex.lock(main)
  t.throws(() => condvar.wait(guard, { ...main, timeout: 1 }), timedOut)
  t.true(guard.held)
  await t.throwsAsync(condvar.waitAsync(guard, { timeout: 1 }), timedOut)
  t.true(guard.held)
  const controller = new AbortController()
  const waiting = condvar.waitAsync(guard, { signal: controller.signal })
  const reason = new Error('enough')
  controller.abort(reason)
  t.is(await t.throwsAsync(waiting), reason)
  t.true(guard.held)
  t.true(mutex.locked)
  t.false(isWaitedFor(condvar))
})

test('an abort that comes after the notification does not undo it, one that comes before passes it on', async (t) => {
  const condvar = new Condvar()
  const mutex = new Mutex()
  for (let round = 0; round < 50; round++) {
    const isAbortFirst = round % 2 === 0
    const controller = new AbortController()
    const wait = async (options) => {
      const guard = mutex.lock(main)
      try {
        await condvar.waitAsync(guard, options)
      } finally {
        guard.release()
      }
    }
    const first = wait({ signal: controller.signal })
    const second = wait()
    if (isAbortFirst) controller.abort(new Error('enough'))
    condvar.notifyOne()
    if (!isAbortFirst) controller.abort()
    if (isAbortFirst) await t.throwsAsync(first, { message: 'enough' })
    else await first
    t.is(isWaitedFor(condvar), !isAbortFirst)
    condvar.notifyOne()
    await second
  }
})

for (const [kind, Worker] of Object.entries(kinds)) {
  test(`one of ${kind} sleeps without the mutex, and has it again when notified`, async (t) => {
    const objects = { condvar: new Condvar(), mutex: new Mutex(), state: counters() }
    const { condvar, mutex, state } = objects
    const worker = inThread(t, Worker, objects, `
      const guard = mutex.lock()
      while (state[0] === 0) condvar.wait(guard)
      const seen = [guard.held, guard.poisoned, mutex.locked, state[0]]
      guard.release()
      return seen
    `)
    await untilSomebodyWaits(condvar)
    const guard = await mutex.lockAsync()
    condvar.notifyOne()
    state[0] = 7
    guard.release()
    t.deepEqual(await worker, [true, false, true, 7])
    t.false(mutex.locked)
  })

  test(`${kind} and the main thread take each thing that there is once`, async (t) => {
    const objects = { condvar: new Condvar(), mutex: new Mutex(), state: counters(2) }
    const { condvar, mutex, state } = objects
    const THINGS = 3000
    const takers = [1, 2].map(() => inThread(t, Worker, objects, `
      let taken = 0
      for (;;) {
        const guard = mutex.lock()
        while (state[0] === 0 && state[1] === 0) condvar.wait(guard)
        if (state[0] === 0) return guard.release(), taken
        state[0]--
        taken++
        guard.release()
      }
    `))
    const maker = inThread(t, Worker, objects, `
      for (let made = 0; made < ${THINGS}; made++) {
        const guard = mutex.lock()
        state[0]++
        guard.release()
        condvar.notifyOne()
      }
      const guard = mutex.lock()
      state[1] = 1
      guard.release()
      condvar.notifyAll()
    `)
    let taken = 0
    for (let isOver = false; !isOver;) {
      const guard = await mutex.lockAsync()
      while (state[0] === 0 && state[1] === 0) await condvar.waitAsync(guard)
      if (state[0] === 0) isOver = true
      else taken += state[0]-- > 0
      guard.release()
    }
    await maker
    for (const other of await Promise.all(takers)) taken += other
    t.is(taken, THINGS)
    t.false(isWaitedFor(condvar))
  })

  test(`the main thread blocks until one of ${kind} has notified it`, (t) => {
    const objects = { condvar: new Condvar(), mutex: new Mutex(), state: counters() }
    const { condvar, mutex, state } = objects
    const guard = mutex.lock(main)
    startThread(t, Worker, objects, `
      const guard = mutex.lock()
      state[0] = 1
      guard.release()
      condvar.notifyOne()
    `)
    while (state[0] === 0) condvar.wait(guard, main)
    t.true(guard.held)
  })

  test(`one of ${kind} waits no longer than it wants, but has the mutex first`, async (t) => {
    const objects = { condvar: new Condvar(), mutex: new Mutex(), state: counters() }
    // It begins to wait when the main thread is next to have the mutex, and so its time is over while that has it.
    const worker = inThread(t, Worker, objects, `
      const guard = mutex.lock()
      Atomics.store(state, 0, 1)
      Atomics.wait(state, 0, 1)
      try { condvar.wait(guard, { timeout: 60 }) } catch (error) { return [error.code, guard.held, state[0]] }
    `)
    await until(() => objects.state[0] === 1)
    const locking = objects.mutex.lockAsync()
    Atomics.store(objects.state, 0, 0)
    Atomics.notify(objects.state, 0)
    const guard = await locking
    await until(() => !isWaitedFor(objects.condvar))
    objects.state[0] = 2
    guard.release()
    t.deepEqual(await worker, [timedOut.code, true, 2])
  })

  for (const [how, code] of [
    ['asleep', 'condvar.wait(guard)'],
    // It is notified, but cannot react.
    ['busy', 'condvar.waitAsync(guard); Atomics.store(state, 0, 1); for (;;);']
  ]) {
    test(`one of ${kind} that is terminated while it waits, ${how}, keeps neither mutex nor notification`, async (t) => {
      const objects = { condvar: new Condvar(), mutex: new Mutex(), state: counters() }
      const { condvar, mutex, state } = objects
      const worker = startThread(t, Worker, objects, `const guard = mutex.lock(); ${code}`)
      await untilSomebodyWaits(condvar)
      if (how === 'busy') await until(() => Atomics.load(state, 0) === 1)
      const guard = await mutex.lockAsync()
      t.false(guard.poisoned)
      const waiting = condvar.waitAsync(guard)
      if (how === 'busy') condvar.notifyOne()
      await worker.terminate()
      if (how === 'asleep') condvar.notifyOne()
      await waiting
      t.true(guard.held)
      t.false(guard.poisoned)
    })
  }

  test(`of many of ${kind} that are terminated at once, busy, none keeps its notification`, async (t) => {
    await Promise.all(Array.from({ length: 12 }, async () => {
      const objects = { condvar: new Condvar(), mutex: new Mutex(), state: counters() }
      const { condvar, mutex, state } = objects
      const worker = startThread(t, Worker, objects, `condvar.waitAsync(mutex.lock()); Atomics.store(state, 0, 1); for (;;);`)
      await until(() => Atomics.load(state, 0) === 1)
      const waiting = condvar.waitAsync(await mutex.lockAsync())
      condvar.notifyOne()
      await worker.terminate()
      await waiting
    }))
    t.pass()
  })

  for (const [how, code] of [['asleep', 'condvar.wait(guard)'], ['asynchronously', 'await condvar.waitAsync(guard)']]) {
    test(`one of ${kind} that waited ${how}, and is terminated before it has the mutex again, passes the notification on`, async (t) => {
      const objects = { condvar: new Condvar(), mutex: new Mutex() }
      const { condvar, mutex } = objects
      const worker = startThread(t, Worker, objects, `const guard = mutex.lock(); ${code}`)
      await untilSomebodyWaits(condvar)
      const held = await mutex.lockAsync()
      const waiting = condvar.waitAsync(new Mutex().lock(main))
      condvar.notifyOne()
      const word = new Int32Array(mutex.buffer, mutex.byteOffset)
      await until(() => (Atomics.load(word, 0) & WAITING) !== 0)
      await worker.terminate()
      await waiting
      held.release()
      t.false(mutex.lock(main).poisoned)
      t.false(isWaitedFor(condvar))
    })
  }

  test(`waiters are told when one of ${kind} ends while it holds the mutex`, async (t) => {
    const objects = { condvar: new Condvar(), mutex: new Mutex() }
    const { condvar, mutex } = objects
    const guard = mutex.lock(main)
    const waiting = condvar.waitAsync(guard)
    const worker = startThread(t, Worker, objects, `
      mutex.lock()
      condvar.notifyOne()
      parentPort.postMessage('notified')
      for (;;);
    `)
    await new Promise(resolve => worker.once('message', resolve))
    t.false(guard.poisoned)
    await worker.terminate()
    await waiting
    t.true(guard.held)
    t.true(guard.poisoned)
    guard.release()
    t.false(mutex.lock(main).poisoned)
  })
}
