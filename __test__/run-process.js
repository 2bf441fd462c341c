'use strict'

const path = require('node:path')
const { spawn } = require('node:child_process')

const programFile = path.join(__dirname, 'fixtures', 'robustness', 'program.js')

/**
 * Runs a program to its end, without the settings of the test runner that started this one and with nothing on stdin.
 * A process that is still there after `timeout` is killed and counts as hung.
 * @param {string} command
 * @param {string[]} args
 * @param {object} [options]
 * @param {string} [options.cwd]
 * @param {Record<string, string | undefined>} [options.env] added to the environment; undefined removes
 * @param {number} [options.timeout] milliseconds; by default a ceiling that no healthy run comes near
 * @param {string[]} [options.outputs] names for the output on the descriptors from 1 on
 * @returns {Promise<{ code: number | null, signal: string | null, hung: boolean, stdout: string, stderr: string }>} with all `outputs`
 */
function runProcess (command, args, { cwd, env = {}, timeout = 100_000, outputs = ['stdout', 'stderr'] } = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd,
      env: { ...process.env, NODE_OPTIONS: undefined, FORCE_COLOR: undefined, npm_config_nodedir: undefined, ...env },
      stdio: ['ignore', ...outputs.map(() => 'pipe')],
      timeout,
      killSignal: 'SIGKILL'
    })
    const output = {}
    for (const [index, name] of outputs.entries()) {
      output[name] = ''
      child.stdio[index + 1].setEncoding('utf8').on('data', (text) => { output[name] += text })
    }
    child.on('error', reject)
    child.on('close', (code, signal) => resolve({ code, signal, hung: child.killed, ...output }))
  })
}

/** `runProcess` with the Node.js that runs this. */
function runNode (args, options) {
  return runProcess(process.execPath, args, options)
}

/**
 * Runs JavaScript as the main thread of a separate process. `api`, its `Worker`, `once` and `require` are in scope, `await` is allowed.
 * @param {string} source
 * @param {object} [options] those of `runProcess`, and
 * @param {string[]} [options.execArgv] options for Node.js
 * @param {string[]} [options.args] the program's arguments, from process.argv[3] on
 */
function runProgram (source, { execArgv = [], args = [], timeout = 60_000, ...options } = {}) {
  return runNode([...execArgv, programFile, source, ...args], { timeout, ...options })
}

/**
 * Asserts that a process ended by itself, silently and as expected.
 * @param {import('ava').ExecutionContext} t
 * @param {Awaited<ReturnType<typeof runProcess>>} result
 * @param {{ code?: number | null, signal?: string | null, stdout?: string }} [expected]
 */
function endsCleanly (t, result, { code = 0, signal = null, stdout = '' } = {}) {
  t.deepEqual(result, { code, signal, stdout, stderr: '', hung: false })
}

module.exports = { runProcess, runNode, runProgram, endsCleanly }
