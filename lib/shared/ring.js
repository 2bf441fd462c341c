'use strict'

// A stream of bytes in shared memory. src/shared/ring.rs documents the protocol and implements it for Rust.

const {
  AtomicsCompareExchange, AtomicsLoad, AtomicsOr, AtomicsStore, Error, Int32Array, MathCeil, MathClz32, MathLog2, MathMax, MathMin,
  NumberMAX_SAFE_INTEGER, RangeError, String, TypedArrayPrototypeGetBuffer, TypedArrayPrototypeIndexOf, TypedArrayPrototypeSet,
  TypedArrayPrototypeSlice, TypedArrayPrototypeSubarray, Uint8Array
} = require('../core/primordials')
const { inspect, ringStreams, textEncoding, types } = require('../core/platform')
const { invalidArgType, nodeError } = require('../core/errors')
const { cacheLine, ringLine, ringShape, ringState } = require('../core/protocol')
const { native } = require('../core/realm')
const { IN, OUT, Ends, notYet } = require('./ends')
const { InSharedMemory, placeIn } = require('./memory')
const { bytesOf } = require('./bytes')
const { checkMayBlock, readOptions } = require('./waiting')
const { checkWholeNumber } = require('./whole-number')

const { words: LINE } = cacheLine
const SHAPE = ringLine.shape * LINE
const TAIL = ringLine.tail * LINE
const HEAD = ringLine.head * LINE
const BYTES_WANTED = ringLine.bytesWanted * LINE
const SPACE_WANTED = ringLine.spaceWanted * LINE
const STATE = ringLine.state * LINE
const WRITER = ringLine.writer * LINE
const READER = ringLine.reader * LINE
const REASON = ringLine.reason * LINE
const HEADER_BYTES = ringLine.bytes * LINE * 4
const REASON_BYTES = HEADER_BYTES - REASON * 4

// The value as an element of an Int32Array.
const EXISTS = ringShape.exists | 0
const LEAST_BYTES = 64
const MOST_BYTES = 2 ** 30

const { ended: ENDED, writerLost: WRITER_LOST, readerLost: READER_LOST, destroyed: DESTROYED, hasReason: HAS_REASON } = ringState

const holder = native.lockHolder()

/** A stream of bytes in shared memory, from one writing thread to one reading thread. */
class SharedRing extends InSharedMemory {
  #words
  #bytes
  #capacity
  #ends

  /**
   * @param {number} capacity
   * @returns {number} the size of such a ring in bytes
   */
  static byteLengthFor (capacity = 65536) { return HEADER_BYTES + readCapacity(capacity) }

  /**
   * @param {number | { capacity?: number, buffer?: SharedArrayBuffer, byteOffset?: number }} [options] the capacity in
   *   bytes, rounded up to a power of two of at least 64; or an object
   */
  constructor (options = {}) {
    if (typeof options === 'number') options = { capacity: options }
    if (typeof options !== 'object' || options === null) throw invalidArgType('options', 'of type number or object', options)
    const { buffer, byteOffset } = options
    const found = buffer === undefined ? 0 : AtomicsLoad(placeIn('SharedRing', 4, buffer, byteOffset).words, 0)
    let capacity = readCapacity(options.capacity ?? (found === 0 ? 65536 : capacityOf(found)))
    let place = placeIn('SharedRing', HEADER_BYTES + capacity, buffer, byteOffset)
    const first = AtomicsCompareExchange(place.words, SHAPE, 0, EXISTS | 31 - MathClz32(capacity))
    if (first !== 0 && capacityOf(first) !== capacity) {
      if (options.capacity !== undefined) {
        throw new RangeError(`The memory already holds a SharedRing with another capacity: ${capacityOf(first)}`)
      }
      capacity = capacityOf(first)
      place = placeIn('SharedRing', HEADER_BYTES + capacity, buffer, byteOffset)
    }
    super(place)
    this.#words = place.words
    this.#bytes = new Uint8Array(place.buffer, place.byteOffset + HEADER_BYTES, capacity)
    this.#capacity = capacity
    this.#ends = new Ends(this, true, place.buffer, place.byteOffset)
  }

