'use strict'

// A queue of the user's own: tasks wait there instead of in the queue that workers pull from, which
// gets only as many as can run at once.

const { AsyncResource } = require('node:async_hooks')

const kWaiting = Symbol('kWaiting')

class TaskQueue {
  #tasks
  #start
  #hasRoom

  /**
   * @param {object} tasks push(task), shift() -> the next task, null or undefined; remove(task); size
   * @param {(data: unknown, options: object) => Promise<unknown>} start hands a task over to the workers
   * @param {() => boolean} hasRoom
   */
  constructor (tasks, start, hasRoom) {
    this.#tasks = tasks
    this.#start = start
    this.#hasRoom = hasRoom
  }

  get size () { return this.#tasks.size }

  /** @returns {Promise<unknown>} of the task's result */
  add (data, options) {
    return new Promise((resolve, reject) => {
      const { signal, queueTimeout } = options
      // The caller's async context, also when somebody else's task makes room. Destroyed by nobody.
      const resource = new AsyncResource('isothreads.task', { requireManualDestroy: true })
      const waiting = { resolve, reject, resource, stop: () => {} }
      // What the user's queue sees, and may sort by.
      const task = { data, options, [kWaiting]: waiting }
      const { abortError, onceAborted, timeoutError } = require('./pool-task')
      const giveUp = error => {
        waiting.stop()
        this.#tasks.remove(task)
        reject(error)
      }
      const removeListener = signal && onceAborted(signal, () => giveUp(abortError(signal)))
      const timer = queueTimeout === undefined
        ? undefined
        : setTimeout(() => giveUp(timeoutError('waited', 'queueTimeout', queueTimeout)), queueTimeout).unref()
      waiting.stop = () => {
        removeListener?.()
        clearTimeout(timer)
      }
      this.#tasks.push(task)
      this.pump()
    })
  }

  /** There may be room for more. */
  pump () {
    while (this.#tasks.size > 0 && this.#hasRoom()) {
      const task = this.#take()
      if (task === undefined) return
      const { resolve, reject, resource, stop } = task[kWaiting]
      stop()
      try {
        resource.runInAsyncScope(this.#start, undefined, task.data, { ...task.options, queueTimeout: undefined }).then(resolve, reject)
      } catch (error) {
        reject(error)
      }
    }
  }

  #take () {
    const task = this.#tasks.shift()
    if (task === null || task === undefined) return undefined
    if (task[kWaiting] === undefined) throw new TypeError('taskQueue.shift() must return a task that push() was given')
    return task
  }

  rejectAll (error) {
    for (let task = this.#take(); task !== undefined; task = this.#take()) {
      task[kWaiting].stop()
      task[kWaiting].reject(error)
    }
  }
}

module.exports = { TaskQueue }
