'use strict'

// The sandboxed processors of BullMQ's README, in worker threads: the port of a Redis server is the argument.

const path = require('node:path')
const { Queue, QueueEvents, Worker } = require('bullmq')

const connection = { host: '127.0.0.1', port: Number(process.argv[2]), maxRetriesPerRequest: null }

async function main () {
  const name = 'numbers'
  const queue = new Queue(name, { connection })
  const events = new QueueEvents(name, { connection })
  await events.waitUntilReady()
  const worker = new Worker(name, path.join(__dirname, 'processor.cjs'), { connection, concurrency: 2, useWorkerThreads: true })
  const progress = []
  worker.on('progress', (job, value) => { progress.push(value) })
  const jobs = await Promise.all([1, 2, 3, 4].map((number) => queue.add('double', { number })))
  const results = await Promise.all(jobs.map((job) => job.waitUntilFinished(events, 20_000)))
  console.log(results, progress.sort())
  const failing = await queue.add('double', { number: -1 }, { attempts: 1 })
  console.log(await failing.waitUntilFinished(events, 20_000).catch((error) => error.message))
  await worker.close()
  await events.close()
  await queue.close()
}

main()
