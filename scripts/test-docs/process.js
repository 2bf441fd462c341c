'use strict'

const { spawn } = require('node:child_process')
const { once } = require('node:events')

/** The descriptor on which record-output.js reports. */
const reportDescriptor = 3

/**
 * Runs a program until it ends or times out.
 * @param {string} command
 * @param {string[]} args
 * @param {{ cwd: string, timeout: number, env?: object }} options
 * @returns {Promise<{ failure: string | undefined, output: string, stderr: string, report: string }>}
 */
async function run (command, args, { cwd, timeout, env = process.env }) {
  const child = spawn(command, args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe', 'pipe'], detached: true })
  const closed = once(child, 'close')
  const texts = { output: '', stderr: '', report: '' }
  const streams = { output: child.stdout, stderr: child.stderr, report: child.stdio[reportDescriptor] }
  for (const [name, stream] of Object.entries(streams)) stream.setEncoding('utf8').on('data', (text) => { texts[name] += text })
  let isLate = false
  const timer = setTimeout(() => {
    isLate = true
    // The whole process group, because a shell's programs would outlive it.
    process.kill(-child.pid, 'SIGKILL')
  }, timeout)
  const [code, signal] = await closed
  clearTimeout(timer)
  let failure
  if (isLate) failure = `it did not end within ${timeout / 1000} s`
  else if (code !== 0) failure = `it ended with ${signal ?? `exit code ${code}`}`
  return { failure, ...texts }
}

module.exports = { run, reportDescriptor }
