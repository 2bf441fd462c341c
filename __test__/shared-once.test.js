'use strict'

const avaTest = require('ava')
const { inspect } = require('node:util')
const { Once, bounded, isPeer } = require('./helpers')
const { checkOptions, checkPlaces, counters, inThread, kinds, startThread, until } = require('./shared-threads')

const test = isPeer ? () => {} : bounded(avaTest)
if (isPeer) avaTest('Node has nothing of the kind', t => t.pass())

const main = { blockMainThread: true }
const fail = t => () => t.fail('it has run already')

/** A function that runs until it is told how to end, and the call that tells it. */
function controlled () {
  let end
  const ended = new Promise((resolve, reject) => { end = error => error ? reject(error) : resolve() })
  return { run: () => ended, end }
}

test('the first call runs its function, no other does', async (t) => {
  const once = new Once()
  t.false(once.done)
  t.plan(9)
  t.true(once.call(state => t.deepEqual(state, { poisoned: false }), main))
  t.true(once.done)
  t.false(once.call(fail(t), main))
  t.false(await once.callAsync(fail(t)))
  const other = new Once()
  t.true(await other.callAsync(async state => t.deepEqual(state, { poisoned: false })))
  t.is(inspect(other), 'Once { done: true }')
})

test('it is at the given place, and arrives as the same object', async (t) => {
  const { placed, arrived, fromWorker } = await checkPlaces(t, Once, [], 4)
  t.true(arrived.call(() => {}, main))
  t.true(placed.done)
  t.true(fromWorker.done)
  t.true(new Once(placed.buffer, placed.byteOffset).done)
})

test('calls check their arguments, also when it is done, and block the main thread only where said', async (t) => {
  const once = new Once()
  for (let round = 0; round < 2; round++) {
    await checkOptions(t, options => once.call(fail(t), options), options => once.callAsync(fail(t), options))
    for (const fn of [undefined, null, {}, 'fn']) {
      t.throws(() => once.call(fn, main), { instanceOf: TypeError, code: 'ERR_INVALID_ARG_TYPE' })
      await t.throwsAsync(once.callAsync(fn), { instanceOf: TypeError, code: 'ERR_INVALID_ARG_TYPE' })
    }
    if (round === 0) t.true(once.call(() => {}, main))
  }
})

test('the caller whose function throws gets the error, and the next caller runs its own', async (t) => {
  const once = new Once()
  const error = new Error('not today')
  t.is(t.throws(() => once.call(() => { throw error }, main)), error)
  t.false(once.done)
  t.is(await t.throwsAsync(once.callAsync(async () => { throw error })), error)
  t.false(once.done)
  t.true(once.call(({ poisoned }) => t.false(poisoned), main))
})

test('calls of one thread wait for each other', async (t) => {
  const once = new Once()
  const { run, end } = controlled()
  const first = t.throwsAsync(once.callAsync(run), { message: 'not today' })
  const calls = []
  const others = ['second', 'third'].map(name => once.callAsync(async () => { calls.push(name) }))
  end(new Error('not today'))
  await first
  t.deepEqual(await Promise.all(others), [true, false])
  t.deepEqual(calls, ['second'])
})

test('a call that would wait for its own thread is refused', async (t) => {
  const once = new Once()
  const deadlock = { code: 'ERR_ISOTHREADS_DEADLOCK' }
  once.call(() => t.throws(() => once.call(fail(t), main), deadlock), main)
  t.true(once.done)
  const other = new Once()
  await other.callAsync(async () => t.throws(() => other.call(fail(t), main), deadlock))
  t.true(other.done)
})

for (const [kind, Worker] of Object.entries(kinds)) {
  test(`a call that would wait for a promise of its own thread is refused while one of ${kind} runs the function`, async (t) => {
    const once = new Once()
    const state = counters(2)
    startThread(t, Worker, { once, state }, `
      try { once.call(() => { Atomics.store(state, 0, 1); Atomics.wait(state, 1, 0); throw new Error('not today') }) } catch {}
    `)
    await until(() => Atomics.load(state, 0) === 1)
    const waiting = once.callAsync(() => {})
    t.throws(() => once.call(fail(t), main), { code: 'ERR_ISOTHREADS_DEADLOCK' })
    Atomics.store(state, 1, 1)
    Atomics.notify(state, 1)
    t.true(await waiting)
  })
}

