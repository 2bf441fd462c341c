'use strict'

const { inspect } = require('node:util')
const test = require('ava')
const {
  MessageChannel, MessagePort, receiveMessageOnPort, bounded, beyondNode, settled, startWorker, nextMessage, eventsUntilExit, runFixture,
  thrownBy, describeError, typeError
} = require('./helpers')

const it = bounded(test)
const itBeyondNode = beyondNode(test)

/** Two entangled ports that end with the test. */
function channel (t) {
  const { port1, port2 } = new MessageChannel()
  t.teardown(() => { port1.close(); port2.close() })
  return { port1, port2 }
}

/** Collects the messages of a port until there are `count`. */
function collect (port, count) {
  return new Promise((resolve) => {
    const messages = []
    port.on('message', (message) => {
      if (messages.push(message) === count) resolve(messages)
    })
  })
}

it('on receives the value itself, with the port as this', async (t) => {
  const { port1, port2 } = channel(t)
  const received = new Promise((resolve) => port2.on('message', function (...args) { resolve([this, args]) }))
  port1.postMessage({ hello: 1 })
  const [self, args] = await received
  t.is(self, port2)
  t.deepEqual(args, [{ hello: 1 }])
})

it('both ends send and receive', async (t) => {
  const { port1, port2 } = channel(t)
  port2.on('message', (message) => port2.postMessage(message + 1))
  const received = collect(port1, 1)
  port1.postMessage(1)
  t.deepEqual(await received, [2])
})

it('once receives one message and leaves the rest queued', async (t) => {
  const { port1, port2 } = channel(t)
  for (const n of [1, 2, 3]) port1.postMessage(n)
  const messages = []
  port2.once('message', (message) => messages.push(message))
  await settled()
  t.deepEqual(messages, [1])
  t.deepEqual(receiveMessageOnPort(port2), { message: 2 })
  t.deepEqual(receiveMessageOnPort(port2), { message: 3 })
})

it('messages wait after off and arrive at the next listener', async (t) => {
  const { port1, port2 } = channel(t)
  const messages = []
  const listener = (message) => messages.push(message)
  port2.on('message', listener)
  port1.postMessage(1)
  await settled()
  port2.off('message', listener)
  port1.postMessage(2)
  await settled()
  t.deepEqual(messages, [1])
  port2.on('message', listener)
  await settled()
  t.deepEqual(messages, [1, 2])
})

it('addEventListener receives a MessageEvent', async (t) => {
  const { port1, port2 } = channel(t)
  const passenger = channel(t)
  const received = new Promise((resolve) => port2.addEventListener('message', (event) => resolve({ event, currentTarget: event.currentTarget })))
  port1.postMessage({ port: passenger.port1 }, [passenger.port1])
  const { event, currentTarget } = await received
  t.true(event instanceof Event)
  t.is(Object.getPrototypeOf(event), globalThis.MessageEvent.prototype)
  t.is(event.type, 'message')
  t.is(event.target, port2)
  t.is(currentTarget, port2)
  t.is(event.ports.length, 1)
  t.true(event.ports[0] instanceof MessagePort)
  t.is(event.ports[0], event.data.port)
  t.deepEqual([event.origin, event.lastEventId, event.source], ['', '', null])
  event.data.port.close()
})

it('the ports of an event are those of its message alone, in the order of the transfer list', async (t) => {
  const { port1, port2 } = channel(t)
  const events = []
  const received = new Promise((resolve) => port2.addEventListener('message', (event) => events.push(event) === 3 && resolve()))
  const [a, b] = [channel(t), channel(t)]
  port1.postMessage({ a: a.port1, b: b.port1 }, [b.port1, a.port1])
  port1.postMessage('none')
  port1.postMessage('only listed', [a.port2])
  await received
  t.deepEqual(events.map((event) => event.ports.length), [2, 0, 1])
  t.is(events[0].ports[0], events[0].data.b)
  t.is(events[0].ports[1], events[0].data.a)
  for (const port of events.flatMap((event) => [...event.ports])) port.close()
})

