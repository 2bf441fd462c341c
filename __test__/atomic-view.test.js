'use strict'

const test = require('ava')
const { AtomicView, MessageChannel, receiveMessageOnPort, structuredClone, bounded, startWorker, nextMessage, thrownBy } = require('./helpers')
const { arrays, isBig, isFloat, viewOf } = require('./view-helpers')

const it = bounded(test)

/** One test for each type. */
function each (title, body, chosen = () => true) {
  for (const [type, Array] of Object.entries(arrays)) {
    if (chosen(type)) it(`${title}, ${type}`, (t) => body(t, type, Array, isBig(type) ? BigInt : Number))
  }
}

/** What throws has the class and the message that Atomics throws with. */
function throwsAlike (t, ours, theirs) {
  const [actual, expected] = [thrownBy(ours), thrownBy(theirs)]
  t.deepEqual([actual.constructor, actual.message], [expected.constructor, expected.message])
}

each('a view over a typed array', (t, type, Array) => {
  const array = new Array(new SharedArrayBuffer(64), 16, 3)
  const view = new AtomicView(array)
  t.is(view.array, array)
  t.is(view.buffer, array.buffer)
  t.deepEqual([view.type, view.length, view.byteOffset, view.byteLength], [type, 3, 16, array.byteLength])
})

each('a view over a buffer', (t, type, Array) => {
  const buffer = new SharedArrayBuffer(64)
  const size = Array.BYTES_PER_ELEMENT
  const view = new AtomicView(buffer, { type, byteOffset: 8, length: 2 })
  t.true(view.array instanceof Array)
  t.deepEqual([view.buffer, view.byteOffset, view.length], [buffer, 8, 2])
  t.is(new AtomicView(buffer, { type }).length, 64 / size)
})

it('the type of a view over a buffer is int32 when it is not given', (t) => {
  t.is(new AtomicView(new SharedArrayBuffer(8)).type, 'int32')
})

each('the operations of Atomics', (t, type, Array, n) => {
  const view = viewOf(type, 4)
  t.is(view.store(1, n(5)), n(5))
  t.is(view.load(1), n(5))
  t.is(view.add(1, n(3)), n(5))
  t.is(view.sub(1, n(2)), n(8))
  t.is(view.exchange(1, n(9)), n(6))
  t.is(view.compareExchange(1, n(8), n(1)), n(9))
  t.is(view.compareExchange(1, n(9), n(12)), n(9))
  t.deepEqual([...view.array], [n(0), n(12), n(0), n(0)])
  t.is(view.isLockFree(), true)
})

each('min, max and update', (t, type, Array, n) => {
  const view = viewOf(type, 2)
  t.is(view.max(1, n(7)), n(0))
  t.is(view.max(1, n(3)), n(7))
  t.is(view.min(1, n(5)), n(7))
  t.is(view.min(1, n(6)), n(5))
  t.is(view.update(1, (old) => old * n(2)), n(10))
  t.is(view.load(1), n(10))
})

each('the operations on bits', (t, type, Array, n) => {
  const view = viewOf(type, 1)
  t.is(view.or(0, n(6)), n(0))
  t.is(view.and(0, n(3)), n(6))
  t.is(view.xor(0, n(5)), n(2))
  t.is(view.load(0), n(7))
}, (type) => !isFloat(type))

each('floats have no operations on bits', (t, type) => {
  const view = viewOf(type, 1)
  for (const name of ['and', 'or', 'xor']) throwsAlike(t, () => view[name](0, 1), () => Atomics[name](view.array, 0, 1))
}, isFloat)

each('values are converted as Atomics converts them', (t, type, Array) => {
  const view = viewOf(type, 1)
  const peer = new Array(new SharedArrayBuffer(8))
  const values = isBig(type) ? [2n ** 64n + 3n, -1n, true, '12'] : [300, -1, 2 ** 40, 1.5, '12', null, undefined, -0]
  for (const value of values) {
    peer[0] = value
    const returned = view.store(0, value)
    t.is(view.load(0), peer[0])
    if (!isFloat(type)) t.is(returned, Atomics.store(peer, 0, value))
    view.store(0, isBig(type) ? 0n : -0)
    t.is(view.update(0, () => value), peer[0])
    t.is(view.load(0), peer[0])
  }
})

