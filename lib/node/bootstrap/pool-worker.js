'use strict'

// A worker of a WorkerPool: loads the worker file and runs tasks as they arrive. The file either exports a function or answers on
// its parentPort.

const {
  ArrayPrototypeShift, ArrayPrototypeSome, FunctionPrototype, ObjectDefineProperty, ObjectPrototype, ObjectValues, ReflectApply,
  RegExpPrototypeExec, Symbol, SyntaxError, TypeError, append, isInstance, newList, setOf, whenSettled
} = require('../../core/primordials')
const { nextTick } = require('../../core/platform')
const { process } = require('../internals')
const { types } = require('node:util')
const { api } = require('../../api')
const { kind, self } = require('../../core/realm')
const { kReceive } = require('../../core/symbols')
const { control } = require('../../core/protocol')
const { TaskContext } = require('../../core/task-context')
const { TaskPort } = require('../../core/task-port')

/**
 * @param {object} internals Node's internals, as collected by preload.js
 * @param {{ url: string, concurrency: number, recycle: object }} entry
 * @param {(message: object) => void} send sends to the pool's thread
 * @param {(listener: (message: object) => void) => void} onTaskMessage
 */
function runPoolWorker (internals, { url, concurrency, recycle }, send, onTaskMessage) {
  const port = new TaskPort(self.pool)
  onTaskMessage(TaskContext.onMessage)
  const begin = async namespace => {
    const exported = await (namespace.default ?? namespace)
    const isOfFunctions = url === undefined || typeof exported === 'function' || hasFunctions(exported) || hasFunctions(namespace)
    const { run, onBroadcast } = isOfFunctions
      ? { run: callFunctions(port, exported, namespace, url), onBroadcast: deliver }
      : answerOnParentPort(port, concurrency, url)
    const teardown = isOfFunctions ? functionNamed('teardown', exported, namespace) : undefined
    send({ type: control.ready })
    port.start(run, {
      onBroadcast,
      onBroadcastError: error => api.parentPort[kReceive](kind.messageError, error),
      onFinish: require('./recycling').watch(recycle),
      // Like process.exit() in the worker, this runs its 'exit' listeners.
      async onRetired () {
        if (teardown) {
          send({ type: control.tearingDown })
          await teardown()
        }
        process.exit()
      }
    })
  }
  const fail = error => {
    if (isForGood(error)) send({ type: control.unusable })
    throw error
  }
  let namespace = {}
  try {
    if (url !== undefined) namespace = require('./common-js').loadCommonJS(internals, url)
  } catch (error) {
    fail(error)
  }
  if (namespace === undefined) {
    return internals.runEntryPoint()(async loader => {
      try {
        await begin(await loader.import(url, undefined, { __proto__: null }))
      } catch (error) {
        fail(error)
      }
    })
  }
  // A listener of 'unhandledRejection' must not swallow the error: the worker would never be ready.
  whenSettled(begin(namespace), undefined, error => nextTick(fail, error))
}

const kIsNoWorkerFile = Symbol('kIsNoWorkerFile')

function noWorkerFile (message) {
  return ObjectDefineProperty(new TypeError(message), kIsNoWorkerFile, { __proto__: null, value: true })
}

// The codes of errors that Node's loaders throw for missing or unsupported files.
const codesOfLoaders = setOf([
  'MODULE_NOT_FOUND', 'ERR_MODULE_NOT_FOUND', 'ERR_UNKNOWN_FILE_EXTENSION', 'ERR_UNKNOWN_MODULE_FORMAT', 'ERR_UNSUPPORTED_DIR_IMPORT',
  'ERR_INVALID_TYPESCRIPT_SYNTAX', 'ERR_UNSUPPORTED_TYPESCRIPT_SYNTAX', 'ERR_UNSUPPORTED_NODE_MODULES_TYPE_STRIPPING'
])

// The stack of a compile error begins with a place in the file, or shows that a loader threw it.
const compileError = /^(?!\w*Error:)|^.*\n +at .*node:internal\/modules\//

/** Whether every other worker would fail in the same way. Errors thrown by the file's own code may be temporary. */
function isForGood (error) {
  if (!types.isNativeError(error)) return false
  if (error[kIsNoWorkerFile] || codesOfLoaders.has(error.code)) return true
  // True for syntax errors of Node's loaders, false for those of JSON.parse() in the file.
  return isInstance(SyntaxError, error) && RegExpPrototypeExec(compileError, error.stack) !== null
}

