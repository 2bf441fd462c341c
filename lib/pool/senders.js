'use strict'

// What a pool posts on. A sender stands for the pool and the options of a task, and is made when it is first needed.

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
   * For tasks that any worker may run.
   * @param {number} priority
   * @param {boolean} isCancellable
   * @param {number} [func] of workers written in Rust: the number of the function
   */
  forTasks (priority, isCancellable, func) {
    const name = isCancellable || func !== undefined ? `${isCancellable} ${priority} ${func}` : priority
    return this.#find(name, () => native.createTaskSender(this.#pool, priority, isCancellable, undefined, func))
  }

  /** @param {string} [name] of broadcasts of which the last one counts */
  forBroadcast (name) {
    const known = name === undefined ? 'broadcast' : `broadcast ${name}`
    return this.#find(known, () => native.createBroadcastSender(this.#pool, name))
  }

  #find (name, create) {
    let sender = this.#senders.get(name)
    if (sender === undefined) {
      sender = new NativePort(create())
      this.#senders.set(name, sender)
    }
    return sender
  }

  clear () {
    this.#senders.clear()
  }
}

module.exports = { Senders }
