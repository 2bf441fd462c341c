'use strict'

const test = require('ava')
const { MessageChannel, receiveMessageOnPort, bounded, cloneRoutes, nodeMajor, since, startWorker, nextMessage } = require('./helpers')

const it = bounded(test)

// (module (func (export "answer") (result i32) i32.const 42))
const wasmAnswer = new Uint8Array([
  0, 97, 115, 109, 1, 0, 0, 0, 1, 5, 1, 96, 0, 1, 127, 3, 2, 1, 0, 7, 10, 1, 6, 97, 110, 115, 119, 101, 114, 0, 0, 10, 6, 1, 4, 0, 65, 42, 11
])

const typedArrays = [
  Int8Array, Uint8Array, Uint8ClampedArray, Int16Array, Uint16Array, Int32Array, Uint32Array, Float32Array, Float64Array,
  BigInt64Array, BigUint64Array, ...(nodeMajor >= 24 ? [globalThis.Float16Array] : [])
]

/**
 * One test for each route a value can take.
 * @param {string} title
 * @param {() => unknown} make
 * @param {(t: import('ava').ExecutionContext, clone: any, original: any) => void} check
 */
function clones (title, make, check) {
  for (const [name, route] of Object.entries(cloneRoutes)) {
    it(`${title}, through ${name}`, async (t) => {
      const original = make()
      check(t, await route(t, original), original)
    })
  }
}

/** For values whose clone is equal to the original, which ava compares with their classes. */
function clonesEqual (title, make) {
  clones(title, make, (t, clone, original) => t.deepEqual(clone, original))
}

clones('primitives stay themselves', () => [undefined, null, true, false, 0, -0, 1.5, NaN, Infinity, -Infinity, 2 ** 31, -(2 ** 31), 2 ** 53, '', 'a'],
  (t, clone, original) => {
    t.is(clone.length, original.length)
    clone.forEach((value, index) => t.is(value, original[index]))
  })

clones('undefined as the whole message', () => undefined, (t, clone) => t.is(clone, undefined))

clones('null as the whole message', () => null, (t, clone) => t.is(clone, null))

clones('BigInts of every size and sign', () => [0n, -1n, 2n ** 64n, -(2n ** 64n), 2n ** 4096n - 1n],
  (t, clone, original) => clone.forEach((value, index) => t.is(value, original[index])))

clones('boxed primitives stay boxed', () => [Object(1), Object('text'), Object(true), Object(5n)], (t, clone) => {
  t.deepEqual(clone.map((value) => Object.prototype.toString.call(value)), ['[object Number]', '[object String]', '[object Boolean]', '[object BigInt]'])
  t.deepEqual(clone.map((value) => typeof value), ['object', 'object', 'object', 'object'])
  t.deepEqual(clone.map((value) => value.valueOf()), [1, 'text', true, 5n])
})

clones('a big one-byte string', () => 'é'.repeat(3_000_001), (t, clone, original) => t.true(clone === original))

clones('a big two-byte string', () => '漢'.repeat(3_000_001), (t, clone, original) => t.true(clone === original))

clonesEqual('strings with lone surrogates, astral characters and NUL', () => ['\ud800', '\udc00x', '😀', 'a\0b', 'x', '漢'])

clonesEqual('a date', () => new Date(1234567890123))

clones('an invalid date', () => new Date(NaN), (t, clone) => {
  t.true(clone instanceof Date)
  t.is(clone.getTime(), NaN)
})

clones('a RegExp keeps source and flags, and starts again at 0', () => Object.assign(/a(b)+\/[漢]/dgimsuy, { lastIndex: 7 }), (t, clone) => {
  t.true(clone instanceof RegExp)
  t.is(clone.source, 'a(b)+\\/[漢]')
  t.is(clone.flags, 'dgimsuy')
  t.is(clone.lastIndex, 0)
})

