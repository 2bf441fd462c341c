'use strict'

// docs/compatibility.md says what the probes find.

const avaTest = require('ava').default
const { bounded, nodeMajor } = require('./helpers')
const { runAll } = require('./compatibility/run')
const { cells, columnOf, unexplained } = require('../scripts/compatibility')

const test = bounded(avaTest)

test('what the probes find is the same as in Node, or has a reason, and stands in docs/compatibility.md', async (t) => {
  const results = await runAll()
  t.deepEqual(unexplained(results), [])
  const found = Object.fromEntries(Object.entries(results).map(([section, probes]) =>
    [section, Object.fromEntries(Object.entries(probes).map(([name, { verdict }]) => [name, cells[verdict]]))]))
  t.deepEqual(found, columnOf(String(nodeMajor)))
})
