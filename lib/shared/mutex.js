'use strict'

const { inspect } = require('node:util')
const { nodeError } = require('../errors')
const { Composite, kParts, native } = require('../realm')
const { placeIn } = require('./shared-memory')
const { attempt, block, checkMayBlock, noOptions, outcome, readOptions, waitAsync } = require('./waiting')

// The word, as in src/shared/lock.rs and mutex.rs: 0, or the number of the thread that has it. With
// the flags of those who wait, or died, it is neither, and the native half is asked.
const COUNT = (1 << 28) - 1
const BYTES = 4

const holder = native.lockHolder()

// Locks whose objects are gone are given back with their threads only while they are held.
const forgotten = new FinalizationRegistry(key => native.forgetLock(key))

// What a guard does with its mutex and nobody else should.
let unlock
let keyOf

/** The right to be in what a mutex guards, on the thread that took it, until it is released. */
class MutexGuard {
  #mutex
  #isPoisoned

  /** Made by Mutex. */
  constructor (mutex, isPoisoned) {
    this.#mutex = mutex
    this.#isPoisoned = isPoisoned
  }

  /** True when the thread that had the mutex before ended without releasing it: what it guards may be half changed. */
  get poisoned () { return this.#isPoisoned }

  /** False once it was released. */
  get held () { return this.#mutex !== null }

  /** Lets the next one in. Does nothing when that was done already. */
  release () {
    const mutex = this.#mutex
    if (mutex === null) return
    this.#mutex = null
    unlock(mutex)
  }

  [Symbol.dispose] () { this.release() }
}

/** A lock that one thread has at a time, in shared memory. */
class Mutex extends Composite {
  #words
  #buffer
  #byteOffset
  #key

  /** The bytes that a mutex takes. */
  static get byteLength () { return BYTES }

  static {
    unlock = (mutex) => {
      if (Atomics.compareExchange(mutex.#words, 0, holder, 0) !== holder) native.releaseLock(mutex.#key, 0)
    }
    keyOf = mutex => mutex.#key
  }

  /**
   * @param {SharedArrayBuffer} [buffer] default: one of its own. Zeroed bytes are a free mutex; over those of
   *   another one it is the same mutex.
   * @param {number} [byteOffset] a multiple of 4
   */
  constructor (buffer, byteOffset) {
    super()
    const place = placeIn('Mutex', BYTES, buffer, byteOffset)
    this.#words = place.words
    this.#buffer = place.buffer
    this.#byteOffset = place.byteOffset
    this.#key = native.addLock('Mutex', place.buffer, place.byteOffset)
    forgotten.register(this, this.#key)
  }

  static fromParts ({ buffer, byteOffset }) { return new Mutex(buffer, byteOffset) }

  [kParts] () { return { type: 'Mutex', buffer: this.#buffer, byteOffset: this.#byteOffset } }

  get buffer () { return this.#buffer }

  get byteOffset () { return this.#byteOffset }

  get byteLength () { return BYTES }

  /** Whether some thread has it now; a moment later it may be otherwise. */
  get locked () { return (Atomics.load(this.#words, 0) & COUNT) !== 0 }

  /**
   * Blocks the thread until it has the mutex.
   * @param {{ timeout?: number, blockMainThread?: boolean }} [options]
   * @returns {MutexGuard}
   */
  lock (options) {
    checkMayBlock('mutex.lock', options)
    if (options !== undefined) readOptions(options)
    if (Atomics.compareExchange(this.#words, 0, 0, holder) === 0) return new MutexGuard(this, false)
    return this.#wait(options)
  }

  #wait (options = noOptions) {
    if ((Atomics.load(this.#words, 0) & COUNT) === holder) {
      throw nodeError(Error, 'ERR_ISOTHREADS_DEADLOCK',
        'mutex.lock() would wait for ever: this thread has the mutex already, and while it waits it cannot release it')
    }
    const ended = block('The mutex', options, (timeout, isAgain) => native.takeLock(this.#key, 0, timeout, isAgain))
    return new MutexGuard(this, ended === attempt.takenPoisoned)
  }

  /**
   * The mutex, if nobody has it.
   * @returns {MutexGuard | null}
   */
  tryLock () {
    if (Atomics.compareExchange(this.#words, 0, 0, holder) === 0) return new MutexGuard(this, false)
    if ((Atomics.load(this.#words, 0) & COUNT) !== 0) return null
    // Somebody who was woken for it has yet to take it, or its last holder is gone.
    const ended = native.takeLock(this.#key, 0, 0, false)
    return ended === attempt.taken || ended === attempt.takenPoisoned ? new MutexGuard(this, ended === attempt.takenPoisoned) : null
  }

  /**
   * @param {{ timeout?: number, signal?: AbortSignal }} [options]
   * @returns {Promise<MutexGuard>}
   */
  async lockAsync (options = noOptions) {
    readOptions(options)
    if (Atomics.compareExchange(this.#words, 0, 0, holder) === 0) return new MutexGuard(this, false)
    const id = native.takeLockAsync(this.#key, 0)
    if (id < 0) return new MutexGuard(this, -1 - id === attempt.takenPoisoned)
    const ended = await waitAsync('The mutex', options, id)
    return new MutexGuard(this, ended === outcome.takenPoisoned)
  }

  [inspect.custom] () { return `Mutex { locked: ${this.locked} }` }
}

module.exports = { Mutex, MutexGuard, keyOf: mutex => keyOf(mutex) }
