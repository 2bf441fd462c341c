'use strict'

// Command-line flags for one worker, from execArgv and from its environment variables. Node parses them, and the worker's
// environment is created with the result (src/engine/shim/node/flags.cc). Where that is not possible, the flags that JavaScript
// can apply are applied, and all others cause a warning or an error.
// https://nodejs.org/api/worker_threads.html#new-workerfilename-options

const {
  ArrayPrototypeConcat, ArrayPrototypeIncludes, ArrayPrototypeMap, ArrayPrototypeSlice, ArrayPrototypeSome, RegExpPrototypeExec, SafeSet,
  StringPrototypeIndexOf, StringPrototypeReplaceAll, StringPrototypeSlice, StringPrototypeStartsWith, append, newList, setOf, setOwn
} = require('../core/primordials')
const { process } = require('./internals')
const { native, self } = require('../core/realm')
const { flagVariables, flagVariablesIn } = require('./inherited-flags')
const { readLimits, refusePermissions } = require('./limiting-flags')
const { parseFlags, parseKnownFlags, requiresValue } = require('./parsed-flags')

const longNames = { __proto__: null, '-r': '--require', '-C': '--conditions', '--loader': '--experimental-loader' }
// Of the flags that are applied, those with a value.
const takesValue = setOf(['--require', '--import', '--input-type'])

/**
 * @param {unknown[] | undefined} execArgv the option; without it the worker has the flags of this thread
 * @param {object | undefined} env the variables of the worker; undefined if it shares those of this thread
 * @param {boolean} isOwnEnv whether the program gave the variables
 * @returns {{ execArgv?: string[], flags?: object, flagVariables?: object, execPlan?: object }} the worker's process.execArgv; the
 *   parsed flags for the environment and the variables among which they are, or else the plan for bootstrap/exec-argv.js
 * @throws {Error} ERR_WORKER_INVALID_EXEC_ARGV
 */
function readExecArgv (execArgv, env, isOwnEnv) {
  const args = execArgv && ArrayPrototypeMap(execArgv, argument => `${argument}`)
  const inherited = args === undefined && !isOwnEnv ? flagVariables() : undefined
  const variables = isOwnEnv ? env : inherited ?? flagVariablesIn(env ?? process.env)
  const parsed = isOwnEnv ? parseFlags(args, env) : parseIgnoring(args, variables)
  const flags = args && beforeFirstArgument(args)
  const given = ArrayPrototypeConcat(flagsIn(isOwnEnv ? env.NODE_OPTIONS : undefined), flags ?? [])
  // Node would give the worker exactly these permissions. Here it keeps those of the process.
  if (parsed !== undefined && process.permission === undefined && native.givesFlags(parsed)) {
    refusePermissions(namesOf(given))
    return {
      execArgv: flags,
      flags: withoutMainThread(parsed, flags ?? beforeFirstArgument(process.execArgv), variables),
      flagVariables: inherited ?? flagVariablesIn(variables)
    }
  }
  if (given.length === 0 && args === undefined) return {}
  const limits = readLimits(namesOf(given), namesOf(flagsOfProcess()), args !== undefined)
  return { execArgv: flags, execPlan: { ...planOf(given, limits), limits } }
}

// Node ignores an invalid NODE_OPTIONS that the program did not give.
function parseIgnoring (args, variables) {
  // The main thread and Node's own Workers: Node reads their variables itself.
  if (!self) return parseFlags(args, undefined)
  try {
    return parseFlags(args, variables)
  } catch {
    return parseFlags(args, { __proto__: null, ...variables, NODE_OPTIONS: '' })
  }
}

// The process has done what these ask for, or a worker must not: see DropMainThreadFlags in shim/node/environment.cc.
const ofMainThread = setOf([
  '--inspect', '--inspect-brk', '--inspect-brk-node', '--inspect-wait', '--trace-sigint', '--enable-fips-indicator-events'
])

function withoutMainThread (parsed, args, variables) {
  const names = namesOf(ArrayPrototypeConcat(flagsIn(variables.NODE_OPTIONS), args))
  const negations = []
  for (let index = 0; index < names.length; index++) {
    const { name } = names[index]
    if (!ofMainThread.has(name)) continue
    const isInspection = StringPrototypeStartsWith(name, '--inspect')
    // The worker waits for a debugger, but does not listen for one.
    if (isInspection) setOwn(negations, negations.length, '--no-inspect')
    if (!isInspection || !process.features.inspector) {
      setOwn(negations, negations.length, `--no-${StringPrototypeSlice(name, '--'.length)}`)
    }
  }
  return negations.length === 0 ? parsed : parseKnownFlags(ArrayPrototypeConcat(args, negations), variables)
}

function flagsIn (nodeOptions) {
  return beforeFirstArgument(words(nodeOptions ?? ''))
}

