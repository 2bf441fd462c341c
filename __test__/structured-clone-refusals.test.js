'use strict'

const test = require('ava')
const {
  MessageChannel, receiveMessageOnPort, structuredClone, markAsUncloneable, markAsUntransferable, isPeer, nodeMajor, bounded, beyondNode, startWorker, nextMessage,
  since, thrownBy, describeError, typeError, dataCloneError
} = require('./helpers')

const it = bounded(test)
const itBeyondNode = beyondNode(test)

const uncloneable = dataCloneError('Cannot clone object of unsupported type.')
const unsupportedTransfer = dataCloneError('Cannot transfer object of unsupported type.')
const missingTransfer = since(22,
  dataCloneError('Object that needs transfer was found in message but not listed in transferList'),
  typeError('ERR_MISSING_TRANSFERABLE_IN_TRANSFER_LIST', 'Object that needs transfer was found in message but not listed in transferList'))
const invalidTransfer = since(22,
  dataCloneError('Found invalid value in transferList.'),
  typeError('ERR_INVALID_TRANSFER_OBJECT', 'Found invalid object in transferList'))

function detachedBuffer () {
  const buffer = new ArrayBuffer(8)
  structuredClone(buffer, { transfer: [buffer] })
  return buffer
}

function closedPort () {
  const { port1 } = new MessageChannel()
  port1.close()
  return port1
}

function movedPort () {
  const { port1 } = new MessageChannel()
  structuredClone(port1, { transfer: [port1] }).close()
  return port1
}

function outOfBoundsView () {
  const buffer = new ArrayBuffer(8, { maxByteLength: 8 })
  const view = new Uint8Array(buffer, 4, 4)
  buffer.resize(4)
  return view
}

function markedAsUncloneable (object) {
  markAsUncloneable(object)
  return object
}

function untransferable (object) {
  markAsUntransferable(object)
  return object
}

/** What a message cannot hold, with the error it gives. Values are made anew for each test. */
const refusedValues = [
  ['an arrow function', () => () => 1, dataCloneError('() => 1 could not be cloned.')],
  // eslint-disable-next-line no-new-func
  ['a named function', () => new Function('return function named (x) { return x }')(), dataCloneError('function named (x) { return x } could not be cloned.')],
  ['a class', () => class A {}, dataCloneError('class A {} could not be cloned.')],
  ['a symbol', () => Symbol('s'), dataCloneError('Symbol(s) could not be cloned.')],
  ['a boxed symbol', () => Object(Symbol('s')), dataCloneError('[object Symbol] could not be cloned.')],
  ['a Proxy', () => new Proxy({}, {}), dataCloneError('#<Object> could not be cloned.')],
  ['a Promise', () => Promise.resolve(1), dataCloneError('#<Promise> could not be cloned.')],
  ['a WeakMap', () => new WeakMap(), dataCloneError('#<WeakMap> could not be cloned.')],
  ['a WeakSet', () => new WeakSet(), dataCloneError('#<WeakSet> could not be cloned.')],
  ['a WeakRef', () => new WeakRef({}), dataCloneError('#<WeakRef> could not be cloned.')],
  ['a generator', () => (function * () {})(), dataCloneError('[object Generator] could not be cloned.')],
  ['a function inside a Map inside an array', () => [new Map([['key', () => 2]])], dataCloneError('() => 2 could not be cloned.')],
  ['a symbol inside a Set', () => new Set([Symbol('deep')]), dataCloneError('Symbol(deep) could not be cloned.')],
  ['a function as the cause of an error', () => new Error('m', { cause: () => 3 }), dataCloneError('() => 3 could not be cloned.')],
  ['an unshared WebAssembly.Memory', () => new WebAssembly.Memory({ initial: 1 }), dataCloneError('#<Memory> could not be cloned.')],
  ['a WebAssembly.Instance', () => new WebAssembly.Instance(new WebAssembly.Module(new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0]))),
    dataCloneError('#<Instance> could not be cloned.')],
  ['a detached ArrayBuffer', detachedBuffer, dataCloneError('An ArrayBuffer is detached and could not be cloned.')],
  ['a view of a detached ArrayBuffer', () => {
    const view = new Uint8Array(8)
    structuredClone(view, { transfer: [view.buffer] })
    return view
  }, dataCloneError('An ArrayBuffer is detached and could not be cloned.')],
  ['a view that a resize left out of bounds', outOfBoundsView, dataCloneError('[object Object] could not be cloned.')],
  ['a port that is not listed', () => new MessageChannel().port1, missingTransfer],
  ['a closed port that is not listed', closedPort, dataCloneError(since(22, 'Cannot clone object of unsupported type.', 'Cannot transfer object of unsupported type.'))],
  ['a port that moved away', movedPort, dataCloneError(since(22, 'Cannot clone object of unsupported type.', 'Cannot transfer object of unsupported type.'))],
  ...(nodeMajor >= 22
    ? [
        ['a URL', () => new URL('file:///'), uncloneable],
        ['Headers inside an array', () => [new Headers()], uncloneable],
        ['a FormData', () => new FormData(), uncloneable],
        ['a MessageEvent', () => new MessageEvent('message'), uncloneable],
        ['a marked object', () => markedAsUncloneable({ a: 1 }), uncloneable],
        ['a marked instance in a Map', () => new Map([[1, markedAsUncloneable(new (class A {})())]]), uncloneable],
        ['a marked frozen object', () => markedAsUncloneable(Object.freeze({})), uncloneable]
      ]
    : [])
]

