'use strict'

// Command-line flags for one worker. Node parses them natively for its own workers; here those
// that JavaScript can carry out are carried out, and the others are never dropped in silence.
// https://nodejs.org/api/worker_threads.html#new-workerfilename-options

const { nodeError } = require('./errors')

// Node knows these for the process as a whole only.
const processWide = new Set([
  '--abort-on-uncaught-exception', '--debug-arraybuffer-allocations', '--disable-proto', '--disable-wasm-trap-handler',
  '--disallow-code-generation-from-strings', '--enable-etw-stack-walking', '--enable-fips', '--enable-fips-indicator-events',
  '--experimental-shadow-realm', '--expose-gc', '--force-fips', '--huge-max-old-generation-size', '--icu-data-dir',
  '--interpreted-frames-native-stack', '--jitless', '--max-heap-size', '--max-old-space-size', '--max-semi-space-size',
  '--node-memory-debug', '--node-snapshot', '--openssl-config', '--openssl-legacy-provider', '--openssl-shared-config',
  '--perf-basic-prof', '--perf-basic-prof-only-functions', '--perf-prof', '--perf-prof-unwinding-info', '--report-compact',
  '--report-dir', '--report-directory', '--report-filename', '--report-on-fatalerror', '--report-signal', '--secure-heap',
  '--secure-heap-min', '--snapshot-blob', '--stack-trace-limit', '--title', '--tls-cipher-list', '--trace-event-categories',
  '--trace-event-file-pattern', '--trace-events-enabled', '--trace-sigint', '--use-bundled-ca', '--use-largepages',
  '--use-openssl-ca', '--use-system-ca', '--v8-pool-size', '--zero-fill-buffers'
])
// A worker may have these although they are not allowed in NODE_OPTIONS.
const onlyOnCommandLine = new Set([
  '--check', '-c', '--cpu-prof', '--eval', '-e', '--expose-internals', '--interactive', '-i', '--print', '-p',
  '--prof-process', '--run', '--test'
])
const withArgument = new Set([
  '--conditions', '-C', '--diagnostic-dir', '--disable-warning', '--dns-result-order', '--eval', '-e', '--experimental-loader', '--import',
  '--input-type', '--inspect-port', '--loader', '--max-http-header-size', '--redirect-warnings', '--require', '-r', '--unhandled-rejections'
])
const aliases = { '-r': '--require' }

/**
 * @param {string[]} args
 * @returns {{ flag: string, name: string, negated: boolean, value?: string, error?: string }[]}
 */
function parse (args) {
  const flags = []
  for (let index = 0; index < args.length; index++) {
    const argument = args[index]
    // Node stops at the first argument that is no flag.
    if (!argument.startsWith('-') || argument === '--') break
    const [flag] = argument.split('=', 1)
    let value = argument.includes('=') ? argument.slice(flag.length + 1) : undefined
    const written = flag.startsWith('--') ? flag.replaceAll('_', '-') : flag
    const negated = written.startsWith('--no-') && !process.allowedNodeEnvironmentFlags.has(written.replace('--no-', '--no-no-'))
    const name = negated ? `--${written.slice('--no-'.length)}` : aliases[written] ?? written
    let error
    if (value === undefined && withArgument.has(name)) {
      if (index + 1 < args.length && !args[index + 1].startsWith('-')) value = args[++index]
      else error = `${flag} requires an argument`
    }
    if (processWide.has(name) || !(process.allowedNodeEnvironmentFlags.has(name) || onlyOnCommandLine.has(name))) error = argument
    flags.push({ flag, name, negated, value, error })
  }
  return flags
}

/**
 * Checks the option of the constructor and says what is to be carried out in the worker.
 * @param {string[]} args
 * @returns {{ requires: string[], imports: string[], inputType?: string, process: Record<string, boolean> }}
 * @throws {Error} ERR_WORKER_INVALID_EXEC_ARGV
 */
function readExecArgv (args) {
  const flags = parse(args.map(String))
  const invalid = flags.filter(({ error }) => error !== undefined).map(({ error }) => error)
  if (invalid.length > 0) {
    throw nodeError(Error, 'ERR_WORKER_INVALID_EXEC_ARGV', `Initiated Worker with invalid execArgv flags: ${invalid.join(', ')}`)
  }
  const plan = { requires: [], imports: [], process: {} }
  for (const { flag, name, negated, value } of flags) {
    switch (name) {
      case '--require':
        plan.requires.push(value)
        break
      case '--import':
        plan.imports.push(value)
        break
      case '--input-type':
        plan.inputType = value
        break
      case '--warnings':
        plan.process.noProcessWarnings = negated
        break
      case '--deprecation':
        plan.process.noDeprecation = negated
        break
      case '--throw-deprecation':
        plan.process.throwDeprecation = !negated
        break
      case '--trace-deprecation':
        plan.process.traceDeprecation = !negated
        break
      case '--trace-warnings':
        plan.process.traceProcessWarnings = !negated
        break
      default:
        warnOfNoEffect(flag)
    }
  }
  return plan
}

const warned = new Set()

function warnOfNoEffect (flag) {
  if (warned.has(flag) || process.execArgv.some(argument => argument.split('=', 1)[0] === flag)) return
  warned.add(flag)
  process.emitWarning(`execArgv: ${flag} has no effect on a single worker; start the process with it.`, { code: 'ISOTHREADS_EXEC_ARGV' })
}

module.exports = { readExecArgv }
