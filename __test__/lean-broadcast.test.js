'use strict'

// BroadcastChannel in lean workers, compared with Node's class in Node's workers and together with it.

const { once } = require('node:events')
const node = require('node:worker_threads')
const { api, inbox, nextMessage, settled, startWorker } = require('./helpers')
const { leanTest: test, startLean } = require('./lean-helpers')
const { runNode } = require('./run-process')

const { AtomicView, BroadcastChannel } = api

let names = 0
const newName = () => `lean channel ${++names}`
const newView = () => new AtomicView(new Int32Array(new SharedArrayBuffer(4)))

const setUp = (name) => `
  const api = require('worker_threads')
  const { parentPort } = api
  const channel = new BroadcastChannel(${JSON.stringify(name)})
`

/** Code of a worker that tells its parent what it hears, and posts what the parent sends. */
const listening = (name) => `${setUp(name)}
  channel.onmessage = channel.onmessageerror = ({ type, data }) => {
    parentPort.postMessage([type, data?.constructor?.name, typeof data === 'object' ? undefined : data])
    if (data === 'end') {
      channel.close()
      parentPort.close()
    }
  }
  parentPort.on('message', (value) => channel.postMessage(value))
  parentPort.postMessage('ready')
`

async function startListener (t, name, start) {
  const worker = start(listening(name))
  t.teardown(() => worker.terminate())
  const next = inbox(worker)
  t.is(await next(), 'ready')
  return { worker, next }
}

const starts = (t) => ({
  lean: (code) => startLean(t, code),
  node: (code) => startWorker(t, code),
  ofNode: (code) => new node.Worker(code, { eval: true })
})

function open (t, name, Class = BroadcastChannel) {
  const channel = new Class(name)
  t.teardown(() => channel.close())
  const events = []
  const waiting = []
  channel.onmessage = channel.onmessageerror = ({ type, data }) => {
    const event = [type, type === 'messageerror' ? data.message : data]
    waiting.length > 0 ? waiting.shift()(event) : events.push(event)
  }
  return {
    channel,
    next: () => new Promise((resolve) => events.length > 0 ? resolve(events.shift()) : waiting.push(resolve)),
    rest: () => events.splice(0)
  }
}

/** The answers to the same code of a lean worker and of Node's own worker. */
async function answersTo (t, code) {
  const workers = [startLean(t, code), new node.Worker(code, { eval: true })]
  t.teardown(() => workers[1].terminate())
  return Promise.all(workers.map(nextMessage))
}

test('the members are those of Node\'s class', async (t) => {
  const [lean, ofNode] = await answersTo(t, `
    const { parentPort } = require('worker_threads')
    const describe = (object) => Object.getOwnPropertyNames(object).map((key) => {
      const { value, get, set, ...rest } = Object.getOwnPropertyDescriptor(object, key)
      return [key, ...[value, get, set].map((member) => typeof member === 'function' ? [member.name, member.length] : typeof member), rest]
    }).sort(([a], [b]) => a < b ? -1 : 1)
    const channel = new BroadcastChannel('members')
    const own = Object.getOwnPropertyDescriptor(globalThis, 'BroadcastChannel')
    parentPort.postMessage([describe(BroadcastChannel.prototype), describe(BroadcastChannel), String(channel), channel.name, own.enumerable,
      own.configurable, Object.getPrototypeOf(BroadcastChannel) === EventTarget, require('worker_threads').BroadcastChannel === BroadcastChannel])
    channel.close()
  `)
  t.deepEqual(lean, ofNode)
})

