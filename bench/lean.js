'use strict'

const { measureLean } = require('./lean/measure')
const { formatLean } = require('./lean/report')

const FULL = { starts: 60, idle: 100, trips: 4_000, alive: 1_000, fib: 35, seconds: 2 }

/** Lean workers and spare workers compared with Node's own Worker and isolated-vm, which needs its own measurement and report. */
module.exports = {
  name: 'lean',
  description: "lean workers, and spare workers of both runtimes, compared with Node's own Worker and isolated-vm",
  method: [
    'Every sample is a fresh process with one contender, in turns. For isolated-vm it runs with --no-node-snapshot, which that needs.',
    'Start: from `new Worker` to the `message` event, of a file with one required module; the next one starts when the last has exited. Of',
    'isolated-vm: from `new Isolate` to the result of a script, without a thread, a module or messages. The median of one process.',
    'Memory: the growth of the resident set by idle workers that have run their file. Round trip: a small object to the worker and back;',
    'of isolated-vm an awaited call with it. Alive: all workers are started at once, and then each answers one message.',
    'fib and packages: the time in the worker, which was warmed up; fib of the main thread for comparison.'
  ],
  cases: [
    {
      name: 'start',
      unit: 'ms',
      contenders: ['lean', 'node', 'isolated-vm'],
      targets: { node: { 24: 0.08, 26: 0.15 }, 'isolated-vm': 1.3 }
    },
    { name: 'start of a spare worker', unit: 'ms', contenders: ['lean', 'isolated-vm'], targets: { 'isolated-vm': 0.3 } },
    { name: 'start of a spare Node environment', unit: 'ms', contenders: ['prewarmed', 'node'], targets: { node: 0.05 } },
    {
      name: 'memory, idle',
      unit: 'MB',
      contenders: ['lean', 'node', 'isolated-vm'],
      targets: { node: 0.13, 'isolated-vm': 1 }
    },
    { name: 'round trip', unit: 'us', contenders: ['lean', 'node', 'isolated-vm'], targets: { node: 0.2, 'isolated-vm': 0.2 } },
    { name: 'many alive, time', unit: 's', contenders: ['lean', 'node'], targets: { node: 0.13 } },
    { name: 'many alive, memory', unit: 'MB', contenders: ['lean', 'node'], targets: { node: 0.13 } },
    { name: 'fib', unit: 'ms', contenders: ['lean', 'main thread'], targets: { 'main thread': 1.03 } },
    { name: 'marked', unit: 'ms', contenders: ['lean', 'node'], targets: { node: 1.03 } },
    { name: 'mustache', unit: 'ms', contenders: ['lean', 'node'], targets: { node: 1.03 } },
    { name: 'ajv', unit: 'ms', contenders: ['lean', 'node'], targets: { node: 1.03 } }
  ],
  full: { rounds: 7, warmup: 1, size: FULL },
  quick: { rounds: 2, warmup: 0, size: { ...FULL, starts: 15, idle: 20, trips: 500, alive: 100, fib: 30, seconds: 0.5 } },
  // With --long: workers one after another, and tasks each in a worker of its own, while the resident set is sampled.
  long: { workers: 10_000, tasks: 100_000 },
  measure: measureLean,
  format: formatLean
}
