'use strict'

// WorkerPool: the thread that submits. Tasks go into a queue in Rust that the workers pull from, so
// that no worker waits for this thread's event loop; see src/pool.rs.

const EventEmitter = require('node:events')
const { invalidArgType, nodeError } = require('./errors')
const { mapInOrderOrNot } = require('./pool-map')
const { checkTaskOptions, isURL, readMapOptions, readOptions } = require('./pool-options')
const { native, kind, kReceive, NativePort, keyOf, postMessage } = require('./realm')
const { readTransferList } = require('./transfer-list')
const { PooledWorker } = require('./pooled-worker')
const { flag, numberOf, read } = require('./task-number')

// Milliseconds. After a worker that ended before it was ready the next one waits, each time twice as
// long, until there were too many in a row.
const FIRST_DELAY = 50
const MOST_FAILURES = 5

class ResultPort extends NativePort {
  /** @param {(answer: { id: number, what: number, isUnreadable: boolean }, value: unknown) => void} onAnswer */
  constructor (key, onAnswer) {
    super(key)
    this.onAnswer = onAnswer
    native.bindPort(key, this)
  }

  [kReceive] (what, value) {
    if (what !== kind.close) this.onAnswer(read(what), value)
  }
}

class WorkerPool extends EventEmitter {
  #options
  #key
  #results
  #senders = new Map()
  #workers = new Set()
  // By the task's number.
  #tasks = []
  #free = []
  #pending = 0
  #failures = 0
  // open, then closing (tasks are still run), then closed (workers are ended).
  #state = 'open'
  // Why there is no worker and will be none.
  #broken
  #closed
  #closing
  #completed = 0
  #failed = 0

