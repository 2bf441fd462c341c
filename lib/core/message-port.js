'use strict'

// MessagePort and MessageChannel with Node's behaviour.
// https://nodejs.org/api/worker_threads.html#class-messageport

const {
  ArrayPrototypeForEach, FunctionPrototypeHasInstance, ObjectDefineProperty, ObjectSetPrototypeOf, ReflectApply, ReflectOwnKeys, SymbolFor,
  SymbolHasInstance, SymbolToStringTag, TypeError
} = require('./primordials')
const { Event, emitWarning, eventTarget, inspect, isHostPort, nodeMajor, receiveFromHostPort, refuseToClone } = require('./platform')
const { nativeError, missingMessage } = require('./errors')
const { createMessageEvent } = require('./message-event')
const { portKey } = require('./protocol')
const { native, kind, NativePort, isPort, keyOf, postMessage, receiveMessage, setKey, setPortFactory } = require('./realm')
const { kReceive } = require('./symbols')
const { readTransferList } = require('./transfer-list')

const { NodeEventTarget, kNewListener, kRemoveListener, kCreateEvent, defineEventHandler } = eventTarget
const { [kNewListener]: newListener, [kRemoveListener]: removeListener, [kCreateEvent]: createEvent } = NodeEventTarget.prototype
const kHybridDispatch = SymbolFor('nodejs.internal.kHybridDispatch')

// Forwards pending messages between ports of this package and ports of Node while such pairs exist: see node/ports.js.
let flushBridges

// receiveMessageOnPort() of a BroadcastChannel, once the class is loaded: see broadcast-channel.js.
let receiveFromChannel

class CloseEvent extends Event {
  constructor () {
    super('close')
  }
}

/** Refuses a method without its port. A closed port is one still. */
function checkReceiver (object) {
  if (!isPort(object)) throw new TypeError('Illegal invocation')
}

/** ref() and unref() of a port, in any context. As in Node, its state can change until `close` is emitted, though without an effect. */
function setReferenced (port, isReferenced) {
  checkReceiver(port)
  const key = keyOf(port)
  if (key >= 0) native.setPortRef(key, isReferenced)
  else if (key !== portKey.closed) setKey(port, isReferenced ? portKey.closingReferenced : portKey.closing)
}

function isReferenced (port) {
  checkReceiver(port)
  const key = keyOf(port)
  return key >= 0 ? native.hasPortRef(key) : key === portKey.closingReferenced
}

/** postMessage() of a port, in any context. */
function post (port, message, transfer) {
  if (transfer === undefined) {
    const sent = postMessage(port, message)
    if (sent === undefined) checkReceiver(port)
    if (flushBridges !== undefined) flushBridges()
    return sent
  }
  checkReceiver(port)
  const { arrayBuffers, ports } = readTransferList(transfer, port)
  const sent = postMessage(port, message, arrayBuffers, ports)
  if (flushBridges !== undefined) flushBridges()
  if (sent === false) emitWarning('The target port was posted to itself, and the communication channel was lost')
  return sent === undefined ? undefined : true
}

class Port extends NativePort {
  // The ports of the message that is being delivered.
  #receivedPorts

  constructor (key) {
    super(key)
    // First, because a hook of async_hooks may print the port.
    native.bindPort(key, this)
    // NativePort creates the object, so NodeEventTarget's constructor cannot. Its state is copied from another instance.
    const state = new NodeEventTarget()
    const properties = ReflectOwnKeys(state)
    // Assignment is faster than definition, and safe: the keys are Node's own symbols.
    for (let index = 0; index < properties.length; index++) this[properties[index]] = state[properties[index]]
    if (refuseToClone !== undefined) refuseToClone(this)
  }

  /**
   * Sends a clone of `message` to the other side. Never blocks. On a closed port it sends nothing and reports nothing, but still
   * takes the objects in the transfer list.
   * @param {unknown} message
   * @param {Iterable<object> | { transfer?: Iterable<object> }} [transfer]
   * @returns {true | undefined} undefined when the port is closed
   * @throws {DOMException} DataCloneError; nothing has been transferred then
   */
  postMessage (message, transfer) {
    if (arguments.length === 0) throw missingMessage()
    return post(this, message, transfer)
  }

  /** Starts to deliver messages. Adding a `message` listener does the same. */
  start () {
    checkReceiver(this)
    const key = keyOf(this)
    if (key >= 0) native.setReceiving(key, true)
  }

  /** Keeps the event loop alive while the port is open. */
  ref () {
    setReferenced(this, true)
  }

  unref () {
    setReferenced(this, false)
  }

  hasRef () {
    return isReferenced(this)
  }

  [kReceive] (what, value, ports) {
    if (what === kind.message) {
      this.#receivedPorts = ports
      this[kHybridDispatch](value, 'message', undefined)
      this.#receivedPorts = undefined
    } else if (what === kind.messageError) {
      this[kHybridDispatch](value, 'messageerror', undefined)
    } else if (what === kind.close) {
      this.dispatchEvent(new CloseEvent())
    }
  }

