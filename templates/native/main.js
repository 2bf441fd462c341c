'use strict'

const { once } = require('node:events')
const { nativeWorkers, Worker, WorkerPool } = require('isothreads')
const library = require('./index')

async function countPrimes () {
  const pool = new WorkerPool(library, 2)
  const ranges = [{ from: 0, to: 250_000 }, { from: 250_000, to: 500_000 }]
  const counts = await Promise.all(ranges.map((range) => pool.exec(range, {
    name: 'count_primes',
    onProgress: (part) => console.log(`from ${range.from}: ${Math.round(100 * part)} %`)
  })))
  console.log(`${counts[0] + counts[1]} prime numbers below 500000`)
  await pool.close()
}

async function summarise () {
  const worker = new Worker(`${library}#statistics`)
  worker.on('message', ({ count, sum, mean }) => console.log(`${count} numbers, sum ${sum}, mean ${mean}`))
  for (const number of [1, 2, 4.5]) worker.postMessage(number)
  worker.postMessage(null)
  const [exitCode] = await once(worker, 'exit')
  console.log(`the worker ended with ${exitCode}`)
}

async function main () {
  for (const { name, kind, description } of nativeWorkers(library)) console.log(`${kind} ${name}: ${description}`)
  await countPrimes()
  await summarise()
}

main()
