'use strict'

// BroadcastChannel of workers in Rust, together with those of JavaScript.

const { once } = require('node:events')
const node = require('node:worker_threads')
const avaTest = require('ava')
const { api, bounded, inbox, nodeMajor, settled, startWorker } = require('./helpers')
const { start } = require('./native-helpers')

const test = bounded(avaTest)
const { BroadcastChannel } = api

let names = 0
const newName = () => `native channel ${++names}`

function open (t, name, Class = BroadcastChannel) {
  const channel = new Class(name)
  t.teardown(() => channel.close())
  const events = []
  const waiting = []
  channel.onmessage = channel.onmessageerror = ({ type, data }) => {
    const event = [type, data]
    waiting.length > 0 ? waiting.shift()(event) : events.push(event)
  }
  return {
    channel,
    next: () => new Promise((resolve) => events.length > 0 ? resolve(events.shift()) : waiting.push(resolve)),
    rest: () => events.splice(0)
  }
}

/** A worker that tells what its channel hears, and posts there what it is sent, until that is null. */
async function startBroadcaster (t, name) {
  const worker = start(t, 'broadcaster', { workerData: name })
  const next = inbox(worker)
  t.is(await next(), 'ready')
  return { worker, next }
}

const values = () => [1, 'text', undefined, true, 2n ** 70n, [1, , 3], { a: { b: [null] } }, new Map([['a', new Set([1])]]), new Date(5), /a/g] // eslint-disable-line no-sparse-arrays

test('a channel in Rust hears ours and Node\'s, and they hear it, once and in order', async (t) => {
  const name = newName()
  const rust = [await startBroadcaster(t, name), await startBroadcaster(t, name)]
  const main = [open(t, name), open(t, name, node.BroadcastChannel)]
  const other = open(t, newName())
  for (const value of values().slice(0, 9)) main[0].channel.postMessage(value)
  for (const value of values().slice(0, 9)) {
    for (const { next } of rust) t.deepEqual(await next(), ['message', value])
    t.deepEqual(await main[1].next(), ['message', value ?? null])
  }
  main[1].channel.postMessage('of Node')
  for (const { next } of [...rust, main[0]]) t.deepEqual(await next(), ['message', 'of Node'])
  for (const value of ['a', { b: 2 }]) rust[0].worker.postMessage(value)
  for (const value of ['a', { b: 2 }]) {
    for (const { next } of [rust[1], ...main]) t.deepEqual(await next(), ['message', value])
  }
  for (const { worker } of rust) {
    const ended = once(worker, 'exit')
    worker.postMessage(null)
    t.deepEqual(await ended, [0])
  }
  await settled()
  for (const { rest } of [...main, other]) t.deepEqual(rest(), [])
})

test('lean workers, Node environments and Workers of Node hear a channel in Rust', async (t) => {
  const name = newName()
  const code = `
    const { parentPort } = require('worker_threads')
    const channel = new BroadcastChannel(${JSON.stringify(name)})
    channel.onmessage = ({ data }) => {
      channel.postMessage({ answer: data + 1 })
      channel.close()
      parentPort.close()
    }
    parentPort.postMessage('ready')
  `
  const workers = [startWorker(t, code), new node.Worker(code, { eval: true }), ...(nodeMajor >= 22 ? [startWorker(t, code, { runtime: 'lean' })] : [])]
  t.teardown(() => workers[1].terminate())
  const ended = Promise.all(workers.map((worker) => once(worker, 'exit')))
  await Promise.all(workers.map((worker) => once(worker, 'message')))
  const { worker, next } = await startBroadcaster(t, name)
  worker.postMessage(5)
  // The answers of the others are heard by those that are still open, which answer with a text.
  for (let count = 0; count < workers.length; count++) {
    const [type, { answer }] = await next()
    t.is(type, 'message')
    t.truthy(answer)
  }
  await ended
})

test('shared memory and locks arrive; what only Node has, and what nobody can read, is an error of that receive only', async (t) => {
  const name = newName()
  const { next } = await startBroadcaster(t, name)
  const { channel } = open(t, name)
  const view = new api.AtomicView(new Int32Array(new SharedArrayBuffer(4)))
  channel.postMessage({ view, buffer: view.buffer, mutex: new api.Mutex() })
  const [type, data] = await next()
  t.is(type, 'message')
  data.view.add(0, 1)
  t.deepEqual([view.load(0), data.mutex instanceof api.Mutex], [1, true])
  channel.postMessage([new Blob(['a blob'])])
  channel.postMessage('after it')
  const [failed, errorName, text] = await next()
  t.is(failed, 'messageerror')
  t.true(errorName.length > 0 && text.length > 0)
  t.deepEqual(await next(), ['message', 'after it'])
})

test('a message of another type is an error of that receive only, and the channel ends with its worker', async (t) => {
  const name = newName()
  const worker = start(t, 'broadcast_waiter', { workerData: name })
  const next = inbox(worker)
  t.is(await next(), name)
  const { channel } = open(t, name)
  for (const value of [1, 'two', 3]) channel.postMessage(value)
  t.is(await next(), 1)
  t.true((await next()).includes('string'))
  t.is(await next(), 3)
  // It waits for a message.
  t.is(await worker.terminate(), 1)
  channel.postMessage(4)
})

test('a port cannot be posted, and closes', async (t) => {
  const { worker, next } = await startBroadcaster(t, newName())
  const { port1, port2 } = new api.MessageChannel()
  const closed = once(port1, 'close')
  worker.postMessage([port2], [port2])
  const [what, name, text] = await next()
  t.deepEqual([what, name], ['refused', 'DataCloneError'])
  t.true(text.includes('MessagePort'))
  await closed
})

test('what is posted right before the channel is closed and the worker ends arrives, before its exit event; from a pool as well', async (t) => {
  const name = newName()
  const { next, rest } = open(t, name)
  const count = 3000
  const all = Array.from({ length: count }, (_, index) => ['message', index])
  const worker = start(t, 'broadcast_numbers', { workerData: [name, count] })
  await once(worker, 'exit')
  const witness = open(t, name, node.BroadcastChannel)
  witness.channel.postMessage('after exit')
  const heard = []
  while (heard.at(-1)?.[1] !== 'after exit') heard.push(await next())
  t.deepEqual(heard, [...all, ['message', 'after exit']])
  const pool = new api.WorkerPool(require('./native-helpers').library, 1)
  await pool.exec([name, 3], { name: 'broadcast_numbers' })
  t.deepEqual([await next(), await next(), await next()], all.slice(0, 3))
  await pool.close()
  t.deepEqual(rest(), [])
})

test('a worker in Rust of a worker of ours hears the main thread', async (t) => {
  const name = newName()
  const worker = startWorker(t, `
    const { Worker, parentPort } = require('worker_threads')
    const inner = new Worker(${JSON.stringify(`${require('./native-helpers').library}#broadcast_waiter`)}, { workerData: ${JSON.stringify(name)} })
    inner.on('message', (message) => {
      parentPort.postMessage(message)
      if (message === 7) inner.terminate()
    })
  `)
  const next = inbox(worker)
  const ended = once(worker, 'exit')
  t.is(await next(), name)
  open(t, name).channel.postMessage(7)
  t.is(await next(), 7)
  await ended
})
