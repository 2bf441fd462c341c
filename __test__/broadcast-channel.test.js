'use strict'

// BroadcastChannel of this package, compared with Node's class and together with it, in all kinds of threads.

const crypto = require('node:crypto')
const { once } = require('node:events')
const { inspect } = require('node:util')
const vm = require('node:vm')
const node = require('node:worker_threads')
const test = require('ava')
const { api, beyondNode, bounded, describeError, inbox, isPeer, nodeMajor, packageRoot, settled, since, startWorker, thrownBy } = require('./helpers')
const { runNode } = require('./run-process')

const it = bounded(test)
const beyond = beyondNode(test)
const { BroadcastChannel, MessageChannel, receiveMessageOnPort } = api

let names = 0
const newName = () => `channel ${++names}`

// Node's class cannot read it.
const newView = () => new api.AtomicView(new Int32Array(new SharedArrayBuffer(4)))

function open (t, name, Class = BroadcastChannel) {
  const channel = new Class(name)
  t.teardown(() => channel.close())
  return channel
}

/** What a channel receives, one event for each call. */
function eventsOf (channel) {
  const events = []
  const waiting = []
  const onEvent = ({ type, data }) => {
    const event = [type, type === 'messageerror' ? data.message : data]
    waiting.length > 0 ? waiting.shift()(event) : events.push(event)
  }
  channel.onmessage = channel.onmessageerror = onEvent
  return {
    next: () => new Promise((resolve) => events.length > 0 ? resolve(events.shift()) : waiting.push(resolve)),
    rest: () => events.splice(0)
  }
}

const unreadable = ['messageerror', 'Unable to deserialize cloned data.']

/** Code of a worker that opens a channel of this name, and answers with the types and texts of what it receives. */
const listening = (name, setUp = '', Class = 'require("worker_threads").BroadcastChannel') => `
  const { parentPort } = require('worker_threads')
  const channel = new (${Class})(${JSON.stringify(name)})
  channel.onmessage = channel.onmessageerror = ({ type, data }) => {
    if (data === 'end') {
      channel.close()
      parentPort.close()
    }
    parentPort.postMessage([type, data?.constructor?.name, typeof data === 'object' ? undefined : data])
  }
  parentPort.on('message', (value) => channel.postMessage(value))
  ${setUp}
  parentPort.postMessage('ready')
`

async function startListener (t, name, setUp, Class = api.Worker) {
  const code = listening(name, setUp)
  const worker = Class === api.Worker ? startWorker(t, code) : new Class(code, { eval: true })
  t.teardown(() => worker.terminate())
  const next = inbox(worker)
  await next()
  return { worker, next }
}

const describeMembers = (object) => Reflect.ownKeys(object).map((key) => {
  const { value, get, set, ...rest } = Object.getOwnPropertyDescriptor(object, key)
  const shape = [value, get, set].map((member) => typeof member === 'function' ? [member.name, member.length] : typeof member)
  return [String(key), shape, rest]
})

// ---- like Node's class ----

it('the members, their order aside, are those of Node\'s class', (t) => {
  const sorted = (object) => describeMembers(object).sort(([a], [b]) => a < b ? -1 : 1)
  t.deepEqual(sorted(BroadcastChannel.prototype), sorted(node.BroadcastChannel.prototype))
  t.deepEqual(sorted(BroadcastChannel), sorted(node.BroadcastChannel))
  t.is(Object.getPrototypeOf(BroadcastChannel), EventTarget)
  const channels = [BroadcastChannel, node.BroadcastChannel].map((Class) => open(t, newName(), Class))
  t.is(String(channels[0]), String(channels[1]))
  t.deepEqual(Object.keys(channels[0]), Object.keys(channels[1]))
})

