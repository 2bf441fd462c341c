'use strict'

// Messages between threads, and named locks, of lean workers beside threads of Node.

const { once } = require('node:events')
const { api, eventsUntilExit, inbox, nextMessage, packageRoot, postMessageToThread, startWorker, threadId } = require('./helpers')
const { leanTest: test, startLean } = require('./lean-helpers')

const { locks } = api

/** Reports what it receives to its parent, and sends what the parent asks for. */
const relay = `
  const { parentPort, postMessageToThread, threadMessages } = require('isothreads')
  threadMessages.on('workerMessage', (value, source) => {
    if (value === 'throw') throw new Error('from the listener')
    parentPort.postMessage({ value, source })
  })
  parentPort.on('message', ({ to, value }) => postMessageToThread(to, value).then(
    () => parentPort.postMessage('delivered'),
    ({ code }) => parentPort.postMessage(code)
  ))
  parentPort.postMessage('ready')
`

async function startRelay (t) {
  const worker = startLean(t, relay)
  const next = inbox(worker)
  await next()
  return { worker, id: worker.threadId, next }
}

test('messages go from a thread of Node to a lean worker, back, and between lean workers', async (t) => {
  const [a, b] = [await startRelay(t), await startRelay(t)]
  await postMessageToThread(a.id, { deep: [1n] })
  t.deepEqual(await a.next(), { value: { deep: [1n] }, source: threadId })
  const received = new Promise((resolve) => process.once('workerMessage', (...args) => resolve(args)))
  a.worker.postMessage({ to: threadId, value: 'up' })
  t.deepEqual(await received, ['up', a.id])
  t.is(await a.next(), 'delivered')
  a.worker.postMessage({ to: b.id, value: 'across' })
  t.deepEqual(await b.next(), { value: 'across', source: a.id })
  t.is(await a.next(), 'delivered')
})

test('the sender learns of a lean worker without a listener, of one whose listener throws, and of itself', async (t) => {
  const { worker, id, next } = await startRelay(t)
  const codeOf = (promise) => promise.then(() => 'none', ({ code }) => code)
  t.is(await codeOf(postMessageToThread(id, 'throw')), 'ERR_WORKER_MESSAGING_ERRORED')
  worker.postMessage({ to: id, value: 'self' })
  t.is(await next(), 'ERR_WORKER_MESSAGING_SAME_THREAD')
  worker.postMessage({ to: 1e9, value: 'nobody' })
  t.is(await next(), 'ERR_WORKER_MESSAGING_FAILED')
  const silent = startLean(t, "require('isothreads').parentPort.on('message', () => {})")
  await once(silent, 'online')
  t.is(await codeOf(postMessageToThread(silent.threadId, 'value')), 'ERR_WORKER_MESSAGING_FAILED')
})

test('a message waits until the entry of a lean worker has run', async (t) => {
  const cells = new Int32Array(new SharedArrayBuffer(4))
  const worker = startLean(t, `
    const { parentPort, threadMessages, workerData } = require('isothreads')
    Atomics.wait(workerData, 0, 0)
    threadMessages.once('workerMessage', (value) => { parentPort.postMessage(value); parentPort.close() })
    parentPort.on('message', () => {})
  `, { workerData: cells })
  await once(worker, 'online')
  const delivered = postMessageToThread(worker.threadId, 'early')
  Atomics.store(cells, 0, 1)
  Atomics.notify(cells, 0)
  t.is(await nextMessage(worker), 'early')
  await delivered
})

test('threadMessages of a Node environment has the same messages as its process', async (t) => {
  const { worker, id } = await startRelay(t)
  const both = Promise.all([once(api.threadMessages, 'workerMessage'), once(process, 'workerMessage')])
  worker.postMessage({ to: threadId, value: 'both' })
  t.deepEqual(await both, [['both', id], ['both', id]])
})

