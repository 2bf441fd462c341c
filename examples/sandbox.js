'use strict'

// Runs the rules of customers, which are JavaScript files of theirs, over the same orders. Each rule has a lean worker of its own, with
// limits, and one function of its host:
//
//   node examples/sandbox.js --rounds 20

const fs = require('node:fs')
const os = require('node:os')
const path = require('node:path')
// In your own program: require('isothreads')
const { Worker } = require('..')
const { readArguments } = require('./arguments')

const usage = `Usage: node examples/sandbox.js [options]

  --orders N       how many orders each rule gets (default: 10000)
  --rounds N       how often each rule runs, each time in a new worker (default: 20)
  --cpu N          milliseconds of processor time that a rule may take (default: 50)
  --threads N      how many workers there are at once (default: one for each processor)`

const rulesFolder = path.join(__dirname, 'sandbox-rules')
const rates = { EUR: 1, USD: 1.08, JPY: 169 }

// What a rule may use, beside processor time.
const limits = {
  resourceLimits: { maxOldGenerationSizeMb: 16, maxYoungGenerationSizeMb: 4, stackSizeMb: 1 },
  wallTimeLimit: 10_000,
  maxHostCalls: 10
}

async function main () {
  if (Number(process.versions.node.split('.')[0]) < 22) throw new Error('Lean workers need Node.js 22 or later')
  const { orders: count, rounds, cpu, threads } = readArguments(usage, {
    orders: { type: 'string', default: '10000', range: [1, 1_000_000] },
    rounds: { type: 'string', default: '20', range: [1, 10_000] },
    cpu: { type: 'string', default: '50', range: [1, 60_000] },
    threads: { type: 'string', default: String(os.availableParallelism()), range: [1, 256] }
  })
  const orders = Array.from({ length: count }, (_, index) => ({ quantity: 1 + index % 20, price: 5 + index % 7 }))
  const customers = fs.readdirSync(rulesFolder).map((name) => path.parse(name).name)

  const run = (customer) => runRule(path.join(rulesFolder, `${customer}.js`), orders, cpu)
  for (const { customer, total, error, reason, calls, milliseconds } of await inTurns(customers, threads, run)) {
    const outcome = error ? `ended (${reason}): ${error.code ?? error.name}: ${error.message}` : `total ${total.toFixed(2)}`
    console.log(`${customer.padEnd(10)} ${milliseconds.toFixed(0).padStart(4)} ms, ${calls} calls, ${outcome}`)
  }

  const before = megabytes()
  let finished = 0
  let ended = 0
  for (let round = 0; round < rounds; round++) {
    for (const { error } of await inTurns(customers, threads, run)) {
      if (error) ended++
      else finished++
    }
  }
  console.log(`${rounds} more rounds: ${finished} rules finished, ${ended} were ended. ` +
    `Memory of the process: ${before} MB before, ${megabytes()} MB after`)
}

/** What has become of a rule. A rule can do nothing that makes this reject. */
function runRule (file, orders, cpuTimeLimit) {
  return new Promise((resolve) => {
    const begin = performance.now()
    let total
    let error
    let calls = 0
    const worker = new Worker(path.join(__dirname, 'sandbox-worker.js'), {
      runtime: 'lean',
      // The rule can load itself, and nothing beside it.
      moduleRoots: [path.join(__dirname, 'sandbox-worker.js'), file],
      workerData: { file, orders },
      expose: {
        // The arguments come from the rule: they may be anything.
        rateOf (currency) {
          calls++
          if (typeof currency !== 'string' || !Object.hasOwn(rates, currency)) throw new RangeError('There is no such currency')
          return rates[currency]
        }
      },
      cpuTimeLimit,
      ...limits
    })
    worker.on('message', (message) => { total = Number(message) })
    worker.on('error', (thrown) => { error = thrown })
    worker.on('exit', () => {
      const reason = worker.exitReason
      if (total === undefined) error ??= new Error('The rule gave no total')
      resolve({ customer: path.parse(file).name, total, error, reason, calls, milliseconds: performance.now() - begin })
    })
  })
}

/** Calls `run` with each item, and no more than `concurrency` at once. */
async function inTurns (items, concurrency, run) {
  const results = []
  const waiting = items.entries()
  const takeTurns = async () => {
    for (const [index, item] of waiting) results[index] = await run(item)
  }
  await Promise.all(Array.from({ length: concurrency }, takeTurns))
  return results
}

function megabytes () {
  return Math.round(process.memoryUsage.rss() / 2 ** 20)
}

main().catch((error) => {
  console.error(error.message)
  process.exitCode = 1
})
