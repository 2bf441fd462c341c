'use strict'

// moveMessagePortToContext(): ports as objects of a context of node:vm.

const { once } = require('node:events')
const vm = require('node:vm')
const workerThreads = require('node:worker_threads')
const test = require('ava')
const { api, beyondNode, bounded, nextMessage, since, startWorker, thrownBy } = require('./helpers')

const it = bounded(test)
const beyond = beyondNode(test)
const { MessageChannel, MessagePort, moveMessagePortToContext, receiveMessageOnPort } = api

const describe = ({ name, code, message }) => ({ name, code, message })

/**
 * A channel whose first port was moved, as the global `port` of a context.
 * @returns {{ outer: MessagePort, inner: object, run: (code: string) => any }}
 */
function channelInto (t, globals = {}) {
  const context = vm.createContext({ ...globals })
  const { port1, port2 } = new MessageChannel()
  context.port = moveMessagePortToContext(port1, context)
  t.teardown(() => port2.close())
  return { context, original: port1, outer: port2, inner: context.port, run: (code) => vm.runInContext(code, context) }
}

/** What the next message on the moved port makes of `expression`, in which `event` is what onmessage got. */
function onNextMessage ({ context, run }, expression) {
  return new Promise((resolve) => {
    context.resolve = resolve
    run(`port.onmessage = function (event) { resolve(${expression}) }; port.start()`)
  })
}

it('the port is an object of the context, and no EventTarget', (t) => {
  const { inner, run } = channelInto(t)
  t.true(run('port instanceof Object'))
  t.false(inner instanceof Object)
  t.false(inner instanceof MessagePort)
  t.is(run('port.constructor.name'), 'MessagePort')
  t.deepEqual(run("JSON.stringify(['on', 'addEventListener', 'emit', 'postMessage', 'start', 'close', 'ref', 'unref'].map((name) => typeof port[name]))"),
    JSON.stringify(['undefined', 'undefined', 'undefined', 'function', 'function', 'function', 'function', 'function']))
  for (const code of ['new port.constructor()', 'port.constructor()']) {
    t.is(thrownBy(() => run(code)).code, 'ERR_CONSTRUCT_CALL_INVALID')
  }
})

it('messages that were queued before and that are posted later arrive, made in the context', async (t) => {
  const context = vm.createContext()
  const { port1, port2 } = new MessageChannel()
  t.teardown(() => port2.close())
  port2.postMessage({ queued: [1] })
  context.port = moveMessagePortToContext(port1, context)
  const channel = { context, run: (code) => vm.runInContext(code, context) }
  const [data, made] = await onNextMessage(channel, `[JSON.stringify(event.data), [
    this === port, event instanceof Object, event.constructor.name, event.type, event.target === port, event.ports instanceof Array,
    event.data instanceof Object, event.data.queued instanceof Array, Object.keys(event).join()
  ]]`)
  t.is(data, '{"queued":[1]}')
  t.deepEqual([...made], [true, true, 'MessageEvent', 'message', true, true, true, true, 'data,target,type,ports'])
  // Plain records, errors, and collections take different ways.
  for (const [value, expression, expected] of [
    [{ id: 1, name: 'x' }, 'event.data instanceof Object && event.data.name', 'x'],
    [[1, 2], 'event.data instanceof Array && String(event.data)', '1,2'],
    [new Map([[1, 2]]), 'event.data instanceof Map && event.data.get(1)', 2],
    [new TypeError('text'), 'event.data instanceof TypeError && event.data.message', 'text'],
    [new Uint8Array(3), 'event.data instanceof Uint8Array && event.data.buffer instanceof ArrayBuffer && event.data.length', 3],
    [5, 'event.data', 5]
  ]) {
    const answer = onNextMessage(channel, expression)
    port2.postMessage(value)
    t.is(await answer, expected)
  }
})

