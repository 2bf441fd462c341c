'use strict'

const { fork } = require('node:child_process')
const { once } = require('node:events')
const path = require('node:path')

const PROCESS = path.join(__dirname, 'process.js')
const LONGEST = 60_000

/**
 * Runs one job in a fresh process, which has ended when this resolves or rejects.
 *
 * @param {object} job as process.js takes it
 * @returns {Promise<Record<string, number>>}
 */
async function runInProcess (job) {
  const child = fork(PROCESS, { execArgv: [], timeout: LONGEST, killSignal: 'SIGKILL' })
  let sample
  child.once('message', (message) => { sample = message })
  child.send(job)
  const [code, signal] = await once(child, 'exit')
  if (code !== 0 || sample === undefined) throw new Error(`The measured process ended with ${signal ?? code}: ${JSON.stringify(job)}`)
  return sample
}

module.exports = { runInProcess }
