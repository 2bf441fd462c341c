'use strict'

const { quantile } = require('simple-statistics')
const { summarize } = require('./statistics')

/**
 * One number that a benchmark measures.
 *
 * @typedef {object} Measure
 * @property {string} name
 * @property {string} unit
 * @property {'lower' | 'higher'} better
 * @property {Target} [target] absent: printed for information
 */

/**
 * The target of a measure. `of: 'ratio'` judges ours divided by Node's, `of: 'ours'` our own figure.
 *
 * @typedef {object} Target
 * @property {'ratio' | 'ours'} of
 * @property {number} [atMost]
 * @property {number} [atLeast]
 */

/**
 * The common shape of the benchmark files.
 *
 * @typedef {object} Benchmark
 * @property {string} name
 * @property {string} description
 * @property {string[]} method how it is measured, printed with the figures
 * @property {Measure[]} measures
 * @property {{ rounds: number, warmup: number, size: object }} full
 * @property {{ rounds: number, warmup: number, size: object }} quick
 * @property {(implementation: import('./implementations').Implementation, size: object) => Promise<Record<string, number>>} run
 *   takes one sample: a value for each measure, by its name
 */

/**
 * Samples both implementations alternately, so that drift of the machine affects both. The order is swapped every
 * round, so that neither always follows the other.
 *
 * @param {Benchmark} benchmark
 * @param {import('./implementations').Implementation[]} implementations ours, Node's
 * @param {{ quick: boolean, onRound?: (done: number, of: number) => void }} options
 * @returns {Promise<object>} the result, as `--json` prints it
 */
async function measure (benchmark, implementations, { quick, onRound = () => {} }) {
  const { rounds, warmup, size } = quick ? benchmark.quick : benchmark.full
  const collected = { ours: [], node: [] }
  for (let round = -warmup; round < rounds; round++) {
    const order = round % 2 === 0 ? implementations : [...implementations].reverse()
    for (const implementation of order) {
      const sample = await benchmark.run(implementation, size)
      if (round >= 0) collected[implementation.key].push(sample)
    }
    onRound(round + warmup + 1, rounds + warmup)
  }
  return {
    name: benchmark.name,
    description: benchmark.description,
    method: benchmark.method,
    rounds,
    warmup,
    size,
    measures: benchmark.measures.map((measure) => compare(measure, collected))
  }
}

function compare (measure, collected) {
  const ours = collected.ours.map((sample) => sample[measure.name])
  const nodes = collected.node.map((sample) => sample[measure.name])
  const paired = ours.map((value, round) => value / nodes[round])
  const result = {
    ...measure,
    ours: summarize(ours),
    node: summarize(nodes),
    ratio: summarize(ours).median / summarize(nodes).median,
    ratioOfPairs: { lower: quantile(paired, 0.25), upper: quantile(paired, 0.75) }
  }
  if (measure.target) result.reached = isReached(measure.target, result)
  return result
}

function isReached ({ of, atMost = Infinity, atLeast = -Infinity }, { ratio, ours }) {
  const value = of === 'ratio' ? ratio : ours.median
  return value <= atMost && value >= atLeast
}

module.exports = { measure }
