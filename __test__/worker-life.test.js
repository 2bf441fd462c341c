'use strict'

const test = require('ava')
const { bounded, settled, startWorker, nextMessage, eventsUntilExit, runFixture } = require('./helpers')

const it = bounded(test)

const started = (worker) => new Promise((resolve) => worker.once('online', resolve))
const exited = (worker) => new Promise((resolve) => worker.once('exit', resolve))

it('online comes before the messages, they before the exit, which comes once', async (t) => {
  const worker = startWorker(t, `
    const { parentPort } = require('worker_threads')
    parentPort.postMessage(1)
    parentPort.postMessage(2)
    process.on('exit', () => parentPort.postMessage('from the exit listener'))
  `)
  let exits = 0
  const { emit } = worker
  worker.emit = function (name) {
    if (name === 'exit') exits++
    return Reflect.apply(emit, this, arguments)
  }
  t.deepEqual(await eventsUntilExit(worker), [['online'], ['message', 1], ['message', 2], ['message', 'from the exit listener'], ['exit', 0]])
  t.is(exits, 1)
})

it('a listener that calls process.exit() is the last one to be called', async (t) => {
  const calls = new Int32Array(new SharedArrayBuffer(4))
  const worker = startWorker(t, `
    const { parentPort, workerData } = require('worker_threads')
    parentPort.on('message', () => {
      Atomics.add(workerData, 0, 1)
      process.exit()
    })
  `, { workerData: calls })
  worker.postMessage('first')
  worker.postMessage('second')
  t.deepEqual(await eventsUntilExit(worker), [['online'], ['exit', 0]])
  t.is(calls[0], 1)
})

it('all of 1,000 messages posted before process.exit arrive', async (t) => {
  const events = await eventsUntilExit(startWorker(t, `
    const { parentPort } = require('worker_threads')
    for (let n = 0; n < 1000; n++) parentPort.postMessage(n)
    process.exit(0)
  `))
  t.deepEqual(events.slice(1, -1), Array.from({ length: 1000 }, (_, n) => ['message', n]))
  t.deepEqual([events[0], events.at(-1)], [['online'], ['exit', 0]])
})

it('messages posted before online wait for the worker', async (t) => {
  const worker = startWorker(t, `
    const { parentPort } = require('worker_threads')
    const received = []
    parentPort.on('message', (n) => {
      if (received.push(n) === 100) { parentPort.postMessage(received); parentPort.close() }
    })
  `)
  for (let n = 0; n < 100; n++) worker.postMessage(n)
  t.deepEqual(await eventsUntilExit(worker), [['online'], ['message', Array.from({ length: 100 }, (_, n) => n)], ['exit', 0]])
})

it('a worker starts and receives while its parent blocks', (t) => {
  const shared = new Int32Array(new SharedArrayBuffer(8))
  const worker = startWorker(t, `
    const { parentPort, workerData: shared } = require('worker_threads')
    parentPort.once('message', (value) => {
      Atomics.store(shared, 0, value)
      Atomics.notify(shared, 0)
    })
  `, { workerData: shared })
  worker.postMessage(42)
  t.is(Atomics.wait(shared, 0, 0, 30_000), 'ok')
  t.is(shared[0], 42)
})

for (const [what, code, exitCode] of [
  ['a natural end', '', 0],
  ['process.exit()', 'process.exit()', 0],
  ['process.exit(7)', 'process.exit(7)', 7],
  ["process.exit('4')", "process.exit('4')", 4],
  ['process.exit(256)', 'process.exit(256)', 256],
  ['process.exit(-1)', 'process.exit(-1)', -1],
  ['process.exitCode = 9', 'process.exitCode = 9', 9],
  ['process.exitCode = 5 and process.exit()', 'process.exitCode = 5; process.exit()', 5],
  ['process.exitCode set in an exit listener', "process.on('exit', () => { process.exitCode = 6 })", 6],
  ['process.exit(8) in an exit listener', "process.on('exit', () => process.exit(8))", 8],
  ['process.exit(12) in a promise', 'setInterval(() => {}, 1000); Promise.resolve().then(() => process.exit(12))', 12],
  ['process.exit(13) in a timer', 'setInterval(() => {}, 1000); setTimeout(() => process.exit(13))', 13],
  ['process.exit(14) in nextTick', 'setInterval(() => {}, 1000); process.nextTick(() => process.exit(14))', 14],
  ['process.exit(15) in a busy loop', 'for (let n = 0; ; n++) if (n === 1e6) process.exit(15)', 15],
  ['process.reallyExit(16)', 'process.reallyExit(16)', 16]
]) {
  it(`${what} ends only the worker, with code ${exitCode}`, async (t) => {
    t.deepEqual(await eventsUntilExit(startWorker(t, code)), [['online'], ['exit', exitCode]])
  })
}

it('nothing runs after process.exit: no catch, no finally, no later task', async (t) => {
  t.deepEqual(await eventsUntilExit(startWorker(t, `
    const { parentPort } = require('worker_threads')
    setImmediate(() => parentPort.postMessage('immediate'))
    process.nextTick(() => parentPort.postMessage('tick'))
    Promise.resolve().then(() => parentPort.postMessage('microtask'))
    try {
      process.exit(2)
    } catch {
      parentPort.postMessage('catch')
    } finally {
      parentPort.postMessage('finally')
    }
    parentPort.postMessage('after')
  `)), [['online'], ['exit', 2]])
})

