'use strict'

// Flags in execArgv that limit a single worker. Such a flag is either applied, or the worker is refused. If it were ignored, the
// worker could do more than its program intended.

const {
  ArrayPrototypeFilter, ArrayPrototypeFind, ArrayPrototypeIncludes, ArrayPrototypeMap, ArrayPrototypeSome, Error, RegExpPrototypeExec
} = require('../core/primordials')
const { process } = require('./internals')
const { nodeError } = require('../core/errors')

// Applied in bootstrap/exec-argv.js.
const carriedOut = ['--no-addons', '--frozen-intrinsics']
// Node applies these to the whole process only.
const ofProcess = ['--force-context-aware']
// Flags that allow exceptions from the permission model, and have no effect without it.
const isAllowance = /^--allow-/

/**
 * @param {{ name: string, argument: string }[]} flags of the worker, `argument` with the value after `=`
 * @param {{ name: string, argument: string }[]} own the flags of this process
 * @param {boolean} isWhole whether `flags` are all flags of the worker, as with execArgv
 * @returns {string[]} the flags that bootstrap/exec-argv.js must apply
 * @throws {Error} ERR_WORKER_INVALID_EXEC_ARGV
 */
function readLimits (flags, own, isWhole) {
  for (let index = 0; index < flags.length; index++) {
    const { name } = flags[index]
    if (ArrayPrototypeIncludes(ofProcess, name) && !ArrayPrototypeSome(own, flag => flag.name === name)) {
      throw refusal(name, 'the process was started without it')
    }
    if (!isPermission(name)) continue
    if (process.permission === undefined) throw refusal(name, 'the process was started without it')
    if (!isWhole) continue
    // In a worker with its own flags, the flags of the process are not visible.
    if (!ArrayPrototypeSome(own, flag => isPermission(flag.name))) {
      throw refusal(name, 'process.execArgv does not show the permissions of the process')
    }
    const requested = ArrayPrototypeMap(flags, flag => flag.argument)
    const excess = ArrayPrototypeFind(own, flag => {
      return RegExpPrototypeExec(isAllowance, flag.name) !== null && !ArrayPrototypeIncludes(requested, flag.argument)
    })
    if (excess !== undefined) throw refusal(name, `the process was started with ${excess.argument}, which applies to all of its workers`)
  }
  return ArrayPrototypeFilter(ArrayPrototypeMap(flags, flag => flag.name), name => ArrayPrototypeIncludes(carriedOut, name))
}

/** @throws {Error} ERR_WORKER_INVALID_EXEC_ARGV where the permission model is asked for a worker of a process without it */
function refusePermissions (flags) {
  const permission = ArrayPrototypeFind(flags, flag => isPermission(flag.name))
  if (permission !== undefined) throw refusal(permission.name, 'the process was started without it')
}

function isPermission (name) {
  return name === '--permission' || name === '--experimental-permission'
}

function refusal (name, reason) {
  return nodeError(Error, 'ERR_WORKER_INVALID_EXEC_ARGV',
    `Initiated Worker with ${name} in execArgv, which isothreads cannot apply to a single worker: ${reason}`)
}

module.exports = { readLimits, refusePermissions }
