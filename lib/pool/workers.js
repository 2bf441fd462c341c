'use strict'

// The workers of a pool: their number, and the replacement of workers that end.

const {
  ArrayPrototypeFilter, ArrayPrototypeForEach, ArrayPrototypeIncludes, ArrayPrototypeMap, ArrayPrototypeSort, Error, MathMax, MathMin,
  Promise, SafeMap, SafeSet, Symbol, append, firstKey, newList, promiseAll, whenSettled
} = require('../core/primordials')
const { clearTimeout, nextTick, performanceNow, setTimeout } = require('../core/platform')
const diagnosticsChannel = require('node:diagnostics_channel')
const { nodeError } = require('../core/errors')
const { native } = require('../core/realm')
const { PooledWorker } = require('./pooled-worker')
const { checkWorkerOptions } = require('../node/worker')

// Milliseconds. After a worker ends before it is ready, the next one waits, each time twice as long, until too many fail in a row.
const FIRST_DELAY = 50
const MOST_FAILURES = 5
// Failures further apart than this, in milliseconds, are unrelated.
const PATIENCE = 10_000
// A worker that has lived for this many milliseconds is assumed not to fail at once again.
const LONG_LIFE = 1000

// The shortest interval in milliseconds between two checks for idle workers.
const LEAST_LOOK = 20

// The number of affinities that are remembered. Beyond it, the least recently used one is forgotten.
const MOST_AFFINITIES = 10_000

const channels = {
  workerCreate: diagnosticsChannel.channel('isothreads.pool.workerCreate'),
  workerDestroy: diagnosticsChannel.channel('isothreads.pool.workerDestroy')
}

/** The pool's method for the end of a worker, called before the promises of its tasks are settled. */
const kWorkerExit = Symbol('kWorkerExit')

class PoolWorkers {
  /** The number of tasks that the present workers can run at once. */
  capacity = 0
  #pool
  #options
  #hooks
  // All workers that have not ended, by key.
  #workers = new SafeMap()
  #affinities = new SafeMap()
  // The callers that wait until a number of workers are ready.
  #waiting = new SafeSet()
  #failures = 0
  #lastFailure = -Infinity
  #backOff
  #idleTimer
  // The time for which ended workers were ready, in milliseconds.
  #timeOfGone = 0
  #isEnding = false
  #error

  /**
   * @param {import('./worker-pool').WorkerPool} pool the emitter of the events
   * @param {object} options of the pool; resizing changes them
   * @param {object} hooks key of the pool; emit(event, ...args); pending(): the number of unfinished tasks; [kWorkerExit](worker,
   *   error); onBroken(error): there will be no workers; onGone(): all have ended; setAwaited(boolean): whether a caller waits for
   *   workers to be ready
   */
  constructor (pool, options, hooks) {
    this.#pool = pool
    this.#options = options
    this.#hooks = hooks
  }

