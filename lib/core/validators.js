'use strict'

// Checks of arguments, with Node's errors.

const {
  ArrayIsArray, MathAbs, NumberIsInteger, NumberMAX_SAFE_INTEGER, RangeError, String, StringPrototypeSlice
} = require('./primordials')
const { inspect } = require('./platform')
const { invalidArgType, nodeError } = require('./errors')

// As Node prints large numbers: 9_007_199_254_740_992.
function withSeparators (digits) {
  let result = ''
  const first = digits[0] === '-' ? 1 : 0
  let end = digits.length
  for (; end >= first + 4; end -= 3) result = `_${StringPrototypeSlice(digits, end - 3, end)}${result}`
  return `${StringPrototypeSlice(digits, 0, end)}${result}`
}

function outOfRange (name, expected, value) {
  const received = NumberIsInteger(value) && MathAbs(value) > 2 ** 32 ? withSeparators(String(value)) : inspect(value)
  return nodeError(RangeError, 'ERR_OUT_OF_RANGE', `The value of "${name}" is out of range. It must be ${expected}. Received ${received}`)
}

/** Neither null nor an array. */
function checkObject (value, name) {
  if (value === null || typeof value !== 'object' || ArrayIsArray(value)) throw invalidArgType(name, 'of type object', value)
}

function checkBoolean (value, name) {
  if (typeof value !== 'boolean') throw invalidArgType(name, 'of type boolean', value)
}

function checkString (value, name) {
  if (typeof value !== 'string') throw invalidArgType(name, 'of type string', value)
}

function checkNumber (value, name, least, most) {
  if (typeof value !== 'number') throw invalidArgType(name, 'of type number', value)
  if (!(value >= least && value <= most)) throw outOfRange(name, `>= ${least} && <= ${most}`, value)
}

function checkInteger (value, name, least, most = NumberMAX_SAFE_INTEGER) {
  if (typeof value !== 'number') throw invalidArgType(name, 'of type number', value)
  if (!NumberIsInteger(value)) throw outOfRange(name, 'an integer', value)
  checkNumber(value, name, least, most)
}

module.exports = { checkBoolean, checkInteger, checkNumber, checkObject, checkString }
