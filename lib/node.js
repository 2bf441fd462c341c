'use strict'

// What this package takes from Node. On Node's own threads it is found behind public classes; in a
// worker of ours preload.js hands over internal modules, because loading worker_threads there would
// load all of Node's streams with it.

const { statSync } = require('node:fs')

const internals = process[Symbol.for('isothreads.internals')]
const structuredCloneProperty = Object.getOwnPropertyDescriptor(globalThis, 'structuredClone')

const SHARE_ENV = Symbol.for('nodejs.worker_threads.SHARE_ENV')

/** Node's structuredClone, whatever the global means by now. */
function nodeStructuredClone (value, options) {
  if (structuredCloneProperty.get) {
    // Its first reading replaces the global.
    const present = Object.getOwnPropertyDescriptor(globalThis, 'structuredClone')
    structuredCloneProperty.value = structuredCloneProperty.get.call(globalThis)
    delete structuredCloneProperty.get
    Object.defineProperty(globalThis, 'structuredClone', present)
  }
  return structuredCloneProperty.value(value, options)
}

function fromPublicModule () {
  const workerThreads = { ...require('node:worker_threads') }
  const { MessagePort } = workerThreads
  // Behind Node's MessagePort: an EventTarget with the methods of an EventEmitter.
  const NodeEventTarget = Object.getPrototypeOf(MessagePort)
  return {
    eventTarget: {
      NodeEventTarget,
      kNewListener: symbolOf(MessagePort.prototype, 'kNewListener'),
      kRemoveListener: symbolOf(MessagePort.prototype, 'kRemoveListener'),
      kCreateEvent: symbolOf(MessagePort.prototype, 'kCreateEvent'),
      defineEventHandler (prototype, name) {
        Object.defineProperty(prototype, `on${name}`, Object.getOwnPropertyDescriptor(MessagePort.prototype, `on${name}`))
      }
    },
    workerThreads: () => workerThreads,
    isMainThread: workerThreads.isMainThread,
    markAsUntransferable: workerThreads.markAsUntransferable,
    isMarkedAsUntransferable: workerThreads.isMarkedAsUntransferable
  }
}

function symbolOf (object, description) {
  for (; object !== null; object = Object.getPrototypeOf(object)) {
    const found = Object.getOwnPropertySymbols(object).find(symbol => symbol.description === description)
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
