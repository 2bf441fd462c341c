'use strict'

// A worker of a WorkerPool, in any runtime with JavaScript: runs tasks as they arrive. The worker file either exports functions or
// answers on its parentPort.

const {
  ArrayPrototypeShift, ArrayPrototypeSome, FunctionPrototype, ObjectDefineProperty, ObjectPrototype, ObjectValues, ReflectApply, Symbol,
  TypeError, append, newList, whenSettled
} = require('./primordials')
const { nextTick } = require('./platform')
const { kind, self } = require('./realm')
const { kReceive } = require('./symbols')
const { control } = require('./protocol')
const { TaskContext } = require('./task-context')
const { TaskPort } = require('./task-port')

/**
 * @param {{ url?: string, concurrency: number, recycle: object }} entry
 * @param {object} host the runtime's part:
 *   api: the exports of this package;
 *   send(message): sends to the pool's thread;
 *   load(): the namespace of the worker file; undefined when it takes time;
 *   runEntryPoint(run): then; `run` is called with a function that returns a promise of the namespace;
 *   isLoaderError(error): whether an error shows that no worker can load the file;
 *   functionHost: see ./function-source.js;
 *   heldMemory(): the bytes of the heap and of buffers;
 *   exit(): ends the worker
 */
function runPoolWorker ({ url, concurrency, recycle }, host) {
  const port = new TaskPort(self.pool)
  const begin = async namespace => {
    const exported = await (namespace.default ?? namespace)
    const isOfFunctions = url === undefined || typeof exported === 'function' || hasFunctions(exported) || hasFunctions(namespace)
    const { run, onBroadcast } = isOfFunctions
      ? { run: callFunctions(port, exported, namespace, url, host), onBroadcast: value => deliver(host.api, value) }
      : answerOnParentPort(port, concurrency, url, host.api)
    const teardown = isOfFunctions ? functionNamed('teardown', exported, namespace) : undefined
    host.send({ type: control.ready })
    port.start(run, {
      onBroadcast,
      onBroadcastError: error => host.api.parentPort[kReceive](kind.messageError, error),
      onFinish: require('./recycling').watch(recycle, host.heldMemory),
      async onRetired () {
        if (teardown) {
          host.send({ type: control.tearingDown })
          await teardown()
        }
        host.exit()
      }
    })
  }
  const fail = error => {
    // Every other worker would fail in the same way. Errors thrown by the file's own code may be temporary.
    if (isNoWorkerFile(error) || host.isLoaderError(error)) host.send({ type: control.unusable })
    throw error
  }
  let namespace = {}
  try {
    if (url !== undefined) namespace = host.load()
  } catch (error) {
    fail(error)
  }
  if (namespace === undefined) {
    return host.runEntryPoint(async load => {
      try {
        await begin(await load())
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

function isNoWorkerFile (error) {
  return typeof error === 'object' && error !== null && error[kIsNoWorkerFile] === true
}

function deliver (api, value, ports) {
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

function callFunctions (port, exported, namespace, url = 'The pool', { api, functionHost }) {
  // The default export of a compiled ES module is a property.
  const byDefault = typeof exported === 'function' ? exported : functionNamed('default', exported, namespace)
  const find = (name, source) => {
    if (source !== undefined) return require('./function-source').functionOf(source, functionHost)
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
function answerOnParentPort (port, concurrency, url, api) {
  const { parentPort } = api
  if (parentPort.listenerCount('message') === 0) {
    throw noWorkerFile(`${url} is not a pool worker file: it must export a function, or listen for 'message' on parentPort`)
  }
  if (concurrency > 1) {
    throw noWorkerFile(`${url} answers on its parentPort and can run only one task at a time: concurrentTasksPerWorker must be 1`)
  }
  const { readTransferList } = require('./transfer-list')
  const post = parentPort.postMessage
  let current
  // Broadcasts that arrived during a task. An answer to them would be mistaken for the task's result.
  const waiting = newList()
  const deliverWaiting = () => { while (waiting.length > 0 && current === undefined) deliver(api, ArrayPrototypeShift(waiting)) }
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
      value = isIterable ? require('./iterable-port').receiveIterable(value.data).iterable : value.data
    }
    current = id
    if (store === undefined) deliver(api, value, ports)
    else api.taskStorage.run(store, deliver, api, value, ports)
  }
  return { run, onBroadcast }
}

module.exports = { runPoolWorker }
