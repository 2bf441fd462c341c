'use strict'

const sets = require('./scripts/test-sets')

const name = process.env.ISOTHREADS_TEST_SET ?? 'all'
// Without files, AVA would choose some by itself.
if (!Object.hasOwn(sets, name)) throw new Error(`ISOTHREADS_TEST_SET=${name} is not one of ${Object.keys(sets).join(', ')}`)

/** All tests, about 3,000, in about 8 minutes on two cores; or the set that ISOTHREADS_TEST_SET names. */
module.exports = {
  files: sets[name],
  workerThreads: false,
  concurrency: 2,
  timeout: '3m'
}
