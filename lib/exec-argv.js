'use strict'

// Command-line flags for one worker, from execArgv and from NODE_OPTIONS in its env. Those that
// JavaScript can carry out are carried out; the others are never dropped in silence.
// https://nodejs.org/api/worker_threads.html#new-workerfilename-options

const { nodeError } = require('./errors')
const { readLimits } = require('./limiting-flags')
const { workerThreads } = require('./node')

const longNames = { '-r': '--require', '-C': '--conditions', '--loader': '--experimental-loader' }
// Of those that are carried out.
const takesValue = new Set(['--require', '--import', '--input-type'])

/**
 * @param {unknown[] | undefined} execArgv the option; without it the worker has the flags of the process
 * @param {string | undefined} nodeOptions NODE_OPTIONS in an env of the worker's own
 * @returns {{ execArgv?: string[], execPlan: object }} what process.execArgv is to be, and what
 *   bootstrap/exec-argv.js is to carry out
 * @throws {Error} ERR_WORKER_INVALID_EXEC_ARGV
 */
function readExecArgv (execArgv, nodeOptions) {
  const args = execArgv?.map(argument => `${argument}`)
  validate(args, nodeOptions)
  const flags = args && beforeFirstArgument(args)
  const given = [...words(nodeOptions ?? ''), ...flags ?? []]
  const limits = readLimits(namesOf(given), namesOf(flagsOfProcess()), args !== undefined)
  return { execArgv: flags, execPlan: { ...planOf(given, limits), limits } }
}

// What was found wrong, by the options: an answer of Node's costs 30 KB that it does not free.
const findings = new Map()
const MOST_FINDINGS = 1000

// Which flags a worker may have only Node's native parser knows. Node's Worker asks it in its
// constructor, before it clones workerData; a function cannot be cloned, so no worker comes of this.
function validate (execArgv, nodeOptions) {
  const key = JSON.stringify([execArgv, nodeOptions])
  if (!findings.has(key)) {
    if (findings.size === MOST_FINDINGS) findings.clear()
    findings.set(key, faultOf(execArgv, nodeOptions))
  }
  const message = findings.get(key)
  if (message !== undefined) throw nodeError(Error, 'ERR_WORKER_INVALID_EXEC_ARGV', message)
}

function faultOf (execArgv, nodeOptions) {
  const env = nodeOptions === undefined ? undefined : { NODE_OPTIONS: nodeOptions }
  try {
    new (workerThreads().Worker)('', { eval: true, execArgv, env, workerData: faultOf })
  } catch (error) {
    return error.code === 'ERR_WORKER_INVALID_EXEC_ARGV' ? error.message : undefined
  }
}

// Node stops reading there.
function beforeFirstArgument (args) {
  for (let index = 0; index < args.length; index++) {
    if (args[index] === '--' || !args[index].startsWith('-')) return args.slice(0, index)
    if (isFollowedByValue(args[index])) index++
  }
  return args
}

// The separate word after such a flag is its value. That there is one was checked.
const separateValue = new Set([
  '--require', '--import', '--input-type', '--conditions', '--experimental-loader', '--eval', '-e', '--unhandled-rejections',
  '--disable-warning', '--dns-result-order', '--redirect-warnings', '--diagnostic-dir', '--max-http-header-size', '--inspect-port',
  '--allow-fs-read', '--allow-fs-write'
])

function isFollowedByValue (argument) {
  return separateValue.has(longNames[argument] ?? argument)
}

// https://nodejs.org/api/cli.html#node_optionsoptions
function words (text) {
  const found = text.match(/(?:"(?:\\.|[^"\\])*"|[^\s"])+/g) ?? []
  return found.map(word => word.replace(/"((?:\\.|[^"\\])*)"/g, (quoted, inside) => inside.replace(/\\(.)/g, '$1')))
}

function flagsOfProcess () {
  return [...process.execArgv, ...words(process.env.NODE_OPTIONS ?? '')]
}

/** Each flag by its full name, and with its value behind `=`. */
function namesOf (args) {
  const found = []
  for (let index = 0; index < args.length; index++) {
    const [flag, ...rest] = args[index].split('=')
    const name = longNames[flag] ?? (flag.startsWith('--') ? flag.replaceAll('_', '-') : flag)
    if (rest.length > 0) found.push({ name, argument: [name, ...rest].join('=') })
    else if (isFollowedByValue(name)) found.push({ name, argument: `${name}=${args[++index]}` })
    else found.push({ name, argument: name })
  }
  return found
}

function planOf (args, limits) {
  const plan = { requires: [], imports: [], inputType: undefined, process: {} }
  for (let index = 0; index < args.length; index++) {
    const [flag] = args[index].split('=', 1)
    const written = flag.startsWith('--') ? flag.replaceAll('_', '-') : flag
    const name = longNames[written] ?? written
    let value
    if (flag.length < args[index].length) value = args[index].slice(flag.length + 1)
    else if (isFollowedByValue(name)) value = args[++index]
    if (takesValue.has(name)) {
      if (name === '--require') plan.requires.push(value)
      else if (name === '--import') plan.imports.push(value)
      else plan.inputType = value
    } else if (!limits.includes(name) && !setsProperty(name, plan.process)) {
      warnOfNoEffect(flag)
    }
  }
  return plan
}

// https://nodejs.org/api/process.html says of each of these properties which flag sets it.
const properties = {
  '--warnings': ['noProcessWarnings', false],
  '--deprecation': ['noDeprecation', false],
  '--throw-deprecation': ['throwDeprecation', true],
  '--trace-deprecation': ['traceDeprecation', true],
  '--trace-warnings': ['traceProcessWarnings', true]
}

function setsProperty (name, target) {
  const isNegated = name.startsWith('--no-')
  const property = properties[isNegated ? `--${name.slice('--no-'.length)}` : name]
  if (property === undefined) return false
  target[property[0]] = property[1] !== isNegated
  return true
}

const warned = new Set()

function warnOfNoEffect (flag) {
  if (warned.has(flag) || flagsOfProcess().some(argument => argument.split('=', 1)[0] === flag)) return
  warned.add(flag)
  process.emitWarning(`execArgv: ${flag} has no effect on a single worker; start the process with it.`, { code: 'ISOTHREADS_EXEC_ARGV' })
}

module.exports = { readExecArgv }
