'use strict'

// https://dom.spec.whatwg.org/#aborting-ongoing-activities

const { ObjectDefineProperty, Symbol, SymbolToStringTag, TypeError } = require('../core/primordials')
const { domException, nodeError } = require('../core/errors')
const { Event, EventTarget, defineEventHandler } = require('./event-target')
const timers = require('./timers')

const token = Symbol('token')
let abortSignal

class AbortSignal extends EventTarget {
  #aborted = false
  #reason

  constructor (secret = undefined) {
    if (secret !== token) throw nodeError(TypeError, 'ERR_ILLEGAL_CONSTRUCTOR', 'Illegal constructor')
    super()
  }

  get aborted () { return this.#aborted }
  get reason () { return this.#reason }

  throwIfAborted () {
    if (this.#aborted) throw this.#reason
  }

  static abort (reason = domException('This operation was aborted', 'AbortError')) {
    const signal = new AbortSignal(token)
    signal.#aborted = true
    signal.#reason = reason
    return signal
  }

  static timeout (milliseconds) {
    const signal = new AbortSignal(token)
    const abort = () => AbortSignal.#abort(signal, domException('The operation was aborted due to timeout', 'TimeoutError'))
    timers.setTimeout(abort, milliseconds).unref()
    return signal
  }

  static any (signals) {
    const result = new AbortSignal(token)
    for (let index = 0; index < signals.length; index++) {
      const signal = signals[index]
      if (signal.aborted) {
        AbortSignal.#abort(result, signal.reason)
        return result
      }
    }
    for (let index = 0; index < signals.length; index++) {
      const signal = signals[index]
      signal.addEventListener('abort', () => AbortSignal.#abort(result, signal.reason), { __proto__: null, once: true })
    }
    return result
  }

  static #abort (signal, reason) {
    if (signal.#aborted) return
    signal.#aborted = true
    signal.#reason = reason
    signal.dispatchEvent(new Event('abort'))
  }

  static {
    abortSignal = AbortSignal.#abort
  }
}

defineEventHandler(AbortSignal.prototype, 'abort')
ObjectDefineProperty(AbortSignal.prototype, SymbolToStringTag, { __proto__: null, value: 'AbortSignal', configurable: true })

class AbortController {
  #signal

  get signal () { return this.#signal ??= new AbortSignal(token) }

  abort (reason = domException('This operation was aborted', 'AbortError')) {
    abortSignal(this.signal, reason)
  }
}

ObjectDefineProperty(AbortController.prototype, SymbolToStringTag, { __proto__: null, value: 'AbortController', configurable: true })

module.exports = { AbortController, AbortSignal }
