'use strict'

// Panics in every place where user code of a worker runs: the parent gets an error, and everything else continues.

const avaTest = require('ava').default
const { once } = require('node:events')
const { SharedQueue, WorkerPool } = require('..')
const { bounded, errorOf, eventsUntilExit } = require('./helpers')
const { runNode } = require('./run-process')
const { answerOf, library, start } = require('./native-helpers')

const test = bounded(avaTest)

// What each worker is given, and the message of its panic.
const places = {
  panics_reading: [['a'], 'read'],
  panics_writing: [undefined, 'written'],
  panics_reporting: [undefined, 'written'],
  panics_iterating: [undefined, 'iterated'],
  panics_dropping_argument: ['a', 'argument dropped'],
  panics_dropping_result: [undefined, 'result dropped'],
  panics_with_a_number: [undefined, 'panic with a non-string payload'],
  panics_again: [undefined, 'resumed'],
  panics_failing: [undefined, 'displayed'],
  panics_printing: [undefined, 'displayed'],
  panics_joining: [undefined, 'elsewhere']
}

function startPool (t) {
  const pool = new WorkerPool(library, 1)
  t.teardown(() => pool.destroy())
  return pool
}

for (const [name, [workerData, message]] of Object.entries(places)) {
  test(`${name}: in a Worker`, async (t) => {
    const events = await eventsUntilExit(start(t, name, { workerData }))
    t.deepEqual(events.map(([event]) => event), ['online', 'error', 'exit'])
    const error = events[1][1]
    t.is(error.message, message)
    t.is(error.code, 'ERR_ISOTHREADS_PANIC')
    t.is(events[2][1], 1)
  })

  test(`${name}: in a pool, whose worker continues`, async (t) => {
    const pool = startPool(t)
    const exits = []
    pool.on('workerDestroy', worker => exits.push(worker))
    for (let round = 0; round < 3; round++) {
      await t.throwsAsync(pool.exec(workerData, { name }), { message, code: 'ERR_ISOTHREADS_PANIC' })
    }
    t.is(await pool.exec('as ever', { name: 'echo' }), 'as ever')
    t.deepEqual(exits, [])
  })
}

test('a panic while a message of a conversation is read', async (t) => {
  const worker = start(t, 'panics_receiving')
  worker.postMessage('a')
  const error = await errorOf(t, worker)
  t.is(error.message, 'read')
  t.is(error.code, 'ERR_ISOTHREADS_PANIC')
})

test('a panic while a value is written leaves a queue as it was', async (t) => {
  const queue = new SharedQueue()
  const error = await errorOf(t, start(t, 'panics_pushing', { workerData: queue }))
  t.is(error.message, 'written')
  await queue.pushAsync('whole')
  t.is(await queue.popAsync(), 'whole')
})

test('messages after a caught panic are complete', async (t) => {
  const parts = []
  const result = await startPool(t).exec(undefined, { name: 'writes_after_panics', onProgress: part => parts.push(part) })
  t.deepEqual([...parts, result], [new Uint8Array(5000).fill(1), new Uint8Array(5000).fill(2)])
})

/** Runs one worker in a separate process, which must survive. */
function runAlone (name, workerData) {
  return runNode(['-e', `
    const { Worker } = require(${JSON.stringify(require.resolve('..'))})
    const worker = new Worker(${JSON.stringify(`${library}#${name}`)}, { workerData: ${JSON.stringify(workerData)} })
    worker.on('error', (error) => console.log(error.message, error.code))
    worker.on('exit', (code) => console.log(code))`], { env: { RUST_BACKTRACE: '0' } })
}

test('a payload that panics when it is dropped does not end the process', async (t) => {
  const { code, signal, stdout } = await runAlone('panics_dropping_payload')
  t.deepEqual({ code, signal, stdout }, { code: 0, signal: null, stdout: 'panic with a non-string payload ERR_ISOTHREADS_PANIC\n1\n' })
})

test('a panic when the thread leaves is the end of the process, which says where', async (t) => {
  const { code, signal, stderr } = await runAlone('panics_leaving_thread')
  t.true(signal !== null || code > 1)
  t.regex(stderr, /panics\.rs:\d+:\d+:\nthread-local dropped/)
})

test('exit() of a library is the end of the process, with its code', async (t) => {
  const { code, signal, stderr } = await runAlone('exits_process', 3)
  t.deepEqual({ code, signal, stderr }, { code: 3, signal: null, stderr: '' })
})

test('an error that borrows the name of AggregateError has its message', async (t) => {
  const [error] = await once(start(t, 'fail_as', { workerData: { name: 'AggregateError', message: 'several' } }), 'error')
  t.true(error instanceof AggregateError)
  t.is(error.message, 'several')
  t.deepEqual(error.errors, [])
  t.is(await answerOf(t, 'fib', 10), 55)
})