it('the errors are Node\'s', (t) => {
  const refused = {
    'a call': (Class) => Class('a'),
    'no name': (Class) => new Class(),
    'a symbol as name': (Class) => new Class(Symbol('a')),
    'no message': (Class) => open(t, newName(), Class).postMessage(),
    'a closed channel': (Class) => {
      const channel = new Class(newName())
      channel.close()
      channel.postMessage(1)
    },
    'a function': (Class) => open(t, newName(), Class).postMessage(() => {}),
    'a function within': (Class) => open(t, newName(), Class).postMessage({ method () {} }),
    'a symbol': (Class) => open(t, newName(), Class).postMessage(Symbol('a')),
    'a symbol within': (Class) => open(t, newName(), Class).postMessage([Symbol('a')]),
    'a WeakMap': (Class) => open(t, newName(), Class).postMessage([new WeakMap()]),
    'a port of Node': (Class) => open(t, newName(), Class).postMessage([new node.MessageChannel().port1]),
    'a getter that throws': (Class) => open(t, newName(), Class).postMessage({ get a () { throw new RangeError('mine') } })
  }
  for (const name of ['close', 'ref', 'unref', 'postMessage', inspect.custom]) {
    for (const other of [{}, undefined, 1, () => {}, new MessageChannel()]) {
      refused[`${String(name)} of ${String(other)}`] = (Class) => Class.prototype[name].call(other, 1, {})
    }
  }
  refused['name without a channel'] = (Class) => Class.prototype.name
  const describe = ({ name, code, message, constructor: { name: className } }) => ({ name, code, message, className: className.replace('NodeError', 'TypeError') })
  for (const [name, action] of Object.entries(refused)) {
    t.deepEqual(describe(thrownBy(() => action(BroadcastChannel))), describe(thrownBy(() => action(node.BroadcastChannel))), name)
  }
})

it('a port needs transfer', (t) => {
  const { port1 } = new MessageChannel()
  t.teardown(() => port1.close())
  const expected = describeError(thrownBy(() => open(t, newName(), node.BroadcastChannel).postMessage([new node.MessageChannel().port1])))
  t.is(expected.message, 'Object that needs transfer was found in message but not listed in transferList')
  t.deepEqual(describeError(thrownBy(() => open(t, newName()).postMessage({ port: port1 }))), expected)
})

it('an object of a class with a port needs transfer', (t) => {
  class Pair extends MessageChannel {}
  class NodePair extends node.MessageChannel {}
  for (const [Ours, Nodes] of [[MessageChannel, node.MessageChannel], [Pair, NodePair]]) {
    const [ours, nodes] = [new Ours(), new Nodes()]
    t.teardown(() => { ours.port1.close(); nodes.port1.close() })
    const expected = describeError(thrownBy(() => open(t, newName(), node.BroadcastChannel).postMessage(nodes)))
    t.deepEqual(describeError(thrownBy(() => open(t, newName()).postMessage(ours))), expected)
  }
})

it('it is printed as Node\'s', (t) => {
  const name = newName()
  const [ours, nodes] = [BroadcastChannel, node.BroadcastChannel].map((Class) => {
    const channel = open(t, name, Class)
    const printed = [inspect(channel), inspect({ a: { b: channel } }, { depth: 1 }), inspect(channel, { depth: null, compact: false })]
    channel.close()
    return [...printed, inspect(channel)]
  })
  t.deepEqual(ours, nodes)
})

it('the name is a text, and tells channels apart as Node does', async (t) => {
  t.is(open(t, 1).name, '1')
  t.is(open(t, { toString: () => 'from an object' }).name, 'from an object')
  for (const [one, other, isSame] of [['\ud800', '\ufffd', true], ['a\0b', 'a\0c', true], ['é', 'e\u0301', false], ['', '\0', true], ['a', 'A', false]]) {
    const [first, witness, second] = [open(t, one), open(t, one), open(t, other)]
    const [known, found] = [eventsOf(witness), eventsOf(second)]
    const values = isPeer ? [1] : [1, newView()]
    for (const value of values) {
      first.postMessage(value)
      t.is((await known.next())[0], 'message')
    }
    await settled()
    t.deepEqual(found.rest().map(([type]) => type), isSame ? values.map(() => 'message') : [], JSON.stringify([one, other]))
    for (const channel of [first, witness, second]) channel.close()
  }
})

