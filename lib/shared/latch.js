'use strict'

const { AtomicsCompareExchange, AtomicsLoad } = require('../core/primordials')
const { inspect } = require('../core/platform')
const { native } = require('../core/realm')
const { kParts } = require('../core/symbols')
const { latchWord, wordCount } = require('../core/protocol')
const { InSharedMemory, MOST_AGREED, placeAgreeing } = require('./memory')
const { block, checkMayBlock, noOptions, readOptions, waitAsync } = require('./waiting')
const { checkWholeNumber } = require('./whole-number')

const BYTES = 4 * wordCount.latch
const { counted: COUNTED } = latchWord

/** A counter that goes down to 0 once, and that threads can wait for. */
class Latch extends InSharedMemory {
  #words
  #total

  /** The size of a latch in bytes. */
  static get byteLength () { return BYTES }

  /**
   * @param {number} count the initial count: 0 to 2^28 - 1
   * @param {SharedArrayBuffer} [buffer] default: a new one. Over the bytes of another latch, this is the same latch with its
   *   current count.
   * @param {number} [byteOffset] a multiple of 4
   * @throws {RangeError} ERR_OUT_OF_RANGE, also when these bytes hold a latch with another initial count
   */
  constructor (count, buffer, byteOffset) {
    const place = placeAgreeing('Latch', BYTES, { name: 'count', value: count, minimum: 0 }, buffer, byteOffset)
    super(place)
    this.#total = count
    this.#words = place.words
  }

  static fromParts ({ total, buffer, byteOffset }) { return new Latch(total, buffer, byteOffset) }

  [kParts] () { return { ...super[kParts](), total: this.#total } }

  /** The remaining count. */
  get count () { return this.#total - AtomicsLoad(this.#words, COUNTED) }

  /**
   * Reduces the count, to 0 at least. At 0, wakes all waiters. Never blocks.
   * @param {number} [n] 0 to 2^28 - 1
   */
  countDown (n = 1) {
    checkWholeNumber('n', n, 0, MOST_AGREED)
    const words = this.#words
    for (let seen = AtomicsLoad(words, COUNTED); seen < this.#total;) {
      // V8 may end a thread between the last count and the wake-up, but not in native code.
      if (seen + n >= this.#total) return native.countDownLatch(this.buffer, this.byteOffset, n)
      const now = AtomicsCompareExchange(words, COUNTED, seen, seen + n)
      if (now === seen) return
      seen = now
    }
  }

  /**
   * Blocks the thread until the count is 0.
   * @param {{ timeout?: number, blockMainThread?: boolean }} [options]
   */
  wait (options) {
    checkMayBlock('latch.wait', options)
    if (options !== undefined) readOptions(options)
    if (this.count === 0) return
    block('the latch', options ?? noOptions, timeout => native.waitForLatch(this.buffer, this.byteOffset, timeout))
  }

  /**
   * @param {{ timeout?: number, signal?: AbortSignal }} [options]
   * @returns {Promise<void>}
   */
  async waitAsync (options = noOptions) {
    readOptions(options)
    const id = native.waitForLatchAsync(this.buffer, this.byteOffset)
    if (id < 0) return
    await waitAsync('the latch', options, id)
    native.takeResult(id)
  }

  [inspect.custom] () { return `Latch { count: ${this.count} }` }
}

module.exports = { Latch }