/** Takes locks as its parent asks for it, and reports what happens. */
const locker = (name) => `
  const { locks, parentPort } = require(${JSON.stringify(name)})
  const frees = new Map()
  const post = (value) => parentPort.postMessage(value)
  parentPort.on('message', async ({ take, free, query, options = {} }) => {
    if (free) return frees.get(free)('freed')
    if (query) return post(await locks.query())
    post(await locks.request(take, options, (lock) => {
      post(lock && { name: lock.name, mode: lock.mode })
      return lock && new Promise((resolve) => frees.set(take, resolve))
    }).catch(({ name }) => name))
  })
`

function startLocker (t, runtime) {
  const worker = startWorker(t, locker(runtime === 'lean' ? 'isothreads' : packageRoot), { runtime })
  const next = inbox(worker)
  return { worker, next, ask: (message) => { worker.postMessage(message); return next() } }
}

let lastName = 0
const newName = () => `lean ${++lastName}`
const isFree = (name) => locks.request(name, { ifAvailable: true }, (lock) => lock !== null)

test('a lean worker and threads of Node exclude each other by a named lock', async (t) => {
  const name = newName()
  const [lean, other] = [startLocker(t, 'lean'), startLocker(t, 'node')]
  t.deepEqual(await lean.ask({ take: name }), { name, mode: 'exclusive' })
  t.false(await isFree(name))
  t.is(await other.ask({ take: name, options: { ifAvailable: true } }), null)
  t.is(await other.next(), null)
  other.worker.postMessage({ take: name })
  t.is(await lean.ask({ free: name }), 'freed')
  t.deepEqual(await other.next(), { name, mode: 'exclusive' })
  t.is(await lean.ask({ take: name, options: { ifAvailable: true } }), null)
  t.is(await lean.next(), null)
  lean.worker.postMessage({ take: name })
  t.is(await other.ask({ free: name }), 'freed')
  t.deepEqual(await lean.next(), { name, mode: 'exclusive' })
})

test('shared locks, and a lock that is stolen, across runtimes', async (t) => {
  const name = newName()
  const [a, b] = [startLocker(t, 'lean'), startLocker(t, 'lean')]
  const options = { mode: 'shared' }
  t.deepEqual(await a.ask({ take: name, options }), { name, mode: 'shared' })
  t.deepEqual(await b.ask({ take: name, options }), { name, mode: 'shared' })
  t.true(await locks.request(name, { mode: 'shared', ifAvailable: true }, (lock) => lock !== null))
  t.is(await locks.request(name, { steal: true }, () => 'stolen'), 'stolen')
  t.is(await a.next(), 'AbortError')
  t.is(await b.next(), 'AbortError')
})

test('the locks of a lean worker that ends are free, and what it waited for as well', async (t) => {
  const [held, wanted] = [newName(), newName()]
  const [a, b, c] = [startLocker(t, 'lean'), startLocker(t, 'lean'), startLocker(t, 'node')]
  await a.ask({ take: held })
  await b.ask({ take: wanted })
  a.worker.postMessage({ take: wanted })
  const { held: [{ name }], pending } = await a.ask({ query: true })
  t.is(name, held)
  t.deepEqual(pending.map(({ name, mode }) => ({ name, mode })), [{ name: wanted, mode: 'exclusive' }])
  c.worker.postMessage({ take: held })
  await a.worker.terminate()
  t.deepEqual(await c.next(), { name: held, mode: 'exclusive' })
  await b.ask({ free: wanted })
  while (!await isFree(wanted)) await new Promise(setImmediate)
  t.pass()
})

test('a request of a lean worker is withdrawn by its signal', async (t) => {
  const name = newName()
  let free
  const ended = locks.request(name, () => new Promise((resolve) => { free = resolve }))
  const worker = startLean(t, `
    const { locks, parentPort, workerData } = require('isothreads')
    const controller = new AbortController()
    locks.request(workerData, { signal: controller.signal }, () => 'granted').catch(({ name }) => parentPort.postMessage(name))
    setTimeout(() => controller.abort(), 20)
    parentPort.on('message', () => {})
  `, { workerData: name })
  t.is(await nextMessage(worker), 'AbortError')
  free()
  await ended
  while (!await isFree(name)) await new Promise(setImmediate)
  const events = eventsUntilExit(worker)
  await worker.terminate()
  t.is((await events).at(-1)[0], 'exit')
})
