'use strict'

const { AtomicsLoad, isInstance } = require('../core/primordials')
const { inspect } = require('../core/platform')
const { invalidArgType, invalidArgValue } = require('../core/errors')
const { wordCount } = require('../core/protocol')
const { native } = require('../core/realm')
const { comeBack, leave } = require('./guard')
const { MutexGuard, borrow } = require('./mutex')
const { InSharedMemory, placeIn } = require('./memory')
const { deadlockError } = require('./taking')
const { block, checkMayBlock, noOptions, readOptions, waitAsync } = require('./waiting')

const BYTES = 4 * wordCount.condvar

// Wakes every waiter.
const ALL = 0xffffffff

/** Takes the mutex out of its guard. */
function take (guard) {
  if (!(isInstance(MutexGuard, guard))) throw invalidArgType('guard', 'an instance of MutexGuard', guard)
  const mutex = leave(guard)
  if (mutex === null) throw invalidArgValue('guard', guard, 'must hold its mutex')
  return mutex
}

/** A condition variable: releases a mutex, waits for a change of the data it guards, and takes the mutex again. */
class Condvar extends InSharedMemory {
  #words

  /** The size of a condition variable in bytes. */
  static get byteLength () { return BYTES }

  /**
   * @param {SharedArrayBuffer} [buffer] default: a new one. Zeroed bytes are a condition variable without waiters. Over the bytes of
   *   another one, this is the same condition variable.
   * @param {number} [byteOffset] a multiple of 4
   */
  constructor (buffer, byteOffset) {
    const place = placeIn('Condvar', BYTES, buffer, byteOffset)
    super(place)
    this.#words = place.words
  }

  static fromParts ({ buffer, byteOffset }) { return new Condvar(buffer, byteOffset) }

  /**
   * Releases the mutex, blocks the thread until notified, and takes the mutex again, also before it throws.
   * @param {MutexGuard} guard a held guard of this thread
   * @param {{ timeout?: number, blockMainThread?: boolean }} [options]
   */
  wait (guard, options = noOptions) {
    checkMayBlock('condvar.wait', options)
    readOptions(options)
    const mutex = take(guard)
    if (borrow.isAwaited(mutex)) {
      comeBack(guard, mutex, false)
      throw deadlockError('condvar.wait', 'a lockAsync() of this thread would get the mutex, and cannot continue while the thread waits')
    }
    const key = borrow.keyOf(mutex)
    try {
      block('a notification', options, (timeout, isAgain) =>
        native.waitForCondvar(this.buffer, this.byteOffset, key, timeout, isAgain))
    } finally {
      comeBack(guard, mutex, borrow.take(mutex))
      // If the thread ends before this, the notification goes to the next waiter.
      native.keepNotification()
    }
  }

  /**
   * The same as a promise, which settles when the guard holds the mutex again.
   * @param {MutexGuard} guard a held guard of this thread
   * @param {{ timeout?: number, signal?: AbortSignal }} [options]
   * @returns {Promise<void>}
   */
  async waitAsync (guard, options = noOptions) {
    readOptions(options)
    const mutex = take(guard)
    const id = native.waitForCondvarAsync(this.buffer, this.byteOffset)
    borrow.unlock(mutex)
    let isNotified = false
    try {
      await waitAsync('a notification', options, id)
      isNotified = true
    } finally {
      comeBack(guard, mutex, await borrow.takeAsync(mutex))
      // If the thread ends before this, the notification goes to the next waiter.
      if (isNotified) native.takeResult(id)
    }
  }

  /** Wakes the oldest waiter. Costs one atomic read when nobody waits. Never blocks. */
  notifyOne () {
    if (AtomicsLoad(this.#words, 0) !== 0) native.notifySignal(this.buffer, this.byteOffset, 1)
  }

  /** Wakes all waiters. Costs one atomic read when nobody waits. Never blocks. */
  notifyAll () {
    if (AtomicsLoad(this.#words, 0) !== 0) native.notifySignal(this.buffer, this.byteOffset, ALL)
  }

  [inspect.custom] () { return 'Condvar {}' }
}

module.exports = { Condvar }
