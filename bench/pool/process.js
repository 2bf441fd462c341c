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
  // Not closed, because the process ends here, and poolifier's destroy() does not always complete.
  return values
}

/**
 * CPU-bound tasks, for each number of threads in turn.
 *
 * @param {{ contender: number, specifier: string, size: object, order: number[] }} job
 * @returns {Promise<Record<number, number>>} tasks per second by the number of threads
 */
async function compareThreads ({ contender, specifier, size, order }) {
  const rates = {}
  let steps
  for (const threads of order) {
    const { pool } = await coldStart(await CONTENDERS[contender].load(threads, specifier))
    // All get the same tasks, calibrated by a thread on an otherwise idle machine.
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

// Ends all threads after the sample, and the process when the benchmark is interrupted.
process.once('disconnect', () => process.exit())
// Keeps the process alive for pools whose threads do not.
process.channel.ref()
