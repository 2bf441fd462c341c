'use strict'

const { once } = require('node:events')
const { Worker, WorkerPool } = require('isothreads')
const tasks = require('isothreads-tasks')

async function answerOf (filename, workerData) {
  const worker = new Worker(filename, { workerData })
  const exited = once(worker, 'exit')
  const [answer] = await once(worker, 'message')
  await exited
  return answer
}

async function resultOf (filename, name, input) {
  const pool = new WorkerPool(filename)
  const result = await pool.exec(input, { name })
  await pool.close()
  return result
}

async function main () {
  console.log(JSON.stringify({
    worker: await answerOf(require.resolve('./worker.js'), 40),
    pool: await resultOf(require.resolve('./tasks.js'), 'double', 21),
    nativeWorker: await answerOf('native:fib', { n: 10 }),
    library: await resultOf(tasks.library, 'hash', { algorithm: 'sha256', data: 'abc' })
  }))
}

main()
