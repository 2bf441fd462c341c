'use strict'

const { once } = require('node:events')
const path = require('node:path')

/**
 * Starts a worker that has run its file to the end and reported it.
 *
 * @param {import('./implementations').Implementation} implementation
 * @param {string} file in `bench/workers`
 * @returns {Promise<import('node:worker_threads').Worker>}
 */
async function startWorker ({ api }, file) {
  const worker = new api.Worker(locateWorker(file))
  const [message] = await once(worker, 'message')
  if (message !== 'ready') throw new Error(`${file} posted ${message} before it was ready`)
  return worker
}

/**
 * @param {string} file in `bench/workers`
 * @returns {string} its absolute path
 */
function locateWorker (file) {
  return path.join(__dirname, '..', 'workers', file)
}

module.exports = { locateWorker, startWorker }
