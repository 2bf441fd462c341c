'use strict'

// The unfinished tasks of a pool, by id. Posts the tasks, and settles their promises when answers arrive.

const { PromiseReject, append, newList } = require('../core/primordials')
const diagnosticsChannel = require('node:diagnostics_channel')
const { interim } = require('../core/protocol')
const { postTask, settle } = require('../core/realm')
const { FIRST_TASK, flag, numberOf } = require('../core/task-number')

const noOptions = { __proto__: null }

const settled = diagnosticsChannel.channel('isothreads.pool.settle')

// Loaded for the first task that needs more than data and a promise.
let Task

function loadTask () {
  Task ??= require('./task').Task
  return Task
}

function asTask (entry) {
  return Task !== undefined && Task.isTask(entry) ? entry : undefined
}

class TaskTable {
  /** The number of unfinished tasks. */
  pending = 0
  /** The number of tasks that were completed, and the number of tasks that were rejected. */
  completed = 0
  failed = 0
  // For each task its Task, or only its promise.
  #entries = newList()
  // Free ids: a list, and how many of its entries count.
  #free = newList()
  #freeCount = 0
  #pool
  #hooks

  /**
   * @param {import('./worker-pool').WorkerPool} pool the pool that the diagnostics channels report
   * @param {{ onPosted: () => void, onSettled: () => void }} hooks
   */
  constructor (pool, hooks) {
    this.#pool = pool
    this.#hooks = hooks
  }

  /** @returns {number} the id of a new task. Taken first, because a getter that the serialiser calls may submit a task itself. */
  takeId () {
    if (this.#freeCount > 0) return this.#free[--this.#freeCount]
    append(this.#entries, undefined)
    return this.#entries.length - 1
  }

  /**
   * @param {object} sender
   * @param {number} what a flag
   * @param {number} [id] the result of takeId()
   * @param {Task} [task] present if the task needs more than data and a promise
   * @returns {Promise<unknown>}
   */
  post (sender, message, arrayBuffers, ports, what, id = this.takeId(), task = undefined) {
    let promise
    try {
      promise = postTask(sender, message, arrayBuffers, ports, numberOf(id, what))
    } catch (error) {
      task?.release()
      this.#free[this.#freeCount++] = id
      return PromiseReject(error)
    }
    if (task !== undefined) task.promise = promise
    this.#entries[id] = task ?? promise
    this.pending++
    this.#hooks.onPosted()
    task?.watch()
    return promise
  }

  /** @returns {Task} a task with this id, for post() */
  createTask (id, options, pool) {
    return new (loadTask())(id, options, pool)
  }

  /** Handles an answer of a worker. */
  answer (number, value) {
    if (number < 0) {
      const id = (~number - FIRST_TASK) >> 2
      const what = ~number & 3
      // The result was sent, but cannot be read here.
      if (what <= flag.error) this.settle(id, true, value)
      return
    }
    const id = (number - FIRST_TASK) >> 2
    const what = number & 3
    const task = asTask(this.#entries[id])
    if (task?.stopped !== undefined && what <= flag.error) return this.fail(id, task.stopped)
    if (what === flag.result) return this.settle(id, false, value)
    if (what === flag.error) return this.fail(id, require('../core/task-error').deserializeTaskError(value))
    if (what === flag.progress) return task?.onProgress(value)
    if (value.type === interim.message) task?.onMessage(value)
    else this.#onIterable(id, value.port)
  }

  // The task returned an iterable. The promise resolves with it, and the task finishes when it ends.
  #onIterable (id, port) {
    const output = require('../core/iterable-port').receiveIterable(port)
    const entry = this.#entries[id]
    let task = asTask(entry)
    if (task === undefined) {
      task = this.createTask(id, noOptions, noOptions)
      task.promise = entry
      this.#entries[id] = task
    }
    task.output = output
    // The task was aborted meanwhile.
    if (task.isSettled) return output.fail(task.stopped, true)
    task.isSettled = true
    settle(task.promise, false, output.iterable)
  }

  /** Handles the failure of a task, which may be retried. */
  fail (id, error) {
    if (asTask(this.#entries[id])?.retry()) return
    this.settle(id, true, error)
  }

  /** Finishes the task. */
  settle (id, isError, value) {
    const entry = this.#entries[id]
    if (entry === undefined) return
    this.#entries[id] = undefined
    const task = asTask(entry)
    if (task !== undefined) {
      if (isError) task.output?.fail(value)
      task.release()
    }
    this.#free[this.#freeCount++] = id
    if (isError) this.failed++
    else this.completed++
    if (task === undefined) settle(entry, isError, value)
    else if (!task.isSettled) settle(task.promise, isError, value)
    if (settled.hasSubscribers) settled.publish({ pool: this.#pool, id, [isError ? 'error' : 'result']: value })
    this.pending--
    this.#hooks.onSettled()
  }
}

module.exports = { TaskTable }
