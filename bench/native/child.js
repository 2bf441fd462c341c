'use strict'

const { fork } = require('node:child_process')
const { once } = require('node:events')
const path = require('node:path')

/**
 * Runs one job in a fresh process, which has ended when this resolves or rejects.
 *
 * @param {string} file in this folder; it passes its function to `answerParent`
 * @param {object} job
 * @param {string[]} [execArgv]
 * @returns {Promise<number>} the result of the job
 */
async function runInProcess (file, job, execArgv = []) {
  const child = fork(path.join(__dirname, file), [JSON.stringify(job)], { execArgv })
  let answer
  child.once('message', (message) => { answer = message })
  const [code, signal] = await once(child, 'exit')
  if (code !== 0 || answer === undefined) throw new Error(`The measured process ended with ${signal ?? code}: ${JSON.stringify(job)}`)
  return answer
}

/**
 * The counterpart in the fresh process.
 *
 * @param {(job: object) => Promise<number>} run
 */
async function answerParent (run) {
  // Ends the process when the benchmark is interrupted.
  process.once('disconnect', () => process.exit())
  process.channel.ref()
  const answer = await run(JSON.parse(process.argv[2]))
  process.send(answer, () => process.disconnect())
}

module.exports = { answerParent, runInProcess }