/** What a transfer list cannot hold: a list, and the message that goes with it (the list's first entry without one). */
const refusedLists = [
  ['one ArrayBuffer twice', () => { const buffer = new ArrayBuffer(4); return [buffer, buffer] }, dataCloneError('Transfer list contains duplicate ArrayBuffer')],
  ['one port twice', () => { const { port1 } = new MessageChannel(); return [port1, port1] }, dataCloneError('Transfer list contains duplicate MessagePort')],
  ['a closed port', () => [closedPort()], dataCloneError('MessagePort in transfer list is already detached')],
  ['a port that moved away', () => [movedPort()], dataCloneError('MessagePort in transfer list is already detached')],
  ['an object', () => [{}], invalidTransfer],
  ['a Date', () => [new Date()], invalidTransfer],
  ['a typed array', () => [new Uint8Array(4)], invalidTransfer],
  ['a function', () => [() => {}], invalidTransfer, 'message'],
  ...(nodeMajor >= 22
    ? [
        ['a detached ArrayBuffer', () => [detachedBuffer()], unsupportedTransfer],
        ['a marked ArrayBuffer', () => [untransferable(new ArrayBuffer(8))], unsupportedTransfer],
        ['a marked port', () => [untransferable(new MessageChannel().port1)], unsupportedTransfer],
        ['the buffer of a WebAssembly.Memory', () => [new WebAssembly.Memory({ initial: 1 }).buffer], unsupportedTransfer]
      ]
    : [
        ['a marked port', () => [untransferable(new MessageChannel().port1)], missingTransfer]
      ]),
  ...(isPeer ? [['a SharedArrayBuffer', () => [new SharedArrayBuffer(8)], invalidTransfer]] : [])
]

/** Ways to send: each gives `send`, and `check`, which fails when anything arrived. */
const routes = {
  'a port' (t) {
    const { port1, port2 } = new MessageChannel()
    t.teardown(() => port1.close())
    return {
      send: (value, list) => port1.postMessage(value, list),
      check: () => t.is(receiveMessageOnPort(port2), undefined)
    }
  },
  'a worker' (t) {
    const worker = startWorker(t, `
      const { parentPort } = require('worker_threads')
      parentPort.once('message', (value) => parentPort.postMessage(['first', value]))
    `)
    return {
      send: (value, list) => worker.postMessage(value, list),
      async check () {
        worker.postMessage('marker')
        t.deepEqual(await nextMessage(worker), ['first', 'marker'])
      }
    }
  },
  structuredClone: () => ({
    send: (value, transfer) => structuredClone(value, { transfer }),
    check: () => {}
  })
}

/** Listed before the refused object: they must not move. */
function bystanders (t) {
  const buffer = new Uint8Array([1, 2, 3]).buffer
  const view = new Uint8Array(buffer)
  const { port1, port2 } = new MessageChannel()
  t.teardown(() => port1.close())
  return {
    list: [buffer, port1],
    checkUntouched () {
      t.deepEqual([...view], [1, 2, 3])
      port1.postMessage('there')
      port2.postMessage('back')
      t.deepEqual(receiveMessageOnPort(port2), { message: 'there' })
      t.deepEqual(receiveMessageOnPort(port1), { message: 'back' })
    }
  }
}

