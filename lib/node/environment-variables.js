'use strict'

// process.env of a worker that does not use the environment variables of the process, where Node does not give it such variables:
// see src/engine/shim/node/variables.cc.
// https://nodejs.org/api/worker_threads.html#worker_threadsshare_env

const { ObjectEntries, ObjectKeys, StringPrototypeIncludes, TypeError } = require('../core/primordials')
const { process } = require('./internals')
const { nativeError } = require('../core/errors')
const { setVariables } = require('./host-objects')
const { createVariables, native } = require('../core/realm')

// This thread's variables. Own variables are a plain object until a worker needs to share them.
let own
let shared

/** @param {Record<string, string>} variables a copy that this thread may keep */
function useOwnVariables (variables) {
  own = { __proto__: null, ...variables }
  useVariables()
}

/** @param {object} variables the variables of another worker, see shareVariables() */
function useSharedVariables (variables) {
  shared = variables
  useVariables()
}

/** The variables for workers with SHARE_ENV; undefined for those of the process. */
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
      // The system has no such variables.
      if (name === '' || (typeof name === 'string' && StringPrototypeIncludes(name, '\0'))) return
      // Names and values are strings, so the native half receives strings.
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
      throw nativeError(TypeError, 'ERR_INVALID_OBJECT_DEFINE_PROPERTY', isAccessor
        ? "'process.env' does not accept an accessor(getter/setter) descriptor"
        : "'process.env' only accepts a configurable, writable, and enumerable data descriptor")
    }
  ])
  setVariables(process.env)
}

module.exports = { useOwnVariables, useSharedVariables, shareVariables }
