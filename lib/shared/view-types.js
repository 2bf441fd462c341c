'use strict'

// The types of elements that views have.

// In the order of KINDS in src/shared/view.rs.
const types = [
  ['int8', Int8Array],
  ['uint8', Uint8Array],
  ['int16', Int16Array],
  ['uint16', Uint16Array],
  ['int32', Int32Array],
  ['uint32', Uint32Array],
  ['bigint64', BigInt64Array],
  ['biguint64', BigUint64Array],
  ['float32', Float32Array],
  ['float64', Float64Array]
].map(([name, Array], kind) => ({
  name,
  kind,
  Array,
  isBigInt: name.startsWith('big'),
  isFloat: name.startsWith('float'),
  // Makes values ones of this type; between a write and the next read there must be no code of the user's.
  scratch: new Array(1)
}))

const byName = new Map(types.map(type => [type.name, type]))
const byTag = new Map(types.map(type => [type.Array.name, type]))

const { get: tagOf } = Object.getOwnPropertyDescriptor(Object.getPrototypeOf(Int8Array.prototype), Symbol.toStringTag)

/** @returns {object | undefined} the type of a typed array, of any realm; undefined for what is none, or of no type that views have */
function typeOf (array) {
  return byTag.get(tagOf.call(array))
}

/**
 * @param {object} type
 * @param {number | bigint} value is converted as `Atomics.store` does it
 * @returns {number | bigint} an element
 */
function toElement ({ scratch }, value) {
  scratch[0] = value
  return scratch[0]
}

module.exports = { byName, typeOf, toElement }
