'use strict'

/** All tests: about 3,000, in about 7 minutes on two cores. */
module.exports = {
  files: ['__test__/**/*.test.js'],
  workerThreads: false,
  concurrency: 2,
  timeout: '3m'
}
