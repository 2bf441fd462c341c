'use strict'

// `locks` where the host has none: locks with names that all threads of the process share, as in Node 24.
// https://w3c.github.io/web-locks/

const {
  JSONStringify, ObjectDefineProperty, Promise, SafeMap, String, SymbolToStringTag, TypeError, isInstance, setOwn
} = require('./primordials')
const { namedLocks } = require('./platform')
const { domException, invalidArgType, nodeError } = require('./errors')
const { lockOutcome: outcome, lockPatience: patience } = require('./protocol')

const host = namedLocks()
const modes = { __proto__: null, shared: 'shared', exclusive: 'exclusive' }
const token = {}

// What this thread holds or waits for, by the request's number.
const requests = new SafeMap()
let lastNumber = 0

class Lock {
  #name
  #mode

  constructor (secret = undefined, name = undefined, mode = undefined) {
    if (secret !== token) throw nodeError(TypeError, 'ERR_ILLEGAL_CONSTRUCTOR', 'Illegal constructor')
    this.#name = name
    this.#mode = mode
  }

  get name () {
    if (!(#name in this)) throw invalidThis('Lock')
    return this.#name
  }

  get mode () {
    if (!(#mode in this)) throw invalidThis('Lock')
    return this.#mode
  }
}

class LockManager {
  constructor (secret = undefined) {
    if (secret !== token) throw nodeError(TypeError, 'ERR_ILLEGAL_CONSTRUCTOR', 'Illegal constructor')
  }

  /**
   * Calls the callback once the lock was granted, and holds the lock until the promise that it returns has settled.
   * @param {string} name
   * @param {{ mode?: 'exclusive' | 'shared', ifAvailable?: boolean, steal?: boolean, signal?: AbortSignal }} [options]
   * @param {(lock: Lock | null) => unknown} callback
   * @returns {Promise<unknown>} the callback's result
   */
  async request (name, options, callback = undefined) {
    if (callback === undefined) {
      callback = options
      options = undefined
    }
    name = toText(name, 'Value')
    if (typeof callback !== 'function') throw invalidArgType('callback', 'of type function', callback)
    const { mode, ifAvailable, steal, signal } = readOptions(options)
    signal?.throwIfAborted()
    checkCombination(name, mode, ifAvailable, steal, signal)
    return new Promise((resolve, reject) => {
      request(
        {
          number: ++lastNumber >>> 0,
          name,
          // The native half has UTF-8, which has no lone surrogates.
          key: JSONStringify(name),
          mode,
          callback,
          resolve,
          reject,
          signal,
          onAbort: undefined,
          isHeld: false,
          isCalled: false
        },
        ifAvailable ? patience.giveUp : steal ? patience.steal : patience.wait
      )
    })
  }

  /** @returns {Promise<{ held: object[], pending: object[] }>} what this thread holds and waits for, as in Node */
  async query () {
    if (!isInstance(LockManager, this)) throw invalidThis('LockManager')
    const held = []
    const pending = []
    const { clientId } = host
    requests.forEach(({ name, mode, isHeld }) => {
      const list = isHeld ? held : pending
      setOwn(list, list.length, { name, mode, clientId })
    })
    return { held, pending }
  }
}

describe(Lock, ['name', 'mode'])
describe(LockManager, ['request', 'query'])

function describe ({ name, prototype }, members) {
  for (let index = 0; index < members.length; index++) {
    ObjectDefineProperty(prototype, members[index], { __proto__: null, enumerable: true })
  }
  ObjectDefineProperty(prototype, SymbolToStringTag, { __proto__: null, value: name, configurable: true })
}

function invalidThis (type) {
  return nodeError(TypeError, 'ERR_INVALID_THIS', `Value of "this" must be of type ${type}`)
}

// The conversions of Web IDL, with the texts of Node 24.

function toText (value, what) {
  if (typeof value === 'symbol') {
    throw nodeError(TypeError, 'ERR_INVALID_ARG_TYPE', `${what} is a Symbol and cannot be converted to a string.`)
  }
  return String(value)
}

function readOptions (options) {
  if (options === undefined || options === null || typeof options === 'function') options = { __proto__: null }
  if (typeof options !== 'object') throw nodeError(TypeError, 'ERR_INVALID_ARG_TYPE', 'Value cannot be converted to a dictionary')
  const { ifAvailable, mode: givenMode, signal, steal } = options
  const mode = givenMode === undefined ? modes.exclusive : toText(givenMode, 'mode')
  if (modes[mode] === undefined) {
    throw nodeError(TypeError, 'ERR_INVALID_ARG_VALUE', `mode '${mode}' is not a valid enum value of type LockMode.`)
  }
  if (signal !== undefined) {
    if ((typeof signal !== 'object' && typeof signal !== 'function') || signal === null) {
      throw nodeError(TypeError, 'ERR_INVALID_ARG_TYPE', 'signal is not an object.')
    }
    if (!('aborted' in signal)) throw invalidArgType('options.signal', 'an instance of AbortSignal', signal)
  }
  return { mode, ifAvailable: !!ifAvailable, steal: !!steal, signal }
}

function checkCombination (name, mode, ifAvailable, steal, signal) {
  const refuse = message => { throw domException(message, 'NotSupportedError') }
  if (name[0] === '-') refuse('Lock name may not start with hyphen')
  if (ifAvailable && steal) refuse('ifAvailable and steal are mutually exclusive')
  if (steal && mode === modes.shared) refuse('mode: "shared" and steal are mutually exclusive')
  if (signal !== undefined && (ifAvailable || steal)) refuse('signal cannot be used with steal or ifAvailable')
}

function request (asked, howPatient) {
  const { mode, signal } = asked
  if (signal !== undefined) {
    asked.onAbort = () => abort(asked)
    signal.addEventListener('abort', asked.onAbort, { __proto__: null, once: true })
  }
  requests.set(asked.number, asked)
  const result = host.request(asked.number, asked.key, mode === modes.shared, howPatient)
  // Those from which this thread has just stolen the lock.
  readNotices()
  switch (result) {
    case outcome.granted:
      return grant(asked)
    case outcome.unavailable:
      requests.delete(asked.number)
      return call(asked, null)
    default:
      // Called later, in this async context.
      asked.callback = host.inContext(asked.callback)
  }
}

function grant (asked) {
  asked.isHeld = true
  if (asked.signal === undefined) return call(asked, new Lock(token, asked.name, asked.mode))
  callUnlessAborted(asked)
}

// As in Node, a signal has effect until one microtask later.
async function callUnlessAborted (asked) {
  await undefined
  if (requests.has(asked.number)) call(asked, new Lock(token, asked.name, asked.mode))
}

function call (asked, lock) {
  const { callback } = asked
  asked.isCalled = true
  let result
  try {
    result = callback(lock)
  } catch (error) {
    return finish(asked, () => asked.reject(error))
  }
  if ((typeof result === 'object' && result !== null) || typeof result === 'function') return finishLater(asked, result)
  finish(asked, () => asked.resolve(result))
}

async function finishLater (asked, result) {
  let settle
  try {
    const value = await result
    settle = () => asked.resolve(value)
  } catch (error) {
    settle = () => asked.reject(error)
  }
  finish(asked, settle)
}

function finish (asked, settle) {
  const { number, key, signal, onAbort } = asked
  signal?.removeEventListener('abort', onAbort)
  const isOpen = requests.delete(number)
  if (isOpen) host.release(number, key)
  settle()
  // The next request may be this thread's own, and nothing else may keep its event loop alive.
  if (isOpen) readNotices()
}

function abort (asked) {
  if (asked.isCalled) return
  const { reason } = asked.signal
  finish(asked, () => asked.reject(reason || domException('The operation was aborted', 'AbortError')))
}

let isReading = false

function readNotices () {
  // Callbacks lead here again. Deep recursion would overflow the stack.
  if (isReading) return
  isReading = true
  let notice
  while ((notice = host.nextNotice()) !== null) readNotice(notice[0] >>> 0, notice[1])
  isReading = false
}

function readNotice (number, what) {
  const asked = requests.get(number)
  // It was withdrawn meanwhile.
  if (asked === undefined) return
  if (what === outcome.granted) return grant(asked)
  requests.delete(number)
  if (what === outcome.unavailable) return call(asked, null)
  finish(asked, () => asked.reject(domException('The operation was aborted', 'AbortError')))
}

host.listen(readNotices)

module.exports = { locks: new LockManager(token) }
