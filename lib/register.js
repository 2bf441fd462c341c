'use strict'

// Makes the built-in module worker_threads, and the globals beside it, mean this package. The
// module's own object is changed, so it holds for require, import and process.getBuiltinModule.

const { syncBuiltinESMExports } = require('node:module')
const workerThreads = require('node:worker_threads')

/** @param {object} api what replaces the built-in's exports of the same name */
function register (api) {
  for (const name of Object.keys(workerThreads)) {
    if (name in api) workerThreads[name] = api[name]
  }
  for (const name of ['MessageChannel', 'MessagePort', 'BroadcastChannel', 'structuredClone']) {
    if (name in api) Object.defineProperty(globalThis, name, { value: api[name], writable: true, configurable: true, enumerable: false })
  }
  syncBuiltinESMExports()
}

module.exports = { register }
