'use strict'

// A pool's port in a worker: tasks come through it, and results go back.

const { native, kind, NativePort, postMessage, self } = require('./realm')
const { kReceive } = require('./symbols')
const { TaskContext } = require('./task-context')
const { serializeTaskError } = require('./task-error')
const { flag, numberOf, read } = require('./task-number')

/** Receives tasks and returns their results. */
class TaskPort extends NativePort {
  #run
  #onBroadcast
  #onBroadcastError
  #onRetired
  #onFinish

  // Required: see primordials.js.
  constructor (key) { super(key) }

  /**
   * @param {(id: number, value: unknown, isWrapped: boolean, ports?: object[]) => void} run
   * @param {object} hooks onBroadcast(value); onBroadcastError(error) for an unreadable one; onFinish() after each task; onRetired()
   */
  start (run, { onBroadcast, onBroadcastError, onFinish, onRetired }) {
    this.#run = run
    this.#onBroadcast = onBroadcast
    this.#onBroadcastError = onBroadcastError
    this.#onFinish = onFinish
    this.#onRetired = onRetired
    native.bindPort(self.pool, this)
    native.setPortRef(self.pool, true)
    native.pullTasks()
  }

  [kReceive] (number, value, ports) {
    if (number >= 0) {
      switch (number) {
        case kind.broadcast: return this.#onBroadcast(value)
        case kind.aborted: return TaskContext.abort(value, false)
        case kind.timedOut: return TaskContext.abort(value, true)
        case kind.retired: return this.#onRetired()
      }
      const { id, what } = read(number)
      this.#run(id, value, what === flag.wrapped, ports)
    } else if (~number === kind.broadcast) {
      this.#onBroadcastError(value)
    } else {
      this.fail(read(~number).id, value)
    }
  }

  succeed (id, value, arrayBuffers, ports) {
    try {
      postMessage(this, value, arrayBuffers, ports, numberOf(id, flag.result))
    } catch (error) {
      return this.fail(id, error)
    }
    this.#onFinish?.()
  }

  fail (id, error) {
    const number = numberOf(id, flag.error)
    try {
      postMessage(this, serializeTaskError(error), undefined, undefined, number)
    } catch {
      // Each part can be cloned, but not all of them together.
      postMessage(this, { error: null, threadId: self.threadId }, undefined, undefined, number)
    }
    this.#onFinish?.()
  }
}

module.exports = { TaskPort }