test('the errors and the names are Node\'s', async (t) => {
  const [lean, ofNode] = await answersTo(t, `
    const { parentPort } = require('worker_threads')
    const open = new BroadcastChannel('errors')
    const closed = new BroadcastChannel(1)
    closed.close()
    const actions = {
      'a call': () => BroadcastChannel('a'),
      'no name': () => new BroadcastChannel(),
      'a symbol as name': () => new BroadcastChannel(Symbol('a')),
      'no message': () => open.postMessage(),
      'closed': () => closed.postMessage(1),
      'a function': () => open.postMessage(() => {}),
      'a function within': () => open.postMessage({ method () {} }),
      'a symbol': () => open.postMessage(Symbol('a')),
      'a port': () => open.postMessage([new MessageChannel().port1]),
      'a getter that throws': () => open.postMessage({ get a () { throw new RangeError('mine') } }),
      'close of another object': () => open.close.call({}),
      'post of another object': () => open.postMessage.call({}, 1),
      'ref of another object': () => open.ref.call(1),
      'name of the prototype': () => BroadcastChannel.prototype.name
    }
    const thrown = Object.entries(actions).map(([title, action]) => {
      try { return [title, action()] } catch (error) { return [title, error.name, error.code, error.message] }
    })
    const returned = [open.postMessage(1), open.ref() === open, open.unref() === open, closed.close(), closed.ref() === closed, closed.name, open.close()]
    parentPort.postMessage([thrown, returned])
  `)
  t.deepEqual(lean, ofNode)
})

test('channels of lean workers, Node environments, Workers of Node and the main thread hear each other once', async (t) => {
  const name = newName()
  const start = starts(t)
  const listeners = []
  for (const kind of ['lean', 'lean', 'node', 'ofNode']) listeners.push(await startListener(t, name, start[kind]))
  const main = [open(t, name), open(t, name, node.BroadcastChannel)]
  for (const [index, { worker }] of listeners.entries()) {
    worker.postMessage(index)
    for (const { next } of main) t.deepEqual(await next(), ['message', index])
    for (const [other, { next }] of listeners.entries()) if (other !== index) t.deepEqual(await next(), ['message', 'Number', index])
  }
  // Whoever had heard something twice, or itself, would tell it before this.
  for (const [index, { channel }] of main.entries()) {
    channel.postMessage(`from ${index}`)
    t.deepEqual(await main[1 - index].next(), ['message', `from ${index}`])
    for (const { next } of listeners) t.deepEqual(await next(), ['message', 'String', `from ${index}`])
  }
  const ended = Promise.all(listeners.map(({ worker }) => once(worker, 'exit')))
  main[0].channel.postMessage('end')
  for (const { next } of listeners) t.deepEqual(await next(), ['message', 'String', 'end'])
  await ended
  for (const { rest } of main) t.deepEqual(rest().filter(([, data]) => data !== 'end'), [])
})

test('channels of one name in one lean worker hear each other, and those of other names do not', async (t) => {
  const worker = startLean(t, `
    const { parentPort } = require('worker_threads')
    const channels = ['a', 'a', 'b'].map((name) => new BroadcastChannel('within ' + name))
    const heard = channels.map(() => [])
    channels.forEach((channel, index) => { channel.onmessage = ({ data }) => {
      heard[index].push(data)
      if (data === 2) {
        parentPort.postMessage(heard)
        channels.forEach((other) => other.close())
      }
    } })
    channels[0].postMessage(1)
    channels[2].postMessage('b')
    channels[0].postMessage(2)
  `)
  const ended = once(worker, 'exit')
  t.deepEqual(await nextMessage(worker), [[], [1, 2], []])
  await ended
})

test('each sender\'s messages arrive in their order, whatever carries them', async (t) => {
  const name = newName()
  const each = 300
  const sending = (sender) => `${setUp(name)}
    const { AtomicView } = ${sender === 2 ? `require(${JSON.stringify(require.resolve('..'))})` : 'api'}
    const numbers = [[], [], [], []]
    let total = 0
    channel.onmessageerror = () => parentPort.postMessage('messageerror')
    channel.onmessage = ({ data }) => {
      numbers[data.sender].push(data.number)
      if (++total === 3 * ${each}) parentPort.postMessage(numbers)
    }
    parentPort.once('message', () => {
      const view = new AtomicView(new SharedArrayBuffer(4))
      for (let number = 0; number < ${each}; number++) {
        const message = { sender: ${sender}, number }
        channel.postMessage(number * ${sender + 7} % 3 === 0 ? { ...message, view } : message)
      }
    })
    parentPort.postMessage('ready')
  `
  const workers = [startLean(t, sending(0)), startLean(t, sending(1)), startWorker(t, sending(2))]
  const nexts = workers.map(inbox)
  for (const next of nexts) t.is(await next(), 'ready')
  const main = new BroadcastChannel(name)
  t.teardown(() => main.close())
  for (const worker of workers) worker.postMessage('go')
  for (let number = 0; number < each; number++) main.postMessage(number % 3 ? { sender: 3, number } : { sender: 3, number, view: newView() })
  const all = Array.from({ length: each }, (_, index) => index)
  for (const [receiver, next] of nexts.entries()) {
    t.deepEqual(await next(), [0, 1, 2, 3].map((sender) => sender === receiver ? [] : all))
  }
})

