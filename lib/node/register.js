'use strict'

// Replaces the built-in module worker_threads and the related globals with this package.

const {
  ArrayIsArray, ArrayPrototypeSome, ObjectDefineProperty, ObjectKeys, ReflectApply, SafeWeakSet, setOwn
} = require('../core/primordials')
const { defineGlobal } = require('../core/lazy-global')
const { loadMessageEvent, nodeMajor } = require('../core/platform')
const globals = ['MessageChannel', 'MessagePort', 'BroadcastChannel', 'structuredClone']

let isRegistered = false
const registeredGlobals = new SafeWeakSet()

/**
 * For Node's own threads. Changes the module object itself, so the change affects require, import and process.getBuiltinModule.
 * A second call changes nothing, so later changes by the program survive.
 * @param {object} api what replaces the built-in's exports of the same name
 * @param {object} global the global object of the calling context
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
  const names = ObjectKeys(workerThreads)
  for (let index = 0; index < names.length; index++) {
    const name = names[index]
    if (name in api) workerThreads[name] = api[name]
  }
  require('node:module').syncBuiltinESMExports()
}

/**
 * @param {object} api
 * @param {object} global
 */
function registerGlobals (api, global) {
  if (nodeMajor < 22 && global === globalThis && loadMessageEvent === undefined) {
    const { MessageEvent } = globalThis
    defineGlobal('MessageEvent', () => require('./message-event').takingPorts(MessageEvent))
  }
  for (let index = 0; index < globals.length; index++) {
    const name = globals[index]
    // As in Node: only functions are enumerable.
    const isEnumerable = name === 'structuredClone'
    if (global === globalThis) {
      defineGlobal(name, () => api[name], isEnumerable)
      continue
    }
    // In a context of node:vm, whose global object passes definitions on to another object.
    // Some of these globals are created on first read, and V8 would read them to redefine them.
    delete global[name]
    ObjectDefineProperty(global, name, {
      __proto__: null,
      get: () => api[name],
      set (value) {
        ObjectDefineProperty(global, name, { __proto__: null, value, writable: true, configurable: true, enumerable: isEnumerable })
      },
      configurable: true,
      enumerable: isEnumerable
    })
  }
}

/**
 * Makes module.register() accept ports of this package: the thread of module hooks is one of Node's own.
 * @param {object} Module Node's class of CommonJS modules, which may not have the function yet
 */
function replaceModuleRegister (Module) {
  const define = value => {
    setOwn(Module, 'register', value)
  }
  if (Module.register !== undefined) return define(takingPorts(Module.register))
  ObjectDefineProperty(Module, 'register', {
    __proto__: null,
    get: () => undefined,
    set (value) { define(takingPorts(value)) },
    configurable: true,
    enumerable: true
  })
}

function takingPorts (original) {
  return function register (...args) {
    // The options may be the second argument.
    const index = typeof args[1] === 'object' && args[1] !== null && args[1].href === undefined ? 1 : 2
    const options = args[index]
    const transferList = options?.transferList
    if (ArrayIsArray(transferList) && ArrayPrototypeSome(transferList, entry => require('../core/realm').isPort(entry))) {
      const { value: data, transferList: list } = require('./ports').forNode(options.data, transferList)
      args[index] = { parentURL: options.parentURL, data, transferList: list }
    }
    return ReflectApply(original, this, args)
  }
}

module.exports = { register, registerGlobals, replaceModuleRegister }
