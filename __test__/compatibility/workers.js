'use strict'

const { once } = require('node:events')

/**
 * Runs source text in a worker to its end.
 * @param {object} api
 * @param {string} source with `parentPort` and `workerData`
 * @param {object} [options] of the worker
 * @param {(worker: object) => unknown} [use] called at once
 * @returns {Promise<object>} what its parent sees
 */
async function runInWorker (api, source, options = {}, use = () => {}) {
  const text = options.execArgv?.includes('--input-type=module')
    ? source
    : `const { parentPort, workerData } = require('node:worker_threads'); ${source}`
  const worker = new api.Worker(text, { eval: true, ...options })
  const seen = { messages: [] }
  worker.on('message', (message) => { seen.messages.push(message) })
  worker.on('error', (error) => { seen.error = describe(error) })
  const exited = new Promise((resolve) => worker.once('exit', resolve))
  const used = await use(worker)
  seen.code = await exited
  if (used !== undefined) seen.used = used
  return seen
}

function describe (error) {
  if (typeof error !== 'object' || error === null) return [typeof error, String(error)]
  return [error.constructor?.name, error.name, error.code, error.message]
}

/** Runs source text that answers with one message. */
async function ask (api, source, options, use) {
  const { messages, error } = await runInWorker(api, source, options, use)
  return error === undefined ? messages[0] : { error }
}

async function untilOnline (worker) {
  await once(worker, 'online')
  return worker
}

/** A worker that stays until it is terminated. */
async function withIdle (api, use) {
  const worker = new api.Worker('setInterval(() => {}, 1e6)', { eval: true })
  await untilOnline(worker)
  try {
    return await use(worker)
  } finally {
    await worker.terminate()
  }
}

module.exports = { ask, describe, runInWorker, untilOnline, withIdle }
