'use strict'

// Unknown options are refused, because otherwise they would be ignored silently.

const {
  ArrayIsArray, ArrayPrototypeJoin, ArrayPrototypeSome, MathMax, MathMin, ObjectHasOwn, ObjectKeys, StringPrototypeToLowerCase, append,
  newList
} = require('../core/primordials')
const { types } = require('../core/platform')
const { invalidArgType, invalidArgValue } = require('../core/errors')

// Names of the same options in other pools and in older programs.
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
 * @param {object} options its own properties are checked, except undefined ones
 * @param {Set<string>} known the known names
 * @param {string} owner for example `exec()`
 * @param {Record<string, string>} [others] names of the same options elsewhere
 * @throws {TypeError} ERR_INVALID_ARG_VALUE
 */
function checkNames (options, known, owner, others) {
  // Makes no list of the names, because this runs for each task with options.
  for (const name in options) {
    if (known.has(name) || !ObjectHasOwn(options, name) || options[name] === undefined) continue
    throw unknownOption(name, options, known, owner, others)
  }
}

function unknownOption (name, options, known, owner, others = {}) {
  const nearest = ObjectHasOwn(others, name) ? others[name] : nearestName(name, known)
  const hint = nearest === undefined ? `the options are ${ArrayPrototypeJoin(listOf(known), ', ')}` : `the nearest one is '${nearest}'`
  return invalidArgValue(`options.${name}`, options[name], `is not an option of ${owner}: ${hint}`)
}

function listOf (set) {
  const list = newList()
  set.forEach(entry => append(list, entry))
  return list
}

/**
 * @param {string} name
 * @param {SafeSet} known
 * @returns {string | undefined} undefined if no name is similar
 */
function nearestName (name, known) {
  let nearest
  let distance = Infinity
  known.forEach(other => {
    const found = editDistance(StringPrototypeToLowerCase(name), StringPrototypeToLowerCase(other))
    if (found >= distance) return
    distance = found
    nearest = other
  })
  return distance <= MathMax(name.length, nearest.length) / 2 ? nearest : undefined
}

// The Damerau distance: missing, surplus, wrong and swapped letters. Of a long name only the beginning counts.
function editDistance (a, b) {
  const rows = newList()
  append(rows, newList())
  for (let column = 0; column <= b.length; column++) append(rows[0], column)
  for (let i = 1; i <= MathMin(a.length, 50); i++) {
    const row = newList()
    append(row, i)
    for (let j = 1; j <= b.length; j++) {
      const isSame = a[i - 1] === b[j - 1]
      row[j] = MathMin(rows[i - 1][j] + 1, row[j - 1] + 1, rows[i - 1][j - 1] + (isSame ? 0 : 1))
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) row[j] = MathMin(row[j], rows[i - 2][j - 2] + 1)
    }
    append(rows, row)
  }
  return rows[rows.length - 1][b.length]
}

/** @throws {TypeError} ERR_INVALID_ARG_TYPE for anything but an object of options */
function checkOptions (name, options) {
  if (typeof options !== 'object' || options === null || ArrayIsArray(options)) throw invalidArgType(name, 'of type object', options)
}

/**
 * Refuses the exports of a worker file in place of options, because functions cannot be passed to workers.
 * @param {object} options of a pool
 * @throws {TypeError} ERR_INVALID_ARG_VALUE
 */
function checkIsNoModule (options, known) {
  const isExport = name => !known.has(name) && typeof options[name] === 'function'
  if (!types.isModuleNamespaceObject(options) && !ArrayPrototypeSome(ObjectKeys(options), isExport)) return
  throw invalidArgValue('options', options,
    "must be options, and looks like what a worker file exports: give the file's path, as in new WorkerPool(require.resolve('./tasks.js'))")
}

module.exports = { checkIsNoModule, checkNames, checkOptions, synonyms }
