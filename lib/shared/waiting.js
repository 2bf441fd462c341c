'use strict'

// What all waiting for other threads has in common: options, errors, and the two ways of it, asleep
// in a system call or as a promise.

const { Error, MathMax, ObjectFreeze, Promise, isInstance, promiseRace } = require('../core/primordials')
const { clearTimeout, getAbortSignal, isMainThread, performanceNow, setTimeout } = require('../core/platform')
const { nodeError, invalidArgType, invalidArgValue } = require('../core/errors')
const { attempt } = require('../core/protocol')
const { native, self } = require('../core/realm')
const { forget, outcome, whenEnded } = require('../core/operations')

// The one thread on which blocking stops everything that the process does besides.
const isProcessMainThread = isMainThread && self === null

const noOptions = ObjectFreeze({ __proto__: null })

/**
 * @param {{ timeout?: number, signal?: AbortSignal, blockMainThread?: boolean }} [options]
 * @returns {number} the timeout in milliseconds, Infinity for none
 * @throws {TypeError} ERR_INVALID_ARG_TYPE, ERR_INVALID_ARG_VALUE
 * @throws what the signal was aborted with, if it was
 */
function readOptions (options) {
  if (typeof options !== 'object' || options === null) throw invalidArgType('options', 'of type object', options)
  const { timeout = Infinity, signal } = options
  if (typeof timeout !== 'number') throw invalidArgType('options.timeout', 'of type number', timeout)
  if (!(timeout >= 0)) throw invalidArgValue('options.timeout', timeout, 'must be a number of milliseconds, at least 0')
  if (signal !== undefined) {
    if (!(isInstance(getAbortSignal(), signal))) throw invalidArgType('options.signal', 'an instance of AbortSignal', signal)
    signal.throwIfAborted()
  }
  return timeout
}

/**
 * Before anything that may block, whether it would block this time or not: so a program does not
 * find out under load only.
 * @param {string} method as in `mutex.lock()`
 * @throws {Error} ERR_ISOTHREADS_BLOCKS_MAIN_THREAD
 */
function checkMayBlock (method, options) {
  if (isProcessMainThread && options?.blockMainThread !== true) {
    throw nodeError(Error, 'ERR_ISOTHREADS_BLOCKS_MAIN_THREAD',
      `${method}() would block the main thread, and with it every timer, socket and message. ` +
      `Use ${method}Async(), or pass { blockMainThread: true }`)
  }
}

/** @param {string} what was waited for */
function timeoutError (what, timeout) {
  return nodeError(Error, 'ERR_ISOTHREADS_TIMEOUT', `${what} did not come within ${timeout} ms`)
}

/**
 * Blocks this thread until `tryOnce` says how it ended.
 * @param {string} what is waited for, for the error
 * @param {object} options
 * @param {(timeout: number, isAgain: boolean) => number} tryOnce sleeps for at most so many milliseconds
 * @returns {number} attempt.taken or attempt.takenPoisoned
 * @throws {Error} ERR_ISOTHREADS_TIMEOUT
 */
function block (what, options, tryOnce) {
  const timeout = readOptions(options)
  const end = timeout === Infinity ? Infinity : performanceNow() + timeout
  for (let isAgain = false; ; isAgain = true) {
    const left = end === Infinity ? Infinity : MathMax(0, end - performanceNow())
    const ended = tryOnce(left, isAgain)
    if (ended === attempt.timedOut) throw timeoutError(what, timeout)
    // Interrupted: this loop is where V8 ends a thread that is to end.
    if (ended !== attempt.interrupted) return ended
  }
}

/**
 * @param {string} what is waited for, for the error
 * @param {object} options of readOptions, read already
 * @param {number} id of an operation that waits in a queue
 * @param {() => unknown} [onCancelled] what is to happen before the promise is rejected
 * @returns {Promise<number>} the outcome's number
 */
async function waitAsync (what, { timeout = Infinity, signal }, id, onCancelled) {
  if (timeout === Infinity && signal === undefined) return await whenEnded(id)
  let timer
  let onAbort
  const ended = whenEnded(id)
  const cancelled = new Promise((resolve, reject) => {
    const cancel = (makeError) => {
      // When it is too late to be cancelled, it is there.
      if (!native.cancelOperation(id)) return
      forget(id)
      reject(makeError())
    }
    // Node's timers take 31 bits.
    if (timeout <= 0x7fffffff) timer = setTimeout(() => cancel(() => timeoutError(what, timeout)), timeout)
    onAbort = () => cancel(() => signal.reason)
    signal?.addEventListener('abort', onAbort, { __proto__: null, once: true })
  })
  try {
    return await promiseRace([ended, cancelled])
  } catch (error) {
    await onCancelled?.()
    throw error
  } finally {
    clearTimeout(timer)
    signal?.removeEventListener('abort', onAbort)
  }
}

module.exports = { attempt, outcome, noOptions, readOptions, checkMayBlock, timeoutError, block, waitAsync }
