'use strict'

// JavaScript's built-ins as they were when this package was loaded. A program may change them: patch or freeze prototypes, put
// setters on them, delete globals. Node's own JavaScript keeps working then, and so must this package. The names are those of
// Node's own primordials: `ArrayPrototypeMap(list, f)` is `list.map(f)`.
//
// The rules for all files that run in a program (eslint.config.js checks those that a linter can check):
// - Take built-ins from here. Take the host's additions, such as timers and `process`, from platform.js or node/internals.js. Call
//   no method of a built-in prototype. Objects made here (`SafeMap`, `SafeSet`, ...) have methods of their own.
// - Walk arrays by index. `for...of`, `[...list]`, `f(...list)` and `[first] = list` would call the iterator of arrays. Walk a
//   SafeMap or SafeSet with its forEach().
// - Give every subclass a constructor. On Node 20 the default constructor iterates over its arguments.
// - Create growing lists with newList() and extend them with append(): `push` calls setters on Array.prototype.
// - Write properties in literals, private fields or class fields, or define them. An assignment that adds a property calls a
//   setter on Object.prototype, and fails where a frozen prototype has the property.
// - Write options and descriptors for others as `{ __proto__: null, ... }`: missing properties would be looked up on
//   Object.prototype.
// - Await promises, or pass them to whenSettled(). A program can change `.then()`, Promise.all() and Promise.race(). An
//   async function returns `await promise`, because a returned value is checked for a `then`.
//
// Changes that a program makes before it loads this package are visible here. The rules that need no function from here hold even
// then.

const { apply, construct, defineProperty, get, getOwnPropertyDescriptor, getPrototypeOf, has, ownKeys, setPrototypeOf } = Reflect
const { bind, call } = Function.prototype
const { freeze } = Object
const { isPrototypeOf } = Object.prototype
const { Promise, Symbol } = globalThis
// Flags of V8 remove these globals.
const hasSharedMemory = globalThis.SharedArrayBuffer !== undefined && globalThis.Atomics !== undefined
const { Atomics = {} } = globalThis
const SharedArrayBuffer = globalThis.SharedArrayBuffer ??
  new WebAssembly.Memory({ initial: 0, maximum: 0, shared: true }).buffer.constructor

/** Turns a method into a function whose first argument is `this`. */
const uncurryThis = bind.bind(call)

// Copies the base's methods to the subclass, so nothing is looked up where a program can change it. The subclass has no iterators,
// because those would be looked up there.
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

// The constructors take no arguments, because the base would iterate over them.
const SafeMap = makeSafe(Map, class SafeMap extends Map { constructor () { super() } })
const SafeSet = makeSafe(Set, class SafeSet extends Set { constructor () { super() } })
const SafeWeakMap = makeSafe(WeakMap, class SafeWeakMap extends WeakMap { constructor () { super() } })
const SafeWeakSet = makeSafe(WeakSet, class SafeWeakSet extends WeakSet { constructor () { super() } })
const SafeFinalizationRegistry = makeSafe(FinalizationRegistry, class SafeFinalizationRegistry extends FinalizationRegistry {
  constructor (cleanUp) { super(cleanUp) }
})

const keysOfMap = uncurryThis(Map.prototype.keys)
const nextOfMap = uncurryThis(getPrototypeOf(new Map().keys()).next)

/** The oldest key in the map. */
function firstKey (map) {
  return nextOfMap(keysOfMap(map)).value
}

/** An array without a prototype, so append() reaches no setter. */
function newList () {
  const list = []
  setPrototypeOf(list, null)
  return list
}

function append (list, value) {
  list[list.length] = value
}

/** @param {unknown[]} values the members of the set */
function setOf (values) {
  const set = new SafeSet()
  for (let index = 0; index < values.length; index++) set.add(values[index])
  return set
}

/** Like `instanceof`, but without Symbol.hasInstance. */
function isInstance (Class, value) {
  if ((typeof value !== 'object' && typeof value !== 'function') || value === null) return false
  return apply(isPrototypeOf, Class.prototype, [value])
}

