'use strict'

// The element types of views.

const {
  ArrayPrototypeForEach, ArrayPrototypeMap, BigInt64Array, BigUint64Array, Float32Array, Float64Array, Int16Array, Int32Array, Int8Array,
  SafeMap, StringPrototypeStartsWith, TypedArrayPrototypeGetSymbolToStringTag, Uint16Array, Uint32Array, Uint8Array
} = require('../core/primordials')
const { elementKind } = require('../core/protocol')

const types = ArrayPrototypeMap([
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
], ({ 0: name, 1: Array }) => ({
  name,
  kind: elementKind[name],
  Array,
  isBigInt: StringPrototypeStartsWith(name, 'big'),
  isFloat: StringPrototypeStartsWith(name, 'float'),
  // Converts values to this type. No user code may run between a write and the next read.
  scratch: new Array(1)
}))

const byName = new SafeMap()
const byTag = new SafeMap()
ArrayPrototypeForEach(types, type => {
  byName.set(type.name, type)
  byTag.set(type.Array.name, type)
})

/** @returns {object | undefined} the type of a typed array, from any realm; undefined for any other value and for types without views */
function typeOf (array) {
  return byTag.get(TypedArrayPrototypeGetSymbolToStringTag(array))
}

/**
 * @param {object} type
 * @param {number | bigint} value is converted like by `AtomicsStore`
 * @returns {number | bigint} an element
 */
function toElement ({ scratch }, value) {
  scratch[0] = value
  return scratch[0]
}

module.exports = { byName, typeOf, toElement }
