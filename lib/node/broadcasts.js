'use strict'

// The channels of core/broadcast-channel.js in a Node environment. Node's own channels carry them: what is posted reaches Node's class
// as well, and what that class posts arrives here. A message that only this package can clone waits in the native half, once for each
// channel, and a marker is posted in its place, which no channel of Node can read.

const {
  ArrayBuffer, ArrayBufferIsView, ArrayBufferPrototypeResize, ArrayIsArray, ObjectDefineProperty, StringPrototypeIndexOf,
  StringPrototypeSlice, StringPrototypeToWellFormed, Symbol, Uint8Array, uncurryThis
} = require('../core/primordials')
const { composites } = require('../core/composites')
const { loadMessageEvent, refuseToClone, types } = require('../core/platform')
const { native, broadcast, openBroadcast, receiveBroadcast } = require('../core/realm')
const { isObject } = require('../core/transfer-list')
const { broadcasting } = require('./internals')

const { isTagged, ...ofNode } = broadcasting()
const postMessage = uncurryThis(ofNode.post)
// The same as a method of each port, which is called faster.
const kPost = Symbol('kPost')

/** The name by which Node tells channels apart: it ends at the first NUL, and lone surrogates are all the same. */
function groupOf (name) {
  const end = StringPrototypeIndexOf(name, '\0')
  return StringPrototypeToWellFormed(end < 0 ? name : StringPrototypeSlice(name, 0, end))
}

const length = 8
const buffer = new ArrayBuffer(length, { __proto__: null, maxByteLength: length })

function resizing (length) {
  return {
    get resized () {
      ArrayBufferPrototypeResize(buffer, length)
      return length
    }
  }
}

/**
 * A value that can be posted and never be read: it becomes a `messageerror`. V8 calls the first getter, writes an empty buffer, calls
 * the second one, and writes a view of more bytes than the buffer had. The deserialiser refuses that.
 */
const marker = [resizing(0), buffer, resizing(length), new Uint8Array(buffer, 0, length)]

/** Whether Node clones the value without looking into it. */
function isPlain (value) {
  return !isObject(value) || ArrayBufferIsView(value) || types.isAnyArrayBuffer(value)
}

/**
 * @param {string} name
 * @param {(message: unknown) => void} onMessage
 * @param {(error: unknown) => void} onError
 * @returns {object} a channel for the functions below. It keeps the event loop alive
 */
function open (name, onMessage, onError) {
  const channel = { key: -1, port: undefined, stopListening: undefined }
  channel.key = openBroadcast(groupOf(name), () => { channel.port = ofNode.open(name) })
  ObjectDefineProperty(channel.port, kPost, { __proto__: null, value: ofNode.post })
  // Node could not read a message.
  const onMarker = error => {
    let received
    try {
      received = receiveBroadcast(channel.key)
    } catch (ofOurs) {
      return onError(ofOurs)
    }
    if (received === undefined) onError(error)
    else onMessage(received[0])
  }
  channel.stopListening = ofNode.listen(channel.port, onMessage, onMarker)
  return channel
}

// How broadcast() begins. Node refuses the objects of this package, if it has that function; so what it posts is what would be posted
// after a look at it.
const look = 0
const postWithoutGetters = 1
const lookWithoutGetters = 2
const doesNodeRefuse = refuseToClone !== undefined

/** @returns {boolean} false when Node does not post it */
function post (channel, message) {
  if (!doesNodeRefuse) return isPlain(message) ? postMessage(channel.port, message) !== undefined : postAs(channel, message, look)
  // Getters must run once. Here they are likely to stand beside objects of this package.
  if (composites.areUsed && isObject(message)) return postAs(channel, message, postWithoutGetters)
  try {
    if (channel.port[kPost](message) !== undefined) return true
  } catch (error) {
    if (!isObject(message) || !postAs(channel, message, lookWithoutGetters)) throw error
    return true
  }
  return isObject(message) && postAs(channel, message, lookWithoutGetters)
}

function postAs ({ key, port }, message, how) {
  const sent = broadcast(key, message, ofNode.post, port, marker, how)
  // Getters in the message do not run again: then it is a clone.
  return (ArrayIsArray(sent) ? postMessage(port, sent[0]) : sent) !== undefined
}

/** Posts what is a `messageerror` to everyone. */
function postUnreadable ({ port }) {
  postMessage(port, marker)
}

/** Like receiveMessageOnPort(). */
function receive ({ key, port }) {
  try {
    return ofNode.receive(port)
  } catch (error) {
    const received = receiveBroadcast(key)
    if (received === undefined) throw error
    return { message: received[0] }
  }
}

function close ({ key, port, stopListening }) {
  stopListening()
  ofNode.close(port)
  native.closeBroadcast(key)
}

module.exports = {
  isTagged,
  // In workers of this package, the first event of Node would load Node's HTTP client.
  createEvent: loadMessageEvent === undefined ? ofNode.createEvent : undefined,
  open,
  post,
  postUnreadable,
  receive,
  ref: ({ port }) => ofNode.ref(port),
  unref: ({ port }) => ofNode.unref(port),
  close
}