it('a message is an event of every other channel of the name, and of no other one', async (t) => {
  const name = newName()
  const [sender, first, second, other] = [open(t, name), open(t, name), open(t, name), open(t, newName())]
  const notReached = [sender, other].map(eventsOf)
  const heard = once(first, 'message')
  const object = eventsOf(second)
  t.is(sender.postMessage({ a: [1] }), undefined)
  const [event] = await heard
  t.true(event instanceof Event)
  t.is(event.constructor.name, 'MessageEvent')
  t.deepEqual([event.type, event.data, event.target, event.currentTarget, event.origin, event.ports.length], ['message', { a: [1] }, first, null, '', 0])
  t.deepEqual(await object.next(), ['message', { a: [1] }])
  await settled()
  for (const { rest } of notReached) t.deepEqual(rest(), [])
})

it('a listener that was removed is not called, and a handler that was set to null neither', async (t) => {
  const name = newName()
  const [sender, receiver] = [open(t, name), open(t, name)]
  const heard = []
  const listener = ({ data }) => heard.push(['listener', data])
  receiver.addEventListener('message', listener)
  receiver.onmessage = ({ data }) => heard.push(['handler', data])
  const last = once(receiver, 'message')
  sender.postMessage(1)
  await last
  receiver.removeEventListener('message', listener)
  receiver.onmessage = null
  sender.postMessage(2)
  await once(receiver, 'message')
  t.deepEqual(heard, [['listener', 1], ['handler', 1]])
})

it('getters in a message run once', async (t) => {
  const name = newName()
  const [sender, receiver] = [open(t, name), open(t, name)]
  const events = eventsOf(receiver)
  let runs = 0
  sender.postMessage({ get a () { return ++runs } })
  t.deepEqual(await events.next(), ['message', { a: 1 }])
  t.is(runs, 1)
})

it('an instance of a class and process.env arrive as plain objects', async (t) => {
  const name = newName()
  const [sender, receiver] = [open(t, name), open(t, name)]
  const events = eventsOf(receiver)
  class Instance { field = 1 }
  sender.postMessage([new Instance()])
  sender.postMessage(process.env)
  t.deepEqual([await events.next(), await events.next()], [['message', [{ field: 1 }]], ['message', { ...process.env }]])
})

it('a message with a getter that closes the channel is posted', async (t) => {
  const name = newName()
  const events = eventsOf(open(t, name))
  const senders = [open(t, name), open(t, name, node.BroadcastChannel)]
  for (const sender of senders) {
    sender.postMessage({ get a () { return sender.close() } })
    t.deepEqual(await events.next(), ['message', { a: undefined }])
  }
  if (!isPeer) {
    const sender = open(t, name)
    sender.postMessage({ get a () { return sender.close() }, view: newView() })
    t.is((await events.next())[1].view.constructor, api.AtomicView)
    events.rest()
  }
})

it('a closed channel receives nothing, also not what was posted before', async (t) => {
  const name = newName()
  const [sender, closed, open3] = [open(t, name), open(t, name), open(t, name)]
  const events = eventsOf(closed)
  const witness = eventsOf(open3)
  sender.postMessage(1)
  closed.close()
  t.is(closed.close(), undefined)
  t.is(closed.ref(), closed)
  t.is(closed.unref(), closed)
  t.is(closed.name, name)
  sender.postMessage(2)
  t.deepEqual([await witness.next(), await witness.next()], [['message', 1], ['message', 2]])
  await settled()
  t.deepEqual(events.rest(), [])
})

it('what was posted right before the channel is closed arrives', async (t) => {
  const name = newName()
  const events = eventsOf(open(t, name))
  const sender = new BroadcastChannel(name)
  sender.postMessage([1])
  if (!isPeer) sender.postMessage(newView())
  sender.close()
  t.deepEqual(await events.next(), ['message', [1]])
  if (!isPeer) t.is((await events.next())[1].constructor, api.AtomicView)
})

