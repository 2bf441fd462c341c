'use strict'

const { once } = require('node:events')
const { bounded, nodeMajor, startWorker, eventsUntilExit, runFixture } = require('./helpers')

const test = bounded(require('ava'))

const endless = 'for (;;);'

/** Posts `count` numbers, records that in the shared memory, and never ends. */
const postsAndLoops = (count) => `
  const { parentPort, workerData } = require('worker_threads')
  for (let i = 0; i < ${count}; i++) parentPort.postMessage(i)
  Atomics.store(workerData, 0, 1)
  Atomics.notify(workerData, 0)
  for (;;);
`

test('terminate() twice', async (t) => {
  const worker = startWorker(t, endless)
  const events = eventsUntilExit(worker)
  await once(worker, 'online')
  t.deepEqual(await Promise.all([worker.terminate(), worker.terminate()]), [1, 1])
  t.deepEqual(await events, [['online'], ['exit', 1]])
})

test('terminate() a thousand times', async (t) => {
  const worker = startWorker(t, endless)
  worker.setMaxListeners(0)
  const events = eventsUntilExit(worker)
  await once(worker, 'online')
  const codes = await Promise.all(Array.from({ length: 1000 }, () => worker.terminate()))
  t.deepEqual(codes, Array(1000).fill(1))
  t.deepEqual(await events, [['online'], ['exit', 1]])
})

test('terminate() from an exit handler resolves without a code', async (t) => {
  const worker = startWorker(t, '')
  const events = eventsUntilExit(worker)
  t.is(await new Promise((resolve) => worker.once('exit', () => resolve(worker.terminate()))), undefined)
  t.deepEqual(await events, [['online'], ['exit', 0]])
})

test('terminate() after the exit resolves without a code, any number of times', async (t) => {
  const worker = startWorker(t, 'process.exitCode = 3')
  t.deepEqual(await eventsUntilExit(worker), [['online'], ['exit', 3]])
  t.is(await worker.terminate(), undefined)
  t.is(await worker.terminate(), undefined)
})

test('terminate() from the online handler', async (t) => {
  const worker = startWorker(t, endless)
  const events = eventsUntilExit(worker)
  t.is(await new Promise((resolve) => worker.once('online', () => resolve(worker.terminate()))), 1)
  t.deepEqual(await events, [['online'], ['exit', 1]])
})

test('terminate() from a message handler', async (t) => {
  const worker = startWorker(t, 'const { parentPort } = require("worker_threads"); for (;;) parentPort.postMessage("more")')
  const events = eventsUntilExit(worker)
  t.is(await new Promise((resolve) => worker.once('message', () => resolve(worker.terminate()))), 1)
  const names = (await events).map(([name]) => name)
  t.deepEqual([...new Set(names)], ['online', 'message', 'exit'])
  t.is(names.at(-1), 'exit')
})

test('terminate() from the error handler', async (t) => {
  const worker = startWorker(t, 'throw new Error("lost")')
  const events = eventsUntilExit(worker)
  t.is(await new Promise((resolve) => worker.once('error', () => resolve(worker.terminate()))), 1)
  t.deepEqual((await events).map(([name]) => name), ['online', 'error', 'exit'])
})

test('terminate() of a worker that is ending by itself gives the code of the one exit', async (t) => {
  for (let i = 0; i < 20; i++) {
    const worker = startWorker(t, 'require("worker_threads").parentPort.postMessage("last"); process.exit(4)')
    const events = eventsUntilExit(worker)
    await once(worker, 'message')
    const code = await worker.terminate()
    // Whose end came first is a race, and both are right; undefined is for the worker that was gone already.
    t.true([1, 4, undefined].includes(code), `${code}`)
    const exits = (await events).filter(([name]) => name === 'exit')
    t.is(exits.length, 1)
    if (code !== undefined) t.is(exits[0][1], code)
  }
})

test('terminate() runs no exit listener and takes no exitCode', async (t) => {
  const worker = startWorker(t, `
    const { parentPort } = require('worker_threads')
    process.exitCode = 9
    process.on('exit', () => parentPort.postMessage('never'))
    parentPort.on('message', () => {})
    parentPort.postMessage('running')
  `)
  const events = eventsUntilExit(worker)
  await once(worker, 'message')
  t.is(await worker.terminate(), 1)
  t.deepEqual(await events, [['online'], ['message', 'running'], ['exit', 1]])
})

test('terminate() references an unreferenced worker, so that its promise settles', async (t) => {
  const { code, stdout, stderr } = await runFixture('terminate-unreferenced.js')
  t.deepEqual({ code, stdout }, { code: 0, stdout: 'terminated 1' }, stderr)
})

test('messages that a worker posted before it was ended arrive, in order and before the exit', async (t) => {
  const flag = new Int32Array(new SharedArrayBuffer(4))
  const worker = startWorker(t, postsAndLoops(1000), { workerData: flag })
  const events = eventsUntilExit(worker)
  t.not(Atomics.wait(flag, 0, 0, 30_000), 'timed-out')
  t.is(await worker.terminate(), 1)
  t.deepEqual(await events, [['online'], ...Array.from({ length: 1000 }, (_, i) => ['message', i]), ['exit', 1]])
})

test('a worker that was ended can be asked and told, as before, without effect', async (t) => {
  const worker = startWorker(t, endless)
  await worker.terminate()
  t.is(worker.threadId, -1)
  t.is(worker.postMessage('late'), undefined)
  t.is(worker.ref(), undefined)
  t.is(worker.unref(), undefined)
})

if (nodeMajor >= 22) {
  test('await using terminates the worker', async (t) => {
    const worker = startWorker(t, endless)
    const events = eventsUntilExit(worker)
    await once(worker, 'online')
    await worker[Symbol.asyncDispose]()
    t.deepEqual(await events, [['online'], ['exit', 1]])
  })
}
