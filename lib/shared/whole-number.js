'use strict'

const { AtomicsCompareExchange, NumberIsInteger, RangeError } = require('../core/primordials')
const { invalidArgType, nodeError } = require('../core/errors')

/**
 * @param {string} name the argument's name
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
 * Agrees on a number: the first thread writes it, plus 1, into shared memory, and later numbers must be the same.
 * @param {Int32Array} words the first word is 0 until then
 * @param {string} name the argument's name
 * @param {number} value
 * @param {string} className for the error
 * @throws {RangeError} ERR_OUT_OF_RANGE
 */
function agreeOn (words, name, value, className) {
  const seen = AtomicsCompareExchange(words, 0, 0, value + 1)
  if (seen !== 0 && seen !== value + 1) {
    throw outOfRange(name, `${seen - 1}, as in the ${className} that these bytes already hold`, value)
  }
}

module.exports = { checkWholeNumber, agreeOn }
