'use strict'

const { fork } = require('node:child_process')
const { once } = require('node:events')
const path = require('node:path')

const PROCESS = path.join(__dirname, 'lib', 'memory-process.js')

/** @type {import('./lib/sampling').Benchmark} */
module.exports = {
  name: 'memory',
  description: 'resident memory of one idle worker, over 50 workers',
  method: [
    'Each sample is a fresh process. It starts one worker, reads its resident set, starts 50 more, reads again when all of them',
    'listen, and divides the growth by 50. The main thread collects garbage before both readings.'
  ],
  measures: [
    { name: 'idle worker', unit: 'MB', better: 'lower', target: { of: 'ratio', atMost: 0.70 } }
  ],
  full: { rounds: 12, warmup: 1, size: { workers: 50 } },
  quick: { rounds: 3, warmup: 1, size: { workers: 50 } },

  async run ({ specifier }, { workers }) {
    const child = fork(PROCESS, [specifier, String(workers)], { execArgv: ['--expose-gc'] })
    let grown
    child.once('message', (bytes) => { grown = bytes })
    const [code, signal] = await once(child, 'exit')
    if (code !== 0 || grown === undefined) throw new Error(`The measured process ended with ${signal ?? code}`)
    return { 'idle worker': grown / workers / 2 ** 20 }
  }
}