it('receiveMessageOnPort() takes the messages of a channel', (t) => {
  const name = newName()
  const [sender, receiver] = [open(t, name), open(t, name)]
  t.is(receiveMessageOnPort(receiver), undefined)
  sender.postMessage({ a: 1 })
  sender.postMessage(undefined)
  t.deepEqual(receiveMessageOnPort(receiver), { message: { a: 1 } })
  t.deepEqual(receiveMessageOnPort(receiver), { message: undefined })
  t.is(receiveMessageOnPort(receiver), undefined)
  if (!isPeer) {
    sender.postMessage(newView())
    t.is(receiveMessageOnPort(receiver).message.constructor, api.AtomicView)
    t.is(receiveMessageOnPort(receiver), undefined)
  }
  receiver.close()
  t.is(thrownBy(() => receiveMessageOnPort(receiver)).code, 'ERR_INVALID_ARG_TYPE')
})

it('a channel keeps the event loop alive until it is closed or unref() was called', async (t) => {
  const load = isPeer ? 'node:worker_threads' : packageRoot
  const run = (code) => runNode(['-e', `const { BroadcastChannel } = require(${JSON.stringify(load)}); const channel = new BroadcastChannel('a'); ${code}`])
  const alive = 'setTimeout(() => { console.log("alive"); channel.close() }, 50).unref(); process.on("exit", () => console.log("exit"))'
  const [refed, unrefed, again, closed] = await Promise.all([alive, `channel.unref(); ${alive}`, `channel.unref().ref(); ${alive}`, `channel.close(); ${alive}`].map(run))
  t.deepEqual([refed, unrefed, again, closed].map(({ stdout }) => stdout), ['alive\nexit\n', 'exit\n', 'alive\nexit\n', 'exit\n'])
})

it('memory in a message is shared or copied, never moved', async (t) => {
  const name = newName()
  const [sender, ...receivers] = [open(t, name), open(t, name), open(t, name)]
  const events = receivers.map(eventsOf)
  const shared = new Int32Array(new SharedArrayBuffer(8))
  const copied = new Uint8Array([1, 2, 3]).buffer
  sender.postMessage({ shared, copied })
  sender.postMessage(shared)
  sender.postMessage(copied)
  for (const { next } of events) {
    const [, first] = await next()
    t.deepEqual(new Uint8Array(first.copied), new Uint8Array([1, 2, 3]))
    first.shared[0] += 1
    const [, second] = await next()
    second[1] += 1
    t.deepEqual((await next())[1], copied)
  }
  t.deepEqual([...shared, copied.byteLength], [2, 2, 3])
})

it('a WebAssembly module arrives', async (t) => {
  const name = newName()
  const [sender, receiver] = [open(t, name), open(t, name)]
  const events = eventsOf(receiver)
  sender.postMessage([new WebAssembly.Module(new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0]))])
  t.true((await events.next())[1][0] instanceof WebAssembly.Module)
})

// ---- together with Node's class ----

const pairs = { 'Node\'s to ours': [node.BroadcastChannel, BroadcastChannel], 'ours to Node\'s': [BroadcastChannel, node.BroadcastChannel] }

for (const [title, [From, To]] of Object.entries(pairs)) {
  it(`messages in order, ${title}`, async (t) => {
    const name = newName()
    const [sender, receiver] = [open(t, name, From), open(t, name, To)]
    const events = eventsOf(receiver)
    const values = [1, 'text', undefined, null, 10n, { a: [1, { b: 2 }] }, new Map([[1, new Set([2])]]), new Date(0), /a/gi, new Uint8Array(3)]
    for (const value of values) sender.postMessage(value)
    sender.postMessage(new RangeError('an error'))
    for (const value of values) t.deepEqual(await events.next(), ['message', value ?? null])
    const [, error] = await events.next()
    t.deepEqual(describeError(error), describeError(new RangeError('an error')))
  })
}

it('an object of Node reaches its one receiver of Node\'s class', async (t) => {
  const name = newName()
  const [sender, receiver] = [open(t, name), open(t, name, node.BroadcastChannel)]
  const events = eventsOf(receiver)
  sender.postMessage([new Blob(['text'])])
  const [type, [blob]] = await events.next()
  t.is(type, 'message')
  t.is(await blob.text(), 'text')
})

