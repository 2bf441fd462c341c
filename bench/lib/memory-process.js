'use strict'

const { startWorker } = require('./worker')

/**
 * The growth of this process's resident set with a number of idle workers. This is a separate process, because one
 * implementation could otherwise reuse memory that the other one freed.
 *
 * @param {string} specifier
 * @param {number} count
 * @returns {Promise<number>} bytes
 */
async function measureGrowth (specifier, count) {
  const implementation = { api: require(specifier) }
  // The first worker also allocates everything that workers share: code pages, snapshots, the addon itself.
  const workers = [await startWorker(implementation, 'idle.js')]
  const before = residentBytes()
  for (let started = 0; started < count; started++) workers.push(await startWorker(implementation, 'idle.js'))
  const grown = residentBytes() - before
  await Promise.all(workers.map((worker) => worker.terminate()))
  return grown
}

function residentBytes () {
  global.gc()
  return process.memoryUsage.rss()
}

measureGrowth(process.argv[2], Number(process.argv[3])).then((grown) => {
  process.send(grown, () => process.disconnect())
})
