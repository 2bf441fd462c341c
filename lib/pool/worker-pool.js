'use strict'

// WorkerPool: the thread that submits. Tasks go into a queue in Rust that the workers pull from, so
// that no worker waits for this thread's event loop; see src/pool.rs. Its workers are in
// workers.js, and what a task needs beyond a promise in task.js.

const {
  ArrayIsArray, ArrayPrototypeForEach, Error, FunctionPrototypeToString, MathMax, MathMin, NumberIsInteger, ObjectKeys, Promise,
  PromiseReject, ReflectApply, SafeMap, SymbolAsyncDispose, SymbolAsyncIterator, SymbolIterator, append, clearTimeout, newList, nextTick,
  setOwn, setTimeout, whenSettled
} = require('../core/primordials')
const diagnosticsChannel = require('node:diagnostics_channel')
const EventEmitter = require('node:events')
const { closedError, invalidArgType, invalidArgValue, nodeError, withThreadId } = require('../core/errors')
const { checkMethodOptions, checkTaskOptions, isURL, readMapOptions, readOptions, readSize, milliseconds } = require('./options')
const { kWorkerExit, PoolWorkers } = require('./workers')
const { NativeFunctions } = require('./native-functions')
const { interim } = require('../core/protocol')
const { native, kind, kReceive, NativePort, keyOf, postMessage, postTask, settle } = require('../core/realm')
const { FIRST_TASK, flag, numberOf } = require('../core/task-number')

const channels = {
  submit: diagnosticsChannel.channel('isothreads.pool.submit'),
  settle: diagnosticsChannel.channel('isothreads.pool.settle')
}

