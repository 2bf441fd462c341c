'use strict'

/**
 * What every pool runs in its workers, so that they differ in nothing but how a task comes and goes.
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

// A number of steps and not a length of time: a thread that has to wait for a processor takes longer for it.
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
    if (walk(trial) === 0) throw new Error('The steps were left out')
    shortest = Math.min(shortest, performance.now() - begin)
  }
  return Math.round(trial * microseconds / 1000 / shortest)
}

module.exports = { run, walk }
