'use strict'

const assert = require('node:assert')
const { once } = require('node:events')
const test = require('node:test')
const { Worker, WorkerPool } = require('isothreads')
const library = require('./index')

/** A pool that is closed with its test. */
function startPool (t) {
  const pool = new WorkerPool(library, 1)
  t.after(() => pool.close())
  return pool
}

test('count_primes counts and reports progress', async (t) => {
  const parts = []
  const options = { name: 'count_primes', onProgress: (part) => parts.push(part) }
  assert.strictEqual(await startPool(t).exec({ from: 0, to: 20_000 }, options), 2262)
  assert.deepStrictEqual(parts, [0, 0.5])
})

test('count_primes ends when it is aborted', async (t) => {
  const controller = new AbortController()
  const options = { name: 'count_primes', signal: controller.signal, onProgress: () => controller.abort() }
  await assert.rejects(startPool(t).exec({ from: 0, to: 50_000_000 }, options), { name: 'AbortError' })
})

test('count_primes rejects a wrong argument with the reason', async (t) => {
  await assert.rejects(startPool(t).exec({ from: 0 }, { name: 'count_primes' }), /missing field `to`/)
})

test('statistics answers each number, and ends with null', async () => {
  const worker = new Worker(`${library}#statistics`)
  const answers = []
  worker.on('message', (answer) => answers.push(answer))
  for (const value of [1, 2, null]) worker.postMessage(value)
  const [exitCode] = await once(worker, 'exit')
  assert.deepStrictEqual(answers, [{ count: 1, sum: 1, mean: 1 }, { count: 2, sum: 3, mean: 1.5 }])
  assert.strictEqual(exitCode, 0)
})
