'use strict'

const { AtomicView } = require('..')

const arrays = {
  int8: Int8Array,
  uint8: Uint8Array,
  int16: Int16Array,
  uint16: Uint16Array,
  int32: Int32Array,
  uint32: Uint32Array,
  bigint64: BigInt64Array,
  biguint64: BigUint64Array,
  float32: Float32Array,
  float64: Float64Array
}

const isBig = (type) => type.startsWith('big')
const isFloat = (type) => type.startsWith('float')

/** A view of new memory, not at its start. */
function viewOf (type, length) {
  const size = arrays[type].BYTES_PER_ELEMENT
  return new AtomicView(new SharedArrayBuffer((length + 1) * size), { type, byteOffset: size, length })
}

module.exports = { arrays, isBig, isFloat, viewOf }