it('the context posts to the other side', async (t) => {
  const { outer, run } = channelInto(t)
  t.true(run('port.postMessage({ from: ["the context"] })'))
  const [message] = await once(outer, 'message')
  t.deepEqual(message, { from: ['the context'] })
  t.is(Object.getPrototypeOf(message), Object.prototype)
  t.like(thrownBy(() => run('port.postMessage(() => {})')), { name: 'DataCloneError', code: 25 })
  t.is(thrownBy(() => run('port.postMessage()')).code, 'ERR_MISSING_ARGS')
})

it('ports in messages are created in the context, and can be moved on', async (t) => {
  const channel = channelInto(t)
  const { port1, port2 } = new MessageChannel()
  const answer = onNextMessage(channel, `[
    event.ports.length, event.ports[0] === event.data.sent, event.data.sent instanceof Object, event.data.sent.constructor === port.constructor,
    event.data.sent.postMessage('through the sent port'), event.data.sent
  ]`)
  channel.outer.postMessage({ sent: port2 }, [port2])
  const [count, ...rest] = await answer
  const sent = rest.pop()
  t.deepEqual([count, ...rest], [1, true, true, true, true])
  t.deepEqual(await once(port1, 'message'), ['through the sent port'])
  const worker = startWorker(t, "require('worker_threads').parentPort.once('message', (port) => port.postMessage('from a worker'))")
  worker.postMessage(sent, [sent])
  t.deepEqual(await once(port1, 'message'), ['from a worker'])
  port1.close()
})

it('receiveMessageOnPort creates the message in the context', (t) => {
  const { outer, inner, context, run } = channelInto(t)
  outer.postMessage({ now: true })
  const received = receiveMessageOnPort(inner)
  t.true(received instanceof Object)
  t.false(received.message instanceof Object)
  context.message = received.message
  t.true(run('message instanceof Object && message.now'))
  t.is(receiveMessageOnPort(inner), undefined)
})

if (since(22, true, false)) {
  it('objects of classes that the context does not have are a messageerror', async (t) => {
    const { outer, context, run } = channelInto(t)
    const failed = new Promise((resolve) => {
      context.resolve = resolve
      run('port.onmessageerror = (event) => resolve([event.type, event.data.code, event.data.message]); port.start()')
    })
    outer.postMessage(new DOMException('text', 'AbortError'))
    t.deepEqual([...await failed], ['messageerror', 'ERR_MESSAGE_TARGET_CONTEXT_UNAVAILABLE',
      'A message object could not be deserialized successfully in the target vm.Context'])
  })
}

it('the port can be moved to another context, and to the same one again', async (t) => {
  const first = channelInto(t)
  const other = vm.createContext()
  other.port = moveMessagePortToContext(first.inner, other)
  t.true(vm.runInContext('port instanceof Object', other))
  const answer = onNextMessage({ context: other, run: (code) => vm.runInContext(code, other) }, 'event.data instanceof Object && event.data.text')
  first.outer.postMessage({ text: 'moved twice' })
  t.is(await answer, 'moved twice')
  const again = moveMessagePortToContext(other.port, other)
  t.true(vm.runInContext('(again) => again instanceof Object', other)(again))
})

it('closing the port closes the other side, and calls back', async (t) => {
  const { outer, context, run } = channelInto(t)
  const closed = once(outer, 'close')
  const calledBack = new Promise((resolve) => { context.resolve = resolve })
  run('port.close(function () { resolve([this === port, arguments.length]) })')
  outer.start()
  t.deepEqual([...await calledBack], [true, 0])
  await closed
  t.is(run("port.postMessage('nowhere')"), undefined)
  t.deepEqual(describe(thrownBy(() => moveMessagePortToContext(context.port, context))), {
    name: 'Error', code: 'ERR_CLOSED_MESSAGE_PORT', message: 'Cannot send data on closed MessagePort'
  })
})

