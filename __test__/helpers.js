'use strict'

const os = require('node:os')
const path = require('node:path')
const { on } = require('node:events')
const { runNode } = require('./run-process')

// With ISOTHREADS_TEST_PEER=node the same expectations run against Node's own worker_threads, which verifies them.
const isPeer = process.env.ISOTHREADS_TEST_PEER === 'node'
const packageRoot = path.join(__dirname, '..')
const api = isPeer ? { ...require('node:worker_threads'), structuredClone } : require('..')

// With ISOTHREADS_TEST_RUNTIME=lean pools have lean workers, and tests of differences are skipped: see lean-pool-differences.js.
const isLean = process.env.ISOTHREADS_TEST_RUNTIME === 'lean'
const differences = isLean ? require('./lean-pool-differences') : new Map()

class LeanPool extends (api.WorkerPool ?? Object) {
  constructor (filename, size = os.availableParallelism()) {
    const isOptions = typeof filename === 'object' && filename !== null && !Array.isArray(filename) && !(filename instanceof URL)
    if (isOptions) super(withLeanRuntime(filename), typeof arguments[1] === 'object' ? size : undefined)
    else if (typeof filename === 'object' || typeof size === 'object') super(filename, size)
    else super({ runtime: 'lean', filename, minThreads: size, maxThreads: size })
  }
}

// Keeps the prototype and what is not enumerable.
function withLeanRuntime (options) {
  const copy = Object.create(Object.getPrototypeOf(options), Object.getOwnPropertyDescriptors(options))
  return Object.hasOwn(copy, 'runtime') ? copy : Object.defineProperty(copy, 'runtime', { value: 'lean', enumerable: true })
}

const nodeMajor = Number(process.versions.node.split('.')[0])

// A ceiling that no healthy run comes near: it turns a hang into a failure with the test's name on it.
const TEST_TIMEOUT = 120_000

/**
 * ava's `test`, in which every test is bounded and runs alone, so that a native crash points at one test.
 * @param {import('ava').TestFn} avaTest
 * @returns {(title: string, body: (t: import('ava').ExecutionContext) => unknown) => void}
 */
function bounded (avaTest) {
  return (title, body) => {
    if (differences.has(title)) return avaTest.serial.skip(title, body)
    avaTest.serial(title, (t) => {
      t.timeout(TEST_TIMEOUT)
      return body(t)
    })
  }
}

/**
 * The same, for behaviour that deliberately differs from Node's own worker_threads, or that Node does not have.
 * @param {import('ava').TestFn} avaTest
 * @returns {(reason: string, title: string, body: (t: import('ava').ExecutionContext) => unknown) => void}
 */
function beyondNode (avaTest) {
  const test = bounded(avaTest)
  return (reason, title, body) => {
    if (isPeer) return
    test(title, (t) => {
      t.log(reason)
      return body(t)
    })
  }
}

/**
 * One of two expectations, for behaviour that Node itself changed in a major version.
 * @template T
 * @param {number} major the first version with the newer behaviour
 * @param {T} newer
 * @param {T} older
 * @returns {T}
 */
function since (major, newer, older) {
  return nodeMajor >= major ? newer : older
}

/** @param {string} name a file under fixtures/semantics */
function fixture (name) {
  return path.join(__dirname, 'fixtures', 'semantics', name)
}

/**
 * A worker that is ended with its test.
 * @param {import('ava').ExecutionContext} t
 * @param {string} code JavaScript, or a file's path or URL with `eval: false`
 * @param {object} [options] Worker options
 */
function startWorker (t, code, options) {
  const worker = new api.Worker(code, { eval: true, ...options })
  t.teardown(() => worker.terminate())
  return worker
}

// Node carries messages on one port, `online` and `error` on another, and which is read first is a race. We promise an order.
const promisedOrder = ['online', 'message', 'messageerror', 'error', 'exit']
const inPromisedOrder = (events) => events.toSorted(([a], [b]) => promisedOrder.indexOf(a) - promisedOrder.indexOf(b))

/**
 * All events of a worker until its end, in order, as `[event, ...arguments]`. The event loop keeps turning for
 * a while after `exit`, so that an event after the last one would show.
 * @param {import('node:worker_threads').Worker} worker
 * @returns {Promise<unknown[][]>}
 */
