'use strict'

// Values that take more than one step to push. They are serialised first and pushed afterwards, so that several attempts to push
// serialise them only once.

const {
  Float64Array, MathMax, TypedArrayPrototypeGetBuffer, TypedArrayPrototypeSlice, Uint32Array, Uint8Array
} = require('../core/primordials')
const { types } = require('../core/platform')
const { queueStatus, slotKind } = require('../core/protocol')
const { writeValue, queuePush, queuePushBytes, queuePop, dropBoxed } = require('../core/realm').forQueues

// The outcomes of a push.
const { done: pushed, notNow: full, never: closed } = queueStatus

const { bytes: BYTES, serialized: SERIALIZED, boxed: BOXED } = slotKind

// The buffer that values are serialised into.
let scratch = new Uint8Array(1024)

// The buffer for popped bytes: their length, and the bytes from offset 8 on.
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
 * @param {unknown} nothing the result for an empty queue
 * @param {unknown} ended the result for a closed and empty queue
 * @throws when the value cannot be read on this thread
 */
function pop (key, nothing, ended) {
  const value = queuePop(key, nothing, ended, popped)
  return value === popped ? TypedArrayPrototypeSlice(popped, 8, 8 + poppedLength[0]) : value
}

/** A serialised value that waits for a slot. */
class Encoded {
  #key
  #kind
  #bytes
  #length

  /**
   * @param {number} key of the queue
   * @param {number} limit the size of a slot, in bytes
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

  /** Keeps the value for a later attempt. */
  keep () {
    this.#bytes = TypedArrayPrototypeSlice(this.#bytes, 0, MathMax(8, this.#length))
    return this
  }

  /** Drops the value, which will not be pushed. */
  drop () {
    if (this.#kind === BOXED) dropBoxed(this.#key, new Float64Array(TypedArrayPrototypeGetBuffer(this.#bytes), 0, 1)[0])
  }
}

/** Whether a slot can hold the value without serialisation, if it is short enough. */
function isPlain (value) {
  switch (typeof value) {
    case 'object':
      return value === null || (types.isUint8Array(value) && value.length > 0 && types.isArrayBuffer(TypedArrayPrototypeGetBuffer(value)))
    case 'function': case 'symbol': return false
    default: return true
  }
}

/** A plain value that waits for a slot. It is serialised only when it turns out to be too long. */
class Plain {
  #key
  #limit
  #value
  #encoded = null

  /** @param {unknown} value must not change */
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

  /** Drops the value, which will not be pushed. */
  drop () { this.#encoded?.drop() }
}

/**
 * Pushes bytes without serialisation, to a queue of type 'bytes'. Never blocks.
 * @param {number} key of the queue
 * @param {Uint8Array} bytes
 */
function pushBytes (key, bytes) {
  return queuePushBytes(key, BYTES, bytes, bytes.length)
}

module.exports = { pushed, full, closed, reserve, isPlain, Plain, Encoded, pop, pushBytes, pushValue: queuePush }
