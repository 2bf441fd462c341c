'use strict'

// The shape of a queue: its capacity, the size and kind of its slots, and the word that encodes them.

const { MathCeil, MathClz32, MathLog2, MathMax, RangeError } = require('../core/primordials')
const { invalidArgValue } = require('../core/errors')
const { cacheLine, queueLine, queueShape, queueSlot } = require('../core/protocol')
const { checkWholeNumber } = require('./whole-number')

// The index of the word where the slots begin.
const SLOTS = queueLine.slots * cacheLine.words
// The words of a slot before the value: its turn, then its kind and length.
const { header: SLOT_HEADER } = queueSlot
// The bits of the shape word above the logarithm of the capacity.
const { isBytes: IS_BYTES, exists: EXISTS } = queueShape

const MOST_SLOTS = 2 ** 30
const MOST_BYTES = 2 ** 24 - 4
const LEAST_BYTES = 8

/** Decodes the first word of a queue; undefined for 0. */
function partsOf (shape) {
  if (shape === 0) return {}
  return { capacity: 2 ** (shape & 31), type: (shape & IS_BYTES) === 0 ? 'value' : 'bytes', slotSize: (shape >>> 6 & 0xffffff) * 4 }
}

function shapeOf ({ capacity, slotSize, type }) {
  return EXISTS | slotSize / 4 << 6 | (type === 'bytes' ? IS_BYTES : 0) | 31 - MathClz32(capacity)
}

function byteLengthOf (shape) {
  const { capacity, slotSize } = partsOf(shape)
  return SLOTS * 4 + capacity * (SLOT_HEADER * 4 + slotSize)
}

function readShape (options = {}, found) {
  const { capacity = found.capacity ?? 1024, slotSize = found.slotSize ?? 120, type = found.type ?? 'value' } = options
  checkWholeNumber('options.capacity', capacity, 1, MOST_SLOTS)
  checkWholeNumber('options.slotSize', slotSize, 1, MOST_BYTES)
  if (type !== 'value' && type !== 'bytes') throw invalidArgValue('options.type', type, "must be 'value' or 'bytes'")
  return {
    capacity: 2 ** MathCeil(MathLog2(capacity)),
    slotSize: MathMax(LEAST_BYTES, MathCeil(slotSize / 4) * 4),
    type
  }
}

/** @param {number} first the first word of the existing queue */
function shapeDiffers (first) {
  const { capacity, slotSize, type } = partsOf(first)
  const parameters = `{ capacity: ${capacity}, slotSize: ${slotSize}, type: '${type}' }`
  return new RangeError(`The memory already holds a SharedQueue with other parameters: ${parameters}`)
}

module.exports = { SLOTS, SLOT_HEADER, byteLengthOf, partsOf, readShape, shapeDiffers, shapeOf }