function eventsUntilExit (worker) {
  return new Promise((resolve) => {
    const events = []
    for (const name of promisedOrder) worker.on(name, (...args) => events.push([name, ...args]))
    worker.once('exit', async () => {
      await settled()
      resolve(isPeer ? inPromisedOrder(events) : events)
    })
  })
}

/**
 * The error with which a worker ends; fails when it ends without one.
 * @param {import('ava').ExecutionContext} t
 * @param {import('node:worker_threads').Worker} worker
 * @returns {Promise<unknown>}
 */
async function errorOf (t, worker) {
  const events = await eventsUntilExit(worker)
  t.deepEqual(events.map(([name]) => name).filter((name) => name !== 'message'), ['online', 'error', 'exit'])
  t.is(events.at(-1)[1], 1)
  return events.find(([name]) => name === 'error')[1]
}

/**
 * What the other side posts, one value for each call, in order.
 * @param {import('node:events').EventEmitter} source a Worker or a MessagePort
 * @returns {() => Promise<unknown>}
 */
function inbox (source) {
  const messages = on(source, 'message')
  return async () => {
    const { value: [first] } = await messages.next()
    return first
  }
}

/**
 * The next message of a worker; an error of the worker rejects.
 * @param {import('node:worker_threads').Worker} worker
 * @returns {Promise<unknown>}
 */
function nextMessage (worker) {
  return new Promise((resolve, reject) => {
    worker.once('message', resolve)
    worker.once('messageerror', reject)
    worker.once('error', reject)
    worker.once('exit', (code) => reject(new Error(`The worker exited (${code}) without a message`)))
  })
}

/**
 * Lets the event loop turn until the ports of this thread have delivered everything: for checks that no more messages come.
 * @returns {Promise<void>}
 */
async function settled () {
  for (let turn = 0; turn < 3; turn++) await new Promise((resolve) => setImmediate(resolve))
}

/** @param {() => unknown} action */
function thrownBy (action) {
  try {
    action()
  } catch (error) {
    return error
  }
  throw new Error('Nothing was thrown')
}

/**
 * Every way a value can be cloned: through a port, through a worker and back, and by the function itself.
 * @type {Record<string, (t: import('ava').ExecutionContext, value: unknown, transfer?: object[]) => unknown>}
 */
const cloneRoutes = {
  'a MessageChannel' (t, value, transfer) {
    const { port1, port2 } = new api.MessageChannel()
    t.teardown(() => port1.close())
    port1.postMessage(value, transfer)
    return api.receiveMessageOnPort(port2).message
  },
  'a worker and back' (t, value, transfer) {
    const worker = startWorker(t, `
      const { parentPort } = require('worker_threads')
      parentPort.once('message', (value) => parentPort.postMessage(value))
    `)
    worker.postMessage(value, transfer)
    return nextMessage(worker)
  },
  structuredClone (t, value, transfer) {
    return api.structuredClone(value, { transfer })
  }
}

const errorClasses = ['DOMException', 'Error', 'TypeError', 'RangeError', 'SyntaxError', 'ReferenceError', 'EvalError', 'URIError']

/**
 * What of an error a program can rely on. The class is an identity of this realm, not a name.
 * @param {Error} error
 */
function describeError (error) {
  return {
    class: errorClasses.find((name) => Object.getPrototypeOf(error) === globalThis[name].prototype),
    name: error.name,
    code: error.code,
    message: error.message
  }
}

/** The description of a coded TypeError, as `describeError` gives it. */
function typeError (code, message) {
  return { class: 'TypeError', name: 'TypeError', code, message }
}

/** The description of a DataCloneError, as `describeError` gives it. */
function dataCloneError (message) {
  return { class: 'DOMException', name: 'DataCloneError', code: 25, message }
}

/** Runs a file of fixtures/semantics in a separate process, for behaviour that only a whole process can show. */
function runFixture (file, ...args) {
  return runNode([fixture(file), ...args], { timeout: TEST_TIMEOUT / 2 })
}

module.exports = {
  ...api,
  ...(isLean && { WorkerPool: LeanPool }),
  api,
  isPeer,
  packageRoot,
  nodeMajor,
  bounded,
  beyondNode,
  since,
  fixture,
  startWorker,
  eventsUntilExit,
  errorOf,
  inbox,
  nextMessage,
  settled,
  cloneRoutes,
  thrownBy,
  describeError,
  typeError,
  dataCloneError,
  runFixture
}
