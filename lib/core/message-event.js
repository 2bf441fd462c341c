'use strict'

// The events that onmessage and addEventListener listeners of a port receive.
// https://html.spec.whatwg.org/multipage/comms.html#messageevent

const { defineGlobal } = require('./lazy-global')
const { ObjectDefineProperty, ObjectFreeze, ObjectSetPrototypeOf } = require('./primordials')
const { Event, getMessageEvent, loadMessageEvent } = require('./platform')

/**
 * For workers. Node takes the class from its HTTP client, which costs 30 ms and megabytes to load. This class costs nothing. As
 * soon as the program asks for Node's class, this one becomes a subclass of it.
 */
class LightMessageEvent extends Event {
  #data
  #ports

  constructor (type, data, ports) {
    super(type)
    this.#data = data === undefined ? null : data
    this.#ports = ObjectFreeze(ports)
  }

  get data () { return this.#data }
  get origin () { return '' }
  get lastEventId () { return '' }
  get source () { return null }
  get ports () { return this.#ports }
}

function linkWithNodesClass () {
  const MessageEvent = loadMessageEvent()
  ObjectSetPrototypeOf(LightMessageEvent.prototype, MessageEvent.prototype)
  return MessageEvent
}

if (loadMessageEvent !== undefined) {
  ObjectDefineProperty(LightMessageEvent, 'name', { __proto__: null, value: 'MessageEvent' })
  defineGlobal('MessageEvent', linkWithNodesClass)
}

/**
 * @param {string} type
 * @param {unknown} data
 * @param {object[]} [ports]
 */
function createMessageEvent (type, data, ports = []) {
  if (loadMessageEvent !== undefined) return new LightMessageEvent(type, data, ports)
  const event = new (getMessageEvent())(type, { __proto__: null, data })
  // Node's constructor accepts only Node's own ports.
  if (ports.length > 0) ObjectDefineProperty(event, 'ports', { __proto__: null, value: ports, configurable: true, enumerable: true })
  return event
}

module.exports = { createMessageEvent }
