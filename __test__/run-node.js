'use strict'

const path = require('node:path')
const { spawn } = require('node:child_process')
const readline = require('node:readline')

const programFile = path.join(__dirname, 'fixtures', 'robustness', 'program.js')

/**
 * Runs this Node.js with the given arguments to its end. A process that is still there after `timeout` is killed and counts as hung.
 * @param {string[]} args
 * @param {object} [options]
 * @param {string} [options.cwd]
 * @param {Record<string, string>} [options.env] on top of this process's own
 * @param {string} [options.input] what the process reads from stdin; nothing by default
 * @param {number} [options.timeout] milliseconds
 * @param {boolean} [options.ipc] whether the process has an IPC channel to this one
 * @param {(line: string, child: import('node:child_process').ChildProcess) => void} [options.onLine] for each line on stdout
 * @returns {Promise<{ code: number | null, signal: string | null, stdout: string, stderr: string, hung: boolean }>}
 */
function runNode (args, { cwd, env = {}, input = '', timeout = 30_000, ipc = false, onLine } = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, args, {
      cwd,
      env: { ...process.env, ...env },
      stdio: ['pipe', 'pipe', 'pipe', ...(ipc ? ['ipc'] : [])]
    })
    let hung = false
    const timer = setTimeout(() => {
      hung = true
      child.kill('SIGKILL')
    }, timeout)

    let stdout = ''
    let stderr = ''
    child.stdout.setEncoding('utf8').on('data', (text) => { stdout += text })
    child.stderr.setEncoding('utf8').on('data', (text) => { stderr += text })
    if (onLine !== undefined) readline.createInterface({ input: child.stdout }).on('line', (line) => onLine(line, child))
    // A process that ends without having read all of its input is none of the callers' concern.
    child.stdin.on('error', () => {})
    child.stdin.end(input)
    child.on('error', reject)
    child.on('close', (code, signal) => {
      clearTimeout(timer)
      resolve({ code, signal, stdout, stderr, hung })
    })
  })
}

/**
 * Runs JavaScript as the main thread of a process of its own. `api`, its `Worker`, `once` and `require` are in scope, `await` is allowed.
 * @param {string} source
 * @param {object} [options] those of `runNode`, and
 * @param {string[]} [options.execArgv] options for Node.js
 * @param {string[]} [options.args] the program's arguments, from process.argv[3] on
 */
function runProgram (source, { execArgv = [], args = [], ...options } = {}) {
  return runNode([...execArgv, programFile, source, ...args], options)
}

/**
 * Asserts that a process ended by itself, silently and as expected.
 * @param {import('ava').ExecutionContext} t
 * @param {Awaited<ReturnType<typeof runNode>>} result
 * @param {{ code?: number | null, signal?: string | null, stdout?: string }} [expected]
 */
function endsCleanly (t, result, { code = 0, signal = null, stdout = '' } = {}) {
  t.deepEqual(result, { code, signal, stdout, stderr: '', hung: false })
}

module.exports = { runNode, runProgram, endsCleanly }
