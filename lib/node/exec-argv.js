'use strict'

// Command-line flags for one worker, from execArgv and from NODE_OPTIONS in its env. Flags that JavaScript can apply are applied.
// All others cause a warning or an error.
// https://nodejs.org/api/worker_threads.html#new-workerfilename-options

const {
  ArrayPrototypeConcat, ArrayPrototypeIncludes, ArrayPrototypeJoin, ArrayPrototypeMap, ArrayPrototypeSlice, ArrayPrototypeSome, Error,
  RegExpPrototypeExec, SafeMap, SafeSet, StringPrototypeIndexOf, StringPrototypeReplaceAll, StringPrototypeSlice, StringPrototypeStartsWith,
  append, newList, setOf, setOwn
} = require('../core/primordials')
const { process, workerThreads } = require('./internals')
const { nodeError } = require('../core/errors')
const { readLimits } = require('./limiting-flags')

const longNames = { __proto__: null, '-r': '--require', '-C': '--conditions', '--loader': '--experimental-loader' }
// Of the flags that are applied, those with a value.
const takesValue = setOf(['--require', '--import', '--input-type'])

/**
 * @param {unknown[] | undefined} execArgv the option; without it the worker has the flags of the process
 * @param {string | undefined} nodeOptions NODE_OPTIONS in the worker's own env
 * @returns {{ execArgv?: string[], execPlan: object }} the worker's process.execArgv, and the plan for
 *   bootstrap/exec-argv.js
 * @throws {Error} ERR_WORKER_INVALID_EXEC_ARGV
 */
function readExecArgv (execArgv, nodeOptions) {
  const args = execArgv && ArrayPrototypeMap(execArgv, argument => `${argument}`)
  validate(args, nodeOptions)
  const flags = args && beforeFirstArgument(args)
  const given = ArrayPrototypeConcat(beforeFirstArgument(words(nodeOptions ?? '')), flags ?? [])
  const limits = readLimits(namesOf(given), namesOf(flagsOfProcess()), args !== undefined)
  return { execArgv: flags, execPlan: { ...planOf(given, limits), limits } }
}

// The errors found, by options. Each question to Node leaks 30 KB.
const findings = new SafeMap()
const MOST_FINDINGS = 1000

// Only Node's native parser knows which flags a worker may have. Node's Worker calls it in its constructor, before it clones
// workerData. A function cannot be cloned, so no worker starts.
function validate (execArgv, nodeOptions) {
  // Arguments contain no null characters.
  const key = `${execArgv && ArrayPrototypeJoin(execArgv, '\0')}\0\0${nodeOptions}`
  if (!findings.has(key)) {
    if (findings.size === MOST_FINDINGS) findings.clear()
    findings.set(key, faultOf(execArgv, nodeOptions))
  }
  const message = findings.get(key)
  if (message !== undefined) throw nodeError(Error, 'ERR_WORKER_INVALID_EXEC_ARGV', message)
}

function faultOf (execArgv, nodeOptions) {
  const env = nodeOptions === undefined ? undefined : { __proto__: null, NODE_OPTIONS: nodeOptions }
  try {
    new (workerThreads().Worker)('', { __proto__: null, eval: true, execArgv, env, workerData: faultOf })
  } catch (error) {
    return error.code === 'ERR_WORKER_INVALID_EXEC_ARGV' ? error.message : undefined
  }
}

// Node stops reading at the first argument.
function beforeFirstArgument (args) {
  for (let index = 0; index < args.length; index++) {
    if (args[index] === '--' || !StringPrototypeStartsWith(args[index], '-')) return ArrayPrototypeSlice(args, 0, index)
    if (isFollowedByValue(args[index])) index++
  }
  return args
}

// A separate word after one of these flags is its value. Its presence has already been checked.
const separateValue = setOf([
  '--require', '--import', '--input-type', '--conditions', '--experimental-loader', '--eval', '-e', '--unhandled-rejections',
  '--disable-warning', '--dns-result-order', '--redirect-warnings', '--diagnostic-dir', '--max-http-header-size', '--inspect-port',
  '--allow-fs-read', '--allow-fs-write'
])

function isFollowedByValue (argument) {
  return separateValue.has(longNames[argument] ?? argument)
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
    else if (isFollowedByValue(name)) append(found, { name, argument: `${name}=${args[++index]}` })
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
    else if (isFollowedByValue(name)) value = args[++index]
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
