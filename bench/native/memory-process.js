'use strict'

const { once } = require('node:events')
const { answerParent } = require('./child')

/**
 * The growth of this process's resident set with a number of idle workers.
 *
 * @param {{ specifier: string, file: string, workers: number }} job
 * @returns {Promise<number>} bytes
 */
async function measureGrowth ({ specifier, file, workers: count }) {
  const { Worker } = require(specifier)
  const start = async () => {
    const worker = new Worker(file)
    const answered = once(worker, 'message')
    // A native worker posts nothing by itself.
    if (file.startsWith('native:')) worker.postMessage({ n: 1 })
    await answered
    return worker
  }
  // The first worker also allocates everything that workers share.
  const workers = [await start()]
  const before = residentBytes()
  while (workers.length <= count) workers.push(await start())
  const grown = residentBytes() - before
  await Promise.all(workers.map((worker) => worker.terminate()))
  return grown
}

function residentBytes () {
  global.gc()
  return process.memoryUsage.rss()
}

answerParent(measureGrowth)
