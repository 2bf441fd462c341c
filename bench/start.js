'use strict'

const { once } = require('node:events')
const { locateWorker } = require('./lib/worker')

const FILE = locateWorker('first-message.js')

/** @type {import('./lib/sampling').Benchmark} */
module.exports = {
  name: 'start',
  description: 'new Worker to its first message',
  method: [
    'From the call of the constructor to the `message` event in the parent. The worker file is one require and one postMessage.',
    'The next worker is started after the previous one has exited, so only one thread at a time starts or ends.'
  ],
  measures: [
    { name: 'first message', unit: 'ms', better: 'lower', target: { of: 'ratio', atMost: 0.65 } }
  ],
  full: { rounds: 100, warmup: 5, size: {} },
  quick: { rounds: 15, warmup: 2, size: {} },

  async run ({ api }) {
    const begin = performance.now()
    const worker = new api.Worker(FILE)
    const exited = once(worker, 'exit')
    await once(worker, 'message')
    const elapsed = performance.now() - begin
    await exited
    return { 'first message': elapsed }
  }
}