function deliver (value, ports) {
  api.parentPort[kReceive](kind.message, value, ports)
}

function hasFunctions (object) {
  return typeof object === 'object' && object !== null && ArrayPrototypeSome(ObjectValues(object), value => typeof value === 'function')
}

function functionNamed (name, exported, namespace) {
  const isOwn = found => typeof found === 'function' && found !== ObjectPrototype[name] && found !== FunctionPrototype[name]
  const named = namespace[name]
  if (isOwn(named)) return named
  const property = exported?.[name]
  return isOwn(property) ? property : undefined
}

function callFunctions (port, exported, namespace, url = 'The pool') {
  // The default export of a compiled ES module is a property.
  const byDefault = typeof exported === 'function' ? exported : functionNamed('default', exported, namespace)
  const find = (name, source) => {
    if (source !== undefined) return require('./function-source').functionOf(source)
    if (name === undefined) {
      if (byDefault !== undefined) return byDefault
      throw new TypeError(`${url} has no default function: choose one with options.name`)
    }
    const found = functionNamed(name, exported, namespace)
    if (found !== undefined) return found
    throw new TypeError(`${url} has no function ${name}`)
  }
  const runWrapped = ({ name, source, store, isIterable, data }, context) => {
    const run = find(name, source)
    const input = isIterable ? context.readIterable(data) : data
    if (store === undefined) return run(input, context)
    context.store = store
    return api.taskStorage.run(store, run, input, context)
  }
  const runPlain = byDefault ?? (() => find())
  return (id, value, isWrapped) => {
    const context = new TaskContext(port, id)
    try {
      const result = isWrapped ? runWrapped(value, context) : runPlain(value, context)
      if (isThenable(result)) settleLater(context, result)
      else context.succeed(result)
    } catch (error) {
      context.fail(error)
    }
  }
}

async function settleLater (context, result) {
  try {
    context.succeed(await result)
  } catch (error) {
    context.fail(error)
  }
}

function isThenable (result) {
  return ((typeof result === 'object' && result !== null) || typeof result === 'function') && typeof result.then === 'function'
}

// A worker file written for a Worker: the first message that it posts after receiving a task is the result.
function answerOnParentPort (port, concurrency, url) {
  const { parentPort } = api
  if (parentPort.listenerCount('message') === 0) {
    throw noWorkerFile(`${url} is not a pool worker file: it must export a function, or listen for 'message' on parentPort`)
  }
  if (concurrency > 1) {
    throw noWorkerFile(`${url} answers on its parentPort and can run only one task at a time: concurrentTasksPerWorker must be 1`)
  }
  const { readTransferList } = require('../../core/transfer-list')
  const post = parentPort.postMessage
  let current
  // Broadcasts that arrived during a task. An answer to them would be mistaken for the task's result.
  const waiting = newList()
  const deliverWaiting = () => { while (waiting.length > 0 && current === undefined) deliver(ArrayPrototypeShift(waiting)) }
  parentPort.postMessage = function postMessage (value, transfer) {
    if (current === undefined) return ReflectApply(post, parentPort, arguments)
    const { arrayBuffers, ports } = transfer === undefined ? { __proto__: null } : readTransferList(transfer, parentPort)
    const id = current
    current = undefined
    port.succeed(id, value, arrayBuffers, ports)
    if (waiting.length > 0) nextTick(deliverWaiting)
    return true
  }
  const onBroadcast = value => {
    append(waiting, value)
    deliverWaiting()
  }
  const run = (id, value, isWrapped, ports) => {
    deliverWaiting()
    let store
    if (isWrapped) {
      const { name, source, isIterable } = value
      store = value.store
      if (name !== undefined) return port.fail(id, new TypeError(`${url} exports no function ${name}`))
      if (source !== undefined) return port.fail(id, new TypeError(`${url} answers on its parentPort and cannot run functions`))
      value = isIterable ? require('../../core/iterable-port').receiveIterable(value.data).iterable : value.data
    }
    current = id
    if (store === undefined) deliver(value, ports)
    else api.taskStorage.run(store, deliver, value, ports)
  }
  return { run, onBroadcast }
}

module.exports = { runPoolWorker }
