'use strict'

// Decides when a worker of a pool must be replaced.

const { performanceNow } = require('../../core/platform')
const v8 = require('node:v8')
const { native } = require('../../core/realm')

const MEGABYTE = 2 ** 20

/**
 * @param {{ tasks?: number, memory?: number, age?: number }} limits the number of tasks; the size of the JavaScript heap in
 *   megabytes; the age in milliseconds
 * @returns {(() => void) | undefined} the caller calls it after each task
 */
function watch ({ tasks = Infinity, memory = Infinity, age = Infinity }) {
  if (tasks === Infinity && memory === Infinity && age === Infinity) return undefined
  const begin = performanceNow()
  let finished = 0
  return () => {
    if (++finished >= tasks || performanceNow() - begin >= age || (memory !== Infinity && held() > memory)) native.retire()
  }
}

function held () {
  const { used_heap_size: heap, external_memory: external } = v8.getHeapStatistics()
  return (heap + external) / MEGABYTE
}

module.exports = { watch }
