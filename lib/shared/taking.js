'use strict'

// The slow path of locks, in native code: another thread has the lock or waits for it, or the holder has died. A request is a number
// that each kind of lock defines; see src/shared.

const { Error, SafeFinalizationRegistry } = require('../core/primordials')
const { nodeError } = require('../core/errors')
const { lockWord } = require('../core/protocol')
const { native } = require('../core/realm')
const { attempt, block, outcome, waitAsync } = require('./waiting')

const { count: COUNT, poisoned: POISONED } = lockWord

/** The number that identifies this thread in locks. */
const holder = native.lockHolder()

// Until its thread ends, a lock whose object was collected stays known only while it is held.
const forgotten = new SafeFinalizationRegistry(key => native.forgetLock(key))

/**
 * @param {object} object the lock. When its thread ends, its holdings are released
 * @param {string} kind
 * @param {{ buffer: SharedArrayBuffer, byteOffset: number }} place
 * @param {SharedArrayBuffer} [count] where the object counts its holdings, if the word does not tell
 * @returns {number} the key of the lock
 */
function addLock (object, kind, { buffer, byteOffset }, count) {
  const key = native.addLock(kind, buffer, byteOffset, count)
  forgotten.register(object, key)
  return key
}

/**
 * Blocks until the lock is taken.
 * @param {string} what the thread waits for, for the error
 * @param {number} key
 * @param {number} request
 * @param {object} options
 * @returns {boolean} whether it is poisoned
 * @throws {Error} ERR_ISOTHREADS_TIMEOUT
 */
function take (what, key, request, options) {
  return block(what, options, (timeout, isAgain) => native.takeLock(key, request, timeout, isAgain)) === attempt.takenPoisoned
}

/** @returns {boolean | undefined} whether it is poisoned; undefined if it was not taken */
function tryTake (key, request) {
  const ended = native.takeLock(key, request, 0, false)
  return ended === attempt.taken || ended === attempt.takenPoisoned ? ended === attempt.takenPoisoned : undefined
}

/**
 * @param {object} options already checked by readOptions
 * @returns {Promise<boolean>} whether it is poisoned
 */
async function takeAsync (what, key, request, options) {
  const id = native.takeLockAsync(key, request)
  if (id < 0) return -1 - id === attempt.takenPoisoned
  return await waitAsync(what, options, id) === outcome.takenPoisoned
}

/**
 * @param {string} method for example `mutex.lock`
 * @param {string} reason
 */
function deadlockError (method, reason) {
  return nodeError(Error, 'ERR_ISOTHREADS_DEADLOCK', `${method}() would deadlock: ${reason}`)
}

module.exports = { COUNT, POISONED, holder, addLock, take, tryTake, takeAsync, deadlockError }
