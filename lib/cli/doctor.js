'use strict'

const path = require('node:path')
const { spawn } = require('node:child_process')
const binary = require('../node/binary')
const { findHeaders } = require('../../scripts/node-headers')
const { checkCppCompiler, checkRust } = require('../../scripts/toolchain')

// The time limit for a check that hangs. A successful check takes a tenth of a second.
const checkTimeout = 30_000

/** The functions that must work. Each check runs in a process of its own, so a crash is its result and not the end of the report. */
const checks = {
  'the addon loads': () => {
    require('../node/binding')
  },

  'a Worker starts and answers': async () => {
    const { once } = require('node:events')
    const { Worker } = require('../..')
    const worker = new Worker('require("worker_threads").parentPort.postMessage({ sum: 1 + 1 })', { eval: true })
    const [[message], [exitCode]] = await Promise.all([once(worker, 'message'), once(worker, 'exit')])
    if (message.sum !== 2 || exitCode !== 0) throw new Error(`it answered ${JSON.stringify(message)} and exited with ${exitCode}`)
  },

  'a SharedArrayBuffer crosses': async () => {
    const { once } = require('node:events')
    const { Worker } = require('../..')
    const cells = new Int32Array(new SharedArrayBuffer(4))
    const worker = new Worker('Atomics.add(require("worker_threads").workerData, 0, 42)', { eval: true, workerData: cells })
    await once(worker, 'exit')
    if (cells[0] !== 42) throw new Error(`the worker wrote 42, but ${cells[0]} arrived`)
  },

  'terminate ends a busy loop': async () => {
    const { once } = require('node:events')
    const { Worker } = require('../..')
    const worker = new Worker('require("worker_threads").parentPort.postMessage("busy"); while (true);', { eval: true })
    await once(worker, 'message')
    const exitCode = await worker.terminate()
    if (exitCode !== 1) throw new Error(`the exit code was ${exitCode}, not 1`)
  }
}

/** @returns {Promise<string | null>} the reason for a failure, or null */
function runCheck (name) {
  return new Promise((resolve) => {
    const options = { stdio: ['ignore', 'ignore', 'pipe'], timeout: checkTimeout, killSignal: 'SIGKILL' }
    const child = spawn(process.execPath, [__filename, name], options)
    const output = []
    child.stderr.on('data', (chunk) => output.push(chunk))
    child.on('error', (error) => resolve(error.message))
    child.on('close', (code, signal) => {
      if (code === 0) return resolve(null)
      const reason = Buffer.concat(output).toString().trim()
      resolve(reason || (signal === null ? `exit code ${code}` : `ended by ${signal}`))
    })
  })
}

function attempt (describe) {
  try {
    return describe()
  } catch (error) {
    if (!String(error.code).startsWith('ERR_ISOTHREADS_')) throw error
    return `NOT FOUND: ${error.message}`
  }
}

/** The binary that is loaded, and the candidates that it precedes. */
function describeBinary () {
  const candidates = binary.candidates().map(({ origin, request }) => ({ origin, file: binary.resolve(request) }))
  const found = candidates.filter(({ file }) => file !== null)
  if (found.length === 0) return `MISSING: neither ${binary.expectedFileName()} nor ${binary.expectedPackageName()}: npx isothreads build`
  const [first, ...others] = found.map(({ file, origin }) => `${file} (${origin})`)
  return [first, ...others.map((other) => `preferred to ${other}`)].join('\n')
}

function describeOthers () {
  const used = [binary.expectedFileName(), binary.expectedPackageName()]
  const others = binary.list().filter(({ name }) => !used.includes(name))
  return others.length === 0 ? 'none' : others.map(({ name, origin, abi }) => `${name} (${origin}, ${binary.describeAbi(abi)})`).join('\n')
}

function facts () {
  const { node, modules, v8 } = process.versions
  return {
    isothreads: `${require('../../package.json').version} in ${path.join(__dirname, '..', '..')}`,
    'Node.js': `v${node} (ABI ${modules}), ${process.execPath}`,
    engine: `V8 ${v8}`,
    platform: binary.target(),
    binary: describeBinary(),
    others: describeOthers(),
    Rust: attempt(() => {
      const { rustc, cargo } = checkRust()
      return `${rustc}\n${cargo}`
    }),
    'C++20': attempt(() => {
      const { command, version } = checkCppCompiler()
      return command === null ? version : `${version} (${command})`
    }),
    headers: attempt(() => {
      const { directories, source } = findHeaders()
      return `${directories.join('\n')} (${source})`
    })
  }
}

/**
 * Prints the installation and the results of the checks. Missing build tools are not a failure: an existing binary works without them.
 * @returns {Promise<number>} the exit code: 1 when a check fails
 */
async function main () {
  const indent = (text) => text.replaceAll('\n', `\n${' '.repeat(12)}`)
  for (const [name, value] of Object.entries(facts())) console.log(`${name.padEnd(12)}${indent(value)}`)
  console.log()
  let failed = 0
  for (const name of Object.keys(checks)) {
    const reason = await runCheck(name)
    if (reason !== null) failed++
    console.log(reason === null ? `ok      ${name}` : `FAILED  ${name}\n${' '.repeat(12)}${indent(reason)}`)
    // All other checks need the addon and would only repeat this failure.
    if (reason !== null && name === 'the addon loads') break
  }
  console.log(failed === 0 ? '\nEverything works.' : '\nSomething does not work here.')
  return failed === 0 ? 0 : 1
}

async function runAsCheck (name) {
  try {
    await checks[name]()
  } catch (error) {
    console.error(error.message)
    process.exit(1)
  }
}

module.exports = { main }

if (require.main === module) runAsCheck(process.argv[2])
