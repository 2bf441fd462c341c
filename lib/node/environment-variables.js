'use strict'

// process.env of a worker that does not have that of the process.
// https://nodejs.org/api/worker_threads.html#worker_threadsshare_env

const { ObjectEntries, ObjectKeys, TypeError } = require('../core/primordials')
const { process } = require('./internals')
const { nodeError } = require('../core/errors')
const { setVariables } = require('./host-objects')
const { createVariables, native } = require('../core/realm')

// Of this thread. Variables of its own are a plain object until a worker is to share them.
let own
let shared

/** @param {Record<string, string>} variables a copy that this thread may keep */
function useOwnVariables (variables) {
  own = { __proto__: null, ...variables }
  useVariables()
}

/** @param {object} variables those of another worker, see shareVariables() */
function useSharedVariables (variables) {
  shared = variables
  useVariables()
}

/** What workers with SHARE_ENV are to have; undefined when that is the process's. */
function shareVariables () {
  if (own !== undefined && shared === undefined) {
    shared = native.createVariables(ObjectEntries(own))
    own = undefined
  }
  return shared
}

function useVariables () {
  process.env = createVariables([
    name => shared === undefined ? own[name] : native.variable(shared, name) ?? undefined,
    (name, value) => {
      // A property is a string, written or asked for by a string.
      if (typeof name === 'symbol' || typeof value === 'symbol') throw new TypeError('Cannot convert a Symbol value to a string')
      const text = `${value}`
      if (shared === undefined) own[name] = text
      else native.setVariable(shared, name, text)
    },
    name => shared === undefined ? name in own : native.variable(shared, name) !== null,
    name => {
      if (shared === undefined) delete own[name]
      else native.removeVariable(shared, name)
    },
    () => shared === undefined ? ObjectKeys(own) : native.variableNames(shared),
    isAccessor => {
      throw nodeError(TypeError, 'ERR_INVALID_OBJECT_DEFINE_PROPERTY', isAccessor
        ? "'process.env' does not accept an accessor(getter/setter) descriptor"
        : "'process.env' only accepts a configurable, writable, and enumerable data descriptor")
    }
  ])
  setVariables(process.env)
}

module.exports = { useOwnVariables, useSharedVariables, shareVariables }
