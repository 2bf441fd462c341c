'use strict'

const { parentPort } = require('node:worker_threads')
const { double } = require('./double')

parentPort.postMessage(double(21))
