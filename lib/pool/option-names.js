'use strict'

// Options that do not exist are refused: what was meant would silently not happen.

const {
  ArrayIsArray, ArrayPrototypeJoin, ArrayPrototypeSome, MathMax, MathMin, ObjectHasOwn, ObjectKeys, StringPrototypeToLowerCase, append,
  newList
} = require('../core/primordials')
const { types } = require('../core/platform')
const { invalidArgType, invalidArgValue } = require('../core/errors')

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
 * @returns {string | undefined} undefined when none is near
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

// Damerau's: letters that are missing, too many, wrong, or in the place of their neighbour. Of long
// names the beginning.
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

/** @throws {TypeError} ERR_INVALID_ARG_TYPE for anything else than an object of options */
function checkOptions (name, options) {
  if (typeof options !== 'object' || options === null || ArrayIsArray(options)) throw invalidArgType(name, 'of type object', options)
}

/**
 * The exports of a worker file are no options, and no worker can be given functions.
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