test('memory is shared, and the classes over it arrive; what only Node has is a messageerror', async (t) => {
  const name = newName()
  const worker = startLean(t, `${setUp(name)}
    channel.onmessageerror = ({ data }) => channel.postMessage(data.name)
    channel.onmessage = ({ data: { view, shared, mutex } }) => {
      view.add(0, 1)
      shared[0] = 7
      channel.postMessage({ view, isLocked: mutex.tryLock() !== undefined, error: new DOMException('text', 'AbortError') })
    }
    parentPort.postMessage('ready')
  `)
  await nextMessage(worker)
  const { channel, next } = open(t, name)
  const [view, shared, mutex] = [newView(), new Int32Array(new SharedArrayBuffer(4)), new api.Mutex()]
  channel.postMessage([new Blob(['a blob'])])
  t.deepEqual(await next(), ['message', 'DataCloneError'])
  channel.postMessage({ view, shared, mutex })
  const [type, data] = await next()
  t.is(type, 'message')
  t.is(data.view.add(0, 1), 1)
  t.deepEqual([view.load(0), shared[0], data.isLocked, data.error instanceof DOMException, data.error.name], [2, 7, true, true, 'AbortError'])
})

test('what cannot be read anywhere is a messageerror in a lean worker too, and in its place', async (t) => {
  const name = newName()
  const { next } = await startListener(t, name, starts(t).lean)
  const { channel } = open(t, name, node.BroadcastChannel)
  const buffer = new ArrayBuffer(8, { maxByteLength: 8 })
  const view = new Uint8Array(buffer, 0, 8)
  channel.postMessage(1)
  channel.postMessage([{ get a () { return buffer.resize(0) } }, buffer, { get a () { return buffer.resize(8) } }, view])
  channel.postMessage(2)
  t.deepEqual([await next(), await next(), await next()], [['message', 'Number', 1], ['messageerror', 'Error', undefined], ['message', 'Number', 2]])
})

test('what is posted right before close(), before the end of the worker, and before an uncaught error arrives', async (t) => {
  const endings = { 'closes': '', 'ends': 'close()', 'throws': 'throw new Error("mine")' }
  for (const [title, ending] of Object.entries(endings)) {
    const name = newName()
    const { next } = open(t, name)
    const worker = startLean(t, `${setUp(name)}
      channel.postMessage({ get first () { channel.close(); return 1 } })
      const other = new BroadcastChannel(channel.name)
      other.postMessage(2)
      other.postMessage(new api.AtomicView(new SharedArrayBuffer(4)))
      ${ending || 'other.close()'}
    `)
    const ended = once(worker, 'exit').catch((error) => [error.message])
    t.deepEqual(await next(), ['message', { first: 1 }], title)
    t.deepEqual(await next(), ['message', 2], title)
    t.is((await next())[1].constructor, AtomicView, title)
    t.deepEqual(await ended, [title === 'throws' ? 'mine' : 0], title)
  }
})

test('close() in a handler: nothing more is heard, also not what was posted before', async (t) => {
  const name = newName()
  const worker = startLean(t, `${setUp(name)}
    const heard = []
    channel.addEventListener('message', ({ data }) => { heard.push(data); channel.close() })
    parentPort.on('message', (value) => { parentPort.postMessage([value, heard]); parentPort.close() })
    parentPort.postMessage('ready')
  `)
  const inboxOf = inbox(worker)
  const ended = once(worker, 'exit')
  await inboxOf()
  const { channel } = open(t, name)
  const witness = open(t, name)
  for (const value of [1, 2, 3]) channel.postMessage(value)
  for (const value of [1, 2, 3]) t.deepEqual(await witness.next(), ['message', value])
  await settled()
  worker.postMessage('asked')
  t.deepEqual(await inboxOf(), ['asked', [1]])
  await ended
})

