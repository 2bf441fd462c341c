'use strict'

const { AtomicsCompareExchange, AtomicsLoad } = require('../core/primordials')
const { inspect } = require('../core/platform')
const { lockRequest, wordCount } = require('../core/protocol')
const { native } = require('../core/realm')
const { Guard, leave } = require('./guard')
const { InSharedMemory, placeIn } = require('./memory')
const { COUNT, addLock, deadlockError, holder, take, takeAsync, tryTake } = require('./taking')
const { checkMayBlock, noOptions, readOptions } = require('./waiting')

// The word is 0, or the number of the thread that has the mutex. Other values carry flags for waiting or dead threads. Those are
// left to the native half.
const BYTES = 4 * wordCount.mutex
const { only: REQUEST } = lockRequest

// Only a guard may unlock its mutex.
let unlock
// Only a condition variable may take a mutex away from its guard and back.
let borrow

class MutexGuard extends Guard {
  // Required: see primordials.js.
  constructor (lock, isPoisoned) { super(lock, isPoisoned) }

  /** Releases the mutex. Does nothing the second time. */
  release () {
    const mutex = leave(this)
    if (mutex !== null) unlock(mutex)
  }
}

/** A lock in shared memory that one thread holds at a time. */
class Mutex extends InSharedMemory {
  #words
  #key
  // The number of pending lockAsync() calls of this object.
  #waiting = 0

  /** The size of a mutex in bytes. */
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
      take: mutex => take('the mutex', mutex.#key, REQUEST, noOptions),
      takeAsync: mutex => mutex.#takeAsync(noOptions)
    }
  }

  /**
   * @param {SharedArrayBuffer} [buffer] default: a new one. Zeroed bytes are a free mutex. Over the bytes of another mutex, this is
   *   the same mutex.
   * @param {number} [byteOffset] a multiple of 4
   */
  constructor (buffer, byteOffset) {
    const place = placeIn('Mutex', BYTES, buffer, byteOffset)
    super(place)
    this.#words = place.words
    this.#key = addLock(this, 'Mutex', place)
  }

  static fromParts ({ buffer, byteOffset }) { return new Mutex(buffer, byteOffset) }

  /** Whether a thread has the mutex now; this may change at any moment. */
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
      throw deadlockError('mutex.lock', 'this thread already has the mutex, and cannot release it while it waits')
    }
    if (this.#waiting > 0) {
      throw deadlockError('mutex.lock', 'a lockAsync() of this thread comes first, and cannot continue while the thread waits')
    }
    return new MutexGuard(this, take('the mutex', this.#key, REQUEST, options))
  }

  /**
   * Takes the mutex if it is free.
   * @returns {MutexGuard | null}
   */
  tryLock () {
    if (AtomicsCompareExchange(this.#words, 0, 0, holder) === 0) return new MutexGuard(this, false)
    if ((AtomicsLoad(this.#words, 0) & COUNT) !== 0) return null
    // A woken thread has yet to take it, or its last holder has ended.
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
      return await takeAsync('the mutex', this.#key, REQUEST, options)
    } finally {
      this.#waiting--
    }
  }

  [inspect.custom] () { return `Mutex { locked: ${this.locked} }` }
}

module.exports = { Mutex, MutexGuard, borrow }
