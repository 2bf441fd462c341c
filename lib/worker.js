'use strict'

// Worker: the parent's half. https://nodejs.org/api/worker_threads.html#class-worker

const diagnosticsChannel = require('node:diagnostics_channel')
const EventEmitter = require('node:events')
const path = require('node:path')
const { fileURLToPath } = require('node:url')
const { nodeError, nodeMajor, invalidArgType, invalidArgValue, missingMessage } = require('./errors')
const { data: environmentData } = require('./environment-data')
const { shareVariables } = require('./environment-variables')
const { SHARE_ENV } = require('./node')
const { native, kind, kReceive, NativePort, keyOf, postMessage, structuredClone } = require('./realm')
const { listResourceLimits, namedResourceLimits } = require('./resource-limits')
const { readTransferList } = require('./transfer-list')

const runtimes = ['node']

// An option of pooled-worker.js: the pool that the worker is to work for, { key, concurrency }.
const kPool = Symbol('kPool')
// What only that file sees of a Worker: its key in the native half, what it left undone, and how to
// send to this package's half in the worker.
const kKey = Symbol('kKey')
const kUndone = Symbol('kUndone')
const kSendControl = Symbol('kSendControl')

const workerCreated = diagnosticsChannel.channel('worker_threads')

/** Where the worker's messages arrive; a Worker is no port, so it has one. */
class WorkerPort extends NativePort {
  constructor (key, worker) {
    super(key)
    this.worker = worker
    native.bindPort(key, this)
  }

  [kReceive] (what, value, ports) {
    this.worker[kReceive](what, value, ports)
  }
}

class Worker extends EventEmitter {
  #key = null
  #threadId = -1
  #threadName
  #port
  #control
  #stdin = null
  #stdout = null
  #stderr = null
  #pipes

  /**
   * Starts a thread that runs `filename`; returns at once.
   * @param {string | URL} filename absolute, or relative to the working directory with ./ or ../;
   *   a file: or data: URL object; source text with `eval: true`
   * @param {object} [options] as Node's, and `runtime`
   */
  constructor (filename, options = {}) {
    super()
    const { argv, execArgv, execPlan, env, entry, name, runtime } = readOptions(filename, options)
    if (runtime !== 'node') throw new Error('unreachable: readOptions checks the runtime')

    const variables = env === undefined ? shareVariables() : undefined
    const created = native.createWorker(name)
    if (variables) native.shareVariablesWith(created.key, variables)
    if (options[kPool]) native.joinPool(created.key, options[kPool].key, options[kPool].concurrency)
    this.#control = new NativePort(created.control)
    try {
      const transfer = options.transferList ? readTransferList(Array.prototype.slice.call(options.transferList)) : {}
      postMessage(this.#control, {
        entry,
        argv,
        execArgv,
        execPlan,
        env,
        workerData: options.workerData,
        environmentData,
        builtinNames: builtinNames(),
        hasStdin: Boolean(options.stdin)
      }, transfer.arrayBuffers, transfer.ports)
      postMessage(this.#control, { type: 'run' })
      this.#port = new WorkerPort(created.port, this)
      native.setReceiving(created.port, true)
      native.startWorker(created.key, {
        argv0: process.argv0,
        execArgv: execArgv ?? process.execArgv,
        resourceLimits: listResourceLimits(options.resourceLimits),
        useSnapshot: canUseSnapshot(),
        trackUnmanagedFds: Boolean(options.trackUnmanagedFds ?? true)
      })
    } catch (error) {
      native.discardWorker(created.key)
      throw error
    }
    this.#key = created.key
    this.#threadId = created.threadId
    this.#threadName = name
    rememberExitCode()

    this.#pipes = { stdout: !options.stdout, stderr: !options.stderr }
    if (options.stdin) this.#stdin = new (stdio().WritableStdio)(chunks => this.#sendControl({ type: 'stdin', chunks }))
    this.#referencePortWhileListenedTo()
    if (workerCreated.hasSubscribers) workerCreated.publish({ worker: this })
    process.nextTick(() => process.emit('worker', this))
  }

  // A `message` listener keeps the event loop alive, also after unref(), as Node has it.
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

