'use strict'

// Flags in execArgv by which a single worker is to be limited. Such a flag is carried out, or the worker is refused: one that
// is ignored would leave a worker with more than its program meant it to have.

const {
  ArrayPrototypeFilter, ArrayPrototypeFind, ArrayPrototypeIncludes, ArrayPrototypeMap, ArrayPrototypeSome, Error, RegExpPrototypeExec
} = require('../core/primordials')
const { process } = require('./internals')
const { nodeError } = require('../core/errors')

// Carried out in bootstrap/exec-argv.js.
const carriedOut = ['--no-addons', '--frozen-intrinsics']
// Decided by Node for the whole process.
const ofProcess = ['--force-context-aware']
// What takes away from the permission model, and needs it.
const isAllowance = /^--allow-/

/**
 * @param {{ name: string, argument: string }[]} flags of the worker, `argument` with the value behind `=`
 * @param {{ name: string, argument: string }[]} own those of this process
 * @param {boolean} isWhole whether they are all that the worker has, as with execArgv
 * @returns {string[]} those that bootstrap/exec-argv.js is to carry out
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
    // In a worker with flags of its own they are not to be seen.
    if (!ArrayPrototypeSome(own, flag => isPermission(flag.name))) {
      throw refusal(name, 'what the process was started with is not in process.execArgv')
    }
    const requested = ArrayPrototypeMap(flags, flag => flag.argument)
    const excess = ArrayPrototypeFind(own, flag => {
      return RegExpPrototypeExec(isAllowance, flag.name) !== null && !ArrayPrototypeIncludes(requested, flag.argument)
    })
    if (excess !== undefined) throw refusal(name, `the process was started with ${excess.argument}, which holds for all of its workers`)
  }
  return ArrayPrototypeFilter(ArrayPrototypeMap(flags, flag => flag.name), name => ArrayPrototypeIncludes(carriedOut, name))
}

function isPermission (name) {
  return name === '--permission' || name === '--experimental-permission'
}

function refusal (name, reason) {
  return nodeError(Error, 'ERR_WORKER_INVALID_EXEC_ARGV',
    `Initiated Worker with ${name} in execArgv, by which isothreads cannot limit a single worker: ${reason}`)
}

module.exports = { readLimits }