it('a listener may be an object with handleEvent, is added once, and obeys { once: true }', async (t) => {
  const { port1, port2 } = channel(t)
  const calls = []
  const listener = { handleEvent (event) { calls.push(['object', this === listener, event.data]) } }
  port2.addEventListener('message', listener)
  port2.addEventListener('message', listener)
  port2.addEventListener('message', (event) => calls.push(['once', event.data]), { once: true })
  port1.postMessage(1)
  port1.postMessage(2)
  await settled()
  t.deepEqual(calls, [['object', true, 1], ['once', 1], ['object', true, 2]])
})

it('removeEventListener takes the listener away', async (t) => {
  const { port1, port2 } = channel(t)
  const messages = []
  const gone = () => messages.push('gone')
  port2.addEventListener('message', gone)
  port2.addEventListener('message', (event) => messages.push(event.data))
  port2.removeEventListener('message', gone)
  port1.postMessage(1)
  await settled()
  t.deepEqual(messages, [1])
})

it('the data of an event is null for undefined, also in a worker', async (t) => {
  const code = `
    const { parentPort } = require('worker_threads')
    parentPort.onmessage = ({ data }) => {
      parentPort.postMessage(data === null)
      parentPort.close()
    }
  `
  const worker = startWorker(t, code)
  worker.postMessage(undefined)
  const { port1, port2 } = new MessageChannel()
  t.teardown(() => port1.close())
  const event = new Promise((resolve) => { port2.onmessage = resolve })
  port1.postMessage(undefined)
  t.deepEqual([(await event).data, await nextMessage(worker)], [null, true])
})

it('onmessage receives a MessageEvent, with the port as this, and can be replaced and removed', async (t) => {
  const { port1, port2 } = channel(t)
  const calls = []
  t.is(port2.onmessage, null)
  port2.onmessage = () => calls.push('replaced')
  const handler = function (event) { calls.push([this === port2, event.type, event.target === port2, event.data]) }
  port2.onmessage = handler
  t.is(port2.onmessage, handler)
  port1.postMessage(1)
  await settled()
  port2.onmessage = null
  t.is(port2.onmessage, null)
  port1.postMessage(2)
  await settled()
  t.deepEqual(calls, [[true, 'message', true, 1]])
  t.deepEqual(receiveMessageOnPort(port2), { message: 2 })
})

it('all listeners get a message, in the order they were added, before the next message', async (t) => {
  const { port1, port2 } = channel(t)
  const calls = []
  port2.on('message', (message) => calls.push(`on ${message}`))
  port2.addEventListener('message', (event) => calls.push(`listener ${event.data}`))
  port2.onmessage = (event) => calls.push(`handler ${event.data}`)
  port1.postMessage(1)
  port1.postMessage(2)
  await settled()
  t.deepEqual(calls, ['on 1', 'listener 1', 'handler 1', 'on 2', 'listener 2', 'handler 2'])
})

it('a port is an EventTarget with the listener methods of an EventEmitter', (t) => {
  const { port1 } = channel(t)
  t.true(port1 instanceof EventTarget)
  t.true(port1 instanceof MessagePort)
  const calls = []
  const listener = (value) => calls.push(value)
  port1.addListener('custom', listener)
  t.is(port1.listenerCount('custom'), 1)
  t.true(port1.emit('custom', 5))
  port1.removeListener('custom', listener)
  t.false(port1.emit('custom', 6))
  port1.on('custom', listener)
  port1.removeAllListeners('custom')
  t.is(port1.listenerCount('custom'), 0)
  t.deepEqual(calls, [5])
})

it('the methods that chain return the port', (t) => {
  const { port1 } = channel(t)
  const listener = () => {}
  t.is(port1.on('x', listener), port1)
  t.is(port1.once('y', listener), port1)
  t.is(port1.off('x', listener), port1)
})

