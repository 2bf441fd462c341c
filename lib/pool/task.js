'use strict'

// A task that needs more than data and a promise: it can be aborted or retried, has a time limit, or sends something before its
// result.

const { Error, MathCeil, SafeSet, SafeWeakMap, setOwn } = require('../core/primordials')
const { clearTimeout, setTimeout } = require('../core/platform')
const { AsyncResource } = require('node:async_hooks')
const { nodeError, withThreadId } = require('../core/errors')
const { native, settle } = require('../core/realm')

const DEFAULT_ABORT_GRACE = 1000

// The actions for the abort of each signal. If many tasks share a signal, only the first adds a listener: Node warns about more than
// ten.
const actions = new SafeWeakMap()

/**
 * @param {AbortSignal} signal
 * @param {{ cancel: () => void, stop: () => void }} action of a task: cancels it in the queue, and stops it while it runs; either
 *   may have no effect
 * @returns {() => void} removes the action
 */
function onceAborted (signal, action) {
  let listened = actions.get(signal)
  if (listened === undefined) {
    const tasks = new SafeSet()
    const listener = () => {
      actions.delete(signal)
      // Cancels all waiting tasks first. Otherwise the worker of a stopped task would take the next of them.
      tasks.forEach(({ cancel }) => cancel())
      tasks.forEach(({ stop }) => stop())
    }
    const remove = () => {
      actions.delete(signal)
      signal.removeEventListener('abort', listener)
    }
    listened = { tasks, remove }
    actions.set(signal, listened)
    signal.addEventListener('abort', listener, { __proto__: null, once: true })
  }
  const { tasks, remove } = listened
  tasks.add(action)
  return () => {
    if (tasks.delete(action) && tasks.size === 0) remove()
  }
}

class Task {
  /** @returns {boolean} whether the entry is a Task and not, for example, a promise */
  static isTask (entry) { return typeof entry === 'object' && #options in entry }

  /** The promise of the result, as created by postTask(). */
  promise
  /** Whether the promise has been settled. */
  isSettled = false
  /** The error of an abort or a timeout. It is the task's result, regardless of its answer. */
  stopped
  /** For a task whose result is an async iterable: { fail(error) }. */
  output
  #id
  #options
  #pool
  #retries
  #isAborted = false
  #timers = new SafeSet()
  #removeListener
  #resource
  #port

  /**
   * @param {number} id
   * @param {object} options of exec()
   * @param {{ key: number, workers: object, fail: (error: Error) => void, post: () => void }} pool
   *   `fail` finishes it; `post` puts it into the queue again
   */
  constructor (id, options, pool) {
    this.#id = id
    this.#options = options
    this.#pool = pool
    this.#retries = options.retries ?? 0
    // Keeps the caller's async context. It is never destroyed, because nobody listens for that.
    if (options.onProgress || options.onMessage) {
      this.#resource = new AsyncResource('isothreads.task', { __proto__: null, requireManualDestroy: true })
    }
  }

  /** Starts the time limits and watches the signal, once the task is in the queue. */
  watch () {
    const { signal, queueTimeout } = this.#options
    if (signal !== undefined) {
      const cancel = () => this.#cancel(abortError(signal))
      const stop = () => this.#stop(abortError(signal), false)
      this.#removeListener = onceAborted(signal, { cancel, stop })
      // A getter in the data may have aborted it.
      if (signal.aborted && !cancel()) stop()
    }
    if (queueTimeout !== undefined) {
      this.#later(queueTimeout, () => this.#cancel(timeoutError('waited', 'queueTimeout', queueTimeout)))
    }
    this.#watchRun()
  }

  #watchRun () {
    const { timeout } = this.#options
    if (timeout === undefined) return
    const look = () => {
      const age = native.runningTask(this.#pool.key, this.#id)?.age ?? 0
      if (age >= timeout) this.#stop(timeoutError('ran', 'timeout', timeout), true)
      else this.#later(MathCeil(timeout - age), look)
    }
    this.#later(timeout, look)
  }

  #later (milliseconds, action) {
    const timer = setTimeout(() => {
      this.#timers.delete(timer)
      action()
    }, milliseconds).unref()
    this.#timers.add(timer)
  }

