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

// The words. The first: the permits that are left; with the flags of those
// who wait, or died, it is more than COUNT, and the native half is asked. The second: the permits that
// there were at first, plus 1. How many permits this object has is counted beside them; see rw-lock.js.
const BYTES = 4 * wordCount.semaphore
const { left: LEFT, limit: LIMIT } = semaphoreWord

// What a permit does with its semaphore and nobody else should.
let giveBack
let keep

/** So many permits of a semaphore, on the thread that took them, until they are released. */
class Permit extends Guard {
  #count

  constructor (semaphore, isPoisoned, count) {
    super(semaphore, isPoisoned)
    this.#count = count
  }

  /** How many permits it is. */
  get count () { return this.#count }

  /** Gives them back. Does nothing when they are gone already. */
  release () {
    const semaphore = leave(this)
    if (semaphore !== null) giveBack(semaphore, this.#count)
  }

  /** Uses them up: they do not come back, not even when the thread ends. */
  forget () {
    const semaphore = leave(this)
    if (semaphore !== null) keep(semaphore, this.#count)
  }
}

/** So many permits, for which threads wait in the order in which they came. */
class Semaphore extends InSharedMemory {
  #words
  #key
  #count = new Uint32Array(new SharedArrayBuffer(4))

  /** The bytes that a semaphore takes. */
  static get byteLength () { return BYTES }

  static {
    giveBack = (semaphore, count) => {
      const words = semaphore.#words
      const taken = semaphore.#count
      const guess = words[LEFT]
      if (guess + count <= COUNT && AtomicsCompareExchange(words, LEFT, guess, guess + count) === guess) {
        // As soon as it is given back; see rw-lock.js.
        taken[0] -= count
        return
      }
      native.releaseLock(semaphore.#key, count)
    }
    keep = (semaphore, count) => { semaphore.#count[0] -= count }
  }

  /**
   * @param {number} permits from 0 to 2 ** 28 - 1. Over a semaphore that there is already it changes nothing
   * @param {SharedArrayBuffer} [buffer] default: one of its own. Zeroed bytes become a new semaphore; over those of
   *   another one it is the same semaphore.
   * @param {number} [byteOffset] a multiple of 4
   */
  constructor (permits, buffer, byteOffset) {
    checkWholeNumber('permits', permits, 0, COUNT)
    const place = placeIn('Semaphore', BYTES, buffer, byteOffset)
    super(place)
    this.#words = place.words
    this.#key = addLock(this, 'Semaphore', place, this.#count.buffer)
    // Somebody may wait for them already.
    if (AtomicsLoad(this.#words, LIMIT) === 0) native.makeSemaphore(this.#key, permits)
  }

  // Where it was sent from it was made already.
  static fromParts ({ buffer, byteOffset }) { return new Semaphore(0, buffer, byteOffset) }

  /** How many permits are left now; a moment later it may be otherwise. */
  get available () { return AtomicsLoad(this.#words, LEFT) & COUNT }

  // True when so many are left and nobody waits or died. A plain read is a guess as good as any.
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
   * Blocks the thread until it has so many permits.
   * @param {number} [count] from 1 on, default 1
   * @param {{ timeout?: number, blockMainThread?: boolean }} [options]
   * @returns {Permit}
   */
  acquire (count = 1, options) {
    checkMayBlock('semaphore.acquire', options)
    checkWholeNumber('count', count, 1, COUNT)
    if (options !== undefined) readOptions(options)
    if (this.#takeAtOnce(count)) return new Permit(this, false, count)
    return new Permit(this, take('The permits', this.#key, count, options ?? noOptions), count)
  }

  /**
   * So many permits, if they are left and nobody waits.
   * @param {number} [count] from 1 on, default 1
   * @returns {Permit | null}
   */
  tryAcquire (count = 1) {
    checkWholeNumber('count', count, 1, COUNT)
    if (this.#takeAtOnce(count)) return new Permit(this, false, count)
    const left = AtomicsLoad(this.#words, LEFT) & ~POISONED
    // Poisoned, and nothing else.
    const isPoisoned = left >= count && left <= COUNT ? tryTake(this.#key, count) : undefined
    return isPoisoned === undefined ? null : new Permit(this, isPoisoned, count)
  }

  /**
   * @param {number} [count] from 1 on, default 1
   * @param {{ timeout?: number, signal?: AbortSignal }} [options]
   * @returns {Promise<Permit>}
   */
  async acquireAsync (count = 1, options = noOptions) {
    checkWholeNumber('count', count, 1, COUNT)
    readOptions(options)
    if (this.#takeAtOnce(count)) return new Permit(this, false, count)
    return new Permit(this, await takeAsync('The permits', this.#key, count, options), count)
  }

  /**
   * Adds permits that nobody has: a signal, for one who waits, or for one who will.
   * @param {number} [count] from 1 on, default 1
   * @throws {RangeError} ERR_OUT_OF_RANGE, when more than 2 ** 28 - 1 would be left
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
