'use strict'

const avaTest = require('ava')
const { inspect } = require('node:util')
const { Latch, bounded, isPeer } = require('./helpers')
const { checkOptions, checkPlaces, counters, inThread, kinds, startThread, untilSomebodyWaits } = require('./shared-threads')

const test = isPeer ? () => {} : bounded(avaTest)
if (isPeer) avaTest('Node has no latches', t => t.pass())

const WAITING = 2
const main = { blockMainThread: true }

test('a latch counts down to 0 and no further', async (t) => {
  const latch = new Latch(3)
  latch.countDown()
  t.is(latch.count, 2)
  latch.countDown(0)
  t.is(latch.count, 2)
  latch.countDown(100)
  t.is(latch.count, 0)
  latch.countDown()
  t.is(latch.count, 0)
  t.is(latch.wait(main), undefined)
  t.is(await latch.waitAsync(), undefined)
  t.is(inspect(latch), 'Latch { count: 0 }')
})

test('a latch of 0 is open', async (t) => {
  const latch = new Latch(0)
  t.is(latch.count, 0)
  await latch.waitAsync({ timeout: 0 })
  latch.wait({ ...main, timeout: 0 })
})

test('a latch is where it is told to be, and arrives as a latch', async (t) => {
  const { placed, arrived, fromWorker } = await checkPlaces(t, Latch, [2], 12)
  arrived.countDown()
  t.is(placed.count, 1)
  fromWorker.countDown()
  t.is(placed.count, 0)
})

test('over the bytes of a latch is the same latch, if it began with the same number', (t) => {
  const first = new Latch(5)
  first.countDown(2)
  const second = new Latch(5, first.buffer)
  t.is(second.count, 3)
  second.countDown(3)
  t.is(first.count, 0)
  t.throws(() => new Latch(4, first.buffer), { instanceOf: RangeError, code: 'ERR_OUT_OF_RANGE' })
})

test('bad numbers are refused', (t) => {
  for (const number of [-1, 1.5, NaN, Infinity, 2 ** 28]) {
    t.throws(() => new Latch(number), { instanceOf: RangeError, code: 'ERR_OUT_OF_RANGE' })
    t.throws(() => new Latch(1).countDown(number), { instanceOf: RangeError, code: 'ERR_OUT_OF_RANGE' })
  }
  for (const number of ['1', 1n, null]) {
    t.throws(() => new Latch(number), { instanceOf: TypeError, code: 'ERR_INVALID_ARG_TYPE' })
    t.throws(() => new Latch(1).countDown(number), { instanceOf: TypeError, code: 'ERR_INVALID_ARG_TYPE' })
  }
  t.throws(() => new Latch(), { instanceOf: TypeError, code: 'ERR_INVALID_ARG_TYPE' })
  t.is(new Latch(2 ** 28 - 1).count, 2 ** 28 - 1)
})

test('waiting checks its options, and blocks the main thread only where said', async (t) => {
  const latch = new Latch(1)
  await checkOptions(t, options => latch.wait(options), options => latch.waitAsync(options))
})

test('waiting ends with the timeout or the signal', async (t) => {
  const latch = new Latch(1)
  t.throws(() => latch.wait({ ...main, timeout: 1 }), { code: 'ERR_ISOTHREADS_TIMEOUT' })
  await t.throwsAsync(latch.waitAsync({ timeout: 1 }), { code: 'ERR_ISOTHREADS_TIMEOUT' })
  const controller = new AbortController()
  const waiting = latch.waitAsync({ signal: controller.signal })
  const reason = new Error('enough')
  controller.abort(reason)
  t.is(await t.throwsAsync(waiting), reason)
  t.is(new Int32Array(latch.buffer)[WAITING], 0)
})

test('a signal that comes with the last count does not undo it', async (t) => {
  for (let round = 0; round < 50; round++) {
    const latch = new Latch(1)
    const controller = new AbortController()
    const waiting = latch.waitAsync({ signal: controller.signal })
    latch.countDown()
    controller.abort()
    await waiting
  }
  t.pass()
})

for (const [kind, Worker] of Object.entries(kinds)) {
  test(`${kind} and the main thread wait until all have counted`, async (t) => {
    const latch = new Latch(301)
    const counts = counters(2)
    const workers = [1, 2, 3].map(() => inThread(t, Worker, { latch, counts }, `
      for (let i = 0; i < 100; i++) { Atomics.add(counts, 0, 1); latch.countDown() }
      latch.wait()
      return Atomics.load(counts, 0)
    `))
    await untilSomebodyWaits(latch, WAITING)
    t.true(latch.count > 0)
    const waiting = latch.waitAsync()
    latch.countDown()
    await waiting
    t.is(counts[0], 300)
    t.deepEqual(await Promise.all(workers), [300, 300, 300])
    t.is(new Int32Array(latch.buffer)[WAITING], 0)
  })

  test(`one of ${kind} that is terminated while it waits does not affect others`, async (t) => {
    const latch = new Latch(1)
    const worker = startThread(t, Worker, { latch }, 'latch.wait()')
    await untilSomebodyWaits(latch, WAITING)
    const waiting = latch.waitAsync()
    await worker.terminate()
    latch.countDown()
    await waiting
    t.is(latch.count, 0)
  })

  test(`the main thread blocks until one of ${kind} has counted`, (t) => {
    const latch = new Latch(1)
    const worker = startThread(t, Worker, { latch }, 'latch.countDown()')
    latch.wait(main)
    t.truthy(worker)
    t.is(latch.count, 0)
  })
}
