'use strict'

// This thread's connection to the native half: what it calls in JavaScript, and what it offers.

const path = require('node:path')
const native = require('./native')
const node = require('./node')
const { dataCloneError } = require('./errors')

// What receive() is told, as in src/message.rs and src/realm.rs.
const kind = { message: 0, messageError: -1, control: 1, close: 2, exit: 3 }

// The method of a NativePort's subclass that hears of what arrives: (kind, value, ports).
const kReceive = Symbol('kReceive')

function receive (port, kind, value, ports) {
  port[kReceive](kind, value, ports)
}

let createPort
const functions = native.attach(
  receive,
  key => createPort(key),
  dataCloneError,
  node.isMainThread && !process[Symbol.for('isothreads.binding')],
  path.dirname(__dirname)
)

module.exports = {
  native,
  kind,
  kReceive,
  NativePort: functions.NativePort,
  keyOf: functions.key,
  postMessage: functions.postMessage,
  receiveMessage: functions.receiveMessage,
  structuredClone: functions.structuredClone,
  /** @param {(key: number) => object} create makes the object of a port that came in a message */
  setPortFactory (create) { createPort = create },
  /** Who this thread is when it is one of our workers, else null. */
  self: native.takeWorkerSelf()
}
