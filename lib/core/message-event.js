'use strict'

// The events that onmessage and addEventListener listeners of a port get.
// https://html.spec.whatwg.org/multipage/comms.html#messageevent

const { ObjectDefineProperty, ObjectFreeze, ObjectSetPrototypeOf, ReflectDefineProperty } = require('./primordials')
const { Event, getMessageEvent, loadMessageEvent } = require('./platform')

/**
 * In a worker: Node takes the class from its HTTP client, which costs 30 ms and megabytes. This one
 * costs nothing, and is one of Node's kind as soon as somebody asks for Node's.
 */
class LightMessageEvent extends Event {
  #data
  #ports

  constructor (type, data, ports) {
    super(type)
    this.#data = data
    this.#ports = ObjectFreeze(ports)
  }

  get data () { return this.#data }
  get origin () { return '' }
  get lastEventId () { return '' }
  get source () { return null }
  get ports () { return this.#ports }
}

function linkWithNodesClass () {
  // False when the global object is frozen by now.
  const define = value => ReflectDefineProperty(globalThis, 'MessageEvent', {
    __proto__: null, value, writable: true, configurable: true, enumerable: false
  })
  // Deleted first: to redefine it V8 would read it.
  delete globalThis.MessageEvent
  ObjectDefineProperty(globalThis, 'MessageEvent', {
    __proto__: null,
    get () {
      const MessageEvent = loadMessageEvent()
      ObjectSetPrototypeOf(LightMessageEvent.prototype, MessageEvent.prototype)
      define(MessageEvent)
      return MessageEvent
    },
    set: define,
    configurable: true,
    enumerable: false
  })
}

if (loadMessageEvent !== undefined) {
  ObjectDefineProperty(LightMessageEvent, 'name', { __proto__: null, value: 'MessageEvent' })
  linkWithNodesClass()
}

/**
 * @param {string} type
 * @param {unknown} data
 * @param {object[]} [ports]
 */
function createMessageEvent (type, data, ports = []) {
  if (loadMessageEvent !== undefined) return new LightMessageEvent(type, data, ports)
  const event = new (getMessageEvent())(type, { __proto__: null, data })
  // Its constructor only takes ports of Node's own.
  if (ports.length > 0) ObjectDefineProperty(event, 'ports', { __proto__: null, value: ports, configurable: true, enumerable: true })
  return event
}

module.exports = { createMessageEvent }
