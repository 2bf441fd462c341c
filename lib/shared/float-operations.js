'use strict'

// Operations on one element of a float array, which `Atomics` does not support. They work on the bits of the number.

// Scratch memory that holds a number and its bits. No foreign code runs between a write and the next read: values are converted
// before.
const {
  AtomicsCompareExchange, AtomicsExchange, AtomicsLoad, AtomicsStore, BigInt64Array, Float32Array, Float64Array, Int32Array, MathTrunc,
  RangeError, SharedArrayBufferPrototypeGetGrowable, TypedArrayPrototypeGetBuffer, TypedArrayPrototypeGetByteOffset
} = require('../core/primordials')
const single = { numbers: new Float32Array(1) }
single.bits = new Int32Array(TypedArrayPrototypeGetBuffer(single.numbers))
const double = { numbers: new Float64Array(1) }
double.bits = new BigInt64Array(TypedArrayPrototypeGetBuffer(double.numbers))

/**
 * The state that the functions below work on.
 * @param {Float32Array | Float64Array} array in shared memory
 */
function floatsOf (array) {
  const { numbers, bits } = array.BYTES_PER_ELEMENT === 8 ? double : single
  // Covers the maximum size of a growable buffer; the array itself says whether an index is in range.
  const buffer = TypedArrayPrototypeGetBuffer(array)
  const length = SharedArrayBufferPrototypeGetGrowable(buffer) ? undefined : array.length
  const Cells = bits === single.bits ? Int32Array : BigInt64Array
  return { array, cells: new Cells(buffer, TypedArrayPrototypeGetByteOffset(array), length), numbers, bits }
}

/**
 * Converts an index like `Atomics`.
 * @param {{ length: number }} array
 * @returns {number}
 */
function toIndex (array, index) {
  const integer = MathTrunc(+index) || 0
  if (integer < 0 || integer >= array.length) throw new RangeError('Invalid atomic access index')
  return integer
}

function load ({ array, cells, numbers, bits }, index) {
  bits[0] = AtomicsLoad(cells, toIndex(array, index))
  return numbers[0]
}

function store ({ array, cells, numbers, bits }, index, value) {
  const position = toIndex(array, index)
  const number = +value
  numbers[0] = number
  AtomicsStore(cells, position, bits[0])
  return number
}

function exchange ({ array, cells, numbers, bits }, index, value) {
  const position = toIndex(array, index)
  numbers[0] = +value
  bits[0] = AtomicsExchange(cells, position, bits[0])
  return numbers[0]
}

/** All NaNs are equal, and 0 equals -0: the comparison is by value, not by bits. */
function compareExchange ({ array, cells, numbers, bits }, index, expected, replacement) {
  const position = toIndex(array, index)
  numbers[0] = +expected
  const wanted = numbers[0]
  numbers[0] = +replacement
  const newBits = bits[0]
  for (;;) {
    const oldBits = AtomicsLoad(cells, position)
    bits[0] = oldBits
    const old = numbers[0]
    if (old !== wanted && (old === old || wanted === wanted)) return old
    if (AtomicsCompareExchange(cells, position, oldBits, newBits) === oldBits) return old
  }
}

function add (floats, index, value) {
  const position = toIndex(floats.array, index)
  return addTo(floats, position, +value)
}

function sub (floats, index, value) {
  const position = toIndex(floats.array, index)
  return addTo(floats, position, -(+value))
}

function addTo ({ cells, numbers, bits }, position, number) {
  // Adds the operand after rounding it to the element type, as all other operations do.
  numbers[0] = number
  const summand = numbers[0]
  for (;;) {
    const oldBits = AtomicsLoad(cells, position)
    bits[0] = oldBits
    const old = numbers[0]
    numbers[0] = old + summand
    if (AtomicsCompareExchange(cells, position, oldBits, bits[0]) === oldBits) return old
  }
}

/**
 * @param {(old: number) => number} change
 * @returns {{ old: number, current: number }}
 */
function update ({ array, cells, numbers, bits }, index, change) {
  const position = toIndex(array, index)
  for (;;) {
    const oldBits = AtomicsLoad(cells, position)
    bits[0] = oldBits
    const old = numbers[0]
    const number = +change(old)
    numbers[0] = number
    const current = numbers[0]
    if (AtomicsCompareExchange(cells, position, oldBits, bits[0]) === oldBits) return { old, current }
  }
}

module.exports = { floatsOf, toIndex, load, store, exchange, compareExchange, add, sub, update }
