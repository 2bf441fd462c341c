'use strict'

// The options of a WorkerPool and of its tasks, and the checks of them.

const {
  ArrayPrototypeConcat, ArrayPrototypeFilter, ArrayPrototypeForEach, ArrayPrototypeIndexOf, ArrayPrototypeSome, MathAbs, MathMax, MathRound,
  NumberIsInteger, ObjectEntries, RegExpPrototypeExec, StringPrototypeStartsWith, TypeError, setOf
} = require('../core/primordials')
const { URL } = require('../core/platform')
const path = require('node:path')
const { fileURLToPath, pathToFileURL } = require('node:url')
const { invalidArgType, invalidArgValue, nodeError } = require('../core/errors')
const { findNative, isNative } = require('../native/library')
const { checkIsNoModule, checkNames, checkOptions, synonyms } = require('./option-names')
const { native } = require('../core/realm')

const IDLE_TIMEOUT = 30_000

// The options of Worker that make sense for several workers.
const workerOptionNames = [
  'argv', 'env', 'execArgv', 'expose', 'maxHostCalls', 'moduleRoots', 'name', 'resourceLimits', 'runtime', 'stderr',
  'stdout', 'trackUnmanagedFds', 'workerData'
]
const poolOptionNames = setOf(ArrayPrototypeConcat([
  'filename', 'minThreads', 'maxThreads', 'idleTimeout', 'concurrentTasksPerWorker', 'maxQueue', 'taskTimeout', 'retries', 'recycle',
  'closeTimeout', 'recordTiming', 'taskQueue', 'asyncLocalStorage'
], workerOptionNames))
const taskOptions = [
  'name', 'transferList', 'signal', 'abortGrace', 'priority', 'affinity', 'timeout', 'queueTimeout', 'retries', 'onProgress', 'onMessage'
]
const taskOptionNames = setOf(taskOptions)
const mapOptionNames = setOf(ArrayPrototypeConcat(['concurrency', 'ordered'], taskOptions))
const recycleOptionNames = setOf(['tasks', 'memory', 'age'])

function isURL (value) {
  return typeof value.href === 'string' && typeof value.protocol === 'string'
}

/** @param {object} options of a method of the pool: the method's name, and the known option names */
function checkMethodOptions (options, method, names) {
  checkOptions('options', options)
  checkNames(options, setOf(names), `${method}()`)
}

function checkListener (name, value) {
  if (value !== undefined && typeof value !== 'function') throw invalidArgType(`options.${name}`, 'of type function', value)
}

function checkTaskOptions (options) {
  checkOptions('options', options)
  checkNames(options, taskOptionNames, 'exec()', synonyms.task)
  const { name, signal, priority, affinity, timeout, queueTimeout, abortGrace, retries, onProgress, onMessage } = options
  checkListener('onProgress', onProgress)
  checkListener('onMessage', onMessage)
  if (name !== undefined && typeof name !== 'string') throw invalidArgType('options.name', 'of type string', name)
  if (signal !== undefined && typeof signal?.addEventListener !== 'function') {
    throw invalidArgType('options.signal', 'an instance of AbortSignal', signal)
  }
  if (priority !== undefined && !(NumberIsInteger(priority) && MathAbs(priority) < 2 ** 31)) {
    throw invalidArgType('options.priority', 'a 32-bit integer', priority)
  }
  if (affinity !== undefined && typeof affinity !== 'string' && typeof affinity !== 'number') {
    throw invalidArgType('options.affinity', 'of type string or number', affinity)
  }
  if (timeout !== undefined) milliseconds('options.timeout', timeout)
  if (queueTimeout !== undefined) milliseconds('options.queueTimeout', queueTimeout)
  if (abortGrace !== undefined && abortGrace !== 0) milliseconds('options.abortGrace', abortGrace)
  if (retries !== undefined) wholeNumber('retries', retries, 0)
}

/**
 * @param {object} given the argument of the constructor of WorkerPool
 * @returns {object} all options with their defaults; `workerOptions` are passed to the workers
 */
