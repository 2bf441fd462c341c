'use strict'

const { measureCases } = require('./shared/measure')
const { formatShared } = require('./shared/report')

/** The part of the package that works on shared memory, beside what one would write without it. */
module.exports = {
  name: 'shared',
  description: 'atomic views, locks and queues over SharedArrayBuffers',
  method: [
    'Locks: on one thread, with nobody else there; what a pair of calls takes, beside two Atomics.compareExchange on the same word.'
  ],
  sections: [require('./shared/locks')],
  full: { rounds: 9, warmup: 2 },
  quick: { rounds: 3, warmup: 1 },
  async measure (benchmark, [{ api, specifier }], { quick, onRound = () => {} }) {
    const { rounds, warmup } = quick ? benchmark.quick : benchmark.full
    const { name, description, method, sections } = benchmark
    const result = { name, description, method, rounds, warmup, measures: [] }
    if (api.Mutex === undefined) return { ...result, method: [`${specifier} has nothing for shared memory.`] }
    for (const { open } of sections) {
      const section = await open({ api, specifier, quick })
      try {
        result.measures.push(...await measureCases(section.cases, { rounds, warmup, onRound }))
      } finally {
        await section.close?.()
      }
    }
    return result
  },
  format: formatShared
}
