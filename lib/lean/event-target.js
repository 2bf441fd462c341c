'use strict'

// Event and EventTarget, and the event target with the methods of an EventEmitter that a port is, as in Node.
// https://dom.spec.whatwg.org/#events, https://nodejs.org/api/events.html#class-nodeeventtarget

const {
  ArrayPrototypeSlice, Boolean, Error, ObjectDefineProperties, ObjectDefineProperty, ReflectApply, SafeMap,
  String, Symbol, SymbolFor, SymbolToStringTag, append, isInstance, newList
} = require('../core/primordials')
const platform = require('../core/platform')
const { enqueueMicrotask } = require('./host')

const kEvents = Symbol('kEvents')
const kHandlers = Symbol('kHandlers')
const kIsBeingDispatched = Symbol('kIsBeingDispatched')
const kTarget = Symbol('kTarget')
const kStop = Symbol('kStop')
const kNewListener = Symbol('kNewListener')
const kRemoveListener = Symbol('kRemoveListener')
const kCreateEvent = Symbol('kCreateEvent')
const kHybridDispatch = SymbolFor('nodejs.internal.kHybridDispatch')

const enumerable = { __proto__: null, enumerable: true }
const none = []

function nodeError (Base, code, message) {
  return require('../core/errors').nodeError(Base, code, message)
}

class Event {
  #type
  #cancelable
  #bubbles
  #composed
  #defaultPrevented = false
  #propagationStopped = false
  #timestamp = platform.performanceNow();
  [kTarget] = null;
  [kIsBeingDispatched] = false;
  [kStop] = false

  constructor (type, options = undefined) {
    if (arguments.length === 0) throw require('../core/errors').missingArgs('type')
    if (options !== undefined && options !== null && typeof options !== 'object' && typeof options !== 'function') {
      throw require('../core/errors').invalidArgType('options', 'of type object', options)
    }
    this.#type = `${type}`
    this.#bubbles = Boolean(options?.bubbles)
    this.#cancelable = Boolean(options?.cancelable)
    this.#composed = Boolean(options?.composed)
  }

