'use strict'

// A Worker of a WorkerPool, on the pool's thread. What it works on is in bootstrap/pool-worker.js.

const { kind, kReceive } = require('./realm')
const { Worker, kPool, kKey, kUndone } = require('./worker')

class PooledWorker extends Worker {
  /** Whether the worker file was loaded, so that the worker takes tasks. */
  isReady = false
  /** Why the pool ended it. */
  reason
  #abortErrors = new Map()

  /**
   * @param {string} url of the worker file
   * @param {object} options of Worker
   * @param {{ key: number, concurrency: number }} pool
   */
  constructor (url, options, pool) {
    super(url, { ...options, [kPool]: pool })
    // The pool keeps the process alive, while it has tasks.
    this.unref()
  }

  [kReceive] (what, value, ports) {
    if (what === kind.control && value.type === 'ready') {
      this.isReady = true
      this.emit('ready')
    } else if (what === kind.message) {
      // A listener of `message` would keep the process alive.
      this.emit('poolMessage', value)
    } else {
      super[kReceive](what, value, ports)
    }
  }

  get key () {
    return this[kKey]
  }

  /** Numbers of the tasks that it had taken and not finished when it ended. */
  get undone () {
    return this[kUndone]
  }

  /** Ends the worker because this task of its is to end. */
  abort (id, error) {
    this.#abortErrors.set(id, error)
    this.reason = 'another task in it was aborted'
    this.terminate()
  }

  get isAborted () {
    return this.#abortErrors.size > 0
  }

  abortError (id) {
    return this.#abortErrors.get(id)
  }
}

module.exports = { PooledWorker }
