'use strict'

const { AtomicsCompareExchange, AtomicsLoad } = require('../core/primordials')
const { inspect } = require('../core/platform')
const { invalidArgType } = require('../core/errors')
const { lockRequest, lockWord, wordCount } = require('../core/protocol')
const { native } = require('../core/realm')
const { InSharedMemory, placeIn } = require('./memory')
const { COUNT, addLock, deadlockError, holder, take, takeAsync } = require('./taking')
const { checkMayBlock, noOptions, readOptions } = require('./waiting')

// The word: 0, or the number of the thread that does it, or DONE.
const BYTES = 4 * wordCount.once
const { done: DONE } = lockWord
const { only: REQUEST } = lockRequest

/** Something that is done once, by one of all threads, before any of them goes on. */
class Once extends InSharedMemory {
  #words
  #key
  // How many callAsync() of this object wait for others.
  #waiting = 0

  /** The bytes that it takes. */
  static get byteLength () { return BYTES }

  /**
   * @param {SharedArrayBuffer} [buffer] default: one of its own. Zeroed bytes are not done; over those of another
   *   Once it is the same one.
   * @param {number} [byteOffset] a multiple of 4
   */
  constructor (buffer, byteOffset) {
    const place = placeIn('Once', BYTES, buffer, byteOffset)
    super(place)
    this.#words = place.words
    this.#key = addLock(this, 'Once', place)
  }

  static fromParts ({ buffer, byteOffset }) { return new Once(buffer, byteOffset) }

  /** Whether it is done; then it stays so. */
  get done () { return AtomicsLoad(this.#words, 0) === DONE }

  /**
   * Runs the function, unless it, or another one in its place, has run already; blocks the thread while another thread
   * is at it. When the function throws, so does this, and the next caller has its turn.
   * @param {(state: { poisoned: boolean }) => void} fn `poisoned`: a thread ended in the middle of it
   * @param {{ timeout?: number, blockMainThread?: boolean }} [options]
   * @returns {boolean} whether this call has run it
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

  /** @returns {boolean} whether a thread ended in the middle of it */
  #take (options) {
    const seen = AtomicsCompareExchange(this.#words, 0, 0, holder)
    if (seen === 0) return false
    if ((seen & COUNT) === holder) {
      throw deadlockError('once.call', 'this thread is at it already, and while it waits it cannot finish')
    }
    if (this.#waiting > 0) {
      throw deadlockError('once.call', 'a callAsync() of this thread is before it, and while it waits that cannot go on')
    }
    return take('The end of the other call', this.#key, REQUEST, options)
  }

  /**
   * The same with a function that may return a promise, without blocking.
   * @param {(state: { poisoned: boolean }) => unknown} fn
   * @param {{ timeout?: number, signal?: AbortSignal }} [options] for the waiting; they do not stop the function
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
      return await takeAsync('The end of the other call', this.#key, REQUEST, options)
    } finally {
      this.#waiting--
    }
  }

  [inspect.custom] () { return `Once { done: ${this.done} }` }
}

module.exports = { Once }