test('a channel keeps a lean worker alive until it is closed or unref() was called', async (t) => {
  const alive = 'setTimeout(() => { parentPort.postMessage("alive"); channel.close() }, 50).unref()'
  for (const [code, expected] of [[alive, true], [`channel.unref(); ${alive}`, false], [`channel.unref().ref(); ${alive}`, true], [`channel.close(); ${alive}`, false]]) {
    const worker = startLean(t, `${setUp(newName())} ${code}`)
    let isAlive = false
    worker.on('message', () => { isAlive = true })
    t.deepEqual(await once(worker, 'exit'), [0])
    t.is(isAlive, expected, code)
  }
})

test('an open channel of a worker that was unref()ed does not keep the process alive', async (t) => {
  const { stdout, stderr, code } = await runNode(['-e', `
    const { Worker } = require(${JSON.stringify(require.resolve('..'))})
    const worker = new Worker("new BroadcastChannel('a').onmessage = () => {}; postMessage('open')", { eval: true, runtime: 'lean' })
    worker.once('message', () => { worker.unref(); console.log('open') })
    process.on('exit', () => console.log('exit'))
  `])
  t.deepEqual([stdout, stderr, code], ['open\nexit\n', '', 0])
})

test('receiveMessageOnPort() takes the messages of a channel', async (t) => {
  const name = newName()
  const { worker, next } = await startListener(t, newName(), () => startLean(t, `${setUp(name)}
    parentPort.on('message', (count) => {
      const received = []
      while (received.length < count) {
        const one = api.receiveMessageOnPort(channel)
        if (one !== undefined) received.push(one)
      }
      channel.close()
      let code
      try { api.receiveMessageOnPort(channel) } catch (error) { code = error.code }
      parentPort.postMessage([received, code])
      parentPort.close()
    })
    parentPort.postMessage('ready')
  `))
  const { channel } = open(t, name)
  const witness = open(t, name)
  worker.postMessage(2)
  channel.postMessage({ a: 1 })
  channel.postMessage(undefined)
  await witness.next()
  t.deepEqual(await next(), [[{ message: { a: 1 } }, { message: undefined }], 'ERR_INVALID_ARG_TYPE'])
})

test('terminate() of a worker that posts leaves the others in order', async (t) => {
  const name = newName()
  const { next } = open(t, name)
  for (let round = 0; round < 3; round++) {
    const worker = startLean(t, `${setUp(name)}
      const view = new api.AtomicView(new SharedArrayBuffer(4))
      for (let number = 0; ; number++) channel.postMessage(number % 2 ? { number } : { number, view })
    `)
    t.is((await next())[1].number, 0)
    await worker.terminate()
    const later = new BroadcastChannel(name)
    later.postMessage({ later: newView() })
    later.close()
    for (let number = 1; ; number++) {
      const [type, data] = await next()
      t.is(type, 'message')
      if (data.later !== undefined) break
      if (data.number !== number) t.fail(`${data.number} instead of ${number}`)
    }
  }
})

test('a lean worker of a worker hears the main thread', async (t) => {
  const code = (name) => `
    const { Worker, parentPort } = require(${JSON.stringify(require.resolve('..'))})
    const inner = new Worker(${JSON.stringify(listening(name))}, { eval: true, runtime: 'lean' })
    inner.on('message', (message) => parentPort.postMessage(message))
    inner.on('exit', (code) => parentPort.postMessage(code))
  `
  for (const start of [(code) => startWorker(t, code), (code) => new node.Worker(code, { eval: true })]) {
    const name = newName()
    const worker = start(code(name))
    t.teardown(() => worker.terminate())
    const next = inbox(worker)
    const ended = once(worker, 'exit')
    t.is(await next(), 'ready')
    const { channel } = open(t, name)
    channel.postMessage('end')
    t.deepEqual(await next(), ['message', 'String', 'end'])
    t.is(await next(), 0)
    await ended
    channel.close()
  }
})
