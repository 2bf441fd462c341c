'use strict'

// A bounded queue in shared memory. src/shared/queue.rs documents the protocol. Native code pushes and pops the values, because V8
// does not end a thread there.

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

// The number of values that an asynchronous loop takes before it lets the event loop turn.
const MOST_IN_A_ROW = 1000

// The result of an empty queue.
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
   * @param {{ capacity?: number, slotSize?: number, type?: 'value' | 'bytes' }} [options] default: the parameters of the existing
   *   queue, or 1024 slots of 120 bytes for values
   * @returns {number} the size of such a queue in bytes
   */
  static byteLengthFor (options) {
    return byteLengthOf(shapeOf(readShape(options, {})))
  }

  /**
   * @param {object} [options]
   * @param {number} [options.capacity] the number of values that it can hold, rounded up to a power of two
   * @param {number} [options.slotSize] the bytes that a value may take in the queue itself, rounded up to a multiple of 4
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
    // This single step creates the queue.
    const first = AtomicsCompareExchange(place.words, SHAPE, 0, shape)
    if (first !== 0 && first !== shape) {
      // The existing queue differs from the requested one, or another thread has just created one that differs from the defaults.
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

  /** The number of values in the queue; it may change at any moment. */
  get length () {
    const head = AtomicsLoad(this.#words, HEAD)
    return (AtomicsLoad(this.#words, TAIL) >>> 1) - head & POSITION
  }

  /** Whether the queue was closed to further values. */
  get closed () { return (AtomicsLoad(this.#words, TAIL) & CLOSED) !== 0 }

  /** Whether the queue is closed and empty. */
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
   * Pushes a value if there is space.
   * @returns {number} pushed, full, closed, or another status: the bytes exceed a slot
   */
  #put (value) { return this.#isBytes ? this.#putBytes(bytesOf(value)) : pushValue(this.#key, value) }

  #putBytes (bytes) {
    if (bytes.length > this.#limit) {
      throw nodeError(RangeError, 'ERR_OUT_OF_RANGE', `A slot of the queue holds at most ${this.#limit} bytes. Received ${bytes.length}`)
    }
    return pushBytes(this.#key, bytes)
  }

  /**
   * Captures the present state of the value, to be pushed now or later.
   * @returns {{ push: () => number, drop: () => void }}
   */
  #encode (value, transferred, isKept) {
    if (!this.#isBytes) {
      if (transferred === undefined && isPlain(value)) {
        // Copies only the bytes of the view; structuredClone would copy the whole buffer.
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
   * Appends a value if there is space. Never blocks.
   * @returns {boolean} false when the queue is full
   * @throws {Error} ERR_ISOTHREADS_QUEUE_CLOSED; the errors of structuredClone
   */
  tryPush (value) {
    if (this.#ends.isBusy(IN)) {
      this.#ends.flush(IN)
      if (this.#ends.isBusy(IN)) return false
    }
    let result = this.#put(value)
    if (result > closed) {
      // Avoids a serialisation in vain, the most expensive step.
      if (this.#isFull()) return false
      const encoded = this.#encode(value)
      result = encoded.push()
      if (result !== pushed) encoded.drop()
    }
    if (result === closed) throw closedError()
    return result === pushed
  }

  /**
   * Appends a value. Blocks the thread while the queue is full.
   * @param {{ timeout?: number, transfer?: object[], blockMainThread?: boolean }} [options]
   * @throws {Error} ERR_ISOTHREADS_QUEUE_CLOSED, ERR_ISOTHREADS_TIMEOUT, ERR_ISOTHREADS_BLOCKS_MAIN_THREAD
   */
  push (value, options) {
    checkMayBlock('queue.push', options)
    const transferred = options === undefined ? undefined : this.#readPushOptions(options)
    if (this.#ends.isBusy(IN)) this.#ends.wait(IN, 'space in the queue', options, () => this.#tryFlush())
    let result = transferred === undefined ? this.#put(value) : full
    if (result === full && transferred === undefined) result = this.#waitToPutAgain(value, options)
    if (result !== pushed && result !== closed) result = this.#waitToPut(value, transferred, options)
    if (result === closed) throw closedError()
  }

  // For a value that needs no encoding, only space.
  #waitToPutAgain (value, options) {
    return this.#ends.wait(IN, 'space in the queue', options, () => {
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
      if (result === full) result = this.#ends.wait(IN, 'space in the queue', options, () => tryPush(encoded))
    } finally {
      if (result !== pushed) encoded.drop()
    }
    return result
  }

  /**
   * Appends a value as soon as there is space. Captures the value at once. Pushes the values of one object in order.
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
        result = await this.#ends.waitAsync(IN, 'space in the queue', options, () => tryPush(encoded))
      } finally {
        if (result !== pushed) encoded.drop()
      }
    }
    if (result === closed) throw closedError()
  }

  #take () { return pop(this.#key, nothing, ended) }

  /**
   * Takes the first value if there is one. Never blocks.
   * @param {unknown} [otherwise] the result for an empty queue
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
    return this.#ends.wait(OUT, 'a value in the queue', options, () => {
      const value = this.#take()
      return value === nothing ? notYet : value
    })
  }

  /**
   * Takes the first value as soon as there is one.
   * @param {{ timeout?: number, signal?: AbortSignal }} [options]
   * @returns {Promise<unknown>} rejects with the errors of pop()
   */
  async popAsync (options) {
    const popped = await this.#popAsync(options)
    if (popped === ended) throw closedError()
    return popped[0]
  }

  #popAsync (options) {
    return this.#ends.waitAsync(OUT, 'a value in the queue', options, () => {
      const value = this.#take()
      if (value === nothing) return notYet
      // The array keeps the promise from adopting a thenable.
      return value === ended ? ended : [value]
    })
  }

  /** Refuses further values; those in the queue can still be popped. Does nothing the second time. */
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
      // Values that are already there cause no turn of the event loop.
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
