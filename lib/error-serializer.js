'use strict'

// How an uncaught error crosses to the parent: with its class, message, stack, cause and own
// properties where they can be cloned. What is thrown need not be an Error, and its getters may throw.

const { inspect, types } = require('node:util')
const { nodeError } = require('./errors')

const classes = { Error, EvalError, RangeError, ReferenceError, SyntaxError, TypeError, URIError, AggregateError }
// Accessors of the prototype that describe the error; a subclass may define more.
const skipped = new Set(['constructor', '__proto__', 'toString'])

/**
 * @param {unknown} error
 * @param {(value: unknown) => void} check throws when a value cannot be cloned
 * @returns {object} something that can be cloned
 */
function serializeError (error, check) {
  return serialize(error, check, new Set())
}

function serialize (value, check, seen) {
  if (typeof value === 'symbol') return { type: 'symbol', text: inspect(value) }
  if (typeof value === 'object' && value !== null && isError(value)) {
    if (seen.has(value)) return { type: 'circular' }
    seen.add(value)
    const properties = allProperties(value, check, seen)
    // Own properties that are no errors themselves must stand the clone alone.
    return { type: 'error', class: classOf(value), properties }
  }
  if (typeof value === 'object' && value !== null && inspect.custom in value) return { type: 'inspected', text: inspect(value) }
  try {
    check(value)
    return { type: 'value', value }
  } catch {
    return { type: 'text', text: inspect(value) }
  }
}

function isError (value) {
  return types.isNativeError(value) || Object.prototype.toString.call(value) === '[object Error]'
}

function classOf (error) {
  for (let object = error; object !== null; object = Object.getPrototypeOf(object)) {
    const name = Object.getOwnPropertyDescriptor(object, 'constructor')?.value?.name
    if (Object.hasOwn(classes, name)) return name
  }
  return 'Error'
}

function allProperties (error, check, seen) {
  const properties = {}
  const chain = []
  for (let object = error; object !== null && object !== Object.prototype; object = Object.getPrototypeOf(object)) chain.unshift(object)
  for (const object of chain) {
    for (const name of Object.getOwnPropertyNames(object)) {
      if (skipped.has(name)) continue
      const property = readProperty(object, name, error)
      if (property === undefined) continue
      if (name === 'cause' || (name === 'errors' && Array.isArray(property.value))) {
        const nest = each => serialize(each, check, seen)
        property.nested = name === 'cause' ? nest(property.value) : property.value.map(nest)
        delete property.value
      } else if (!isCloneable(property.value, check)) {
        continue
      }
      properties[name] = property
    }
  }
  return properties
}

function readProperty (object, name, error) {
  try {
    const { value, get, enumerable } = Object.getOwnPropertyDescriptor(object, name)
    return { value: get ? get.call(error) : value, enumerable }
  } catch {
    return undefined
  }
}

function isCloneable (value, check) {
  if (typeof value === 'function' || typeof value === 'symbol') return false
  if (typeof value !== 'object' || value === null) return true
  try {
    check(value)
    return true
  } catch {
    return false
  }
}

/** @param {object} serialized what serializeError made */
function deserializeError (serialized) {
  switch (serialized?.type) {
    case 'error':
      return revive(serialized)
    case 'native':
      return errorOfNative(serialized)
    case 'value':
      return serialized.value
    case 'text':
      return serialized.text
    case 'symbol':
      return Symbol.for(serialized.text.slice('Symbol('.length, -1))
    case 'inspected':
      return { __proto__: null, [inspect.custom]: () => serialized.text }
    case 'circular':
      return { __proto__: null, [inspect.custom]: () => '[Circular object]' }
  }
  return nodeError(Error, 'ERR_WORKER_UNSERIALIZABLE_ERROR', 'Serializing an uncaught exception failed')
}

function revive ({ class: name, properties }) {
  const error = name === 'AggregateError' ? new AggregateError([]) : new classes[name]()
  if (name === 'AggregateError') delete error.errors
  delete error.stack
  for (const [key, { value, nested, enumerable }] of Object.entries(properties)) {
    const revived = Array.isArray(nested) ? nested.map(deserializeError) : nested ? deserializeError(nested) : value
    Object.defineProperty(error, key, { value: revived, enumerable, writable: true, configurable: true })
  }
  return error
}

// src/native/failure.rs
function errorOfNative ({ name, message, code, location, backtrace, worker }) {
  const Class = Object.hasOwn(classes, name) ? classes[name] : Error
  const error = Class === AggregateError ? new AggregateError([], message) : new Class(message)
  if (!Object.hasOwn(classes, name)) Object.defineProperty(error, 'name', { value: name, configurable: true, writable: true })
  if (code) error.code = code
  if (location) error.location = location
  const place = location ? `${worker} (${location})` : worker
  error.stack = `${name}${code ? ` [${code}]` : ''}: ${message}\n    at ${place}${backtrace ? `\n${backtrace}` : ''}`
  return error
}

module.exports = { serializeError, deserializeError }
