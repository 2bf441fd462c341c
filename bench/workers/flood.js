'use strict'

const { parentPort } = require('node:worker_threads')

let missing = 0
let flood = 0

parentPort.on('message', (message) => {
  if (message === 'go') {
    for (let id = 0; id < flood; id++) parentPort.postMessage({ id, name: 'message', ok: true })
    if (missing === 0) parentPort.postMessage('counted')
  } else if (message.expect !== undefined) {
    missing = message.expect
    flood = message.flood
    parentPort.postMessage('readied')
  } else if (--missing === 0) {
    parentPort.postMessage('counted')
  }
})
parentPort.postMessage('ready')
