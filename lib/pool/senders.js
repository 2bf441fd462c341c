'use strict'

// The senders that a pool posts on. A sender represents the pool and the options of a task, and is created on first use.

const { SafeMap } = require('../core/primordials')
const { native, NativePort } = require('../core/realm')

class Senders {
  #pool
  #senders = new SafeMap()

  /** @param {number} pool its key */
  constructor (pool) {
    this.#pool = pool
  }

  /**
   * The sender for tasks that any worker may run.
   * @param {number} priority
   * @param {boolean} isCancellable
   * @param {number} [func] the index of the function, for workers written in Rust
   */
  forTasks (priority, isCancellable, func) {
    const name = isCancellable || func !== undefined ? `${isCancellable} ${priority} ${func}` : priority
    // No closure: every task comes here.
    return this.#senders.get(name) ?? this.#add(name, native.createTaskSender(this.#pool, priority, isCancellable, undefined, func))
  }

  /** @param {string} [name] a later broadcast with the same name replaces the earlier one */
  forBroadcast (name) {
    const known = name === undefined ? 'broadcast' : `broadcast ${name}`
    return this.#senders.get(known) ?? this.#add(known, native.createBroadcastSender(this.#pool, name))
  }

  #add (name, key) {
    const sender = new NativePort(key)
    this.#senders.set(name, sender)
    return sender
  }

  clear () {
    this.#senders.clear()
  }
}

module.exports = { Senders }
