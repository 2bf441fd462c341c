'use strict'

const { measureCases } = require('./shared/measure')
const { formatShared } = require('./shared/report')

/** The part of the package that works on shared memory, beside what one would write without it. */
module.exports = {
  name: 'shared',
  description: 'atomic views, locks and queues over SharedArrayBuffers',
  method: [
    'Locks: on one thread, with nobody else there; what a pair of calls takes, beside two Atomics.compareExchange on the same word.',
    'One element: operations of a view in a loop, beside those of Atomics on the same array.',
    'All elements, 10 million of them: on one thread and on all, beside a loop with Atomics, which is right while other threads use the',
    'memory, as the view is, and a loop with plain reads and writes, which is not. The ratio of `all threads` is what more threads gain.',
    'addMany adds to one element as often; to an integer in one step. Float elements in the Atomics loop: their bits, as BigInts.',
    'From worker to worker: 64 bytes each, from the first push or post to the last pop or message; new workers for each sample.'
  ],
  sections: ['locks', 'views', 'queue'].flatMap((name) => require(`./shared/${name}`).sections),
  full: { rounds: 7, warmup: 2 },
  quick: { rounds: 3, warmup: 1 },
  async measure (benchmark, [{ api, specifier }], { quick, onRound = () => {} }) {
    const { rounds, warmup } = quick ? benchmark.quick : benchmark.full
    const { name, description, method, sections } = benchmark
    const result = { name, description, method, rounds, warmup, measures: [] }
    if (api.Mutex === undefined) return { ...result, method: [`${specifier} has nothing for shared memory.`] }
    for (const { open } of sections) {
      const section = await open({ api, quick })
      try {
        const few = section.rounds === undefined ? { rounds, warmup } : { rounds: section.rounds, warmup: 1 }
        result.measures.push(...await measureCases(section.cases, { ...few, onRound }))
      } finally {
        await section.close?.()
      }
    }
    return result
  },
  format: formatShared
}
