'use strict'

const { ThreadWorker } = require('poolifier')
const { run } = require('./run')

module.exports = new ThreadWorker(run)
