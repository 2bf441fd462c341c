'use strict'

// What JavaScript's own few instructions do not do: locks that somebody else has, that somebody
// waits for, or whose holder died. A request is a number in the lock's own terms, see src/shared.

const { Error, SafeFinalizationRegistry } = require('../core/primordials')
const { nodeError } = require('../core/errors')
const { lockWord } = require('../core/protocol')
const { native } = require('../core/realm')
const { attempt, block, outcome, waitAsync } = require('./waiting')

const { count: COUNT, poisoned: POISONED } = lockWord

/** The number by which locks know this thread. */
const holder = native.lockHolder()

// Locks whose objects are gone are given back with their threads only while they are held.
const forgotten = new SafeFinalizationRegistry(key => native.forgetLock(key))

/**
 * @param {object} object the lock. When its thread ends, what that has of it is given back
 * @param {string} kind
 * @param {{ buffer: SharedArrayBuffer, byteOffset: number }} place
 * @param {SharedArrayBuffer} [count] where the object counts what it has, when the word does not tell
 * @returns {number} its key
 */
function addLock (object, kind, { buffer, byteOffset }, count) {
  const key = native.addLock(kind, buffer, byteOffset, count)
  forgotten.register(object, key)
  return key
}

/**
 * Blocks until it is taken.
 * @param {string} what is waited for, for the error
 * @param {number} key
 * @param {number} request
 * @param {object} options
 * @returns {boolean} whether it is poisoned
 * @throws {Error} ERR_ISOTHREADS_TIMEOUT
 */
function take (what, key, request, options) {
  return block(what, options, (timeout, isAgain) => native.takeLock(key, request, timeout, isAgain)) === attempt.takenPoisoned
}

/** @returns {boolean | undefined} whether it is poisoned; undefined when it was not taken */
function tryTake (key, request) {
  const ended = native.takeLock(key, request, 0, false)
  return ended === attempt.taken || ended === attempt.takenPoisoned ? ended === attempt.takenPoisoned : undefined
}

/**
 * @param {object} options of readOptions, read already
 * @returns {Promise<boolean>} whether it is poisoned
 */
async function takeAsync (what, key, request, options) {
  const id = native.takeLockAsync(key, request)
  if (id < 0) return -1 - id === attempt.takenPoisoned
  return await waitAsync(what, options, id) === outcome.takenPoisoned
}

/**
 * @param {string} method as in `mutex.lock()`
 * @param {string} reason
 */
function deadlockError (method, reason) {
  return nodeError(Error, 'ERR_ISOTHREADS_DEADLOCK', `${method}() would wait for ever: ${reason}`)
}

module.exports = { COUNT, POISONED, holder, addLock, take, tryTake, takeAsync, deadlockError }
