'use strict'

const { CONTENDERS } = require('./contenders')
const { CASES, coldStart, keepInFlight } = require('./cases')
const { walk } = require('./workers/run')

/**
 * One sample: some cases, one after the other in one pool.
 *
 * @param {{ contender: number, specifier: string, threads: number, cases: string[], size: object }} job
 * @returns {Promise<Record<string, number>>} by the case's name
 */
async function takeSample ({ contender, specifier, threads, cases, size }) {
  const open = await CONTENDERS[contender].load(threads, specifier)
  const { pool, milliseconds } = await coldStart(open)
  const values = { 'cold pool': milliseconds }
  const isWarm = cases.some((name) => name in CASES)
  if (isWarm) await keepInFlight(pool, size.warmup, 64)
  for (const [name, run] of Object.entries(CASES)) {
    if (cases.includes(name)) values[name] = await run(pool, size)
  }
  // Not closed: the process is at its end, and poolifier's destroy() does not always come to one.
  return values
}

/**
 * Tasks of work, with one number of threads after the other.
 *
 * @param {{ contender: number, specifier: string, size: object, order: number[] }} job
 * @returns {Promise<Record<number, number>>} tasks per second by the number of threads
 */
async function compareThreads ({ contender, specifier, size, order }) {
  const rates = {}
  let steps
  for (const threads of order) {
    const { pool } = await coldStart(await CONTENDERS[contender].load(threads, specifier))
    // All get the same tasks, which a thread calibrated that had the machine to itself.
    steps ??= await pool.run({ calibrate: size.microseconds })
    const answer = walk(steps)
    const work = (tasks) => keepInFlight(pool, tasks, 64, () => ({ steps }), answer * tasks)
    await work(size.workWarmup)
    rates[threads] = await work(size.work)
    await pool.close()
  }
  return rates
}

process.once('message', async (job) => {
  const sample = await (job.order === undefined ? takeSample(job) : compareThreads(job))
  process.send(sample, () => process.disconnect())
})

// Threads do not outlive the sample, and the process does not outlive the benchmark when that is interrupted.
process.once('disconnect', () => process.exit())
// Pools whose threads do not keep the process alive would end it in the middle of a case.
process.channel.ref()
