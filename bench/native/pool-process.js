'use strict'

const { median } = require('simple-statistics')
const { keepInFlight } = require('../pool/cases')
const { answerParent } = require('./child')
const { fibonacci } = require('./measure')

/**
 * All tasks of a burst are submitted at once.
 *
 * @param {{ specifier: string, filename: string, threads: number, n: number, tasks: number, bursts: number, warmup: number }} job
 * @returns {Promise<number>} tasks per second, the median of the bursts
 */
async function measureRate ({ specifier, filename, threads, n, tasks, bursts, warmup }) {
  const { WorkerPool } = require(specifier)
  const pool = new WorkerPool({ filename, minThreads: threads, maxThreads: threads })
  const run = (task) => pool.exec(task)
  const sum = fibonacci(n) * tasks
  const rates = []
  for (let burst = -warmup; burst < bursts; burst++) {
    const rate = await keepInFlight({ run }, tasks, tasks, () => ({ n }), sum)
    if (burst >= 0) rates.push(rate)
  }
  await pool.destroy()
  return median(rates)
}

answerParent(measureRate)
