'use strict'

const path = require('node:path')
const { locateWorker } = require('../lib/worker')

/** The workers of the contenders: a Rust worker and JavaScript files. */
module.exports = {
  NATIVE: 'native:fib',
  /** Answers messages, as the native worker does. */
  ANSWERING: locate('answering.js'),
  /** Exports the function, for a pool. */
  FUNCTION: locate('fib.js'),
  /** Posts one message and ends. */
  POSTING: locateWorker('first-message.js'),
  PHOTOGRAPH: locate('photograph.js')
}

function locate (file) {
  return path.join(__dirname, 'workers', file)
}