  static fromParts ({ buffer, byteOffset }) { return new SharedRing({ buffer, byteOffset }) }

  /** The number of bytes that it can hold. */
  get capacity () { return this.#capacity }

  /** The number of bytes to read; it may change at any moment. */
  get length () {
    const head = AtomicsLoad(this.#words, HEAD)
    return MathMin(AtomicsLoad(this.#words, TAIL) - head >>> 0, this.#capacity)
  }

  /** Whether the writer has ended the stream. */
  get ended () { return (AtomicsLoad(this.#words, STATE) & ENDED) !== 0 }

  get destroyed () { return (AtomicsLoad(this.#words, STATE) & DESTROYED) !== 0 }

  #claim (word, end) {
    const found = AtomicsCompareExchange(this.#words, word, 0, holder)
    if (found !== 0 && found !== holder) {
      throw nodeError(Error, 'ERR_ISOTHREADS_RING_CLAIMED', `Another thread has the ${end} end of the ring`)
    }
  }

  #put (bytes) {
    const words = this.#words
    const state = AtomicsLoad(words, STATE)
    if (state !== 0) this.#checkWrite(state)
    const tail = AtomicsLoad(words, TAIL)
    const count = MathMin(bytes.length, this.#capacity - (tail - AtomicsLoad(words, HEAD) >>> 0))
    if (count === 0) return 0
    const start = tail & this.#capacity - 1
    const first = MathMin(count, this.#capacity - start)
    TypedArrayPrototypeSet(this.#bytes, first === bytes.length ? bytes : TypedArrayPrototypeSubarray(bytes, 0, first), start)
    if (first < count) TypedArrayPrototypeSet(this.#bytes, TypedArrayPrototypeSubarray(bytes, first, count))
    AtomicsStore(words, TAIL, tail + count | 0)
    if (AtomicsLoad(words, BYTES_WANTED) !== 0) this.#ends.wakeAll()
    return count
  }

  #checkWrite (state) {
    if ((state & DESTROYED) !== 0) throw this.#destroyedError(state)
    if ((state & ENDED) !== 0) throw nodeError(Error, 'ERR_ISOTHREADS_RING_ENDED', 'The ring was ended: nothing more can be written')
    if ((state & READER_LOST) !== 0) throw brokenError('reading')
  }

  #destroyedError (state) {
    if ((state & HAS_REASON) === 0) return nodeError(Error, 'ERR_ISOTHREADS_RING_DESTROYED', 'The ring was destroyed')
    const text = TypedArrayPrototypeSlice(new Uint8Array(this.buffer, this.byteOffset + REASON * 4, REASON_BYTES))
    const { TextDecoder } = textEncoding()
    const reason = new TextDecoder().decode(TypedArrayPrototypeSubarray(text, 0, TypedArrayPrototypeIndexOf(text, 0) >>> 0))
    return nodeError(Error, 'ERR_ISOTHREADS_RING_DESTROYED', `The ring was destroyed: ${reason}`)
  }

  /** @returns {number} the number of bytes read; 0 at the end, -1 when there are none yet */
  #takeInto (into) {
    const words = this.#words
    // Read before the tail, so that all bytes written before the end are visible.
    const state = AtomicsLoad(words, STATE)
    if ((state & DESTROYED) !== 0) throw this.#destroyedError(state)
    const head = AtomicsLoad(words, HEAD)
    const available = AtomicsLoad(words, TAIL) - head >>> 0
    if (available === 0) return this.#nothing(state)
    const count = MathMin(into.length, available)
    const start = head & this.#capacity - 1
    const first = MathMin(count, this.#capacity - start)
    TypedArrayPrototypeSet(into, TypedArrayPrototypeSubarray(this.#bytes, start, start + first))
    if (first < count) TypedArrayPrototypeSet(into, TypedArrayPrototypeSubarray(this.#bytes, 0, count - first), first)
    AtomicsStore(words, HEAD, head + count | 0)
    if (AtomicsLoad(words, SPACE_WANTED) !== 0) this.#ends.wakeAll()
    return count
  }

  #nothing (state) {
    if ((state & ENDED) !== 0) return 0
    if ((state & WRITER_LOST) !== 0) throw brokenError('writing')
    return -1
  }

  /** @returns {Uint8Array | null | notYet} */
  #take (most) {
    const available = this.length
    // With nothing to read, this still detects the end or an error.
    const into = new Uint8Array(MathMin(most, available))
    const count = this.#takeInto(into)
    if (count === -1) return notYet
    if (count === 0) return available === 0 && this.length === 0 ? null : notYet
    return into
  }

  /** Writes as many of the bytes as there is space for. Never blocks. */
  tryWrite (bytes) {
    bytes = bytesOf(bytes)
    this.#claim(WRITER, 'writing')
    if (this.#ends.isBusy(IN)) {
      this.#ends.flush(IN)
      if (this.#ends.isBusy(IN)) return 0
    }
    return this.#put(bytes)
  }

  /**
   * Writes all of the bytes. Blocks the thread while the ring is full.
   * @param {ArrayBufferView | ArrayBuffer | SharedArrayBuffer} bytes
   * @param {{ timeout?: number, blockMainThread?: boolean }} [options]
   */
  write (bytes, options) {
    checkMayBlock('ring.write', options)
    if (options !== undefined) readOptions(options)
    bytes = bytesOf(bytes)
    this.#claim(WRITER, 'writing')
    if (this.#ends.isBusy(IN)) {
      this.#ends.wait(IN, 'space in the ring', options, () => {
        this.#ends.flush(IN)
        return this.#ends.isBusy(IN) ? notYet : true
      })
    }
    const tryOnce = this.#writer(bytes)
    if (tryOnce() === notYet) this.#ends.wait(IN, 'space in the ring', options, tryOnce)
  }

  /**
   * Writes all of the bytes, in the order of the calls. The caller must not change them meanwhile.
   * @param {{ timeout?: number, signal?: AbortSignal }} [options]
   * @returns {Promise<void>} rejects with the errors of write()
   */
  async writeAsync (bytes, options) {
    bytes = bytesOf(bytes)
    this.#claim(WRITER, 'writing')
    await this.#ends.waitAsync(IN, 'space in the ring', options, this.#writer(bytes))
  }

  #writer (bytes) {
    return () => {
      const written = this.#put(bytes)
      if (written === bytes.length) return undefined
      if (written > 0) bytes = TypedArrayPrototypeSubarray(bytes, written)
      return notYet
    }
  }

  /**
   * Reads the bytes that have arrived. Never blocks.
   * @param {Uint8Array | number} [into] the destination, or the maximum number of bytes
   * @returns {Uint8Array | number | null | undefined} the bytes, or their number; null at the end; undefined when there are none yet
   */
  tryRead (into) {
    const result = this.#reader(into)()
    return result === notYet ? undefined : result
  }

  /**
   * Reads the bytes that have arrived. Blocks the thread while there are none.
   * @param {Uint8Array | number} [into] the destination, or the maximum number of bytes
   * @param {{ timeout?: number, blockMainThread?: boolean }} [options]
   * @returns {Uint8Array | number | null} the bytes, or their number; null at the end
   */
  read (into, options) {
    checkMayBlock('ring.read', options)
    if (options !== undefined) readOptions(options)
    const tryOnce = this.#reader(into)
    const result = tryOnce()
    return result === notYet ? this.#ends.wait(OUT, 'bytes in the ring', options, tryOnce) : result
  }

  /**
   * Reads the bytes that have arrived, as soon as there are some.
   * @param {{ timeout?: number, signal?: AbortSignal }} [options]
   * @returns {Promise<Uint8Array | number | null>} settles with the results and errors of read()
   */
  async readAsync (into, options) {
    return await this.#ends.waitAsync(OUT, 'bytes in the ring', options, this.#reader(into))
  }

  #reader (into = this.#capacity) {
    const isCount = typeof into === 'number'
    if (isCount) checkWholeNumber('into', into, 1, NumberMAX_SAFE_INTEGER)
    else if (!(types.isUint8Array(into))) throw invalidArgType('into', 'of type number or an instance of Uint8Array', into)
    else if (into.length === 0) throw nodeError(RangeError, 'ERR_OUT_OF_RANGE', 'The "into" argument must not be empty')
    this.#claim(READER, 'reading')
    if (isCount) return () => this.#take(into)
    return () => {
      const count = this.#takeInto(into)
      if (count === -1) return notYet
      return count === 0 ? null : count
    }
  }

  /** Ends the stream: the reader gets the remaining bytes, then the end. Does nothing the second time. */
  end () {
    this.#claim(WRITER, 'writing')
    this.#mark(ENDED)
  }

  /**
   * Makes both sides fail from now on, even if there are bytes to read. Any thread may call it.
   * @param {Error} [error] its message is passed to the other side
   */
  destroy (error) {
    if (error !== undefined) {
      const text = new Uint8Array(REASON_BYTES)
      const { TextEncoder } = textEncoding()
      new TextEncoder().encodeInto(String(error?.message ?? error), TypedArrayPrototypeSubarray(text, 0, REASON_BYTES - 1))
      // The first reason stays. A thread that looks between the two steps sees no reason.
      if (AtomicsCompareExchange(this.#words, REASON, 0, new Int32Array(TypedArrayPrototypeGetBuffer(text))[0]) === 0) {
        TypedArrayPrototypeSet(new Uint8Array(this.buffer, this.byteOffset + REASON * 4, REASON_BYTES), text)
        AtomicsOr(this.#words, STATE, HAS_REASON)
      }
    }
    this.#mark(DESTROYED)
  }

  #mark (flag) {
    AtomicsOr(this.#words, STATE, flag)
    this.#ends.wakeAll()
  }

  /** Releases the writing end for other threads, if this one has it. */
  releaseWriter () { AtomicsCompareExchange(this.#words, WRITER, holder, 0) }

  /** Releases the reading end for other threads, if this one has it. */
  releaseReader () { AtomicsCompareExchange(this.#words, READER, holder, 0) }

  /** @returns {import('node:stream').Readable} destroying it destroys the ring */
  toReadable (options) { return ringStreams().toReadable(this, options) }

  /** @returns {import('node:stream').Writable} ending it ends the ring; destroying it destroys the ring */
  toWritable (options) { return ringStreams().toWritable(this, options) }

  /** @returns {ReadableStream} of bytes */
  toReadableStream () { return ringStreams().toReadableStream(this) }

  /** @returns {WritableStream} */
  toWritableStream () { return ringStreams().toWritableStream(this) }

  [inspect.custom] () {
    return `SharedRing { length: ${this.length}, capacity: ${this.#capacity}, ended: ${this.ended}, destroyed: ${this.destroyed} }`
  }
}

function brokenError (end) {
  return nodeError(Error, 'ERR_ISOTHREADS_RING_BROKEN', `The thread that had the ${end} end of the ring has ended`)
}

function readCapacity (capacity) {
  checkWholeNumber('options.capacity', capacity, 1, MOST_BYTES)
  return MathMax(LEAST_BYTES, 2 ** MathCeil(MathLog2(capacity)))
}

/** @param {number} first the first word of a ring */
function capacityOf (first) {
  return 2 ** (first & 31)
}

module.exports = { SharedRing }