  [kReceive] (what, value) {
    switch (what) {
      case kind.message:
        this.emit('message', value)
        break
      case kind.messageError:
        this.emit('messageerror', value)
        break
      case kind.control:
        this.#onControl(value)
        break
      case kind.exit:
        this.#onExit(value)
    }
  }

  #onControl (message) {
    switch (message.type) {
      case 'online':
        this.emit('online')
        break
      case 'error':
        this.emit('error', require('./error-serializer').deserializeError(message.error))
        break
      case 'output':
        this.#readable(message.stream).pushChunks(message.chunks)
        break
      case 'wantsInput':
        this.#stdin?.release()
    }
  }

  #onExit (code) {
    const { outOfMemory, notStarted, undone } = native.workerExit()
    this[kUndone] = undone
    this.removeAllListeners('message')
    this.removeAllListeners('messageerror')
    this.#key = null
    this.#port = null
    this.#control = null
    this.#stdout?.finish()
    this.#stderr?.finish()
    try {
      if (outOfMemory) {
        this.emit('error', nodeError(Error, 'ERR_WORKER_OUT_OF_MEMORY',
          'Worker terminated due to reaching memory limit: JS heap out of memory'))
      } else if (notStarted) {
        this.emit('error', nodeError(Error, 'ERR_WORKER_INIT_FAILED', `Worker initialization failure: ${notStarted}`))
      }
    } finally {
      this.emit('exit', code)
      this.removeAllListeners()
    }
  }

  // Made when first needed: most workers never write.
  #readable (name) {
    const existing = name === 'stdout' ? this.#stdout : this.#stderr
    if (existing) return existing
    const { ReadableStdio, pipeQuietly } = stdio()
    const readable = new ReadableStdio(() => this.#sendControl({ type: 'wantsOutput', stream: name }))
    if (name === 'stdout') this.#stdout = readable
    else this.#stderr = readable
    if (this.#pipes[name]) pipeQuietly(readable, process[name])
    if (this.#key === null) readable.finish()
    return readable
  }

  /**
   * Sends a clone of `message` to the worker's parentPort. Never blocks; does nothing after the
   * worker's end.
   * @throws {DOMException} DataCloneError; then nothing was transferred
   */
  postMessage (message, transfer) {
    if (this.#key === null) return
    if (transfer === undefined) {
      if (arguments.length === 0) throw missingMessage()
      postMessage(this.#port, message)
    } else {
      const { arrayBuffers, ports } = readTransferList(transfer)
      postMessage(this.#port, message, arrayBuffers, ports)
    }
  }

  /**
   * Ends the worker as soon as possible, whatever it does.
   * @returns {Promise<number | undefined>} the exit code once the thread is gone; undefined when
   *   it was gone already
   */
  terminate () {
    this.ref()
    if (this.#key === null) return Promise.resolve()
    native.terminateWorker(this.#key)
    return new Promise(resolve => this.once('exit', resolve))
  }

  async [Symbol.asyncDispose ?? Symbol.for('nodejs.asyncDispose')] () {
    await this.terminate()
  }

  /** Keeps this thread's event loop alive until the worker has exited; so it is at first. */
  ref () {
    if (this.#key === null) return
    native.setWorkerRef(this.#key, true)
    this.#referencePort(true)
  }

  unref () {
    if (this.#key === null) return
    native.setWorkerRef(this.#key, false)
    this.#referencePort(false)
  }

  [kSendControl] (message, transfer) {
    if (this.#key === null) return
    const { arrayBuffers, ports } = transfer === undefined ? {} : readTransferList(transfer)
    postMessage(this.#control, message, arrayBuffers, ports)
  }

  get [kKey] () {
    return this.#key
  }

  /** Unique in the process; -1 after the worker's end. */
  get threadId () {
    return this.#key === null ? -1 : this.#threadId
  }

  /** null after the worker's end. */
  get threadName () {
    return this.#key === null ? null : this.#threadName
  }

  /** In megabytes, what V8 took; {} after the worker's end. */
  get resourceLimits () {
    return this.#key === null ? {} : namedResourceLimits(native.workerResourceLimits(this.#key))
  }

  /** A Writable with `stdin: true`, else null. */
  get stdin () { return this.#stdin }

  get stdout () { return this.#readable('stdout') }

  get stderr () { return this.#readable('stderr') }
}

// Of worker_threads in this version of Node.
function builtinNames () {
  return Object.keys(require('node:worker_threads'))
}

// Loaded late: it brings all of Node's streams.
function stdio () {
  return require('./worker-stdio')
}

function readEntry (filename, options) {
  if (options[kPool]) {
    const { concurrency, recycle } = options[kPool]
    return { type: 'pool', url: filename, concurrency, recycle }
  }
  if (options.eval) {
    if (typeof filename !== 'string') {
      throw invalidArgValue('options.eval', options.eval, "must be false when 'filename' is not a string")
    }
    return { type: 'eval', source: filename }
  }
  if (isURL(filename)) {
    if (filename.protocol === 'data:') return { type: 'url', url: String(filename) }
    return { type: 'file', path: fileURLToPath(filename) }
  }
  if (typeof filename !== 'string') {
    throw invalidArgType('filename', 'of type string or an instance of URL', filename)
  }
  if (path.isAbsolute(filename) || /^\.\.?[\\/]/.test(filename)) return { type: 'file', path: path.resolve(filename) }
  throw nodeError(TypeError, 'ERR_WORKER_PATH',
    'The worker script or module filename must be an absolute path or a relative path starting with \'./\' or \'../\'.' +
    (filename.startsWith('file://') ? ' Wrap file:// URLs with `new URL`.' : '') +
    (filename.startsWith('data:text/javascript') ? ' Wrap data: URLs with `new URL`.' : '') +
    ` Received "${filename}"`)
}

function isURL (value) {
  return Boolean(value?.href && value.protocol && value.auth === undefined && value.path === undefined)
}

// In the order in which Node finds fault with them.
function readOptions (filename, options) {
  for (const name of ['execArgv', 'argv']) {
    if (options[name] && !Array.isArray(options[name])) throw invalidArgType(`options.${name}`, 'an instance of Array', options[name])
  }
  const argv = options.argv ? options.argv.map(String) : undefined
  const entry = readEntry(filename, options)
  let env
  if (typeof options.env === 'object' && options.env !== null) {
    env = stringValues(options.env)
  } else if (options.env == null) {
    env = { ...process.env }
  } else if (options.env !== SHARE_ENV) {
    throw invalidArgType('options.env', 'of type object or one of undefined, null, or worker_threads.SHARE_ENV', options.env)
  }
  let name = nodeMajor >= 24 ? 'WorkerThread' : ''
  if (options.name) {
    if (typeof options.name !== 'string') throw invalidArgType('options.name', 'of type string', options.name)
    name = options.name.trim()
  }
  const runtime = options.runtime ?? 'node'
  if (!runtimes.includes(runtime)) {
    throw invalidArgValue('options.runtime', runtime, `must be one of: ${runtimes.map(known => `'${known}'`).join(', ')}`)
  }
  const ownNodeOptions = typeof options.env === 'object' && options.env !== null ? env.NODE_OPTIONS : undefined
  const flags = options.execArgv || ownNodeOptions !== undefined
    ? require('./exec-argv').readExecArgv(options.execArgv || undefined, ownNodeOptions)
    : undefined
  return { argv, ...flags, env, entry, name, runtime }
}

/** Throws what the constructor would, of a worker of a pool. */
function checkWorkerOptions (filename, options) {
  readOptions(filename, { ...options, [kPool]: {} })
  structuredClone(options.workerData, undefined, undefined)
}

function stringValues (object) {
  return Object.fromEntries(Object.entries(object).map(([key, value]) => [key, `${value}`]))
}

// With these flags the process itself runs without the snapshot that environments are made from.
let snapshot
function canUseSnapshot () {
  snapshot ??= !/--no-node-snapshot|--snapshot-blob|--build-snapshot/.test([...process.execArgv, process.env.NODE_OPTIONS].join(' '))
  return snapshot
}

// Should a worker be stuck in native code when the process ends, it ends with the right code.
let remembers = false
function rememberExitCode () {
  if (remembers) return
  remembers = true
  process.on('exit', code => native.setProcessExitCode(Number(code) || 0))
}

module.exports = { checkWorkerOptions, Worker, kPool, kKey, kUndone, kSendControl }
