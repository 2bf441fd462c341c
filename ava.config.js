'use strict'

const sets = require('./scripts/test-sets')

/** All tests, about 3,000, in about 8 minutes on two cores; or the set that ISOTHREADS_TEST_SET names. */
module.exports = {
  files: sets[process.env.ISOTHREADS_TEST_SET ?? 'all'],
  workerThreads: false,
  concurrency: 2,
  timeout: '3m'
}
