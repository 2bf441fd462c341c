'use strict'

// A Worker of a WorkerPool, on the pool's thread. core/pool-worker.js is the other side.

const { SafeMap, SafeSet } = require('../core/primordials')
const { clearTimeout, performanceNow, setTimeout } = require('../core/platform')
const { native, kind, NativePort } = require('../core/realm')
const { kReceive } = require('../core/symbols')
const { control } = require('../core/protocol')
const { Worker, kPool, kKey, kSendControl, kUndone, kStart, kDiscard, kWasStarted } = require('../node/worker')

// The time in milliseconds for the teardown of a worker file, or for the rest of its start.
const TEARDOWN_GRACE = 10_000

class PooledWorker extends Worker {
  /** Whether the worker file has been loaded, so that the worker accepts tasks. */
  isReady = false
  /** The worker failed before it was ready, in a way that every other worker with this file would. */
  isUnusable = false
  /** The worker accepts no more tasks. */
  isLeaving = false
  /** The worker was asked to end after its current tasks. */
  isRetired = false
  /** The reason why the pool ended the worker. */
  reason
  /** The affinities of the tasks that only this worker may run. */
  affinities = new SafeSet()
  /** Like `threadId` and `key`, but also valid after the worker has ended. */
  lastThreadId
  lastKey
  #abortErrors = new SafeMap()
  #senders = new SafeMap()
  #readyAt
  #timeAtEnd
  #teardownTimer

  /**
   * The worker has no thread until `start()`.
   * @param {string | URL} url of the worker file, or the specifier of native workers
   * @param {object} options of Worker
   * @param {{ key: number, concurrency: number, recycle: object }} pool
   */
  constructor (url, options, pool) {
    super(url, { ...options, [kPool]: pool })
    this.lastThreadId = this.threadId
    this.lastKey = this[kKey]
  }

  start () {
    this[kStart]()
    // The pool keeps the process alive while it has tasks.
    this.unref()
  }

  /** Whether the worker has, or had, a thread. */
  get hasStarted () {
    return this[kWasStarted]
  }

  /** Discards the worker after a failed start. */
  discard () {
    this[kDiscard]()
  }

  [kReceive] (what, value, ports) {
    if (what === kind.control && value.type === control.ready) {
      this.isReady = true
      this.#readyAt = performanceNow()
      this.emit('ready')
    } else if (what === kind.control && value.type === control.unusable) {
      this.isUnusable = true
    } else if (what === kind.control && value.type === control.tearingDown) {
      this.terminateLater()
    } else if (what === kind.message) {
      // A listener of `message` would keep the process alive.
      this.emit('poolMessage', value)
    } else {
      if (what === kind.exit) {
        this.#timeAtEnd = this.time
        clearTimeout(this.#teardownTimer)
      }
      super[kReceive](what, value, ports)
    }
  }

  get key () {
    return this[kKey]
  }

  /** The time in milliseconds for which the worker was ready. */
  get time () {
    if (this.#timeAtEnd !== undefined) return this.#timeAtEnd
    return this.#readyAt === undefined ? 0 : performanceNow() - this.#readyAt
  }

  /** The ids of the tasks that the worker had taken and not finished when it ended. */
  get undone () {
    return this[kUndone]
  }

  /** A sender for tasks that only this worker may run. */
  sender (pool, priority, isCancellable, func) {
    const name = `${priority} ${isCancellable} ${func}`
    let sender = this.#senders.get(name)
    if (sender === undefined) {
      const key = native.createTaskSender(pool, priority, isCancellable, this.key, func)
      sender = { key, port: new NativePort(key) }
      this.#senders.set(name, sender)
    }
    return sender.port
  }

  deleteSenders (pool) {
    this.#senders.forEach(({ key }) => native.deleteSender(pool, key))
    this.#senders.clear()
  }

  /** Sends a message to the port of a task that the worker runs. */
  postToTask (conversation, value, transfer) {
    this[kSendControl]({ type: control.taskMessage, conversation, value }, transfer)
  }

  /** Terminates the worker if it does not end by itself in time. */
  terminateLater () {
    clearTimeout(this.#teardownTimer)
    this.#teardownTimer = setTimeout(() => this.terminate(), TEARDOWN_GRACE).unref()
  }

  /** Terminates the worker in order to end this task. */
  abort (id, error) {
    this.#abortErrors.set(id, error)
    this.reason ??= 'another task in it was aborted'
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