it('exit listeners see the code, synchronous work is done and asynchronous is not', async (t) => {
  t.deepEqual(await eventsUntilExit(startWorker(t, `
    const { parentPort } = require('worker_threads')
    process.on('exit', (code) => {
      parentPort.postMessage([code, process.exitCode])
      setImmediate(() => parentPort.postMessage('never'))
    })
    process.exit(3)
  `)), [['online'], ['message', [3, 3]], ['exit', 3]])
})

it('beforeExit may keep the worker alive', async (t) => {
  t.deepEqual(await eventsUntilExit(startWorker(t, `
    const { parentPort } = require('worker_threads')
    let rounds = 0
    process.on('beforeExit', (code) => {
      parentPort.postMessage(['beforeExit', code])
      if (++rounds < 3) setImmediate(() => {})
    })
    process.on('exit', (code) => parentPort.postMessage(['exit', code]))
  `)), [['online'], ...new Array(3).fill(['message', ['beforeExit', 0]]), ['message', ['exit', 0]], ['exit', 0]])
})

it('beforeExit is not emitted after process.exit', async (t) => {
  t.deepEqual(await eventsUntilExit(startWorker(t, `
    process.on('beforeExit', () => require('worker_threads').parentPort.postMessage('never'))
    process.exit(1)
  `)), [['online'], ['exit', 1]])
})

it('a message listener keeps the worker alive until its port closes', async (t) => {
  const worker = startWorker(t, `
    const { parentPort } = require('worker_threads')
    parentPort.on('message', (message) => {
      parentPort.postMessage(message)
      if (message === 'last') parentPort.close()
    })
  `)
  await started(worker)
  await settled()
  const events = eventsUntilExit(worker)
  worker.postMessage('first')
  worker.postMessage('last')
  t.deepEqual(await events, [['message', 'first'], ['message', 'last'], ['exit', 0]])
})

it('once lets the worker end after the first message', async (t) => {
  const worker = startWorker(t, `
    const { parentPort } = require('worker_threads')
    parentPort.once('message', (message) => parentPort.postMessage(message))
  `)
  worker.postMessage('only')
  t.deepEqual(await eventsUntilExit(worker), [['online'], ['message', 'only'], ['exit', 0]])
})

it('a worker that ended takes every call and does nothing', async (t) => {
  const worker = startWorker(t, '')
  await exited(worker)
  t.is(worker.postMessage('nobody hears'), undefined)
  t.is(worker.ref(), undefined)
  t.is(worker.unref(), undefined)
  t.is(worker.threadId, -1)
  t.deepEqual(worker.resourceLimits, {})
})

it('inside the exit listener the worker has already gone', async (t) => {
  const worker = startWorker(t, '')
  t.deepEqual(await new Promise((resolve) => worker.on('exit', (code) => resolve([code, worker.threadId, worker.postMessage(1)]))), [0, -1, undefined])
})

it('threadId is unique, agrees with the worker, and is -1 after the exit', async (t) => {
  const workers = Array.from({ length: 4 }, () => startWorker(t, `
    const { parentPort, threadId } = require('worker_threads')
    parentPort.postMessage(threadId)
    parentPort.on('message', () => {})
  `))
  const ids = workers.map((worker) => worker.threadId)
  t.deepEqual(await Promise.all(workers.map(nextMessage)), ids)
  t.is(new Set([0, ...ids]).size, 5)
  t.true(ids.every(Number.isInteger))
  await Promise.all(workers.map((worker) => worker.terminate()))
  t.deepEqual(workers.map((worker) => worker.threadId), [-1, -1, -1, -1])
})

it('a threadId is not used again', async (t) => {
  const ids = []
  for (let n = 0; n < 3; n++) {
    const worker = startWorker(t, '')
    ids.push(worker.threadId)
    await exited(worker)
  }
  t.is(new Set(ids).size, 3)
})

it('process emits worker for each one that is created', async (t) => {
  const seen = []
  const listener = (worker) => seen.push(worker)
  process.on('worker', listener)
  t.teardown(() => process.off('worker', listener))
  const worker = startWorker(t, '')
  t.deepEqual(seen, [])
  await exited(worker)
  t.deepEqual(seen, [worker])
})

for (const [scenario, outcome] of Object.entries({
  'a listening worker': 'stays',
  'an unreferenced worker': 'exits',
  'an unreferenced worker that is busy': 'exits',
  'a worker unreferenced and referenced again': 'stays',
  'an unreferenced worker that gets a message listener': 'stays',
  'a worker unreferenced before it is online': 'exits',
  'a worker that ended': 'exits'
})) {
  it(`a process with ${scenario} ${outcome}`, async (t) => {
    const { code, signal, stdout, stderr } = await runFixture('worker-keeps-process.js', scenario)
    t.deepEqual({ code, signal, stdout }, { code: 0, signal: null, stdout: outcome }, stderr)
  })
}
