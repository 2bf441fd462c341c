'use strict'

const { measureCases } = require('./shared/measure')
const { formatShared } = require('./shared/report')

/** Shared memory, compared with code without this package. */
module.exports = {
  name: 'shared',
  description: 'atomic views, locks and queues over SharedArrayBuffers',
  method: [
    'Locks: on one thread, without contention; the time of a pair of calls, compared with two Atomics.compareExchange on the same word.',
    'One element: operations of a view in a loop, compared with those of Atomics on the same array.',
    'All elements, 10 million of them: on one thread and on all, compared with a loop with Atomics, which like the view is correct while',
    'other threads use the memory, and a loop with plain reads and writes, which is not. `all threads` shows the gain of more threads.',
    'addMany adds to one element the same number of times, to an integer in one step. The Atomics loop uses the bits of floats as BigInts.',
    'From worker to worker: 64 bytes each, from the first push or post to the last pop or message; new workers for each sample.'
  ],
  sections: ['locks', 'views', 'queue'].flatMap((name) => require(`./shared/${name}`).sections),
  full: { rounds: 7, warmup: 2 },
  quick: { rounds: 3, warmup: 1 },
  async measure (benchmark, [{ api, specifier }], { quick, onRound = () => {} }) {
    const { rounds, warmup } = quick ? benchmark.quick : benchmark.full
    const { name, description, method, sections } = benchmark
    const result = { name, description, method, rounds, warmup, measures: [] }
    if (api.Mutex === undefined) return { ...result, method: [`${specifier} has no support for shared memory.`] }
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
