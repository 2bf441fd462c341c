'use strict'

const { parentPort } = require('node:worker_threads')
const run = require('./fib')

parentPort.on('message', (input) => {
  parentPort.postMessage(run(input))
})