function readOptions (given) {
  checkOptions('options', given)
  checkIsNoModule(given, poolOptionNames)
  checkNames(given, poolOptionNames, 'WorkerPool', synonyms.pool)
  const {
    filename, minThreads, maxThreads, idleTimeout = IDLE_TIMEOUT, concurrentTasksPerWorker = 1, maxQueue = Infinity,
    taskTimeout, retries = 0, recycle = {}, closeTimeout = Infinity, recordTiming = false, taskQueue = 'fifo',
    asyncLocalStorage, ...workerOptions
  } = given
  if (typeof recordTiming !== 'boolean') throw invalidArgType('options.recordTiming', 'of type boolean', recordTiming)
  if (asyncLocalStorage !== undefined && typeof asyncLocalStorage?.getStore !== 'function') {
    throw invalidArgType('options.asyncLocalStorage', 'an instance of AsyncLocalStorage', asyncLocalStorage)
  }
  if (asyncLocalStorage !== undefined && workerOptions.runtime === 'lean') {
    throw invalidArgValue('options.asyncLocalStorage', asyncLocalStorage, "is not available with runtime: 'lean'")
  }
  const library = filename !== undefined && isNative(filename) ? readLibrary(filename, given) : undefined
  const options = {
    library,
    // Without a file the pool runs functions that are passed to it.
    filename: filename === undefined || library ? filename : resolveFile(filename),
    idleTimeout: idleTimeout === Infinity || idleTimeout === 0 ? idleTimeout : milliseconds('options.idleTimeout', idleTimeout),
    concurrentTasksPerWorker: wholeNumber('concurrentTasksPerWorker', concurrentTasksPerWorker, 1),
    taskTimeout: taskTimeout === undefined ? undefined : milliseconds('options.taskTimeout', taskTimeout),
    retries: wholeNumber('retries', retries, 0),
    recycle: readRecycle(recycle),
    closeTimeout: closeTimeout === Infinity ? closeTimeout : milliseconds('options.closeTimeout', closeTimeout),
    recordTiming,
    taskQueue: readTaskQueue(taskQueue),
    asyncLocalStorage,
    workerOptions
  }
  return { ...options, ...readSize({ minThreads, maxThreads, maxQueue }) }
}

/**
 * @param {{ minThreads?: number, maxThreads?: number, maxQueue?: number | 'auto', isAutoQueue?: boolean }} given
 * @returns {{ minThreads: number, maxThreads: number, maxQueue: number, isAutoQueue: boolean }}
 */
function readSize ({ minThreads, maxThreads, maxQueue, isAutoQueue = maxQueue === 'auto' }) {
  const least = minThreads === undefined ? 1 : threads('minThreads', minThreads, 0)
  const most = maxThreads === undefined ? MathMax(native.processors(), least) : threads('maxThreads', maxThreads, 1)
  if (least > most) throw invalidArgValue('options.minThreads', minThreads, `must not be more than maxThreads, which is ${most}`)
  const auto = most ** 2
  return {
    minThreads: least,
    maxThreads: most,
    maxQueue: isAutoQueue ? auto : maxQueue === Infinity ? maxQueue : wholeNumber('maxQueue', maxQueue, 1),
    isAutoQueue
  }
}

// A number below one is a share of the processors.
function threads (name, value, least) {
  if (value > 0 && value < 1) return MathMax(MathRound(value * native.processors()), 1)
  if (typeof value === 'number' && value > 1 && value < Infinity && !NumberIsInteger(value)) {
    throw invalidArgValue(`options.${name}`, value,
      `must be a whole number, ${least} or more, or between 0 and 1: a share of the processors`)
  }
  return wholeNumber(name, value, least)
}

function readRecycle (recycle) {
  checkOptions('options.recycle', recycle)
  checkNames(recycle, recycleOptionNames, 'recycle')
  const { tasks, memory, age } = recycle
  return {
    tasks: tasks === undefined ? undefined : wholeNumber('recycle.tasks', tasks, 1),
    memory: memory === undefined ? undefined : wholeNumber('recycle.memory', memory, 1),
    age: age === undefined ? undefined : milliseconds('options.recycle.age', age)
  }
}

function readTaskQueue (taskQueue) {
  if (taskQueue === 'fifo' || taskQueue === 'lifo') return taskQueue
  const methods = ['push', 'shift', 'remove']
  if (typeof taskQueue === 'object' && taskQueue !== null && typeof taskQueue.size === 'number' &&
    !ArrayPrototypeSome(methods, name => typeof taskQueue[name] !== 'function')) return taskQueue
  throw invalidArgValue('options.taskQueue', taskQueue, "must be 'fifo', 'lifo', or an object with push(), shift(), remove() and size")
}

