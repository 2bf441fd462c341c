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

/**
 * @param {object} object
 * @returns {object | undefined} what to send in its place; undefined when it cannot be cloned
 */
function takeApart (object) {
  if (object instanceof DOMException) return { message: object.message, name: object.name, stack: object.stack }
  return object[kParts]?.()
}

/** @param {object} parts what takeApart returned */
function putTogether (parts) {
  if (parts.type !== undefined) return composites[parts.type]()(parts)
  const { message, name, stack } = parts
  const exception = new DOMException(message, name)
  exception.stack = stack
  return exception
}

// Their objects cannot be cloned, from Node 22 on. Loading them only to compare would take long.
const uncloneableClasses = new Set([
  'URL', 'URLSearchParams', 'Headers', 'FormData', 'Request', 'Response', 'MessageEvent', 'CloseEvent', 'WebSocket',
  'EventSource', 'Cache', 'CacheStorage'
])

/**
 * @param {object} object of a class that is not known to be a host object's
 * @param {string} className as V8 knows it: no getter of the user's runs
 * @returns {boolean} whether Node refuses to clone it
 */
function isUncloneable (object, className) {
  // The bundler of some of these classes calls them with an underscore.
  if (!uncloneableClasses.has(className.startsWith('_') ? className.slice(1) : className)) return false
  try {
    // Node looks at the object before it finds the function, which nobody can clone.
    nodeStructuredClone([object, isUncloneable])
  } catch (error) {
    return !error.message.includes(isUncloneable.name)
  }
}

module.exports = { kParts, compositeNames: Object.keys(composites), findCloneSymbols, takeApart, putTogether, isUncloneable }
