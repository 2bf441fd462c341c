'use strict'

// This thread's connection to the native half: what it calls in JavaScript, and what it offers.

const composites = require('./composites')
const platform = require('./platform')
const { fingerprint, messageKind } = require('./protocol')
const { kParts, kReceive } = require('./symbols')
const { dataCloneError, missingTransferable, foreignNote, refuseObject, unsupportedTransfer } = require('./errors')

const { loader, nodeMajor } = platform
const hostObjects = platform.hostObjects()

function receive (port, kind, value, ports) {
  port[kReceive](kind, value, ports)
}

// A message that the native half has read: `make` makes an object of its values.
function receiveRecord (port, kind, make, a, b, c, d, e, f, g, h) {
  port[kReceive](kind, make(a, b, c, d, e, f, g, h))
}

/**
 * @param {object} object that V8 does not write
 * @returns {object | [object] | undefined} what to send in its place: to be put together there; in an array what
 *   arrives as it is; undefined when this package cannot clone it
 * @throws what the host throws, of an object that it cannot clone either
 */
function takeApart (object) {
  const ofHost = hostObjects.takeApart(object)
  if (ofHost !== undefined) return ofHost
  const parts = object[kParts]?.()
  if (parts === undefined) hostObjects.refuseAsHost(object)
  return parts
}

/** @param {object} parts what takeApart returned */
function putTogether (parts) {
  return parts.type === undefined ? hostObjects.putTogether(parts) : composites.putTogether(parts)
}

// What the serialiser refuses, as Node says it.
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
      // Before Node 22 it is copied.
      return nodeMajor >= 22 ? dataCloneError(unsupportedTransfer) : undefined
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
    createPort: key => createPort(key),
    cloneError,
    takeApart,
    putTogether,
    findCloneSymbols: hostObjects.findCloneSymbols,
    isHostObject: hostObjects.isHostObject,
    checkCloneable: hostObjects.checkCloneable,
    instance: loader
  },
  platform.isMainThread,
  root,
  fingerprint
)

module.exports = {
  native,
  /** What receive() is told that a message is. */
  kind: messageKind,
  NativePort: functions.NativePort,
  /** The base of classes whose objects are cloned by their method kParts. */
  Composite: functions.Composite,
  /** True for every port object of this package, whatever its prototype says. */
  isPort: functions.isPort,
  keyOf: functions.key,
  postMessage: functions.postMessage,
  /** As postMessage; returns a promise for settle() */
  postTask: functions.postTask,
  settle: functions.settle,
  receiveMessage: functions.receiveMessage,
  structuredClone: functions.structuredClone,
  /** See node/environment-variables.js and src/engine/shim/isolate/variables.cc. */
  createVariables: functions.createVariables,
  /** What shared/queue-values.js needs of V8; see src/engine/shim/isolate/queue.cc. */
  forQueues: functions,
  /** @param {object} object is refused from now on, on this thread */
  markAsUncloneable: functions.markAsUncloneable,
  /** @param {(key: number) => object} create makes the object of a port that came in a message */
  setPortFactory (create) { createPort = create },
  /** Who this thread is when it is one of our workers, else null. */
  self: native.takeWorkerSelf()
}
