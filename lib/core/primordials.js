'use strict'

// JavaScript's built-ins as they were when this package was loaded. A program may change them: patch or freeze prototypes, put
// setters on them, delete globals. Node's own JavaScript goes on working then, and so must this package's. The names are those of
// Node's own primordials: `ArrayPrototypeMap(list, f)` is `list.map(f)`.
//
// The rules, for all files that run in a program (eslint.config.js checks those that can be checked):
// - Built-ins come from here; what the host adds, timers and `process` say, from platform.js or node/internals.js. No method of a
//   built-in prototype is called; objects made here (`SafeMap`, `SafeSet`, ...) have methods of their own.
// - Arrays are walked by index. `for...of`, `[...list]`, `f(...list)` and `[first] = list` would call the iterator of arrays. A
//   SafeMap or SafeSet is walked by its forEach().
// - A subclass has a constructor: on Node 20 the one that it would have without iterates over its arguments.
// - A list that grows is made by newList() and grows by append(): `push` calls setters that are on Array.prototype.
// - Properties are written in literals, private fields or class fields, or are defined. An assignment that adds a property calls a
//   setter that is on Object.prototype, and fails where a frozen prototype has it.
// - Options and descriptors for others are `{ __proto__: null, ... }`: what is left out would be looked up on Object.prototype.
// - Promises are awaited, or given to whenSettled(). `.then()`, Promise.all() and Promise.race() can be changed; an
//   async function returns `await promise`, because what is returned is asked for its `then`.
//
// What a program changed before it loaded this package is found changed. The rules that need no function from here hold even then.

const { apply, construct, defineProperty, get, getOwnPropertyDescriptor, getPrototypeOf, has, ownKeys, setPrototypeOf } = Reflect
const { bind, call } = Function.prototype
const { freeze } = Object
const { isPrototypeOf } = Object.prototype
const { Promise, Symbol } = globalThis

/** Makes a function of a method: its `this` is the first argument. */
const uncurryThis = bind.bind(call)

// A subclass with its base's methods as its own: nothing is looked up where a program can change it. It has no iterators, which
// would be looked up there.
function makeSafe (Base, Safe) {
  const keys = ownKeys(Base.prototype)
  for (let index = 0; index < keys.length; index++) {
    const key = keys[index]
    if (key === 'constructor' || key === 'entries' || key === 'keys' || key === 'values' || key === Symbol.iterator) continue
    defineProperty(Safe.prototype, key, { __proto__: null, ...getOwnPropertyDescriptor(Base.prototype, key) })
  }
  setPrototypeOf(Safe.prototype, null)
  freeze(Safe.prototype)
  freeze(Safe)
  return Safe
}

// They take nothing: it would be iterated over.
const SafeMap = makeSafe(Map, class SafeMap extends Map { constructor () { super() } })
const SafeSet = makeSafe(Set, class SafeSet extends Set { constructor () { super() } })
const SafeWeakMap = makeSafe(WeakMap, class SafeWeakMap extends WeakMap { constructor () { super() } })
const SafeWeakSet = makeSafe(WeakSet, class SafeWeakSet extends WeakSet { constructor () { super() } })
const SafeFinalizationRegistry = makeSafe(FinalizationRegistry, class SafeFinalizationRegistry extends FinalizationRegistry {
  constructor (cleanUp) { super(cleanUp) }
})

const keysOfMap = uncurryThis(Map.prototype.keys)
const nextOfMap = uncurryThis(getPrototypeOf(new Map().keys()).next)

/** The key that has been in the map for the longest. */
function firstKey (map) {
  return nextOfMap(keysOfMap(map)).value
}

/** An array without a prototype, so that append() finds no setter. */
function newList () {
  const list = []
  setPrototypeOf(list, null)
  return list
}

function append (list, value) {
  list[list.length] = value
}

/** @param {unknown[]} values of which the set is made */
function setOf (values) {
  const set = new SafeSet()
  for (let index = 0; index < values.length; index++) set.add(values[index])
  return set
}

/** As `instanceof`, which asks the class's Symbol.hasInstance. */
function isInstance (Class, value) {
  if ((typeof value !== 'object' && typeof value !== 'function') || value === null) return false
  return apply(isPrototypeOf, Class.prototype, [value])
}

