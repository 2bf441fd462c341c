'use strict'

// A Worker of a WorkerPool, on the pool's thread. What it works on is in bootstrap/pool-worker.js.

const { SafeMap, SafeSet } = require('../core/primordials')
const { clearTimeout, performanceNow, setTimeout } = require('../core/platform')
const { native, kind, NativePort } = require('../core/realm')
const { kReceive } = require('../core/symbols')
const { control } = require('../core/protocol')
const { Worker, kPool, kKey, kSendControl, kUndone, kStart, kDiscard, kWasStarted } = require('../node/worker')

// Milliseconds that a worker file's teardown may take, or what is left of its start.
const TEARDOWN_GRACE = 10_000

class PooledWorker extends Worker {
  /** Whether the worker file was loaded, so that the worker takes tasks. */
  isReady = false
  /** It failed before it was ready, and so would any other one with this file. */
  isUnusable = false
  /** It takes no more tasks. */
  isLeaving = false
  /** It ends because it was asked to, when it has finished what it does. */
  isRetired = false
  /** Why the pool ended it. */
  reason
  /** Of tasks that only this worker is to run. */
  affinities = new SafeSet()
  /** As `threadId` and `key`, after the worker's end as well. */
  lastThreadId
  lastKey
  #abortErrors = new SafeMap()
  #senders = new SafeMap()
  #readyAt
  #timeAtEnd
  #teardownTimer

  /**
   * It has no thread until `start()`.
   * @param {string | URL} url of the worker file, or what names native workers
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
    // The pool keeps the process alive, while it has tasks.
    this.unref()
  }

  /** Whether there is, or was, a thread. */
  get hasStarted () {
    return this[kWasStarted]
  }

  /** Takes it back, when it could not be started: nothing comes of it any more. */
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

  /** For how many milliseconds it was ready. */
  get time () {
    if (this.#timeAtEnd !== undefined) return this.#timeAtEnd
    return this.#readyAt === undefined ? 0 : performanceNow() - this.#readyAt
  }

  /** Numbers of the tasks that it had taken and not finished when it ended. */
  get undone () {
    return this[kUndone]
  }

  /** Something to post tasks on that only this worker is to run. */
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

  /** Sends to the port of a task that it runs. */
  postToTask (conversation, value, transfer) {
    this[kSendControl]({ type: control.taskMessage, conversation, value }, transfer)
  }

  /** Ends the worker if it has not ended by itself. */
  terminateLater () {
    clearTimeout(this.#teardownTimer)
    this.#teardownTimer = setTimeout(() => this.terminate(), TEARDOWN_GRACE).unref()
  }

  /** Ends the worker because this task of its is to end. */
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
