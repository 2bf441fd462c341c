'use strict'

// Makes the built-in module worker_threads, and the globals beside it, mean this package.

const globals = ['MessageChannel', 'MessagePort', 'BroadcastChannel', 'structuredClone']

let isRegistered = false
const registeredGlobals = new WeakSet()

/**
 * On a thread of Node's own. The module's own object is changed, so it holds for require, import
 * and process.getBuiltinModule. Done again it changes nothing, so that what a program has put there since stays.
 * @param {object} api what replaces the built-in's exports of the same name
 * @param {object} global of the context that asks for it
 */
function register (api, global) {
  if (!registeredGlobals.has(global)) {
    registeredGlobals.add(global)
    registerGlobals(api, global)
  }
  if (isRegistered) return
  isRegistered = true
  const workerThreads = require('node:worker_threads')
  for (const name of Object.keys(workerThreads)) {
    if (name in api) workerThreads[name] = api[name]
  }
  require('node:module').syncBuiltinESMExports()
}

/**
 * @param {object} api
 * @param {object} global
 */
function registerGlobals (api, global) {
  for (const name of globals) {
    // Some are made when they are first read, and to redefine them V8 would read them.
    delete global[name]
    Object.defineProperty(global, name, {
      get: () => api[name],
      set (value) {
        Object.defineProperty(global, name, { value, writable: true, configurable: true, enumerable: true })
      },
      configurable: true,
      // As they were: only the functions are.
      enumerable: name === 'structuredClone'
    })
  }
}

module.exports = { register, registerGlobals }
