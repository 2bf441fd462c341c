'use strict'

// The parts of Node that this package uses, for lib/node and for platform.js. On Node's own threads they are reached through public
// classes. In our workers preload.js passes internal modules, because loading worker_threads there would load all of Node's
// streams with it.

const {
  ArrayBufferPrototypeGetByteLength, ArrayPrototypeFind, Error, ObjectDefineProperty, ObjectGetOwnPropertyDescriptor,
  ObjectGetOwnPropertySymbols, ObjectGetPrototypeOf, ObjectHasOwn, ReflectApply, StringPrototypeIncludes, SymbolFor,
  SymbolPrototypeDescription, SymbolToStringTag, isInstance, uncurryThis
} = require('../core/primordials')
const { statSync } = require('node:fs')
const { types } = require('node:util')

const { Buffer, process } = globalThis

const internals = process[SymbolFor('isothreads.internals')]
const structuredCloneProperty = { __proto__: null, ...ObjectGetOwnPropertyDescriptor(globalThis, 'structuredClone') }

const SHARE_ENV = SymbolFor('nodejs.worker_threads.SHARE_ENV')

/** Node's structuredClone, even if the global was replaced. */
function nodeStructuredClone (value, options) {
  if (structuredCloneProperty.get) {
    // The first read replaces the global.
    const present = ObjectGetOwnPropertyDescriptor(globalThis, 'structuredClone')
    structuredCloneProperty.value = ReflectApply(structuredCloneProperty.get, globalThis, [])
    structuredCloneProperty.get = undefined
    if (present !== undefined) ObjectDefineProperty(globalThis, 'structuredClone', { __proto__: null, ...present })
  }
  const { value: clone } = structuredCloneProperty
  return clone(value, options)
}

// Node loads these classes on first use. Reading them from globalThis, or reading their descriptors, would load them.
const getAbortController = lazily(() => require('node:util').transferableAbortController().constructor)
const getAbortSignal = lazily(() => new (getAbortController())().signal.constructor)
const getBlob = lazily(() => require('node:buffer').Blob)
const getDOMException = lazily(() => {
  const controller = new (getAbortController())()
  controller.abort()
  return controller.signal.reason.constructor
})
const getPerformance = lazily(() => require('node:perf_hooks').performance)
// Only the global object has this class. Its value on first use counts.
const getMessageEvent = lazily(() => globalThis.MessageEvent)

function lazily (get) {
  let value
  return () => value ??= get()
}

let now

/** Milliseconds, like performance.now(). */
function performanceNow () {
  now ??= uncurryThis(getPerformance().now)
  return now(getPerformance())
}

// Node 20 marks the pool of Buffer, but has no function to test the mark. However, it skips a marked buffer before it looks for
// duplicates, and a function can never be cloned, so nothing is transferred here. The exception costs more than the transfer, so
// the test runs only for buffers that may be the pool.
function isMarkedPool (object) {
  if (!types.isArrayBuffer(object) || ArrayBufferPrototypeGetByteLength(object) !== Buffer.poolSize) return false
  try {
    nodeStructuredClone(isMarkedPool, { __proto__: null, transfer: [object, object] })
  } catch (error) {
    return !StringPrototypeIncludes(error.message, 'duplicate')
  }
}

/** The operations of Node's ports that ./host-objects.js needs, as they were when the module was loaded. */
function messagingOf ({ MessageChannel, MessagePort, receiveMessageOnPort }) {
  return {
    newChannel: () => new MessageChannel(),
    postMessage: uncurryThis(MessagePort.prototype.postMessage),
    close: uncurryThis(MessagePort.prototype.close),
    receive: receiveMessageOnPort
  }
}

/** The ports of Node in its BroadcastChannels, for ./broadcasts.js. */
function broadcastingOf ({ BroadcastChannel, MessagePort, receiveMessageOnPort }, { NodeEventTarget }) {
  const on = uncurryThis(NodeEventTarget.prototype.on)
  const off = uncurryThis(NodeEventTarget.prototype.off)
  let keys
  let created
  // Those of a channel of Node.
  let emit
  return {
    // From Node 26 on.
    isTagged: ObjectHasOwn(BroadcastChannel.prototype, SymbolToStringTag),
    post: MessagePort.prototype.postMessage,
    close: uncurryThis(MessagePort.prototype.close),
    ref: uncurryThis(MessagePort.prototype.ref),
    unref: uncurryThis(MessagePort.prototype.unref),
    receive: receiveMessageOnPort,
    /** @param {string} name */
    open (name) {
      const channel = new BroadcastChannel(name)
      keys ??= { port: symbolOf(channel, 'kHandle'), message: symbolOf(channel, 'kOnMessage'), error: symbolOf(channel, 'kOnMessageError') }
      const port = channel[keys.port]
      off(port, 'message', channel[keys.message])
      off(port, 'messageerror', channel[keys.error])
      if (emit === undefined) {
        emit = { __proto__: null, message: channel[keys.message], messageerror: channel[keys.error] }
        ObjectDefineProperty(channel, 'dispatchEvent', { __proto__: null, value: event => { created = event } })
      }
      return port
    },
    /** Node creates the event for a channel of its own, without the checks of the class's constructor. */
    createEvent (type, data) {
      emit[type](data)
      const event = created
      created = undefined
      return event
    },
    /** Returns a function that ends it. */
    listen (port, onMessage, onMessageError) {
      on(port, 'message', onMessage)
      on(port, 'messageerror', onMessageError)
      return () => {
        off(port, 'message', onMessage)
        off(port, 'messageerror', onMessageError)
      }
    }
  }
}

