'use strict'

const { AtomicsCompareExchange, AtomicsLoad, RangeError, SharedArrayBuffer, Uint32Array } = require('../core/primordials')
const { inspect } = require('../core/platform')
const { lockRequest, lockWord, wordCount } = require('../core/protocol')
const { native } = require('../core/realm')
const { Guard, leave } = require('./guard')
const { InSharedMemory, placeIn } = require('./memory')
const { COUNT, POISONED, addLock, deadlockError, holder, take, takeAsync, tryTake } = require('./taking')
const { checkMayBlock, noOptions, readOptions } = require('./waiting')

// The word: the number of those who read, or WRITER and the number of the
// thread that writes. With the flags of those who wait, or died, it is neither, and the native half is
// asked. How much of what is read is read by this object is counted beside it, in the statement after
// the atomic one: V8 ends a thread where functions begin, built-in ones too, and where loops begin anew,
// not between those two. In the other order it would.
const BYTES = 4 * wordCount.rwLock
const { writer: WRITER } = lockWord
const writing = WRITER | holder

const { read: READ, write: WRITE } = lockRequest

// What guards do with their lock and nobody else should.
let unlockRead
let unlockWrite

class ReadGuard extends Guard {
  // Not left out: see primordials.js.
  constructor (lock, isPoisoned) { super(lock, isPoisoned) }

  /** Reads no more. Does nothing when that was done already. */
  release () {
    const lock = leave(this)
    if (lock !== null) unlockRead(lock)
  }
}

class WriteGuard extends Guard {
  constructor (lock, isPoisoned) { super(lock, isPoisoned) }

  /** Lets the next ones in. Does nothing when that was done already. */
  release () {
    const lock = leave(this)
    if (lock !== null) unlockWrite(lock)
  }
}

/** A lock that many have to read, or one thread has to write, in the order in which they came. */
class RwLock extends InSharedMemory {
  #words
  #key
  #count = new Uint32Array(new SharedArrayBuffer(4))
  // How many of this object's async calls wait.
  #waitingToRead = 0
  #waitingToWrite = 0

  /** The bytes that a read-write lock takes. */
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
   * @param {SharedArrayBuffer} [buffer] default: one of its own. Zeroed bytes are a free lock; over those of
   *   another one it is the same lock.
   * @param {number} [byteOffset] a multiple of 4
   */
  constructor (buffer, byteOffset) {
    const place = placeIn('RwLock', BYTES, buffer, byteOffset)
    super(place)
    this.#words = place.words
    this.#key = addLock(this, 'RwLock', place, this.#count.buffer)
  }

  static fromParts ({ buffer, byteOffset }) { return new RwLock(buffer, byteOffset) }

  /** How many have it to read now; a moment later it may be otherwise. */
  get readers () {
    const seen = AtomicsLoad(this.#words, 0)
    return (seen & WRITER) === 0 ? seen & COUNT : 0
  }

  /** Whether some thread has it to write now; a moment later it may be otherwise. */
  get writing () { return (AtomicsLoad(this.#words, 0) & WRITER) !== 0 }

  // True when nobody writes, waits or died.
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

  // For a thread that reads already: not behind a writer that waits, who waits for this thread.
  #readOnceMore () {
    for (;;) {
      const seen = AtomicsLoad(this.#words, 0)
      if ((seen & COUNT) === COUNT) throw new RangeError('A RwLock can be read no more often at the same time')
      if (AtomicsCompareExchange(this.#words, 0, seen, seen + 1) === seen) {
        this.#count[0]++
        return new ReadGuard(this, (seen & POISONED) !== 0)
      }
    }
  }

  /**
   * Blocks the thread until it may read, together with others that read.
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
    return new ReadGuard(this, take('The lock', this.#key, READ, options))
  }

  #checkWrites (method) {
    if ((AtomicsLoad(this.#words, 0) & (WRITER | COUNT)) === writing) {
      throw deadlockError(method, 'this thread writes, and while it waits it cannot release that')
    }
    if (this.#waitingToWrite > 0) {
      throw deadlockError(method, 'a writeAsync() of this thread is before it, and while it waits that cannot go on')
    }
  }

  /**
   * Blocks the thread until it may write, alone.
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
      throw deadlockError('rwLock.write', 'this thread reads, and while it waits it cannot release that')
    }
    if (this.#waitingToRead > 0) {
      throw deadlockError('rwLock.write', 'a readAsync() of this thread is before it, and while it waits that cannot go on')
    }
    return new WriteGuard(this, take('The lock', this.#key, WRITE, options))
  }

  /**
   * The lock to read, if nobody writes or waits.
   * @returns {ReadGuard | null}
   */
  tryRead () {
    if (this.#readAtOnce()) return new ReadGuard(this, false)
    const seen = AtomicsLoad(this.#words, 0)
    // Poisoned, and nothing else.
    const isPoisoned = (seen & ~POISONED) < COUNT ? tryTake(this.#key, READ) : undefined
    return isPoisoned === undefined ? null : new ReadGuard(this, isPoisoned)
  }

  /**
   * The lock to write, if nobody has it or waits.
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
      return new ReadGuard(this, await takeAsync('The lock', this.#key, READ, options))
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
      return new WriteGuard(this, await takeAsync('The lock', this.#key, WRITE, options))
    } finally {
      this.#waitingToWrite--
    }
  }

  [inspect.custom] () { return `RwLock { readers: ${this.readers}, writing: ${this.writing} }` }
}

module.exports = { RwLock }