/** As an assignment to a property that is ordinary, whatever the object inherits. */
function setOwn (object, key, value) {
  defineProperty(object, key, { __proto__: null, value, writable: true, configurable: true, enumerable: true })
}

/** As promise.then(), whose result is made by the promise's constructor. */
async function whenSettled (promise, onFulfilled, onRejected) {
  let value
  try {
    value = await promise
  } catch (error) {
    if (onRejected === undefined) throw error
    return await onRejected(error)
  }
  return onFulfilled === undefined ? value : await onFulfilled(value)
}

/** Settles as the first of them does. */
function promiseRace (promises) {
  return new Promise((resolve, reject) => {
    for (let index = 0; index < promises.length; index++) whenSettled(promises[index], resolve, reject)
  })
}

/** Resolves, to nothing, when all have resolved. */
async function promiseAll (promises) {
  for (let index = 0; index < promises.length; index++) await promises[index]
}

const { byteLength, detached } = Object.getOwnPropertyDescriptors(ArrayBuffer.prototype)
const sharedBuffer = Object.getOwnPropertyDescriptors(SharedArrayBuffer.prototype)
const TypedArrayPrototype = getPrototypeOf(Uint8Array.prototype)
const typedArray = Object.getOwnPropertyDescriptors(TypedArrayPrototype)

