'use strict'

/**
 * The function that every pool runs in its workers, so that the pools differ only in how they pass tasks.
 *
 * @param {{ a: number, b: number } | { bytes: Uint8Array } | { steps: number } | { calibrate: number }} task
 * @returns {number}
 */
function run (task) {
  if (task.bytes !== undefined) return task.bytes[0] + task.bytes[task.bytes.length - 1] + task.bytes.length
  if (task.steps !== undefined) return walk(task.steps)
  if (task.calibrate !== undefined) return countSteps(task.calibrate)
  return task.a + task.b
}

// A number of steps rather than a duration, so that waiting for a processor counts.
function walk (steps) {
  let state = 1
  for (let step = 0; step < steps; step++) state = (Math.imul(state, 1664525) + 1013904223) | 0
  return state
}

function countSteps (microseconds) {
  const trial = 100_000
  let shortest = Infinity
  for (let round = 0; round < 50; round++) {
    const begin = performance.now()
    if (walk(trial) === 0) throw new Error('The steps were optimised away')
    shortest = Math.min(shortest, performance.now() - begin)
  }
  return Math.round(trial * microseconds / 1000 / shortest)
}

module.exports = { run, walk }