/** Like an assignment to an ordinary property, regardless of inherited setters. */
function setOwn (object, key, value) {
  defineProperty(object, key, { __proto__: null, value, writable: true, configurable: true, enumerable: true })
}

/** Like promise.then(), which would create its result with the promise's constructor. */
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

/** Settles like the first promise that settles. */
function promiseRace (promises) {
  return new Promise((resolve, reject) => {
    for (let index = 0; index < promises.length; index++) whenSettled(promises[index], resolve, reject)
  })
}

/** Resolves to undefined when all promises have resolved. */
async function promiseAll (promises) {
  for (let index = 0; index < promises.length; index++) await promises[index]
}

const { byteLength, detached } = Object.getOwnPropertyDescriptors(ArrayBuffer.prototype)
const sharedBuffer = Object.getOwnPropertyDescriptors(SharedArrayBuffer.prototype)
const TypedArrayPrototype = getPrototypeOf(Uint8Array.prototype)
const typedArray = Object.getOwnPropertyDescriptors(TypedArrayPrototype)

module.exports = {
  AggregateError, ArrayBuffer, BigInt, BigInt64Array, BigUint64Array, Boolean, Date, Error, EvalError, Float32Array, Float64Array,
  Int16Array, Int32Array, Int8Array, Number, Promise, Proxy, RangeError, ReferenceError, RegExp, SharedArrayBuffer, String, Symbol,
  SyntaxError, TypeError, URIError, Uint16Array, Uint32Array, Uint8Array, Uint8ClampedArray, WeakRef,
  SafeMap,
  SafeSet,
  SafeWeakMap,
  SafeWeakSet,
  SafeFinalizationRegistry,
  append,
  firstKey,
  /** Whether JavaScript can create shared memory and use it. */
  hasSharedMemory,
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
  // Node 22 and later.
  ArrayBufferPrototypeGetDetached: detached && uncurryThis(detached.get),
  ArrayBufferPrototypeResize: uncurryThis(ArrayBuffer.prototype.resize),
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
  DateNow: Date.now,
  DatePrototypeToString: uncurryThis(Date.prototype.toString),
  FunctionFromStrings: Function,
  FunctionPrototype: Function.prototype,
  FunctionPrototypeHasInstance: uncurryThis(Function.prototype[Symbol.hasInstance]),
  FunctionPrototypeToString: uncurryThis(Function.prototype.toString),
  JSONParse: JSON.parse,
  JSONStringify: JSON.stringify,
  MapPrototypeForEach: uncurryThis(Map.prototype.forEach),
  MathAbs: Math.abs,
  MathCeil: Math.ceil,
  MathClz32: Math.clz32,
  MathFloor: Math.floor,
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
  StringPrototypeLastIndexOf: uncurryThis(String.prototype.lastIndexOf),
  StringPrototypeReplaceAll: uncurryThis(String.prototype.replaceAll),
  StringPrototypeSlice: uncurryThis(String.prototype.slice),
  StringPrototypeStartsWith: uncurryThis(String.prototype.startsWith),
  StringPrototypeToLowerCase: uncurryThis(String.prototype.toLowerCase),
  StringPrototypeToWellFormed: uncurryThis(String.prototype.toWellFormed),
  StringPrototypeTrim: uncurryThis(String.prototype.trim),
  SymbolAsyncDispose: Symbol.asyncDispose ?? Symbol.for('nodejs.asyncDispose'),
  SymbolAsyncIterator: Symbol.asyncIterator,
  SymbolDispose: Symbol.dispose ?? Symbol.for('nodejs.dispose'),
  SymbolFor: Symbol.for,
  SymbolHasInstance: Symbol.hasInstance,
  SymbolIterator: Symbol.iterator,
  SymbolToStringTag: Symbol.toStringTag,
  SymbolPrototypeDescription: uncurryThis(getOwnPropertyDescriptor(Symbol.prototype, 'description').get),
  TypedArrayPrototypeFill: uncurryThis(TypedArrayPrototype.fill),
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