it('a message that Node\'s class cannot read is a messageerror there too', async (t) => {
  const name = newName()
  const sender = open(t, name, node.BroadcastChannel)
  const receivers = [BroadcastChannel, node.BroadcastChannel].map((Class) => eventsOf(open(t, name, Class)))
  const buffer = new ArrayBuffer(8, { maxByteLength: 8 })
  const view = new Uint8Array(buffer, 0, 8)
  buffer.resize(0)
  sender.postMessage([buffer, { get a () { return buffer.resize(8) } }, view])
  sender.postMessage(1)
  for (const { next } of receivers) t.deepEqual([await next(), await next()], [unreadable, ['message', 1]])
})

it('channels of a worker of ours, of a worker in it, of a Worker of Node, and of the main thread hear each other', async (t) => {
  const name = newName()
  const nested = `
    const inner = new (require('worker_threads').Worker)(${JSON.stringify(listening(name))}, { eval: true })
    inner.on('message', (message) => parentPort.postMessage(['inner', message]))
    await new Promise((resolve) => inner.once('message', resolve))
  `
  const main = eventsOf(open(t, name))
  const nodes = eventsOf(open(t, name, node.BroadcastChannel))
  const plain = await startListener(t, name)
  const ofNode = await startListener(t, name, '', node.Worker)
  const parent = startWorker(t, `(async () => {${listening(name, nested)}})()`)
  const outer = inbox(parent)
  let message
  do message = await outer(); while (message !== 'ready')
  for (const [index, { worker }] of [plain, ofNode, { worker: parent }].entries()) {
    worker.postMessage(index)
    const heard = ['message', 'Number', index]
    t.deepEqual([await main.next(), await nodes.next()], [['message', index], ['message', index]])
    if (index !== 0) t.deepEqual(await plain.next(), heard)
    if (index !== 1) t.deepEqual(await ofNode.next(), heard)
    const ofParent = index === 2 ? [await outer()] : [await outer(), await outer()]
    t.deepEqual(ofParent.sort(), index === 2 ? [['inner', heard]] : [['inner', heard], heard])
  }
})

// ---- beyond Node's class ----

beyond('Node\'s class cannot carry them', 'what only this package clones arrives at all channels of ours, in order, and is a messageerror at Node\'s', async (t) => {
  const name = newName()
  const sender = open(t, name)
  const receivers = [open(t, name), open(t, name)].map(eventsOf)
  const nodes = eventsOf(open(t, name, node.BroadcastChannel))
  const counter = newView()
  const queue = new api.SharedQueue({ capacity: 4 })
  const key = crypto.createSecretKey(Buffer.from('secret'))
  const values = [1, { counter }, 'two', [new api.Mutex(), queue], { three: 3 }, new Blob(['a blob']), key, new DOMException('an exception', 'AbortError'), 4]
  for (const value of values) sender.postMessage(value)
  for (const { next } of receivers) {
    const data = []
    for (let count = 0; count < values.length; count++) {
      const [type, value] = await next()
      t.is(type, 'message')
      data.push(value)
    }
    t.deepEqual([data[0], data[2], data[4], data[8]], [1, 'two', { three: 3 }, 4])
    data[1].counter.add(0, 1)
    t.true(data[3][0] instanceof api.Mutex)
    t.true(data[3][1].tryPush('pushed'))
    t.is(await data[5].text(), 'a blob')
    t.true(data[6].equals(key))
    // Node 20 does not clone it.
    t.is(data[7].message, since(22, 'an exception', undefined))
  }
  t.is(counter.load(0), 2)
  t.is(queue.tryPop(), 'pushed')
  const expected = values.map((value) => typeof value !== 'object' || value.three ? ['message', value] : unreadable)
  if (nodeMajor < 22) expected[7] = ['message', {}]
  for (const event of expected) t.deepEqual(await nodes.next(), event)
})

beyond('Node\'s class cannot carry them', 'shared views reach workers of ours, a pool\'s included', async (t) => {
  const name = newName()
  const code = `
    const { BroadcastChannel, parentPort } = require('worker_threads')
    const channel = new BroadcastChannel(${JSON.stringify(name)})
    channel.onmessage = ({ data }) => {
      data.add(0, 1)
      channel.postMessage([data])
      channel.close()
      parentPort.close()
    }
    parentPort.postMessage('ready')
  `
  const workers = [1, 2].map(() => startWorker(t, code))
  await Promise.all(workers.map((worker) => once(worker, 'message')))
  const channel = open(t, name)
  const events = eventsOf(channel)
  const counter = newView()
  const ended = Promise.all(workers.map((worker) => once(worker, 'exit')))
  channel.postMessage(counter)
  const answers = [await events.next(), await events.next()]
  for (const [type, [view]] of answers) t.deepEqual([type, view.load(0) > 0], ['message', true])
  // Each may have heard the other one's array, which has no method add().
  await ended.catch(() => {})
  t.true(counter.load(0) >= 1)
})

