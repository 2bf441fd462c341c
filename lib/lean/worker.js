'use strict'

// The worker's half: turns a new isolate into a worker.

const { Error, ObjectDefineProperty, String } = require('../core/primordials')
const { types } = require('../core/platform')
const { nodeError, unknownControl } = require('../core/errors')
const { control } = require('../core/protocol')
const { kReceive } = require('../core/symbols')
const { native, kind, NativePort, receiveMessage, self } = require('../core/realm')
const host = require('./host')
const { setStart } = require('./api')
const { defineGlobals } = require('./globals')
const { runEntry } = require('./entry')
const { send } = require('./output')
const { startClock } = require('./performance')

/** Receives messages of the parent's half other than those of the program. */
class ControlPort extends NativePort {
  constructor (key) {
    super(key)
    native.bindPort(key, this)
  }

  [kReceive] (what, message) {
    if (what !== kind.control && what !== kind.message) return
    switch (message.type) {
      case control.wantsOutput:
        // The worker's output is sent without being asked for.
        break
      case control.taskMessage:
        require('../core/task-context').TaskContext.onMessage(message)
        break
      case control.lockNotice:
        require('./locks').onNotice(message)
        break
      default:
        throw unknownControl(message.type)
    }
  }
}

// As Node's: what was rejected is not an error.
function unhandledRejection (reason) {
  const error = nodeError(Error, 'ERR_UNHANDLED_REJECTION',
    'This error originated either by throwing inside of an async function without a catch block, or by rejecting a promise which was ' +
    `not handled with .catch(). The promise rejected with the reason "${textOf(reason)}".`)
  ObjectDefineProperty(error, 'name', { __proto__: null, value: 'UnhandledPromiseRejection', writable: true, configurable: true })
  return error
}

function textOf (value) {
  if (typeof value === 'string') return value
  if (typeof value === 'bigint') return `${value}`
  return (typeof value === 'object' && value !== null) || typeof value === 'function' ? '#<Object>' : String(value)
}

/** @returns {() => void} runs the worker's entry */
function bootstrap () {
  const port = new ControlPort(self.control)
  host.setUncaughtHandler((error, isFromPromise) => {
    try {
      const thrown = isFromPromise && !types.isNativeError(error) ? unhandledRejection(error) : error
      send({ type: control.error, error: require('../core/error-serializer').serializeError(thrown) })
    } catch {
      // For null, the parent creates an ERR_WORKER_UNSERIALIZABLE_ERROR.
      send({ type: control.error, error: null })
    }
  })
  defineGlobals()
  native.listenToThreads({ [kReceive]: (what, value) => require('../core/thread-messages').receive(what, value) })
  if (self.isSpare) require('../core/hand-over').awaitHandOver(send)
  const start = receiveMessage(port)[0]
  if (start.timerResolution !== undefined) require('./clock').setResolution(start.timerResolution)
  if (start.maxQueuedMessages !== undefined) require('./queue-limit').limitQueues(start.maxQueuedMessages)
  startClock()
  setStart(start.workerData, start.environmentData)
  host.areLocksOfParent = start.areLocksOfParent
  if (start.functions !== undefined) exposeFunctions(start.functions)
  if (start.types !== undefined) require('./typescript').connect(start.types)
  return () => {
    native.setReceiving(self.control, true)
    send({ type: control.online })
    try {
      if (start.entry.type === 'pool') require('./pool-worker').runEntry(start.entry)
      else runEntry(start.entry)
    } finally {
      // As in Node: whatever has arrived before waits until the entry has run.
      native.receiveThreadMessages(self.threadId)
    }
  }
}

function exposeFunctions (functions) {
  require('../core/host-functions').connect(functions)
  require('./synthetic-modules').defineModule('isothreads:host', () => require('../core/host').host)
}

module.exports = { bootstrap }
