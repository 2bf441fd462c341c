'use strict'

// https://html.spec.whatwg.org/multipage/comms.html#messageevent

const { ObjectFreeze } = require('../core/primordials')
const { Event } = require('./event-target')

class MessageEvent extends Event {
  #data
  #origin
  #lastEventId
  #source
  #ports

  constructor (type, options = undefined) {
    super(type, options)
    const { data = null, origin = '', lastEventId = '', source = null, ports = [] } = options ?? {}
    this.#data = data
    this.#origin = `${origin}`
    this.#lastEventId = `${lastEventId}`
    this.#source = source
    this.#ports = ObjectFreeze(ports)
  }

  get data () { return this.#data }
  get origin () { return this.#origin }
  get lastEventId () { return this.#lastEventId }
  get source () { return this.#source }
  get ports () { return this.#ports }
}

module.exports = { MessageEvent }
