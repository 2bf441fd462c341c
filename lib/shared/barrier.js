'use strict'

const { AtomicsLoad, Error } = require('../core/primordials')
const { inspect } = require('../core/platform')
const { nodeError } = require('../core/errors')
const { native } = require('../core/realm')
const { kParts } = require('../core/symbols')
const { barrierState, barrierWord, passage, wordCount } = require('../core/protocol')
const { InSharedMemory, placeAgreeing } = require('./memory')
const { block, checkMayBlock, noOptions, readOptions, waitAsync } = require('./waiting')

// Only the native half changes the second word.
const BYTES = 4 * wordCount.barrier
const { arrived: ARRIVED } = barrierWord
// As an element of an Int32Array.
const BROKEN = barrierState.broken | 0

/** Whether this party was the last one. */
function isLast (ended) {
  if (ended === passage.broken) {
    throw nodeError(Error, 'ERR_ISOTHREADS_BARRIER_BROKEN',
      'The barrier is broken: one of the parties stopped waiting or its thread ended, or the barrier was reset. ' +
      'Call barrier.reset() to use it again')
  }
  return ended === passage.last
}

/** Where a number of threads wait for each other, over and over again. */
class Barrier extends InSharedMemory {
  #words
  #parties

  /** The bytes that a barrier takes. */
  static get byteLength () { return BYTES }

  /**
   * @param {number} parties how many have to arrive: 1 to 2^28 - 1
   * @param {SharedArrayBuffer} [buffer] default: one of its own. Over the bytes of another barrier it is the same one.
   * @param {number} [byteOffset] a multiple of 4
   * @throws {RangeError} ERR_OUT_OF_RANGE, also when the barrier that is there has another number of parties
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

  /** How many have arrived and wait for the others. */
  get waiting () { return AtomicsLoad(this.#words, ARRIVED) & ~BROKEN }

  /** Whether one of those who are waited for is gone, and nobody has called reset() since. */
  get broken () { return AtomicsLoad(this.#words, ARRIVED) === BROKEN }

  /**
   * Blocks the thread until all parties have arrived.
   * @param {{ timeout?: number, blockMainThread?: boolean }} [options]
   * @returns {boolean} true for the party that arrived last, and for no other
   * @throws {Error} ERR_ISOTHREADS_BARRIER_BROKEN
   * @throws {Error} ERR_ISOTHREADS_TIMEOUT; it is broken for the others then
   */
  wait (options = noOptions) {
    checkMayBlock('barrier.wait', options)
    return isLast(block('The last party', options, (timeout, isAgain) =>
      native.waitAtBarrier(this.buffer, this.byteOffset, timeout, isAgain)))
  }

  /**
   * The same as a promise; several parties may be of one thread. An abort breaks the barrier, too.
   * @param {{ timeout?: number, signal?: AbortSignal }} [options]
   * @returns {Promise<boolean>}
   */
  async waitAsync (options = noOptions) {
    readOptions(options)
    const id = native.waitAtBarrierAsync(this.buffer, this.byteOffset)
    return isLast(id < 0 ? -1 - id : await waitAsync('The last party', options, id))
  }

  /**
   * This thread will not come any more: its end breaks nothing. When it waits again, it is a party again. Never blocks.
   */
  leave () {
    native.leaveBarrier(this.buffer, this.byteOffset)
  }

  /** Makes it as new. Those who wait are told that it is broken. Never blocks. */
  reset () {
    native.resetBarrier(this.buffer, this.byteOffset)
  }

  [inspect.custom] () { return `Barrier { parties: ${this.#parties}, waiting: ${this.waiting}, broken: ${this.broken} }` }
}

module.exports = { Barrier }