beyond('Node\'s class cannot carry them', 'a shared view reaches a Worker of Node that loads this package', async (t) => {
  const name = newName()
  const code = `
    const { parentPort } = require('worker_threads')
    const { BroadcastChannel } = require(${JSON.stringify(packageRoot)})
    const channel = new BroadcastChannel(${JSON.stringify(name)})
    channel.onmessage = ({ data: { view, blob } }) => {
      view.add(0, 1)
      channel.postMessage({ view, blob })
      channel.close()
    }
    parentPort.postMessage('ready')
  `
  const worker = new node.Worker(code, { eval: true })
  t.teardown(() => worker.terminate())
  await once(worker, 'message')
  const channel = open(t, name)
  const events = eventsOf(channel)
  const view = newView()
  channel.postMessage({ view, blob: new Blob(['text']) })
  const [type, data] = await events.next()
  t.deepEqual([type, data.view.load(0), view.load(0), await data.blob.text()], ['message', 1, 1, 'text'])
})

beyond('Node\'s class cannot carry them', 'every sender\'s messages arrive in their order at each channel, whatever carries them', async (t) => {
  const name = newName()
  const each = 300
  const code = (sender) => `
    const { AtomicView, BroadcastChannel, parentPort } = require(${JSON.stringify(packageRoot)})
    const channel = new BroadcastChannel(${JSON.stringify(name)})
    parentPort.once('message', () => {
      const view = new AtomicView(new SharedArrayBuffer(4))
      for (let number = 0; number < ${each}; number++) {
        const message = { sender: ${sender}, number }
        channel.postMessage(number * ${sender + 7} % 3 === 0 ? { ...message, view } : message)
      }
      channel.close()
      parentPort.close()
    })
    parentPort.postMessage('ready')
  `
  const workers = [0, 1, 2].map((sender) => startWorker(t, code(sender)))
  await Promise.all(workers.map((worker) => once(worker, 'message')))
  const receivers = [open(t, name), open(t, name)].map((channel) => {
    const numbers = [[], [], []]
    let failed = 0
    channel.onmessage = ({ data: { sender, number } }) => numbers[sender].push(number)
    channel.onmessageerror = () => failed++
    return { numbers, failed: () => failed, isDone: () => numbers.flat().length === each * 3 }
  })
  const ended = Promise.all(workers.map((worker) => once(worker, 'exit')))
  for (const worker of workers) worker.postMessage('go')
  await ended
  while (!receivers.every(({ isDone }) => isDone())) await settled()
  for (const { numbers, failed } of receivers) {
    for (const list of numbers) t.deepEqual(list, Array.from({ length: each }, (_, index) => index))
    t.is(failed(), 0)
  }
})

beyond('Node\'s class cannot carry them', 'a channel that is opened while others post hears no marker without its message', async (t) => {
  const name = newName()
  const stop = newView()
  const worker = startWorker(t, `
    const { BroadcastChannel, workerData: stop, parentPort } = require(${JSON.stringify(packageRoot)})
    const channel = new BroadcastChannel(${JSON.stringify(name)})
    parentPort.postMessage('ready')
    while (stop.load(0) === 0) channel.postMessage({ stop })
    channel.close()
  `, { workerData: stop })
  await once(worker, 'message')
  let heard = 0
  let failed = 0
  for (let round = 0; round < 200; round++) {
    const channel = new BroadcastChannel(name)
    channel.onmessageerror = () => failed++
    await new Promise((resolve) => { channel.onmessage = resolve })
    heard++
    channel.close()
  }
  stop.store(0, 1)
  await once(worker, 'exit')
  t.deepEqual([heard, failed], [200, 0])
})

