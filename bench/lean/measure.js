'use strict'

const { fork } = require('node:child_process')
const { once } = require('node:events')
const path = require('node:path')
const { summarize } = require('../lib/statistics')

const PROCESS = path.join(__dirname, 'process.js')
const LONGEST = 120_000
const NODE = Number(process.versions.node.split('.')[0])

/**
 * Samples all contenders of all cases alternately, and reverses the order every round.
 *
 * @param {object} benchmark
 * @param {import('../lib/implementations').Implementation[]} implementations
 * @param {{ quick: boolean, long: boolean, onRound?: (done: number, of: number) => void }} options
 * @returns {Promise<object>} the result, as `--json` prints it
 */
async function measureLean (benchmark, [{ specifier }], { quick, long, onRound = () => {} }) {
  const { rounds, warmup, size } = quick ? benchmark.quick : benchmark.full
  const { name, description, method } = benchmark
  const result = { name, description, method, rounds, warmup, size, measures: [], long: [] }
  if (NODE < 22) return { ...result, method: ['Lean workers need Node 22.'] }

  const { plan, missing } = planAll(benchmark)
  const samples = new Map(plan.map((job) => [job, []]))
  for (let round = -warmup; round < rounds; round++) {
    for (const job of round % 2 === 0 ? plan : plan.toReversed()) {
      const value = await runInProcess({ ...job, specifier, size }, LONGEST)
      if (round >= 0) samples.get(job).push(value)
    }
    onRound(round + warmup + 1, rounds + warmup)
  }
  for (const { name, unit, targets } of benchmark.cases) {
    const jobs = plan.filter((job) => job.name === name)
    if (jobs.length > 0) result.measures.push(...compare(name, unit, targets, jobs, samples))
  }
  if (long) result.long = await measureLong(benchmark.long, specifier)
  return { ...result, method: [...method, ...missing.map((peer) => `${peer} is not installed: npm install --no-save ${peer}`)] }
}

/** Without peers that are not there. */
function planAll ({ cases }) {
  const missing = new Set()
  const isThere = (module) => {
    try {
      require.resolve(module)
      return true
    } catch {
      missing.add(module)
      return false
    }
  }
  const plan = cases.flatMap(({ name, contenders }) => contenders.map((contender) => ({ name, contender })))
    .filter(({ name, contender }) => (contender !== 'isolated-vm' || isThere('isolated-vm')) &&
      (!['marked', 'mustache', 'ajv'].includes(name) || isThere(name)))
  return { plan, missing: [...missing] }
}

function compare (name, unit, targets, [ours, ...peers], samples) {
  const own = summarize(samples.get(ours))
  return peers.map((peer) => {
    const theirs = summarize(samples.get(peer))
    const target = targets[peer.contender]
    const atMost = typeof target === 'object' ? target[NODE] : target
    const ratio = own.median / theirs.median
    const measure = {
      name: `${name}, ${peer.contender}`, case: name, unit, better: 'lower', peer: peer.contender, ours: own, theirs, ratio
    }
    return atMost === undefined ? measure : { ...measure, target: { of: 'ratio', atMost }, reached: ratio <= atMost }
  })
}

async function measureLong ({ workers, tasks }, specifier) {
  const long = []
  for (const [name, count] of [['workers', workers], ['tasks', tasks]]) {
    long.push({ name, count, residentMb: await runInProcess({ name, contender: 'lean', specifier, size: { count } }, 3_600_000) })
  }
  return long
}

/**
 * Runs one job in a fresh process, which has ended when this resolves or rejects.
 *
 * @param {object} job as process.js takes it
 * @param {number} timeout in milliseconds
 * @returns {Promise<number | number[]>}
 */
async function runInProcess (job, timeout) {
  const flags = job.contender === 'isolated-vm' ? ['--no-node-snapshot'] : []
  const child = fork(PROCESS, { execArgv: ['--expose-gc', ...flags], timeout, killSignal: 'SIGKILL' })
  let sample
  child.once('message', (message) => { sample = message })
  child.send(job)
  const [code, signal] = await once(child, 'exit')
  if (code !== 0 || sample === undefined) throw new Error(`The measured process ended with ${signal ?? code}: ${JSON.stringify(job)}`)
  return sample
}

module.exports = { measureLean }
