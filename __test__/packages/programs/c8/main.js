const { Worker } = require('node:worker_threads')
const { shared } = require('./shared')

shared(1)
new Worker('./worker.js', { workerData: 3 })
new Worker('./module.mjs')
new Worker('./exits.js')
