'use strict'

// How a thrown value crosses to another thread. An error crosses with its class, message, stack, cause and own properties, as far
// as they can be cloned. Any other value crosses as a clone, or as the text that inspect() returns. A thrown value need not be an
// Error, and its getters may throw.

const {
  AggregateError, ArrayBufferIsView, ArrayIsArray, ArrayPrototypeForEach, ArrayPrototypeMap, Error, EvalError, MapPrototypeForEach,
  ObjectDefineProperty, ObjectGetOwnPropertyDescriptor, ObjectGetOwnPropertyNames, ObjectGetPrototypeOf, ObjectKeys, ObjectPrototype,
  ObjectPrototypeToString, ObjectSetPrototypeOf, RangeError, ReferenceError, ReflectApply, SafeSet, SetPrototypeForEach,
  StringPrototypeSlice, SymbolFor, SyntaxError, TypeError, URIError, append, isInstance, newList, setOf, setOwn
} = require('./primordials')
const { Buffer, BufferIsBuffer, getDOMException, inspect, nodeMajor, types } = require('./platform')
const { structuredClone } = require('./realm')

const classes = { __proto__: null, Error, EvalError, RangeError, ReferenceError, SyntaxError, TypeError, URIError, AggregateError }
// Accessors of a prototype describe the error, and a subclass may define more. These are left out.
const skipped = setOf(['constructor', '__proto__', 'toString'])
// Causes nested deeper than this become text, because the serialiser's stack is limited.
const MOST_NESTED = 100

/**
 * @param {unknown} error
 * @returns {object} an object that can be cloned
 */
function serializeError (error) {
  const buffers = newList()
  try {
    const serialized = serialize(error, { seen: new SafeSet(), depth: 0, buffers })
    return buffers.length > 0 ? { ...serialized, buffers } : serialized
  } catch {
    return { type: 'unserializable' }
  }
}

// `context` holds the number of errors around this one (`depth`), these errors (`seen`), and the `buffers` that were Buffers. Those
// arrive as Uint8Arrays, each the same object as in the value, and are turned back into Buffers.
function serialize (value, context) {
  if (typeof value === 'symbol') return { type: 'symbol', text: inspect(value) }
  // A proxy is never read as an error: its traps decide what it looks like.
  if (typeof value === 'object' && value !== null && !types.isProxy(value)) {
    if (isDOMException(value)) return serializeException(value, context)
    const name = classOf(value)
    if (name !== undefined) {
      return serializeNested(value, context, () => ({ type: 'error', class: name, properties: allProperties(value, context) }))
    }
  }
  if (hasOwnText(value)) return { type: 'inspected', text: inspect(value) }
  return isCloneable(value, context) ? { type: 'value', value } : { type: 'text', text: inspect(value) }
}

function serializeNested (error, context, run) {
  if (context.seen.has(error)) return { type: 'circular' }
  if (context.depth === MOST_NESTED) return { type: 'text', text: inspect(error) }
  context.seen.add(error)
  context.depth++
  const serialized = run()
  context.depth--
  return serialized
}

// A clone of a DOMException loses its own properties. Node 20 clones it to {}.
function serializeException (exception, context) {
  return serializeNested(exception, context, () => {
    const own = propertiesOf([exception], exception, context)
    if (nodeMajor >= 22) {
      delete own.stack
      return { type: 'exception', value: exception, properties: own }
    }
    const { name, code, message, stack } = exception
    const described = { ...describe(name, { message, code }), name: { value: name }, stack: { value: stack } }
    return { type: 'error', class: 'Error', properties: { ...described, ...own } }
  })
}

function isDOMException (object) {
  try {
    return isInstance(getDOMException(), object) && object.name !== undefined
  } catch {
    // For example, it has a prototype of its own.
    return false
  }
}

/** @returns {string | undefined} undefined when it is not an error */
function classOf (object) {
  if (!types.isNativeError(object) && !isTagged(object)) return undefined
  for (let part = object; part !== null; part = ObjectGetPrototypeOf(part)) {
    const name = ObjectGetOwnPropertyDescriptor(part, 'constructor')?.value?.name
    if (name in classes) return name
  }
  return types.isNativeError(object) ? 'Error' : undefined
}

function isTagged (object) {
  try {
    return ObjectPrototypeToString(object) === '[object Error]'
  } catch {
    return false
  }
}

// Whether the value defines how it is printed.
function hasOwnText (value) {
  if ((typeof value !== 'object' && typeof value !== 'function') || value === null) return false
  try {
    return inspect.custom in value
  } catch {
    return false
  }
}

function allProperties (error, context) {
  const chain = newList()
  for (let object = error; object !== null && object !== ObjectPrototype; object = ObjectGetPrototypeOf(object)) append(chain, object)
  return propertiesOf(chain, error, context)
}