beyond('Node emits no close then', 'the original port is detached, and emits close', async (t) => {
  const context = vm.createContext()
  const { port1, port2 } = new MessageChannel()
  const closed = once(port1, 'close')
  const moved = moveMessagePortToContext(port1, context)
  port1.postMessage('nowhere')
  await closed
  t.is(receiveMessageOnPort(port2), undefined)
  t.is(moved.hasRef(), true)
  moved.unref()
  t.is(moved.hasRef(), false)
  port2.close()
})

it('arguments that are no port and no context are refused', (t) => {
  const { port1, port2 } = new MessageChannel()
  const noPort = { name: 'TypeError', code: 'ERR_INVALID_ARG_TYPE', message: 'The "port" argument must be a MessagePort instance' }
  for (const value of [undefined, 5, {}, null]) {
    t.deepEqual(describe(thrownBy(() => moveMessagePortToContext(value, vm.createContext()))), noPort)
  }
  const noContext = { name: 'TypeError', code: 'ERR_INVALID_ARG_TYPE', message: 'Invalid context argument' }
  for (const value of [undefined, 5, {}, null]) {
    t.deepEqual(describe(thrownBy(() => moveMessagePortToContext(port1, value))), noContext)
  }
  port1.postMessage('still there')
  t.deepEqual(receiveMessageOnPort(port2), { message: 'still there' })
  port1.close()
})

it('a worker moves ports, too', async (t) => {
  const worker = startWorker(t, `
    const vm = require('vm')
    const { MessageChannel, moveMessagePortToContext, parentPort } = require('worker_threads')
    const { port1, port2 } = new MessageChannel()
    const context = vm.createContext({ done: (value) => { parentPort.postMessage(value); port2.close() } })
    context.port = moveMessagePortToContext(port1, context)
    vm.runInContext('port.onmessage = ({ data }) => done(data instanceof Object && data.a); port.start()', context)
    port2.postMessage({ a: 1, b: 2 })
  `)
  t.is(await nextMessage(worker), 1)
})

beyond('it is about the two kinds of ports', 'ports of Node go to Node\'s function', (t) => {
  const { port1, port2 } = new workerThreads.MessageChannel()
  const context = vm.createContext()
  const moved = moveMessagePortToContext(port1, context)
  port2.postMessage({ a: 1 })
  t.false(workerThreads.receiveMessageOnPort(moved).message instanceof Object)
  port2.close()
})

beyond('in Node it is another way', 'code in the context cannot make ports of keys', (t) => {
  const { run } = channelInto(t)
  t.is(run('Object.getPrototypeOf(Object.getPrototypeOf(port)) === Object.prototype'), true)
  t.is(run('Object.getPrototypeOf(port.constructor) === Function.prototype'), true)
})

it('errors of its methods are objects of the context', (t) => {
  const { context, outer, run } = channelInto(t)
  context.port2 = outer
  for (const [code, expected] of [
    ['port.postMessage(Symbol("s"))', { name: 'DataCloneError', code: 25, message: 'Symbol(s) could not be cloned.' }],
    ['port.postMessage(port2, [port2, port2])', { name: 'DataCloneError', code: 25, message: 'Transfer list contains duplicate MessagePort' }],
    ['port.postMessage()', { name: 'TypeError', code: 'ERR_MISSING_ARGS', message: 'Not enough arguments to MessagePort.postMessage' }],
    ['port.postMessage({}, 5)', { name: 'TypeError', code: undefined, message: 'Optional transferList argument must be an iterable' }],
    ['port.start.call({})', { name: 'TypeError', code: undefined, message: 'Illegal invocation' }]
  ]) {
    context.error = thrownBy(() => run(code))
    const { name, code: errorCode, message } = context.error
    t.deepEqual({ name, message }, { name: expected.name, message: expected.message }, code)
    if (expected.code !== undefined) t.is(errorCode, expected.code)
    t.true(run('error instanceof Object && error instanceof Error'), code)
  }
  context.own = new RangeError('of a getter')
  t.is(thrownBy(() => run('port.postMessage({ get a () { throw own } })')), context.own)
})
