'use strict'

// A party of a barrier that ends between two rounds: the others do not wait for it.

const avaTest = require('ava')
const path = require('node:path')
const { Barrier, WorkerPool } = require('..')
const { bounded, isPeer } = require('./helpers')
const { start } = require('./native-helpers')
const { inThread, kinds, startThread, until } = require('./shared-threads')

const test = isPeer ? () => {} : bounded(avaTest)
if (isPeer) avaTest('Node has no barriers', t => t.pass())

const broken = { code: 'ERR_ISOTHREADS_BARRIER_BROKEN' }

const exited = (worker) => new Promise(resolve => worker.once('exit', resolve))

// What a thread does after its first round.
const ends = {
  'is terminated': { code: 'await new Promise(() => setInterval(() => {}, 1000))', end: worker => worker.terminate() },
  'is terminated while it computes': { code: 'for (;;);', end: worker => worker.terminate() },
  'exits': { code: 'process.exit()' },
  'throws': { code: 'setImmediate(() => { throw new Error("of the test") })' },
  'has nothing more to do': { code: '' }
}

for (const [kind, Worker] of Object.entries(kinds)) {
  for (const [how, { code, end = () => {} }] of Object.entries(ends)) {
    test(`one of ${kind} that ${how} between two rounds breaks the barrier for waiting and later parties`, async (t) => {
      const barrier = new Barrier(3)
      const survivor = inThread(t, Worker, { barrier }, `
        barrier.wait()
        try { barrier.wait() } catch (error) { return error.code }
      `)
      // It continues when the others have arrived.
      const dying = startThread(t, Worker, { barrier }, `
        barrier.wait()
        while (barrier.waiting < 2) await new Promise(resolve => setImmediate(resolve))
        parentPort.postMessage('between')
        ${code}
      `)
      dying.on('error', () => {})
      const exit = exited(dying)
      const between = new Promise(resolve => dying.once('message', resolve))
      await barrier.waitAsync()
      const own = t.throwsAsync(barrier.waitAsync(), broken)
      await between
      await end(dying)
      await own
      t.is(await survivor, broken.code)
      await exit
      await t.throwsAsync(barrier.waitAsync(), broken)
      t.true(barrier.broken)
      barrier.reset()
      t.false(barrier.broken)
      t.deepEqual(await Promise.all([1, 2, 3].map(() => barrier.waitAsync())), [false, false, true])
    })
  }

  test(`one of ${kind} that has ended before the others come again breaks it for them`, async (t) => {
    const barrier = new Barrier(2)
    const dying = startThread(t, Worker, { barrier }, 'barrier.wait()')
    const exit = exited(dying)
    await barrier.waitAsync()
    await exit
    await t.throwsAsync(barrier.waitAsync(), broken)
    await t.throwsAsync(barrier.waitAsync(), broken)
  })

  test(`one of ${kind} that has left breaks nothing`, async (t) => {
    const barrier = new Barrier(2)
    const leaving = startThread(t, Worker, { barrier }, 'barrier.wait(); barrier.leave()')
    const exit = exited(leaving)
    await barrier.waitAsync()
    await exit
    t.false(barrier.broken)
    const next = inThread(t, Worker, { barrier }, 'return barrier.wait()')
    const last = await barrier.waitAsync()
    t.not(await next, last)
  })

  test(`when all of ${kind} that were parties have ended, others can use the barrier`, async (t) => {
    const barrier = new Barrier(3)
    for (let round = 0; round < 3; round++) {
      const workers = [1, 2, 3].map(() => startThread(t, Worker, { barrier }, 'barrier.wait(); barrier.wait()'))
      await Promise.all(workers.map(exited))
      t.false(barrier.broken)
    }
  })

  test(`more of ${kind} than there are parties, in turns: only the parties of the last round are waited for`, async (t) => {
    const barrier = new Barrier(2)
    const once = () => {
      const worker = startThread(t, Worker, { barrier }, `
        barrier.wait()
        parentPort.postMessage('passed')
        parentPort.once('message', () => {})
      `)
      return { worker, passed: new Promise(resolve => worker.once('message', resolve)) }
    }
    const first = [once(), once()]
    await Promise.all(first.map(({ passed }) => passed))
    const second = [once(), once()]
    await Promise.all(second.map(({ passed }) => passed))
    await Promise.all(first.map(({ worker }) => worker.terminate()))
    t.false(barrier.broken)
    await second[0].worker.terminate()
    t.true(barrier.broken)
  })
}

test('several objects of one barrier in one thread, and asynchronous parties of it', async (t) => {
  const barrier = new Barrier(4)
  const dying = startThread(t, kinds["this package's workers"], { barrier }, `
    const same = new isothreads.Barrier(4, barrier.buffer, barrier.byteOffset)
    await Promise.all([barrier.waitAsync(), same.waitAsync(), same.waitAsync()])
  `)
  const exit = exited(dying)
  await barrier.waitAsync()
  await exit
  await t.throwsAsync(barrier.waitAsync(), broken)
})

test('a timeout between rounds, and a reset: earlier parties are not waited for', async (t) => {
  const barrier = new Barrier(2)
  const worker = startThread(t, kinds["this package's workers"], { barrier }, 'barrier.wait(); parentPort.once("message", () => {})')
  await barrier.waitAsync()
  barrier.reset()
  await worker.terminate()
  t.false(barrier.broken)
})

test('in a pool the party is the task: one that returns has left, one that fails has not', async (t) => {
  const file = path.join(__dirname, 'fixtures', 'pool', 'barrier-tasks.js')
  const pool = new WorkerPool({ filename: file, minThreads: 2, maxThreads: 2 })
  t.teardown(() => pool.destroy())
  const barrier = new Barrier(2)
  for (let round = 0; round < 3; round++) {
    await Promise.all([pool.exec({ barrier, rounds: 2 }), pool.exec({ barrier, rounds: 2 })])
    t.false(barrier.broken)
  }
  const failing = pool.exec({ barrier, rounds: 1, fails: true })
  const other = pool.exec({ barrier, rounds: 2 })
  await t.throwsAsync(failing, { message: 'of the test' })
  await t.throwsAsync(other, broken)
})

for (const name of ['party', 'party_thread']) {
  test(`a Rust thread that ends between two rounds breaks the barrier, unless it has left: ${name}`, async (t) => {
    const barrier = new Barrier(2)
    const round = async (leaves) => {
      const worker = start(t, name, { workerData: { barrier, leaves } })
      const exit = exited(worker)
      await barrier.waitAsync()
      await exit
    }
    await round(true)
    t.false(barrier.broken)
    await round(false)
    // A thread of the library's own ends by itself.
    await until(() => barrier.broken)
    await t.throwsAsync(barrier.waitAsync(), broken)
  })
}

test('a Rust thread hears of a party that has ended', async (t) => {
  const barrier = new Barrier(2)
  const worker = start(t, 'party', { workerData: { barrier, leaves: false, rounds: 2 } })
  const error = new Promise(resolve => worker.once('error', resolve))
  const dying = startThread(t, kinds["this package's workers"], { barrier }, 'barrier.wait()')
  dying.on('error', () => {})
  t.is((await error).code, broken.code)
})
