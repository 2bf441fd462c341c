'use strict'

// The methods of Node's EventEmitter that programs call on the objects of this package.
// https://nodejs.org/api/events.html#class-eventemitter

const {
  ArrayPrototypeFilter, ArrayPrototypeForEach, ArrayPrototypeSlice, Error, ReflectApply, SafeMap, append, isInstance,
  newList
} = require('../core/primordials')
const { inspect } = require('../core/platform')
const { invalidArgType, nodeError } = require('../core/errors')

class EventEmitter {
  #listeners = new SafeMap()

  on (type, listener) {
    return this.#add(type, listener, false)
  }

  addListener (type, listener) {
    return this.#add(type, listener, false)
  }

  once (type, listener) {
    return this.#add(type, listener, true)
  }

  #add (type, listener, isOnce) {
    if (typeof listener !== 'function') throw invalidArgType('listener', 'of type function', listener)
    if (this.#listeners.has('newListener')) this.emit('newListener', type, listener)
    const entries = ArrayPrototypeSlice(this.#listeners.get(type) ?? newList())
    append(entries, { listener, isOnce })
    this.#listeners.set(type, entries)
    return this
  }

  off (type, listener) {
    return this.removeListener(type, listener)
  }

  removeListener (type, listener) {
    const entries = this.#listeners.get(type) ?? newList()
    let last = -1
    ArrayPrototypeForEach(entries, (entry, index) => { if (entry.listener === listener) last = index })
    if (last >= 0) this.#keep(type, ArrayPrototypeFilter(entries, (entry, index) => index !== last))
    return this
  }

  #keep (type, entries) {
    if (entries.length === 0) this.#listeners.delete(type)
    else this.#listeners.set(type, entries)
  }

  removeAllListeners (type) {
    if (arguments.length === 0) this.#listeners.clear()
    else this.#listeners.delete(type)
    return this
  }

  listenerCount (type) {
    return this.#listeners.get(type)?.length ?? 0
  }

  /** Calls the listeners that are there now. Returns whether there are any. */
  emit (type, ...args) {
    const entries = this.#listeners.get(type)
    if (entries === undefined) {
      if (type === 'error') throw isInstance(Error, args[0]) ? args[0] : unhandledError(args[0])
      return false
    }
    ArrayPrototypeForEach(entries, entry => {
      if (entry.isOnce) this.#keep(type, ArrayPrototypeFilter(this.#listeners.get(type) ?? newList(), other => other !== entry))
      ReflectApply(entry.listener, this, args)
    })
    return true
  }
}

function unhandledError (value) {
  return nodeError(Error, 'ERR_UNHANDLED_ERROR', `Unhandled error. (${inspect(value)})`)
}

module.exports = { EventEmitter }