each('indices are taken as Atomics takes them', (t, type, Array, n) => {
  const view = viewOf(type, 2)
  for (const index of ['1', 1.9, { valueOf: () => 1 }]) {
    view.add(index, n(1))
    view.update(index, (old) => old + n(1))
    view.max(index, n(0))
  }
  for (const index of [undefined, NaN, -0.9, '', null]) view.store(index, n(4))
  t.deepEqual([...view.array], [n(4), n(6)])
})

each('a wrong index or value throws as Atomics does, and changes nothing', (t, type, Array, n) => {
  const view = viewOf(type, 2)
  const peer = new (isBig(type) ? BigInt64Array : Int32Array)(new SharedArrayBuffer(16), 0, 2)
  const wrongValue = isBig(type) ? 1 : 1n
  for (const name of ['load', 'store', 'add', 'sub', 'exchange', 'compareExchange', 'min', 'max', 'update']) {
    const peerName = name in Atomics ? name : 'add'
    const value = name === 'update' ? () => n(1) : n(1)
    for (const index of [2, -1, Infinity, 1n, Symbol('index')]) {
      throwsAlike(t, () => view[name](index, value, n(1)), () => Atomics[peerName](peer, index, n(1), n(1)))
    }
    if (name === 'load') continue
    const wrong = name === 'update' ? () => wrongValue : wrongValue
    throwsAlike(t, () => view[name](0, wrong, wrongValue), () => Atomics[peerName](peer, 0, wrongValue, wrongValue))
  }
  t.throws(() => view.update(0, 1), { code: 'ERR_INVALID_ARG_TYPE' })
  t.deepEqual([...view.array], [n(0), n(0)])
})

it('what a view cannot be made of', (t) => {
  const shared = new SharedArrayBuffer(16)
  throwsAlike(t, () => new AtomicView(new Int32Array(4)), () => Atomics.wait(new Int32Array(4), 0, 0, 0))
  t.throws(() => new AtomicView(new Float64Array(4)), { instanceOf: TypeError })
  t.throws(() => new AtomicView(new Uint8ClampedArray(shared)), { instanceOf: TypeError })
  t.throws(() => new AtomicView(new DataView(shared)), { code: 'ERR_INVALID_ARG_TYPE' })
  for (const source of [new ArrayBuffer(8), [1, 2], 8, null, undefined, {}]) {
    t.throws(() => new AtomicView(source), { instanceOf: TypeError, code: 'ERR_INVALID_ARG_TYPE' })
  }
  t.throws(() => new AtomicView(shared, { type: 'int' }), { instanceOf: TypeError, code: 'ERR_INVALID_ARG_VALUE' })
  throwsAlike(t, () => new AtomicView(shared, { byteOffset: 2 }), () => new Int32Array(shared, 2))
  throwsAlike(t, () => new AtomicView(shared, { byteOffset: 20 }), () => new Int32Array(shared, 20))
  throwsAlike(t, () => new AtomicView(shared, { byteOffset: 8, length: 3 }), () => new Int32Array(shared, 8, 3))
  throwsAlike(t, () => new AtomicView(shared, { length: -1 }), () => new Int32Array(shared, 0, -1))
})

each('waiting for one of the wrong type', (t, type) => {
  const view = viewOf(type, 1)
  const value = isBig(type) ? 0n : 0
  throwsAlike(t, () => view.wait(0, value, 0), () => Atomics.wait(view.array, 0, value, 0))
  throwsAlike(t, () => view.waitAsync(0, value, 0), () => Atomics.waitAsync(view.array, 0, value, 0))
  throwsAlike(t, () => view.notify(0, 1), () => Atomics.notify(view.array, 0, 1))
}, (type) => type !== 'int32' && type !== 'bigint64')

for (const type of ['int32', 'bigint64']) {
  it(`wait, waitAsync and notify, ${type}`, async (t) => {
    const view = viewOf(type, 2)
    const [zero, one] = isBig(type) ? [0n, 1n] : [0, 1]
    t.is(view.wait(0, one), 'not-equal')
    t.is(view.wait(0, zero, 0), 'timed-out')
    t.is(view.notify(0), 0)
    const { async, value } = view.waitAsync(0, zero)
    t.true(async)
    t.is(view.notify(0, 1), 1)
    t.is(await value, 'ok')

    const worker = startWorker(t, `
      const { parentPort, workerData: view } = require('isothreads')
      parentPort.postMessage(view.wait(1, view.load(0)))
    `, { workerData: view })
    const answer = nextMessage(worker)
    const waiting = setInterval(() => { if (view.notify(1) > 0) clearInterval(waiting) }, 1)
    t.is(await answer, 'ok')
  })
}

