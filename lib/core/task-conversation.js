'use strict'

// The port of a task, for messages between the task and its caller.

const { ArrayPrototypeForEach, append, newList } = require('./primordials')
const { EventEmitter, queueMicrotask } = require('./platform')

/** The task's side of its port. Messages that arrive before the first listener wait for it. */
class ConversationPort extends EventEmitter {
  number
  #send
  #waiting = newList()

  constructor (send) {
    super()
    this.#send = send
    this.on('newListener', event => {
      if (event !== 'message' || this.#waiting.length === 0) return
      const waiting = this.#waiting
      this.#waiting = newList()
      queueMicrotask(() => ArrayPrototypeForEach(waiting, value => this.receive(value)))
    })
  }

  /** Calls the caller's onMessage with a clone of the value. Does nothing after the task has finished. */
  postMessage = (value, transfer) => this.#send(value, transfer)

  receive (value) {
    if (this.listenerCount('message') === 0) append(this.#waiting, value)
    else this.emit('message', value)
  }
}

module.exports = { ConversationPort }
