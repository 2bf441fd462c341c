'use strict'

const { RangeError } = require('./primordials')
const { invalidArgType, nodeError } = require('./errors')

/**
 * @param {object} [options] of Worker
 * @param {'cpuTimeLimit' | 'wallTimeLimit'} name
 * @returns {number | undefined} milliseconds
 */
function readTimeLimit (options, name) {
  const limit = options?.[name]
  if (limit === undefined || limit === null) return undefined
  if (typeof limit !== 'number') throw invalidArgType(`options.${name}`, 'of type number', limit)
  if (!(limit > 0)) {
    throw nodeError(RangeError, 'ERR_OUT_OF_RANGE', `The value of "options.${name}" is out of range. It must be > 0. Received ${limit}`)
  }
  return limit === Infinity ? undefined : limit
}

module.exports = { readTimeLimit }
