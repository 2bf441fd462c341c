'use strict'

// moveMessagePortToContext(): ports as objects of a context of node:vm.
// https://nodejs.org/api/worker_threads.html#workermovemessageporttocontextport-contextifiedsandbox

const {
  Error, FunctionPrototypeToString, ObjectDefineProperty, ObjectGetPrototypeOf, ObjectSetPrototypeOf, ReflectApply, SafeWeakMap, Symbol,
  TypeError, isInstance, setOwn
} = require('../core/primordials')
const { missingMessage, nativeError } = require('../core/errors')
const { getDOMException, refuseToClone } = require('../core/platform')
const { isReferenced, post, setContextFactory, setReferenced } = require('../core/message-port')
const { isPort, keyOf, kind, native, portClassOf } = require('../core/realm')
const { kReceive } = require('../core/symbols')
const { workerThreads } = require('./internals')
const { compileFunction, isContext } = require('node:vm')

// What the code in a context calls. It runs in the main context.
const host = {
  __proto__: null,
  kReceive,
  kind,
  defineProperty: ObjectDefineProperty,
  getPrototypeOf: ObjectGetPrototypeOf,
  setPrototypeOf: ObjectSetPrototypeOf,
  call: (callback, port) => ReflectApply(callback, port, []),
  refuseCall () {
    throw nativeError(TypeError, 'ERR_CONSTRUCT_CALL_INVALID', 'Constructor cannot be called')
  },
  post (port, classes, count, message, transfer) {
    try {
      if (count === 0) throw missingMessage()
      return post(port, message, transfer)
    } catch (error) {
      throw errorInContext(error, classes)
    }
  },
  start (port, classes) {
    checkReceiver(port, classes)
    const key = keyOf(port)
    if (key >= 0) native.setReceiving(key, true)
  },
  close (port, classes) {
    checkReceiver(port, classes)
    const key = keyOf(port)
    if (key >= 0) native.closePort(key)
  },
  setRef (port, classes, isReferenced) {
    checkReceiver(port, classes)
    setReferenced(port, isReferenced)
  },
  hasRef (port, classes) {
    checkReceiver(port, classes)
    return isReferenced(port)
  }
}

/**
 * The error as an object of the context, as Node creates it.
 * @param {{ TypeError: Function, getDOMException: () => Function }} classes of the context
 */
function errorInContext (error, classes) {
  if (isInstance(TypeError, error)) {
    const copy = new classes.TypeError(error.message)
    if (error.code !== undefined) setOwn(copy, 'code', error.code)
    return copy
  }
  return isInstance(getDOMException(), error) ? new (classes.getDOMException())(error.message, error.name) : error
}

function checkReceiver (port, classes) {
  if (!isPort(port)) throw new classes.TypeError('Illegal invocation')
}

// Node gives a context its own DOMException, which only an error of a port of Node in that context shows.
function domExceptionOf (sandbox) {
  const { MessageChannel, moveMessagePortToContext } = workerThreads()
  const { port1, port2 } = new MessageChannel()
  try {
    moveMessagePortToContext(port1, sandbox).postMessage(Symbol())
  } catch (error) {
    return error.constructor
  } finally {
    port2.close()
  }
}

/**
 * Compiled from its text in a context, so that everything it creates belongs there. It must not refer to anything outside of itself.
 * @param {() => Function} getDOMException returns the context's class
 * @returns {(key: number) => object} creates a port
 */
/* eslint-disable no-restricted-syntax */
function inContext (NativePort, host, getDOMException) {
  const { kReceive, kind, post, start, close, setRef, hasRef, call, refuseCall } = host
  const { defineProperty, getPrototypeOf, setPrototypeOf } = host
  const classes = { TypeError, getDOMException }

  class MessageEvent {
    constructor (data, target, type, ports) {
      this.data = data
      this.target = target
      this.type = type
      this.ports = ports ?? []
    }
  }

  class Port extends NativePort {
    #onClose

    postMessage (message, transfer) { return post(this, classes, arguments.length, message, transfer) }
    start () { start(this, classes) }
    close (callback) {
      close(this, classes)
      if (typeof callback === 'function') this.#onClose = callback
    }

    ref () { setRef(this, classes, true) }
    unref () { setRef(this, classes, false) }
    hasRef () { return hasRef(this, classes) }

    [kReceive] (what, value, ports) {
      if (what === kind.message) {
        if (typeof this.onmessage === 'function') this.onmessage(new MessageEvent(value, this, 'message', ports))
      } else if (what === kind.messageError) {
        if (typeof this.onmessageerror === 'function') this.onmessageerror(new MessageEvent(value, this, 'messageerror', ports))
      } else if (what === kind.close && this.#onClose !== undefined) {
        call(this.#onClose, this)
      }
    }
  }

  function MessagePort () { refuseCall() }
  MessagePort.prototype = Port.prototype
  defineProperty(Port.prototype, 'constructor', { __proto__: null, value: MessagePort, writable: true, configurable: true })
  // Nobody in the context may get hold of the class that makes ports of keys.
  setPrototypeOf(Port.prototype, getPrototypeOf({}))
  return key => new Port(key)
}
/* eslint-enable no-restricted-syntax */

// By the contextified object, and by each port that was created.
const creators = new SafeWeakMap()

function creatorFor (sandbox) {
  let create = creators.get(sandbox)
  if (create === undefined) {
    const make = compileFunction(`return (${FunctionPrototypeToString(inContext)})`, [], { __proto__: null, parsingContext: sandbox })
    let DOMException
    const getDOMException = () => (DOMException ??= domExceptionOf(sandbox))
    create = make()(portClassOf(make), host, getDOMException)
    creators.set(sandbox, create)
  }
  return create
}

function createIn (create, key) {
  try {
    const port = create(key)
    native.bindPort(key, port)
    if (refuseToClone !== undefined) refuseToClone(port)
    creators.set(port, create)
    // As in Node, where only ports of the main context wait for a listener.
    native.setPortRef(key, true)
    return port
  } catch (error) {
    native.closePort(key)
    throw error
  }
}

/**
 * Moves a port into a context of node:vm. The port here is detached.
 * @param {MessagePort} port of this package or of Node
 * @param {object} sandbox contextified by vm.createContext()
 * @returns {object} a port whose objects and messages belong to that context: not an EventTarget, it has `onmessage`
 */
function moveMessagePortToContext (port, sandbox) {
  // Node's function checks the arguments too.
  if (!isPort(port)) return workerThreads().moveMessagePortToContext(port, sandbox)
  if (keyOf(port) < 0) throw nativeError(Error, 'ERR_CLOSED_MESSAGE_PORT', 'Cannot send data on closed MessagePort')
  if (((typeof sandbox !== 'object' || sandbox === null) && typeof sandbox !== 'function') || !isContext(sandbox)) {
    throw nativeError(TypeError, 'ERR_INVALID_ARG_TYPE', 'Invalid context argument')
  }
  const create = creatorFor(sandbox)
  const key = native.movePort(keyOf(port))
  if (key === null) throw nativeError(Error, 'ERR_CLOSED_MESSAGE_PORT', 'Cannot send data on closed MessagePort')
  return createIn(create, key)
}

setContextFactory((receiver, key) => {
  const create = creators.get(receiver)
  return create === undefined ? undefined : createIn(create, key)
})

// As Node's.
ObjectDefineProperty(moveMessagePortToContext, 'length', { __proto__: null, value: 0 })

module.exports = { moveMessagePortToContext }
