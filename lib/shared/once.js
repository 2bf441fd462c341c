'use strict'

const { AtomicsCompareExchange, AtomicsLoad } = require('../core/primordials')
const { inspect } = require('../core/platform')
const { invalidArgType } = require('../core/errors')
const { lockRequest, lockWord, wordCount } = require('../core/protocol')
const { native } = require('../core/realm')
const { InSharedMemory, placeIn } = require('./memory')
const { COUNT, addLock, deadlockError, holder, take, takeAsync } = require('./taking')
const { checkMayBlock, noOptions, readOptions } = require('./waiting')

// The word is 0, the number of the thread that runs the function, or DONE.
const BYTES = 4 * wordCount.once
const { done: DONE } = lockWord
const { only: REQUEST } = lockRequest

/** Runs a function once in all threads together. Every caller waits until it has run. */
class Once extends InSharedMemory {
  #words
  #key
  // The number of callAsync() calls of this object that wait for other threads.
  #waiting = 0

  /** The size of a Once in bytes. */
  static get byteLength () { return BYTES }

  /**
   * @param {SharedArrayBuffer} [buffer] default: a new one. Zeroed bytes are a Once that has not run. Over the bytes of another
   *   Once, this is the same Once.
   * @param {number} [byteOffset] a multiple of 4
   */
  constructor (buffer, byteOffset) {
    const place = placeIn('Once', BYTES, buffer, byteOffset)
    super(place)
    this.#words = place.words
    this.#key = addLock(this, 'Once', place)
  }

  static fromParts ({ buffer, byteOffset }) { return new Once(buffer, byteOffset) }

  /** Whether a function has run to its end; never false again afterwards. */
  get done () { return AtomicsLoad(this.#words, 0) === DONE }

  /**
   * Runs the function, unless this or another function has run already. Blocks the thread while another thread runs one. If the
   * function throws, call() throws the same error, and the next caller runs its own function.
   * @param {(state: { poisoned: boolean }) => void} fn `poisoned`: a thread ended while it ran the function
   * @param {{ timeout?: number, blockMainThread?: boolean }} [options]
   * @returns {boolean} whether this call ran the function
   */
  call (fn, options) {
    if (typeof fn !== 'function') throw invalidArgType('fn', 'of type function', fn)
    checkMayBlock('once.call', options)
    if (options !== undefined) readOptions(options)
    if (this.done) return false
    const poisoned = this.#take(options ?? noOptions)
    if (this.done) return false
    try {
      fn({ poisoned })
    } catch (error) {
      native.failOnce(this.#key, poisoned)
      throw error
    }
    native.finishOnce(this.#key)
    return true
  }

  /** @returns {boolean} whether a thread ended while it ran the function */
  #take (options) {
    const seen = AtomicsCompareExchange(this.#words, 0, 0, holder)
    if (seen === 0) return false
    if ((seen & COUNT) === holder) {
      throw deadlockError('once.call', 'this thread already runs the function, and cannot finish it while it waits')
    }
    if (this.#waiting > 0) {
      throw deadlockError('once.call', 'a callAsync() of this thread comes first, and cannot continue while the thread waits')
    }
    return take('the other call to finish', this.#key, REQUEST, options)
  }

  /**
   * The same without blocking, for a function that may return a promise.
   * @param {(state: { poisoned: boolean }) => unknown} fn
   * @param {{ timeout?: number, signal?: AbortSignal }} [options] limit the wait; they do not stop the function
   * @returns {Promise<boolean>}
   */
  async callAsync (fn, options = noOptions) {
    if (typeof fn !== 'function') throw invalidArgType('fn', 'of type function', fn)
    readOptions(options)
    if (this.done) return false
    const poisoned = await this.#takeAsync(options)
    if (this.done) return false
    try {
      await fn({ poisoned })
    } catch (error) {
      native.failOnce(this.#key, poisoned)
      throw error
    }
    native.finishOnce(this.#key)
    return true
  }

  async #takeAsync (options) {
    if (AtomicsCompareExchange(this.#words, 0, 0, holder) === 0) return false
    this.#waiting++
    try {
      return await takeAsync('the other call to finish', this.#key, REQUEST, options)
    } finally {
      this.#waiting--
    }
  }

  [inspect.custom] () { return `Once { done: ${this.done} }` }
}

module.exports = { Once }
