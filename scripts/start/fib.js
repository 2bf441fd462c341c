'use strict'

const path = require('node:path')
const { once } = require('node:events')
const isothreads = require('../..')
const { startLine } = require('./live-line')

const file = path.join(__dirname, '..', '..', '__test__', 'document', '1-run-in-worker', 'fib-worker.js')
const barWidth = 40

/** Node.js's Worker serves as the comparison. This package does not use it. */
const contestants = [
  { name: 'Node\'s Worker', start: (n) => new (require('node:worker_threads').Worker)(file, { workerData: { n } }) },
  { name: 'isothreads', start: (n) => new isothreads.Worker(file, { workerData: { n } }) },
  { name: 'native:fib', start: (n) => new isothreads.Worker('native:fib', { workerData: { n } }) }
]

/** Computes fib(n) in each kind of worker in turn, and prints the times. */
async function computeFib (n) {
  console.log(`\nfib(${n}) on a thread, in three kinds of workers. The last one is written in Rust.\n`)
  const times = []
  const results = new Set()
  for (const { name, start } of contestants) {
    const line = startLine(name, (seconds) => seconds)
    const begin = performance.now()
    const worker = start(n)
    const [result] = await once(worker, 'message')
    times.push({ name, milliseconds: performance.now() - begin })
    line.stop()
    results.add(result)
    await worker.terminate()
  }
  if (results.size !== 1) throw new Error(`The results differ: ${[...results].join(', ')}`)

  const longest = Math.max(...times.map(({ milliseconds }) => milliseconds))
  console.log(`\n  fib(${n}) is ${[...results]}\n`)
  for (const { name, milliseconds } of times) {
    const bar = '█'.repeat(Math.ceil(barWidth * milliseconds / longest))
    console.log(`  ${name.padEnd(16)}${bar.padEnd(barWidth)} ${(milliseconds / 1000).toFixed(2)} s`)
  }
}

module.exports = { computeFib }
