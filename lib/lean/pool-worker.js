'use strict'

// What a worker of a WorkerPool needs of a bare isolate.

const { RegExpPrototypeExec, SyntaxError, isInstance, setOf } = require('../core/primordials')
const { types } = require('../core/platform')
const { runPoolWorker } = require('../core/pool-worker')
const { api } = require('./api')
const { close, compileFunction, heldMemory } = require('./host')
const { loadEntry, reportFailure } = require('./entry')
const { createRequire } = require('./modules')
const { send } = require('./output')

// The codes of errors that no other worker with the file can avoid.
const codesOfLoaders = setOf([
  'MODULE_NOT_FOUND', 'ERR_MODULE_NOT_FOUND', 'ERR_UNKNOWN_FILE_EXTENSION', 'ERR_UNKNOWN_MODULE_FORMAT', 'ERR_UNSUPPORTED_DIR_IMPORT',
  'ERR_ISOTHREADS_LEAN_UNSUPPORTED', 'ERR_ISOTHREADS_OUTSIDE_MODULE_ROOTS', 'ERR_PACKAGE_PATH_NOT_EXPORTED'
])

// The stack of a compile error begins with a place in the file. That of a syntax error of JSON.parse() does not.
const compileError = /^(?!\w*Error:)/

function isLoaderError (error) {
  if (!types.isNativeError(error)) return false
  return codesOfLoaders.has(error.code) || (isInstance(SyntaxError, error) && RegExpPrototypeExec(compileError, error.stack) !== null)
}

/** @param {{ url?: string, concurrency: number, recycle: object }} entry */
function runEntry (entry) {
  let pending
  runPoolWorker(entry, {
    api,
    send,
    load () {
      const namespace = loadEntry(entry.url)
      if (!types.isPromise(namespace)) return namespace
      pending = namespace
      return undefined
    },
    runEntryPoint: run => reportFailure(run(() => pending)),
    isLoaderError,
    functionHost: { compile: (text, parameters) => compileFunction(text, '[task]', parameters), createRequire },
    heldMemory,
    exit: close
  })
}

module.exports = { runEntry }
