'use strict'

const { AtomicsCompareExchange, AtomicsLoad, SharedArrayBuffer, Uint32Array } = require('../core/primordials')
const { inspect } = require('../core/platform')
const { semaphoreWord, wordCount } = require('../core/protocol')
const { native } = require('../core/realm')
const { Guard, leave } = require('./guard')
const { InSharedMemory, placeIn } = require('./memory')
const { COUNT, POISONED, addLock, take, takeAsync, tryTake } = require('./taking')
const { checkMayBlock, noOptions, readOptions } = require('./waiting')
const { checkWholeNumber } = require('./whole-number')

// The first word holds the remaining permits. Values above COUNT carry flags for waiting or dead threads and are left to the native
// half. The second word holds the initial permits, plus 1. This object counts its own permits beside the words; see rw-lock.js.
const BYTES = 4 * wordCount.semaphore
const { left: LEFT, limit: LIMIT } = semaphoreWord

// Only a permit may give itself back to its semaphore.
let giveBack
let keep

/** One or more permits of a semaphore, held by the thread that took them, until they are released. */
class Permit extends Guard {
  #count

  constructor (semaphore, isPoisoned, count) {
    super(semaphore, isPoisoned)
    this.#count = count
  }

  /** The number of permits. */
  get count () { return this.#count }

  /** Gives the permits back. Does nothing the second time. */
  release () {
    const semaphore = leave(this)
    if (semaphore !== null) giveBack(semaphore, this.#count)
  }

  /** Uses the permits up: they never return, even when the thread ends. */
  forget () {
    const semaphore = leave(this)
    if (semaphore !== null) keep(semaphore, this.#count)
  }
}

/** A number of permits, granted to threads in the order of the requests. */
class Semaphore extends InSharedMemory {
  #words
  #key
  #count = new Uint32Array(new SharedArrayBuffer(4))

  /** The size of a semaphore in bytes. */
  static get byteLength () { return BYTES }

  static {
    giveBack = (semaphore, count) => {
      const words = semaphore.#words
      const taken = semaphore.#count
      const guess = words[LEFT]
      if (guess + count <= COUNT && AtomicsCompareExchange(words, LEFT, guess, guess + count) === guess) {
        // In the statement right after the release; see rw-lock.js.
        taken[0] -= count
        return
      }
      native.releaseLock(semaphore.#key, count)
    }
    keep = (semaphore, count) => { semaphore.#count[0] -= count }
  }

  /**
   * @param {number} permits the initial number: 0 to 2 ** 28 - 1. Ignored where the bytes already hold a semaphore
   * @param {SharedArrayBuffer} [buffer] default: a new one. Zeroed bytes become a new semaphore. Over the bytes of another
   *   semaphore, this is the same semaphore.
   * @param {number} [byteOffset] a multiple of 4
   */
  constructor (permits, buffer, byteOffset) {
    checkWholeNumber('permits', permits, 0, COUNT)
    const place = placeIn('Semaphore', BYTES, buffer, byteOffset)
    super(place)
    this.#words = place.words
    this.#key = addLock(this, 'Semaphore', place, this.#count.buffer)
    // Threads may already wait for these permits.
    if (AtomicsLoad(this.#words, LIMIT) === 0) native.makeSemaphore(this.#key, permits)
  }

  // The sender has already initialised it, so the number is ignored.
  static fromParts ({ buffer, byteOffset }) { return new Semaphore(0, buffer, byteOffset) }

  /** The number of permits left now; it may change at any moment. */
  get available () { return AtomicsLoad(this.#words, LEFT) & COUNT }

  // Fails when too few permits are left, a thread waits, or a flag is set. A plain read is good enough for a first guess.
  #takeAtOnce (count) {
    const words = this.#words
    for (let guess = words[LEFT]; ;) {
      if (guess < count || guess > COUNT) return false
      const seen = AtomicsCompareExchange(words, LEFT, guess, guess - count)
      if (seen === guess) {
        this.#count[0] += count
        return true
      }
      guess = seen
    }
  }

  /**
   * Blocks the thread until it has `count` permits.
   * @param {number} [count] at least 1; default 1
   * @param {{ timeout?: number, blockMainThread?: boolean }} [options]
   * @returns {Permit}
   */
  acquire (count = 1, options) {
    checkMayBlock('semaphore.acquire', options)
    checkWholeNumber('count', count, 1, COUNT)
    if (options !== undefined) readOptions(options)
    if (this.#takeAtOnce(count)) return new Permit(this, false, count)
    return new Permit(this, take('the permits', this.#key, count, options ?? noOptions), count)
  }

  /**
   * Takes `count` permits if they are left and nobody waits.
   * @param {number} [count] at least 1; default 1
   * @returns {Permit | null}
   */
  tryAcquire (count = 1) {
    checkWholeNumber('count', count, 1, COUNT)
    if (this.#takeAtOnce(count)) return new Permit(this, false, count)
    const left = AtomicsLoad(this.#words, LEFT) & ~POISONED
    // The poisoned flag alone does not prevent it.
    const isPoisoned = left >= count && left <= COUNT ? tryTake(this.#key, count) : undefined
    return isPoisoned === undefined ? null : new Permit(this, isPoisoned, count)
  }

  /**
   * @param {number} [count] at least 1; default 1
   * @param {{ timeout?: number, signal?: AbortSignal }} [options]
   * @returns {Promise<Permit>}
   */
  async acquireAsync (count = 1, options = noOptions) {
    checkWholeNumber('count', count, 1, COUNT)
    readOptions(options)
    if (this.#takeAtOnce(count)) return new Permit(this, false, count)
    return new Permit(this, await takeAsync('the permits', this.#key, count, options), count)
  }

  /**
   * Adds permits that nobody has held. They are a signal to a present or future waiter.
   * @param {number} [count] at least 1; default 1
   * @throws {RangeError} ERR_OUT_OF_RANGE when more than 2 ** 28 - 1 would be left
   */
  release (count = 1) {
    checkWholeNumber('count', count, 1, COUNT)
    for (;;) {
      const seen = AtomicsLoad(this.#words, LEFT)
      const left = seen & COUNT
      checkWholeNumber('permits', left + count, 0, COUNT)
      if (seen !== left) return native.addPermits(this.#key, count)
      if (AtomicsCompareExchange(this.#words, LEFT, left, left + count) === left) return
    }
  }

  [inspect.custom] () { return `Semaphore { available: ${this.available} }` }
}

module.exports = { Semaphore }
