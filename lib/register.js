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
  replaceModuleRegister(require('node:module'))
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

/**
 * Has module.register() take ports of this package: the thread of module hooks is one of Node's own.
 * @param {object} Module Node's class of CommonJS modules, which may not have the function yet
 */
function replaceModuleRegister (Module) {
  const define = value => {
    Object.defineProperty(Module, 'register', { value, writable: true, configurable: true, enumerable: true })
  }
  if (Module.register !== undefined) return define(takingPorts(Module.register))
  Object.defineProperty(Module, 'register', {
    get: () => undefined,
    set (value) { define(takingPorts(value)) },
    configurable: true,
    enumerable: true
  })
}

function takingPorts (original) {
  return function register (specifier, ...rest) {
    // The options may come second.
    const index = typeof rest[0] === 'object' && rest[0] !== null && rest[0].href === undefined ? 0 : 1
    const options = rest[index]
    const transferList = options?.transferList
    if (Array.isArray(transferList) && transferList.some(entry => require('./realm').isPort(entry))) {
      const { value: data, transferList: list } = require('./node-ports').forNode(options.data, transferList)
      rest[index] = { parentURL: options.parentURL, data, transferList: list }
    }
    return original.call(this, specifier, ...rest)
  }
}

module.exports = { register, registerGlobals, replaceModuleRegister }
