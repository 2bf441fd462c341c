'use strict'

const avaTest = require('ava')
const { inspect } = require('node:util')
const { Barrier, bounded, isPeer } = require('./helpers')
const { checkOptions, checkPlaces, counters, inThread, kinds, startThread, until } = require('./shared-threads')

const test = isPeer ? () => {} : bounded(avaTest)
if (isPeer) avaTest('Node has no barriers', t => t.pass())

const main = { blockMainThread: true }
const broken = { code: 'ERR_ISOTHREADS_BARRIER_BROKEN' }
const timedOut = { code: 'ERR_ISOTHREADS_TIMEOUT' }

test('a barrier of one lets it pass', async (t) => {
  const barrier = new Barrier(1)
  t.true(barrier.wait(main))
  t.true(await barrier.waitAsync())
  t.is(inspect(barrier), 'Barrier { parties: 1, waiting: 0, broken: false }')
})

test('parties of one thread pass together, the last one knowing it, over and over', async (t) => {
  const barrier = new Barrier(3)
  for (let round = 0; round < 3; round++) {
    const first = barrier.waitAsync()
    t.is(barrier.waiting, 1)
    const second = barrier.waitAsync()
    t.is(barrier.waiting, 2)
    const third = round === 1 ? barrier.wait(main) : barrier.waitAsync()
    t.is(barrier.waiting, 0)
    t.deepEqual(await Promise.all([first, second, third]), [false, false, true])
  }
})

test('a barrier is where it is told to be, and arrives as a barrier', async (t) => {
  const { placed, arrived, fromWorker } = await checkPlaces(t, Barrier, [3], 8)
  const parties = [placed, arrived, fromWorker]
  t.deepEqual(parties.map(barrier => barrier.parties), [3, 3, 3])
  t.deepEqual(await Promise.all(parties.map(barrier => barrier.waitAsync())), [false, false, true])
})

test('over the bytes of a barrier is the same one, with as many parties', async (t) => {
  const barrier = new Barrier(2)
  const waiting = barrier.waitAsync()
  t.is(new Barrier(2, barrier.buffer).waiting, 1)
  t.throws(() => new Barrier(3, barrier.buffer), { instanceOf: RangeError, code: 'ERR_OUT_OF_RANGE' })
  t.true(await new Barrier(2, barrier.buffer).waitAsync())
  t.false(await waiting)
})

test('bad numbers of parties are refused', (t) => {
  for (const parties of [0, -1, 1.5, NaN, 2 ** 28]) {
    t.throws(() => new Barrier(parties), { instanceOf: RangeError, code: 'ERR_OUT_OF_RANGE' })
  }
  for (const parties of [undefined, null, '2', 2n]) {
    t.throws(() => new Barrier(parties), { instanceOf: TypeError, code: 'ERR_INVALID_ARG_TYPE' })
  }
})

test('waiting checks its options before it arrives, and blocks the main thread only where said', async (t) => {
  const barrier = new Barrier(2)
  await checkOptions(t, options => barrier.wait(options), options => barrier.waitAsync(options))
  t.is(barrier.waiting, 0)
  t.false(barrier.broken)
})

test('a timeout breaks the barrier until it is reset', async (t) => {
  const barrier = new Barrier(3)
  const other = t.throwsAsync(barrier.waitAsync(), broken)
  t.throws(() => barrier.wait({ ...main, timeout: 1 }), timedOut)
  await other
  t.true(barrier.broken)
  t.is(barrier.waiting, 0)
  t.throws(() => barrier.wait(main), broken)
  await t.throwsAsync(barrier.waitAsync(), broken)
  barrier.reset()
  t.false(barrier.broken)
  await t.throwsAsync(barrier.waitAsync({ timeout: 0 }), timedOut)
  t.true(barrier.broken)
  barrier.reset()
  t.deepEqual(await Promise.all([1, 2, 3].map(() => barrier.waitAsync())), [false, false, true])
})

test('an abort breaks the barrier', async (t) => {
  const barrier = new Barrier(3)
  const controller = new AbortController()
  const other = t.throwsAsync(barrier.waitAsync(), broken)
  const waiting = barrier.waitAsync({ signal: controller.signal })
  const reason = new Error('enough')
  controller.abort(reason)
  t.is(await t.throwsAsync(waiting), reason)
  await other
})

test('an abort that comes after the last party breaks nothing', async (t) => {
  const barrier = new Barrier(2)
  for (let round = 0; round < 50; round++) {
    const controller = new AbortController()
    const waiting = barrier.waitAsync({ signal: controller.signal })
    const last = barrier.waitAsync()
    controller.abort()
    t.deepEqual(await Promise.all([waiting, last]), [false, true])
  }
  t.false(barrier.broken)
})

test('a reset breaks it only for waiting parties', async (t) => {
  const barrier = new Barrier(2)
  const waiting = t.throwsAsync(barrier.waitAsync(), broken)
  barrier.reset()
  await waiting
  t.false(barrier.broken)
  t.deepEqual(await Promise.all([barrier.waitAsync(), barrier.waitAsync()]), [false, true])
})

for (const [kind, Worker] of Object.entries(kinds)) {
  test(`${kind} and the main thread meet 200 times, one last in each`, async (t) => {
    const barrier = new Barrier(4)
    const counts = counters()
    const workers = [1, 2, 3].map(() => inThread(t, Worker, { barrier, counts }, `
      let last = 0
      for (let round = 1; round <= 100; round++) {
        Atomics.add(counts, 0, 1)
        last += barrier.wait()
        if (Atomics.load(counts, 0) !== 4 * round) throw new Error('too early')
        last += barrier.wait()
      }
      return last
    `))
    let last = 0
    for (let round = 1; round <= 100; round++) {
      Atomics.add(counts, 0, 1)
      last += await barrier.waitAsync()
      t.is(Atomics.load(counts, 0), 4 * round)
      last += await barrier.waitAsync()
    }
    for (const other of await Promise.all(workers)) last += other
    t.is(last, 200)
    t.is(barrier.waiting, 0)
  })

  for (const [how, code] of [['blocked', 'barrier.wait()'], ['asynchronously', 'setInterval(() => {}, 1000); await barrier.waitAsync()']]) {
    test(`one of ${kind} that is terminated while it waits ${how} breaks the barrier`, async (t) => {
      const barrier = new Barrier(4)
      const worker = startThread(t, Worker, { barrier }, code)
      const other = inThread(t, Worker, { barrier }, `
        try { barrier.wait() } catch (error) { return error.code }
      `)
      const own = t.throwsAsync(barrier.waitAsync(), broken)
      await until(() => barrier.waiting === 3)
      await worker.terminate()
      await own
      t.is(await other, broken.code)
      t.true(barrier.broken)
    })
  }

  test(`of many of ${kind} that are terminated at once while they wait, none sees the barrier broken`, async (t) => {
    await Promise.all(Array.from({ length: 12 }, async () => {
      const barrier = new Barrier(3)
      const worker = startThread(t, Worker, { barrier }, 'barrier.wait()')
      worker.on('error', error => t.fail(error.message))
      await until(() => barrier.waiting === 1)
      await worker.terminate()
      t.true(barrier.broken)
    }))
  })

  test(`one of ${kind} that times out breaks the barrier for all`, async (t) => {
    const barrier = new Barrier(3)
    const own = t.throwsAsync(barrier.waitAsync(), broken)
    t.is(await inThread(t, Worker, { barrier }, `
      try { barrier.wait({ timeout: 50 }) } catch (error) { return error.code }
    `), timedOut.code)
    await own
  })
}
