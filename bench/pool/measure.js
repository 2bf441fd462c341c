'use strict'

const { quantile } = require('simple-statistics')
const { summarize } = require('../lib/statistics')
const { runInProcess } = require('./child')
const { CONTENDERS } = require('./contenders')

// The factor from which a peer's setting is not measured further in a case, compared with its best setting.
const HOPELESS = 1.3
const OURS = 0

/**
 * Samples all pools alternately, and reverses the order every round.
 *
 * @param {object} benchmark
 * @param {import('../lib/implementations').Implementation[]} implementations
 * @param {{ quick: boolean, onRound?: (done: number, of: number) => void }} options
 * @returns {Promise<object>} the result, as `--json` prints it
 */
async function measurePools (benchmark, [{ specifier, api }], { quick, onRound = () => {} }) {
  const { rounds, warmup, size } = quick ? benchmark.quick : benchmark.full
  const { name, description, method } = benchmark
  const result = { name, description, method, rounds, warmup, size, measures: [] }
  if (api.WorkerPool === undefined) return { ...result, method: [`${specifier} has no WorkerPool.`] }

  let plan = planAll(benchmark)
  let collected = new Samples()
  const scaling = []
  for (let round = -warmup; round < rounds; round++) {
    if (round === 0 && warmup > 0) {
      plan = withoutHopeless(plan, benchmark, collected)
      collected = new Samples()
    }
    for (const job of round % 2 === 0 ? plan : plan.toReversed()) {
      collected.add(job, await runInProcess({ ...job, specifier, size }))
    }
    const order = round % 2 === 0 ? [1, 2] : [2, 1]
    const rates = await runInProcess({ contender: OURS, specifier, size, order })
    if (round >= 0) scaling.push(rates[2] / rates[1])
    onRound(round + warmup + 1, rounds + warmup)
  }
  for (const threads of benchmark.threads) {
    for (const measure of benchmark.cases) result.measures.push(compare(measure, threads, collected))
  }
  result.measures.push(judge(benchmark.scaling, summarize(scaling), summarize(scaling).median))
  return result
}

class Samples {
  #values = new Map()

  add ({ contender, threads, cases }, sample) {
    for (const name of cases) {
      const key = `${contender} ${threads} ${name}`
      this.#values.set(key, [...this.#values.get(key) ?? [], sample[name]])
    }
  }

  /** @returns {number[]} of every round, or none */
  of (contender, threads, name) {
    return this.#values.get(`${contender} ${threads} ${name}`) ?? []
  }
}

function planAll ({ threads, cases }) {
  const names = cases.map(({ name }) => name)
  return threads.flatMap((threads) => CONTENDERS.map((_, contender) => ({ contender, threads, cases: names })))
}

function withoutHopeless (plan, benchmark, collected) {
  return plan.map((job) => {
    const cases = benchmark.cases.filter((measure) => {
      const { pool } = CONTENDERS[job.contender]
      const best = bestOf(pool, measure, job.threads, collected)
      return isBetter(measure, summarize(collected.of(job.contender, job.threads, measure.name)).median, best.median, HOPELESS)
    })
    return { ...job, cases: cases.map(({ name }) => name) }
  }).filter(({ cases }) => cases.length > 0)
}

function isBetter ({ better }, value, than, margin = 1) {
  return better === 'lower' ? value <= than * margin : value >= than / margin
}

function bestOf (pool, measure, threads, collected) {
  const settings = CONTENDERS.flatMap((contender, index) => {
    const samples = collected.of(index, threads, measure.name)
    return contender.pool === pool && samples.length > 0 ? [{ pool, settings: contender.settings, ...summarize(samples) }] : []
  })
  return best(settings, measure)
}

function best (candidates, measure) {
  return candidates.reduce((first, second) => isBetter(measure, first.median, second.median) ? first : second)
}

function compare (measure, threads, collected) {
  const [ours, ...peers] = [...new Set(CONTENDERS.map(({ pool }) => pool))].map((pool) => bestOf(pool, measure, threads, collected))
  const rival = best(peers, measure)
  const name = `${measure.name}, ${threads} ${threads === 1 ? 'thread' : 'threads'}`
  const ratios = ours.samples.map((value, round) => value / rival.samples[round])
  return {
    ...judge({ ...measure, name }, ours, ours.median / rival.median),
    best: rival.pool,
    ratioOfPairs: { lower: quantile(ratios, 0.25), upper: quantile(ratios, 0.75) },
    peers
  }
}

function judge (measure, ours, ratio) {
  const { atMost = Infinity, atLeast = -Infinity } = measure.target ?? {}
  const judged = { ...measure, ours, ratio }
  if (measure.target) judged.reached = ratio <= atMost && ratio >= atLeast
  return judged
}

module.exports = { measurePools }
