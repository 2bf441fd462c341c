'use strict'

// Functions that the parent exposes to a worker, in any runtime with JavaScript: the worker's half. node/exposed-functions.js is the
// other half.

const {
  ArrayPrototypeForEach, ArrayPrototypeSlice, AtomicsLoad, AtomicsWait, Error, Int32Array, ObjectDefineProperty, ObjectFreeze, ObjectHasOwn,
  Promise, PromiseReject, ReflectGet, SafeMap, SharedArrayBuffer, append, isInstance, newList, setOwn
} = require('./primordials')
const { getAbortSignal } = require('./platform')
const { deserializeError, serializeError } = require('./error-serializer')
const { nodeError } = require('./errors')
const { host } = require('./host')
const { createPort } = require('./message-port')
const { callFlag: flag } = require('./protocol')
const { kind, keyOf, native, NativePort, postMessage, receiveMessage } = require('./realm')
const { kReceive } = require('./symbols')
const { numberOf, read } = require('./task-number')

// The ids of calls begin again after this one.
const LAST_ID = 2 ** 28

class HostPort extends NativePort {
  #key
  #most
  // The calls in flight, by id.
  #calls = new SafeMap()
  #lastId = 0
  #answers

  constructor (key, most) {
    super(key)
    this.#key = key
    this.#most = most
    native.bindPort(key, this)
    native.setReceiving(key, true)
  }

  /**
   * @param {number} index of the function
   * @param {unknown[]} args
   * @param {object[]} [transferList]
   * @returns {Promise<unknown>}
   */
  invoke (index, args, transferList) {
    if (this.#calls.size >= this.#most) return PromiseReject(tooManyCalls(this.#most))
    return new Promise((resolve, reject) => {
      const { values, signals } = takeSignals(args)
      const id = this.#takeId()
      this.#post({ index, args: values, signals: describeSignals(signals) }, numberOf(id, flag.call), transferList)
      const removers = newList()
      ArrayPrototypeForEach(signals, ({ signal }, place) => {
        if (isAborted(signal)) return
        const listener = () => this.#abort(id, place, signal)
        signal.addEventListener('abort', listener, { __proto__: null, once: true })
        append(removers, () => signal.removeEventListener('abort', listener))
      })
      this.#calls.set(id, { resolve, reject, removers })
      if (this.#calls.size === 1) native.setPortRef(this.#key, true)
    })
  }

  #takeId () {
    do this.#lastId = (this.#lastId + 1) % LAST_ID
    while (this.#calls.has(this.#lastId))
    return this.#lastId
  }

  #post (message, number, transferList) {
    if (transferList === undefined) return postMessage(this, message, undefined, undefined, number)
    const { arrayBuffers, ports } = require('./transfer-list').readTransferList(transferList)
    postMessage(this, message, arrayBuffers, ports, number)
  }

  #abort (id, place, signal) {
    this.#post({ place, reason: serializeError(signal.reason) }, numberOf(id, flag.abort))
  }

  [kReceive] (number, value) {
    if (number === kind.close) return
    const isReadable = number >= 0
    const { id, what } = read(isReadable ? number : ~number)
    const call = this.#calls.get(id)
    if (call === undefined) return
    this.#calls.delete(id)
    if (this.#calls.size === 0) native.setPortRef(this.#key, false)
    ArrayPrototypeForEach(call.removers, remove => remove())
    if (isReadable && what === flag.result) call.resolve(value.value)
    else call.reject(isReadable ? deserializeError(value) : value)
  }

  /** Blocks the thread until the host has answered. */
  invokeSync (index, args, transferList) {
    const { values, signals } = takeSignals(args)
    const isFirst = this.#answers === undefined
    const answers = this.#answers ?? new Answers()
    const seen = AtomicsLoad(answers.count, 0)
    const message = { index, args: values, signals: describeSignals(signals), answers: undefined }
    const number = numberOf(0, flag.syncCall)
    if (isFirst) {
      const list = transferList === undefined ? newList() : ArrayPrototypeSlice(transferList)
      message.answers = { count: answers.count, port: answers.hostPort }
      append(list, answers.hostPort)
      this.#post(message, number, list)
      this.#answers = answers
    } else {
      this.#post(message, number, transferList)
    }
    while (AtomicsLoad(answers.count, 0) === seen) AtomicsWait(answers.count, 0, seen)
    const { isError, value } = receiveMessage(answers)[0]
    if (isError) throw deserializeError(value)
    return value
  }
}

/** Where the answers of calls that block arrive, one at a time. */
class Answers extends NativePort {
  /** How many answers have been posted. */
  count = new Int32Array(new SharedArrayBuffer(4))
  /** The host's side. */
  hostPort

  constructor () {
    const keys = native.createChannel()
    super(keys[0])
    native.bindPort(keys[0], this)
    this.hostPort = createPort(keys[1])
  }

  [kReceive] () {}
}

function isAborted (signal) {
  return ReflectGet(getAbortSignal().prototype, 'aborted', signal)
}

function isSignal (value) {
  return typeof value === 'object' && value !== null && typeof value.aborted === 'boolean' && isInstance(getAbortSignal(), value)
}

/**
 * A signal is an argument, or the property `signal` of one that is an object, as of fetch().
 * @returns {{ values: unknown[], signals: { argument: number, isProperty: boolean, signal: AbortSignal }[] }} `values` has none of them
 */
function takeSignals (args) {
  const signals = newList()
  let values = args
  for (let argument = 0; argument < args.length; argument++) {
    const value = args[argument]
    const isProperty = !isSignal(value)
    if (isProperty && !(typeof value === 'object' && value !== null && ObjectHasOwn(value, 'signal') && isSignal(value.signal))) continue
    if (values === args) values = ArrayPrototypeSlice(args)
    setOwn(values, argument, isProperty ? { ...value, signal: undefined } : undefined)
    append(signals, { argument, isProperty, signal: isProperty ? value.signal : value })
  }
  return { values, signals }
}

function describeSignals (signals) {
  if (signals.length === 0) return undefined
  const described = newList()
  ArrayPrototypeForEach(signals, ({ argument, isProperty, signal }) => {
    const aborted = isAborted(signal)
    append(described, { argument, isProperty, aborted, reason: aborted ? serializeError(signal.reason) : undefined })
  })
  return ArrayPrototypeSlice(described)
}

function tooManyCalls (most) {
  return nodeError(Error, 'ERR_ISOTHREADS_TOO_MANY_HOST_CALLS',
    `The worker has ${most} calls of its host in flight: it must wait for one of them. The option maxHostCalls sets the limit`)
}

/** @param {{ names: string[], most: number, port: object }} functions those that the parent exposes */
function connect ({ names, most, port }) {
  const hostPort = new HostPort(native.movePort(keyOf(port)), most)
  ArrayPrototypeForEach(names, (name, index) => {
    // Methods, because these cannot be constructed.
    const { call } = { call (...args) { return hostPort.invoke(index, args) } }
    const { sync } = { sync (...args) { return hostPort.invokeSync(index, args) } }
    const { transfer } = { transfer (transferList, ...args) { return hostPort.invoke(index, args, transferList) } }
    ObjectDefineProperty(call, 'name', { __proto__: null, value: name, configurable: true })
    setOwn(call, 'sync', sync)
    setOwn(call, 'transfer', transfer)
    setOwn(host, name, call)
  })
  ObjectFreeze(host)
}

module.exports = { connect }
