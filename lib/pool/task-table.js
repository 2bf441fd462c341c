'use strict'

// The tasks of a pool that are not finished, by their numbers: posts them, and settles their promises as answers come.

const { PromiseReject, append, newList } = require('../core/primordials')
const diagnosticsChannel = require('node:diagnostics_channel')
const { interim } = require('../core/protocol')
const { postTask, settle } = require('../core/realm')
const { FIRST_TASK, flag, numberOf } = require('../core/task-number')

const noOptions = { __proto__: null }

const settled = diagnosticsChannel.channel('isothreads.pool.settle')

// Loaded for the first task that is more than data and a promise.
let Task

function loadTask () {
  Task ??= require('./task').Task
  return Task
}

function asTask (entry) {
  return Task !== undefined && Task.isTask(entry) ? entry : undefined
}

class TaskTable {
  /** How many are not finished. */
  pending = 0
  /** How many were run to their end, and how many were rejected. */
  completed = 0
  failed = 0
  // Of each task its Task, or only its promise.
  #entries = newList()
  // Numbers that may be used again: the first of the list, as many as are counted.
  #free = newList()
  #freeCount = 0
  #pool
  #hooks

  /**
   * @param {import('./worker-pool').WorkerPool} pool is named in what the diagnostics channel tells
   * @param {{ onPosted: () => void, onSettled: () => void }} hooks
   */
  constructor (pool, hooks) {
    this.#pool = pool
    this.#hooks = hooks
  }

  /** @returns {number} of a new task. Taken first: a getter that the serialiser calls may submit a task itself. */
  takeId () {
    if (this.#freeCount > 0) return this.#free[--this.#freeCount]
    append(this.#entries, undefined)
    return this.#entries.length - 1
  }

  /**
   * @param {object} sender
   * @param {number} what a flag
   * @param {number} [id] of takeId()
   * @param {Task} [task] when it is more than data and a promise
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

  /** @returns {Task} of this number, to be given to post() */
  createTask (id, options, pool) {
    return new (loadTask())(id, options, pool)
  }

  /** A worker has answered. */
  answer (number, value) {
    if (number < 0) {
      const id = (~number - FIRST_TASK) >> 2
      const what = ~number & 3
      // The result was sent, and cannot be read here.
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

  // What the task returned goes on: the promise has it, and the task is finished when that has ended.
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
    // It was aborted meanwhile.
    if (task.isSettled) return output.fail(task.stopped, true)
    task.isSettled = true
    settle(task.promise, false, output.iterable)
  }

  /** The task has failed. One that may be run again is. */
  fail (id, error) {
    if (asTask(this.#entries[id])?.retry()) return
    this.settle(id, true, error)
  }

  /** The task is finished, whatever came of it. */
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
