'use strict'

const { measureCases } = require('../shared/measure')

/**
 * A part of the benchmark.
 *
 * @typedef {object} Section
 * @property {(context: Context) => Promise<OpenSection>} open
 *
 * @typedef {object} Context
 * @property {import('../lib/implementations').Implementation} ours
 * @property {import('../lib/implementations').Implementation} node
 * @property {boolean} quick
 *
 * @typedef {object} OpenSection
 * @property {import('../shared/measure').Case[]} cases
 * @property {string} [note] the reason if there are no cases
 * @property {() => unknown} [close] ends everything that was started
 */

/**
 * Measures one section after the other.
 *
 * @param {object} benchmark
 * @param {import('../lib/implementations').Implementation[]} implementations ours, Node's
 * @param {{ quick: boolean, onRound?: (done: number, of: number) => void }} options
 * @returns {Promise<object>} the result, as `--json` prints it
 */
async function measureSections (benchmark, [ours, node], { quick, onRound = () => {} }) {
  const { rounds, warmup } = quick ? benchmark.quick : benchmark.full
  const { name, description, method, sections } = benchmark
  const result = { name, description, method, rounds, warmup, measures: [] }
  if (ours.api.nativeWorkers === undefined) return { ...result, method: [`${ours.specifier} has no native workers.`] }
  for (const { open } of sections) {
    const { cases, note, close } = await open({ ours, node, quick })
    if (note !== undefined) result.method = [...result.method, note]
    try {
      result.measures.push(...await measureCases(cases, { rounds, warmup, onRound }))
    } finally {
      await close?.()
    }
  }
  return result
}

/** @throws {Error} unless the answer is the expected one */
function check (answer, expected) {
  if (answer !== expected) throw new Error(`The answer was ${answer} and not ${expected}`)
}

/** @returns {number} the Fibonacci number, by an algorithm other than the measured one */
function fibonacci (n) {
  let [current, next] = [0, 1]
  for (let step = 0; step < n; step++) [current, next] = [next, current + next]
  return current
}

module.exports = { check, fibonacci, measureSections }
