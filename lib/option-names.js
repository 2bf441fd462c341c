'use strict'

// Options that do not exist are refused: what was meant would silently not happen.

const { types } = require('node:util')
const { invalidArgType, invalidArgValue } = require('./errors')

// What other pools, and older drafts of programs, call the same thing.
const synonyms = {
  pool: {
    concurrency: 'maxThreads',
    file: 'filename',
    isolateWorkers: 'recycle',
    max: 'maxThreads',
    maxIdleTime: 'idleTimeout',
    maxInactiveTime: 'idleTimeout',
    maxMemoryLimitBeforeRecycle: 'recycle',
    maxQueueSize: 'maxQueue',
    maxSize: 'maxThreads',
    maxWorkers: 'maxThreads',
    min: 'minThreads',
    minSize: 'minThreads',
    minWorkers: 'minThreads',
    numThreads: 'maxThreads',
    numWorkers: 'maxThreads',
    path: 'filename',
    poolSize: 'maxThreads',
    queueStrategy: 'taskQueue',
    script: 'filename',
    size: 'maxThreads',
    tasksPerWorker: 'concurrentTasksPerWorker',
    terminateTimeout: 'closeTimeout',
    threads: 'maxThreads',
    timeout: 'taskTimeout',
    worker: 'filename',
    workerHistogram: 'recordTiming',
    workers: 'maxThreads',
    workerTerminateTimeout: 'closeTimeout'
  },
  task: {
    abort: 'signal',
    abortSignal: 'signal',
    function: 'name',
    key: 'affinity',
    method: 'name',
    on: 'onProgress',
    transfer: 'transferList',
    transferables: 'transferList'
  }
}

/**
 * @param {object} options its own properties that are not undefined are checked
 * @param {Set<string>} known names
 * @param {string} owner as in `exec()`
 * @param {Record<string, string>} [others] names of the same things elsewhere
 * @throws {TypeError} ERR_INVALID_ARG_VALUE
 */
function checkNames (options, known, owner, others) {
  // Makes no list of the names: this runs for each task that has options.
  for (const name in options) {
    if (known.has(name) || !Object.hasOwn(options, name) || options[name] === undefined) continue
    throw unknownOption(name, options, known, owner, others)
  }
}

function unknownOption (name, options, known, owner, others = {}) {
  const nearest = Object.hasOwn(others, name) ? others[name] : nearestName(name, known)
  const hint = nearest === undefined ? `the options are ${[...known].join(', ')}` : `the nearest one is '${nearest}'`
  return invalidArgValue(`options.${name}`, options[name], `is not an option of ${owner}: ${hint}`)
}

/**
 * @param {string} name
 * @param {Iterable<string>} known
 * @returns {string | undefined} undefined when none is near
 */
function nearestName (name, known) {
  const [[distance, nearest]] = [...known]
    .map(other => [editDistance(name.toLowerCase(), other.toLowerCase()), other])
    .sort(([a], [b]) => a - b)
  return distance <= Math.max(name.length, nearest.length) / 2 ? nearest : undefined
}

// Damerau's: letters that are missing, too many, wrong, or in the place of their neighbour. Of long
// names the beginning.
function editDistance (a, b) {
  const rows = [Array.from({ length: b.length + 1 }, (_, column) => column)]
  for (let i = 1; i <= Math.min(a.length, 50); i++) {
    const row = [i]
    for (let j = 1; j <= b.length; j++) {
      const isSame = a[i - 1] === b[j - 1]
      row[j] = Math.min(rows[i - 1][j] + 1, row[j - 1] + 1, rows[i - 1][j - 1] + (isSame ? 0 : 1))
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) row[j] = Math.min(row[j], rows[i - 2][j - 2] + 1)
    }
    rows.push(row)
  }
  return rows.at(-1)[b.length]
}

/** @throws {TypeError} ERR_INVALID_ARG_TYPE for anything else than an object of options */
function checkOptions (name, options) {
  if (typeof options !== 'object' || options === null || Array.isArray(options)) throw invalidArgType(name, 'of type object', options)
}

/**
 * The exports of a worker file are no options, and no worker can be given functions.
 * @param {object} options of a pool
 * @throws {TypeError} ERR_INVALID_ARG_VALUE
 */
function checkIsNoModule (options, known) {
  const isExport = name => !known.has(name) && typeof options[name] === 'function'
  if (!types.isModuleNamespaceObject(options) && !Object.keys(options).some(isExport)) return
  throw invalidArgValue('options', options,
    "must be options, and looks like what a worker file exports: give the file's path, as in new WorkerPool(require.resolve('./tasks.js'))")
}

module.exports = { checkIsNoModule, checkNames, checkOptions, synonyms }
