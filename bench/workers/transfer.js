'use strict'

const { parentPort } = require('node:worker_threads')

parentPort.on('message', (buffer) => {
  const view = new Uint8Array(buffer)
  view[0]++
  view[view.length - 1]++
  parentPort.postMessage(buffer, [buffer])
})
parentPort.postMessage('ready')