// Node stops reading at the first argument.
function beforeFirstArgument (args) {
  for (let index = 0; index < args.length; index++) {
    if (args[index] === '--' || !StringPrototypeStartsWith(args[index], '-')) return ArrayPrototypeSlice(args, 0, index)
    if (hasValueAt(args, index + 1)) index++
  }
  return args
}

// A separate word after one of these flags is its value, and after any other for which Node requires a value.
const separateValue = setOf([
  '--require', '--import', '--input-type', '--conditions', '--experimental-loader', '--eval', '-e', '--unhandled-rejections',
  '--disable-warning', '--dns-result-order', '--redirect-warnings', '--diagnostic-dir', '--max-http-header-size', '--inspect-port',
  '--allow-fs-read', '--allow-fs-write', '--print', '-p'
])

function hasValueAt (args, index) {
  const flag = args[index - 1]
  if (index >= args.length || StringPrototypeStartsWith(args[index], '-') || nameOf(flag) !== flag) return false
  const name = fullName(flag)
  return separateValue.has(name) || requiresValue(name)
}

// https://nodejs.org/api/cli.html#node_optionsoptions
function words (text) {
  const found = []
  let word
  let isQuoted = false
  for (let index = 0; index < text.length; index++) {
    let character = text[index]
    if (isQuoted && character === '\\' && index + 1 < text.length) {
      character = text[++index]
    } else if (character === '"') {
      isQuoted = !isQuoted
      character = ''
    } else if (!isQuoted && RegExpPrototypeExec(/\s/, character) !== null) {
      if (word !== undefined) setOwn(found, found.length, word)
      word = undefined
      continue
    }
    word = (word ?? '') + character
  }
  if (word !== undefined) setOwn(found, found.length, word)
  return found
}

function nameOf (argument) {
  const end = StringPrototypeIndexOf(argument, '=')
  return end < 0 ? argument : StringPrototypeSlice(argument, 0, end)
}

function flagsOfProcess () {
  return ArrayPrototypeConcat(process.execArgv, words(process.env.NODE_OPTIONS ?? ''))
}

function fullName (flag) {
  const written = StringPrototypeStartsWith(flag, '--') ? StringPrototypeReplaceAll(flag, '_', '-') : flag
  return longNames[written] ?? written
}

/** Each flag by its full name, with its value after `=`. */
function namesOf (args) {
  const found = newList()
  for (let index = 0; index < args.length; index++) {
    const flag = nameOf(args[index])
    const rest = StringPrototypeSlice(args[index], flag.length)
    const name = fullName(flag)
    if (rest !== '') append(found, { name, argument: `${name}${rest}` })
    else if (hasValueAt(args, index + 1)) append(found, { name, argument: `${name}=${args[++index]}` })
    else append(found, { name, argument: name })
  }
  return found
}

function planOf (args, limits) {
  const plan = { requires: newList(), imports: newList(), inputType: undefined, process: {} }
  for (let index = 0; index < args.length; index++) {
    const flag = nameOf(args[index])
    const name = fullName(flag)
    let value
    if (flag.length < args[index].length) value = StringPrototypeSlice(args[index], flag.length + 1)
    else if (hasValueAt(args, index + 1)) value = args[++index]
    if (takesValue.has(name)) {
      if (name === '--require') append(plan.requires, value)
      else if (name === '--import') append(plan.imports, value)
      else plan.inputType = value
    } else if (!ArrayPrototypeIncludes(limits, name) && !setsProperty(name, plan.process)) {
      warnOfNoEffect(flag)
    }
  }
  return plan
}

// https://nodejs.org/api/process.html documents which flag sets each of these properties.
const properties = {
  __proto__: null,
  '--warnings': ['noProcessWarnings', false],
  '--deprecation': ['noDeprecation', false],
  '--throw-deprecation': ['throwDeprecation', true],
  '--trace-deprecation': ['traceDeprecation', true],
  '--trace-warnings': ['traceProcessWarnings', true]
}

function setsProperty (name, target) {
  const isNegated = StringPrototypeStartsWith(name, '--no-')
  const property = properties[isNegated ? `--${StringPrototypeSlice(name, '--no-'.length)}` : name]
  if (property === undefined) return false
  setOwn(target, property[0], property[1] !== isNegated)
  return true
}

const warned = new SafeSet()

function warnOfNoEffect (flag) {
  if (warned.has(flag) || ArrayPrototypeSome(flagsOfProcess(), argument => nameOf(argument) === flag)) return
  warned.add(flag)
  const message = `execArgv: ${flag} has no effect on a single worker; start the process with it.`
  process.emitWarning(message, { __proto__: null, code: 'ISOTHREADS_EXEC_ARGV' })
}

module.exports = { readExecArgv }