beyond('Node\'s class cannot carry them', 'a worker that is terminated while it posts leaves nothing behind that a later message is mistaken for', async (t) => {
  const name = newName()
  const channel = open(t, name)
  const events = eventsOf(channel)
  for (let round = 0; round < 15; round++) {
    const worker = startWorker(t, `
      const { BroadcastChannel, AtomicView } = require(${JSON.stringify(packageRoot)})
      const channel = new BroadcastChannel(${JSON.stringify(name)})
      const view = new AtomicView(new SharedArrayBuffer(4))
      for (let number = 0; ; number++) channel.postMessage(number % 2 ? { number } : { number, view })
    `)
    const [, first] = await events.next()
    t.is(first.number, 0)
    await worker.terminate()
    const later = open(t, name)
    later.postMessage({ later: newView() })
    later.postMessage({ later: true })
    later.close()
    let number = 0
    for (;;) {
      const [type, data] = await events.next()
      t.is(type, 'message')
      if (data.later !== undefined) break
      if (data.number !== ++number) t.fail(`${data.number} follows ${number - 1}`)
    }
    t.deepEqual(await events.next(), ['message', { later: true }])
  }
})

beyond('Node\'s class cannot carry them', 'a post that the timeout of node:vm ends leaves nothing behind that a later message is mistaken for', async (t) => {
  const name = newName()
  const [sender, receiver] = [open(t, name), eventsOf(open(t, name))]
  const view = newView()
  for (let round = 0; round < 30; round++) {
    const post = () => sender.postMessage({ view })
    t.is(thrownBy(() => vm.runInNewContext('for (;;) post()', { post }, { timeout: 1 + round % 3 })).code, 'ERR_SCRIPT_EXECUTION_TIMEOUT')
    sender.postMessage({ view, round })
    sender.postMessage('end')
    let last
    for (let event; (event = await receiver.next())[1] !== 'end'; last = event);
    t.deepEqual([last[0], last[1].round], ['message', round])
  }
})

it('what a worker posts right before it exits arrives', async (t) => {
  const name = newName()
  const events = eventsOf(open(t, name))
  const view = isPeer ? '[2]' : 'new (require(root).AtomicView)(new SharedArrayBuffer(4))'
  const worker = startWorker(t, `
    const root = ${JSON.stringify(packageRoot)}
    const channel = new (require('worker_threads').BroadcastChannel)(${JSON.stringify(name)})
    channel.postMessage([1])
    channel.postMessage(${view})
    process.exit()
  `)
  await once(worker, 'exit')
  t.deepEqual(await events.next(), ['message', [1]])
  t.is((await events.next())[0], 'message')
})

beyond('Node\'s class refuses it', 'a messageerror among messages that only this package can read is counted once', async (t) => {
  const name = newName()
  const [sender, receiver] = [open(t, name), eventsOf(open(t, name))]
  const nodes = open(t, name, node.BroadcastChannel)
  const buffer = new ArrayBuffer(8, { maxByteLength: 8 })
  const view = new Uint8Array(buffer, 0, 8)
  const broken = [{ get a () { return buffer.resize(0) } }, buffer, { get a () { return buffer.resize(8) } }, view]
  for (let round = 0; round < 3; round++) {
    sender.postMessage(newView())
    nodes.postMessage(broken)
    sender.postMessage(round)
  }
  const events = []
  while (events.length < 9) events.push(await receiver.next())
  t.is(events.filter(([type]) => type === 'messageerror').length, 3)
  t.is(events.filter(([, data]) => data instanceof api.AtomicView).length, 3)
  t.deepEqual(events.filter(([, data]) => typeof data === 'number').map(([, data]) => data), [0, 1, 2])
})

beyond('Node\'s class cannot carry them', 'a getter that posts comes first', async (t) => {
  const name = newName()
  const [sender, receiver] = [open(t, name), eventsOf(open(t, name))]
  const view = newView()
  sender.postMessage({
    get first () {
      sender.postMessage({ first: view })
      return new BroadcastChannel(name).close()
    },
    view
  })
  const [[, first], [, second]] = [await receiver.next(), await receiver.next()]
  t.deepEqual([Object.keys(first), Object.keys(second)], [['first'], ['first', 'view']])
})