module.exports = {
  AggregateError, ArrayBuffer, BigInt, BigInt64Array, BigUint64Array, Boolean, Error, EvalError, Float32Array, Float64Array,
  Int16Array, Int32Array, Int8Array, Number, Promise, Proxy, RangeError, ReferenceError, SharedArrayBuffer, String, Symbol, SyntaxError,
  TypeError, URIError, Uint16Array, Uint32Array, Uint8Array, Uint8ClampedArray,
  SafeMap,
  SafeSet,
  SafeWeakMap,
  SafeWeakSet,
  SafeFinalizationRegistry,
  append,
  firstKey,
  isInstance,
  newList,
  promiseAll,
  promiseRace,
  setOf,
  setOwn,
  uncurryThis,
  whenSettled,
  ArrayBufferIsView: ArrayBuffer.isView,
  ArrayIsArray: Array.isArray,
  ArrayPrototypeConcat: uncurryThis(Array.prototype.concat),
  ArrayPrototypeFilter: uncurryThis(Array.prototype.filter),
  ArrayPrototypeFind: uncurryThis(Array.prototype.find),
  ArrayPrototypeForEach: uncurryThis(Array.prototype.forEach),
  ArrayPrototypeIncludes: uncurryThis(Array.prototype.includes),
  ArrayPrototypeIndexOf: uncurryThis(Array.prototype.indexOf),
  ArrayPrototypeJoin: uncurryThis(Array.prototype.join),
  ArrayPrototypeMap: uncurryThis(Array.prototype.map),
  ArrayPrototypeShift: uncurryThis(Array.prototype.shift),
  ArrayPrototypeSlice: uncurryThis(Array.prototype.slice),
  ArrayPrototypeSome: uncurryThis(Array.prototype.some),
  ArrayPrototypeSort: uncurryThis(Array.prototype.sort),
  ArrayPrototypeSplice: uncurryThis(Array.prototype.splice),
  ArrayBufferPrototypeGetByteLength: uncurryThis(byteLength.get),
  // From Node 22 on.
  ArrayBufferPrototypeGetDetached: detached && uncurryThis(detached.get),
  ArrayBufferPrototypeSlice: uncurryThis(ArrayBuffer.prototype.slice),
  AtomicsAdd: Atomics.add,
  AtomicsAnd: Atomics.and,
  AtomicsCompareExchange: Atomics.compareExchange,
  AtomicsExchange: Atomics.exchange,
  AtomicsIsLockFree: Atomics.isLockFree,
  AtomicsLoad: Atomics.load,
  AtomicsNotify: Atomics.notify,
  AtomicsOr: Atomics.or,
  AtomicsStore: Atomics.store,
  AtomicsSub: Atomics.sub,
  AtomicsWait: Atomics.wait,
  AtomicsWaitAsync: Atomics.waitAsync,
  AtomicsXor: Atomics.xor,
  ErrorCaptureStackTrace: Error.captureStackTrace,
  FunctionFromStrings: Function,
  FunctionPrototype: Function.prototype,
  FunctionPrototypeToString: uncurryThis(Function.prototype.toString),
  JSONParse: JSON.parse,
  JSONStringify: JSON.stringify,
  MapPrototypeForEach: uncurryThis(Map.prototype.forEach),
  MathAbs: Math.abs,
  MathCeil: Math.ceil,
  MathClz32: Math.clz32,
  MathFround: Math.fround,
  MathLog2: Math.log2,
  MathMax: Math.max,
  MathMin: Math.min,
  MathRound: Math.round,
  MathTrunc: Math.trunc,
  NumberIsFinite: Number.isFinite,
  NumberIsInteger: Number.isInteger,
  NumberIsSafeInteger: Number.isSafeInteger,
  NumberMAX_SAFE_INTEGER: Number.MAX_SAFE_INTEGER,
  ObjectAssign: Object.assign,
  ObjectDefineProperties: Object.defineProperties,
  ObjectDefineProperty: Object.defineProperty,
  ObjectEntries: Object.entries,
  ObjectFreeze: freeze,
  ObjectGetOwnPropertyDescriptor: Object.getOwnPropertyDescriptor,
  ObjectGetOwnPropertyNames: Object.getOwnPropertyNames,
  ObjectGetOwnPropertySymbols: Object.getOwnPropertySymbols,
  ObjectGetPrototypeOf: Object.getPrototypeOf,
  ObjectHasOwn: Object.hasOwn,
  ObjectIsExtensible: Object.isExtensible,
  ObjectKeys: Object.keys,
  ObjectPrototype: Object.prototype,
  ObjectPrototypeToString: uncurryThis(Object.prototype.toString),
  ObjectSetPrototypeOf: Object.setPrototypeOf,
  ObjectValues: Object.values,
  PromiseReject: Promise.reject.bind(Promise),
  PromiseResolve: Promise.resolve.bind(Promise),
  ReflectApply: apply,
  ReflectConstruct: construct,
  ReflectDefineProperty: defineProperty,
  ReflectGet: get,
  ReflectHas: has,
  ReflectOwnKeys: ownKeys,
  RegExpPrototypeExec: uncurryThis(RegExp.prototype.exec),
  SetPrototypeForEach: uncurryThis(Set.prototype.forEach),
  SharedArrayBufferPrototypeGetByteLength: uncurryThis(sharedBuffer.byteLength.get),
  SharedArrayBufferPrototypeGetGrowable: uncurryThis(sharedBuffer.growable.get),
  StringPrototypeEndsWith: uncurryThis(String.prototype.endsWith),
  StringPrototypeIncludes: uncurryThis(String.prototype.includes),
  StringPrototypeIndexOf: uncurryThis(String.prototype.indexOf),
  StringPrototypeReplaceAll: uncurryThis(String.prototype.replaceAll),
  StringPrototypeSlice: uncurryThis(String.prototype.slice),
  StringPrototypeStartsWith: uncurryThis(String.prototype.startsWith),
  StringPrototypeToLowerCase: uncurryThis(String.prototype.toLowerCase),
  StringPrototypeTrim: uncurryThis(String.prototype.trim),
  SymbolAsyncDispose: Symbol.asyncDispose ?? Symbol.for('nodejs.asyncDispose'),
  SymbolAsyncIterator: Symbol.asyncIterator,
  SymbolDispose: Symbol.dispose ?? Symbol.for('nodejs.dispose'),
  SymbolFor: Symbol.for,
  SymbolIterator: Symbol.iterator,
  SymbolPrototypeDescription: uncurryThis(getOwnPropertyDescriptor(Symbol.prototype, 'description').get),
  TypedArrayPrototypeGetBuffer: uncurryThis(typedArray.buffer.get),
  TypedArrayPrototypeGetByteLength: uncurryThis(typedArray.byteLength.get),
  TypedArrayPrototypeGetByteOffset: uncurryThis(typedArray.byteOffset.get),
  TypedArrayPrototypeGetSymbolToStringTag: uncurryThis(typedArray[Symbol.toStringTag].get),
  TypedArrayPrototypeIndexOf: uncurryThis(TypedArrayPrototype.indexOf),
  TypedArrayPrototypeSet: uncurryThis(TypedArrayPrototype.set),
  TypedArrayPrototypeSlice: uncurryThis(TypedArrayPrototype.slice),
  TypedArrayPrototypeSubarray: uncurryThis(TypedArrayPrototype.subarray),
  Uint32ArrayFrom: uncurryThis(Uint32Array.from)
}
