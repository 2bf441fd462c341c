'use strict'

// Objects of Node's that structured clone carries although V8 does not know them, or refuses
// although V8 does; and those of this package's classes over shared memory.

const { nodeStructuredClone } = require('./node')

// The method of a Composite that says what to send in its place: { type, ...parts }.
const kParts = Symbol('kParts')

// How the classes are put together again, by the names that they go by in messages. Loaded when
// the first one arrives.
const composites = {
  Mutex: () => require('./shared/mutex').Mutex.fromParts,
  RwLock: () => require('./shared/rw-lock').RwLock.fromParts,
  Semaphore: () => require('./shared/semaphore').Semaphore.fromParts,
  Condvar: () => require('./shared/condvar').Condvar.fromParts,
  Barrier: () => require('./shared/barrier').Barrier.fromParts,
  Latch: () => require('./shared/latch').Latch.fromParts,
  Once: () => require('./shared/once').Once.fromParts,
  SharedQueue: () => require('./shared/shared-queue').SharedQueue.fromParts,
  SharedRing: () => require('./shared/shared-ring').SharedRing.fromParts,
  AtomicView: () => require('./shared/atomic-view').AtomicView.fromParts
}

// Methods under these symbols mark the classes that Node clones or transfers itself.
const marks = ['messaging_clone_symbol', 'messaging_transfer_symbol']

/** @returns {symbol[]} */
function findCloneSymbols () {
  const prototypes = [Blob.prototype, AbortSignal.prototype, DOMException.prototype]
  const symbols = prototypes.flatMap(prototype => Object.getOwnPropertySymbols(prototype))
  return [...new Set(symbols.filter(symbol => marks.includes(symbol.description)))]
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
 * @returns {object | [object] | undefined} what to send in its place: to be put together there; in an array what
 *   arrives as it is; undefined when this package cannot clone it
 * @throws what Node throws, of an object that it cannot clone either
 */
function takeApart (object) {
  if (object === variables) return [{ ...object }]
  if (object instanceof DOMException) {
    const { message, name, stack, quota, requested } = object
    return isQuotaError(object) ? { message, name, stack, quota, requested } : { message, name, stack }
  }
  const parts = object[kParts]?.()
  if (parts === undefined && !isNamedAsOurs(object)) nodeStructuredClone(object)
  return parts
}

// An object of another copy of this package, or a port of Node's, has a reason of its own, which realm.js tells.
function isNamedAsOurs (object) {
  const name = object.constructor?.name
  return name === 'MessagePort' || Object.hasOwn(composites, name)
}

// Node 26 and later.
function isQuotaError (exception) {
  return globalThis.QuotaExceededError !== undefined && exception instanceof globalThis.QuotaExceededError
}

/** @param {object} parts what takeApart returned */
function putTogether (parts) {
  if (parts.type !== undefined) return composites[parts.type]()(parts)
  const { message, name, stack, quota, requested } = parts
  const exception = quota === undefined ? new DOMException(message, name) : quotaError(message, quota, requested)
  exception.stack = stack
  return exception
}

// What is null there was not given.
function quotaError (message, quota, requested) {
  return new globalThis.QuotaExceededError(message, { ...(quota !== null && { quota }), ...(requested !== null && { requested }) })
}

/**
 * @param {object} object that V8 or a symbol of Node's says may be more than an ordinary one. Node 22 and later
 * @returns {boolean} whether it is to be taken apart: not when it is a plain object to Node
 * @throws what Node throws, of an object that it cannot clone
 */
function isHostObject (object) {
  return object instanceof DOMException || isNamedAsOurs(object) ||
    Object.getPrototypeOf(nodeStructuredClone(object)) !== Object.prototype
}

// Their objects cannot be cloned, from Node 22 on. Loading them only to compare would take long.
const uncloneableClasses = new Set([
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
  if (!uncloneableClasses.has(className.startsWith('_') ? className.slice(1) : className)) return
  try {
    // Node looks at the object before it finds the function, which nobody can clone.
    nodeStructuredClone([object, checkCloneable])
  } catch (error) {
    if (!error.message.includes(checkCloneable.name)) throw error
  }
}

module.exports = {
  kParts,
  checkCloneable,
  compositeNames: Object.keys(composites),
  findCloneSymbols,
  isHostObject,
  putTogether,
  setVariables,
  takeApart
}