it('comparing floats: NaN is NaN, and both zeros are the same', (t) => {
  for (const type of ['float32', 'float64']) {
    const view = viewOf(type, 1)
    view.store(0, NaN)
    t.is(view.compareExchange(0, NaN, -0), NaN)
    t.is(view.load(0), -0)
    t.is(view.compareExchange(0, 0, 0.1), -0)
    t.is(view.compareExchange(0, 0.1, 2), type === 'float32' ? Math.fround(0.1) : 0.1)
    t.is(view.load(0), 2)
  }
})

it('the smaller and the larger of floats are those of Math.min and Math.max', (t) => {
  const view = viewOf('float64', 1)
  const values = [NaN, -0, 0, 1, -Infinity, Infinity]
  for (const first of values) {
    for (const second of values) {
      view.store(0, first)
      view.min(0, second)
      t.is(view.load(0), Math.min(first, second))
      view.store(0, first)
      view.max(0, second)
      t.is(view.load(0), Math.max(first, second))
    }
  }
})

it('values whose conversion uses a view themselves', (t) => {
  const view = viewOf('float64', 2)
  const meddler = (value) => ({ valueOf: () => { view.store(1, 99); return value } })
  view.store(0, meddler(1))
  view.add(0, meddler(2))
  view.compareExchange(0, meddler(3), meddler(4))
  t.is(view.exchange(0, meddler(5)), 4)
  t.is(view.update(0, () => meddler(6)), 6)
  t.is(view.load(0), 6)
})

it('an update is tried again when the element has changed, and not done when it throws', (t) => {
  for (const type of Object.keys(arrays)) {
    const view = viewOf(type, 1)
    const n = isBig(type) ? BigInt : Number
    let calls = 0
    const meddle = (old) => {
      if (calls++ < 3) view.array[0] = n(calls)
      return old + n(10)
    }
    t.is(view.update(0, meddle), n(13))
    t.is(calls, 4)
    t.throws(() => view.update(0, () => { throw new Error('no') }), { message: 'no' })
    t.is(view.load(0), n(13))
  }
})

each('a view over a buffer that grows, grows along', (t, type, Array, n) => {
  const size = Array.BYTES_PER_ELEMENT
  const buffer = new SharedArrayBuffer(2 * size, { maxByteLength: 8 * size })
  const growing = new AtomicView(buffer, { type })
  const fixed = new AtomicView(buffer, { type, length: 2 })
  t.throws(() => growing.store(3, n(1)), { instanceOf: RangeError })
  buffer.grow(4 * size)
  t.deepEqual([growing.length, fixed.length], [4, 2])
  growing.store(3, n(1))
  growing.fill(n(2), 2, 3)
  t.is(growing.sum(), n(3))
  t.is(fixed.sum(), n(0))
  t.throws(() => fixed.store(3, n(1)), { instanceOf: RangeError })
  const clone = structuredClone(growing)
  buffer.grow(8 * size)
  t.is(clone.length, 8)
})

const routes = {
  structuredClone: (t, value) => structuredClone(value),
  'a MessageChannel' (t, value) {
    const { port1, port2 } = new MessageChannel()
    port1.postMessage(value)
    const { message } = receiveMessageOnPort(port2)
    port1.close()
    return message
  },
  'a worker and back' (t, value) {
    const worker = startWorker(t, `
      const { parentPort, workerData } = require('isothreads')
      parentPort.postMessage(workerData)
    `, { workerData: value })
    return nextMessage(worker)
  }
}

for (const [name, route] of Object.entries(routes)) {
  it(`a view is one of the same memory after ${name}`, async (t) => {
    for (const type of Object.keys(arrays)) {
      const view = viewOf(type, 8)
      const value = isBig(type) ? 7n : 7
      const part = new AtomicView(view.array.subarray(2, 4))
      const received = await route(t, { view, list: [view], part, buffer: view.buffer })
      t.true(received.view instanceof AtomicView)
      t.is(received.list[0], received.view)
      t.is(received.view.buffer, received.buffer)
      t.is(received.part.buffer, received.buffer)
      t.deepEqual([received.view.type, received.view.length], [type, 8])
      t.deepEqual([received.part.byteOffset, received.part.length], [part.byteOffset, 2])
      received.part.store(0, value)
      t.is(view.load(2), value)
    }
  })
}
