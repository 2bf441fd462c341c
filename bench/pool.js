'use strict'

const { measurePools } = require('./pool/measure')
const { formatPools } = require('./pool/report')

const FULL = {
  warmup: 20_000,
  sequential: 1_000,
  inFlight: 50_000,
  burst: 50_000,
  payloads: 200,
  microseconds: 50,
  work: 30_000,
  workWarmup: 5_000
}

/** WorkerPool compared with other pools, which needs its own measurement and report. */
module.exports = {
  name: 'pool',
  description: 'WorkerPool compared with piscina, tinypool, workerpool and poolifier',
  method: [
    'Every sample of a pool is a fresh process with that pool only; all pools have a fixed number of threads and run the same function.',
    'The first result is timed from the constructor, with the module loaded; then follow warm-up tasks and the cases, in one pool.',
    'Small tasks get { a, b } and return a + b; the sum of all results is checked. Burst: all submitted in one loop. 64 in flight: each',
    'result submits the next. One at a time, 1 MB: the median task. Transferred: to the worker; the result is a number. Peers run without',
    'timing and events and with their best settings for each case; settings 1.3 times worse at first are not measured further.',
    'Work: tasks of 50 us, counted in steps, 64 in flight; the throughput of 2 threads divided by that of 1.'
  ],
  threads: [1, 2],
  cases: [
    { name: 'burst', unit: '/s', better: 'higher', target: { of: 'ratio', atLeast: 5 } },
    { name: '64 in flight', unit: '/s', better: 'higher', target: { of: 'ratio', atLeast: 4 } },
    { name: 'one at a time', unit: 'us', better: 'lower', target: { of: 'ratio', atMost: 0.5 } },
    { name: '1 MB cloned', unit: 'us', better: 'lower' },
    { name: '1 MB transferred', unit: 'us', better: 'lower' },
    { name: 'cold pool', unit: 'ms', better: 'lower' }
  ],
  scaling: { name: 'work, 2 threads : 1', unit: 'x', better: 'higher', target: { of: 'ours', atLeast: 1.8 } },
  full: { rounds: 4, warmup: 1, size: FULL },
  quick: {
    rounds: 1,
    warmup: 0,
    size: { ...FULL, warmup: 2_000, sequential: 200, inFlight: 20_000, burst: 20_000, payloads: 40, work: 10_000 }
  },
  measure: measurePools,
  format: formatPools
}
