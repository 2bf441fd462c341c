'use strict'

// Fills the core's platform object for a bare isolate. Loaded before the core, which reads the object while it loads.

const { Error, ObjectAssign, ObjectDefineProperty, SymbolFor, Uint8Array } = require('../core/primordials')
const platform = require('../core/platform')
const eventTarget = require('./event-target')
const host = require('./host')

const { enqueueMicrotask, types } = host

// Most workers print nothing.
function inspect (value, options) {
  return require('./inspect').inspect(value, options)
}
inspect.custom = SymbolFor('nodejs.util.inspect.custom')

/** @returns {Error & { code: string }} the error for what only the Node runtime has */
function unsupported (message) {
  return require('../core/errors').nodeError(Error, 'ERR_ISOTHREADS_LEAN_UNSUPPORTED', message)
}

function fill (loader) {
  // Needed by the files that are loaded here.
  platform.loader = loader
  ObjectAssign(platform, {
    nodeMajor: host.nodeMajor,
    isMainThread: false,
    types,
    inspect,
    // There are none: what was a Buffer on another thread is a Uint8Array.
    Buffer: Uint8Array,
    BufferIsBuffer: () => false,
    Event: eventTarget.Event,
    eventTarget,
    nextTick: (callback, argument) => enqueueMicrotask(() => callback(argument)),
    queueMicrotask: enqueueMicrotask,
    setImmediate: (callback, argument) => require('./timers').setImmediate(callback, argument),
    setTimeout: (callback, milliseconds, argument) => require('./timers').setTimeout(callback, milliseconds, argument),
    clearTimeout: timer => require('./timers').clearTimeout(timer),
    performanceNow: require('./clock').now,
    getAbortController: () => require('./abort').AbortController,
    getAbortSignal: () => require('./abort').AbortSignal,
    getDOMException: () => require('./dom-exception').DOMException,
    loadMessageEvent: () => require('./message-event').MessageEvent,
    textEncoding: () => require('./text-encoding'),
    emitWarning: message => require('./output').write('stderr', `Warning: ${message}\n`),
    hostStructuredClone: value => { throw refuseClone(value) },
    hostObjects: () => require('./host-objects'),
    broadcasts: () => require('./broadcasts'),
    isHostPort: () => false,
    receiveFromHostPort: port => { throw invalidPort(port) },
    markAsUncloneable: () => {},
    markAsUntransferable: () => {},
    isMarkedAsUntransferable: () => false,
    threads: () => ({ __proto__: null, threadId: loader.load('core/realm').self.threadId, emit: () => false }),
    namedLocks: () => require('./locks').namedLocks(),
    ringStreams: () => { throw unsupported('The lean runtime has no streams yet: use read() and write()') }
  })
  // Few workers use it.
  ObjectDefineProperty(platform, 'EventEmitter', { __proto__: null, get: () => require('./event-emitter').EventEmitter })
}

function refuseClone (value) {
  return require('../core/errors').dataCloneError(`${inspect(value)} could not be cloned.`)
}

function invalidPort (port) {
  return require('../core/errors').invalidArgType('port', 'a MessagePort instance', port)
}

module.exports = { fill, unsupported }