  /**
   * Starts the workers; returns at once. The pool keeps the process alive only while it has tasks.
   * @param {string | URL | object} filename the worker file, or the options with `filename` among them
   * @param {number} [size] how many workers there are; default: one for each processor
   */
  constructor (filename, size) {
    super()
    const isOptions = typeof filename === 'object' && filename !== null && !isURL(filename)
    this.#options = readOptions(isOptions ? filename : { filename, maxThreads: size })
    const { key, results } = native.createPool()
    this.#key = key
    this.#results = new ResultPort(results, (answer, value) => this.#onAnswer(answer, value))
    native.setReceiving(results, true)
    try {
      for (let count = 0; count < this.#options.maxThreads; count++) this.#addWorker()
    } catch (error) {
      this.destroy()
      throw error
    }
  }

  #addWorker () {
    const { filename, concurrentTasksPerWorker, workerOptions } = this.#options
    const worker = new PooledWorker(filename, workerOptions, { key: this.#key, concurrency: concurrentTasksPerWorker })
    this.#workers.add(worker)
    let failure
    worker.on('ready', () => { this.#failures = 0 })
    worker.on('poolMessage', message => this.emit('message', message, worker))
    worker.on('error', error => { failure = error })
    worker.on('exit', code => this.#onExit(worker, code, failure))
    this.emit('workerCreate', worker)
  }

  #onExit (worker, code, failure) {
    this.#workers.delete(worker)
    const error = failure ?? nodeError(Error, 'ERR_ISOTHREADS_WORKER_EXITED',
      `The worker that ran the task ended with code ${code}${worker.reason === undefined ? '' : ` (${worker.reason})`}`)
    for (const id of worker.undone) this.#settle(id, true, worker.abortError(id) ?? error, true)
    this.emit('workerDestroy', worker, code)
    if (this.#state === 'closed') {
      if (this.#workers.size === 0) this.#finishClosing()
      return
    }
    if (worker.isReady || worker.isAborted) this.#replaceWorker()
    else this.#onFailedStart(error)
  }

  #replaceWorker () {
    if (this.#state === 'closed') return
    try {
      this.#addWorker()
    } catch (error) {
      // The system has no thread to give, say.
      this.#onFailedStart(error)
    }
  }

  // The worker never came so far as to take a task.
  #onFailedStart (error) {
    if (++this.#failures < MOST_FAILURES) {
      setTimeout(() => this.#replaceWorker(), FIRST_DELAY * 2 ** (this.#failures - 1)).unref()
      return
    }
    if (this.#workers.size === 0) {
      this.#broken = error
      this.#rejectQueued(error)
    }
    if (this.listenerCount('error') > 0) this.emit('error', error)
  }

  /**
   * Runs a task in the next worker that is free.
   * @param {unknown} data a clone of it is what the worker's function is called with; or a function, whose
   *   source is run in the worker, and then an array of arguments, before the options
   * @param {object} [options] name, transferList, signal, priority, timeout, queueTimeout,
   *   onProgress
   * @returns {Promise<unknown>} what the function returned, or the first message of a worker that
   *   answers on its parentPort. Rejects with what the task threw, with an AbortError, or with
   *   ERR_ISOTHREADS_WORKER_EXITED when the worker ended in the middle of it
   */
  exec (data, options) {
    if (this.#state !== 'open') return Promise.reject(closedError())
    if (this.#broken !== undefined) return Promise.reject(this.#broken)
    try {
      if (typeof data === 'function') return this.#submitFunction(data, options, arguments[2])
      return this.#submit(data, options ?? noOptions, options?.name)
    } catch (error) {
      return Promise.reject(error)
    }
  }

  run (data, ...rest) {
    return this.exec(data, ...rest)
  }

  /**
   * Runs a task for each item, some at a time: the next item is asked for when there is room, and the
   * caller's own pace holds everything back. An error of a task, or of the source, ends it.
   * @param {Iterable<unknown> | AsyncIterable<unknown>} items
   * @param {object} [options] concurrency (default: twice as many as can run at once), ordered (default:
   *   true), and those of exec() for each task
   * @returns {AsyncGenerator<unknown>} the results
   */
  map (items, options = noOptions) {
    const { maxThreads, concurrentTasksPerWorker } = this.#options
    const { concurrency, ordered, ...taskOptions } = readMapOptions(items, options, 2 * maxThreads * concurrentTasksPerWorker)
    checkTaskOptions(taskOptions)
    return mapInOrderOrNot(item => this.exec(item, taskOptions), items, concurrency, ordered)
  }

  #submitFunction (run, args = [], options = noOptions) {
    if (!Array.isArray(args)) throw invalidArgType('args', 'an instance of Array', args)
    return this.#submit(args, options, { source: String(run) })
  }

  // `name`: of one of the worker file's functions, or { source } of another.
  #submit (data, options, name) {
    const { transferList, signal, priority = 0, timeout, queueTimeout } = options
    if (options !== noOptions) checkTaskOptions(options)
    const isWatched = signal !== undefined || timeout !== undefined || queueTimeout !== undefined
    if (signal?.aborted) throw abortError(signal)
    const { maxQueue } = this.#options
    if (maxQueue !== Infinity && native.queuedTasks(this.#key) >= maxQueue) {
      throw nodeError(Error, 'ERR_ISOTHREADS_QUEUE_FULL', `The pool's queue is full: maxQueue is ${maxQueue}`)
    }
    const { arrayBuffers, ports } = transferList ? readTransferList(transferList) : noOptions
    const id = this.#free.pop() ?? this.#tasks.length
    const number = numberOf(id, name === undefined ? flag.plain : flag.named)
    try {
      postMessage(this.#sender(priority, isWatched), name === undefined ? data : [name, data], arrayBuffers, ports, number)
    } catch (error) {
      if (id < this.#tasks.length) this.#free.push(id)
      throw error
    }
    if (this.#pending++ === 0) this.#reference(true)
    return new Promise((resolve, reject) => {
      const task = { resolve, reject, release: undefined, onProgress: options.onProgress }
      this.#tasks[id] = task
      if (isWatched) this.#watch(id, task, options)
    })
  }

  #sender (priority, isKept) {
    const name = isKept ? `kept ${priority}` : priority
    let sender = this.#senders.get(name)
    if (sender === undefined) {
      sender = new NativePort(native.createTaskSender(this.#key, priority, isKept))
      this.#senders.set(name, sender)
    }
    return sender
  }

  // Whatever may end a task before its time.
  #watch (id, task, { signal, timeout, queueTimeout }) {
    const timers = []
    const later = (milliseconds, action) => { timers.push(setTimeout(action, milliseconds).unref()) }
    const stop = error => {
      if (native.cancelTask(this.#key, id)) return this.#settle(id, true, error, true)
      const running = native.runningTask(this.#key, id)
      // Not there: its result is on the way.
      if (running !== null) this.#workerOf(running).abort(id, error)
    }
    const abort = () => stop(abortError(signal))
    signal?.addEventListener('abort', abort, { once: true })
    if (queueTimeout !== undefined) {
      later(queueTimeout, () => {
        if (native.cancelTask(this.#key, id)) this.#settle(id, true, timeoutError('waited', 'queueTimeout', queueTimeout), true)
      })
    }
    if (timeout !== undefined) {
      const look = () => {
        const age = native.runningTask(this.#key, id)?.age ?? 0
        if (age >= timeout) stop(timeoutError('ran', 'timeout', timeout))
        else later(Math.ceil(timeout - age), look)
      }
      later(timeout, look)
    }
    task.release = () => {
      signal?.removeEventListener('abort', abort)
      timers.forEach(clearTimeout)
      native.forgetTask(this.#key, id)
    }
  }

  #workerOf ({ worker: key }) {
    for (const worker of this.#workers) if (worker.key === key) return worker
  }

  #onAnswer ({ id, what, isUnreadable }, value) {
    if (isUnreadable) this.#settle(id, true, value, true)
    else if (what !== flag.interim) this.#settle(id, what === flag.error, value, false)
    else this.#tasks[id]?.onProgress?.(value)
  }

  // `isFinal`: the value is the error itself.
  #settle (id, isError, value, isFinal) {
    const task = this.#tasks[id]
    if (task === undefined) return
    this.#tasks[id] = undefined
    this.#free.push(id)
    task.release?.()
    if (isError) {
      this.#failed++
      task.reject(isFinal ? value : require('./error-serializer').deserializeError(value))
    } else {
      this.#completed++
      task.resolve(value)
    }
    if (--this.#pending === 0) {
      this.#reference(false)
      this.emit('drain')
      if (this.#state === 'closing') this.#endWorkers()
    }
  }

  // Nothing else of the pool keeps the process alive.
  #reference (isReferenced) {
    native.setPortRef(keyOf(this.#results), isReferenced)
  }

  #rejectQueued (error) {
    for (const id of native.cancelAllTasks(this.#key)) this.#settle(id, true, error, true)
  }

  /**
   * Takes no more tasks, and ends the workers when those that there are have been run.
   * @returns {Promise<void>} when all is gone
   */
  close () {
    const closed = this.#whenClosed()
    if (this.#state === 'open') {
      this.#state = 'closing'
      if (this.#pending === 0) this.#endWorkers()
    }
    return closed
  }

  /**
   * Ends the workers now. Tasks that are not finished reject.
   * @returns {Promise<void>} when all is gone
   */
  destroy () {
    const closed = this.#whenClosed()
    if (this.#state !== 'closed') {
      this.#state = 'closing'
      this.#rejectQueued(closedError())
      this.#endWorkers('the pool was destroyed')
    }
    return closed
  }

  async [Symbol.asyncDispose ?? Symbol.for('nodejs.asyncDispose')] () {
    await this.close()
  }

  #whenClosed () {
    return this.#closed ??= new Promise(resolve => { this.#closing = resolve })
  }

  #endWorkers (reason) {
    if (this.#state === 'closed') return
    this.#state = 'closed'
    if (this.#workers.size === 0) return process.nextTick(() => this.#finishClosing())
    for (const worker of this.#workers) {
      worker.reason = reason
      worker.terminate()
    }
  }

  #finishClosing () {
    native.deletePool(this.#key)
    this.#senders.clear()
    this.#closing()
    this.emit('close')
  }

  /** How many workers there are. */
  get threads () { return this.#workers.size }

  /** How many tasks wait for a worker. */
  get queueSize () { return this.#state === 'closed' ? 0 : native.queuedTasks(this.#key) }

  /** How many tasks were run to their end. */
  get completed () { return this.#completed }

  /** How many tasks were rejected. */
  get failed () { return this.#failed }
}

const noOptions = {}

function closedError () {
  return nodeError(Error, 'ERR_ISOTHREADS_POOL_CLOSED', 'The pool is closed: it takes no more tasks')
}

function abortError (signal) {
  const error = new Error('The task was aborted', { cause: signal.reason })
  error.name = 'AbortError'
  error.code = 'ABORT_ERR'
  return error
}

function timeoutError (what, option, milliseconds) {
  const error = nodeError(Error, 'ERR_ISOTHREADS_TASK_TIMEOUT', `The task ${what} for longer than its ${option} of ${milliseconds} ms`)
  error.name = 'TimeoutError'
  return error
}

module.exports = { WorkerPool }
