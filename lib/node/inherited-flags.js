'use strict'

// The flags of this thread, for its workers without flags of their own. Node reads the flags of a worker from its execArgv and from
// some of its variables, and a worker inherits the result, whatever the variables are by then.

// The variables that have the effect of a flag.
const names = [
  'NODE_OPTIONS', 'NODE_PENDING_DEPRECATION', 'NODE_PRESERVE_SYMLINKS', 'NODE_PRESERVE_SYMLINKS_MAIN', 'NODE_REDIRECT_WARNINGS'
]

let own

/** @param {object | undefined} variables those that Node read flags of this worker from; undefined if it has the flags of the process */
function setFlagVariables (variables) {
  own = variables
}

/** @returns {object | undefined} undefined if this thread has the flags of the process, which every environment gets */
function flagVariables () {
  return own
}

/** @param {object} env */
function flagVariablesIn (env) {
  const found = { __proto__: null }
  for (let index = 0; index < names.length; index++) {
    const name = names[index]
    if (env[name] !== undefined) found[name] = env[name]
  }
  return found
}

module.exports = { flagVariables, flagVariablesIn, setFlagVariables }
