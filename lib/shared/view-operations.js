'use strict'

// Operations over all elements of a view, in Rust. The blocking form of each uses this thread and, for many elements, all
// processors. The form that ends in Async uses only other threads.

const {
  ArrayIsArray, ArrayPrototypeForEach, MathMax, MathMin, MathTrunc, NumberIsFinite, NumberIsInteger, NumberIsSafeInteger,
  NumberMAX_SAFE_INTEGER, ObjectDefineProperty, ObjectEntries, RangeError, TypeError,
  TypedArrayPrototypeGetBuffer, TypedArrayPrototypeGetByteOffset, TypedArrayPrototypeSet, Uint32Array, Uint32ArrayFrom, isInstance, setOf
} = require('../core/primordials')
const { types } = require('../core/platform')
const { invalidArgType } = require('../core/errors')
const { whenEnded } = require('../core/operations')
const { native } = require('../core/realm')
const { toIndex } = require('./float-operations')
const { toElement, typeOf } = require('./view-types')

// Each thread keeps its own counts of a histogram.
const mostBins = 2 ** 24

// Each operation checks its arguments and starts. `start(name, ...arguments)` calls the native half and returns the result, or a
// promise of it.
const operations = {
  fill (start, view, value, from = 0, to = view.length) {
    const element = toElement(typeOf(view.array), value)
    const first = position(from, view.length)
    return start('viewFill', elementsOf(view.array), element, first, MathMax(first, position(to, view.length)))
  },

  sum (start, view) {
    return start('viewSum', elementsOf(view.array))
  },

  minMax (start, view) {
    return start('viewMinMax', elementsOf(view.array))
  },

  addAll (start, view, addend) {
    const { array } = view
    if (!isObject(addend)) return start('viewAddNumber', elementsOf(array), toElement(typeOf(array), addend))
    const source = sourceFor(array, addend)
    if (source.length !== array.length) throw new RangeError(`Expected ${array.length} numbers, got ${source.length}`)
    return start('viewAddElements', elementsOf(array), elementsOf(source))
  },

  countEqual (start, view, value) {
    const type = typeOf(view.array)
    // As with ===, no element can equal such a value.
    const isPossible = typeof value === (type.isBigInt ? 'bigint' : 'number') && toElement(type, value) === value
    return isPossible ? start('viewCountEqual', elementsOf(view.array), value) : start.result(0)
  },

  histogram (start, view, options) {
    if (!isObject(options)) throw invalidArgType('options', 'of type object', options)
    const { bins, min, max } = options
    if (typeof bins !== 'number') throw invalidArgType('options.bins', 'of type number', bins)
    if (!NumberIsInteger(bins) || bins < 1 || bins > mostBins) throw new RangeError(`bins must be an integer from 1 to ${mostBins}`)
    const type = typeOf(view.array)
    checkBound('options.min', min, type)
    checkBound('options.max', max, type)
    if (min > max) throw new RangeError('min must not be larger than max')
    return start('viewHistogram', elementsOf(view.array), bins, min, max)
  },

  scatterAdd (start, view, indices, values) {
    const { array } = view
    const positions = indicesFor(array, indices)
    if (!isObject(values)) {
      return start('viewScatterAdd', elementsOf(array), elementsOf(positions), toElement(typeOf(array), values))
    }
    const source = sourceFor(array, values)
    if (source.length !== positions.length) throw new RangeError(`Expected ${positions.length} values, got ${source.length}`)
    return start('viewScatterAdd', elementsOf(array), elementsOf(positions), undefined, elementsOf(source))
  },

  addMany (start, view, index, delta, times) {
    const at = toIndex(view.array, index)
    const element = toElement(typeOf(view.array), delta)
    if (typeof times !== 'number') throw invalidArgType('times', 'of type number', times)
    if (!NumberIsSafeInteger(times) || times < 0) throw new RangeError('times must be a non-negative integer')
    return start('viewAddMany', elementsOf(view.array), at, element, times)
  },

  sort (start, view) {
    return start('viewSort', elementsOf(view.array))
  },

  copyFrom (start, view, source, offset = 0) {
    const { array } = view
    const at = MathTrunc(+offset) || 0
    if (at < 0) throw new RangeError('offset is out of bounds')
    const from = sourceFor(array, source, array.length - at)
    if (from.length + at > array.length) throw new RangeError('offset is out of bounds')
    return start('viewCopyFrom', elementsOf(array), elementsOf(from), at)
  }
}

