'use strict'

// process.env of a worker that does not have that of the process.
// https://nodejs.org/api/worker_threads.html#worker_threadsshare_env

const { nodeError } = require('./errors')
const { native } = require('./realm')

// Of this thread. Variables of its own are a plain object until a worker is to share them.
let own
let handler
let shared

/** @param {Record<string, string>} variables a copy that this thread may keep */
function useOwnVariables (variables) {
  own = variables
  handler = { set: checked((key, value) => { own[key] = value }), defineProperty }
  process.env = new Proxy(own, handler)
}

/** @param {object} variables those of another worker, see shareVariables() */
function useSharedVariables (variables) {
  useOwnVariables({})
  followShared(variables)
}

/** What workers with SHARE_ENV are to have; undefined when that is the process's. */
function shareVariables () {
  if (own !== undefined && shared === undefined) {
    const entries = Object.entries(own)
    for (const [name] of entries) delete own[name]
    followShared(native.createVariables(entries))
  }
  return shared
}

// A property is a string, written or asked for by a string.
function checked (assign) {
  return (target, key, value) => {
    if (typeof key === 'symbol' || typeof value === 'symbol') {
      throw new TypeError('Cannot convert a Symbol value to a string')
    }
    assign(key, `${value}`)
    return true
  }
}

function defineProperty (target, key, { value, get, set, configurable, writable, enumerable }) {
  const invalid = reason => nodeError(TypeError, 'ERR_INVALID_OBJECT_DEFINE_PROPERTY', `'process.env' ${reason}`)
  if (get || set) throw invalid('does not accept an accessor(getter/setter) descriptor')
  if (!(configurable && writable && enumerable)) {
    throw invalid('only accepts a configurable, writable, and enumerable data descriptor')
  }
  return handler.set(target, key, value)
}

// From now on the proxy's target stays empty.
function followShared (variables) {
  shared = variables
  const find = key => typeof key === 'string' ? native.variable(variables, key) ?? undefined : undefined
  Object.assign(handler, {
    get: (target, key, receiver) => find(key) ?? Reflect.get(target, key, receiver),
    set: checked((key, value) => native.setVariable(variables, key, value)),
    has: (target, key) => find(key) !== undefined || Reflect.has(target, key),
    deleteProperty (target, key) {
      if (typeof key === 'string') native.removeVariable(variables, key)
      return true
    },
    ownKeys: () => native.variableNames(variables),
    getOwnPropertyDescriptor (target, key) {
      const value = find(key)
      return value === undefined ? undefined : { value, writable: true, enumerable: true, configurable: true }
    }
  })
}

module.exports = { useOwnVariables, useSharedVariables, shareVariables }