function fromPublicModule () {
  const workerThreads = { ...require('node:worker_threads') }
  const { MessagePort } = workerThreads
  const messaging = messagingOf(workerThreads)
  // The parent class of Node's MessagePort: an EventTarget with the methods of an EventEmitter.
  const NodeEventTarget = ObjectGetPrototypeOf(MessagePort)
  const broadcasting = broadcastingOf(workerThreads, { NodeEventTarget })
  return {
    eventTarget: {
      NodeEventTarget,
      EventTarget: ObjectGetPrototypeOf(NodeEventTarget),
      kNewListener: symbolOf(MessagePort.prototype, 'kNewListener'),
      kRemoveListener: symbolOf(MessagePort.prototype, 'kRemoveListener'),
      kCreateEvent: symbolOf(MessagePort.prototype, 'kCreateEvent'),
      defineEventHandler (prototype, name) {
        ObjectDefineProperty(prototype, `on${name}`, ObjectGetOwnPropertyDescriptor(MessagePort.prototype, `on${name}`))
      }
    },
    workerThreads: () => workerThreads,
    messaging: () => messaging,
    broadcasting: () => broadcasting,
    isNodePort: value => isInstance(MessagePort, value),
    isMainThread: workerThreads.isMainThread,
    refuseToClone: workerThreads.markAsUncloneable,
    markAsUntransferable: workerThreads.markAsUntransferable,
    isMarkedAsUntransferable: workerThreads.isMarkedAsUntransferable ?? isMarkedPool
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

/** The texts of Node's own library by name; undefined where Node's permission model hides them. */
function nodeSources () {
  if (internals !== undefined) return internals.internalBinding('builtins').natives
  const { noDeprecation } = process
  try {
    // Only --pending-deprecation warns.
    process.noDeprecation = true
    return process.binding('natives')
  } catch {
    return undefined
  } finally {
    process.noDeprecation = noDeprecation
  }
}

/**
 * Makes Node's serialiser refuse an object, which it would take for a plain one otherwise. Node 20 refuses all objects with internal
 * fields.
 */
function refuserOf (internalBinding) {
  const mark = internalBinding('util').privateSymbols.transfer_mode_private_symbol
  return object => { object[mark] = 0 }
}

function fromInternals ({ eventTarget, buffer, BuiltinModule, internalBinding, loadMessageEvent }) {
  let loaded
  // A separate instance, because the one that `require` finds is replaced.
  const workerThreads = () => {
    if (loaded === undefined) {
      // Node counts the changes of the directory in a thread that it takes for the main thread.
      const { chdir } = process
      loaded = new BuiltinModule('worker_threads').compileForInternalLoader()
      process.chdir = chdir
    }
    return loaded
  }
  return {
    eventTarget,
    workerThreads,
    messaging: lazily(() => messagingOf(workerThreads())),
    broadcasting: lazily(() => broadcastingOf(workerThreads(), eventTarget)),
    isNodePort: value => isInstance(internalBinding('messaging').MessagePort, value),
    isMainThread: false,
    refuseToClone: buffer.isMarkedAsUntransferable === undefined ? undefined : refuserOf(internalBinding),
    /** Node's class, which the first read of the global loads. */
    loadMessageEvent,
    markAsUntransferable: buffer.markAsUntransferable,
    isMarkedAsUntransferable: buffer.isMarkedAsUntransferable ?? isMarkedPool
  }
}

module.exports = {
  ...(internals ? fromInternals(internals) : fromPublicModule()),
  getAbortController,
  getAbortSignal,
  getBlob,
  getDOMException,
  getMessageEvent,
  lazily,
  nodeSources,
  nodeStructuredClone,
  performanceNow,
  process,
  SHARE_ENV,
  // For permission.js.
  dlopen: process.dlopen,
  statSync
}
