'use strict'

// This thread's connection to the native half: what it calls in JavaScript, and what it offers.

const { Symbol, setOf } = require('./primordials')
const instance = require('../node/instance')
const node = require('../node/platform')
const hostObjects = require('./host-objects')
const { fingerprint, messageKind } = require('./protocol')
const { dataCloneError, missingTransferable, nodeMajor, foreignNote, refuseObject, unsupportedTransfer } = require('./errors')

// The method of a NativePort's subclass that hears of what arrives: (kind, value, ports).
const kReceive = Symbol('kReceive')

function receive (port, kind, value, ports) {
  port[kReceive](kind, value, ports)
}

// A message that the native half has read: `make` makes an object of its values.
function receiveRecord (port, kind, make, a, b, c, d, e, f, g, h) {
  port[kReceive](kind, make(a, b, c, d, e, f, g, h))
}

const { compositeNames } = hostObjects

// Classes whose objects get as far as a refusal only when they are not this instance's.
const namesOfOurs = setOf(compositeNames)
namesOfOurs.add('MessagePort')

// What the serialiser refuses, as Node says it.
function cloneError (kind, detail) {
  switch (kind) {
    case 'host object':
      return refuseObject(dataCloneError(`${detail} object could not be cloned.${namesOfOurs.has(detail) ? foreignNote : ''}`))
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
const { native, root } = instance
const functions = native.attach(
  { receive, receiveRecord, createPort: key => createPort(key), cloneError, ...hostObjects, instance },
  node.isMainThread,
  root,
  fingerprint
)

module.exports = {
  native,
  /** What receive() is told that a message is. */
  kind: messageKind,
  kReceive,
  kParts: hostObjects.kParts,
  NativePort: functions.NativePort,
  /** The base of classes whose objects are cloned by their method kParts; see host-objects.js. */
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
  /** See environment-variables.js and src/engine/shim/variables.cc. */
  createVariables: functions.createVariables,
  /** What queue-values.js needs of V8; see src/engine/shim/queue.cc. */
  forQueues: functions,
  /** @param {object} object is refused from now on, on this thread */
  markAsUncloneable: functions.markAsUncloneable,
  /** @param {(key: number) => object} create makes the object of a port that came in a message */
  setPortFactory (create) { createPort = create },
  /** Who this thread is when it is one of our workers, else null. */
  self: native.takeWorkerSelf()
}
