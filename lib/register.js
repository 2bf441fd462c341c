'use strict'

// Makes the built-in module worker_threads, and the globals beside it, mean this package.

const globals = ['MessageChannel', 'MessagePort', 'BroadcastChannel', 'structuredClone']

/**
 * On a thread of Node's own. The module's own object is changed, so it holds for require, import
 * and process.getBuiltinModule.
 * @param {object} api what replaces the built-in's exports of the same name
 */
function register (api) {
  const workerThreads = require('node:worker_threads')
  for (const name of Object.keys(workerThreads)) {
    if (name in api) workerThreads[name] = api[name]
  }
  registerGlobals(api)
  require('node:module').syncBuiltinESMExports()
}

/** @param {object} api */
function registerGlobals (api) {
  for (const name of globals) {
    // Some are made when they are first read, and to redefine them V8 would read them.
    delete globalThis[name]
    Object.defineProperty(globalThis, name, {
      get: () => api[name],
      set (value) {
        Object.defineProperty(globalThis, name, { value, writable: true, configurable: true, enumerable: true })
      },
      configurable: true,
      // As they were: only the functions are.
      enumerable: name === 'structuredClone'
    })
  }
}

module.exports = { register, registerGlobals }
