'use strict'

// Worker: the parent's half. https://nodejs.org/api/worker_threads.html#class-worker

const {
  ArrayPrototypeForEach, ArrayPrototypeSlice, Error, Number, NumberIsInteger, ObjectDefineProperty, Promise, PromiseResolve, RangeError,
  ReflectOwnKeys, Symbol, SymbolAsyncDispose, append, newList, setOwn
} = require('../core/primordials')
const { nextTick } = require('../core/platform')
const { process } = require('./internals')
const { AsyncResource } = require('node:async_hooks')
const diagnosticsChannel = require('node:diagnostics_channel')
const EventEmitter = require('node:events')
const { deserializeError } = require('../core/error-serializer')
const { invalidArgType, missingMessage, nodeError, unknownControl } = require('../core/errors')
const { isNative } = require('../native/library')
const { native, kind, NativePort, keyOf, postMessage, structuredClone } = require('../core/realm')
const { kReceive } = require('../core/symbols')
const { control } = require('../core/protocol')
const { checkQueue } = require('../core/queue-limit')
const { namedResourceLimits } = require('../core/resource-limits')
const { readTimeLimit } = require('../core/time-limit')
const { readTransferList } = require('../core/transfer-list')
const { planEnvironment } = require('./worker-environment')
const { WorkerPort } = require('./worker-port')

// An option for pooled-worker.js: the pool that the worker works for, { key, concurrency }.
const kPool = Symbol('kPool')
// For pooled-worker.js only: the worker's native key, its unfinished tasks, and a method to send to this package's half in the
// worker.
const kKey = Symbol('kKey')
const kUndone = Symbol('kUndone')
const kSendControl = Symbol('kSendControl')
// Also for that file: starts the worker once the pool knows it, or discards it.
const kStart = Symbol('kStart')
const kDiscard = Symbol('kDiscard')
const kWasStarted = Symbol('kWasStarted')

const nothing = { __proto__: null }

// Loaded by Worker.prewarm().
let spares

const workerCreated = diagnosticsChannel.channel('worker_threads')

// What async_hooks knows a worker by. Tools that look for what keeps a process alive call hasRef().
class WorkerResource extends AsyncResource {
  #isReferenced = true

  constructor () {
    super('WORKER', { __proto__: null, requireManualDestroy: true })
  }