beyond('Node has no such function', 'under isothreads/register all names are this class', async (t) => {
  const code = `
    const node = require('node:worker_threads')
    const api = require(${JSON.stringify(packageRoot)})
    const { BroadcastChannel } = globalThis
    console.log(node.BroadcastChannel === api.BroadcastChannel, BroadcastChannel === api.BroadcastChannel)
    new node.Worker('const { BroadcastChannel } = require("worker_threads"); console.log(globalThis.BroadcastChannel === BroadcastChannel)', { eval: true })
  `
  const { stdout, stderr } = await runNode(['-r', `${packageRoot}/register.js`, '-e', code])
  t.deepEqual([stdout, stderr], ['true true\ntrue\n', ''])
})

// ---- what Node posts first ----

beyond('Node\'s class cannot carry them', 'getters run once, whoever carries the message, and whether or not this thread has objects of this package', async (t) => {
  const code = `
    const { AtomicView, BroadcastChannel } = require(${JSON.stringify(packageRoot)})
    const [sender, one, two] = [1, 2, 3].map(() => new BroadcastChannel('getters once'))
    const heard = []
    for (const channel of [one, two]) {
      channel.onmessage = channel.onmessageerror = ({ type, data }) => {
        if (data === 'end') channel.close()
        else heard.push([type, data?.runs])
      }
    }
    const outcomes = []
    const post = (title, make) => {
      let runs = 0
      const message = make({ get runs () { return ++runs } })
      try { sender.postMessage(message) } catch (error) { outcomes.push([title, runs, error.name]); return }
      outcomes.push([title, runs])
    }
    const all = () => {
      post('getter', (object) => object)
      post('function after it', (object) => Object.assign(object, { method () {} }))
      post('port after it', (object) => Object.assign(object, { port: new MessageChannel().port1 }))
      post('getter that throws', (object) => Object.defineProperty(object, 'bad', { get () { throw new RangeError('mine') }, enumerable: true }))
    }
    all()
    const view = new AtomicView(new SharedArrayBuffer(4))
    all()
    post('view after it', (object) => Object.assign(object, { view }))
    post('Blob after it', (object) => Object.assign(object, { blob: new Blob(['a']) }))
    sender.postMessage('end')
    sender.close()
    process.on('exit', () => console.log(JSON.stringify([outcomes, heard])))
  `
  const { stdout, stderr } = await runNode(['-e', code])
  t.is(stderr, '')
  const [outcomes, heard] = JSON.parse(stdout)
  const each = [['getter', 1], ['function after it', 1, 'DataCloneError'], ['port after it', 1, since(22, 'DataCloneError', 'TypeError')], ['getter that throws', 1, 'RangeError']]
  t.deepEqual(outcomes, [...each, ...each, ['view after it', 1], ['Blob after it', 1]])
  t.deepEqual(heard, Array(8).fill(['message', 1]))
})

beyond('Node\'s class cannot carry them', 'a thread without objects of this package posts what only this package can carry', async (t) => {
  const code = `
    const { BroadcastChannel, MessageChannel } = require(${JSON.stringify(packageRoot)})
    const [sender, one, two] = [1, 2, 3].map(() => new BroadcastChannel('without objects'))
    const heard = []
    for (const channel of [one, two]) {
      channel.onmessage = ({ data }) => {
        if (data === 'end') channel.close()
        else heard.push(data instanceof Blob ? 'Blob' : data.HERE)
      }
    }
    sender.postMessage(new Blob(['a']))
    process.env.HERE = 'yes'
    sender.postMessage(process.env)
    let text
    try { sender.postMessage({ port: new MessageChannel().port1 }) } catch (error) { text = error.message }
    sender.postMessage('end')
    sender.close()
    process.on('exit', () => console.log(JSON.stringify([heard.sort(), text])))
  `
  const { stdout, stderr } = await runNode(['-e', code])
  t.is(stderr, '')
  t.deepEqual(JSON.parse(stdout), [
    ['Blob', 'Blob', 'yes', 'yes'],
    'Object that needs transfer was found in message but not listed in transferList'
  ])
})