// Like the methods of TypedArray.prototype with these names, they return their receiver.
const chained = setOf(['fill', 'sort'])

// The class that has these operations as methods. Its objects may also be their arguments.
let AtomicView

/** @param {Function} View receives the methods and their Async forms */
function define (View) {
  AtomicView = View
  ArrayPrototypeForEach(ObjectEntries(operations), ({ 0: name, 1: begin }) => {
    const isChained = chained.has(name)
    const methods = {
      [name] (first, second, third) {
        const result = begin(startBlocking, this, first, second, third)
        return isChained ? this : result
      },
      async [`${name}Async`] (first, second, third) {
        const result = await begin(startAsync, this, first, second, third)
        return isChained ? this : result
      }
    }
    ArrayPrototypeForEach(ObjectEntries(methods), ({ 0: key, 1: value }) => {
      ObjectDefineProperty(View.prototype, key, { __proto__: null, value, writable: true, configurable: true })
    })
  })
}

function startBlocking (name, first, second, third, fourth) {
  return native[name](false, first, second, third, fourth)
}

function startAsync (name, first, second, third, fourth) {
  return whenEnded(native[name](true, first, second, third, fourth))
}

// The result of an operation on no elements.
startBlocking.result = result => result
startAsync.result = result => result

/** Describes a typed array for the native half. */
function elementsOf (array) {
  const buffer = TypedArrayPrototypeGetBuffer(array)
  const byteOffset = TypedArrayPrototypeGetByteOffset(array)
  const { length } = array
  return { buffer, isShared: types.isSharedArrayBuffer(buffer), kind: typeOf(array).kind, byteOffset, length }
}

/** Like the arguments of TypedArray.prototype.fill: a negative value counts from the end. */
function position (value, length) {
  const integer = MathTrunc(+value) || 0
  return integer < 0 ? MathMax(length + integer, 0) : MathMin(integer, length)
}

function isObject (value) {
  return typeof value === 'object' && value !== null
}

/** The typed array of a view, or a typed array that a view can be made of; otherwise undefined. */
function typedArrayOf (value) {
  if (types.isTypedArray(value)) return typeOf(value) && value
  return isInstance(AtomicView, value) ? value.array : undefined
}

/**
 * Numbers to be written into an array. The result is a typed array, possibly of another type. Any other value is converted here,
 * before anything changes.
 * @param {number} [most] the largest allowed length
 */
function sourceFor (array, value, most = Infinity) {
  const type = typeOf(array)
  const source = typedArrayOf(value)
  if (source === undefined) {
    const length = value == null ? 0 : toLength(value.length)
    if (length > most) throw new RangeError('offset is out of bounds')
    const converted = new type.Array(length)
    TypedArrayPrototypeSet(converted, value)
    return converted
  }
  if (typeOf(source).isBigInt !== type.isBigInt) {
    throw new TypeError('Cannot mix BigInt and other types, use explicit conversions')
  }
  return source
}

function toLength (value) {
  return MathMin(MathMax(MathTrunc(+value) || 0, 0), NumberMAX_SAFE_INTEGER)
}

/** Indices as an array of an integer type. Indices in a typed array are checked later. */
function indicesFor (array, value) {
  const indices = typedArrayOf(value)
  if (indices === undefined || typeOf(indices).isFloat) {
    if (!isObject(value)) throw invalidArgType('indices', 'an array, a typed array or an AtomicView', value)
    if (indices !== undefined || ArrayIsArray(value)) return toIndices(array, indices ?? value)
    return Uint32ArrayFrom(Uint32Array, value, index => toIndex(array, index))
  }
  if (typeOf(indices).isBigInt) throw new TypeError('Cannot convert a BigInt value to a number')
  return indices
}

function toIndices (array, values) {
  const length = toLength(values.length)
  const indices = new Uint32Array(length)
  for (let index = 0; index < length; index++) indices[index] = toIndex(array, values[index])
  return indices
}

function checkBound (name, bound, { isBigInt }) {
  if (bound === undefined) return
  if (typeof bound !== (isBigInt ? 'bigint' : 'number')) throw invalidArgType(name, isBigInt ? 'of type bigint' : 'of type number', bound)
  const isPossible = isBigInt ? bound >= -(2n ** 63n) && bound < 2n ** 64n : NumberIsFinite(bound)
  if (!isPossible) throw new RangeError(`${name} must be finite and fit into 64 bits`)
}

module.exports = { define }
