'use strict'

// Checks the options of a Worker with a bare isolate, and starts it. lib/lean is the other half.

const { ArrayIsArray, ArrayPrototypeSlice, Error, ObjectKeys, append, newList } = require('../core/primordials')
const { URL } = require('../core/platform')
const { fileURLToPath } = require('node:url')
const path = require('node:path')
const { data: environmentData } = require('../core/environment-data')
const { invalidArgType, invalidArgValue, nodeError } = require('../core/errors')
const { native } = require('../core/realm')
const { listResourceLimits } = require('../core/resource-limits')
const { readName } = require('../core/worker-name')
const { nodeSources, process, workerThreads } = require('./internals')
const { checkWorkers } = require('./permission')
const { shapeOf } = require('./shape')
const { isTypeScript, stripsTypes } = require('./type-stripping')
const { isURL, readEntry } = require('./worker-entry')
const { readRestrictions } = require('../core/worker-restrictions')

// These options configure a process, which a lean worker does not have.
const optionsOfProcesses = ['argv', 'execArgv', 'env', 'stdin', 'trackUnmanagedFds']

/**
 * @param {string | URL} filename
 * @param {object} options of Worker
 * @param {object | undefined} pool the pool that it works for: { concurrency, recycle }
 * @returns {object} a Plan of worker-environment.js
 */
function planLean (filename, options, pool) {
  if (!native.hasLeanRuntime()) {
    throw invalidArgValue('options.runtime', 'lean', `needs Node.js 22 or later, and this is ${process.version}`)
  }
  for (let index = 0; index < optionsOfProcesses.length; index++) {
    const name = optionsOfProcesses[index]
    if (options[name]) throw invalidArgValue(`options.${name}`, options[name], 'has no effect on a lean worker, which has no process')
  }
  const file = pool ? readPoolEntry(filename) : readEntry(filename, options)
  const entry = pool ? { type: 'pool', url: filename, concurrency: pool.concurrency, recycle: pool.recycle } : file
  const moduleRoots = readModuleRoots(options.moduleRoots)
  const { maxQueuedMessages, timerResolution, ...restrictions } = readRestrictions(options)
  const name = readName(options.name)
  checkWorkers()
  checkFiles()
  const resourceLimits = listResourceLimits(options.resourceLimits)
  const handedOver = { entry: file.path, moduleRoots }
  return {
    name,
    post: post => post({
      entry,
      workerData: options.workerData,
      environmentData,
      areLocksOfParent: workerThreads().locks !== undefined,
      maxQueuedMessages,
      timerResolution
    }),
    start (key) {
      lendLibrary()
      return native.startLeanWorker(key, { resourceLimits, ...restrictions, ...handedOver })
    },
    // Everything that start() gives to the isolate, and a spare worker cannot be given later.
    shape: () => shapeOf('lean', resourceLimits, restrictions.externalMemoryMb, restrictions.allowStrings, restrictions.allowWasm),
    handedOver,
    isTypeScript: isTypeScript(file.path) && stripsTypes()
  }
}

// A pool without a file runs functions that are passed to it.
function readPoolEntry (url) {
  return url === undefined ? { __proto__: null } : readEntry(new URL(url), { __proto__: null })
}

let isLibraryLent = false

// A bare isolate runs files of Node's library, whose texts are part of Node's binary. The names reach them from here alone.
function lendLibrary () {
  if (isLibraryLent) return
  isLibraryLent = true
  const sources = nodeSources()
  if (sources === undefined) return
  const ids = ObjectKeys(sources)
  for (let index = 0; index < ids.length; index++) {
    const source = sources[ids[index]]
    if (typeof source === 'string') native.addNodeSource(ids[index], source)
  }
}

/** @param {unknown} roots */
function readModuleRoots (roots) {
  if (roots === undefined || roots === null) return undefined
  if (!ArrayIsArray(roots)) throw invalidArgType('options.moduleRoots', 'an instance of Array', roots)
  const folders = newList()
  for (let index = 0; index < roots.length; index++) {
    const root = roots[index]
    if (typeof root !== 'string' && !isURL(root)) {
      throw invalidArgType(`options.moduleRoots[${index}]`, 'of type string or an instance of URL', root)
    }
    append(folders, path.resolve(typeof root === 'string' ? root : fileURLToPath(root)))
  }
  return ArrayPrototypeSlice(folders)
}

// The native half reads modules without asking Node's permission model.
function checkFiles () {
  if (process.permission === undefined || process.permission.has('fs.read')) return
  throw nodeError(Error, 'ERR_ACCESS_DENIED', "A worker with runtime: 'lean' needs the permission to read all files (--allow-fs-read=*)")
}

module.exports = { planLean }