clones('a Map keeps its order and the identity of its keys', () => {
  const key = { key: true }
  return { key, map: new Map([[key, 1], ['b', new Map([[NaN, -0]])], [undefined, key]]) }
}, (t, { key, map }) => {
  t.true(map instanceof Map)
  t.deepEqual([...map.keys()], [key, 'b', undefined])
  t.is(map.get(key), 1)
  t.is(map.get(undefined), key)
  t.is(map.get('b').get(NaN), -0)
})

clones('a Set keeps its order and the identity of its members', () => {
  const member = []
  return { member, set: new Set([3, member, 1, 'x']) }
}, (t, { member, set }) => {
  t.true(set instanceof Set)
  t.deepEqual([...set], [3, member, 1, 'x'])
  t.true(set.has(member))
})

clones('cycles through objects, arrays, Maps and Sets', () => {
  const root = { array: [], map: new Map(), set: new Set() }
  root.self = root
  root.array.push(root.array)
  root.map.set(root.map, root)
  root.set.add(root.set)
  return root
}, (t, clone, original) => {
  t.not(clone, original)
  t.is(clone.self, clone)
  t.is(clone.array[0], clone.array)
  t.is(clone.map.get(clone.map), clone)
  t.true(clone.set.has(clone.set))
})

clones('one object in two places stays one object', () => {
  const shared = { n: 1 }
  const boxed = Object('s')
  const date = new Date(0)
  return [shared, shared, boxed, boxed, date, date]
}, (t, [a, b, c, d, e, f]) => {
  t.is(a, b)
  t.is(c, d)
  t.is(e, f)
})

clones('sparse arrays keep holes, length and further properties', () => {
  // eslint-disable-next-line no-sparse-arrays
  const array = [1, , undefined]
  array.length = 5
  array.extra = 'kept'
  return array
}, (t, clone) => {
  t.is(clone.length, 5)
  t.deepEqual(Object.keys(clone), ['0', '2', 'extra'])
  t.is(clone.extra, 'kept')
})

clones('an array of the greatest length with one element', () => {
  const array = []
  array[1_000_000] = 'far'
  array.length = 2 ** 32 - 1
  return array
}, (t, clone) => {
  t.is(clone.length, 2 ** 32 - 1)
  t.deepEqual(Object.keys(clone), ['1000000'])
})

clones('own enumerable string keys only, in order, with getters read once', () => {
  let reads = 0
  const object = { z: 1, 10: 'ten', 2: 'two', get read () { return ++reads }, [Symbol('gone')]: 1 }
  return Object.defineProperty(object, 'hidden', { value: 1, enumerable: false })
}, (t, clone) => {
  t.deepEqual(Reflect.ownKeys(clone), ['2', '10', 'z', 'read'])
  t.deepEqual(Object.getOwnPropertyDescriptor(clone, 'read'), { value: 1, writable: true, enumerable: true, configurable: true })
})

clones('an own key named __proto__ stays an own key', () => JSON.parse('{ "__proto__": { "polluted": true } }'), (t, clone) => {
  t.deepEqual(Object.keys(clone), ['__proto__'])
  t.is(Object.getPrototypeOf(clone), Object.prototype)
  t.is(clone.polluted, undefined)
})

clones('class instances and null-prototype objects become plain objects', () => {
  class Point { constructor () { this.x = 1 } get twice () { return 2 } }
  return [new Point(), Object.assign(Object.create(null), { y: 2 }), Object.assign(Object.create({ inherited: 1 }), { own: 3 })]
}, (t, clone) => {
  t.deepEqual(clone.map((object) => Object.getPrototypeOf(object) === Object.prototype), [true, true, true])
  t.deepEqual(clone, [{ x: 1 }, { y: 2 }, { own: 3 }])
})

clones('a property that a getter deletes on the way is left out', () => {
  const object = { get first () { delete object.second; return 1 }, second: 2 }
  return object
}, (t, clone) => t.deepEqual(clone, { first: 1 }))

