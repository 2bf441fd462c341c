'use strict'

// A worker of a WorkerPool: loads the worker file, and runs tasks as they come. The file exports a
// function, or answers on its parentPort.

const { createRequire } = require('node:module')
const vm = require('node:vm')
const { api } = require('../api')
const { serializeError } = require('../error-serializer')
const { nodeError, nodeMajor } = require('../errors')
const { native, kind, kReceive, NativePort, postMessage, self, structuredClone } = require('../realm')
const { flag, numberOf, read } = require('../task-number')

/** Hears of tasks, and carries their results. */
class TaskPort extends NativePort {
  #run

  /** @param {(id: number, value: unknown, isNamed: boolean, ports: object[]) => void} run */
  start (run) {
    this.#run = run
    native.bindPort(self.pool, this)
    native.setPortRef(self.pool, true)
    native.pullTasks()
  }

  [kReceive] (number, value, ports) {
    const { id, what, isUnreadable } = read(number)
    if (isUnreadable) this.fail(id, value)
    else this.#run(id, value, what === flag.named, ports)
  }

  succeed (id, value, arrayBuffers, ports) {
    try {
      postMessage(this, value, arrayBuffers, ports, numberOf(id, flag.result))
    } catch (error) {
      this.fail(id, error)
    }
  }

  fail (id, error) {
    postMessage(this, toMessage(error), undefined, undefined, numberOf(id, flag.error))
  }
}

/** What a task's function is given besides the data. */
class TaskContext {
  #port
  #id
  #moved = []

  constructor (port, id) {
    this.#port = port
    this.#id = id
  }

  /** Has the caller's onProgress called with a clone of the value. */
  progress (value) {
    postMessage(this.#port, value, undefined, undefined, numberOf(this.#id, flag.interim))
  }

  /** @returns the same; an ArrayBuffer or a port in the result is transferred instead of cloned */
  move (object) {
    this.#moved.push(object)
    return object
  }

  succeed (value) {
    if (this.#moved.length === 0) return this.#port.succeed(this.#id, value)
    const { arrayBuffers, ports } = require('../transfer-list').readTransferList(this.#moved)
    this.#port.succeed(this.#id, value, arrayBuffers, ports)
  }

  fail (error) {
    this.#port.fail(this.#id, error)
  }
}

function toMessage (error) {
  const check = value => structuredClone(value)
  try {
    if (!(error instanceof DOMException)) return serializeError(error, check)
    if (nodeMajor >= 22) return { type: 'value', value: error }
    // Node 20 makes {} of it.
    const { name, code, message } = error
    return serializeError(Object.assign(new Error(message), { name, code }), check)
  } catch {
    return serializeError(nodeError(Error, 'ERR_WORKER_UNSERIALIZABLE_ERROR', 'The error of the task could not be serialised'), check)
  }
}

/**
 * @param {object} internals what preload.js took from Node
 * @param {{ url: string, concurrency: number }} entry
 * @param {(message: object) => void} send to the pool's thread
 */
function runPoolWorker (internals, { url, concurrency }, send) {
  const port = new TaskPort(self.pool)
  return internals.runEntryPoint()(async loader => {
    const namespace = url === undefined ? {} : await loader.import(url, undefined, { __proto__: null })
    const exported = await (namespace.default ?? namespace)
    const run = url === undefined || typeof exported === 'function' || hasFunctions(exported) || hasFunctions(namespace)
      ? callFunctions(port, exported, namespace, url)
      : answerOnParentPort(port, concurrency, url)
    send({ type: 'ready' })
    port.start(run)
  })
}

function hasFunctions (object) {
  return typeof object === 'object' && object !== null && Object.values(object).some(value => typeof value === 'function')
}

function callFunctions (port, exported, namespace, url = 'The pool') {
  const find = name => {
    if (typeof name === 'object') return functionOf(name.source)
    if (name === undefined) {
      if (typeof exported === 'function') return exported
      throw new TypeError(`${url} has no function by default: say which one with the option name`)
    }
    const found = Object.hasOwn(namespace, name) ? namespace[name] : exported?.[name]
    if (typeof found === 'function') return found
    throw new TypeError(`${url} has no function ${name}`)
  }
  return (id, value, isNamed) => {
    const context = new TaskContext(port, id)
    const fail = error => context.fail(error)
    const succeed = result => {
      try {
        context.succeed(result)
      } catch (error) {
        fail(error)
      }
    }
    let result
    try {
      result = isNamed ? find(value[0])(value[1], context) : find()(value, context)
    } catch (error) {
      return fail(error)
    }
    if (typeof result?.then === 'function') result.then(succeed, fail)
    else succeed(result)
  }
}

const compiled = new Map()
const MOST_COMPILED = 1000

// What is around a function stays where it is: only its source travels.
function functionOf (source) {
  let run = compiled.get(source)
  if (run === undefined) {
    const call = compile(source)
    run = args => explained(() => call(...args))
    if (compiled.size === MOST_COMPILED) compiled.clear()
    compiled.set(source, run)
  }
  return run
}

function compile (source) {
  for (const text of [`(${source})`, `(Object.values({ ${source} })[0])`]) {
    try {
      const importModuleDynamically = vm.constants.USE_MAIN_CONTEXT_DEFAULT_LOADER
      return vm.compileFunction(`return ${text}`, ['require'], { importModuleDynamically })(createRequire(`${process.cwd()}/`))
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error
    }
  }
  throw new TypeError(`A task cannot be made of this function, because its source does not stand alone: ${source.slice(0, 100)}`)
}

function explained (call) {
  const explain = error => {
    if (error instanceof ReferenceError) {
      error.message += ' (in a function that was given to exec(): what is around it does not travel with it)'
    }
    throw error
  }
  try {
    const result = call()
    return typeof result?.then === 'function' ? result.then(value => value, explain) : result
  } catch (error) {
    explain(error)
  }
}

// A worker file as for a Worker: the first message that it posts after a task is the task's result.
function answerOnParentPort (port, concurrency, url) {
  const { parentPort } = api
  if (parentPort.listenerCount('message') === 0) {
    throw new TypeError(`${url} is no worker file of a pool: it exports no function, and has no listener for 'message' on its parentPort`)
  }
  if (concurrency > 1) {
    throw new TypeError(`${url} answers on its parentPort, so that it can run one task at a time: concurrentTasksPerWorker must be 1`)
  }
  const { readTransferList } = require('../transfer-list')
  const post = parentPort.postMessage
  let current
  parentPort.postMessage = function postMessage (value, transfer) {
    if (current === undefined) return post.apply(parentPort, arguments)
    const { arrayBuffers, ports } = transfer === undefined ? {} : readTransferList(transfer, parentPort)
    const id = current
    current = undefined
    port.succeed(id, value, arrayBuffers, ports)
    return true
  }
  return (id, value, isNamed, ports) => {
    if (isNamed) return port.fail(id, new TypeError(`${url} exports no function ${value[0]}`))
    current = id
    parentPort[kReceive](kind.message, value, ports)
  }
}

module.exports = { runPoolWorker }