  [kCreateEvent] (data, type) {
    if (type !== 'message' && type !== 'messageerror') {
      return ReflectApply(createEvent, this, [data, type])
    }
    return createMessageEvent(type, data, this.#receivedPorts)
  }

  [kNewListener] (size, type) {
    if (type === 'message' && size === 1) {
      this.ref()
      this.start()
    }
    return ReflectApply(newListener, this, arguments)
  }

  [kRemoveListener] (size, type) {
    if (type === 'message' && size === 0) {
      const key = keyOf(this)
      if (key >= 0) native.setReceiving(key, false)
      this.unref()
    }
    return ReflectApply(removeListener, this, arguments)
  }

  [inspect.custom] () {
    // The object that is printed inherits this method.
    if (!isPort(this)) return this
    const state = keyOf(this) === portKey.closed ? { active: false } : { active: true, refed: isReferenced(this) }
    return { __proto__: MessagePort.prototype, ...state, ...this }
  }
}

// The class that JavaScript sees. It supports `instanceof` and cannot be called.
function MessagePort () {
  throw nativeError(TypeError, 'ERR_CONSTRUCT_CALL_INVALID', 'Constructor cannot be called')
}

ObjectSetPrototypeOf(MessagePort, NodeEventTarget)
MessagePort.prototype = Port.prototype
ObjectDefineProperty(MessagePort.prototype, 'constructor', { __proto__: null, value: MessagePort, writable: true, configurable: true })
// The class extends NativePort only so that super() reaches it. Every property look-up must reach NodeEventTarget.
ObjectSetPrototypeOf(MessagePort.prototype, NodeEventTarget.prototype)
// As Node's methods: enumerable, in this order.
ArrayPrototypeForEach(['postMessage', 'start', 'ref', 'unref', 'hasRef'], name => {
  ObjectDefineProperty(MessagePort.prototype, name, { __proto__: null, enumerable: true })
})
ObjectDefineProperty(MessagePort.prototype.postMessage, 'length', { __proto__: null, value: 0 })
defineEventHandler(MessagePort.prototype, 'message')
defineEventHandler(MessagePort.prototype, 'messageerror')
ObjectDefineProperty(MessagePort.prototype, 'close', {
  __proto__: null, value: close, writable: true, configurable: true, enumerable: true
})

/** Closes both sides. Each side emits `close` after the messages posted to it before. */
function close (callback) {
  checkReceiver(this)
  if (typeof callback === 'function') this.once('close', callback)
  const key = keyOf(this)
  if (key >= 0) native.closePort(key)
}

// Creates ports for receivers in contexts of node:vm, once there are any: see node/port-in-context.js.
let createBeside

/**
 * @param {number} key
 * @param {object} [receiver] the port that has received it
 */
function createPort (key, receiver) {
  if (createBeside !== undefined && receiver !== undefined) {
    const port = createBeside(receiver, key)
    if (port !== undefined) return port
  }
  return new Port(key)
}

// The host's ports are ports to the program, too. Some of them come from the host's own functions.
ObjectDefineProperty(MessagePort, SymbolHasInstance, {
  __proto__: null,
  value (object) {
    return FunctionPrototypeHasInstance(this, object) || (this === MessagePort && isHostPort(object))
  },
  configurable: true,
  writable: true
})

setPortFactory(createPort)

/** Two entangled ports: a message posted on one arrives at the other. */
function MessageChannel () {
  if (!new.target) {
    throw nativeError(TypeError, 'ERR_CONSTRUCT_CALL_REQUIRED', 'Cannot call constructor without `new`')
  }
  const keys = native.createChannel()
  const first = keys[0]
  const second = keys[1]
  try {
    this.port1 = createPort(first)
    this.port2 = createPort(second)
  } catch (error) {
    // Ports without an object could never be closed.
    native.closePort(first)
    native.closePort(second)
    throw error
  }
}

if (nodeMajor >= 26) {
  ArrayPrototypeForEach([MessagePort, MessageChannel], ({ prototype, name }) => {
    ObjectDefineProperty(prototype, SymbolToStringTag, { __proto__: null, value: name, configurable: true })
  })
}

/**
 * Takes the oldest message of the port, even if the port is not started. Never blocks.
 * @param {MessagePort} port
 * @returns {{ message: unknown } | undefined}
 */
function receiveMessageOnPort (port) {
  // The host's own ports exist beside ours. Node's module loader uses some.
  if (!isPort(port)) {
    const received = receiveFromChannel === undefined ? null : receiveFromChannel(port)
    return received === null ? receiveFromHostPort(port) : received
  }
  if (flushBridges !== undefined) flushBridges()
  const received = receiveMessage(port)
  return received === undefined ? undefined : { message: received[0] }
}

/** @param {(receiver: object, key: number) => object | undefined} create returns undefined for receivers in the main context */
function setContextFactory (create) {
  createBeside = create
}

/** @param {(() => void) | undefined} flush */
function setBridges (flush) {
  flushBridges = flush
}

/** @param {(value: unknown) => { message: unknown } | undefined | null} receive returns null for what is not an open channel */
function setChannelReceiver (receive) {
  receiveFromChannel = receive
}

module.exports = {
  MessagePort, MessageChannel, receiveMessageOnPort, createPort, isReferenced, post, setBridges, setChannelReceiver, setContextFactory,
  setReferenced
}