for (const Type of typedArrays) {
  clones(`${Type.name} keeps its class, offset and elements`, () => {
    const big = Type.name.startsWith('Big')
    const array = new Type(new ArrayBuffer(Type.BYTES_PER_ELEMENT * 6), Type.BYTES_PER_ELEMENT * 2, 3)
    array.set(big ? [1n, 2n, 255n] : [1, 2, 255])
    return array
  }, (t, clone, original) => {
    t.is(Object.getPrototypeOf(clone), Type.prototype)
    t.is(clone.byteOffset, original.byteOffset)
    t.is(clone.buffer.byteLength, original.buffer.byteLength)
    t.is(clone.length, 3)
    t.deepEqual(clone, original)
  })
}

clones('a DataView keeps its window', () => new DataView(new Uint8Array([1, 2, 3, 4, 5, 6]).buffer, 2, 3), (t, clone) => {
  t.true(clone instanceof DataView)
  t.is(clone.byteOffset, 2)
  t.is(clone.byteLength, 3)
  t.is(clone.getUint8(0), 3)
})

clones('views of one buffer still share it', () => {
  const buffer = new ArrayBuffer(8)
  return { bytes: new Uint8Array(buffer), words: new Uint32Array(buffer, 4), buffer }
}, (t, { bytes, words, buffer }) => {
  t.is(bytes.buffer, buffer)
  t.is(words.buffer, buffer)
  bytes[4] = 7
  t.is(words[0], 7)
})

clones('a Buffer becomes a Uint8Array', () => Buffer.from('bytes ✓'), (t, clone) => {
  t.is(Object.getPrototypeOf(clone), Uint8Array.prototype)
  t.is(Buffer.from(clone).toString(), 'bytes ✓')
})

clones('an ArrayBuffer is copied', () => new Uint8Array([1, 2, 3]).buffer, (t, clone, original) => {
  t.true(clone instanceof ArrayBuffer)
  t.not(clone, original)
  new Uint8Array(original).fill(9)
  t.deepEqual([...new Uint8Array(clone)], [1, 2, 3])
  t.is(original.byteLength, 3)
})

clones('an empty ArrayBuffer', () => new ArrayBuffer(0), (t, clone) => t.is(clone.byteLength, 0))

clones('a resizable ArrayBuffer stays resizable', () => {
  const buffer = new ArrayBuffer(4, { maxByteLength: 16 })
  new Uint8Array(buffer).set([1, 2, 3, 4])
  return buffer
}, (t, clone, original) => {
  t.true(clone.resizable)
  t.is(clone.byteLength, 4)
  t.is(clone.maxByteLength, 16)
  clone.resize(16)
  t.deepEqual([...new Uint8Array(clone)], [1, 2, 3, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0])
  t.is(original.byteLength, 4)
})

clones('views that track the length of a resizable buffer go on tracking', () => {
  const buffer = new ArrayBuffer(8, { maxByteLength: 16 })
  return { array: new Uint8Array(buffer, 2), view: new DataView(buffer, 4), fixed: new Uint8Array(buffer, 0, 2) }
}, (t, { array, view, fixed }) => {
  t.deepEqual([array.length, view.byteLength, fixed.length], [6, 4, 2])
  array.buffer.resize(12)
  t.deepEqual([array.length, view.byteLength, fixed.length], [10, 8, 2])
})

clones('a WebAssembly.Module arrives compiled', () => new WebAssembly.Module(wasmAnswer), (t, clone) => {
  t.true(clone instanceof WebAssembly.Module)
  t.is(new WebAssembly.Instance(clone).exports.answer(), 42)
})

clones('one WebAssembly.Module in two places of a message', () => {
  const module = new WebAssembly.Module(wasmAnswer)
  return [module, { module }]
}, (t, [first, { module }]) => {
  t.is(new WebAssembly.Instance(first).exports.answer(), 42)
  t.is(first, module)
})

