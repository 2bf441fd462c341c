'use strict'

// A bounded queue in shared memory. src/shared/queue.rs has the protocol; values are put in and taken out
// by native code, which is not ended in the middle.

const {
  AtomicsCompareExchange, AtomicsLoad, AtomicsOr, Error, MathClz32, Promise, RangeError, Symbol, SymbolAsyncIterator, SymbolIterator,
  TypedArrayPrototypeSlice, Uint8Array
} = require('../core/primordials')
const { inspect, setImmediate } = require('../core/platform')
const { invalidArgType, nodeError } = require('../core/errors')
const { cacheLine, queueLine, queueTail } = require('../core/protocol')
const { readTransferList } = require('../core/transfer-list')
const { IN, OUT, Ends, notYet } = require('./ends')
const { Encoded, Plain, closed, full, isPlain, pop, pushBytes, pushValue, pushed, reserve } = require('./queue-values')
const { bytesOf } = require('./bytes')
const { InSharedMemory, placeIn } = require('./memory')
const { SLOTS, SLOT_HEADER, byteLengthOf, partsOf, readShape, shapeDiffers, shapeOf } = require('./queue-shape')
const { checkMayBlock, readOptions } = require('./waiting')

const { words: LINE } = cacheLine
const SHAPE = queueLine.shape * LINE
const TAIL = queueLine.tail * LINE
const HEAD = queueLine.head * LINE
const { closed: CLOSED, position: POSITION } = queueTail

// Values that a loop takes at once before others on this thread have their turn.
const MOST_IN_A_ROW = 1000

// What is taken out of a queue without a value.
const nothing = Symbol('nothing')
const ended = Symbol('ended')

const closedError = () => nodeError(Error, 'ERR_ISOTHREADS_QUEUE_CLOSED', 'The queue is closed')

/** A bounded queue of values in shared memory, for any number of producers and consumers. */
class SharedQueue extends InSharedMemory {
  #words
  #mask
  #lapShift
  #slotWords
  #limit
  #isBytes
  #ends
  #key

  /**
   * @param {{ capacity?: number, slotSize?: number, type?: 'value' | 'bytes' }} [options] default: what the queue that
   *   is there has already, or 1024 slots of 120 bytes for values
   * @returns {number} the bytes that such a queue takes
   */
  static byteLengthFor (options) {
    return byteLengthOf(shapeOf(readShape(options, {})))
  }

  /**
   * @param {object} [options]
   * @param {number} [options.capacity] values that fit into it, rounded up to a power of two
   * @param {number} [options.slotSize] bytes that a value can take in the queue itself, rounded up to a multiple of 4
   * @param {'value' | 'bytes'} [options.type]
   * @param {SharedArrayBuffer} [options.buffer]
   * @param {number} [options.byteOffset]
   */
  constructor (options = {}) {
    if (typeof options !== 'object' || options === null) throw invalidArgType('options', 'of type object', options)
    const { buffer, byteOffset } = options
    const found = buffer === undefined ? 0 : AtomicsLoad(placeIn('SharedQueue', 4, buffer, byteOffset).words, 0)
    const wanted = readShape(options, partsOf(found))
    let shape = shapeOf(wanted)
    let place = placeIn('SharedQueue', byteLengthOf(shape), buffer, byteOffset)
    // The one step in which it comes to be.
    const first = AtomicsCompareExchange(place.words, SHAPE, 0, shape)
    if (first !== 0 && first !== shape) {
      // Other parameters than those that were asked for, or, somebody was faster, than the defaults.
      shape = shapeOf(readShape(options, partsOf(first)))
      if (shape !== first) throw shapeDiffers(first)
      place = placeIn('SharedQueue', byteLengthOf(shape), buffer, byteOffset)
    }
    super(place)
    const { capacity, slotSize, type } = partsOf(shape)
    this.#words = place.words
    this.#mask = capacity - 1
    this.#lapShift = 31 - MathClz32(capacity)
    this.#slotWords = SLOT_HEADER + slotSize / 4
    this.#limit = slotSize
    this.#isBytes = type === 'bytes'
    reserve(slotSize)
    this.#ends = new Ends(this, false, place.buffer, place.byteOffset)
    this.#key = this.#ends.key
  }

  static fromParts ({ buffer, byteOffset }) { return new SharedQueue({ buffer, byteOffset }) }

