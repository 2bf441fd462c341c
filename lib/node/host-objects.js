'use strict'

// Objects of Node's that structured clone carries although V8 does not know them, or refuses
// although V8 does.

const {
  ArrayPrototypeIncludes, ObjectGetOwnPropertySymbols, ObjectGetPrototypeOf, ObjectPrototype, StringPrototypeIncludes,
  StringPrototypeSlice, StringPrototypeStartsWith, SymbolPrototypeDescription, append, isInstance, newList, setOf, setOwn
} = require('../core/primordials')
const { isNameOfOurs } = require('../core/composites')
const { domException } = require('../core/errors')
const { getAbortSignal, getBlob, getDOMException, nodeStructuredClone, process } = require('./internals')

const getQuotaExceededError = () => globalThis.QuotaExceededError

// Methods under these symbols mark the classes that Node clones or transfers itself.
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

// Node's own process.env, or that of a worker of ours: an object of interceptors, which arrives as a
// plain one.
let variables = process.env

/** @param {object} object is this thread's process.env from now on */
function setVariables (object) {
  variables = object
}

/**
 * @param {object} object
 * @returns {object | [object] | undefined} see core/realm.js; undefined when it is none of Node's
 */
function takeApart (object) {
  if (object === variables) return [{ ...object }]
  if (isInstance(getDOMException(), object)) {
    const { message, name, stack, quota, requested } = object
    return isQuotaError(object) ? { message, name, stack, quota, requested } : { message, name, stack }
  }
}

/**
 * @param {object} object that this package cannot clone
 * @throws what Node throws, of an object that it cannot clone either
 */
function refuseAsHost (object) {
  try {
    nodeStructuredClone(object)
  } catch (error) {
    // An object of another copy of this package has a reason of its own, which core/realm.js tells. A port of Node's only has to be listed.
    if (!isNamedAsOurs(object) || StringPrototypeIncludes(error.message, 'needs transfer')) throw error
  }
}

function isNamedAsOurs (object) {
  return isNameOfOurs(object.constructor?.name)
}

// Node 26 and later.
function isQuotaError (exception) {
  const QuotaExceededError = getQuotaExceededError()
  return QuotaExceededError !== undefined && isInstance(QuotaExceededError, exception)
}

/** @param {object} parts what takeApart returned */
function putTogether (parts) {
  const { message, name, stack, quota, requested } = parts
  const exception = quota === undefined ? domException(message, name) : quotaError(message, quota, requested)
  setOwn(exception, 'stack', stack)
  return exception
}

// What is null there was not given.
function quotaError (message, quota, requested) {
  return new (getQuotaExceededError())(message, {
    __proto__: null,
    ...(quota !== null && { quota }), ...(requested !== null && { requested }) })
}

/**
 * @param {object} object that V8 or a symbol of Node's says may be more than an ordinary one. Node 22 and later
 * @returns {boolean} whether it is to be taken apart: not when it is a plain object to Node
 * @throws what Node throws, of an object that it cannot clone
 */
function isHostObject (object) {
  return isInstance(getDOMException(), object) || isNamedAsOurs(object) ||
    ObjectGetPrototypeOf(nodeStructuredClone(object)) !== ObjectPrototype
}

// Their objects cannot be cloned, from Node 22 on. Loading them only to compare would take long.
const uncloneableClasses = setOf([
  'URL', 'URLSearchParams', 'Headers', 'FormData', 'Request', 'Response', 'MessageEvent', 'CloseEvent', 'WebSocket',
  'EventSource', 'Cache', 'CacheStorage'
])

/**
 * @param {object} object of a class that is not known to be a host object's
 * @param {string} className as V8 knows it: no getter of the user's runs
 * @throws what Node throws, of an object that it refuses to clone
 */
function checkCloneable (object, className) {
  // The bundler of some of these classes calls them with an underscore.
  if (!uncloneableClasses.has(StringPrototypeStartsWith(className, '_') ? StringPrototypeSlice(className, 1) : className)) return
  try {
    // Node looks at the object before it finds the function, which nobody can clone.
    nodeStructuredClone([object, checkCloneable])
  } catch (error) {
    if (!StringPrototypeIncludes(error.message, 'checkCloneable')) throw error
  }
}

module.exports = { checkCloneable, findCloneSymbols, isHostObject, putTogether, refuseAsHost, setVariables, takeApart }