for (const [routeName, route] of Object.entries(routes)) {
  for (const [name, make, expected] of refusedValues) {
    it(`${name} in a message to ${routeName}: refused, nothing moved`, async (t) => {
      const { send, check } = route(t)
      const { list, checkUntouched } = bystanders(t)
      t.deepEqual(describeError(thrownBy(() => send({ list, refused: make() }, list))), expected)
      checkUntouched()
      await check()
    })
  }

  for (const [name, make, expected, message] of refusedLists) {
    it(`${name} in the transfer list of ${routeName}: refused, nothing moved`, async (t) => {
      const { send, check } = route(t)
      const { list, checkUntouched } = bystanders(t)
      const refused = make()
      t.deepEqual(describeError(thrownBy(() => send({ list, refused: message ?? refused[0] }, [...list, ...refused]))), expected)
      checkUntouched()
      if (refused.length === 2 && refused[0] instanceof ArrayBuffer) t.is(refused[0].byteLength, 4)
      await check()
    })
  }

  it(`a function as the whole message to ${routeName}`, async (t) => {
    const { send, check } = route(t)
    t.deepEqual(describeError(thrownBy(() => send(() => 1))), dataCloneError('() => 1 could not be cloned.'))
    await check()
  })

  for (const thrown of [new RangeError('mine'), 'a string', undefined, null]) {
    it(`a getter that throws ${thrown} in a message to ${routeName}: the very same is thrown, nothing moved`, async (t) => {
      const { send, check } = route(t)
      const { list, checkUntouched } = bystanders(t)
      t.is(thrownBy(() => send({ list, get bad () { throw thrown } }, list)), thrown)
      checkUntouched()
      await check()
    })
  }

  it(`a transfer list that throws while it is read, to ${routeName}: nothing moved`, async (t) => {
    const { send, check } = route(t)
    const { list, checkUntouched } = bystanders(t)
    const error = new RangeError('mine')
    t.is(thrownBy(() => send({ list }, (function * () { yield * list; throw error })())), error)
    checkUntouched()
    await check()
  })

  itBeyondNode('Node aborts the process', `a getter that moves a listed port away from under ${routeName}: refused, nothing else moved`, async (t) => {
    const { send, check } = route(t)
    const { list, checkUntouched } = bystanders(t)
    const { port1, port2 } = new MessageChannel()
    let elsewhere
    const message = { list, port1, get move () { elsewhere = structuredClone(port1, { transfer: [port1] }); return 1 } }
    t.deepEqual(describeError(thrownBy(() => send(message, [...list, port1]))), dataCloneError('MessagePort in transfer list is already detached'))
    checkUntouched()
    elsewhere.postMessage('alive')
    t.deepEqual(receiveMessageOnPort(port2), { message: 'alive' })
    elsewhere.close()
    await check()
  })
}

it('a port in its own transfer list: refused, and both ends go on', (t) => {
  const { port1, port2 } = new MessageChannel()
  const { list, checkUntouched } = bystanders(t)
  t.deepEqual(describeError(thrownBy(() => port1.postMessage({ list, port1 }, [...list, port1]))), dataCloneError('Transfer list contains source port'))
  checkUntouched()
  t.is(receiveMessageOnPort(port2), undefined)
  port1.postMessage('still here')
  t.deepEqual(receiveMessageOnPort(port2), { message: 'still here' })
  port1.close()
})

it('a port in its own message, not listed', (t) => {
  const { port1, port2 } = new MessageChannel()
  t.deepEqual(describeError(thrownBy(() => port1.postMessage(port1))), missingTransfer)
  t.is(receiveMessageOnPort(port2), undefined)
  port1.close()
})

it('a closed port still refuses what cannot be cloned', (t) => {
  t.deepEqual(describeError(thrownBy(() => closedPort().postMessage(() => 1))), dataCloneError('() => 1 could not be cloned.'))
})

it('a closed port still detaches what is transferred', (t) => {
  const buffer = new ArrayBuffer(8)
  closedPort().postMessage(buffer, [buffer])
  t.is(buffer.byteLength, 0)
})

it('markAsUntransferable takes anything and returns nothing', (t) => {
  for (const value of [undefined, null, 1, 'text', Symbol('s'), {}, () => {}]) t.is(markAsUntransferable(value), undefined)
})

if (nodeMajor < 22) {
  it('a marked ArrayBuffer in the transfer list is copied', (t) => {
    const buffer = untransferable(new ArrayBuffer(8))
    t.is(structuredClone(buffer, { transfer: [buffer] }).byteLength, 8)
    t.is(buffer.byteLength, 8)
  })

  it('the buffer of a WebAssembly.Memory in the transfer list is copied', (t) => {
    const { buffer } = new WebAssembly.Memory({ initial: 1 })
    t.is(structuredClone(buffer, { transfer: [buffer] }).byteLength, 65536)
    t.is(buffer.byteLength, 65536)
  })
}

if (nodeMajor >= 22) {
  it('a user\'s class with the name of a class that Node does not clone is cloned', (t) => {
    class URL { a = 1 }
    t.deepEqual(structuredClone(new URL()), { a: 1 })
  })

  it('markAsUncloneable does nothing to arrays, buffers and what is no object', (t) => {
    for (const value of [[1], new ArrayBuffer(1), new Uint8Array(1), 1, null, undefined]) {
      markAsUncloneable(value)
      t.deepEqual(structuredClone(value), value)
    }
  })

  it('markAsUncloneable in a worker', async (t) => {
    const worker = startWorker(t, `
      const { markAsUncloneable, parentPort } = require('worker_threads')
      const marked = {}
      markAsUncloneable(marked)
      for (const value of [marked, {}]) {
        try { parentPort.postMessage(value) } catch (error) { parentPort.postMessage(error.message) }
      }
    `)
    t.is(await nextMessage(worker), uncloneable.message)
    t.deepEqual(await nextMessage(worker), {})
  })
}

it('no getter of a class runs only to find out what the class is', (t) => {
  class A { value = 1 }
  Object.defineProperty(A.prototype, 'constructor', { get () { throw new Error('asked') } })
  t.deepEqual(structuredClone(new A()), { value: 1 })
})
