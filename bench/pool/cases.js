'use strict'

const { median } = require('simple-statistics')

const MEGABYTE = 2 ** 20

/**
 * From the constructor to the first result.
 *
 * @param {() => import('./contenders').OpenPool} open
 * @returns {Promise<{ pool: import('./contenders').OpenPool, milliseconds: number }>}
 */
async function coldStart (open) {
  const begin = performance.now()
  const pool = open()
  const answer = await pool.run({ a: 1, b: 2 })
  const milliseconds = performance.now() - begin
  check(answer, 3)
  return { pool, milliseconds }
}

/**
 * Keeps a number of tasks in flight: each result submits the next task.
 *
 * @param {import('./contenders').OpenPool} pool
 * @param {number} tasks
 * @param {number} inFlight
 * @param {(number: number) => object} [createTask]
 * @param {number} [sum] the expected sum of all answers
 * @returns {Promise<number>} tasks per second
 */
async function keepInFlight (pool, tasks, inFlight, createTask = createAddition, sum = sumOfAdditions(tasks)) {
  let begin
  const answered = await new Promise((resolve, reject) => {
    let given = 0
    let missing = tasks
    let answers = 0
    const give = () => pool.run(createTask(given++)).then(onAnswer, reject)
    const onAnswer = (answer) => {
      answers += answer
      if (given < tasks) give()
      if (--missing === 0) resolve(answers)
    }
    begin = performance.now()
    while (given < inFlight) give()
  })
  const seconds = (performance.now() - begin) / 1000
  check(answered, sum)
  return tasks / seconds
}

/**
 * One task at a time, each timed separately.
 *
 * @returns {Promise<number>} the median, in microseconds
 */
async function sequential (pool, tasks) {
  const durations = new Float64Array(tasks)
  let answers = 0
  for (let number = 0; number < tasks; number++) {
    const begin = performance.now()
    answers += await pool.run(createAddition(number))
    durations[number] = performance.now() - begin
  }
  check(answers, sumOfAdditions(tasks))
  return median(durations) * 1000
}

/**
 * One task of 1 MB at a time.
 *
 * @param {import('./contenders').OpenPool} pool
 * @param {number} tasks
 * @param {boolean} isTransferred or cloned
 * @returns {Promise<number>} the median, in microseconds
 */
async function payload (pool, tasks, isTransferred) {
  const durations = new Float64Array(tasks)
  for (let number = 0; number < tasks; number++) {
    const bytes = new Uint8Array(MEGABYTE).fill(1)
    const mark = number % 256
    bytes[MEGABYTE - 1] = mark
    const begin = performance.now()
    const answer = await (isTransferred ? pool.transfer({ bytes }, bytes.buffer) : pool.run({ bytes }))
    durations[number] = performance.now() - begin
    check(answer, 1 + mark + MEGABYTE)
    check(bytes.length, isTransferred ? 0 : MEGABYTE)
  }
  return median(durations) * 1000
}

function createAddition (number) {
  return { a: number, b: 1 }
}

function sumOfAdditions (tasks) {
  return tasks * (tasks - 1) / 2 + tasks
}

function check (answer, expected) {
  if (answer !== expected) throw new Error(`The pool answered ${answer} and not ${expected}`)
}

/**
 * The cases in the order of measurement.
 *
 * @type {Record<string, (pool: import('./contenders').OpenPool, size: object) => Promise<number>>}
 */
const CASES = {
  'one at a time': (pool, size) => sequential(pool, size.sequential),
  '64 in flight': (pool, size) => keepInFlight(pool, size.inFlight, 64),
  'burst': (pool, size) => keepInFlight(pool, size.burst, size.burst),
  '1 MB cloned': (pool, size) => payload(pool, size.payloads, false),
  '1 MB transferred': (pool, size) => payload(pool, size.payloads, true)
}

module.exports = { CASES, coldStart, keepInFlight }
