'use strict'

// Rust functions in a WorkerPool.

const { availableParallelism } = require('node:os')
const { runInProcess } = require('./child')
const { FUNCTION, NATIVE } = require('./files')

const TARGET = { against: 'JavaScript in isothreads', atLeast: 1.5 }
// Submitting a task and receiving its result takes 1 us on the main thread for both. fib(10) takes 0.5 us in JavaScript, so it
// only measures this overhead and has no target.
const BURSTS = [{ n: 10 }, { n: 15, target: TARGET }]

/** @param {import('./measure').Context} context */
async function open ({ ours: { specifier }, quick }) {
  const processors = availableParallelism()
  const rateOf = (filename, threads, burst) => () => runInProcess('pool-process.js', { specifier, filename, threads, ...burst })
  const many = { tasks: quick ? 20_000 : 50_000, bursts: 5, warmup: 2 }
  const work = { n: quick ? 36 : 40, tasks: 4, bursts: 1, warmup: 1 }
  return {
    cases: [
      ...BURSTS.map(({ n, target }) => ({
        name: `pool, burst of fib(${n}), ${processors} ${processors === 1 ? 'thread' : 'threads'}`,
        unit: '/s',
        target,
        contenders: [
          { name: 'native:fib', run: rateOf(NATIVE, processors, { n, ...many }) },
          { name: TARGET.against, run: rateOf(FUNCTION, processors, { n, ...many }) }
        ]
      })),
      {
        name: `work, 4 tasks of fib(${work.n})`,
        unit: '/s',
        target: { against: 'native:fib, 1 thread', atLeast: 1.9 },
        contenders: [
          { name: 'native:fib, 2 threads', run: rateOf(NATIVE, 2, work) },
          { name: 'native:fib, 1 thread', run: rateOf(NATIVE, 1, work) }
        ]
      }
    ]
  }
}

module.exports = { open }