test('waiting for another call ends with the timeout or the signal', async (t) => {
  const once = new Once()
  const { run, end } = controlled()
  const first = once.callAsync(run)
  await t.throwsAsync(once.callAsync(fail(t), { timeout: 1 }), { code: 'ERR_ISOTHREADS_TIMEOUT' })
  const controller = new AbortController()
  const waiting = once.callAsync(fail(t), { signal: controller.signal })
  const reason = new Error('enough')
  controller.abort(reason)
  t.is(await t.throwsAsync(waiting), reason)
  const late = new AbortController()
  const told = once.callAsync(fail(t), { signal: late.signal, timeout: 2 ** 33 })
  end()
  t.true(await first)
  late.abort()
  t.false(await told)
})

for (const [kind, Worker] of Object.entries(kinds)) {
  test(`of ${kind} and the main thread one runs it, and all have it`, async (t) => {
    for (let round = 0; round < 3; round++) {
      const once = new Once()
      const counts = counters(2)
      const workers = [1, 2, 3].map(number => inThread(t, Worker, { once, counts }, `
        const isFirst = ${number} === 1 ? await once.callAsync(async () => { counts[0]++ }) : once.call(() => { counts[0]++ })
        return [isFirst, counts[0]]
      `))
      const results = [[await once.callAsync(async () => { counts[0]++ }), counts[0]], ...await Promise.all(workers)]
      t.is(results.filter(([isFirst]) => isFirst).length, 1)
      t.deepEqual(results.map(([, count]) => count), [1, 1, 1, 1])
    }
  })

  test(`${kind} block until it is done, or wait for no longer than they want`, async (t) => {
    const once = new Once()
    const { run, end } = controlled()
    const first = once.callAsync(run)
    t.is(await inThread(t, Worker, { once }, `
      try { once.call(() => {}, { timeout: 30 }) } catch (error) { return error.code }
    `), 'ERR_ISOTHREADS_TIMEOUT')
    const worker = startThread(t, Worker, { once }, `
      parentPort.postMessage('calling')
      return once.call(() => {})
    `)
    const messages = []
    worker.on('message', message => messages.push(message))
    await until(() => messages.length === 1)
    end()
    t.true(await first)
    await until(() => messages.length === 2)
    t.deepEqual(messages[1], { returned: false })
  })

  for (const [how, code] of [
    ['in the middle of it', 'once.call(() => { counts[0] = 1; for (;;); })'],
    ['in the middle of it, asynchronously', 'setInterval(() => {}, 1000); await once.callAsync(() => { counts[0] = 1; return new Promise(() => {}) })']
  ]) {
    test(`when one of ${kind} ends ${how}, the next one is told`, async (t) => {
      const once = new Once()
      const counts = counters()
      const worker = startThread(t, Worker, { once, counts }, code)
      await until(() => Atomics.load(counts, 0) === 1)
      const failing = t.throwsAsync(once.callAsync(({ poisoned }) => { throw new Error(`poisoned: ${poisoned}`) }))
      const other = inThread(t, Worker, { once }, `
        let told
        once.call(({ poisoned }) => { told = poisoned })
        return told
      `)
      await worker.terminate()
      t.is((await failing).message, 'poisoned: true')
      t.is(await other, true)
      t.true(once.done)
    })
  }

  test(`one of ${kind} that is terminated while it waits takes no turn along`, async (t) => {
    const once = new Once()
    const { run, end } = controlled()
    const first = once.callAsync(run)
    const worker = startThread(t, Worker, { once }, `
      parentPort.postMessage('calling')
      once.call(() => {})
    `)
    await new Promise(resolve => worker.once('message', resolve))
    const next = once.callAsync(({ poisoned }) => t.false(poisoned))
    await worker.terminate()
    end(new Error('not today'))
    await t.throwsAsync(first, { message: 'not today' })
    t.true(await next)
  })
}