for (const Type of [Error, EvalError, RangeError, ReferenceError, SyntaxError, TypeError, URIError]) {
  clones(`${Type.name} keeps class, message and stack, and loses other properties`, () => Object.assign(new Type('why ✓'), { code: 'E_CODE' }), (t, clone, original) => {
    t.is(Object.getPrototypeOf(clone), Type.prototype)
    t.is(clone.message, 'why ✓')
    t.is(clone.stack, original.stack)
    t.deepEqual(Object.getOwnPropertyNames(clone).sort(), ['message', 'stack'])
  })
}

clones('an error without a message has no own message', () => new Error(), (t, clone) => {
  t.is(clone.message, '')
  t.false(Object.hasOwn(clone, 'message'))
})

clones('a subclass of RangeError arrives as a RangeError', () => new (class Mine extends RangeError {})('m'), (t, clone) => t.is(Object.getPrototypeOf(clone), RangeError.prototype))

clones('the name decides the class of an error', () => [Object.assign(new Error('m'), { name: 'TypeError' }), Object.assign(new TypeError('m'), { name: 'Custom' })],
  (t, [named, custom]) => {
    t.is(Object.getPrototypeOf(named), TypeError.prototype)
    t.is(Object.getPrototypeOf(custom), Error.prototype)
    t.is(custom.name, 'Error')
  })

clones('an AggregateError degrades to an Error', () => new AggregateError([new Error('one')], 'all'), (t, clone) => {
  t.is(Object.getPrototypeOf(clone), Error.prototype)
  t.is(clone.message, 'all')
  t.is(clone.errors, undefined)
})

clones('an error with a chain of causes', () => new Error('outer', { cause: new TypeError('inner', { cause: { reason: new Map([[1, 2]]) } }) }), (t, clone) => {
  t.true(clone.cause instanceof TypeError)
  t.is(clone.cause.message, 'inner')
  t.deepEqual(clone.cause.cause, { reason: new Map([[1, 2]]) })
})

clones('an error whose cause is undefined still has one', () => new Error('m', { cause: undefined }), (t, clone) => t.true(Object.hasOwn(clone, 'cause')))

// V8 of Node 20 writes such an error but cannot read it back.
if (nodeMajor >= 22) {
  clones('an error that is its own cause', () => {
    const error = new Error('m')
    error.cause = error
    return error
  }, (t, clone) => t.is(clone.cause, clone))
}

clones('an own stack of an error is kept as it is', () => Object.assign(new Error('m'), { stack: 'mine' }), (t, clone) => t.is(clone.stack, 'mine'))

clones('a DOMException', () => new DOMException('m', 'AbortError'), (t, clone) => {
  t.deepEqual([clone.constructor.name, clone.message, clone.code], since(22, ['DOMException', 'm', 20], ['Object', undefined, undefined]))
})

clones('a SharedArrayBuffer is shared and stays one object', () => {
  const shared = new SharedArrayBuffer(8)
  return { shared, again: shared, view: new Int32Array(shared, 4) }
}, (t, clone, original) => {
  t.true(clone.shared instanceof SharedArrayBuffer)
  t.is(clone.again, clone.shared)
  t.is(clone.view.buffer, clone.shared)
  clone.view[0] = 42
  t.is(original.view[0], 42)
})

clones('a growable SharedArrayBuffer grows on both sides', () => {
  const shared = new SharedArrayBuffer(4, { maxByteLength: 16 })
  return { shared, view: new Uint8Array(shared) }
}, (t, clone, original) => {
  t.true(clone.shared.growable)
  t.is(clone.shared.maxByteLength, 16)
  original.shared.grow(8)
  t.is(clone.shared.byteLength, 8)
  t.is(clone.view.length, 8)
  clone.shared.grow(16)
  t.is(original.shared.byteLength, 16)
})