  /** @returns {boolean | undefined} undefined after the worker's end */
  hasRef () { return this.#isReferenced }

  setReferenced (isReferenced) { this.#isReferenced = isReferenced }

  end () {
    this.#isReferenced = undefined
    this.emitDestroy()
  }
}

class Worker extends EventEmitter {
  #key = null
  #threadId = -1
  #threadName
  #isOnline = false
  #resource
  #port
  #control
  #stdin = null
  #stdout = null
  #stderr = null
  #pipes
  #start
  #wasStarted = false
  #isNative
  #inspection
  #locks
  // Functions that end its BroadcastChannels.
  #relays
  #maxQueuedMessages
  #hasFailed = false
  #exitReason = null

  /** As Node's `performance` of a Worker. */
  performance = {
    eventLoopUtilization: (util1, util2) => this.#isOnline && this.#key !== null
      ? this.#inspected().eventLoopUtilization(util1, util2)
      : { idle: 0, active: 0, utilization: 0 }
  }

  /**
   * Starts a thread that runs `filename`; returns at once.
   * @param {string | URL} filename absolute, or relative to the working directory with ./ or ../;
   *   a file: or data: URL object; source text with `eval: true`
   * @param {object} [options] Node's options, and `runtime`
   */
  constructor (filename, options = {}) {
    super()
    const pool = options?.[kPool]
    const { name, post, start, shape, handedOver, exposed, isTypeScript } = plan(filename, options, pool)
    const cpuTimeLimit = readTimeLimit(options, 'cpuTimeLimit')
    const wallTimeLimit = readTimeLimit(options, 'wallTimeLimit')
    this.#isNative = isNativeWorker(filename, options)
    const spare = spares?.take(shape)
    const created = spare?.created ?? native.createWorker(name)
    try {
      this.#key = created.key
      this.#threadId = created.threadId
      this.#threadName = name
      // The runtime has checked it.
      this.#maxQueuedMessages = options.maxQueuedMessages ?? undefined
      if (cpuTimeLimit !== undefined || wallTimeLimit !== undefined) native.setTimeLimits(created.key, cpuTimeLimit, wallTimeLimit)
      if (pool) native.joinPool(created.key, pool.key, pool.concurrency)
      this.#control = new NativePort(created.control)
      this.#resource = new WorkerResource()
      if (spare === undefined) {
        this.#port = new WorkerPort(created.port, this)
        native.setReceiving(created.port, true)
      } else {
        this.#port = spare.port
        spare.port.worker = this
      }
      this.#pipes = { stdout: !options.stdout, stderr: !options.stderr }
      if (options.stdin) this.#stdin = new (stdio().WritableStdio)(chunks => this.#sendControl({ type: control.stdin, chunks }))
      this.#referencePortWhileListenedTo()
      rememberExitCode()
      const transfer = options.transferList ? readTransferList(ArrayPrototypeSlice(options.transferList)) : { __proto__: null }
      if (exposed !== undefined) transfer.functions = exposed.open()
      if (isTypeScript) transfer.types = require('./type-stripping').openStripper(Worker)
      this.#start = () => {
        post(value => {
          // Transferred with the first message.
          const { arrayBuffers, functions, ports = newList(), types } = transfer
          transfer.arrayBuffers = transfer.functions = transfer.ports = transfer.types = undefined
          if (functions !== undefined) {
            setOwn(value, 'functions', functions)
            setOwn(ports, ports.length, functions.port)
          }
          if (types !== undefined) {
            setOwn(value, 'types', types)
            setOwn(ports, ports.length, types)
          }
          postMessage(this.#control, value, arrayBuffers, ports)
        })
        return spare === undefined ? start(created.key) : spare.handOver(name, handedOver)
      }
      // A pool starts the worker later, when it knows it.
      if (!pool) this[kStart]()
    } catch (error) {
      this.#discard(created.key)
      throw error
    }
  }

  /**
   * Starts spare workers in the background, until there are `count` of them. A new Worker with the same options takes a spare one, if
   * there is one that is ready, and starts at once then.
   * @param {number} count 0 ends those that there are
   * @param {object} [options] of the workers; and `keep`: how many spare workers are kept, by starting others for those that were taken
   * @returns {Promise<void>} resolves when they are ready
   */
  static async prewarm (count, options = nothing) {
    const { keep = 0, ...others } = options
    checkCount(count, 'count')
    checkCount(keep, 'options.keep')
    spares ??= require('./spares')
    await spares.prewarm(plan('', { ...others, eval: true }), count, keep)
  }

  // Everything that can fail comes before the thread starts. Afterwards the worker always reaches its owner.
  [kStart] () {
    // The event is emitted only if the worker has started.
    nextTick(() => { if (this.#wasStarted) process.emit('worker', this) })
    const start = this.#start
    this.#start = undefined
    const refusal = start()
    if (refusal !== null) {
      throw nodeError(Error, 'ERR_WORKER_INIT_FAILED', `Could not create the worker's thread: ${refusal}`)
    }
    this.#wasStarted = true
    if (workerCreated.hasSubscribers) workerCreated.publish({ worker: this })
  }

  // Ends its thread, if there is one.
  #discard (key = this.#key) {
    native.discardWorker(key)
    this.#key = null
    this.#resource?.end()
    this.#wasStarted = false
  }

  [kDiscard] () {
    this.#discard()
  }

  // As in Node, a `message` listener keeps the event loop alive even after unref().
  #referencePortWhileListenedTo () {
    this.on('newListener', event => {
      if (event === 'message' && this.listenerCount('message') === 0) this.#referencePort(true)
    })
    this.on('removeListener', event => {
      if (event === 'message' && this.listenerCount('message') === 0) this.#referencePort(false)
    })
  }

  #referencePort (referenced) {
    if (this.#key !== null) native.setPortRef(keyOf(this.#port), referenced)
  }

  #sendControl (message) {
    if (this.#key !== null) postMessage(this.#control, message)
  }

  [kReceive] (what, value, ports) {
    switch (what) {
      case kind.message:
        this.emit('message', value)
        break
      case kind.messageError:
        this.emit('messageerror', value)
        break
      case kind.control:
        this.#onControl(value, ports)
        break
      case kind.exit:
        this.#onExit(value)
    }
  }

  #onControl (message, ports) {
    switch (message.type) {
      case control.online:
        this.#isOnline = true
        this.emit('online')
        break
      case control.error:
        this.#hasFailed = true
        this.emit('error', deserializeError(message.error))
        break
      case control.output:
        this.#readable(message.stream).pushChunks(message.chunks)
        break
      case control.wantsInput:
        this.#stdin?.release()
        break
      case control.lockRequest:
        this.#locks ??= new (require('./lock-client').LockClient)(message => this.#sendControl(message))
        this.#locks.request(message)
        break
      case control.lockRelease:
        this.#locks.release(message.number)
        break
      case control.broadcastChannel:
        append(this.#relays ??= newList(), require('../core/broadcast-relay').relayBroadcasts(message.name, ports[0]))
        break
      default:
        this.emit('error', unknownControl(message.type))
    }
  }

  /** @param {object} exit see src/agent/workers.rs */
  #onExit ({ code, reason, notStarted, undone }) {
    this[kUndone] = undone
    // The worker reports an error of its own before it ends itself.
    this.#exitReason = this.#hasFailed ? 'error' : reason
    this.#locks?.close()
    if (native.hasHostLocks()) require('./locks').grantAfterEnd()
    this.removeAllListeners('message')
    this.removeAllListeners('messageerror')
    this.#key = null
    this.#port = null
    this.#control = null
    // What follows the end comes after what the worker has posted.
    for (let index = 0; index < this.#relays?.length; index++) this.#relays[index]()
    this.#stdout?.finish()
    this.#stderr?.finish()
    try {
      const error = this.#hasFailed ? undefined : errorOfExit(reason, notStarted)
      if (error !== undefined) this.emit('error', error)
    } finally {
      this.emit('exit', code)
      // Without a name, removeAllListeners() would iterate over an array.
      ArrayPrototypeForEach(ReflectOwnKeys(this._events), name => { if (name !== 'removeListener') this.removeAllListeners(name) })
      this.removeAllListeners('removeListener')
      this.#resource.end()
    }
  }

  // Created on first use: most workers never write.
  #readable (name) {
    const existing = name === 'stdout' ? this.#stdout : this.#stderr
    if (existing) return existing
    const { ReadableStdio, pipeQuietly } = stdio()
    const readable = new ReadableStdio(() => this.#sendControl({ type: control.wantsOutput, stream: name }))
    if (name === 'stdout') this.#stdout = readable
    else this.#stderr = readable
    if (this.#pipes[name]) pipeQuietly(readable, process[name])
    if (this.#key === null) readable.finish()
    return readable
  }

  /**
   * Sends a clone of `message` to the worker's parentPort. Never blocks. Does nothing after the worker has ended.
   * @throws {DOMException} DataCloneError; nothing has been transferred then
   */
  postMessage (message, transfer) {
    if (this.#key === null) return
    if (this.#maxQueuedMessages !== undefined) checkQueue(this.#port, this.#maxQueuedMessages)
    if (transfer === undefined) {
      if (arguments.length === 0) throw missingMessage()
      postMessage(this.#port, message)
    } else {
      const { arrayBuffers, ports } = readTransferList(transfer)
      postMessage(this.#port, message, arrayBuffers, ports)
    }
  }

  /**
   * Ends the worker as soon as possible, even in the middle of a computation.
   * @param {(error: null, exitCode: number) => void} [callback] deprecated
   * @returns {Promise<number | undefined>} the exit code once the thread has ended; undefined if it had already ended
   */
  terminate (callback) {
    this.ref()
    if (typeof callback === 'function') {
      const text = 'Passing a callback to worker.terminate() is deprecated. It returns a Promise instead.'
      process.emitWarning(text, 'DeprecationWarning', 'DEP0132')
      this.once('exit', exitCode => callback(null, exitCode))
    }
    if (this.#key === null) return PromiseResolve()
    native.terminateWorker(this.#key)
    return new Promise(resolve => this.once('exit', resolve))
  }

  async [SymbolAsyncDispose] () {
    await this.terminate()
  }

  /** Keeps this thread's event loop alive until the worker has exited. This is the default. */
  ref () {
    if (this.#key === null) return
    native.setWorkerRef(this.#key, true)
    this.#resource.setReferenced(true)
    this.#referencePort(true)
  }

  unref () {
    if (this.#key === null) return
    native.setWorkerRef(this.#key, false)
    this.#resource.setReferenced(false)
    this.#referencePort(false)
  }

  /** @returns {Promise<Readable>} a snapshot of the worker's heap, in the format of the developer tools */
  getHeapSnapshot (options) { return this.#inspected().getHeapSnapshot(options) }

  /** @returns {Promise<object>} v8.getHeapStatistics() of the worker */
  getHeapStatistics () { return this.#inspected().getHeapStatistics() }

  /**
   * @param {{ user: number, system: number }} [prev] an earlier result, to be subtracted
   * @returns {Promise<{ user: number, system: number }>} the processor time of the worker's thread, in microseconds
   */
  cpuUsage (prev) { return this.#inspected().cpuUsage(prev) }

  /** @returns {Promise<object>} a handle whose stop() resolves with the profile, as JSON */
  startCpuProfile (options) { return this.#inspected().startCpuProfile(options) }

  /** @returns {Promise<object>} a handle whose stop() resolves with the profile, as JSON */
  startHeapProfile (options) { return this.#inspected().startHeapProfile(options) }

  // Loaded late, because few programs use it.
  #inspected () {
    return this.#inspection ??= new (require('./worker-inspection').WorkerInspection)(() => this.#key, this.#isNative)
  }

  [kSendControl] (message, transfer) {
    if (this.#key === null) return
    const { arrayBuffers, ports } = transfer === undefined ? nothing : readTransferList(transfer)
    postMessage(this.#control, message, arrayBuffers, ports)
  }

  get [kWasStarted] () {
    return this.#wasStarted
  }

  get [kKey] () {
    return this.#key
  }

  /** Unique in the process; -1 after the worker has ended. */
  get threadId () {
    return this.#key === null ? -1 : this.#threadId
  }

  /** null after the worker has ended. */
  get threadName () {
    return this.#key === null ? null : this.#threadName
  }

  /** What has ended the worker; null before its end. See types/worker.d.ts. */
  get exitReason () { return this.#exitReason }

  /** The limits in effect, in megabytes; {} after the worker has ended. */
  get resourceLimits () {
    return this.#key === null ? {} : namedResourceLimits(native.workerResourceLimits(this.#key))
  }

  /** A Writable with `stdin: true`, else null. */
  get stdin () { return this.#stdin }

  get stdout () { return this.#readable('stdout') }

  get stderr () { return this.#readable('stderr') }
}

ObjectDefineProperty(Worker.prototype.postMessage, 'length', { __proto__: null, value: 0 })

/**
 * @param {string} reason see src/agent/workers.rs
 * @param {string | null} notStarted
 * @returns {Error | undefined} of an end that the worker has not reported itself
 */
function errorOfExit (reason, notStarted) {
  switch (reason) {
    case 'heap':
      return nodeError(Error, 'ERR_WORKER_OUT_OF_MEMORY', 'Worker terminated due to reaching memory limit: JS heap out of memory')
    case 'external-memory':
      return nodeError(Error, 'ERR_ISOTHREADS_EXTERNAL_MEMORY_LIMIT',
        'Worker terminated due to reaching memory limit: buffers and WebAssembly memory')
    case 'cpu-time':
      return nodeError(Error, 'ERR_ISOTHREADS_CPU_TIME_LIMIT', 'Worker terminated due to reaching its limit of processor time')
    case 'wall-time':
      return nodeError(Error, 'ERR_ISOTHREADS_WALL_TIME_LIMIT', 'Worker terminated due to reaching its limit of time')
    case 'not-started':
      return nodeError(Error, 'ERR_WORKER_INIT_FAILED', `Worker initialization failure: ${notStarted}`)
  }
}

// Loaded late, because it loads all of Node's streams.
function stdio () {
  return require('./worker-stdio')
}

function checkCount (value, name) {
  if (typeof value !== 'number') throw invalidArgType(name, 'of type number', value)
  if (!NumberIsInteger(value) || value < 0) throw nodeError(RangeError, 'ERR_OUT_OF_RANGE',
    `The value of "${name}" is out of range. It must be an integer >= 0. Received ${value}`)
}

function isNativeWorker (filename, options) {
  return isNative(filename) && !options?.eval
}

function plan (filename, options, pool) {
  if (isNativeWorker(filename, options)) return require('../native/worker').planNative(filename, options, pool)
  const planned = options?.runtime === 'lean'
    ? require('./lean-worker').planLean(filename, options, pool)
    : planEnvironment(filename, options, pool)
  const exposed = options.expose === undefined && options.maxHostCalls === undefined
    ? undefined
    : require('./exposed-functions').readExposed(options)
  return { ...planned, exposed }
}

/** Throws the constructor's errors for a worker of a pool. */
function checkWorkerOptions (filename, options) {
  plan(filename, options, { recycle: {} })
  structuredClone(options.workerData, undefined, undefined)
}

// If a worker is stuck in native code when the process ends, the process still ends with the right code.
let remembers = false
function rememberExitCode () {
  if (remembers) return
  remembers = true
  try {
    process.on('exit', code => {
      native.setProcessExitCode(Number(code) || 0)
    })
  } catch {
    // `process` is frozen. If a worker is stuck, the process ends with 0.
  }
}

module.exports = { checkWorkerOptions, Worker, kPool, kKey, kUndone, kSendControl, kStart, kDiscard, kWasStarted }
