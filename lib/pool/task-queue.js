'use strict'

// Supports the user's own queue. Tasks wait there instead of in the queue that workers pull from, which receives only as many tasks
// as can run at once.

const { Promise, SafeMap, TypeError, whenSettled } = require('../core/primordials')
const { clearTimeout, setTimeout } = require('../core/platform')
const { AsyncResource } = require('node:async_hooks')
const { abortError, onceAborted, timeoutError } = require('./task')

class TaskQueue {
  #queue
  #hooks
  // The tasks that the queue has not returned yet: { resolve, reject, resource, stop }, by the object that the queue holds.
  #waiting = new SafeMap()

  /**
   * @param {object} queue push(task), shift() -> the next task, null or undefined; remove(task); size
   * @param {object} hooks start(data, options) -> promise, passes a task to the workers; hasRoom(); onRejected(): a task will never
   *   be passed to the workers
   */
  constructor (queue, hooks) {
    this.#queue = queue
    this.#hooks = hooks
  }

  get size () { return this.#waiting.size }

  /** @returns {Promise<unknown>} the promise of the task's result */
  add (data, options) {
    return new Promise((resolve, reject) => {
      const { signal, queueTimeout } = options
      const task = { data, options }
      const giveUp = error => {
        this.#queue.remove(task)
        this.#reject(task, error)
      }
      const removeListener = signal && onceAborted(signal, { cancel: () => giveUp(abortError(signal)), stop: () => {} })
      const timer = queueTimeout === undefined
        ? undefined
        : setTimeout(() => giveUp(timeoutError('waited', 'queueTimeout', queueTimeout)), queueTimeout).unref()
      const stop = () => {
        removeListener?.()
        clearTimeout(timer)
      }
      // Keeps the caller's async context, even if another task makes room. It is never destroyed: nobody listens for that.
      const resource = new AsyncResource('isothreads.task', { __proto__: null, requireManualDestroy: true })
      this.#waiting.set(task, { resolve, reject, resource, stop })
      try {
        this.#queue.push(task)
      } catch (error) {
        return this.#reject(task, error)
      }
      this.pump()
    })
  }

  /** Passes tasks to the workers while there is room. */
  pump () {
    while (this.#waiting.size > 0 && this.#hooks.hasRoom()) {
      let task
      try {
        task = this.#queue.shift()
        if (task === null || task === undefined) return
        if (!this.#waiting.has(task)) throw new TypeError('taskQueue.shift() must return each task passed to push() exactly once')
      } catch (error) {
        // The state of the queue is unknown now.
        return this.rejectAll(error)
      }
      this.#start(task)
    }
  }

  #start (task) {
    const { resolve, reject, resource } = this.#take(task)
    try {
      const promise = resource.runInAsyncScope(this.#hooks.start, undefined, task.data, { ...task.options, queueTimeout: undefined })
      whenSettled(promise, resolve, reject)
    } catch (error) {
      reject(error)
    }
  }

  #take (task) {
    const waiting = this.#waiting.get(task)
    this.#waiting.delete(task)
    waiting.stop()
    return waiting
  }

  #reject (task, error) {
    this.#take(task).reject(error)
    this.#hooks.onRejected()
  }

  rejectAll (error) {
    this.#waiting.forEach((waiting, task) => this.#reject(task, error))
  }
}

module.exports = { TaskQueue }