clones('a shared WebAssembly.Memory is shared', () => new WebAssembly.Memory({ initial: 1, maximum: 3, shared: true }), (t, clone, original) => {
  t.true(clone instanceof WebAssembly.Memory)
  new Uint8Array(original.buffer)[3] = 77
  t.is(new Uint8Array(clone.buffer)[3], 77)
})

it('a write to shared memory in the worker is seen here', async (t) => {
  const shared = new SharedArrayBuffer(8)
  const worker = startWorker(t, `
    const { parentPort, workerData } = require('worker_threads')
    Atomics.store(workerData.view, 1, 11)
    parentPort.once('message', (shared) => {
      Atomics.add(new Int32Array(shared), 1, 31)
      parentPort.postMessage('written')
    })
  `, { workerData: { view: new Int32Array(shared) } })
  worker.postMessage(shared)
  t.is(await nextMessage(worker), 'written')
  t.is(new Int32Array(shared)[1], 42)
})

it('a shared WebAssembly.Memory that the worker grows is bigger here', async (t) => {
  const memory = new WebAssembly.Memory({ initial: 1, maximum: 3, shared: true })
  const worker = startWorker(t, `
    const { parentPort, workerData: memory } = require('worker_threads')
    memory.grow(1)
    new Uint8Array(memory.buffer)[65536] = 5
    parentPort.postMessage('grown')
  `, { workerData: memory })
  await nextMessage(worker)
  t.is(memory.grow(0), 2)
  t.is(new Uint8Array(memory.buffer)[65536], 5)
})

it('shared memory outlives the worker that made it', async (t) => {
  const worker = startWorker(t, `
    const { parentPort } = require('worker_threads')
    const shared = new SharedArrayBuffer(1 << 20)
    new Uint8Array(shared).fill(7)
    parentPort.postMessage(shared)
  `)
  const shared = await nextMessage(worker)
  await worker.terminate()
  t.true(new Uint8Array(shared).every((byte) => byte === 7))
})

it('the clone is of the moment of posting, not of receiving', (t) => {
  const { port1, port2 } = new MessageChannel()
  const value = { n: 1, list: [1] }
  port1.postMessage(value)
  value.n = 2
  value.list.push(2)
  t.deepEqual(receiveMessageOnPort(port2).message, { n: 1, list: [1] })
  port1.close()
})

it('what the worker receives has the classes of the worker', async (t) => {
  const worker = startWorker(t, `
    const { parentPort, workerData: v } = require('worker_threads')
    parentPort.postMessage([
      v instanceof Object, v.map instanceof Map, v.set instanceof Set, v.date instanceof Date, v.regexp instanceof RegExp,
      v.error instanceof TypeError, v.bytes instanceof Uint8Array, v.buffer instanceof ArrayBuffer, v.shared instanceof SharedArrayBuffer,
      v.boxed instanceof Number, v.array instanceof Array, v.module instanceof WebAssembly.Module
    ])
  `, {
    workerData: {
      map: new Map(),
      set: new Set(),
      date: new Date(),
      regexp: /x/,
      error: new TypeError('m'),
      bytes: Buffer.alloc(1),
      buffer: new ArrayBuffer(1),
      shared: new SharedArrayBuffer(1),
      boxed: Object(1),
      array: [],
      module: new WebAssembly.Module(wasmAnswer)
    }
  })
  t.deepEqual(await nextMessage(worker), new Array(12).fill(true))
})

it('a structure nested too deep throws a RangeError and sends nothing', (t) => {
  const { port1, port2 } = new MessageChannel()
  let deep = {}
  for (let level = 0; level < 200_000; level++) deep = { deep }
  t.throws(() => port1.postMessage(deep), { instanceOf: RangeError, message: 'Maximum call stack size exceeded' })
  t.is(receiveMessageOnPort(port2), undefined)
  port1.close()
})
