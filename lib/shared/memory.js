'use strict'

// The bytes of objects over shared memory: either a SharedArrayBuffer of their own, or a part of the user's buffer.

const {
  Int32Array, NumberIsInteger, RangeError, SharedArrayBuffer, SharedArrayBufferPrototypeGetByteLength, TypedArrayPrototypeGetByteLength
} = require('../core/primordials')
const { registerComposite } = require('../core/composites')
const { types } = require('../core/platform')
const { invalidArgType, invalidArgValue } = require('../core/errors')
const { lockWord } = require('../core/protocol')
const { Composite } = require('../core/realm')
const { kParts } = require('../core/symbols')
const { agreeOn, checkWholeNumber } = require('./whole-number')

// The largest number that placeAgreeing() accepts.
const { count: MOST_AGREED } = lockWord

/**
 * @param {string} className for errors
 * @param {number} byteLength the size of the object
 * @param {SharedArrayBuffer} [buffer] by default a new one of that size
 * @param {number} [byteOffset] a multiple of 4
 * @returns {{ className: string, buffer: SharedArrayBuffer, byteOffset: number, words: Int32Array }}
 * @throws {TypeError} ERR_INVALID_ARG_TYPE
 * @throws {RangeError} like typed arrays, when the range is outside the buffer or not aligned
 */
function placeIn (className, byteLength, buffer, byteOffset = 0) {
  if (buffer === undefined) {
    if (byteOffset !== 0) {
      throw invalidArgValue('byteOffset', byteOffset, `can only be given together with the buffer of the ${className}`)
    }
    buffer = new SharedArrayBuffer(byteLength)
  } else if (!types.isSharedArrayBuffer(buffer)) {
    throw invalidArgType('buffer', 'an instance of SharedArrayBuffer', buffer)
  }
  if (typeof byteOffset !== 'number') throw invalidArgType('byteOffset', 'of type number', byteOffset)
  if (!NumberIsInteger(byteOffset) || byteOffset < 0) {
    throw new RangeError(`byteOffset must be a non-negative integer. Received ${byteOffset}`)
  }
  if (byteOffset % 4 !== 0) throw new RangeError(`start offset of ${className} should be a multiple of 4`)
  const size = SharedArrayBufferPrototypeGetByteLength(buffer)
  if (byteOffset + byteLength > size) {
    throw new RangeError(`A ${className} of ${byteLength} bytes does not fit at offset ${byteOffset} of a buffer of ${size} bytes`)
  }
  return { className, buffer, byteOffset, words: new Int32Array(buffer, byteOffset, byteLength / 4) }
}

/**
 * placeIn() for objects that share a number, such as an initial count. Once an object exists, the first word holds the number plus 1.
 * @param {{ name: string, value: number, minimum: number }} number with the name of its argument
 * @throws {RangeError} ERR_OUT_OF_RANGE
 */
function placeAgreeing (className, byteLength, { name, value, minimum }, buffer, byteOffset) {
  checkWholeNumber(name, value, minimum, MOST_AGREED)
  const place = placeIn(className, byteLength, buffer, byteOffset)
  agreeOn(place.words, name, value, className)
  return place
}

/** An object in shared memory. A clone uses the same bytes, so it is the same object. */
class InSharedMemory extends Composite {
  #place

  /** @param {object} place the result of placeIn() */
  constructor (place) {
    super()
    registerComposite(this)
    this.#place = place
  }

  [kParts] () {
    const { className: type, buffer, byteOffset } = this.#place
    return { type, buffer, byteOffset }
  }

  get buffer () { return this.#place.buffer }

  get byteOffset () { return this.#place.byteOffset }

  get byteLength () { return TypedArrayPrototypeGetByteLength(this.#place.words) }
}

module.exports = { InSharedMemory, MOST_AGREED, placeAgreeing, placeIn }
