'use strict'

const { AtomicsCompareExchange, NumberIsInteger, RangeError } = require('../core/primordials')
const { invalidArgType, nodeError } = require('../core/errors')

/**
 * @param {string} name of the argument
 * @param {unknown} value
 * @throws {TypeError} ERR_INVALID_ARG_TYPE
 * @throws {RangeError} ERR_OUT_OF_RANGE
 */
function checkWholeNumber (name, value, minimum, maximum) {
  if (typeof value !== 'number') throw invalidArgType(name, 'of type number', value)
  if (!NumberIsInteger(value) || value < minimum || value > maximum) {
    throw outOfRange(name, `a whole number from ${minimum} to ${maximum}`, value)
  }
}

function outOfRange (name, expected, value) {
  return nodeError(RangeError, 'ERR_OUT_OF_RANGE', `The value of "${name}" is out of range. It must be ${expected}. Received ${value}`)
}

/**
 * A number that whoever comes first writes into shared memory, plus 1, and that the others must agree to.
 * @param {Int32Array} words of which the first is 0 until then
 * @param {string} name of the argument
 * @param {number} value
 * @param {string} className for the error
 * @throws {RangeError} ERR_OUT_OF_RANGE
 */
function agreeOn (words, name, value, className) {
  const seen = AtomicsCompareExchange(words, 0, 0, value + 1)
  if (seen !== 0 && seen !== value + 1) {
    throw outOfRange(name, `${seen - 1}, as that of the ${className} which is in these bytes already`, value)
  }
}

module.exports = { checkWholeNumber, agreeOn }
