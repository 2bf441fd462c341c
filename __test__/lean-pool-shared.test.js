'use strict'

// The tests of pools, run against lean workers. lean-pool-differences.js has those that make no sense there.

const avaTest = require('ava')
const path = require('node:path')

const nodeMajor = Number(process.versions.node.split('.')[0])

if (nodeMajor < 22 || process.env.ISOTHREADS_TEST_PEER === 'node') {
  avaTest('there is no lean runtime', (t) => t.pass())
} else {
  process.env.ISOTHREADS_TEST_RUNTIME = 'lean'
  for (const name of ['', '-context', '-options', '-observing', '-workers']) require(path.join(__dirname, `worker-pool${name}.test.js`))
}
