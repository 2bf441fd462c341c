'use strict'

// WorkerPool, on the submitting thread. Tasks go into a queue in Rust that the workers pull from, so no worker waits for this
// thread's event loop; see src/pool.rs. task-table.js manages unfinished tasks, task.js the tasks that need more than a promise,
// workers.js the workers.

const {
  ArrayIsArray, ArrayPrototypeForEach, ArrayPrototypeIncludes, Error, FunctionPrototypeToString, MathMax, MathMin, NumberIsInteger,
  ObjectKeys, Promise, PromiseReject, ReflectApply, SymbolAsyncDispose, SymbolAsyncIterator, SymbolIterator, newList, setOwn, whenSettled
} = require('../core/primordials')
const { clearTimeout, nextTick, setTimeout } = require('../core/platform')
const diagnosticsChannel = require('node:diagnostics_channel')
const EventEmitter = require('node:events')
const { closedError, invalidArgType, invalidArgValue, nodeError, withThreadId } = require('../core/errors')
const { checkMethodOptions, checkTaskOptions, isURL, readMapOptions, readOptions, readSize, milliseconds } = require('./options')
const { kWorkerExit, PoolWorkers } = require('./workers')
const { NativeFunctions } = require('./native-functions')
const { Senders } = require('./senders')
const { TaskTable } = require('./task-table')
const { native, kind, NativePort, keyOf, postMessage } = require('../core/realm')
const { kReceive } = require('../core/symbols')
const { flag, numberOf } = require('../core/task-number')

const submitted = diagnosticsChannel.channel('isothreads.pool.submit')

const noOptions = { __proto__: null }

// The states, in this order; a pool may skip some. `broken`: no worker can start, so no task is accepted. `closing`: no task is
// accepted, and the accepted ones still run. `ending`: the workers end. `gone`: all workers have ended.
const life = { open: 0, broken: 1, closing: 2, ending: 3, gone: 4 }

class ResultPort extends NativePort {
  onAnswer

  /** @param {(number: number, value: unknown, ports?: object[]) => void} onAnswer */
  constructor (key, onAnswer) {
    super(key)
    this.onAnswer = onAnswer
    native.bindPort(key, this)
  }

  [kReceive] (what, value) {
    if (what !== kind.close) this.onAnswer(what, value)
  }
}

class WorkerPool extends EventEmitter {
  #options
  #key
  #results
  #workers
  #senders
  #plainSender
  // For a pool of workers written in Rust.
  #native
  #tasks
  #life = life.open
  // Whether exec(data) only has to post the data. Always false once the pool is not open.
  #isPlain = true
  // The error that prevents all workers from starting.
  #brokenBy
  // The promise that close() and destroy() return.
  #closed
  #onClosed
  #isFull = false
  // Whether a caller waits for workers.
  #isAwaited = false
  #queue
  #lastTiming