const noOptions = { __proto__: null }

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
  #senders = new SafeMap()
  #plainSender
  // Of a pool of workers written in Rust.
  #native
  // By the task's number. A task that is more than data and a promise is in #tasks as well.
  #promises = newList()
  #tasks = new SafeMap()
  // Numbers that may be used again: the first of the list, as many as are counted.
  #free = newList()
  #freeCount = 0
  #pending = 0
  // Whether exec(data) needs nothing but to post it.
  #isPlain = true
  // open, then closing (tasks are still run), then closed (workers are ended).
  #state = 'open'
  // Why there is no worker and will be none.
  #broken
  #closed
  #onClosed
  #isFull = false
  // Somebody waits for workers.
  #isAwaited = false
  #completed = 0
  #failed = 0
  #queue
  // All workers have ended after close() or destroy().
  #isGone = false
  #lastTiming

  /**
   * Starts the first workers; returns at once. The pool keeps the process alive only while it has tasks.
   * @param {string | URL | object} filename the worker file, or the options with `filename` among them
   * @param {number} [size] how many workers there are, always; default: as many as there are processors
   */
  constructor (filename, size) {
    super()
    const isOptions = typeof filename === 'object' && filename !== null && !isURL(filename)
    if (typeof size === 'object') {
      throw invalidArgType('size', 'of type number: options are the only argument, with filename among them', size)
    }
    const count = size === undefined ? native.processors() : size
    this.#options = readOptions(isOptions ? filename : { filename, maxThreads: count, minThreads: count })
    const { recordTiming, taskQueue } = this.#options
    const { key, results } = native.createPool(recordTiming, taskQueue === 'lifo')
    this.#key = key
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
    this.#results = new ResultPort(results, (number, value) => this.#onAnswer(number, value))
    native.setReceiving(results, true)
    this.#native = library && new NativeFunctions(library)
    // What a library's only function, or the one that was named, is called by.
    const needsName = library !== undefined && library.index === undefined
    if (!needsName) this.#plainSender = this.#sender(0, false, library?.index)
    if (typeof taskQueue === 'object') {
      const { TaskQueue } = require('./task-queue')
      this.#queue = new TaskQueue(taskQueue, {
        start: (data, options) => this.#start(data, options),
        hasRoom: () => this.#pending < this.#places,
        onRejected: () => { this.#failed++ }
      })
    }
    this.#isPlain = maxQueue === Infinity && !retries && !asyncLocalStorage && !this.#queue && taskTimeout === undefined &&
      !needsName
    this.#workers = new PoolWorkers(this, this.#options, {
      key,
      emit: (...args) => this.#emit(args),
      pending: () => this.#pending,
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
   * Runs a task in the next worker that is free.
   * @param {unknown} data a clone of it is what the worker's function is called with; an async iterable
   *   is one there; or a function, whose source is run in the worker, and then an array of arguments,
   *   before the options
   * @param {object} [options] name, transferList, signal, abortGrace, priority, affinity, timeout,
   *   queueTimeout, retries, onProgress, onMessage
   * @returns {Promise<unknown>} what the function returned, or the first message of a worker that
   *   answers on its parentPort. Rejects with what the task threw, with an AbortError, or with
   *   ERR_ISOTHREADS_WORKER_EXITED when the worker ended in the middle of it
   */
  exec (data, options) {
    if (options === undefined && this.#isPlain && typeof data !== 'function' && !isAsyncIterable(data) && !channels.submit.hasSubscribers) {
      return this.#post(this.#plainSender, data, undefined, undefined, flag.plain)
    }
    try {
      if (this.#state !== 'open') throw closedError()
      if (this.#broken !== undefined) throw this.#broken
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

  // Hands the task over to the workers.
  #start (data, options) {
    const { name, source, transferList, priority = 0, affinity, signal, onProgress, onMessage, queueTimeout } = options
    const { timeout = this.#options.taskTimeout } = options
    const func = this.#native?.functionFor(options, isAsyncIterable(data))
    const { arrayBuffers, ports = newList() } = transferList ? require('../core/transfer-list').readTransferList(transferList) : noOptions
    const isRepeatable = !transferList && !isAsyncIterable(data)
    const { retries = isRepeatable ? this.#options.retries : 0 } = options
    if (retries > 0 && !isRepeatable) {
      throw invalidArgValue('options.retries', retries,
        'must be 0 for a task with a transferList or an async iterable: what has moved cannot be sent again')
    }
    const isKept = signal !== undefined || timeout !== undefined || queueTimeout !== undefined
    const sender = this.#senderFor(affinity, priority, isKept, func)
    const store = this.#options.asyncLocalStorage?.getStore()
    let input
    if (isAsyncIterable(data)) {
      input = require('../core/iterable-port').sendIterable(data)
      setOwn(ports, ports.length, input.port)
    }
    const isPlain = func !== undefined || (name === undefined && source === undefined && store === undefined && input === undefined)
    const message = isPlain ? data : { name, source, store, isIterable: input !== undefined, data: input?.port ?? data }
    const what = isPlain ? flag.plain : flag.wrapped
    const sent = retries > 0 ? require('../core/realm').structuredClone(message) : message

    const id = this.#takeId()
    if (isKept || input || retries > 0 || onProgress || onMessage) {
      const { Task } = require('./task')
      const task = new Task(id, { ...options, timeout, retries, input }, {
        key: this.#key,
        workers: this.#workers,
        fail: error => this.#fail(id, error),
        reject: error => settle(this.#promises[id], true, error),
        post: () => postMessage(this.#senderFor(affinity, priority, isKept, func), sent, undefined, undefined, numberOf(id, what))
      })
      this.#tasks.set(id, task)
    }
    const promise = this.#post(sender, sent, arrayBuffers, ports, what, id)
    if (channels.submit.hasSubscribers) channels.submit.publish({ pool: this, id, data, options })
    return promise
  }

  #takeId () {
    // Taken at once: a getter that is called by the serialiser may submit a task itself.
    if (this.#freeCount > 0) return this.#free[--this.#freeCount]
    append(this.#promises, undefined)
    return this.#promises.length - 1
  }

  #post (sender, message, arrayBuffers, ports, what, id = this.#takeId()) {
    let promise
    try {
      promise = postTask(sender, message, arrayBuffers, ports, numberOf(id, what))
    } catch (error) {
      this.#tasks.get(id)?.release()
      this.#tasks.delete(id)
      this.#free[this.#freeCount++] = id
      return PromiseReject(error)
    }
    this.#promises[id] = promise
    if (this.#pending++ === 0) this.#reference()
    if (this.#pending > this.#workers.capacity) this.#workers.grow()
    this.#tasks.get(id)?.watch()
    return promise
  }

  // `func`: of workers written in Rust the number of the function.
  #senderFor (affinity, priority, isKept, func) {
    const worker = affinity === undefined ? undefined : this.#workers.withAffinity(affinity)
    return worker === undefined ? this.#sender(priority, isKept, func) : worker.sender(this.#key, priority, isKept, func)
  }

  // Something to post tasks on that any worker may run.
  #sender (priority, isKept, func) {
    const name = isKept || func !== undefined ? `${isKept} ${priority} ${func}` : priority
    let sender = this.#senders.get(name)
    if (sender === undefined) {
      sender = new NativePort(native.createTaskSender(this.#key, priority, isKept, undefined, func))
      this.#senders.set(name, sender)
    }
    return sender
  }

  #checkRoom () {
    const { maxQueue } = this.#options
    if (maxQueue === Infinity) return
    const waiting = this.#waiting
    if (waiting >= maxQueue) {
      throw nodeError(Error, 'ERR_ISOTHREADS_QUEUE_FULL', `The pool's queue is full: ${waiting} tasks wait, maxQueue is ${maxQueue}`)
    }
    if (waiting === maxQueue - 1 && !this.#isFull) {
      this.#isFull = true
      nextTick(() => this.#emit(['needsDrain']))
    }
  }

  // For tasks, in as many workers as there may be.
  get #places () {
    return this.#options.maxThreads * this.#options.concurrentTasksPerWorker
  }

  // Tasks beyond those that workers can run at once.
  get #waiting () {
    return MathMax(this.#pending - this.#places, 0) + (this.#queue?.size ?? 0)
  }

  #onAnswer (number, value) {
    if (number < 0) {
      const id = (~number - FIRST_TASK) >> 2
      const what = ~number & 3
      // The result was sent, and cannot be read here.
      if (what <= flag.error) this.#settle(id, true, value)
      return
    }
    const id = (number - FIRST_TASK) >> 2
    const what = number & 3
    const stopped = this.#tasks.size > 0 ? this.#tasks.get(id)?.stopped : undefined
    if (stopped !== undefined && what <= flag.error) return this.#fail(id, stopped)
    if (what === flag.result) return this.#settle(id, false, value)
    if (what === flag.error) return this.#fail(id, require('../core/task-error').deserializeTaskError(value))
    if (what === flag.progress) return this.#tasks.get(id)?.onProgress(value)
    if (value.type === interim.message) this.#tasks.get(id)?.onMessage(value)
    else this.#onIterable(id, value.port)
  }

  // What the task returned goes on: the promise has it, and the task is finished when that has ended.
  #onIterable (id, port) {
    const { Task } = require('./task')
    const output = require('../core/iterable-port').receiveIterable(port)
    const task = this.#tasks.get(id) ?? new Task(id, noOptions, noOptions)
    this.#tasks.set(id, task)
    task.output = output
    // It was aborted meanwhile.
    if (task.isSettled) return output.fail(task.stopped, true)
    task.isSettled = true
    settle(this.#promises[id], false, output.iterable)
  }

  // A task that may be run again is.
  #fail (id, error) {
    if (this.#tasks.get(id)?.retry(error)) return
    this.#settle(id, true, error)
  }

  // The task is finished, whatever came of it.
  #settle (id, isError, value) {
    const promise = this.#promises[id]
    if (promise === undefined) return
    let isSettled = false
    if (this.#tasks.size > 0) {
      const task = this.#tasks.get(id)
      if (task !== undefined) {
        this.#tasks.delete(id)
        if (isError) task.output?.fail(value)
        task.release()
        isSettled = task.isSettled
      }
    }
    this.#promises[id] = undefined
    this.#free[this.#freeCount++] = id
    if (isError) this.#failed++
    else this.#completed++
    if (!isSettled) settle(promise, isError, value)
    if (channels.settle.hasSubscribers) channels.settle.publish({ pool: this, id, [isError ? 'error' : 'result']: value })
    this.#pending--
    this.#queue?.pump()
    if (this.#isFull && this.#waiting === 0) {
      this.#isFull = false
      if (this.#pending > 0) this.#emit(['drain'])
    }
    if (this.#pending === 0) this.#onDrained()
  }

  #onDrained () {
    this.#reference()
    this.#emit(['drain'])
    if (this.#state === 'closing' && this.#pending === 0) this.#endWorkers()
  }

  // Nothing else of the pool keeps the process alive.
  #reference () {
    native.setPortRef(keyOf(this.#results), this.#pending > 0 || this.#isAwaited)
  }

  #onWorkerExit (worker, error) {
    ArrayPrototypeForEach(worker.undone, id => this.#fail(id, withThreadId(worker.abortError(id) ?? error, worker.lastThreadId)))
  }

  #break (error) {
    this.#broken = error
    this.#isPlain = false
    this.#rejectWaiting(error)
  }

  #rejectWaiting (error) {
    this.#queue?.rejectAll(error)
    ArrayPrototypeForEach(native.cancelAllTasks(this.#key), id => this.#settle(id, true, error))
  }

  // A listener that throws is an uncaught error, and nothing of the pool's is left undone for it.
  #emit (args) {
    try {
      ReflectApply(this.emit, this, args)
    } catch (error) {
      nextTick(() => { throw error })
    }
  }

  // ---- many tasks ----

  /**
   * Runs a task for each item, some at a time: the next item is asked for when there is room, and the
   * caller's own pace holds everything back. An error of a task, or of the source, ends it.
   * @param {Iterable<unknown> | AsyncIterable<unknown>} items
   * @param {object} [options] concurrency (default: twice as many as can run at once), ordered (default:
   *   true), and those of exec() for each task
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
   * A Transform that runs a task for each chunk; options as of map().
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
   * Sends a clone of the data to every worker, those of the future as well, as a `message` on its
   * parentPort. A task that is given later finds it there.
   * @param {unknown} data
   * @param {{ name?: string }} [options] a later broadcast of the same name takes the place of this one
   *   for the workers of the future
   */
  broadcast (data, options = noOptions) {
    checkMethodOptions(options, 'broadcast', ['name'])
    const { name } = options
    if (name !== undefined && typeof name !== 'string') throw invalidArgType('options.name', 'of type string', name)
    this.#native?.checkBroadcast()
    if (this.#state !== 'open') throw closedError()
    const known = name === undefined ? 'broadcast' : `broadcast ${name}`
    let sender = this.#senders.get(known)
    if (sender === undefined) {
      sender = new NativePort(native.createBroadcastSender(this.#key, name))
      this.#senders.set(known, sender)
    }
    postMessage(sender, data, undefined, undefined, kind.broadcast)
  }

  // ---- workers ----

  /** Resolves when as many workers as `minThreads` are ready for tasks; rejects when they cannot be. */
  get ready () {
    return this.#workers.whenReady(this.#options.minThreads)
  }

  /**
   * Starts workers before there are tasks for them.
   * @param {number} [count] default: as many as there may be
   * @returns {Promise<void>} when they are ready
   */
  prewarm (count = this.#options.maxThreads) {
    const { maxThreads } = this.#options
    if (typeof count !== 'number') throw invalidArgType('count', 'of type number', count)
    if (!NumberIsInteger(count) || count < 1 || count > maxThreads) {
      throw invalidArgValue('count', count, `must be a whole number from 1 to maxThreads, which is ${maxThreads}`)
    }
    if (this.#state !== 'open') return PromiseReject(closedError())
    return this.#workers.whenReady(count)
  }

  /**
   * How many workers there are from now on. Those too many end when they have finished what they do.
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
    if (this.#state !== 'open') return
    this.#workers.fit()
    this.#queue?.pump()
  }

  /**
   * Puts new workers in the place of all that there are, once they have finished what they do.
   * @returns {Promise<void>} when the last of the old ones is gone
   */
  recycleWorkers () {
    return this.#workers.recycle()
  }

  // ---- the end ----

  /**
   * Takes no more tasks, and ends the workers when those that there are have been run.
   * @param {{ timeout?: number }} [options] milliseconds after which it is destroyed; default: `closeTimeout`
   * @returns {Promise<void>} when all is gone
   */
  close (options = noOptions) {
    checkMethodOptions(options, 'close', ['timeout'])
    const { timeout = this.#options.closeTimeout } = options
    if (timeout !== Infinity) milliseconds('options.timeout', timeout)
    const closed = this.#whenClosed()
    if (this.#state === 'open') {
      this.#state = 'closing'
      this.#isPlain = false
      if (this.#pending === 0) this.#endWorkers()
      // A task may have been submitted where no worker could be started for it: far down the stack, say.
      else this.#workers.grow()
    }
    if (timeout !== Infinity) {
      const timer = setTimeout(() => this.destroy(), timeout)
      whenSettled(closed, () => clearTimeout(timer))
    }
    return closed
  }

  /**
   * Ends the workers now. Tasks that are not finished reject.
   * @returns {Promise<void>} when all is gone
   */
  destroy () {
    const closed = this.#whenClosed()
    this.#isPlain = false
    if (this.#state !== 'closed') {
      this.#state = 'closing'
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

  // With a reason at once, else when they have finished.
  #endWorkers (reason) {
    this.#state = 'closed'
    this.#workers.end(reason, closedError())
  }

  #onWorkersGone () {
    this.#lastTiming = this.#timing()
    this.#isGone = true
    native.deletePool(this.#key)
    this.#senders.clear()
    this.#onClosed()
    this.#emit(['close'])
  }

  // ---- what there is to see ----

  /** How many workers there are. */
  get threads () { return this.#workers.count }

  /** How many workers have nothing to do. */
  get idleThreads () { return this.#state === 'closed' ? 0 : this.#workers.idleCount }

  /** How many tasks wait for a worker. */
  get queueSize () { return this.#state === 'closed' ? 0 : native.queuedTasks(this.#key) + (this.#queue?.size ?? 0) }

  /** Whether the queue is full, and has not been empty since. */
  get needsDrain () { return this.#isFull }

  /** How many tasks were run to their end. */
  get completed () { return this.#completed }

  /** How many tasks were rejected. */
  get failed () { return this.#failed }

  /** With `recordTiming`, how long tasks ran and waited, in milliseconds; else undefined. */
  get histogram () {
    const timing = this.#timing()
    return timing && { runTime: timing.runTime, waitTime: timing.waitTime }
  }

  /** With `recordTiming`, the share of their time in which workers had tasks, 0 to 1; else undefined. */
  get utilization () {
    const timing = this.#timing()
    const time = this.#workers.time * this.#options.concurrentTasksPerWorker
    return timing && (time > 0 ? MathMin(timing.totalRunTime / time, 1) : 0)
  }

  #timing () {
    return this.#isGone ? this.#lastTiming : native.poolTiming(this.#key) ?? undefined
  }

  /** All of that as one plain object. */
  stats () {
    const { threads, idleThreads, queueSize, needsDrain, completed, failed, utilization, histogram } = this
    return {
      threads,
      idleThreads,
      minThreads: this.#options.minThreads,
      maxThreads: this.#options.maxThreads,
      pending: this.#pending,
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
