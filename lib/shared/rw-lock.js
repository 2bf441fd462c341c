'use strict'

const { AtomicsCompareExchange, AtomicsLoad, RangeError, SharedArrayBuffer, Uint32Array } = require('../core/primordials')
const { inspect } = require('../core/platform')
const { lockRequest, lockWord, wordCount } = require('../core/protocol')
const { native } = require('../core/realm')
const { Guard, leave } = require('./guard')
const { InSharedMemory, placeIn } = require('./memory')
const { COUNT, POISONED, addLock, deadlockError, holder, take, takeAsync, tryTake } = require('./taking')
const { checkMayBlock, noOptions, readOptions } = require('./waiting')

// The word is the number of readers, or WRITER and the number of the writing thread. Other values carry flags for waiting or dead
// threads. Those are left to the native half. This object counts its own reads beside the word, in the statement after the atomic
// one. V8 ends a thread only at the start of a function, built-in ones included, or of a loop iteration, so not between these two.
// In the opposite order it could.
const BYTES = 4 * wordCount.rwLock
const { writer: WRITER } = lockWord
const writing = WRITER | holder

const { read: READ, write: WRITE } = lockRequest

// Only guards may unlock their lock.
let unlockRead
let unlockWrite

class ReadGuard extends Guard {
  // Required: see primordials.js.
  constructor (lock, isPoisoned) { super(lock, isPoisoned) }

  /** Releases the lock. Does nothing the second time. */
  release () {
    const lock = leave(this)
    if (lock !== null) unlockRead(lock)
  }
}

class WriteGuard extends Guard {
  constructor (lock, isPoisoned) { super(lock, isPoisoned) }

  /** Releases the lock. Does nothing the second time. */
  release () {
    const lock = leave(this)
    if (lock !== null) unlockWrite(lock)
  }
}

/** A lock that many threads may hold to read or one thread to write, granted in the order of the requests. */
class RwLock extends InSharedMemory {
  #words
  #key
  #count = new Uint32Array(new SharedArrayBuffer(4))
  // The number of pending async calls of this object.
  #waitingToRead = 0
  #waitingToWrite = 0

  /** The size of a read-write lock in bytes. */
  static get byteLength () { return BYTES }