  get type () { return this.#type }
  get target () { return this[kTarget] }
  get currentTarget () { return this[kIsBeingDispatched] ? this[kTarget] : null }
  get srcElement () { return this[kTarget] }
  get bubbles () { return this.#bubbles }
  get cancelable () { return this.#cancelable }
  get composed () { return this.#composed }
  get defaultPrevented () { return this.#cancelable && this.#defaultPrevented }
  get returnValue () { return !this.#cancelable || !this.#defaultPrevented }
  get timeStamp () { return this.#timestamp }
  get eventPhase () { return this[kIsBeingDispatched] ? Event.AT_TARGET : Event.NONE }
  get isTrusted () { return false }
  get cancelBubble () { return this.#propagationStopped }
  set cancelBubble (value) { if (value) this.#propagationStopped = true }

  composedPath () { return this[kIsBeingDispatched] ? [this[kTarget]] : [] }
  preventDefault () { this.#defaultPrevented = true }
  stopPropagation () { this.#propagationStopped = true }
  stopImmediatePropagation () { this[kStop] = true }
}

ObjectDefineProperty(Event.prototype, SymbolToStringTag, { __proto__: null, value: 'Event', configurable: true })
const phases = ['NONE', 'CAPTURING_PHASE', 'AT_TARGET', 'BUBBLING_PHASE']
for (let value = 0; value < phases.length; value++) ObjectDefineProperty(Event, phases[value], { __proto__: null, value, enumerable: true })

class CustomEvent extends Event {
  #detail

  constructor (type, options) {
    super(type, options)
    this.#detail = options?.detail ?? null
  }

  get detail () { return this.#detail }
}

// What a listener of an EventEmitter gets as an event, if it listens by addEventListener().
class NodeCustomEvent extends Event {
  constructor (type, detail) {
    super(type)
    this.detail = detail
  }
}

// As in Node: the other listeners are called, then the error ends the worker.
function throwLater (error) {
  enqueueMicrotask(() => { throw error })
}

function initEventTarget (target) {
  // Not private: ports copy it, see core/message-port.js.
  target[kEvents] = new SafeMap()
  target[kHandlers] = undefined
}

class EventTarget {
  constructor () {
    initEventTarget(this)
  }

  addEventListener (type, listener, options = undefined) {
    if (arguments.length < 2) throw require('../core/errors').missingArgs('type" and "listener')
    add(this, `${type}`, listener, readOptions(options), false)
  }

  removeEventListener (type, listener, options = undefined) {
    if (arguments.length < 2) throw require('../core/errors').missingArgs('type" and "listener')
    remove(this, `${type}`, listener, readOptions(options).capture)
  }

  dispatchEvent (event) {
    if (!isInstance(Event, event)) throw require('../core/errors').invalidArgType('event', 'an instance of Event', event)
    if (event[kIsBeingDispatched]) throw nodeError(Error, 'ERR_EVENT_RECURSION', `The event "${event.type}" is already being dispatched`)
    call(this, event.type, event, undefined)
    return !event.defaultPrevented
  }

  [kHybridDispatch] (value, type) {
    call(this, type, undefined, value)
  }

  [kNewListener] () {}
  [kRemoveListener] () {}
  [kCreateEvent] (value, type) { return new NodeCustomEvent(type, value) }
}

ObjectDefineProperties(EventTarget.prototype, {
  __proto__: null,
  addEventListener: enumerable,
  removeEventListener: enumerable,
  dispatchEvent: enumerable,
  [SymbolToStringTag]: { __proto__: null, value: 'EventTarget', configurable: true }
})

function readOptions (options) {
  if (typeof options === 'boolean') return { capture: options, once: false, signal: undefined }
  if (options === undefined || options === null) return { capture: false, once: false, signal: undefined }
  const { capture, once, signal } = options
  return { capture: Boolean(capture), once: Boolean(once), signal }
}

function checkListener (listener) {
  if (typeof listener === 'function' || (typeof listener === 'object' && listener !== null)) return true
  if (listener === null || listener === undefined) return false
  throw require('../core/errors').invalidArgType('listener', 'an instance of EventListener', listener)
}

function indexOf (listeners, callback, capture) {
  for (let index = 0; index < listeners.length; index++) {
    const listener = listeners[index]
    if (listener.callback === callback && listener.capture === capture) return index
  }
  return -1
}

// The lists are never changed, because one of them may be walked.
function add (target, type, callback, { capture, once, signal }, isNodeStyle) {
  if (!checkListener(callback) || signal?.aborted) return
  const listeners = target[kEvents].get(type) ?? none
  if (indexOf(listeners, callback, capture) >= 0) return
  const longer = newList()
  for (let index = 0; index < listeners.length; index++) append(longer, listeners[index])
  append(longer, { callback, capture, once, isNodeStyle, isRemoved: false })
  target[kEvents].set(type, longer)
  signal?.addEventListener('abort', () => remove(target, type, callback, capture), { __proto__: null, once: true })
  target[kNewListener](longer.length, type, callback, once, capture, false, false)
}

function remove (target, type, callback, capture) {
  const listeners = target[kEvents].get(type) ?? none
  const at = indexOf(listeners, callback, capture)
  if (at < 0) return
  listeners[at].isRemoved = true
  const shorter = newList()
  for (let index = 0; index < listeners.length; index++) if (index !== at) append(shorter, listeners[index])
  if (shorter.length === 0) target[kEvents].delete(type)
  else target[kEvents].set(type, shorter)
  target[kRemoveListener](shorter.length, type, callback, capture)
}

/** Calls the listeners of a type with an event, which is created from the value if there is none. */
function call (target, type, event, value) {
  const listeners = target[kEvents].get(type)
  if (event !== undefined) {
    event[kTarget] = target
    event[kIsBeingDispatched] = true
  }
  if (listeners === undefined) {
    if (event !== undefined) event[kIsBeingDispatched] = false
    return
  }
  let created = event
  const eventOf = () => {
    if (created === undefined) {
      created = target[kCreateEvent](value, type)
      created[kTarget] = target
      created[kIsBeingDispatched] = true
    }
    return created
  }
  for (let index = 0; index < listeners.length; index++) {
    const { callback, capture, once, isNodeStyle, isRemoved } = listeners[index]
    if (isRemoved) continue
    if (created !== undefined && created[kStop]) break
    if (once) remove(target, type, callback, capture)
    try {
      const argument = isNodeStyle && event === undefined ? value : eventOf()
      if (typeof callback === 'function') ReflectApply(callback, target, [argument])
      else callback.handleEvent(argument)
    } catch (error) {
      throwLater(error)
    }
  }
  if (created !== undefined) created[kIsBeingDispatched] = false
}

/** Defines the property on<name>. */
function defineEventHandler (prototype, name) {
  const get = function () { return this[kHandlers]?.get(name)?.handler ?? null }
  const set = function (value) {
    const handlers = this[kHandlers] ??= new SafeMap()
    const isCallable = typeof value === 'function'
    const present = handlers.get(name)
    if (present !== undefined && isCallable) {
      present.handler = value
      return
    }
    if (present !== undefined) {
      handlers.delete(name)
      remove(this, name, present.listener, false)
    }
    if (!isCallable) return
    const entry = { handler: value, listener: undefined }
    entry.listener = function (event) { return ReflectApply(entry.handler, this, [event]) }
    handlers.set(name, entry)
    add(this, name, entry.listener, { capture: false, once: false }, false)
  }
  ObjectDefineProperty(get, 'name', { __proto__: null, value: `get on${name}` })
  ObjectDefineProperty(set, 'name', { __proto__: null, value: `set on${name}` })
  ObjectDefineProperty(prototype, `on${name}`, { __proto__: null, get, set, configurable: true, enumerable: true })
}

class NodeEventTarget extends EventTarget {
  constructor () {
    super()
  }

  setMaxListeners () {}
  getMaxListeners () { return 10 }

  eventNames () {
    const names = newList()
    this[kEvents].forEach((listeners, type) => append(names, type))
    return ArrayPrototypeSlice(names)
  }

  listenerCount (type) {
    return this[kEvents].get(String(type))?.length ?? 0
  }

  off (type, listener, options) {
    this.removeEventListener(type, listener, options)
    return this
  }

  removeListener (type, listener, options) {
    this.removeEventListener(type, listener, options)
    return this
  }

  on (type, listener) {
    add(this, `${type}`, listener, { capture: false, once: false }, true)
    return this
  }

  addListener (type, listener) {
    add(this, `${type}`, listener, { capture: false, once: false }, true)
    return this
  }

  emit (type, argument) {
    if (typeof type !== 'string') throw require('../core/errors').invalidArgType('type', 'of type string', type)
    const had = this.listenerCount(type) > 0
    this[kHybridDispatch](argument, type)
    return had
  }

  once (type, listener) {
    add(this, `${type}`, listener, { capture: false, once: true }, true)
    return this
  }

  removeAllListeners (type) {
    if (type !== undefined) this[kEvents].delete(String(type))
    else this[kEvents].clear()
    return this
  }
}

ObjectDefineProperties(NodeEventTarget.prototype, {
  __proto__: null,
  setMaxListeners: enumerable,
  getMaxListeners: enumerable,
  eventNames: enumerable,
  listenerCount: enumerable,
  off: enumerable,
  removeListener: enumerable,
  on: enumerable,
  addListener: enumerable,
  emit: enumerable,
  once: enumerable,
  removeAllListeners: enumerable
})

module.exports = {
  CustomEvent, Event, EventTarget, NodeEventTarget, defineEventHandler, initEventTarget, kCreateEvent, kEvents, kNewListener,
  kRemoveListener
}