it('a channel has exactly port1 and port2', (t) => {
  const pair = new MessageChannel()
  t.deepEqual(Object.keys(pair), ['port1', 'port2'])
  t.true(pair.port1 instanceof MessagePort && pair.port2 instanceof MessagePort)
  pair.port1.close()
})

it('the constructors refuse what Node refuses', (t) => {
  const invalid = typeError('ERR_CONSTRUCT_CALL_INVALID', 'Constructor cannot be called')
  t.deepEqual(describeError(thrownBy(() => new MessagePort())), invalid)
  t.deepEqual(describeError(thrownBy(() => MessagePort())), invalid)
  t.deepEqual(describeError(thrownBy(() => new (class extends MessagePort {})())), invalid)
  t.deepEqual(describeError(thrownBy(() => MessageChannel())), typeError('ERR_CONSTRUCT_CALL_REQUIRED', 'Cannot call constructor without `new`'))
})

it('messages queue until a listener is there', async (t) => {
  const { port1, port2 } = channel(t)
  port1.postMessage('early')
  await settled()
  const received = collect(port2, 1)
  t.deepEqual(await received, ['early'])
})

it('a started port without listeners drops its messages', async (t) => {
  const { port1, port2 } = channel(t)
  port1.postMessage('queued')
  port2.start()
  port1.postMessage('posted')
  await settled()
  t.is(receiveMessageOnPort(port2), undefined)
  const received = collect(port2, 1)
  port1.postMessage('heard')
  t.deepEqual(await received, ['heard'])
})

it('10,000 messages arrive in order', async (t) => {
  const { port1, port2 } = channel(t)
  const received = collect(port2, 10_000)
  for (let n = 0; n < 10_000; n++) port1.postMessage(n)
  t.deepEqual(await received, Array.from({ length: 10_000 }, (_, n) => n))
})

it('10,000 messages go to a worker and back in order', async (t) => {
  const worker = startWorker(t, `
    const { parentPort } = require('worker_threads')
    parentPort.on('message', (n) => parentPort.postMessage(n))
  `)
  const received = collect(worker, 10_000)
  for (let n = 0; n < 10_000; n++) worker.postMessage(n)
  t.deepEqual(await received, Array.from({ length: 10_000 }, (_, n) => n))
})

it('each message is its own task: nextTick and microtasks run between two', async (t) => {
  const { port1, port2 } = channel(t)
  const order = []
  port2.on('message', (n) => {
    order.push(`message ${n}`)
    queueMicrotask(() => order.push(`microtask ${n}`))
    process.nextTick(() => order.push(`tick ${n}`))
  })
  for (const n of [1, 2, 3]) port1.postMessage(n)
  await settled()
  t.deepEqual(order, [1, 2, 3].flatMap((n) => [`message ${n}`, `tick ${n}`, `microtask ${n}`]))
})

it('each message is its own task inside a worker too', async (t) => {
  const worker = startWorker(t, `
    const { parentPort } = require('worker_threads')
    const order = []
    parentPort.on('message', (n) => {
      order.push('message ' + n)
      Promise.resolve().then(() => order.push('microtask ' + n))
      process.nextTick(() => order.push('tick ' + n))
      if (n === 3) setImmediate(() => parentPort.postMessage(order))
    })
  `)
  for (const n of [1, 2, 3]) worker.postMessage(n)
  t.deepEqual(await nextMessage(worker), [1, 2, 3].flatMap((n) => [`message ${n}`, `tick ${n}`, `microtask ${n}`]))
})

it('delivery is never synchronous', async (t) => {
  const { port1, port2 } = channel(t)
  const order = []
  port2.on('message', () => order.push('message'))
  port1.postMessage(1)
  order.push('posted')
  await settled()
  t.deepEqual(order, ['posted', 'message'])
})