  static {
    unlockRead = (lock) => {
      const words = lock.#words
      const count = lock.#count
      const seen = AtomicsCompareExchange(words, 0, 1, 0)
      if (seen === 1) return --count[0]
      if (seen <= COUNT && AtomicsCompareExchange(words, 0, seen, seen - 1) === seen) return --count[0]
      native.releaseLock(lock.#key, READ)
    }
    unlockWrite = (lock) => {
      if (AtomicsCompareExchange(lock.#words, 0, writing, 0) !== writing) native.releaseLock(lock.#key, WRITE)
    }
  }

  /**
   * @param {SharedArrayBuffer} [buffer] default: a new one. Zeroed bytes are a free lock. Over the bytes of another lock, this is
   *   the same lock.
   * @param {number} [byteOffset] a multiple of 4
   */
  constructor (buffer, byteOffset) {
    const place = placeIn('RwLock', BYTES, buffer, byteOffset)
    super(place)
    this.#words = place.words
    this.#key = addLock(this, 'RwLock', place, this.#count.buffer)
  }

  static fromParts ({ buffer, byteOffset }) { return new RwLock(buffer, byteOffset) }

  /** The number of readers now; it may change at any moment. */
  get readers () {
    const seen = AtomicsLoad(this.#words, 0)
    return (seen & WRITER) === 0 ? seen & COUNT : 0
  }

  /** Whether a thread writes now; this may change at any moment. */
  get writing () { return (AtomicsLoad(this.#words, 0) & WRITER) !== 0 }

  // Fails when a thread writes or waits, or when the lock is poisoned.
  #readAtOnce () {
    const words = this.#words
    for (let guess = 0; ;) {
      const seen = AtomicsCompareExchange(words, 0, guess, guess + 1)
      if (seen === guess) {
        this.#count[0]++
        return true
      }
      if (seen >= COUNT) return false
      guess = seen
    }
  }

  // For a thread that reads already. It must overtake a waiting writer, because that writer waits for this thread.
  #readOnceMore () {
    for (;;) {
      const seen = AtomicsLoad(this.#words, 0)
      if ((seen & COUNT) === COUNT) throw new RangeError('Too many concurrent readers of the RwLock')
      if (AtomicsCompareExchange(this.#words, 0, seen, seen + 1) === seen) {
        this.#count[0]++
        return new ReadGuard(this, (seen & POISONED) !== 0)
      }
    }
  }

  /**
   * Blocks the thread until it has the lock to read, shared with other readers.
   * @param {{ timeout?: number, blockMainThread?: boolean }} [options]
   * @returns {ReadGuard}
   */
  read (options) {
    checkMayBlock('rwLock.read', options)
    if (options !== undefined) readOptions(options)
    if (this.#readAtOnce()) return new ReadGuard(this, false)
    return this.#waitToRead(options)
  }

  #waitToRead (options = noOptions) {
    this.#checkWrites('rwLock.read')
    if (this.#count[0] > 0) return this.#readOnceMore()
    return new ReadGuard(this, take('the lock', this.#key, READ, options))
  }

  #checkWrites (method) {
    if ((AtomicsLoad(this.#words, 0) & (WRITER | COUNT)) === writing) {
      throw deadlockError(method, 'this thread has the lock to write, and cannot release it while it waits')
    }
    if (this.#waitingToWrite > 0) {
      throw deadlockError(method, 'a writeAsync() of this thread comes first, and cannot continue while the thread waits')
    }
  }

  /**
   * Blocks the thread until it has the lock to write, exclusively.
   * @param {{ timeout?: number, blockMainThread?: boolean }} [options]
   * @returns {WriteGuard}
   */
  write (options) {
    checkMayBlock('rwLock.write', options)
    if (options !== undefined) readOptions(options)
    if (AtomicsCompareExchange(this.#words, 0, 0, writing) === 0) return new WriteGuard(this, false)
    return this.#waitToWrite(options)
  }

  #waitToWrite (options = noOptions) {
    this.#checkWrites('rwLock.write')
    if (this.#count[0] > 0) {
      throw deadlockError('rwLock.write', 'this thread has the lock to read, and cannot release it while it waits')
    }
    if (this.#waitingToRead > 0) {
      throw deadlockError('rwLock.write', 'a readAsync() of this thread comes first, and cannot continue while the thread waits')
    }
    return new WriteGuard(this, take('the lock', this.#key, WRITE, options))
  }

  /**
   * Takes the lock to read if nobody writes or waits.
   * @returns {ReadGuard | null}
   */
  tryRead () {
    if (this.#readAtOnce()) return new ReadGuard(this, false)
    const seen = AtomicsLoad(this.#words, 0)
    // The poisoned flag alone does not prevent it.
    const isPoisoned = (seen & ~POISONED) < COUNT ? tryTake(this.#key, READ) : undefined
    return isPoisoned === undefined ? null : new ReadGuard(this, isPoisoned)
  }

  /**
   * Takes the lock to write if nobody has it or waits.
   * @returns {WriteGuard | null}
   */
  tryWrite () {
    const seen = AtomicsCompareExchange(this.#words, 0, 0, writing)
    if (seen === 0) return new WriteGuard(this, false)
    const isPoisoned = seen === POISONED ? tryTake(this.#key, WRITE) : undefined
    return isPoisoned === undefined ? null : new WriteGuard(this, isPoisoned)
  }

  /**
   * @param {{ timeout?: number, signal?: AbortSignal }} [options]
   * @returns {Promise<ReadGuard>}
   */
  async readAsync (options = noOptions) {
    readOptions(options)
    if (this.#readAtOnce()) return new ReadGuard(this, false)
    this.#waitingToRead++
    try {
      return new ReadGuard(this, await takeAsync('the lock', this.#key, READ, options))
    } finally {
      this.#waitingToRead--
    }
  }

  /**
   * @param {{ timeout?: number, signal?: AbortSignal }} [options]
   * @returns {Promise<WriteGuard>}
   */
  async writeAsync (options = noOptions) {
    readOptions(options)
    if (AtomicsCompareExchange(this.#words, 0, 0, writing) === 0) return new WriteGuard(this, false)
    this.#waitingToWrite++
    try {
      return new WriteGuard(this, await takeAsync('the lock', this.#key, WRITE, options))
    } finally {
      this.#waitingToWrite--
    }
  }

  [inspect.custom] () { return `RwLock { readers: ${this.readers}, writing: ${this.writing} }` }
}

module.exports = { RwLock }
