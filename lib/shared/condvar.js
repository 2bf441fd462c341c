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

// As many as wait.
const ALL = 0xffffffff

/** Takes the mutex out of a guard that has it. */
function take (guard) {
  if (!(isInstance(MutexGuard, guard))) throw invalidArgType('guard', 'an instance of MutexGuard', guard)
  const mutex = leave(guard)
  if (mutex === null) throw invalidArgValue('guard', guard, 'must hold its mutex')
  return mutex
}

/** A condition variable: waiting, without a mutex, for what it guards to change. */
class Condvar extends InSharedMemory {
  #words

  /** The bytes that a condition variable takes. */
  static get byteLength () { return BYTES }

  /**
   * @param {SharedArrayBuffer} [buffer] default: one of its own. Zeroed bytes are one that nobody waits for; over
   *   those of another one it is the same one.
   * @param {number} [byteOffset] a multiple of 4
   */
  constructor (buffer, byteOffset) {
    const place = placeIn('Condvar', BYTES, buffer, byteOffset)
    super(place)
    this.#words = place.words
  }

  static fromParts ({ buffer, byteOffset }) { return new Condvar(buffer, byteOffset) }

  /**
   * Gives the mutex back, blocks the thread until notified, and takes the mutex again, also before it throws.
   * @param {MutexGuard} guard of this thread, held
   * @param {{ timeout?: number, blockMainThread?: boolean }} [options]
   */
  wait (guard, options = noOptions) {
    checkMayBlock('condvar.wait', options)
    readOptions(options)
    const mutex = take(guard)
    if (borrow.isAwaited(mutex)) {
      comeBack(guard, mutex, false)
      throw deadlockError('condvar.wait', 'a lockAsync() of this thread would get the mutex, and while it waits that cannot go on')
    }
    const key = borrow.keyOf(mutex)
    try {
      block('The notification', options, (timeout, isAgain) =>
        native.waitForCondvar(this.buffer, this.byteOffset, key, timeout, isAgain))
    } finally {
      comeBack(guard, mutex, borrow.take(mutex))
      // When the thread ends before this, the notification goes to the next one.
      native.keepNotification()
    }
  }

  /**
   * The same as a promise, which settles when the guard holds the mutex again.
   * @param {MutexGuard} guard of this thread, held
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
      await waitAsync('The notification', options, id)
      isNotified = true
    } finally {
      comeBack(guard, mutex, await borrow.takeAsync(mutex))
      // When the thread ends before this, the notification goes to the next one.
      if (isNotified) native.takeResult(id)
    }
  }

  /** Wakes whoever has waited for longest. Costs one atomic read when nobody waits. Never blocks. */
  notifyOne () {
    if (AtomicsLoad(this.#words, 0) !== 0) native.notifySignal(this.buffer, this.byteOffset, 1)
  }

  /** Wakes all that wait. Costs one atomic read when nobody does. Never blocks. */
  notifyAll () {
    if (AtomicsLoad(this.#words, 0) !== 0) native.notifySignal(this.buffer, this.byteOffset, ALL)
  }

  [inspect.custom] () { return 'Condvar {}' }
}

module.exports = { Condvar }
