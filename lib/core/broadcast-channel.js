'use strict'

// BroadcastChannel with Node's behaviour, over the host's channels: what is posted reaches the host's own class as well, and what that
// class posts arrives here. A message that only this package can clone waits in the native half, once for each channel, and a marker is
// posted in its place, which no channel of the host can read.
// https://nodejs.org/api/worker_threads.html#class-broadcastchannel-extends-eventtarget

const {
  ArrayBufferIsView, ArrayIsArray, ObjectDefineProperties, ObjectDefineProperty, SymbolToStringTag, TypeError
} = require('./primordials')
const platform = require('./platform')
const { domException, missingArgs, nodeError } = require('./errors')
const { createMessageEvent } = require('./message-event')
const { native, broadcast, openBroadcast, receiveBroadcast } = require('./realm')
const { setChannelReceiver } = require('./message-port')
const { isObject } = require('./transfer-list')

const { eventTarget, inspect, types } = platform
const { EventTarget, defineEventHandler } = eventTarget
const host = platform.broadcasts()

/** Whether the host clones the value without looking into it. */
function isPlain (value) {
  return !isObject(value) || ArrayBufferIsView(value) || types.isAnyArrayBuffer(value)
}

class BroadcastChannel extends EventTarget {
  #name
  #key
  #ofHost
  #stopListening
  #isOpen = true
  // Messages that are being serialised.
  #posting = 0

  /** @param {string} name */
  constructor (name) {
    if (arguments.length === 0) throw missingArgs('name')
    super()
    this.#name = `${name}`
    this.#key = openBroadcast(host.groupOf(this.#name), () => { this.#ofHost = host.open(this.#name) })
    this.#stopListening = host.listen(
      this.#ofHost,
      message => this.#dispatch('message', message),
      error => this.#readMarker(error)
    )
  }

  static #is (value) {
    return isObject(value) && #name in value
  }

  static #check (receiver) {
    if (!BroadcastChannel.#is(receiver)) throw nodeError(TypeError, 'ERR_INVALID_THIS', 'Value of "this" must be of type BroadcastChannel')
  }

  #dispatch (type, data) {
    this.dispatchEvent(createMessageEvent(type, data))
  }

  // The host could not read a message.
  #readMarker (error) {
    let received
    try {
      received = receiveBroadcast(this.#key)
    } catch (ofOurs) {
      return this.#dispatch('messageerror', ofOurs)
    }
    if (received === undefined) {
      this.#dispatch('messageerror', error)
    } else {
      this.#dispatch('message', received[0])
    }
  }

  [inspect.custom] (depth, options) {
    BroadcastChannel.#check(this)
    if (depth < 0) return 'BroadcastChannel'
    const nested = { __proto__: null, ...options, depth: options.depth == null ? null : options.depth - 1 }
    return `BroadcastChannel ${inspect({ name: this.#name, active: this.#isOpen }, nested)}`
  }

  get name () {
    BroadcastChannel.#check(this)
    return this.#name
  }

  /** Receives nothing from now on, not even messages that were posted before. */
  close () {
    BroadcastChannel.#check(this)
    if (!this.#isOpen) return
    this.#isOpen = false
    this.#stopListening()
    // If a getter in a message closes the channel, the message is still posted.
    if (this.#posting === 0) this.#end()
  }

  #end () {
    host.close(this.#ofHost)
    native.closeBroadcast(this.#key)
  }

  /**
   * Sends a clone of `message` to all other channels of this name, in all threads. Never blocks.
   * @param {unknown} message
   * @throws {DOMException} InvalidStateError when the channel is closed; DataCloneError
   */
  postMessage (message) {
    BroadcastChannel.#check(this)
    if (arguments.length === 0) throw missingArgs('message')
    if (!this.#isOpen) throw domException('BroadcastChannel is closed.', 'InvalidStateError')
    const sent = isPlain(message) ? host.postMessage(this.#ofHost, message) : this.#post(message)
    if (sent === undefined) throw domException('Message could not be posted.')
  }

  #post (message) {
    this.#posting++
    try {
      const sent = broadcast(this.#key, message, host.post, this.#ofHost, host.marker)
      // Getters in the message do not run again: then it is a clone.
      return ArrayIsArray(sent) ? host.postMessage(this.#ofHost, sent[0]) : sent
    } finally {
      this.#posting--
      if (!this.#isOpen && this.#posting === 0) this.#end()
    }
  }

  /** Keeps the event loop alive while the channel is open. It does so from the start. */
  ref () {
    BroadcastChannel.#check(this)
    if (this.#isOpen) host.ref(this.#ofHost)
    return this
  }

  unref () {
    BroadcastChannel.#check(this)
    if (this.#isOpen) host.unref(this.#ofHost)
    return this
  }

  #receive () {
    try {
      return host.receive(this.#ofHost)
    } catch (error) {
      const received = receiveBroadcast(this.#key)
      if (received === undefined) throw error
      return { message: received[0] }
    }
  }

  static {
    setChannelReceiver(value => this.#is(value) && value.#isOpen ? value.#receive() : null)
  }
}

const enumerable = { __proto__: null, enumerable: true }

ObjectDefineProperties(BroadcastChannel.prototype, {
  __proto__: null,
  name: enumerable,
  close: enumerable,
  postMessage: enumerable
})
if (host.isTagged) {
  ObjectDefineProperty(BroadcastChannel.prototype, SymbolToStringTag, { __proto__: null, value: 'BroadcastChannel', configurable: true })
}
defineEventHandler(BroadcastChannel.prototype, 'message')
defineEventHandler(BroadcastChannel.prototype, 'messageerror')

module.exports = { BroadcastChannel }
