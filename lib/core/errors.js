'use strict'

// Errors in Node's form: class, code, message and the first line of the stack.
// https://nodejs.org/api/errors.html#nodejs-error-codes

const {
  Error, ErrorCaptureStackTrace, JSONStringify, ObjectDefineProperty, SafeWeakSet, String, StringPrototypeIncludes,
  StringPrototypeSlice, TypeError, isInstance, setOwn
} = require('./primordials')
const { getDOMException, inspect, nodeMajor } = require('./platform')

/** Captures the stack now. A stack hook of the program may throw, and the error's class may be frozen. */
function captureStack (error, above) {
  try {
    ErrorCaptureStackTrace(error, above)
    String(error.stack)
  } catch {
    // The error keeps the stack from its constructor.
  }
}

/**
 * An error as Node's native half throws it.
 * @param {ErrorConstructor} Base
 * @param {string} code
 * @param {string} message
 * @param {Function} [above] its callers are in the stack
 * @returns {Error & { code: string }}
 */
function nativeError (Base, code, message, above = nativeError) {
  const error = new Base(message)
  // V8 builds the stack from the name once. Afterwards the error uses the name of its class again.
  ObjectDefineProperty(error, 'name', { __proto__: null, value: `${Base.name} [${code}]`, configurable: true })
  captureStack(error, above)
  delete error.name
  setOwn(error, 'code', code)
  return error
}

/** An error as Node's JavaScript throws it: as text, it has the code too. */
function nodeError (Base, code, message) {
  const error = nativeError(Base, code, message, nodeError)
  ObjectDefineProperty(error, 'toString', { __proto__: null, value: toString, writable: true, configurable: true })
  return error
}

function toString () {
  return `${this.name} [${this.code}]: ${this.message}`
}

// The end of Node's ERR_INVALID_ARG_TYPE messages.
function received (value) {
  switch (typeof value) {
    case 'undefined':
      return 'Received undefined'
    case 'function':
      return `Received function ${value.name}`
    case 'object':
      if (value === null) return 'Received null'
      return value.constructor && 'name' in value.constructor
        ? `Received an instance of ${value.constructor.name}`
        : `Received ${inspect(value, { __proto__: null, depth: -1 })}`
    case 'string': {
      const shortened = value.length > 28 ? `${StringPrototypeSlice(value, 0, 25)}...` : value
      return `Received type string (${StringPrototypeIncludes(shortened, "'") ? JSONStringify(shortened) : `'${shortened}'`})`
    }
    default:
      return `Received type ${typeof value} (${inspect(value, { __proto__: null, colors: false })})`
  }
}

/**
 * @param {string} name the argument's name; a dotted name is a property
 * @param {string} expected for example `of type string`
 */
function invalidArgType (name, expected, value) {
  const kind = StringPrototypeIncludes(name, '.') ? 'property' : 'argument'
  return nodeError(TypeError, 'ERR_INVALID_ARG_TYPE', `The "${name}" ${kind} must be ${expected}. ${received(value)}`)
}

function invalidArgValue (name, value, reason) {
  const kind = StringPrototypeIncludes(name, '.') ? 'property' : 'argument'
  return nodeError(TypeError, 'ERR_INVALID_ARG_VALUE', `The ${kind} '${name}' ${reason}. Received ${inspect(value)}`)
}

function missingMessage () {
  return nativeError(TypeError, 'ERR_MISSING_ARGS', 'Not enough arguments to MessagePort.postMessage')
}

function missingArgs (name) {
  return nodeError(TypeError, 'ERR_MISSING_ARGS', `The "${name}" argument must be specified`)
}

function domException (message, name) {
  return new (getDOMException())(message, name)
}

/** @param {string} message */
function dataCloneError (message) {
  return domException(message, 'DataCloneError')
}

const unsupportedTransfer = 'Cannot transfer object of unsupported type.'

// Before Node 22 these two were TypeErrors with a code.
function missingTransferable () {
  const message = 'Object that needs transfer was found in message but not listed in transferList'
  return nodeMajor >= 22 ? dataCloneError(message) : nativeError(TypeError, 'ERR_MISSING_TRANSFERABLE_IN_TRANSFER_LIST', message)
}

// For objects that have the name of one of our classes and are not instances of it.
const foreignNote = ' It belongs to Node\'s own worker_threads or to another copy of isothreads: both sides must use the same one'

function invalidTransferable (entry) {
  const note = entry?.constructor?.name === 'MessagePort' ? foreignNote : ''
  return refuseObject(nodeMajor >= 22
    ? dataCloneError(`Found invalid value in transferList.${note}`)
    : nativeError(TypeError, 'ERR_INVALID_TRANSFER_OBJECT', `Found invalid object in transferList${note && `.${note}`}`))
}

const refusals = new SafeWeakSet()

// Marks errors about objects that Node may be able to clone and this package cannot.
function refuseObject (error) {
  refusals.add(error)
  return error
}

function isRefusalOfObject (error) {
  return refusals.has(error)
}

/** The error of a closed pool. */
function closedError () {
  return nodeError(Error, 'ERR_ISOTHREADS_POOL_CLOSED', 'The pool is closed: it accepts no more tasks')
}

/** Adds the failed worker's thread id to the error, as a property that is easy to find and affects nothing else. */
function withThreadId (error, threadId) {
  if (isInstance(Error, error)) {
    ObjectDefineProperty(error, 'threadId', { __proto__: null, value: threadId, configurable: true, writable: true })
  }
  return error
}

/** @param {unknown} type of a control message */
function unknownControl (type) {
  return nodeError(Error, 'ERR_ISOTHREADS_PROTOCOL', `Unknown control message: ${String(type)}`)
}

module.exports = {
  closedError,
  domException,
  nativeError,
  nodeError,
  unknownControl,
  invalidArgType,
  invalidArgValue,
  missingArgs,
  missingMessage,
  dataCloneError,
  missingTransferable,
  foreignNote,
  invalidTransferable,
  unsupportedTransfer,
  withThreadId,
  refuseObject,
  isRefusalOfObject
}
