'use strict'

// What a worker of a WorkerPool needs of a Node environment.

const { RegExpPrototypeExec, SyntaxError, isInstance, setOf } = require('../../core/primordials')
const { process } = require('../internals')
const { createRequire } = require('node:module')
const { types } = require('node:util')
const v8 = require('node:v8')
const vm = require('node:vm')
const { api } = require('../../api')
const { runPoolWorker } = require('../../core/pool-worker')
const { TaskContext } = require('../../core/task-context')

/**
 * @param {object} internals Node's internals, as collected by preload.js
 * @param {{ url?: string, concurrency: number, recycle: object }} entry
 * @param {(message: object) => void} send sends to the pool's thread
 * @param {(listener: (message: object) => void) => void} onTaskMessage
 */
function runEntry (internals, entry, send, onTaskMessage) {
  const { url } = entry
  onTaskMessage(TaskContext.onMessage)
  return runPoolWorker(entry, {
    api,
    send,
    load: () => require('./common-js').loadCommonJS(internals, url),
    runEntryPoint: run => internals.runEntryPoint()(loader => run(() => loader.import(url, undefined, { __proto__: null }))),
    isLoaderError,
    functionHost: { compile, createRequire: () => createRequire(`${process.cwd()}/`) },
    heldMemory,
    // Runs the worker's 'exit' listeners.
    exit: () => process.exit()
  })
}

// The codes of errors that Node's loaders throw for missing or unsupported files.
const codesOfLoaders = setOf([
  'MODULE_NOT_FOUND', 'ERR_MODULE_NOT_FOUND', 'ERR_UNKNOWN_FILE_EXTENSION', 'ERR_UNKNOWN_MODULE_FORMAT', 'ERR_UNSUPPORTED_DIR_IMPORT',
  'ERR_INVALID_TYPESCRIPT_SYNTAX', 'ERR_UNSUPPORTED_TYPESCRIPT_SYNTAX', 'ERR_UNSUPPORTED_NODE_MODULES_TYPE_STRIPPING'
])

// The stack of a compile error begins with a place in the file, or shows that a loader threw it.
const compileError = /^(?!\w*Error:)|^.*\n +at .*node:internal\/modules\//

function isLoaderError (error) {
  if (!types.isNativeError(error)) return false
  if (codesOfLoaders.has(error.code)) return true
  // True for syntax errors of Node's loaders, false for those of JSON.parse() in the file.
  return isInstance(SyntaxError, error) && RegExpPrototypeExec(compileError, error.stack) !== null
}

function compile (text, parameters) {
  return vm.compileFunction(text, parameters, { importModuleDynamically: vm.constants.USE_MAIN_CONTEXT_DEFAULT_LOADER })
}

function heldMemory () {
  const { used_heap_size: heap, external_memory: external } = v8.getHeapStatistics()
  return heap + external
}

module.exports = { runEntry }