  /**
   * Starts the first workers; returns at once. The pool keeps the process alive only while it has tasks.
   * @param {string | URL | object} filename the worker file, or the options, including `filename`
   * @param {number} [size] the fixed number of workers; default: the number of processors
   */
  constructor (filename, size) {
    super()
    const isOptions = typeof filename === 'object' && filename !== null && !isURL(filename)
    if (typeof size === 'object') {
      throw invalidArgType('size', 'of type number: options must be the only argument, and include filename', size)
    }
    const count = size === undefined ? native.processors() : size
    this.#options = readOptions(isOptions ? filename : { filename, maxThreads: count, minThreads: count })
    const { recordTiming, taskQueue } = this.#options
    const { key, results } = native.createPool(recordTiming, taskQueue === 'lifo')
    this.#key = key
    this.#senders = new Senders(key)
    this.#tasks = new TaskTable(this, { onPosted: () => this.#onPosted(), onSettled: () => this.#onSettled() })
    try {
      this.#setUp(results)
    } catch (error) {
      if (this.#workers) this.destroy()
      else native.deletePool(key)
      throw error
    }
  }

  #setUp (results) {
    const key = this.#key
    const { asyncLocalStorage, library, maxQueue, retries, taskQueue, taskTimeout } = this.#options
    this.#results = new ResultPort(results, (number, value) => this.#tasks.answer(number, value))
    native.setReceiving(results, true)
    this.#native = library && new NativeFunctions(library)
    // Calls without a name use the only function of the library, or the function that was chosen for the pool.
    const needsName = library !== undefined && library.index === undefined
    if (!needsName) this.#plainSender = this.#senders.forTasks(0, false, library?.index)
    if (typeof taskQueue === 'object') {
      const { TaskQueue } = require('./task-queue')
      this.#queue = new TaskQueue(taskQueue, {
        start: (data, options) => this.#start(data, options),
        hasRoom: () => this.#tasks.pending < this.#places,
        onRejected: () => { this.#tasks.failed++ }
      })
    }
    this.#isPlain = maxQueue === Infinity && !retries && !asyncLocalStorage && !this.#queue && taskTimeout === undefined &&
      !needsName
    this.#workers = new PoolWorkers(this, this.#options, {
      key,
      emit: (...args) => this.#emit(args),
      pending: () => this.#tasks.pending,
      [kWorkerExit]: (worker, error) => this.#onWorkerExit(worker, error),
      onBroken: error => this.#break(error),
      onGone: () => this.#onWorkersGone(),
      setAwaited: isAwaited => {
        this.#isAwaited = isAwaited
        this.#reference()
      }
    })
    this.#workers.start()
  }

  // ---- tasks ----

  /**
   * Runs a task in the next free worker.
   * @param {unknown} data the worker's function is called with a clone of it. An async iterable arrives as an async iterable. If it
   *   is a function, its source runs in the worker, and an array of arguments precedes the options
   * @param {object} [options] name, transferList, signal, abortGrace, priority, affinity, timeout,
   *   queueTimeout, retries, onProgress, onMessage
   * @returns {Promise<unknown>} the function's result, or the first message of a worker that answers on its parentPort. Rejects with
   *   the task's error, with an AbortError, or with ERR_ISOTHREADS_WORKER_EXITED if the worker ended during the task
   */
  exec (data, options) {
    if (options === undefined && this.#isPlain && typeof data !== 'function' && !isAsyncIterable(data) && !submitted.hasSubscribers) {
      return this.#tasks.post(this.#plainSender, data, undefined, undefined, flag.plain)
    }
    try {
      this.#checkTakesTasks()
      if (typeof data === 'function') {
        const args = arguments[1] === undefined ? [] : arguments[1]
        const rest = arguments[2] === undefined ? noOptions : arguments[2]
        if (!ArrayIsArray(args)) throw invalidArgType('args', 'an instance of Array', args)
        checkTaskOptions(rest)
        return this.#submit(args, { ...rest, source: FunctionPrototypeToString(data) })
      }
      if (options === undefined || options === null) return this.#submit(data, noOptions)
      checkTaskOptions(options)
      return this.#submit(data, options)
    } catch (error) {
      return PromiseReject(error)
    }
  }

  run () {
    return ReflectApply(this.exec, this, arguments)
  }

  #submit (data, options) {
    if (options.signal?.aborted) throw require('./task').abortError(options.signal)
    this.#checkRoom()
    return this.#queue ? this.#queue.add(data, options) : this.#start(data, options)
  }

  // Passes the task to the workers.
  #start (data, options) {
    const { name, source, transferList, priority = 0, affinity, signal, onProgress, onMessage, queueTimeout } = options
    const { timeout = this.#options.taskTimeout } = options
    const { arrayBuffers, ports = newList() } = transferList ? require('../core/transfer-list').readTransferList(transferList) : noOptions
    // A ReadableStream is one too, and may be transferred.
    const isIterable = isAsyncIterable(data) && !ArrayPrototypeIncludes(ports, data)
    const func = this.#native?.functionFor(options, isIterable)
    const isRepeatable = !transferList && !isIterable
    const { retries = isRepeatable ? this.#options.retries : 0 } = options
    if (retries > 0 && !isRepeatable) {
      throw invalidArgValue('options.retries', retries,
        'must be 0 for a task with a transferList or an async iterable: transferred objects cannot be sent again')
    }
    const isCancellable = signal !== undefined || timeout !== undefined || queueTimeout !== undefined
    const sender = this.#senderFor(affinity, priority, isCancellable, func)
    const store = this.#options.asyncLocalStorage?.getStore()
    let input
    if (isIterable) {
      input = require('../core/iterable-port').sendIterable(data)
      setOwn(ports, ports.length, input.port)
    }
    const isPlain = func !== undefined || (name === undefined && source === undefined && store === undefined && input === undefined)
    const message = isPlain ? data : { name, source, store, isIterable: input !== undefined, data: input?.port ?? data }
    const what = isPlain ? flag.plain : flag.wrapped
    const sent = retries > 0 ? require('../core/realm').structuredClone(message) : message

    const id = this.#tasks.takeId()
    let task
    if (isCancellable || input || retries > 0 || onProgress || onMessage) {
      task = this.#tasks.createTask(id, { ...options, timeout, retries, input }, {
        key: this.#key,
        workers: this.#workers,
        fail: error => this.#tasks.fail(id, error),
        post: () => postMessage(this.#senderFor(affinity, priority, isCancellable, func), sent, undefined, undefined, numberOf(id, what))
      })
    }
    const promise = this.#tasks.post(sender, sent, arrayBuffers, ports, what, id, task)
    if (submitted.hasSubscribers) submitted.publish({ pool: this, id, data, options })
    return promise
  }

  // `func`: the index of the function, for workers written in Rust.
  #senderFor (affinity, priority, isCancellable, func) {
    const worker = affinity === undefined ? undefined : this.#workers.withAffinity(affinity)
    if (worker === undefined) return this.#senders.forTasks(priority, isCancellable, func)
    return worker.sender(this.#key, priority, isCancellable, func)
  }

  #checkRoom () {
    const { maxQueue } = this.#options
    if (maxQueue === Infinity) return
    const waiting = this.#waiting
    if (waiting >= maxQueue) {
      throw nodeError(Error, 'ERR_ISOTHREADS_QUEUE_FULL', `The pool's queue is full: ${waiting} tasks are waiting, maxQueue is ${maxQueue}`)
    }
    if (waiting === maxQueue - 1 && !this.#isFull) {
      this.#isFull = true
      nextTick(() => this.#emit(['needsDrain']))
    }
  }

  // The number of tasks that can run at once in the largest number of workers.
  get #places () {
    return this.#options.maxThreads * this.#options.concurrentTasksPerWorker
  }

  // The number of tasks that exceed it.
  get #waiting () {
    return MathMax(this.#tasks.pending - this.#places, 0) + (this.#queue?.size ?? 0)
  }

  #onPosted () {
    const { pending } = this.#tasks
    if (pending === 1) this.#reference()
    if (pending > this.#workers.capacity) this.#workers.grow()
  }

  #onSettled () {
    this.#queue?.pump()
    if (this.#isFull && this.#waiting === 0) {
      this.#isFull = false
      if (this.#tasks.pending > 0) this.#emit(['drain'])
    }
    if (this.#tasks.pending === 0) this.#onDrained()
  }

  #onDrained () {
    this.#reference()
    this.#emit(['drain'])
    if (this.#life === life.closing && this.#tasks.pending === 0) this.#endWorkers()
  }

  // Only this keeps the process alive for the pool.
  #reference () {
    native.setPortRef(keyOf(this.#results), this.#tasks.pending > 0 || this.#isAwaited)
  }

  #onWorkerExit (worker, error) {
    ArrayPrototypeForEach(worker.undone, id => this.#tasks.fail(id, withThreadId(worker.abortError(id) ?? error, worker.lastThreadId)))
  }

  // ---- life cycle ----

  #become (next) {
    this.#life = next
    if (next !== life.open) this.#isPlain = false
  }

  get #isClosing () { return this.#life >= life.closing }

  #checkTakesTasks () {
    if (this.#isClosing) throw closedError()
    if (this.#life === life.broken) throw this.#brokenBy
  }

  #break (error) {
    if (this.#life === life.open) {
      this.#brokenBy = error
      this.#become(life.broken)
    }
    this.#rejectWaiting(error)
  }

  // With a reason the workers end at once, otherwise after their current tasks.
  #endWorkers (reason) {
    if (this.#life < life.ending) this.#become(life.ending)
    this.#workers.end(reason, closedError())
  }

  #onWorkersGone () {
    this.#lastTiming = this.#timing()
    this.#become(life.gone)
    native.deletePool(this.#key)
    this.#senders.clear()
    this.#onClosed()
    this.#emit(['close'])
  }

  #rejectWaiting (error) {
    this.#queue?.rejectAll(error)
    ArrayPrototypeForEach(native.cancelAllTasks(this.#key), id => this.#tasks.settle(id, true, error))
  }

  // An error of a listener is reported as uncaught, and the pool continues its own work.
  #emit (args) {
    try {
      ReflectApply(this.emit, this, args)
    } catch (error) {
      nextTick(() => { throw error })
    }
  }

  // ---- many tasks ----

  /**
   * Runs a task for each item, with a limited number at a time. The next item is requested when there is room, so the consumer's
   * pace limits the source. An error of a task or of the source ends the iteration.
   * @param {Iterable<unknown> | AsyncIterable<unknown>} items
   * @param {object} [options] concurrency (default: twice the number that can run at once), ordered (default: true), and the options
   *   of exec() for each task
   * @returns {AsyncGenerator<unknown>} the results
   */
  map (items, options = noOptions) {
    if (typeof items?.[SymbolAsyncIterator] !== 'function' && typeof items?.[SymbolIterator] !== 'function') {
      throw invalidArgType('items', 'an iterable or an async iterable', items)
    }
    const { run, concurrency, ordered } = this.#readMapOptions(options)
    return require('./map').mapInOrderOrNot(run, items, concurrency, ordered)
  }

  /**
   * A Transform that runs a task for each chunk, with the options of map().
   * @returns {import('node:stream').Transform} in object mode
   */
  stream (options = noOptions) {
    const { run, concurrency, ordered } = this.#readMapOptions(options)
    const { TaskTransform } = require('./stream')
    return new TaskTransform(run, concurrency, ordered)
  }

  #readMapOptions (options) {
    const { concurrency, ordered, ...rest } = readMapOptions(options, 2 * this.#places)
    checkTaskOptions(rest)
    const taskOptions = ObjectKeys(rest).length > 0 ? rest : undefined
    return { run: item => this.exec(item, taskOptions), concurrency, ordered }
  }

  /**
   * Sends a clone of the data to every present and future worker, as a `message` on its parentPort. Tasks submitted later find it
   * there.
   * @param {unknown} data
   * @param {{ name?: string }} [options] for future workers, a later broadcast with the same name replaces this one
   */
  broadcast (data, options = noOptions) {
    checkMethodOptions(options, 'broadcast', ['name'])
    const { name } = options
    if (name !== undefined && typeof name !== 'string') throw invalidArgType('options.name', 'of type string', name)
    this.#native?.checkBroadcast()
    if (this.#isClosing) throw closedError()
    postMessage(this.#senders.forBroadcast(name), data, undefined, undefined, kind.broadcast)
  }

  // ---- workers ----

  /** Resolves when `minThreads` workers are ready for tasks; rejects when they cannot become ready. */
  get ready () {
    return this.#workers.whenReady(this.#options.minThreads)
  }

  /**
   * Starts workers before there are tasks for them.
   * @param {number} [count] default: maxThreads
   * @returns {Promise<void>} when they are ready
   */
  prewarm (count = this.#options.maxThreads) {
    const { maxThreads } = this.#options
    if (typeof count !== 'number') throw invalidArgType('count', 'of type number', count)
    if (!NumberIsInteger(count) || count < 1 || count > maxThreads) {
      throw invalidArgValue('count', count, `must be a whole number from 1 to maxThreads, which is ${maxThreads}`)
    }
    if (this.#isClosing) return PromiseReject(closedError())
    return this.#workers.whenReady(count)
  }

  /**
   * Changes the number of workers. Surplus workers end after their current tasks.
   * @param {number} minThreads
   * @param {number} [maxThreads] default: the same
   */
  resize (minThreads, maxThreads = minThreads) {
    if (minThreads === undefined) throw invalidArgType('minThreads', 'of type number', minThreads)
    const options = this.#options
    const size = readSize({ ...options, minThreads, maxThreads })
    options.minThreads = size.minThreads
    options.maxThreads = size.maxThreads
    options.maxQueue = size.maxQueue
    if (this.#isClosing) return
    this.#workers.fit()
    this.#queue?.pump()
  }

  /**
   * Replaces all present workers, each after its current tasks.
   * @returns {Promise<void>} resolves when the last of the old workers has ended
   */
  recycleWorkers () {
    return this.#workers.recycle()
  }

  // ---- closing ----

  /**
   * Accepts no more tasks, and ends the workers when the accepted tasks have finished.
   * @param {{ timeout?: number }} [options] the milliseconds after which the pool is destroyed; default: `closeTimeout`
   * @returns {Promise<void>} resolves when all workers have ended
   */
  close (options = noOptions) {
    checkMethodOptions(options, 'close', ['timeout'])
    const { timeout = this.#options.closeTimeout } = options
    if (timeout !== Infinity) milliseconds('options.timeout', timeout)
    const closed = this.#whenClosed()
    if (!this.#isClosing) {
      this.#become(life.closing)
      if (this.#tasks.pending === 0) this.#endWorkers()
      // A task may be waiting because no worker could be started for it, for example deep in the stack.
      else this.#workers.grow()
    }
    if (timeout !== Infinity) {
      const timer = setTimeout(() => this.destroy(), timeout)
      whenSettled(closed, () => clearTimeout(timer))
    }
    return closed
  }

  /**
   * Ends the workers at once. Unfinished tasks reject.
   * @returns {Promise<void>} resolves when all workers have ended
   */
  destroy () {
    const closed = this.#whenClosed()
    if (this.#life < life.ending) {
      this.#become(life.closing)
      this.#rejectWaiting(closedError())
    }
    this.#endWorkers('the pool was destroyed')
    return closed
  }

  async [SymbolAsyncDispose] () {
    await this.close()
  }

  #whenClosed () {
    return this.#closed ??= new Promise(resolve => { this.#onClosed = resolve })
  }

  // ---- observation ----

  /** The number of workers. */
  get threads () { return this.#workers.count }

  /** The number of workers without a task. */
  get idleThreads () { return this.#life >= life.ending ? 0 : this.#workers.idleCount }

  /** The number of tasks that wait for a worker. */
  get queueSize () { return this.#life >= life.ending ? 0 : native.queuedTasks(this.#key) + (this.#queue?.size ?? 0) }

  /** Whether the queue has been full, and not yet empty again. */
  get needsDrain () { return this.#isFull }

  /** The number of tasks that were completed. */
  get completed () { return this.#tasks.completed }

  /** The number of tasks that were rejected. */
  get failed () { return this.#tasks.failed }

  /** With `recordTiming`, the run and wait times of tasks in milliseconds; otherwise undefined. */
  get histogram () {
    const timing = this.#timing()
    return timing && { runTime: timing.runTime, waitTime: timing.waitTime }
  }

  /** With `recordTiming`, the share of their time for which workers had tasks, 0 to 1; otherwise undefined. */
  get utilization () {
    const timing = this.#timing()
    const time = this.#workers.time * this.#options.concurrentTasksPerWorker
    return timing && (time > 0 ? MathMin(timing.totalRunTime / time, 1) : 0)
  }

  #timing () {
    return this.#life === life.gone ? this.#lastTiming : native.poolTiming(this.#key) ?? undefined
  }

  /** All of these values as one plain object. */
  stats () {
    const { threads, idleThreads, queueSize, needsDrain, completed, failed, utilization, histogram } = this
    return {
      threads,
      idleThreads,
      minThreads: this.#options.minThreads,
      maxThreads: this.#options.maxThreads,
      pending: this.#tasks.pending,
      queueSize,
      needsDrain,
      completed,
      failed,
      utilization,
      histogram
    }
  }
}

function isAsyncIterable (data) {
  return typeof data === 'object' && data !== null && typeof data[SymbolAsyncIterator] === 'function'
}

module.exports = { WorkerPool }
