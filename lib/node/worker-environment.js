'use strict'

// Checks the options of a Worker with a Node environment, and starts it.

const {
  ArrayIsArray, ArrayPrototypeIncludes, ArrayPrototypeJoin, ArrayPrototypeMap, Boolean, ObjectEntries, ObjectKeys, RegExpPrototypeExec,
  String, setOwn
} = require('../core/primordials')
const { SHARE_ENV, process } = require('./internals')
const { url } = require('node:inspector')
const { pathToFileURL } = require('node:url')
const { data: environmentData } = require('../core/environment-data')
const { shareVariables } = require('./environment-variables')
const { invalidArgType, invalidArgValue } = require('../core/errors')
const { checkWorkers } = require('./permission')
const { directoryCounter } = require('./working-directory')
const { control } = require('../core/protocol')
const { native } = require('../core/realm')
const { readName } = require('../core/worker-name')
const { listResourceLimits } = require('../core/resource-limits')
const { shapeOf } = require('./shape')
const { readEntry } = require('./worker-entry')
const { refuseRestrictions } = require('../core/worker-restrictions')
const inheritedFlags = require('./inherited-flags')

const runtimes = ['node', 'lean']

/**
 * How a worker starts. Spare workers start first and get their messages when a program takes them: see spares.js.
 * @typedef {object} Plan
 * @property {string} name
 * @property {(post: (value: unknown) => void) => void} post posts the first messages to the worker
 * @property {(key: number) => string | null} start starts the thread of a created worker. It returns the reason if the system cannot
 *   create a thread
 * @property {() => string | undefined} [shape] what a spare worker must have in common with this one; undefined if no spare can be it
 * @property {{ entry?: string, moduleRoots?: string[] }} [handedOver] what a spare worker needs beside the messages
 */

/**
 * @param {string | URL} filename
 * @param {object} options of Worker
 * @param {object | undefined} pool the pool that it works for: { concurrency, recycle }
 * @returns {Plan}
 */
function planEnvironment (filename, options, pool) {
  const { argv, execArgv, flags, flagVariables, execPlan, env, entry, name } = readOptions(filename, options, pool)
  checkWorkers()
  const resourceLimits = listResourceLimits(options.resourceLimits)
  const trackUnmanagedFds = Boolean(options.trackUnmanagedFds ?? true)
  const post = post => {
    post({
      entry,
      argv,
      execArgv,
      execPlan,
      flagVariables,
      env,
      workerData: options.workerData,
      environmentData,
      builtinNames: builtinNames(),
      directoryCounter: directoryCounter(),
      hasStdin: Boolean(options.stdin)
    })
    post({ type: control.run })
  }
  const start = key => {
    const variables = env === undefined ? shareVariables() : undefined
    if (variables) native.shareVariablesWith(key, variables)
    return native.startWorker(key, {
      argv0: process.argv0,
      execArgv: execArgv ?? process.execArgv,
      flags,
      variables: env ?? true,
      variablesAtStart: withoutChannel(env ?? process.env),
      resourceLimits,
      useSnapshot: canUseSnapshot(),
      trackUnmanagedFds,
      url: urlForDebugger(entry)
    })
  }
  // Shared variables belong to one worker, and a debugger sees each worker from its start.
  const shape = () => env === undefined || url() !== undefined
    ? undefined
    : shapeOf('node', trackUnmanagedFds, options.env ? 'own' : '', resourceLimits, options.execArgv, ObjectEntries(env))
  return { name, post, start, shape }
}

// As Node's: only a file has one.
function urlForDebugger ({ type, path: file, url }) {
  if (type === 'file') return pathToFileURL(file).href
  return type === 'pool' ? url ?? '' : ''
}

const lists = ['execArgv', 'argv']

// In the order in which Node checks them.
function readOptions (filename, options, pool) {
  for (let index = 0; index < lists.length; index++) {
    const name = lists[index]
    if (options[name] && !ArrayIsArray(options[name])) throw invalidArgType(`options.${name}`, 'an instance of Array', options[name])
  }
  const argv = options.argv ? ArrayPrototypeMap(options.argv, String) : undefined
  const entry = pool
    ? { type: 'pool', url: filename, concurrency: pool.concurrency, recycle: pool.recycle }
    : readEntry(filename, options)
  let env
  if (typeof options.env === 'object' && options.env !== null) {
    env = stringValues(options.env)
  } else if (options.env == null) {
    env = { ...process.env }
  } else if (options.env !== SHARE_ENV) {
    throw invalidArgType('options.env', 'of type object or one of undefined, null, or worker_threads.SHARE_ENV', options.env)
  }
  const name = readName(options.name)
  const runtime = options.runtime ?? 'node'
  if (!ArrayPrototypeIncludes(runtimes, runtime)) {
    throw invalidArgValue('options.runtime', runtime, `must be one of: '${ArrayPrototypeJoin(runtimes, "', '")}'`)
  }
  refuseRestrictions(options)
  const isOwnEnv = typeof options.env === 'object' && options.env !== null
  const flags = options.execArgv || isOwnEnv || inheritedFlags.flagVariables() !== undefined
    ? require('./exec-argv').readExecArgv(options.execArgv || undefined, env, isOwnEnv)
    : undefined
  return { argv, ...flags, env, entry, name }
}

// Node would connect the worker to the parent process, over the main thread's channel.
function withoutChannel (env) {
  if (env.NODE_CHANNEL_FD === undefined) return undefined
  const others = { ...env }
  delete others.NODE_CHANNEL_FD
  return others
}

// The exports of worker_threads in this version of Node.
function builtinNames () {
  return ObjectKeys(require('node:worker_threads'))
}

function stringValues (object) {
  const strings = {}
  const keys = ObjectKeys(object)
  for (let index = 0; index < keys.length; index++) setOwn(strings, keys[index], `${object[keys[index]]}`)
  return strings
}

// With these flags the process runs without the snapshot that environments are created from.
let snapshot
function canUseSnapshot () {
  snapshot ??= RegExpPrototypeExec(/--no-node-snapshot|--snapshot-blob|--build-snapshot/,
    `${ArrayPrototypeJoin(process.execArgv, ' ')} ${process.env.NODE_OPTIONS}`) === null
  return snapshot
}

module.exports = { planEnvironment }
