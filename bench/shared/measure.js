'use strict'

const { summarize } = require('../lib/statistics')

/**
 * An operation that is measured in several implementations. `contenders[0]` is ours.
 *
 * @typedef {object} Case
 * @property {string} name
 * @property {string} unit
 * @property {{ against: string, atMost?: number, atLeast?: number }} [target] ours : the contender of that name
 * @property {{ name: string, run: () => number | Promise<number> }[]} contenders each run is a sample, in the unit
 */

/**
 * Samples the contenders of each case alternately, and reverses the order every round.
 *
 * @param {Case[]} cases
 * @param {{ rounds: number, warmup: number, onRound: (done: number, of: number) => void }} options
 */
async function measureCases (cases, { rounds, warmup, onRound }) {
  const samples = cases.map(({ contenders }) => contenders.map(() => []))
  for (let round = -warmup; round < rounds; round++) {
    for (const [at, { contenders }] of cases.entries()) {
      const order = [...contenders.keys()]
      if (round % 2 !== 0) order.reverse()
      for (const contender of order) {
        const sample = await contenders[contender].run()
        if (round >= 0) samples[at][contender].push(sample)
      }
    }
    onRound(round + warmup + 1, rounds + warmup)
  }
  return cases.map((measured, at) => judge(measured, samples[at]))
}

function judge ({ name, unit, target, contenders }, samples) {
  const [ours, ...peers] = contenders.map((contender, index) => ({ name: contender.name, ...summarize(samples[index]) }))
  for (const peer of peers) peer.ratio = ours.median / peer.median
  const measure = { name, unit, ours, peers }
  if (target === undefined) return measure
  const { against, atMost = Infinity, atLeast = 0 } = target
  const { ratio } = peers.find(peer => peer.name === against)
  return { ...measure, target, reached: ratio <= atMost && ratio >= atLeast }
}

/**
 * @param {number} times the number of operations in one call of `work`
 * @param {() => void} work
 * @returns {() => number} takes a sample: nanoseconds per operation
 */
function nanoseconds (times, work) {
  return () => {
    const begin = process.hrtime.bigint()
    work()
    return Number(process.hrtime.bigint() - begin) / times
  }
}

module.exports = { measureCases, nanoseconds }
