'use strict'

// When a worker of a pool makes place for a new one.

const { performanceNow } = require('../../core/platform')
const v8 = require('node:v8')
const { native } = require('../../core/realm')

const MEGABYTE = 2 ** 20

/**
 * @param {{ tasks?: number, memory?: number, age?: number }} limits how many tasks it runs; megabytes that its
 *   JavaScript holds; milliseconds since now
 * @returns {(() => void) | undefined} to be called after each task
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
