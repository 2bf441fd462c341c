'use strict'

// Values as a slot of a queue has them: a kind, a length, and some bytes. What is small and simple
// JavaScript writes and reads itself; the rest goes through V8's serialiser.

const { writeText, isOfSharedBuffer, writeValue, readValue, takeBoxed } = require('../realm').forQueues

// As in src/shared/queue.rs.
const kind = {
  undefined: 0, null: 1, true: 2, false: 3, number: 4, latin1: 5, utf16: 6, bytes: 7, bigint: 8, serialized: 9, boxed: 10
}

const typeOfArray = Object.getOwnPropertyDescriptor(Object.getPrototypeOf(Uint8Array.prototype), Symbol.toStringTag).get
const isUint8Array = value => Reflect.apply(typeOfArray, value, []) === 'Uint8Array'

/**
 * Bytes of this thread alone, between a value and its slot. Anything may happen while they are
 * written, and to the thread too; copying them to a slot and back takes no time in which V8 would end it.
 */
class Scratch {
  constructor (words) {
    const buffer = new ArrayBuffer(words * 4)
    this.words = new Int32Array(buffer)
    this.bytes = new Uint8Array(buffer)
    this.text = Buffer.from(buffer)
    this.numbers = new Float64Array(buffer, 0, 1)
    this.bigints = new BigInt64Array(buffer, 0, 1)
    // The first so many words, made when they are first needed.
    this.heads = []
  }

  /** @returns {Int32Array} the words that so many bytes take */
  head (length) {
    const words = (length + 3) >> 2
    return this.heads[words] ??= this.words.subarray(0, words)
  }
}

// One for all queues of the thread: nobody leaves anything in it.
let scratch = new Scratch(64)

/** @param {number} words that a slot has; there is space for twice as many, which text may take */
function scratchFor (words) {
  if (scratch.words.length < words * 2) scratch = new Scratch(words * 2)
  return scratch
}

/**
 * Writes a value to the scratch memory.
 * @param {number} key of the queue
 * @param {Scratch} to
 * @param {number} limit in bytes
 * @param {{ arrayBuffers?: ArrayBuffer[], ports?: object[] }} [transferred]
 * @returns {number} kind and length, as the slot's second word has them
 * @throws what structuredClone throws
 */
function encode (key, to, limit, value, transferred) {
  if (transferred === undefined) {
    switch (typeof value) {
      case 'undefined':
        return kind.undefined
      case 'boolean':
        return value ? kind.true : kind.false
      case 'number':
        if (limit < 8) break
        to.numbers[0] = value
        return kind.number | 8 << 8
      case 'string':
        if (value.length > limit) break
        return encodeText(to, limit, value) || encodeOther(key, to, limit, value)
      case 'bigint':
        if (limit < 8 || BigInt.asIntN(64, value) !== value) break
        to.bigints[0] = value
        return kind.bigint | 8 << 8
      case 'object':
        if (value === null) return kind.null
        if (isUint8Array(value) && value.length <= limit && value.length > 0 && !isOfSharedBuffer(value)) {
          to.bytes.set(value)
          return kind.bytes | value.length << 8
        }
    }
  }
  return encodeOther(key, to, limit, value, transferred)
}

function encodeText (to, limit, value) {
  const written = writeText(to.bytes, value)
  if (written >= 0) return kind.latin1 | written << 8
  const length = -1 - written
  return length <= limit && (kind.utf16 | length << 8)
}

function encodeOther (key, to, limit, value, { arrayBuffers, ports } = {}) {
  const written = writeValue(key, value, arrayBuffers, ports, to.bytes, limit)
  if (written >= 0) return kind.serialized | written << 8
  to.numbers[0] = -1 - written
  return kind.boxed | 8 << 8
}

/**
 * @param {number} key of the queue
 * @param {Scratch} from
 * @param {number} info kind and length
 * @throws when what was pushed cannot be read on this thread
 */
function decode (key, from, info) {
  const length = info >>> 8
  switch (info & 0xff) {
    case kind.undefined:
      return undefined
    case kind.null:
      return null
    case kind.true:
      return true
    case kind.false:
      return false
    case kind.number:
      return from.numbers[0]
    case kind.latin1:
      return from.text.latin1Slice(0, length)
    case kind.utf16:
      return from.text.ucs2Slice(0, length)
    case kind.bytes:
      return from.bytes.slice(0, length)
    case kind.bigint:
      return from.bigints[0]
    case kind.serialized:
      return readValue(from.bytes, length)
    default:
      return unbox(key, from.numbers[0])
  }
}

function unbox (key, number) {
  const boxed = takeBoxed(key, number)
  if (boxed === undefined) throw new Error('isothreads: the memory of a queue was changed by something else than the queue')
  return boxed[0]
}

module.exports = { kind, scratchFor, encode, decode }
