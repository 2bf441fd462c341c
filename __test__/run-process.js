'use strict'

const { spawn } = require('node:child_process')

// A ceiling that no healthy run comes near.
const timeout = 60_000

/**
 * Runs a program to its end, without the settings of the test runner that started this one.
 * @param {string} command
 * @param {string[]} args
 * @param {{ cwd?: string, env?: Record<string, string | undefined> }} [options] `env` is added to what there is; undefined takes away
 * @returns {Promise<{ code: number | null, signal: string | null, stdout: string, stderr: string }>}
 */
function runProcess (command, args, { cwd, env = {} } = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd,
      env: { ...process.env, NODE_OPTIONS: undefined, FORCE_COLOR: undefined, npm_config_nodedir: undefined, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout,
      killSignal: 'SIGKILL'
    })
    const output = { stdout: '', stderr: '' }
    for (const name of ['stdout', 'stderr']) child[name].setEncoding('utf8').on('data', (text) => { output[name] += text })
    child.on('error', reject)
    child.on('close', (code, signal) => resolve({ code, signal, ...output }))
  })
}

/** `runProcess` with the Node.js that runs this. */
function runNode (args, options) {
  return runProcess(process.execPath, args, options)
}

module.exports = { runNode, runProcess }
