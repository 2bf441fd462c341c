'use strict'

// Values that are more than a slot of a queue takes at once: serialised first, pushed then, so that
// they are serialised once however often pushing is tried.

const {
  Float64Array, MathMax, TypedArrayPrototypeGetBuffer, TypedArrayPrototypeSlice, Uint32Array, Uint8Array
} = require('../core/primordials')
const { types } = require('../core/platform')
const { queueStatus, slotKind } = require('../core/protocol')
const { writeValue, queuePush, queuePushBytes, queuePop, dropBoxed } = require('../core/realm').forQueues

// How a push ended.
const { done: pushed, notNow: full, never: closed } = queueStatus

const { bytes: BYTES, serialized: SERIALIZED, boxed: BOXED } = slotKind

// What values are serialised to, one after the other.
let scratch = new Uint8Array(1024)

// Where popped bytes are left: their length, and from 8 on they.
let popped = new Uint8Array(1024)
let poppedLength = new Uint32Array(TypedArrayPrototypeGetBuffer(popped), 0, 1)

/** @param {number} size of a slot, in bytes */
function reserve (size) {
  if (scratch.length < size) scratch = new Uint8Array(size)
  if (popped.length >= size + 8) return
  popped = new Uint8Array(size + 8)
  poppedLength = new Uint32Array(TypedArrayPrototypeGetBuffer(popped), 0, 1)
}

/**
 * Takes a value out. Never blocks.
 * @param {number} key of the queue
 * @param {unknown} nothing what to return when there is none
 * @param {unknown} ended and when none will come either
 * @throws when what was pushed cannot be read on this thread
 */
function pop (key, nothing, ended) {
  const value = queuePop(key, nothing, ended, popped)
  return value === popped ? TypedArrayPrototypeSlice(popped, 8, 8 + poppedLength[0]) : value
}

/** A value that waits for its place. */
class Encoded {
  #key
  #kind
  #bytes
  #length

  /**
   * @param {number} key of the queue
   * @param {number} limit of a slot, in bytes
   * @param {{ arrayBuffers?: ArrayBuffer[], ports?: object[] }} [transferred]
   * @throws what structuredClone throws
   */
  constructor (key, limit, value, { arrayBuffers, ports } = { __proto__: null }) {
    const written = writeValue(key, value, arrayBuffers, ports, scratch, limit)
    this.#key = key
    this.#bytes = scratch
    if (written >= 0) {
      this.#kind = SERIALIZED
      this.#length = written
    } else {
      this.#kind = BOXED
      this.#length = 8
      new Float64Array(TypedArrayPrototypeGetBuffer(scratch), 0, 1)[0] = -1 - written
    }
  }

  /** Never blocks. */
  push () { return queuePushBytes(this.#key, this.#kind, this.#bytes, this.#length) }

  /** Keeps the value for later. */
  keep () {
    this.#bytes = TypedArrayPrototypeSlice(this.#bytes, 0, MathMax(8, this.#length))
    return this
  }

  /** It will not be pushed. */
  drop () {
    if (this.#kind === BOXED) dropBoxed(this.#key, new Float64Array(TypedArrayPrototypeGetBuffer(this.#bytes), 0, 1)[0])
  }
}

/** Whether a slot takes it as it is, if it is short enough. */
function isPlain (value) {
  switch (typeof value) {
    case 'object':
      return value === null || (types.isUint8Array(value) && value.length > 0 && types.isArrayBuffer(TypedArrayPrototypeGetBuffer(value)))
    case 'function': case 'symbol': return false
    default: return true
  }
}

/** A plain value that waits for its place; serialised only when it turns out to be too long. */
class Plain {
  #key
  #limit
  #value
  #encoded = null

  /** @param {unknown} value must stay as it is */
  constructor (key, limit, value) {
    this.#key = key
    this.#limit = limit
    this.#value = value
  }

  /** Never blocks. */
  push () {
    if (this.#encoded === null) {
      const result = queuePush(this.#key, this.#value)
      if (result <= closed) return result
      this.#encoded = new Encoded(this.#key, this.#limit, this.#value).keep()
    }
    return this.#encoded.push()
  }

  /** It will not be pushed. */
  drop () { this.#encoded?.drop() }
}

/**
 * Bytes as they are, for a queue that takes nothing else. Never blocks.
 * @param {number} key of the queue
 * @param {Uint8Array} bytes
 */
function pushBytes (key, bytes) {
  return queuePushBytes(key, BYTES, bytes, bytes.length)
}

module.exports = { pushed, full, closed, reserve, isPlain, Plain, Encoded, pop, pushBytes, pushValue: queuePush }
