'use strict'

// What this package takes from Node. On Node's own threads it is found behind public classes; in a
// worker of ours preload.js hands over internal modules, because loading worker_threads there would
// load all of Node's streams with it.

const {
  ArrayPrototypeFind, Error, ObjectDefineProperty, ObjectGetOwnPropertyDescriptor, ObjectGetOwnPropertySymbols, ObjectGetPrototypeOf,
  ReflectApply, SymbolFor, SymbolPrototypeDescription, process
} = require('../core/primordials')
const { statSync } = require('node:fs')

const internals = process[SymbolFor('isothreads.internals')]
const structuredCloneProperty = { __proto__: null, ...ObjectGetOwnPropertyDescriptor(globalThis, 'structuredClone') }

const SHARE_ENV = SymbolFor('nodejs.worker_threads.SHARE_ENV')

/** Node's structuredClone, whatever the global means by now. */
function nodeStructuredClone (value, options) {
  if (structuredCloneProperty.get) {
    // Its first reading replaces the global.
    const present = ObjectGetOwnPropertyDescriptor(globalThis, 'structuredClone')
    structuredCloneProperty.value = ReflectApply(structuredCloneProperty.get, globalThis, [])
    structuredCloneProperty.get = undefined
    if (present !== undefined) ObjectDefineProperty(globalThis, 'structuredClone', { __proto__: null, ...present })
  }
  const { value: clone } = structuredCloneProperty
  return clone(value, options)
}

function fromPublicModule () {
  const workerThreads = { ...require('node:worker_threads') }
  const { MessagePort } = workerThreads
  // Behind Node's MessagePort: an EventTarget with the methods of an EventEmitter.
  const NodeEventTarget = ObjectGetPrototypeOf(MessagePort)
  return {
    eventTarget: {
      NodeEventTarget,
      kNewListener: symbolOf(MessagePort.prototype, 'kNewListener'),
      kRemoveListener: symbolOf(MessagePort.prototype, 'kRemoveListener'),
      kCreateEvent: symbolOf(MessagePort.prototype, 'kCreateEvent'),
      defineEventHandler (prototype, name) {
        ObjectDefineProperty(prototype, `on${name}`, ObjectGetOwnPropertyDescriptor(MessagePort.prototype, `on${name}`))
      }
    },
    workerThreads: () => workerThreads,
    isMainThread: workerThreads.isMainThread,
    markAsUntransferable: workerThreads.markAsUntransferable,
    isMarkedAsUntransferable: workerThreads.isMarkedAsUntransferable
  }
}

function symbolOf (object, description) {
  for (; object !== null; object = ObjectGetPrototypeOf(object)) {
    const symbols = ObjectGetOwnPropertySymbols(object)
    const found = ArrayPrototypeFind(symbols, symbol => SymbolPrototypeDescription(symbol) === description)
    if (found !== undefined) return found
  }
  throw new Error(`isothreads does not fit this Node ${process.version}: its event targets have no ${description}`)
}

function fromInternals ({ eventTarget, buffer, BuiltinModule, loadMessageEvent }) {
  let workerThreads
  return {
    eventTarget,
    // An instance of its own: the one that `require` finds is replaced.
    workerThreads: () => workerThreads ??= new BuiltinModule('worker_threads').compileForInternalLoader(),
    isMainThread: false,
    /** Node's class, which is loaded with the first reading of the global. */
    loadMessageEvent,
    markAsUntransferable: buffer.markAsUntransferable,
    isMarkedAsUntransferable: buffer.isMarkedAsUntransferable
  }
}

module.exports = {
  ...(internals ? fromInternals(internals) : fromPublicModule()),
  nodeStructuredClone,
  SHARE_ENV,
  // For permission.js.
  dlopen: process.dlopen,
  statSync
}
