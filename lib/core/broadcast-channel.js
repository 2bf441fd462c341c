'use strict'

// BroadcastChannel with Node's behaviour, over the host's channels.
// https://nodejs.org/api/worker_threads.html#class-broadcastchannel-extends-eventtarget

const { ObjectDefineProperties, ObjectDefineProperty, SymbolToStringTag, TypeError } = require('./primordials')
const platform = require('./platform')
const { domException, missingArgs, nodeError } = require('./errors')
const { createMessageEvent } = require('./message-event')
const { setChannelReceiver } = require('./message-port')
const { isObject } = require('./transfer-list')

const { eventTarget, inspect, queueMicrotask } = platform
const { EventTarget, defineEventHandler } = eventTarget
const host = platform.broadcasts()
const createEvent = host.createEvent ?? createMessageEvent

class BroadcastChannel extends EventTarget {
  #name
  #ofHost
  #isOpen = true
  // Messages that are being serialised.
  #posting = 0

  /** @param {string} name */
  constructor (name) {
    if (arguments.length === 0) throw missingArgs('name')
    super()
    this.#name = `${name}`
    this.#ofHost = host.open(
      this.#name,
      message => this.#dispatch('message', message),
      error => this.#dispatch('messageerror', error)
    )
  }

  static #is (value) {
    return isObject(value) && #name in value
  }

  static #check (receiver) {
    if (!BroadcastChannel.#is(receiver)) throw nodeError(TypeError, 'ERR_INVALID_THIS', 'Value of "this" must be of type BroadcastChannel')
  }

  #dispatch (type, data) {
    if (this.#isOpen) this.dispatchEvent(createEvent(type, data))
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
    // If a getter in a message closes the channel, the message is still posted. Not by postMessage(), which may be terminated.
    if (this.#posting === 0) host.close(this.#ofHost)
    else queueMicrotask(() => host.close(this.#ofHost))
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
    this.#posting++
    let isPosted
    try {
      isPosted = host.post(this.#ofHost, message)
    } finally {
      this.#posting--
    }
    if (!isPosted) throw domException('Message could not be posted.')
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

  static {
    setChannelReceiver(value => this.#is(value) && value.#isOpen ? host.receive(value.#ofHost) : null)
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
