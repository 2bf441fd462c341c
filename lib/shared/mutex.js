'use strict'

const { AtomicsCompareExchange, AtomicsLoad } = require('../core/primordials')
const { inspect } = require('../core/platform')
const { lockRequest, wordCount } = require('../core/protocol')
const { native } = require('../core/realm')
const { Guard, leave } = require('./guard')
const { InSharedMemory, placeIn } = require('./memory')
const { COUNT, addLock, deadlockError, holder, take, takeAsync, tryTake } = require('./taking')
const { checkMayBlock, noOptions, readOptions } = require('./waiting')

// The word: 0, or the number of the thread that has it. With the flags of those who wait, or died, it is neither, and the native half
// is asked.
const BYTES = 4 * wordCount.mutex
const { only: REQUEST } = lockRequest

// What a guard does with its mutex and nobody else should.
let unlock
// What a condition variable does with it besides.
let borrow

class MutexGuard extends Guard {
  // Not left out: see primordials.js.
  constructor (lock, isPoisoned) { super(lock, isPoisoned) }

  /** Lets the next one in. Does nothing when that was done already. */
  release () {
    const mutex = leave(this)
    if (mutex !== null) unlock(mutex)
  }
}

/** A lock that one thread has at a time, in shared memory. */
class Mutex extends InSharedMemory {
  #words
  #key
  // How many lockAsync() of this object wait.
  #waiting = 0

  /** The bytes that a mutex takes. */
  static get byteLength () { return BYTES }

  static {
    unlock = (mutex) => {
      if (AtomicsCompareExchange(mutex.#words, 0, holder, 0) !== holder) native.releaseLock(mutex.#key, REQUEST)
    }
    borrow = {
      unlock,
      keyOf: mutex => mutex.#key,
      isAwaited: mutex => mutex.#waiting > 0,
      /** @returns {boolean} whether it is poisoned */
      take: mutex => take('The mutex', mutex.#key, REQUEST, noOptions),
      takeAsync: mutex => mutex.#takeAsync(noOptions)
    }
  }

  /**
   * @param {SharedArrayBuffer} [buffer] default: one of its own. Zeroed bytes are a free mutex; over those of
   *   another one it is the same mutex.
   * @param {number} [byteOffset] a multiple of 4
   */
  constructor (buffer, byteOffset) {
    const place = placeIn('Mutex', BYTES, buffer, byteOffset)
    super(place)
    this.#words = place.words
    this.#key = addLock(this, 'Mutex', place)
  }

  static fromParts ({ buffer, byteOffset }) { return new Mutex(buffer, byteOffset) }

  /** Whether some thread has it now; a moment later it may be otherwise. */
  get locked () { return (AtomicsLoad(this.#words, 0) & COUNT) !== 0 }

  /**
   * Blocks the thread until it has the mutex.
   * @param {{ timeout?: number, blockMainThread?: boolean }} [options]
   * @returns {MutexGuard}
   */
  lock (options) {
    checkMayBlock('mutex.lock', options)
    if (options !== undefined) readOptions(options)
    if (AtomicsCompareExchange(this.#words, 0, 0, holder) === 0) return new MutexGuard(this, false)
    return this.#wait(options)
  }

  #wait (options = noOptions) {
    if ((AtomicsLoad(this.#words, 0) & COUNT) === holder) {
      throw deadlockError('mutex.lock', 'this thread has the mutex already, and while it waits it cannot release it')
    }
    if (this.#waiting > 0) {
      throw deadlockError('mutex.lock', 'a lockAsync() of this thread is before it, and while it waits that cannot go on')
    }
    return new MutexGuard(this, take('The mutex', this.#key, REQUEST, options))
  }

  /**
   * The mutex, if nobody has it.
   * @returns {MutexGuard | null}
   */
  tryLock () {
    if (AtomicsCompareExchange(this.#words, 0, 0, holder) === 0) return new MutexGuard(this, false)
    if ((AtomicsLoad(this.#words, 0) & COUNT) !== 0) return null
    // Somebody who was woken for it has yet to take it, or its last holder is gone.
    const isPoisoned = tryTake(this.#key, REQUEST)
    return isPoisoned === undefined ? null : new MutexGuard(this, isPoisoned)
  }

  /**
   * @param {{ timeout?: number, signal?: AbortSignal }} [options]
   * @returns {Promise<MutexGuard>}
   */
  async lockAsync (options = noOptions) {
    readOptions(options)
    if (AtomicsCompareExchange(this.#words, 0, 0, holder) === 0) return new MutexGuard(this, false)
    return new MutexGuard(this, await this.#takeAsync(options))
  }

  async #takeAsync (options) {
    this.#waiting++
    try {
      return await takeAsync('The mutex', this.#key, REQUEST, options)
    } finally {
      this.#waiting--
    }
  }

  [inspect.custom] () { return `Mutex { locked: ${this.locked} }` }
}

module.exports = { Mutex, MutexGuard, borrow }
