'use strict'

// In a worker, this package replaces the built-in module worker_threads before any code can ask for it.

const { defineLazily } = require('../../core/realm')
const { workerThreads } = require('../internals')

/**
 * @param {object} BuiltinModule Node's class of built-in modules
 * @param {object} api
 * @param {string[]} names the exports of the module in this version of Node
 */
function replaceWorkerThreads (BuiltinModule, api, names) {
  const builtin = BuiltinModule.map.get('worker_threads')
  for (let index = 0; index < names.length; index++) {
    const name = names[index]
    defineLazily(builtin.exports, name, () => name in api ? api[name] : workerThreads()[name], true)
  }
  builtin.loaded = true
}

module.exports = { replaceWorkerThreads }