  get capacity () { return this.#mask + 1 }

  get slotSize () { return this.#limit }

  get type () { return this.#isBytes ? 'bytes' : 'value' }

  /** How many values there are; a moment later it may be otherwise. */
  get length () {
    const head = AtomicsLoad(this.#words, HEAD)
    return (AtomicsLoad(this.#words, TAIL) >>> 1) - head & POSITION
  }

  /** Whether nothing more can be pushed. */
  get closed () { return (AtomicsLoad(this.#words, TAIL) & CLOSED) !== 0 }

  /** Whether it is closed and everything was popped. */
  get ended () {
    const tail = AtomicsLoad(this.#words, TAIL)
    return (tail & CLOSED) !== 0 && tail >>> 1 === AtomicsLoad(this.#words, HEAD)
  }

  #slotOf (position) { return SLOTS + (position & this.#mask) * this.#slotWords }

  #isFull () {
    const tail = AtomicsLoad(this.#words, TAIL)
    const position = tail >>> 1
    return (tail & CLOSED) === 0 &&
      AtomicsLoad(this.#words, this.#slotOf(position)) !== position >>> this.#lapShift << 1 &&
      AtomicsLoad(this.#words, TAIL) === tail
  }

  /**
   * Puts a value in, if there is space.
   * @returns {number} pushed, full, closed, or something else: bytes are too many for a slot
   */
  #put (value) { return this.#isBytes ? this.#putBytes(bytesOf(value)) : pushValue(this.#key, value) }

  #putBytes (bytes) {
    if (bytes.length > this.#limit) {
      throw nodeError(RangeError, 'ERR_OUT_OF_RANGE', `A slot of the queue has ${this.#limit} bytes. Received ${bytes.length}`)
    }
    return pushBytes(this.#key, bytes)
  }

  /**
   * What puts the value in, now or later, as it is now.
   * @returns {{ push: () => number, drop: () => void }}
   */
  #encode (value, transferred, isKept) {
    if (!this.#isBytes) {
      if (transferred === undefined && isPlain(value)) {
        // Of bytes that are part of a larger buffer only they are copied; structuredClone would copy all of it.
        const isCopied = typeof value === 'object' && value !== null
        return new Plain(this.#key, this.#limit, isCopied ? new Uint8Array(value) : value)
      }
      const encoded = new Encoded(this.#key, this.#limit, value, transferred)
      return isKept ? encoded.keep() : encoded
    }
    const bytes = isKept ? TypedArrayPrototypeSlice(bytesOf(value)) : bytesOf(value)
    return { push: () => this.#putBytes(bytes), drop: () => {} }
  }

  /**
   * Puts a value at the end, if there is space. Never blocks.
   * @returns {boolean} false when the queue is full
   * @throws {Error} ERR_ISOTHREADS_QUEUE_CLOSED; what structuredClone throws
   */
  tryPush (value) {
    if (this.#ends.isBusy(IN)) {
      this.#ends.flush(IN)
      if (this.#ends.isBusy(IN)) return false
    }
    let result = this.#put(value)
    if (result > closed) {
      // What is serialised in vain costs most.
      if (this.#isFull()) return false
      const encoded = this.#encode(value)
      result = encoded.push()
      if (result !== pushed) encoded.drop()
    }
    if (result === closed) throw closedError()
    return result === pushed
  }

  /**
   * Puts a value at the end. Blocks the thread while the queue is full.
   * @param {{ timeout?: number, transfer?: object[], blockMainThread?: boolean }} [options]
   * @throws {Error} ERR_ISOTHREADS_QUEUE_CLOSED, ERR_ISOTHREADS_TIMEOUT, ERR_ISOTHREADS_BLOCKS_MAIN_THREAD
   */
  push (value, options) {
    checkMayBlock('queue.push', options)
    const transferred = options === undefined ? undefined : this.#readPushOptions(options)
    if (this.#ends.isBusy(IN)) this.#ends.wait(IN, 'Space in the queue', options, () => this.#tryFlush())
    let result = transferred === undefined ? this.#put(value) : full
    if (result === full && transferred === undefined) result = this.#waitToPutAgain(value, options)
    if (result !== pushed && result !== closed) result = this.#waitToPut(value, transferred, options)
    if (result === closed) throw closedError()
  }

  // A value that only wants space.
  #waitToPutAgain (value, options) {
    return this.#ends.wait(IN, 'Space in the queue', options, () => {
      const result = this.#put(value)
      return result === full ? notYet : result
    })
  }

  #readPushOptions (options) {
    readOptions(options)
    const { transfer } = options
    return transfer === undefined ? undefined : readTransferList(transfer)
  }

  #tryFlush () {
    this.#ends.flush(IN)
    return this.#ends.isBusy(IN) ? notYet : true
  }

  #waitToPut (value, transferred, options) {
    if (this.closed) return closed
    const encoded = this.#encode(value, transferred)
    let result
    try {
      result = encoded.push()
      if (result === full) result = this.#ends.wait(IN, 'Space in the queue', options, () => tryPush(encoded))
    } finally {
      if (result !== pushed) encoded.drop()
    }
    return result
  }

  /**
   * Puts a value at the end, as soon as there is space. What it is to be is settled at once. Values of one object are pushed in order.
   * @param {{ timeout?: number, signal?: AbortSignal, transfer?: object[] }} [options]
   * @returns {Promise<void>}
   */
  async pushAsync (value, options) {
    const transferred = options === undefined ? undefined : this.#readPushOptions(options)
    if (this.closed) throw closedError()
    const mayPass = transferred === undefined && !this.#ends.isBusy(IN)
    let result = mayPass ? this.#put(value) : full
    if (result !== pushed && result !== closed) {
      const encoded = this.#encode(value, transferred, true)
      try {
        result = await this.#ends.waitAsync(IN, 'Space in the queue', options, () => tryPush(encoded))
      } finally {
        if (result !== pushed) encoded.drop()
      }
    }
    if (result === closed) throw closedError()
  }

  #take () { return pop(this.#key, nothing, ended) }

  /**
   * Takes the first value, if there is one. Never blocks.
   * @param {unknown} [otherwise] what to return when there is none
   */
  tryPop (otherwise) {
    const value = this.#take()
    return value === nothing || value === ended ? otherwise : value
  }

  /**
   * Takes the first value. Blocks the thread while the queue is empty.
   * @param {{ timeout?: number, blockMainThread?: boolean }} [options]
   * @throws {Error} ERR_ISOTHREADS_QUEUE_CLOSED once it is closed and empty; ERR_ISOTHREADS_TIMEOUT, ERR_ISOTHREADS_BLOCKS_MAIN_THREAD
   */
  pop (options) {
    checkMayBlock('queue.pop', options)
    if (options !== undefined) readOptions(options)
    let value = this.#take()
    if (value === nothing) value = this.#waitToTake(options)
    if (value === ended) throw closedError()
    return value
  }

  #waitToTake (options) {
    return this.#ends.wait(OUT, 'A value in the queue', options, () => {
      const value = this.#take()
      return value === nothing ? notYet : value
    })
  }

  /**
   * Takes the first value, as soon as there is one.
   * @param {{ timeout?: number, signal?: AbortSignal }} [options]
   * @returns {Promise<unknown>} rejects as pop() throws
   */
  async popAsync (options) {
    const popped = await this.#popAsync(options)
    if (popped === ended) throw closedError()
    return popped[0]
  }

  #popAsync (options) {
    return this.#ends.waitAsync(OUT, 'A value in the queue', options, () => {
      const value = this.#take()
      if (value === nothing) return notYet
      // In an array, because of thenables.
      return value === ended ? ended : [value]
    })
  }

  /** Nothing can be pushed any more; what is there can be popped. Does nothing when that was done already. */
  close () {
    AtomicsOr(this.#words, TAIL, CLOSED)
    this.#ends.wakeAll()
  }

  /** Blocks the thread while the queue is empty; ends when it is closed and empty. */
  * [SymbolIterator] () {
    checkMayBlock('for...of over a SharedQueue, or queue.pop')
    for (;;) {
      let value = this.#take()
      if (value === nothing) value = this.#waitToTake()
      if (value === ended) return
      yield value
    }
  }

  async * [SymbolAsyncIterator] () {
    for (let inARow = 1; ; inARow++) {
      // Values that are there make no turn of the event loop.
      if (inARow % MOST_IN_A_ROW === 0) await new Promise(resolve => setImmediate(resolve))
      const popped = await this.#popAsync()
      if (popped === ended) return
      yield popped[0]
    }
  }

  [inspect.custom] () {
    return `SharedQueue { length: ${this.length}, capacity: ${this.capacity}, closed: ${this.closed} }`
  }
}

function tryPush (encoded) {
  const result = encoded.push()
  return result === full ? notYet : result
}

module.exports = { SharedQueue }
