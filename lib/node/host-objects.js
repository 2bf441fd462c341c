'use strict'

// Node's own objects that structured clone supports although V8 does not know them, and those that it refuses although V8 does not.

const {
  ArrayPrototypeIncludes, ObjectGetOwnPropertyDescriptor, ObjectGetOwnPropertySymbols, ObjectGetPrototypeOf, ObjectPrototype,
  SafeWeakMap, StringPrototypeIncludes, StringPrototypeStartsWith, SymbolPrototypeDescription, append, isInstance, newList,
  setOwn, uncurryThis
} = require('../core/primordials')
const { types } = require('node:util')
const { isNameOfOurs } = require('../core/composites')
const { domException } = require('../core/errors')
const { getAbortSignal, getBlob, getDOMException, lazily, messaging, nodeStructuredClone, process } = require('./internals')

const getQuotaExceededError = () => globalThis.QuotaExceededError

// An object with its prototype only is a plain one.
const messageOf = lazily(() => uncurryThis(ObjectGetOwnPropertyDescriptor(getDOMException().prototype, 'message').get))

function isDOMException (object) {
  if (!isInstance(getDOMException(), object)) return false
  try {
    messageOf()(object)
    return true
  } catch {
    return false
  }
}

// The keys of methods that mark classes which Node clones or transfers itself.
const marks = ['messaging_clone_symbol', 'messaging_transfer_symbol']

/** @returns {symbol[]} */
function findCloneSymbols () {
  const prototypes = [getBlob().prototype, getAbortSignal().prototype, getDOMException().prototype]
  const found = newList()
  for (let index = 0; index < prototypes.length; index++) {
    const symbols = ObjectGetOwnPropertySymbols(prototypes[index])
    for (let at = 0; at < symbols.length; at++) {
      const symbol = symbols[at]
      const isMark = ArrayPrototypeIncludes(marks, SymbolPrototypeDescription(symbol))
      if (isMark && !ArrayPrototypeIncludes(found, symbol)) append(found, symbol)
    }
  }
  return found
}

// This thread's process.env, Node's or a worker's: an object with interceptors, which arrives as a plain object.
let variables = process.env

/** @param {object} object this thread's new process.env */
function setVariables (object) {
  variables = object
}

/**
 * @param {object} object
 * @returns {object | [object] | undefined} see core/realm.js; undefined when it is not one of Node's objects
 */
function takeApart (object) {
  if (object === variables) return [{ ...object }]
  if (isDOMException(object)) {
    const { message, name, stack, quota, requested } = object
    return isQuotaError(object) ? { message, name, stack, quota, requested } : { message, name, stack }
  }
}

/**
 * @param {object} object that this package cannot clone
 * @returns {boolean} whether it belongs to another copy of this package
 * @throws Node's error for one of its ports, which must be transferred
 */
function isForeign (object) {
  if (!isNamedAsOurs(object)) return false
  try {
    nodeStructuredClone(object)
  } catch (error) {
    if (StringPrototypeIncludes(error.message, 'needs transfer')) throw error
  }
  return true
}

function isNamedAsOurs (object) {
  return isNameOfOurs(object.constructor?.name)
}

// Node 26 and later.
function isQuotaError (exception) {
  const QuotaExceededError = getQuotaExceededError()
  return QuotaExceededError !== undefined && isInstance(QuotaExceededError, exception)
}

/** @param {object} parts the result of takeApart */
function putTogether (parts) {
  const { message, name, stack, quota, requested } = parts
  const exception = quota === undefined ? domException(message, name) : quotaError(message, quota, requested)
  setOwn(exception, 'stack', stack)
  return exception
}

// null stands for an option that was not given.
function quotaError (message, quota, requested) {
  return new (getQuotaExceededError())(message, {
    __proto__: null,
    ...(quota !== null && { quota }), ...(requested !== null && { requested }) })
}

