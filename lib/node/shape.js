'use strict'

const { ArrayIsArray } = require('../core/primordials')

/** @returns {string} equal for equal values, which are lists, numbers, strings without null characters, or others that print as such */
function shapeOf (...values) {
  return textOf(values)
}

function textOf (value) {
  if (!ArrayIsArray(value)) return `${value}\0`
  let text = `${value.length}\0`
  for (let index = 0; index < value.length; index++) text += textOf(value[index])
  return text
}

module.exports = { shapeOf }
