'use strict'

const { WorkerPool } = require('..')
const { library } = require('../tasks')

/**
 * A pool of one worker of isothreads-tasks, which is ended with its test.
 * @param {import('ava').ExecutionContext} t
 * @returns {((name: string, data: unknown, options?: object) => Promise<any>) & { pool: WorkerPool }} runs a task by its name
 */
function startTasks (t) {
  const pool = new WorkerPool({ filename: library, minThreads: 1, maxThreads: 1 })
  t.teardown(() => pool.destroy())
  const run = (name, data, options) => pool.exec(data, { name, ...options })
  return Object.assign(run, { pool })
}

/**
 * Aborts a task at its first progress report, and checks that its worker continues.
 * @param {import('ava').ExecutionContext} t
 */
async function endsAtFirstReport (t, run, name, data) {
  const controller = new AbortController()
  const destroyed = []
  run.pool.on('workerDestroy', (worker) => destroyed.push(worker))
  const options = { signal: controller.signal, abortGrace: 30_000, onProgress: () => controller.abort() }
  await t.throwsAsync(run(name, data, options), { name: 'AbortError', code: 'ABORT_ERR' })
  t.is(await run('hash', { algorithm: 'sha256', data: 'abc' }).then((hash) => hash.slice(0, 8)), 'ba7816bf')
  t.deepEqual(destroyed, [])
}

/** What of an error a program can rely on, of a promise or a function that fails. */
async function failureOf (action) {
  try {
    await action()
  } catch ({ name, code, message }) {
    return { name, code, message }
  }
  throw new Error('Nothing was thrown')
}

/** Numbers from 0 to 2 ** 32 - 1, the same in every run. */
function * random (count) {
  let state = 0x9e3779b9
  for (let place = 0; place < count; place++) {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    yield state >>> 0
  }
}

/** Lines that compress well. */
function text (length) {
  const lines = Array.from(random(Math.ceil(length / 20)), (number) => `a line, and ${number % 1000}\n`)
  return Buffer.from(lines.join('')).subarray(0, length)
}

/** Bytes that do not compress. */
function noise (length) {
  return Buffer.from(Uint32Array.from(random(Math.ceil(length / 4))).buffer).subarray(0, length)
}

module.exports = { endsAtFirstReport, failureOf, noise, random, startTasks, text }
