'use strict'

// Modules without a file, by name: `require()` and `import` find them before they look for files. An entry makes its exports when they
// are first asked for. `import` takes the names of the exports as they are then, and the exports themselves as the default export.
//
// To add a built-in module of Node, add a line to `nodeModules`; other names are lines of `modules`, or come from defineModule().

const {
  ArrayPrototypeFilter, ArrayPrototypeIncludes, ObjectKeys, StringPrototypeSlice, StringPrototypeStartsWith
} = require('../core/primordials')

// Those of Node's own library: see node/library.js.
const library = [
  'assert', 'assert/strict', 'async_hooks', 'buffer', 'diagnostics_channel', 'events', 'path', 'path/posix', 'path/win32', 'perf_hooks',
  'punycode', 'querystring', 'stream', 'stream/consumers', 'stream/promises', 'stream/web', 'string_decoder', 'timers', 'timers/promises',
  'url', 'util', 'util/types'
]

// Names without `node:`. Both forms find them.
const nodeModules = {
  __proto__: null,
  crypto: () => require('./node/crypto'),
  process: () => require('./process').process,
  worker_threads: () => require('./api').api
}

for (let index = 0; index < library.length; index++) {
  const id = library[index]
  nodeModules[id] = () => require('./node/library').requireNode(id)
}

const modules = {
  __proto__: null,
  isothreads: () => require('./api').api
}

// An import reads all exports that it takes the names of. Our API has many more than Node's module, and most of them are made when they
// are read: importing them all would load half of this package.
const importedNames = {
  __proto__: null,
  'node:worker_threads': [
    'BroadcastChannel', 'MessageChannel', 'MessagePort', 'SHARE_ENV', 'Worker', 'getEnvironmentData', 'isInternalThread', 'isMainThread',
    'isMarkedAsUntransferable', 'locks', 'markAsUncloneable', 'markAsUntransferable', 'moveMessagePortToContext', 'parentPort',
    'postMessageToThread', 'receiveMessageOnPort', 'resourceLimits', 'setEnvironmentData', 'threadId', 'threadName', 'workerData'
  ]
}

// The exports that were made, by full name.
const made = { __proto__: null }

/**
 * @param {string} name for example `isothreads:host`
 * @param {() => unknown} make is called once
 */
function defineModule (name, make) {
  modules[name] = make
}

/** The name under which the table has the module that is requested, or undefined. */
function findModule (request) {
  if (modules[request] !== undefined) return request
  if (StringPrototypeStartsWith(request, 'node:')) return nodeModules[StringPrototypeSlice(request, 5)] && request
  return nodeModules[request] && `node:${request}`
}

/** @param {string} name from findModule() */
function exportsOf (name) {
  if (!(name in made)) made[name] = (modules[name] ?? nodeModules[StringPrototypeSlice(name, 5)])()
  return made[name]
}

/**
 * What ES modules can import by name.
 * @param {string} name from findModule()
 */
function namesOf (name) {
  const names = ObjectKeys(exportsOf(name))
  const imported = importedNames[name]
  return imported === undefined ? names : ArrayPrototypeFilter(names, key => ArrayPrototypeIncludes(imported, key))
}

module.exports = { defineModule, exportsOf, findModule, library, namesOf }
