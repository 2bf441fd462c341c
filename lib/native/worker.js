'use strict'

// Starts a Worker whose other side is written in Rust.

const { Error } = require('../core/primordials')
const { permission } = require('../core/platform')
const { invalidArgValue, nodeError } = require('../core/errors')
const { findNative, listOf } = require('./library')
const { native } = require('../core/realm')
const { readName } = require('../core/worker-name')
const { refuseRestrictions } = require('../core/worker-restrictions')

// These options configure a Node environment, which a native worker does not have.
const optionsOfEnvironments = ['argv', 'execArgv', 'env', 'stdin', 'runtime', 'expose', 'maxHostCalls']

/**
 * @param {string | URL} filename
 * @param {object} options of Worker
 * @param {{ recycle: object } | undefined} pool the pool that it works for
 * @returns {object} a Plan of node/worker-environment.js
 */
function planNative (filename, options, pool) {
  for (let index = 0; index < optionsOfEnvironments.length; index++) {
    const name = optionsOfEnvironments[index]
    if (options[name]) throw invalidArgValue(`options.${name}`, options[name], 'has no effect on a native worker, which runs no JavaScript')
  }
  refuseRestrictions(options)
  permission().checkWorkers()
  const { key: library, index, path, workers } = findNative(filename)
  if (index === undefined && pool === undefined) {
    throw nodeError(Error, 'ERR_ISOTHREADS_NO_SUCH_WORKER',
      `${path} has several workers: append # and the name of one. It has: ${listOf(workers)}`)
  }
  const { stackSizeMb } = options.resourceLimits ?? {}
  const hasInput = options.workerData !== undefined
  const post = post => { if (hasInput) post(options.workerData) }
  const start = key => native.startNativeWorker(key, {
    library,
    function: pool === undefined ? index : undefined,
    hasInput,
    mostTasks: pool?.recycle.tasks,
    stackSizeMb: typeof stackSizeMb === 'number' ? stackSizeMb : -1
  })
  return { name: readName(options.name), post, start }
}

module.exports = { planNative }