/**
 * @param {object} object that V8 or one of Node's symbols reports as possibly special. Node 22 and later
 * @returns {boolean} whether takeApart must handle it; false when Node treats it as a plain object
 * @throws Node's error for an object that it cannot clone
 */
function isHostObject (object) {
  return isDOMException(object) || isNamedAsOurs(object) ||
    ObjectGetPrototypeOf(nodeStructuredClone(object)) !== ObjectPrototype
}

// By prototype: whether Node clones its objects like plain ones.
const isPlainToNode = new SafeWeakMap()

/**
 * @param {object} object of a class that is not known as a host class. Node 22 and later
 * @param {boolean} isQuiet no JavaScript of the program may run: then a text is thrown if it would have to
 * @param {(func: Function) => string | undefined} scriptOf
 * @throws Node's error for an object that it refuses to clone
 */
function checkCloneable (object, isQuiet, scriptOf) {
  const prototype = ObjectGetPrototypeOf(object)
  const isKnown = isPlainToNode.get(prototype)
  if (isKnown === true) return
  if (isKnown === undefined && !isOfNode(prototype, scriptOf)) {
    isPlainToNode.set(prototype, true)
    return
  }
  // As V8 does where no JavaScript may run.
  if (isQuiet) throw 'Getters of the object would run'
  try {
    // Node checks the object before it reaches the function, which can never be cloned.
    nodeStructuredClone([object, checkCloneable])
  } catch (error) {
    if (StringPrototypeIncludes(error.message, 'unsupported type')) throw error
    isPlainToNode.set(prototype, StringPrototypeIncludes(error.message, 'checkCloneable'))
  }
}

// Node marks objects in the constructors of its classes. Objects of derived classes are marked, too.
function isOfNode (prototype, scriptOf) {
  for (; prototype !== null && prototype !== ObjectPrototype && !types.isProxy(prototype); prototype = ObjectGetPrototypeOf(prototype)) {
    const constructor = ObjectGetOwnPropertyDescriptor(prototype, 'constructor')?.value
    if (typeof constructor === 'function' && StringPrototypeStartsWith(scriptOf(constructor) ?? '', 'node:')) return true
  }
  return false
}

/**
 * @param {object} object in a transfer list, neither a buffer nor one of our ports
 * @throws Node's error for an object that it does not transfer
 */
function checkTransferable (object) {
  try {
    // Node checks the list first. Then it reaches the function, which can never be cloned, and nothing is transferred.
    nodeStructuredClone(checkTransferable, { __proto__: null, transfer: [object] })
  } catch (error) {
    if (!StringPrototypeIncludes(error.message, 'checkTransferable')) throw error
  }
}

/**
 * Puts objects of Node into a message of Node; src/engine/shim/node/host_message.cc takes it to another thread.
 * @param {object[]} objects
 * @param {object[]} transferList
 * @returns {object} a port of Node at which the message waits
 * @throws Node's error for an object that it cannot clone or transfer
 */
function pack (objects, transferList) {
  const { newChannel, postMessage, close } = messaging()
  const { port1, port2 } = newChannel()
  try {
    postMessage(port1, objects, transferList)
  } catch (error) {
    close(port2)
    throw error
  } finally {
    close(port1)
  }
  return port2
}

/**
 * @param {object | undefined} port of Node at which a message of pack() waits. Without one it only loads Node's code of ports, which
 *   must be there before a port is made
 * @param {boolean} isShared other threads will read the message, too
 * @returns {[object[], object | undefined]} the objects, and a port at which the message waits again
 */
function unpack (port, isShared) {
  const { receive, close } = messaging()
  if (port === undefined) return
  try {
    const { message: objects } = receive(port)
    return [objects, isShared ? pack(objects, []) : undefined]
  } finally {
    close(port)
  }
}

module.exports = {
  checkCloneable, checkTransferable, findCloneSymbols, isForeign, isHostObject, pack, putTogether, setVariables, takeApart, unpack
}
