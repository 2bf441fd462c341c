'use strict'

const { bounded, nodeMajor, startWorker } = require('./helpers')
const avaTest = require('ava')

/** `test` where there is a lean runtime: Node 22 and later. */
const leanTest = nodeMajor >= 22 ? bounded(avaTest) : (title, body) => avaTest.skip(title, body)

/**
 * A lean worker that is ended with its test.
 * @param {import('ava').ExecutionContext} t
 * @param {string} code JavaScript, or a file's path with `eval: false`
 * @param {object} [options] Worker options
 */
function startLean (t, code, options) {
  return startWorker(t, code, { runtime: 'lean', ...options })
}

module.exports = { leanTest, startLean }