  /** The number of workers, including those that end after their current tasks. */
  get count () { return this.#workers.size }

  /** The number of workers that are ready and have no task. */
  get idleCount () {
    const busy = native.busyWorkers(this.#hooks.key)
    return ArrayPrototypeFilter(this.#ready(), worker => !ArrayPrototypeIncludes(busy, worker.key)).length
  }

  get isOpen () { return !this.#isEnding && this.#error === undefined }

  get (key) { return this.#workers.get(key) }

  /** The total time for which workers were ready, in milliseconds. */
  get time () {
    let time = this.#timeOfGone
    this.#workers.forEach(worker => { time += worker.time })
    return time
  }

  start () {
    while (this.count < this.#options.minThreads) this.#add()
    // With workers, the constructor of the first one checks the options.
    if (this.count === 0) checkWorkerOptions(this.#options.filename, this.#options.workerOptions)
  }

  // Starts as many workers as needed, unless something prevents it; then it is called again later.
  #ensure (wanted = 0) {
    if (!this.isOpen || this.#backOff || this.#hasGivenUp) return
    const { maxThreads, minThreads } = this.#options
    try {
      let least = MathMax(minThreads, wanted)
      this.#waiting.forEach(({ count }) => { least = MathMax(least, count) })
      least = MathMin(maxThreads, least)
      while (this.count < least) this.#add()
      while (this.#hooks.pending() > this.capacity && this.count < maxThreads) this.#add()
    } catch (error) {
      // For example, the system cannot create a thread.
      this.#onFailedStart(error)
    }
  }

  /** Adds workers when there are more tasks than the present ones can run at once. */
  grow () {
    if (this.count < this.#options.maxThreads) this.#ensure()
  }

  #add () {
    const { filename, concurrentTasksPerWorker, workerOptions, recycle } = this.#options
    const worker = new PooledWorker(filename, workerOptions, {
      key: this.#hooks.key,
      concurrency: concurrentTasksPerWorker,
      recycle
    })
    this.#workers.set(worker.lastKey, worker)
    this.capacity += concurrentTasksPerWorker
    let failure
    try {
      worker.on('ready', () => this.#checkWaiting())
      worker.on('poolMessage', message => this.#hooks.emit('message', message, worker))
      worker.on('error', error => { failure = error })
      worker.on('exit', code => this.#onExit(worker, code, failure))
      worker.start()
    } catch (error) {
      if (worker.hasStarted) {
        // It may already have tasks. It ends like any other worker, and its exit handles them.
        worker.terminate()
      } else {
        this.#leave(worker)
        this.#workers.delete(worker.lastKey)
        worker.discard()
      }
      throw error
    }
    // Deferred, so that listeners can be added after the pool was created.
    nextTick(() => this.#hooks.emit('workerCreate', worker))
    if (channels.workerCreate.hasSubscribers) channels.workerCreate.publish({ pool: this.#pool, worker })
    this.#watchIdle()
  }

  #leave (worker) {
    if (worker.isLeaving) return false
    worker.isLeaving = true
    this.capacity -= this.#options.concurrentTasksPerWorker
    return true
  }

  // The worker finishes its tasks and takes no more. If a caller waits for that, the process stays alive until then.
  #retire (worker, isAwaited) {
    if (isAwaited) worker.ref()
    if (!this.#leave(worker)) return
    worker.isRetired = true
    // false: the worker has not looked for tasks yet. When it does, it is torn down like others.
    if (!native.retireWorker(this.#hooks.key, worker.key)) worker.terminateLater()
  }

  #onExit (worker, code, failure) {
    this.#leave(worker)
    this.#workers.delete(worker.lastKey)
    this.#timeOfGone += worker.time
    worker.affinities.forEach(affinity => this.#affinities.delete(affinity))
    worker.deleteSenders(this.#hooks.key)
    const error = failure ?? exitError(worker, code)
    this.#hooks[kWorkerExit](worker, error)
    if (channels.workerDestroy.hasSubscribers) channels.workerDestroy.publish({ pool: this.#pool, worker, code, error: failure })
    this.#hooks.emit('workerDestroy', worker, code, failure)
    if (this.#isEnding) {
      if (this.count === 0) this.#hooks.onGone()
    } else if (worker.isAborted || worker.isRetired || worker.undone.length > 0 || (worker.isReady && failure === undefined)) {
      if (worker.isReady) this.#failures = 0
      this.#ensure()
    } else {
      // No promise reports this error.
      if (worker.isReady) this.#emitError(failure)
      if (worker.time > LONG_LIFE) this.#ensure()
      else this.#onFailedStart(error, worker)
    }
  }

  #emitError (error) {
    if (this.#pool.listenerCount('error') > 0) this.#hooks.emit('error', error)
  }

  // Handles a worker that ended before it had a task, or could not be started. Another attempt may succeed.
  #onFailedStart (error, worker) {
    const now = performanceNow()
    const failures = now - this.#lastFailure > PATIENCE ? 1 : this.#failures + 1
    this.#failures = worker?.isUnusable ? MathMax(failures, MOST_FAILURES) : failures
    this.#lastFailure = now
    if (this.#failures < MOST_FAILURES) {
      // Waiting tasks keep the process alive; without tasks nobody needs the worker.
      this.#backOff ??= setTimeout(() => {
        this.#backOff = undefined
        this.#ensure()
      }, FIRST_DELAY * 2 ** (this.#failures - 1)).unref()
      return
    }
    if (this.count === 0) {
      this.#error = error
      this.#hooks.onBroken(error)
      this.#checkWaiting()
    }
    if (this.#failures === MOST_FAILURES && !worker?.isReady) this.#emitError(error)
  }

  // The present workers do the work until another attempt makes sense.
  get #hasGivenUp () {
    return this.#failures >= MOST_FAILURES && performanceNow() - this.#lastFailure < PATIENCE
  }

  // ---- number of workers ----

  /** Applies a change of `minThreads` or `maxThreads`. */
  fit () {
    this.#ensure()
    const excess = this.#active().length - this.#options.maxThreads
    const inOrder = this.#inOrderOfUse()
    for (let index = 0; index < excess; index++) this.#retire(inOrder[index])
    this.#watchIdle()
    this.#checkWaiting()
  }

  #active () {
    const active = newList()
    this.#workers.forEach(worker => { if (!worker.isLeaving) append(active, worker) })
    return active
  }

  #ready () {
    return ArrayPrototypeFilter(this.#active(), worker => worker.isReady)
  }

  // The most dispensable workers first: those that are not ready, then the longest idle, then the busy ones.
  #inOrderOfUse () {
    const use = worker => worker.isReady ? -(native.workerRested(this.#hooks.key, worker.key) ?? -1) : -Infinity
    const uses = ArrayPrototypeMap(this.#active(), worker => ({ use: use(worker), worker }))
    return ArrayPrototypeMap(ArrayPrototypeSort(uses, (a, b) => a.use - b.use), ({ worker }) => worker)
  }

  #watchIdle () {
    const { idleTimeout, minThreads } = this.#options
    if (idleTimeout === Infinity || this.#idleTimer || this.#isEnding || this.#active().length <= minThreads) return
    this.#idleTimer = setTimeout(() => this.#retireIdle(), this.#nextIdle()).unref()
  }

  // The milliseconds until a worker may have been idle for long enough.
  #nextIdle () {
    let rested = 0
    ArrayPrototypeForEach(this.#active(), worker => {
      rested = MathMax(rested, native.workerRested(this.#hooks.key, worker.key) ?? 0)
    })
    return MathMax(this.#options.idleTimeout - rested, LEAST_LOOK)
  }

  #retireIdle () {
    this.#idleTimer = undefined
    const { idleTimeout, minThreads } = this.#options
    let excess = this.#active().length - minThreads
    const inOrder = this.#inOrderOfUse()
    for (let index = 0; index < inOrder.length; index++) {
      const worker = inOrder[index]
      const rested = native.workerRested(this.#hooks.key, worker.key)
      if (excess <= 0 || rested === null || rested < idleTimeout) continue
      this.#retire(worker)
      excess--
    }
    this.#watchIdle()
  }

  /** @returns {Promise<void>} resolves when the present workers have ended */
  async recycle () {
    const workers = this.#active()
    const gone = ArrayPrototypeMap(workers, worker => new Promise(resolve => { worker.once('exit', resolve) }))
    ArrayPrototypeForEach(workers, worker => this.#retire(worker, true))
    await promiseAll(gone)
  }

  // ---- readiness ----

  /** @returns {Promise<void>} */
  whenReady (count) {
    const promise = new Promise((resolve, reject) => {
      this.#waiting.add({ count, resolve, reject })
      this.#ensure()
      this.#checkWaiting()
    })
    // A caller that ignores the promise does not want an unhandled rejection.
    whenSettled(promise, undefined, () => {})
    return promise
  }

  #checkWaiting () {
    const ready = this.#ready().length
    this.#waiting.forEach(waiting => {
      if (ready >= MathMin(waiting.count, this.#options.maxThreads)) waiting.resolve()
      else if (this.#error !== undefined) waiting.reject(this.#error)
      else return
      this.#waiting.delete(waiting)
    })
    this.#hooks.setAwaited(this.#waiting.size > 0)
  }

  // ---- affinity ----

  /** The worker that runs all tasks of this affinity while it lives. */
  withAffinity (affinity) {
    let worker = this.#affinities.get(affinity)
    if (worker === undefined || worker.isLeaving) {
      if (this.#active().length === 0) this.#ensure(1)
      // undefined while workers fail to start; then any worker may run the task.
      worker = ArrayPrototypeSort(this.#active(), (a, b) => a.affinities.size - b.affinities.size)[0]
      if (worker === undefined) return undefined
    }
    this.#affinities.delete(affinity)
    this.#affinities.set(affinity, worker)
    worker.affinities.add(affinity)
    if (this.#affinities.size > MOST_AFFINITIES) {
      const oldest = firstKey(this.#affinities)
      const holder = this.#affinities.get(oldest)
      this.#affinities.delete(oldest)
      holder.affinities.delete(oldest)
    }
    return worker
  }

  // ---- the end ----

  /**
   * @param {string} [reason] the reason to end the workers at once; without it they finish their tasks
   * @param {Error} error for callers that wait for workers to be ready
   */
  end (reason, error) {
    const isFirst = !this.#isEnding
    this.#isEnding = true
    this.#error ??= error
    clearTimeout(this.#idleTimer)
    clearTimeout(this.#backOff)
    this.#checkWaiting()
    if (isFirst && this.count === 0) return nextTick(() => this.#hooks.onGone())
    this.#workers.forEach(worker => {
      if (reason === undefined) {
        this.#retire(worker, true)
      } else {
        worker.reason ??= reason
        worker.terminate()
      }
    })
  }
}

function exitError (worker, code) {
  const which = worker.isReady ? 'The worker that ran the task ended' : 'The worker ended before it was ready for tasks,'
  const why = worker.reason === undefined ? '' : ` (${worker.reason})`
  return nodeError(Error, 'ERR_ISOTHREADS_WORKER_EXITED', `${which} with code ${code}${why}`)
}

module.exports = { kWorkerExit, PoolWorkers }
