'use strict'

// The channels of core/broadcast-channel.js in a bare isolate: ports to the thread that started the worker. See
// core/broadcast-relay.js for the other side, and node/broadcasts.js for what the functions are.

const { Error } = require('../core/primordials')
const { nodeMajor } = require('../core/platform')
const { control } = require('../core/protocol')
const { native, kind, NativePort, keyOf, postMessage, receiveMessage } = require('../core/realm')
const { kReceive } = require('../core/symbols')
const { checkQueueOf, send } = require('./output')

class ChannelPort extends NativePort {
  #onMessage
  #onError

  constructor (key, onMessage, onError) {
    super(key)
    this.#onMessage = onMessage
    this.#onError = onError
    native.bindPort(key, this)
  }

  [kReceive] (what, value) {
    if (what === kind.messageError) this.#onError(value)
    else if (what === kind.message) value === null ? this.#onError(unreadable()) : this.#onMessage(value[0])
  }
}

function unreadable () {
  return new Error('Unable to deserialize cloned data.')
}

function open (name, onMessage, onError) {
  checkQueueOf()
  const keys = native.createChannel()
  const port = new ChannelPort(keys[0], onMessage, onError)
  native.setReceiving(keys[0], true)
  native.setPortRef(keys[0], true)
  send({ type: control.broadcastChannel, name }, [new NativePort(keys[1])])
  return port
}

function setReferenced (port, isReferenced) {
  const key = keyOf(port)
  if (key >= 0) native.setPortRef(key, isReferenced)
}

function receive (port) {
  const received = receiveMessage(port)
  if (received === undefined) return undefined
  if (received[0] === null) throw unreadable()
  return { message: received[0][0] }
}

module.exports = {
  isTagged: nodeMajor >= 26,
  open,
  // It is lost without an error when the thread that started the worker is about to end it.
  post (port, message) {
    checkQueueOf(port)
    postMessage(port, [message])
    return true
  },
  postUnreadable: port => { postMessage(port, null) },
  receive,
  ref: port => setReferenced(port, true),
  unref: port => setReferenced(port, false),
  close: port => native.closePort(keyOf(port))
}
