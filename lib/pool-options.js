'use strict'

// What a WorkerPool and its tasks may be told, and what is wrong with what they were told.

const path = require('node:path')
const { fileURLToPath, pathToFileURL } = require('node:url')
const { invalidArgType, invalidArgValue, nodeError } = require('./errors')
const { native } = require('./realm')

function isURL (value) {
  return typeof value.href === 'string' && typeof value.protocol === 'string'
}

function checkTaskOptions ({ name, signal, priority, timeout, queueTimeout, onProgress }) {
  if (onProgress !== undefined && typeof onProgress !== 'function') {
    throw invalidArgType('options.onProgress', 'of type function', onProgress)
  }
  if (name !== undefined && typeof name !== 'string') throw invalidArgType('options.name', 'of type string', name)
  if (signal !== undefined && typeof signal?.addEventListener !== 'function') {
    throw invalidArgType('options.signal', 'an instance of AbortSignal', signal)
  }
  if (priority !== undefined && !Number.isInteger(priority)) throw invalidArgType('options.priority', 'an integer', priority)
  for (const [option, value] of [['timeout', timeout], ['queueTimeout', queueTimeout]]) {
    if (value === undefined) continue
    if (typeof value !== 'number') throw invalidArgType(`options.${option}`, 'of type number', value)
    if (value > 0 && value < 2 ** 31) continue
    throw invalidArgValue(`options.${option}`, value, 'must be milliseconds, more than 0 and less than 2 ** 31')
  }
}

function readOptions ({ filename, maxThreads = native.processors(), concurrentTasksPerWorker = 1, maxQueue = Infinity, ...workerOptions }) {
  return {
    // Without one the pool runs functions that it is given.
    filename: filename === undefined ? undefined : resolveFile(filename),
    maxThreads: positiveInteger('maxThreads', maxThreads),
    concurrentTasksPerWorker: positiveInteger('concurrentTasksPerWorker', concurrentTasksPerWorker),
    maxQueue: maxQueue === Infinity ? maxQueue : positiveInteger('maxQueue', maxQueue),
    workerOptions
  }
}

function readMapOptions (items, options, defaultConcurrency) {
  if (typeof items?.[Symbol.asyncIterator] !== 'function' && typeof items?.[Symbol.iterator] !== 'function') {
    throw invalidArgType('items', 'an iterable or an async iterable', items)
  }
  const { concurrency = defaultConcurrency, ordered = true, ...taskOptions } = options
  if (typeof ordered !== 'boolean') throw invalidArgType('options.ordered', 'of type boolean', ordered)
  return { ...taskOptions, concurrency: positiveInteger('concurrency', concurrency), ordered }
}

function positiveInteger (name, value) {
  if (typeof value !== 'number') throw invalidArgType(`options.${name}`, 'of type number', value)
  if (!Number.isInteger(value) || value < 1) throw invalidArgValue(`options.${name}`, value, 'must be a whole number, 1 or more')
  return value
}

/** @returns {string} the URL of the worker file */
function resolveFile (filename) {
  if (typeof filename === 'object' && filename !== null && isURL(filename)) return filename.href
  if (typeof filename !== 'string') throw invalidArgType('filename', 'of type string or an instance of URL', filename)
  if (/^(?:file|data):/.test(filename)) return filename.startsWith('data:') ? filename : pathToFileURL(fileURLToPath(filename)).href
  if (path.isAbsolute(filename) || /^\.\.?[\\/]/.test(filename)) return pathToFileURL(path.resolve(filename)).href
  throw nodeError(TypeError, 'ERR_WORKER_PATH',
    `The worker file must be an absolute path, a relative path that begins with './' or '../', or a file: URL. Received "${filename}"`)
}

module.exports = { checkTaskOptions, isURL, readMapOptions, readOptions }
