'use strict'

// This thread's connection to the native half: the functions that native code calls in JavaScript, and the functions it offers.

const composites = require('./composites')
const platform = require('./platform')
const { fingerprint, messageKind } = require('./protocol')
const { kParts, kReceive } = require('./symbols')
const { Error } = require('./primordials')
const { dataCloneError, missingTransferable, foreignNote, nativeError, refuseObject, unsupportedTransfer } = require('./errors')

const { loader, nodeMajor } = platform
const hostObjects = platform.hostObjects()

function receive (port, kind, value, ports) {
  port[kReceive](kind, value, ports)
}

// Handles a message that the native half has read. `make` creates an object from its values.
function receiveRecord (port, kind, make, a, b, c, d, e, f, g, h) {
  port[kReceive](kind, make(a, b, c, d, e, f, g, h))
}

/**
 * @param {object} object that V8 cannot serialise
 * @returns {object | [object] | null | undefined} the value to send in its place. The receiver reassembles it; an object in an array
 *   arrives unchanged. null: the host clones the object. undefined: it belongs to another copy of this package
 * @throws the host's error for an object that the host transfers and does not clone
 */
function takeApart (object) {
  const ofHost = hostObjects.takeApart(object)
  if (ofHost !== undefined) return ofHost
  const parts = object[kParts]?.()
  if (parts !== undefined) return parts
  return hostObjects.isForeign(object) ? undefined : null
}

/** @param {object} parts the result of takeApart */
function putTogether (parts) {
  return parts.type === undefined ? hostObjects.putTogether(parts) : composites.putTogether(parts)
}

// Errors of the serialiser, in Node's words.
function cloneError (kind, detail) {
  switch (kind) {
    case 'host object':
      return refuseObject(dataCloneError(`${detail} object could not be cloned.${composites.isNameOfOurs(detail) ? foreignNote : ''}`))
    case 'uncloneable':
      return dataCloneError('Cannot clone object of unsupported type.')
    case 'port not listed':
      return missingTransferable()
    case 'closed port':
      return dataCloneError(nodeMajor >= 22 ? 'Cannot clone object of unsupported type.' : unsupportedTransfer)
    case 'not transferable':
      // Before Node 22 it is copied instead.
      return nodeMajor >= 22 ? dataCloneError(unsupportedTransfer) : undefined
    case 'other context':
      return nativeError(Error, 'ERR_MESSAGE_TARGET_CONTEXT_UNAVAILABLE',
        'A message object could not be deserialized successfully in the target vm.Context')
    case 'detached port':
      return dataCloneError('MessagePort in transfer list is already detached')
    default:
      return dataCloneError(detail)
  }
}

let createPort
const { native, root } = loader
const functions = native.attach(
  {
    receive,
    receiveRecord,
    createPort: (key, receiver) => createPort(key, receiver),
    cloneError,
    takeApart,
    putTogether,
    findCloneSymbols: hostObjects.findCloneSymbols,
    isHostObject: hostObjects.isHostObject,
    checkCloneable: (object, isQuiet) => hostObjects.checkCloneable(object, isQuiet, functions.scriptOf),
    pack: hostObjects.pack,
    unpack: hostObjects.unpack,
    instance: loader
  },
  platform.isMainThread,
  root,
  fingerprint
)

module.exports = {
  native,
  /** The kinds of messages that receive() distinguishes. */
  kind: messageKind,
  NativePort: functions.NativePort,
  /** The base of classes whose objects are cloned through their method kParts. */
  Composite: functions.Composite,
  /** True for every port object of this package, even if its prototype was changed. */
  isPort: functions.isPort,
  /** @param {object} object the class NativePort of its context, which may be one of node:vm */
  portClassOf: functions.portClassOf,
  keyOf: functions.key,
  /** For keys that stand for no port; see portKey in ./protocol.js. */
  setKey: functions.setKey,
  /** Defines a data property of an object of the main context, which a function computes on the first read. */
  defineLazily: functions.defineLazily,
  postMessage: functions.postMessage,
  /** Like postMessage; returns a promise for settle() */
  postTask: functions.postTask,
  settle: functions.settle,
  receiveMessage: functions.receiveMessage,
  structuredClone: functions.structuredClone,
  // See src/engine/shim/isolate/broadcast.cc.
  openBroadcast: functions.openBroadcast,
  broadcast: functions.broadcast,
  receiveBroadcast: functions.receiveBroadcast,
  /** See node/environment-variables.js and src/engine/shim/isolate/variables.cc. */
  createVariables: functions.createVariables,
  /** V8 operations for shared/queue-values.js; see src/engine/shim/isolate/queue.cc. */
  forQueues: functions,
  /** @param {object} object this thread refuses to clone it from now on */
  markAsUncloneable: functions.markAsUncloneable,
  /** @param {(key: number, receiver?: object) => object} create creates the object for a port that the port `receiver` has received */
  setPortFactory (create) { createPort = create },
  /** The identity of this thread if it is one of our workers, else null. */
  self: native.takeWorkerSelf()
}
