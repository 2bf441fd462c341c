'use strict'

// Decides when a worker of a pool must be replaced.

const { performanceNow } = require('./platform')
const { native } = require('./realm')

const MEGABYTE = 2 ** 20

/**
 * @param {{ tasks?: number, memory?: number, age?: number }} limits the number of tasks; the size of the JavaScript heap in
 *   megabytes; the age in milliseconds
 * @param {() => number} heldMemory the bytes of the JavaScript heap and of buffers
 * @returns {(() => void) | undefined} the caller calls it after each task
 */
function watch ({ tasks = Infinity, memory = Infinity, age = Infinity }, heldMemory) {
  if (tasks === Infinity && memory === Infinity && age === Infinity) return undefined
  const begin = performanceNow()
  let finished = 0
  return () => {
    if (++finished >= tasks || performanceNow() - begin >= age || (memory !== Infinity && heldMemory() / MEGABYTE > memory)) native.retire()
  }
}

module.exports = { watch }
