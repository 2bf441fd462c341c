'use strict'

// The limits of a worker's heap and stack. The native half takes them as a list.
// https://nodejs.org/api/worker_threads.html#workerresourcelimits_1

const { ArrayPrototypeMap, MathMax, setOwn } = require('./primordials')
const names = ['maxYoungGenerationSizeMb', 'maxOldGenerationSizeMb', 'codeRangeSizeMb', 'stackSizeMb']

/**
 * @param {object} [limits] the constructor's option
 * @returns {number[]} -1 for the default
 */
function listResourceLimits (limits) {
  return ArrayPrototypeMap(names, name => {
    const limit = limits?.[name]
    if (typeof limit !== 'number') return -1
    // As in Node, a negative one is a small one.
    return name === 'maxOldGenerationSizeMb' ? MathMax(limit, 0) : limit
  })
}

/** @param {number[]} values */
function namedResourceLimits (values) {
  const named = {}
  for (let index = 0; index < names.length; index++) setOwn(named, names[index], values[index] ?? 0)
  return named
}

module.exports = { listResourceLimits, namedResourceLimits }