function propertiesOf (chain, error, context) {
  const properties = {}
  for (let depth = chain.length - 1; depth >= 0; depth--) {
    const object = chain[depth]
    const names = ObjectGetOwnPropertyNames(object)
    for (let index = 0; index < names.length; index++) {
      const name = names[index]
      if (skipped.has(name)) continue
      const property = readProperty(object, name, error)
      if (property === undefined) continue
      const { value } = property
      if (name === 'cause' || isExceptionOfNode20(value)) {
        property.nested = serialize(value, context)
        delete property.value
      } else if (name === 'errors' && ArrayIsArray(value)) {
        property.nested = ArrayPrototypeMap(value, each => serialize(each, context))
        delete property.value
      } else if (typeof value === 'symbol' || !isCloneable(value, context)) {
        continue
      }
      setOwn(properties, name, property)
    }
  }
  return properties
}

function isExceptionOfNode20 (value) {
  return nodeMajor < 22 && typeof value === 'object' && value !== null && !types.isProxy(value) && isDOMException(value)
}

function readProperty (object, name, error) {
  try {
    const { value, get, enumerable } = { __proto__: null, ...ObjectGetOwnPropertyDescriptor(object, name) }
    return { value: get ? ReflectApply(get, error, []) : value, nested: undefined, enumerable }
  } catch {
    return undefined
  }
}

function isCloneable (value, { buffers }) {
  if (typeof value === 'function' || typeof value === 'symbol') return false
  if (typeof value !== 'object' || value === null) return true
  try {
    structuredClone(value)
  } catch {
    return false
  }
  collectBuffers(value, buffers)
  return true
}

// Runs no getter: the clone reads its result later.
function collectBuffers (value, buffers) {
  const seen = new SafeSet()
  const waiting = newList()
  append(waiting, value)
  for (let next = 0; next < waiting.length; next++) {
    const object = waiting[next]
    if (typeof object !== 'object' || object === null || seen.has(object)) continue
    seen.add(object)
    if (BufferIsBuffer(object)) append(buffers, object)
    if (ArrayBufferIsView(object)) continue
    if (types.isMap(object)) {
      MapPrototypeForEach(object, (member, key) => {
        append(waiting, key)
        append(waiting, member)
      })
    }
    if (types.isSet(object)) SetPrototypeForEach(object, member => append(waiting, member))
    ArrayPrototypeForEach(ObjectKeys(object), name => append(waiting, ObjectGetOwnPropertyDescriptor(object, name)?.value))
  }
}

/** @param {object} serialized the result of serializeError */
function deserializeError (serialized) {
  const buffers = serialized?.buffers
  if (buffers !== undefined) ArrayPrototypeForEach(buffers, bytes => ObjectSetPrototypeOf(bytes, Buffer.prototype))
  return deserialize(serialized)
}

function deserialize (serialized) {
  switch (serialized?.type) {
    case 'error':
      return withProperties(newError(serialized.class), serialized.properties)
    case 'exception':
      return withProperties(serialized.value, serialized.properties)
    case 'native':
      return errorOfNative(serialized)
    case 'value':
      return serialized.value
    case 'text':
      return serialized.text
    case 'symbol':
      return SymbolFor(StringPrototypeSlice(serialized.text, 'Symbol('.length, -1))
    case 'inspected':
      return { __proto__: null, [inspect.custom]: () => serialized.text }
    case 'circular':
      return { __proto__: null, [inspect.custom]: () => '[Circular object]' }
  }
  return withProperties(newError('Error'), describe('Error', {
    message: 'Serializing an uncaught exception failed',
    code: 'ERR_WORKER_UNSERIALIZABLE_ERROR'
  }))
}

// Node prints the source line that threw an uncaught error. An error made here would show a line of this file. An error that V8
// deserialises was thrown nowhere, so Node prints none.
function newError (name) {
  const error = structuredClone(name === 'AggregateError' ? new Error() : new classes[name]())
  if (name === 'AggregateError') ObjectSetPrototypeOf(error, AggregateError.prototype)
  delete error.stack
  return error
}

function withProperties (error, properties) {
  const keys = ObjectKeys(properties)
  for (let index = 0; index < keys.length; index++) {
    const key = keys[index]
    const { value, nested, enumerable } = { __proto__: null, ...properties[key] }
    const revived = ArrayIsArray(nested) ? ArrayPrototypeMap(nested, deserialize) : nested ? deserialize(nested) : value
    ObjectDefineProperty(error, key, { __proto__: null, value: revived, enumerable, writable: true, configurable: true })
  }
  return error
}

// The stack begins like that of a Node error with a code; `at` is the rest of it.
function describe (name, { message, code, at = '' }) {
  return {
    message: { value: message, enumerable: false },
    stack: { value: `${name}${code ? ` [${code}]` : ''}: ${message}${at}`, enumerable: false },
    ...(code && { code: { value: code, enumerable: true } })
  }
}

// See src/runtime/native/failure.rs.
function errorOfNative ({ name, message, code, location, backtrace, worker }) {
  const isKnown = name in classes
  const place = location ? `${worker} (${location})` : worker
  return withProperties(newError(isKnown ? name : 'Error'), {
    ...(name === 'AggregateError' && { errors: { value: [], enumerable: false } }),
    ...(!isKnown && { name: { value: name, enumerable: false } }),
    ...describe(name, { message, code, at: `\n    at ${place}${backtrace ? `\n${backtrace}` : ''}` }),
    ...(location && { location: { value: location, enumerable: true } })
  })
}

module.exports = { serializeError, deserializeError }