function readMapOptions (options, defaultConcurrency) {
  checkOptions('options', options)
  checkNames(options, mapOptionNames, 'map() and stream()', synonyms.task)
  const { concurrency = defaultConcurrency, ordered = true, ...taskOptions } = options
  if (typeof ordered !== 'boolean') throw invalidArgType('options.ordered', 'of type boolean', ordered)
  return { ...taskOptions, concurrency: wholeNumber('concurrency', concurrency, 1), ordered }
}

function wholeNumber (name, value, least) {
  if (typeof value !== 'number') throw invalidArgType(`options.${name}`, 'of type number', value)
  if (!NumberIsInteger(value) || value < least) throw invalidArgValue(`options.${name}`, value, `must be a whole number, ${least} or more`)
  return value
}

// The range of setTimeout().
function milliseconds (name, value) {
  if (typeof value !== 'number') throw invalidArgType(name, 'of type number', value)
  if (value > 0 && value < 2 ** 31) return value
  throw invalidArgValue(name, value, 'must be a number of milliseconds, more than 0 and less than 2 ** 31')
}

// The functions of a native library, and which of them is called by default.
function readLibrary (filename, { asyncLocalStorage, concurrentTasksPerWorker = 1, recycle, workerData }) {
  const library = findNative(filename)
  const { workers, path, index } = library
  const conversation = index === undefined ? undefined : workers[index]
  if (conversation?.isConversation) {
    throw nodeError(TypeError, 'ERR_ISOTHREADS_NO_SUCH_WORKER',
      `The native worker '${conversation.name}' is a conversation: a pool needs a function`)
  }
  if (!ArrayPrototypeSome(workers, worker => !worker.isConversation)) {
    throw nodeError(TypeError, 'ERR_ISOTHREADS_NO_SUCH_WORKER', `${path} has no function, and a pool needs one`)
  }
  if (concurrentTasksPerWorker !== 1) {
    throw invalidArgValue('options.concurrentTasksPerWorker', concurrentTasksPerWorker, 'must be 1 for native workers')
  }
  ArrayPrototypeForEach(ObjectEntries({ workerData, asyncLocalStorage }), ({ 0: name, 1: value }) => {
    if (value !== undefined) throw invalidArgValue(`options.${name}`, value, 'does not reach native workers: pass the data with each task')
  })
  ArrayPrototypeForEach(['memory', 'age'], name => {
    if (recycle?.[name] !== undefined) {
      throw invalidArgValue(`options.recycle.${name}`, recycle[name], 'has no effect on native workers: their threads keep no state')
    }
  })
  const functions = ArrayPrototypeFilter(workers, worker => !worker.isConversation)
  const byDefault = index ?? (functions.length === 1 ? ArrayPrototypeIndexOf(workers, functions[0]) : undefined)
  return { ...library, index: byDefault }
}

/** @returns {string} the URL of the worker file */
function resolveFile (filename) {
  if (typeof filename === 'object' && filename !== null && isURL(filename)) return checkURL(filename.href)
  if (typeof filename !== 'string') throw invalidArgType('filename', 'of type string or an instance of URL', filename)
  if (RegExpPrototypeExec(/^(?:file|data):/, filename) !== null) return checkURL(filename)
  if (path.isAbsolute(filename) || RegExpPrototypeExec(/^\.\.?[\\/]/, filename) !== null) return pathToFileURL(path.resolve(filename)).href
  throw nodeError(TypeError, 'ERR_WORKER_PATH',
    `The worker file must be an absolute path, a relative path that begins with './' or '../', or a file: URL. Received "${filename}"`)
}

// The URL keeps its query, which makes it another module.
function checkURL (url) {
  // Throws Node's errors, also for other kinds of URLs.
  if (!StringPrototypeStartsWith(url, 'data:')) fileURLToPath(url)
  return new URL(url).href
}

module.exports = { checkMethodOptions, checkTaskOptions, isURL, milliseconds, readMapOptions, readOptions, readSize }
