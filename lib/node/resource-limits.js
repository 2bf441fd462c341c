'use strict'

// The limits of a worker's heap and stack. The native half takes them as a list.
// https://nodejs.org/api/worker_threads.html#workerresourcelimits_1

const { ArrayPrototypeMap, MathMax, setOwn } = require('../core/primordials')
const names = ['maxYoungGenerationSizeMb', 'maxOldGenerationSizeMb', 'codeRangeSizeMb', 'stackSizeMb']

// Node's minimum is 2. With so little, V8 may end the process while it creates the isolate.
const leastOldGenerationSizeMb = 8

/**
 * @param {object} [limits] the constructor's option
 * @returns {number[]} -1 for the default
 */
function listResourceLimits (limits) {
  return ArrayPrototypeMap(names, name => {
    const limit = limits?.[name]
    if (typeof limit !== 'number') return -1
    return name === 'maxOldGenerationSizeMb' ? MathMax(limit, leastOldGenerationSizeMb) : limit
  })
}

/** @param {number[]} values */
function namedResourceLimits (values) {
  const named = {}
  for (let index = 0; index < names.length; index++) setOwn(named, names[index], values[index] ?? 0)
  return named
}

module.exports = { listResourceLimits, namedResourceLimits }
