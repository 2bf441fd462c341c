'use strict'

// The common part of all waiting for other threads: options, errors, and the two ways to wait, asleep in a system call or as a
// promise.

const { Error, MathMax, ObjectFreeze, Promise, isInstance, promiseRace } = require('../core/primordials')
const { clearTimeout, getAbortSignal, isMainThread, performanceNow, setTimeout } = require('../core/platform')
const { nodeError, invalidArgType, invalidArgValue } = require('../core/errors')
const { attempt } = require('../core/protocol')
const { native, self } = require('../core/realm')
const { forget, outcome, whenEnded } = require('../core/operations')

// Blocking this thread stops everything else in the process.
const isProcessMainThread = isMainThread && self === null

const noOptions = ObjectFreeze({ __proto__: null })

/**
 * @param {{ timeout?: number, signal?: AbortSignal, blockMainThread?: boolean }} [options]
 * @returns {number} the timeout in milliseconds, Infinity for no timeout
 * @throws {TypeError} ERR_INVALID_ARG_TYPE, ERR_INVALID_ARG_VALUE
 * @throws the abort reason of the signal, if it was aborted
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
 * Runs before any call that may block, even if it would not block this time. Otherwise a program would find out only under load.
 * @param {string} method for example `mutex.lock`
 * @throws {Error} ERR_ISOTHREADS_BLOCKS_MAIN_THREAD
 */
function checkMayBlock (method, options) {
  if (isProcessMainThread && options?.blockMainThread !== true) {
    throw nodeError(Error, 'ERR_ISOTHREADS_BLOCKS_MAIN_THREAD',
      `${method}() would block the main thread, and with it every timer, socket and message. ` +
      `Use ${method}Async(), or pass { blockMainThread: true }`)
  }
}

/** @param {string} what the thread waited for */
function timeoutError (what, timeout) {
  return nodeError(Error, 'ERR_ISOTHREADS_TIMEOUT', `Timed out after ${timeout} ms waiting for ${what}`)
}

/**
 * Blocks this thread until `tryOnce` returns an outcome.
 * @param {string} what the thread waits for, for the error
 * @param {object} options
 * @param {(timeout: number, isAgain: boolean) => number} tryOnce sleeps for at most `timeout` milliseconds
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
    // An interrupted wait returns here, because V8 can end the thread in this loop.
    if (ended !== attempt.interrupted) return ended
  }
}

/**
 * @param {string} what the thread waits for, for the error
 * @param {object} options already checked by readOptions
 * @param {number} id of an operation that waits in a queue
 * @param {() => unknown} [onCancelled] runs before the promise is rejected
 * @returns {Promise<number>} the number of the outcome
 */
async function waitAsync (what, { timeout = Infinity, signal }, id, onCancelled) {
  if (timeout === Infinity && signal === undefined) return await whenEnded(id)
  let timer
  let onAbort
  const ended = whenEnded(id)
  const cancelled = new Promise((resolve, reject) => {
    const cancel = (makeError) => {
      // Too late to cancel: the operation has already ended.
      if (!native.cancelOperation(id)) return
      forget(id)
      reject(makeError())
    }
    // Node's timers are limited to 31 bits.
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