  // Returns true if the task was still waiting; it will not run then.
  #cancel (error) {
    if (!native.cancelTask(this.#pool.key, this.#id)) return false
    this.#isAborted = true
    this.#pool.fail(error)
    return true
  }

  #stop (error, isTimeout) {
    const { key, workers } = this.#pool
    this.#isAborted = !isTimeout
    const { abortGrace = DEFAULT_ABORT_GRACE } = this.#options
    // Waiting makes no sense for a task that never used its signal.
    const aborted = native.abortTask(key, this.#id, isTimeout, abortGrace === 0)
    // null: the task has finished, and its result is on the way.
    if (aborted === null) return
    const worker = workers.get(aborted.worker)
    this.stopped = withThreadId(error, worker.lastThreadId)
    this.#reject(error)
    if (aborted.isEnding) return worker.abort(this.#id, error)
    this.#later(abortGrace, () => {
      if (native.abortTask(key, this.#id, isTimeout, true) !== null) worker.abort(this.#id, error)
    })
  }

  // Rejects at once, although the task still runs.
  #reject (error) {
    this.output?.fail(error, true)
    if (this.isSettled || this.#mayRetry) return
    this.isSettled = true
    settle(this.promise, true, error)
  }

  get #mayRetry () {
    return this.#retries > 0 && !this.#isAborted && !this.isSettled && this.#pool.workers.isOpen
  }

  /** @returns {boolean} true if the task runs again instead of failing */
  retry () {
    if (!this.#mayRetry) return false
    this.#retries--
    this.stopped = undefined
    this.#timers.forEach(timer => clearTimeout(timer))
    this.#timers.clear()
    this.#port?.close()
    this.#port = undefined
    this.#pool.post()
    this.#watchRun()
    return true
  }

  /** Cleans up after the task has finished. */
  release () {
    this.#timers.forEach(timer => clearTimeout(timer))
    this.#removeListener?.()
    this.#options.input?.stop()
    this.#port?.close()
    if (this.#pool.key !== undefined) native.forgetTask(this.#pool.key, this.#id)
  }

  /** Handles a progress report of the task. */
  onProgress (value) {
    const { onProgress } = this.#options
    if (onProgress) this.#resource.runInAsyncScope(onProgress, undefined, value)
  }

  /** Handles a message from the task's port. */
  onMessage ({ value, conversation }) {
    const { onMessage } = this.#options
    if (onMessage === undefined) return
    this.#port ??= new CallerPort(this.#id, conversation, this.#pool)
    this.#resource.runInAsyncScope(onMessage, undefined, value, this.#port)
  }
}

/** The caller's side of a task's port. */
class CallerPort {
  #id
  #conversation
  #pool
  // After the task has ended, another task may use its id.
  #isClosed = false

  constructor (id, conversation, pool) {
    this.#id = id
    this.#conversation = conversation
    this.#pool = pool
  }

  /** Sends a clone of the value to the task. Does nothing after the task has ended. */
  postMessage (value, transfer) {
    if (this.#isClosed) return
    const running = native.runningTask(this.#pool.key, this.#id)
    if (running === null) return
    this.#pool.workers.get(running.worker).postToTask(this.#conversation, value, transfer)
  }

  close () {
    this.#isClosed = true
  }
}

function abortError (signal) {
  const error = new Error('The task was aborted', { __proto__: null, cause: signal.reason })
  setOwn(error, 'name', 'AbortError')
  setOwn(error, 'code', 'ABORT_ERR')
  return error
}

function timeoutError (what, option, milliseconds) {
  const error = nodeError(Error, 'ERR_ISOTHREADS_TASK_TIMEOUT', `The task ${what} for longer than its ${option} of ${milliseconds} ms`)
  setOwn(error, 'name', 'TimeoutError')
  return error
}

module.exports = { abortError, onceAborted, Task, timeoutError }