it('a message that a getter posts on the same port comes first', (t) => {
  const { port1, port2 } = channel(t)
  port1.postMessage({ get outer () { port1.postMessage('inner'); return 1 } })
  t.deepEqual(receiveMessageOnPort(port2), { message: 'inner' })
  t.deepEqual(receiveMessageOnPort(port2), { message: { outer: 1 } })
})

it('a listener that throws is an uncaught exception, and the next message still arrives', async (t) => {
  const worker = startWorker(t, `
    const { parentPort, MessageChannel } = require('worker_threads')
    const { port1, port2 } = new MessageChannel()
    const events = []
    process.on('uncaughtException', (error) => events.push(error.message))
    port2.on('message', (n) => {
      if (n < 3) throw new Error('thrown ' + n)
      events.push(n)
      parentPort.postMessage(events)
      port2.close()
    })
    for (const n of [1, 2, 3]) port1.postMessage(n)
  `)
  const events = await eventsUntilExit(worker)
  t.deepEqual(events, [['online'], ['message', ['thrown 1', 'thrown 2', 3]], ['exit', 0]])
})

it('a listener that throws in the main thread is an uncaught exception, and the next message still arrives', async (t) => {
  const { code, stdout, stderr } = await runFixture('port-listener-throws.js')
  t.is(code, 0, stderr)
  t.deepEqual(JSON.parse(stdout), ['on 1', 'second listener 1', 'uncaught on 1', 'on 2', 'second listener 2', 'uncaught on 2'])
})

it('receiveMessageOnPort takes one message at a time, undefined included, and then undefined', (t) => {
  const { port1, port2 } = channel(t)
  t.is(receiveMessageOnPort(port2), undefined)
  port1.postMessage('a')
  port1.postMessage(undefined)
  t.deepEqual(receiveMessageOnPort(port2), { message: 'a' })
  const second = receiveMessageOnPort(port2)
  t.true(Object.hasOwn(second, 'message'))
  t.is(second.message, undefined)
  t.is(receiveMessageOnPort(port2), undefined)
})

it('receiveMessageOnPort takes a message away from the listeners of a started port', async (t) => {
  const { port1, port2 } = channel(t)
  const messages = []
  port2.on('message', (message) => messages.push(message))
  port1.postMessage('taken')
  port1.postMessage('heard')
  t.deepEqual(receiveMessageOnPort(port2), { message: 'taken' })
  await settled()
  t.deepEqual(messages, ['heard'])
})

it('receiveMessageOnPort of a closed port is undefined', (t) => {
  const { port1 } = new MessageChannel()
  port1.close()
  t.is(receiveMessageOnPort(port1), undefined)
})

itBeyondNode('Node crashes', 'receiveMessageOnPort of a port that moved away is undefined', (t) => {
  const { port1, port2 } = channel(t)
  const carrier = channel(t)
  port2.postMessage('for the new owner')
  carrier.port1.postMessage(port1, [port1])
  t.is(receiveMessageOnPort(port1), undefined)
  t.deepEqual(receiveMessageOnPort(receiveMessageOnPort(carrier.port2).message), { message: 'for the new owner' })
})

it('a port can be inspected, open and closed', async (t) => {
  const { port1 } = channel(t)
  t.regex(inspect(port1), /^MessagePort (?:\[EventTarget\] )?\{\s+active: true,\s+refed: false,/)
  port1.close()
  await settled()
  t.regex(inspect(port1), /^MessagePort (?:\[EventTarget\] )?\{\s+active: false,/)
})

it('postMessage() without a message is refused', (t) => {
  const error = typeError('ERR_MISSING_ARGS', 'Not enough arguments to MessagePort.postMessage')
  t.deepEqual(describeError(thrownBy(() => channel(t).port1.postMessage())), error)
  t.deepEqual(describeError(thrownBy(() => startWorker(t, '').postMessage())), error)
})
