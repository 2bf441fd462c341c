'use strict'

// Functions that a Worker's parent exposes to it: the parent's half. core/host-functions.js is the other half.

const {
  ArrayIsArray, ArrayPrototypeForEach, ArrayPrototypeIncludes, ArrayPrototypeMap, AtomicsAdd, AtomicsNotify, NumberIsInteger,
  ObjectEntries, RangeError, ReflectApply, RegExpPrototypeExec, SafeMap, TypeError, setOwn
} = require('../core/primordials')
const { getAbortController } = require('../core/platform')
const { deserializeError, serializeError } = require('../core/error-serializer')
const { domException, invalidArgType, invalidArgValue, nodeError } = require('../core/errors')
const { createPort } = require('../core/message-port')
const { callFlag: flag } = require('../core/protocol')
const { kind, keyOf, native, NativePort, postMessage } = require('../core/realm')
const { kReceive } = require('../core/symbols')
const { numberOf, read } = require('../core/task-number')

const DEFAULT_MOST = 1000
// Ids have 28 bits.
const GREATEST_MOST = 2 ** 20

// Names that can be imported, and are not read by the language itself.
const importable = /^[\p{ID_Start}$_][\p{ID_Continue}$\u200c\u200d]*$/u
const reserved = ['default', 'then', '__proto__', '__esModule']

/**
 * @param {{ expose?: Record<string, Function>, maxHostCalls?: number }} [options] of Worker
 * @returns {ExposedFunctions | undefined} undefined if there are none
 */
function readExposed (options) {
  const exposed = options?.expose
  const most = readMost(options?.maxHostCalls)
  if (exposed === undefined || exposed === null) return undefined
  if (typeof exposed !== 'object' || ArrayIsArray(exposed)) throw invalidArgType('options.expose', 'of type object', exposed)
  const functions = ObjectEntries(exposed)
  ArrayPrototypeForEach(functions, ({ 0: name, 1: value }) => {
    if (RegExpPrototypeExec(importable, name) === null || ArrayPrototypeIncludes(reserved, name)) {
      throw invalidArgValue('options.expose', name, 'must have names that can be imported')
    }
    if (typeof value !== 'function') throw invalidArgType(`options.expose.${name}`, 'of type function', value)
  })
  return new ExposedFunctions(functions, most)
}

function readMost (most) {
  if (most === undefined || most === null) return DEFAULT_MOST
  if (typeof most !== 'number') throw invalidArgType('options.maxHostCalls', 'of type number', most)
  if (NumberIsInteger(most) && most >= 1 && most <= GREATEST_MOST) return most
  throw nodeError(RangeError, 'ERR_OUT_OF_RANGE',
    `The value of "options.maxHostCalls" is out of range. It must be an integer >= 1 && <= ${GREATEST_MOST}. Received ${most}`)
}

class ExposedFunctions {
  #names
  #functions
  #most

  constructor (functions, most) {
    this.#names = ArrayPrototypeMap(functions, entry => entry[0])
    this.#functions = ArrayPrototypeMap(functions, entry => entry[1])
    this.#most = most
  }

  /** @returns {{ names: string[], most: number, port: object }} for connect() of the worker. `port` must be transferred */
  open () {
    const keys = native.createChannel()
    new FunctionsPort(keys[0], this.#functions, this.#most)
    return { names: this.#names, most: this.#most, port: createPort(keys[1]) }
  }
}

/** Receives the calls of one worker. */
class FunctionsPort extends NativePort {
  #functions
  #most
  // The controllers of the signals of each call that runs, by its number.
  #running = new SafeMap()
  // Where answers go for which the worker waits: { count, port }.
  #answers

  constructor (key, functions, most) {
    super(key)
    this.#functions = functions
    this.#most = most
    native.bindPort(key, this)
    native.setReceiving(key, true)
  }

  [kReceive] (number, value) {
    if (number === kind.close) return this.#end()
    const isReadable = number >= 0
    const { id, what } = read(isReadable ? number : ~number)
    if (what === flag.abort) {
      if (isReadable) this.#abort(id, value)
      return
    }
    const isSync = what === flag.syncCall
    if (!isReadable) return this.#fail(id, isSync, value)
    if (value.answers !== undefined) this.#answers = { count: value.answers.count, port: new AnswerPort(value.answers.port) }
    this.#call(numberOf(id, what), id, isSync, value)
  }

  #call (number, id, isSync, { index, args, signals }) {
    // The worker has the same limit.
    if (this.#running.size > this.#most) return this.#fail(id, isSync, new TypeError('Too many calls'))
    const controllers = signals === undefined ? undefined : giveSignals(args, signals)
    this.#running.set(number, controllers)
    let result
    try {
      result = ReflectApply(this.#functions[index], undefined, args)
      if (isThenable(result)) return this.#answerLater(number, id, isSync, result)
    } catch (error) {
      this.#running.delete(number)
      return this.#fail(id, isSync, error)
    }
    this.#running.delete(number)
    this.#succeed(id, isSync, result)
  }

  async #answerLater (number, id, isSync, promise) {
    let result
    try {
      result = await promise
    } catch (error) {
      this.#running.delete(number)
      return this.#fail(id, isSync, error)
    }
    this.#running.delete(number)
    this.#succeed(id, isSync, result)
  }

  #succeed (id, isSync, value) {
    try {
      if (isSync) this.#answerSync({ isError: false, value })
      else postMessage(this, { value }, undefined, undefined, numberOf(id, flag.result))
    } catch (error) {
      this.#fail(id, isSync, error)
    }
  }

  #fail (id, isSync, error) {
    const serialized = serializeError(error)
    try {
      this.#postError(id, isSync, serialized)
    } catch {
      // Each part can be cloned, but not all of them together.
      this.#postError(id, isSync, null)
    }
  }

  #postError (id, isSync, error) {
    if (isSync) this.#answerSync({ isError: true, value: error })
    else postMessage(this, error, undefined, undefined, numberOf(id, flag.error))
  }

  #answerSync (answer) {
    const { count, port } = this.#answers
    postMessage(port, answer)
    AtomicsAdd(count, 0, 1)
    AtomicsNotify(count, 0)
  }

  #abort (id, { place, reason }) {
    this.#running.get(numberOf(id, flag.call))?.[place].abort(deserializeError(reason))
  }

  // Nobody waits for the calls any more.
  #end () {
    this.#running.forEach(controllers => {
      if (controllers === undefined) return
      const reason = domException('The worker that made the call has ended', 'AbortError')
      ArrayPrototypeForEach(controllers, controller => controller.abort(reason))
    })
    this.#running.clear()
  }
}

/** Answers calls for which the worker waits. */
class AnswerPort extends NativePort {
  constructor (port) {
    const key = native.movePort(keyOf(port))
    super(key)
    native.bindPort(key, this)
  }

  [kReceive] () {}
}

function giveSignals (args, signals) {
  return ArrayPrototypeMap(signals, ({ argument, isProperty, aborted, reason }) => {
    const controller = new (getAbortController())()
    setOwn(isProperty ? args[argument] : args, isProperty ? 'signal' : argument, controller.signal)
    if (aborted) controller.abort(deserializeError(reason))
    return controller
  })
}

function isThenable (value) {
  return ((typeof value === 'object' && value !== null) || typeof value === 'function') && typeof value.then === 'function'
}

module.exports = { readExposed }
