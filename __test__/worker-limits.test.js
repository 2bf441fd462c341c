'use strict'

const test = require('ava')
const { once } = require('node:events')
const { Worker, eventsUntilExit, bounded, nodeMajor, startWorker } = require('./helpers')

const limited = bounded(test)
// Node 20 has no lean runtime.
const runtimes = nodeMajor >= 22 ? ['node', 'lean'] : ['node']
const summary = (events) => events.map(([name, value]) => [name, value?.code ?? value])

for (const runtime of runtimes) {
  limited(`cpuTimeLimit ends an endless loop (${runtime})`, async (t) => {
    const worker = startWorker(t, 'for (;;);', { runtime, cpuTimeLimit: 20 })
    const events = await eventsUntilExit(worker)
    t.deepEqual(summary(events), [['online', undefined], ['error', 'ERR_ISOTHREADS_CPU_TIME_LIMIT'], ['exit', 1]])
    t.is(worker.exitReason, 'cpu-time')
  })

  limited(`waiting is not processor time (${runtime})`, async (t) => {
    const worker = startWorker(t, `
      const { parentPort } = require('worker_threads')
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 700)
      setTimeout(() => parentPort.postMessage('done'), 700)
    `, { runtime, cpuTimeLimit: 500 })
    const events = await eventsUntilExit(worker)
    t.deepEqual(summary(events), [['online', undefined], ['message', 'done'], ['exit', 0]])
    t.is(worker.exitReason, 'exit')
  })

  limited(`wallTimeLimit ends a worker that waits (${runtime})`, async (t) => {
    const worker = startWorker(t, 'Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0)', { runtime, wallTimeLimit: 50 })
    const events = await eventsUntilExit(worker)
    t.deepEqual(summary(events), [['online', undefined], ['error', 'ERR_ISOTHREADS_WALL_TIME_LIMIT'], ['exit', 1]])
    t.is(worker.exitReason, 'wall-time')
  })

  limited(`exitReason says what ended the worker (${runtime})`, async (t) => {
    const reasonOf = async (code, options) => {
      const worker = startWorker(t, code, { runtime, ...options })
      t.is(worker.exitReason, null)
      await eventsUntilExit(worker)
      return worker.exitReason
    }
    t.is(await reasonOf('1'), 'exit')
    t.is(await reasonOf('throw new Error("x")'), 'error')
    t.is(await reasonOf('const all = []; for (;;) all.push({})', { resourceLimits: { maxOldGenerationSizeMb: 16 } }), 'heap')
    const worker = startWorker(t, 'require("worker_threads").parentPort.on("message", () => {})', { runtime })
    await once(worker, 'online')
    await worker.terminate()
    t.is(worker.exitReason, 'terminate')
  })
}

limited('a native worker has limits of time and a reason of its end', async (t) => {
  const worker = new Worker('native:fib', { wallTimeLimit: 20 })
  t.teardown(() => worker.terminate())
  t.deepEqual(summary(await eventsUntilExit(worker)).slice(-2), [['error', 'ERR_ISOTHREADS_WALL_TIME_LIMIT'], ['exit', 1]])
  t.is(worker.exitReason, 'wall-time')
})

limited('limits of time that are no positive numbers are refused', (t) => {
  for (const name of ['cpuTimeLimit', 'wallTimeLimit']) {
    for (const value of ['1', true, {}]) {
      t.throws(() => new Worker('', { eval: true, [name]: value }), { instanceOf: TypeError, code: 'ERR_INVALID_ARG_TYPE' })
    }
    for (const value of [0, -1, NaN]) {
      t.throws(() => new Worker('', { eval: true, [name]: value }), { instanceOf: RangeError, code: 'ERR_OUT_OF_RANGE' })
    }
  }
})

limited('many workers with limits of time end each at its own', async (t) => {
  const workers = Array.from({ length: 12 }, (_, n) => {
    const isBusy = n % 3 === 0
    return startWorker(t, isBusy ? 'for (;;);' : 'setTimeout(() => {}, 300)', { runtime: runtimes.at(-1), cpuTimeLimit: isBusy ? 10 : 2000 })
  })
  const reasons = await Promise.all(workers.map(async (worker) => {
    await eventsUntilExit(worker)
    return worker.exitReason
  }))
  t.deepEqual(reasons, workers.map((_, n) => n % 3 === 0 ? 'cpu-time' : 'exit'))
})
