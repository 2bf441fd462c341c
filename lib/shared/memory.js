'use strict'

// Where objects over shared memory have their bytes: in a SharedArrayBuffer of their own, or in the
// user's, beside other things.

const {
  Int32Array, NumberIsInteger, RangeError, SharedArrayBuffer, SharedArrayBufferPrototypeGetByteLength, TypedArrayPrototypeGetByteLength
} = require('../core/primordials')
const { types } = require('../core/platform')
const { invalidArgType, invalidArgValue } = require('../core/errors')
const { lockWord } = require('../core/protocol')
const { Composite } = require('../core/realm')
const { kParts } = require('../core/symbols')
const { agreeOn, checkWholeNumber } = require('./whole-number')

// The largest number that placeAgreeing() takes.
const { count: MOST_AGREED } = lockWord

/**
 * @param {string} className for errors
 * @param {number} byteLength that the object needs
 * @param {SharedArrayBuffer} [buffer] by default a new one of that size
 * @param {number} [byteOffset] a multiple of 4
 * @returns {{ className: string, buffer: SharedArrayBuffer, byteOffset: number, words: Int32Array }}
 * @throws {TypeError} ERR_INVALID_ARG_TYPE
 * @throws {RangeError} as typed arrays throw it, when the bytes are not in the buffer or not aligned
 */
function placeIn (className, byteLength, buffer, byteOffset = 0) {
  if (buffer === undefined) {
    if (byteOffset !== 0) {
      throw invalidArgValue('byteOffset', byteOffset, `needs a SharedArrayBuffer that the ${className} is to be in`)
    }
    buffer = new SharedArrayBuffer(byteLength)
  } else if (!types.isSharedArrayBuffer(buffer)) {
    throw invalidArgType('buffer', 'an instance of SharedArrayBuffer', buffer)
  }
  if (typeof byteOffset !== 'number') throw invalidArgType('byteOffset', 'of type number', byteOffset)
  if (!NumberIsInteger(byteOffset) || byteOffset < 0) {
    throw new RangeError(`byteOffset must be a whole number that is not negative. Received ${byteOffset}`)
  }
  if (byteOffset % 4 !== 0) throw new RangeError(`start offset of ${className} should be a multiple of 4`)
  const size = SharedArrayBufferPrototypeGetByteLength(buffer)
  if (byteOffset + byteLength > size) {
    throw new RangeError(`A ${className} takes ${byteLength} bytes: from offset ${byteOffset} on, a buffer of ${size} bytes has too few`)
  }
  return { className, buffer, byteOffset, words: new Int32Array(buffer, byteOffset, byteLength / 4) }
}

/**
 * placeIn() for what is made with a number that all its objects agree on: it is in the first word, plus 1, once one of them was made.
 * @param {{ name: string, value: number, minimum: number }} number as the argument is called
 * @throws {RangeError} ERR_OUT_OF_RANGE
 */
function placeAgreeing (className, byteLength, { name, value, minimum }, buffer, byteOffset) {
  checkWholeNumber(name, value, minimum, MOST_AGREED)
  const place = placeIn(className, byteLength, buffer, byteOffset)
  agreeOn(place.words, name, value, className)
  return place
}

/** Something in shared memory. A clone of it is the same thing, in the same bytes. */
class InSharedMemory extends Composite {
  #place

  /** @param {object} place of placeIn() */
  constructor (place) {
    super()
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
