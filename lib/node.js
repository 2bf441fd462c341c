'use strict'

// What this package takes from Node's own worker_threads, before `register` replaces it there.

module.exports = { ...require('node:worker_threads') }
