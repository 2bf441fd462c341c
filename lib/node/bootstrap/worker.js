'use strict'

// The worker's half: turns a new environment into a worker and runs its entry.

const { ReflectApply, ReflectDefineProperty, setOwn } = require('../../core/primordials')
const { unknownControl } = require('../../core/errors')
const { nextTick, nodeMajor } = require('../../core/platform')
const { process } = require('../internals')
const { api, receiveThreadMessages, setWorkerData } = require('../../api')
const { replaceWorkerThreads } = require('./builtin')
const { native, keyOf, kind, NativePort, postMessage, receiveMessage, self } = require('../../core/realm')
const { kReceive } = require('../../core/symbols')
const { control: types } = require('../../core/protocol')
const { registerGlobals, replaceModuleRegister } = require('../register')
const { setUpProcess } = require('./process')
const { setFlagVariables } = require('../inherited-flags')

/** Receives messages of the parent's half other than those of the program. */
class ControlPort extends NativePort {
  waiting = 0
  onmessage

  constructor (key) {
    super(key)
    native.bindPort(key, this)
  }

  [kReceive] (what, message) {
    if (what === kind.control || what === kind.message) this.onmessage(message)
  }

  /** Keeps the worker alive while a stream waits for the parent. */
  setWaiting (waiting) {
    this.waiting += waiting ? 1 : -1
    native.setPortRef(self.control, this.waiting > 0)
  }
}

/**
 * @param {object} Module Node's class of CommonJS modules
 * @param {object} internals Node's internals, as collected by preload.js
 * @returns {() => void} starts the worker's entry as the event loop's first task
 */
function bootstrap (Module, internals) {
  const control = new ControlPort(self.control)
  const parent = new NativePort(self.toParent)
  const send = message => postMessage(parent, message, undefined, undefined, kind.control)
  if (self.isSpare) waitUntilTaken(send)
  const start = receiveMessage(control)[0]

  setWorkerData(start.workerData, start.environmentData)
  setFlagVariables(start.flagVariables)
  // Until the entry runs, only this keeps the event loop alive.
  control.setWaiting(true)
  const streams = setUpProcess(internals, start, { send, setWaiting: waiting => control.setWaiting(waiting) })
  replaceWorkerThreads(internals.BuiltinModule, api, start.builtinNames)
  registerGlobals(api, globalThis)
  replaceModuleRegister(Module)
  if (start.functions !== undefined) require('./host-module').exposeFunctions(Module, start.functions)
  process._fatalException = uncaughtExceptionHandler(internals, send)

  const runPrepared = start.execPlan
    ? require('./exec-argv').applyExecArgv(Module, internals, start.execPlan)
    : run => run()
  const inputType = start.execPlan ? start.execPlan.inputType : internals.getOptionValue('--input-type')
  const { parentPort } = api
  const { listenerCount } = parentPort
  // A listener of a preload starts the port. Messages must still wait for the entry, so that its listeners receive them, too.
  const holdMessages = isHeld => {
    const key = keyOf(parentPort)
    if (key >= 0 && ReflectApply(listenerCount, parentPort, ['message']) > 0) native.setReceiving(key, !isHeld)
  }
  let onTaskMessage
  control.onmessage = message => {
    switch (message.type) {
      case types.run:
        control.setWaiting(false)
        runPrepared(() => {
          send({ type: types.online })
          try {
            runEntry(Module, internals, start.entry, inputType, send, listener => { onTaskMessage = listener })
          } catch (error) {
            // As in Node: after the callbacks of process.nextTick() that the entry has added, such as warnings.
            nextTick(() => { throw error })
          } finally {
            holdMessages(false)
            // As in Node: whatever has arrived before waits until the entry has run, up to its first `await`.
            receiveThreadMessages()
          }
        })
        break
      case types.stdin:
        process.stdin.pushChunks(message.chunks)
        break
      case types.wantsOutput:
        streams[message.stream]?.release()
        break
      case types.taskMessage:
        onTaskMessage(message)
        break
      default:
        throw unknownControl(message.type)
    }
  }
  return () => {
    holdMessages(true)
    native.setReceiving(self.control, true)
  }
}

function waitUntilTaken (send) {
  require('../../core/hand-over').awaitHandOver(send)
  setOwn(api, 'threadName', self.name)
}

// Node's own handler calls listeners and emits `exit`. The error that it would print goes to the parent.
function uncaughtExceptionHandler (internals, send) {
  const handle = process._fatalException
  return function onUncaughtException (error, fromPromise) {
    let handled = false
    let handlerThrew = false
    try {
      handled = handle(error, fromPromise)
    } catch (thrown) {
      error = thrown
      handlerThrew = true
    }
    if (handled) return true
    if (!process._exiting) {
      process._exiting = true
      process.exitCode = 1
      try {
        if (!handlerThrew) process.emit('exit', process.exitCode)
      } catch {
        // Only the first error is reported.
      }
    }
    try {
      send({ type: types.error, error: require('../../core/error-serializer').serializeError(error) })
    } catch {
      // For null, the parent creates an ERR_WORKER_UNSERIALIZABLE_ERROR.
      send({ type: types.error, error: null })
    }
    internals.clearAsyncIdStack()
    process.exit()
  }
}

function runEntry (Module, internals, entry, inputType, send, onTaskMessage) {
  switch (entry.type) {
    case 'pool':
      return require('./pool-worker').runEntry(internals, entry, send, onTaskMessage)
    case 'eval':
      return runSource(internals, entry.source, inputType)
    case 'url':
      return runURL(internals, entry.url)
    default:
      return Module.runMain(entry.path)
  }
}

// Run as an entry point, so that a top-level await that never settles ends with code 13.
function runURL (internals, url) {
  return internals.runEntryPoint()(loader => nodeMajor >= 24
    ? loader.import(url, undefined, { __proto__: null }, undefined, true)
    : loader.import(url, undefined, { __proto__: null }, true))
}

// https://nodejs.org/api/cli.html#--input-typetype
function runSource (internals, source, inputType) {
  const { evalModuleEntryPoint, evalScript, evalTypeScript, ...typeScript } = internals.execution()
  const name = '[worker eval]'
  // Node's CommonJS loader reads the source from here.
  ReflectDefineProperty(process, '_eval', { __proto__: null, value: source, configurable: true, enumerable: true })
  switch (inputType) {
    case 'module':
      return evalModuleEntryPoint(source)
    case 'module-typescript':
      return typeScript.parseAndEvalModuleTypeScript(source, false)
    case 'commonjs':
      return evalScript(name, source)
    case 'commonjs-typescript':
      return typeScript.parseAndEvalCommonjsTypeScript(name, source)
  }
  const { getOptionValue } = internals
  const stripsTypes = getOptionValue('--strip-types') ?? getOptionValue('--experimental-strip-types')
  return (stripsTypes && evalTypeScript ? evalTypeScript : evalScript)(name, source)
}

module.exports = { bootstrap }
