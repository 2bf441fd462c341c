'use strict'

const { AtomicsLoad, Error } = require('../core/primordials')
const { inspect } = require('../core/platform')
const { nodeError } = require('../core/errors')
const { native } = require('../core/realm')
const { kParts } = require('../core/symbols')
const { barrierState, barrierWord, passage, wordCount } = require('../core/protocol')
const { InSharedMemory, placeAgreeing } = require('./memory')
const { block, checkMayBlock, noOptions, readOptions, waitAsync } = require('./waiting')

// Only the native half writes the second word.
const BYTES = 4 * wordCount.barrier
const { arrived: ARRIVED } = barrierWord
// The value as an element of an Int32Array.
const BROKEN = barrierState.broken | 0

/** Whether this party arrived last. */
function isLast (ended) {
  if (ended === passage.broken) {
    throw nodeError(Error, 'ERR_ISOTHREADS_BARRIER_BROKEN',
      'The barrier is broken: one of the parties stopped waiting or its thread ended, or the barrier was reset. ' +
      'Call barrier.reset() to use it again')
  }
  return ended === passage.last
}

/** A point where a fixed number of threads wait for each other, again and again. */
class Barrier extends InSharedMemory {
  #words
  #parties

  /** The size of a barrier in bytes. */
  static get byteLength () { return BYTES }

  /**
   * @param {number} parties the number of parties that must arrive: 1 to 2^28 - 1
   * @param {SharedArrayBuffer} [buffer] default: a new one. Over the bytes of another barrier, this is the same barrier.
   * @param {number} [byteOffset] a multiple of 4
   * @throws {RangeError} ERR_OUT_OF_RANGE, also when these bytes hold a barrier with another number of parties
   */
  constructor (parties, buffer, byteOffset) {
    const place = placeAgreeing('Barrier', BYTES, { name: 'parties', value: parties, minimum: 1 }, buffer, byteOffset)
    super(place)
    this.#parties = parties
    this.#words = place.words
  }

  static fromParts ({ parties, buffer, byteOffset }) { return new Barrier(parties, buffer, byteOffset) }

  [kParts] () { return { ...super[kParts](), parties: this.#parties } }

  get parties () { return this.#parties }

  /** The number of parties that have arrived and wait for the others. */
  get waiting () { return AtomicsLoad(this.#words, ARRIVED) & ~BROKEN }

  /** Whether a party has stopped waiting or its thread has ended, and nobody has called reset() since. */
  get broken () { return AtomicsLoad(this.#words, ARRIVED) === BROKEN }

  /**
   * Blocks the thread until all parties have arrived.
   * @param {{ timeout?: number, blockMainThread?: boolean }} [options]
   * @returns {boolean} true only for the party that arrived last
   * @throws {Error} ERR_ISOTHREADS_BARRIER_BROKEN
   * @throws {Error} ERR_ISOTHREADS_TIMEOUT; the barrier is then broken for the others
   */
  wait (options = noOptions) {
    checkMayBlock('barrier.wait', options)
    return isLast(block('the other parties', options, (timeout, isAgain) =>
      native.waitAtBarrier(this.buffer, this.byteOffset, timeout, isAgain)))
  }

  /**
   * The same as a promise. One thread may be several parties. An abort breaks the barrier, too.
   * @param {{ timeout?: number, signal?: AbortSignal }} [options]
   * @returns {Promise<boolean>}
   */
  async waitAsync (options = noOptions) {
    readOptions(options)
    const id = native.waitAtBarrierAsync(this.buffer, this.byteOffset)
    return isLast(id < 0 ? -1 - id : await waitAsync('the other parties', options, id))
  }

  /**
   * Withdraws this thread: its end breaks nothing. The thread becomes a party again when it next waits. Never blocks.
   */
  leave () {
    native.leaveBarrier(this.buffer, this.byteOffset)
  }

  /** Restores the initial state. Parties that wait get an error that the barrier is broken. Never blocks. */
  reset () {
    native.resetBarrier(this.buffer, this.byteOffset)
  }

  [inspect.custom] () { return `Barrier { parties: ${this.#parties}, waiting: ${this.waiting}, broken: ${this.broken} }` }
}

module.exports = { Barrier }
