'use strict'

// What a single task may ask for, and every way in which it can end.

const { AsyncLocalStorage } = require('node:async_hooks')
const { getEventListeners, once } = require('node:events')
const avaTest = require('ava')
const { bounded, isPeer, MessageChannel, settled, thrownBy, WorkerPool } = require('./helpers')
const { runProgram, endsCleanly } = require('./run-process')
const { fixture, startPool, rejection, newCells, reached, open, BEGUN, SEEN } = require('./fixtures/pool/tasks-support')

const test = isPeer ? () => {} : bounded(avaTest)
if (isPeer) avaTest('worker_threads has no pool', (t) => t.pass())

const tasks = (t, options) => startPool(t, 'tasks.js', options)
const thread = (pool, options) => pool.exec(undefined, { name: 'thread', ...options })

/** A task of this name that has begun, and how to abort it. */
async function begun (pool, name, options) {
  const cells = newCells()
  const controller = new AbortController()
  const result = pool.exec(cells, { name, signal: controller.signal, ...options })
  result.catch(() => {})
  await reached(cells, BEGUN)
  return { cells, controller, result, abort: (reason = 'enough') => controller.abort(reason) }
}

// A timeout before which a task has read its signal, on a busy machine too, and a grace period long enough for it to end.
const heeded = { timeout: 500, abortGrace: 30_000 }

// ---- context.signal and abortGrace ----

for (const [name, how] of [
  ['heed', 'hears of it in an event'],
  ['spin', 'sees it in a loop that never returns to the event loop'],
  ['spinThrowing', 'throws because of it in such a loop'],
  ['sleep', 'has passed it to timers/promises'],
  ['any', 'has passed it to AbortSignal.any()'],
  ['request', 'has passed it to a Request, as for fetch()']
]) {
  test(`a task that is aborted ${how}, and keeps its worker`, async (t) => {
    const pool = tasks(t)
    const before = await thread(pool)
    const { cells, abort, result } = await begun(pool, name, { abortGrace: 30_000 })
    abort()
    t.like(await rejection(result), { name: 'AbortError', code: 'ABORT_ERR', cause: 'enough' })
    await reached(cells, SEEN)
    t.is(await thread(pool), before)
  })
}

test('the reason that the task sees is an AbortError, or a TimeoutError', async (t) => {
  const pool = tasks(t)
  const { cells, abort } = await begun(pool, 'heed')
  abort()
  await reached(cells, SEEN)
  t.is(cells[3], 1)
  const timed = newCells()
  const error = await rejection(pool.exec(timed, { name: 'heedTimeout', ...heeded }))
  t.like(error, { name: 'TimeoutError', code: 'ERR_ISOTHREADS_TASK_TIMEOUT' })
  await reached(timed, SEEN)
  t.is(timed[3], 1)
})

test('the promise of an aborted task does not wait for the task', async (t) => {
  const pool = tasks(t)
  const { cells, abort, result } = await begun(pool, 'heedAndReturn')
  abort()
  t.is((await rejection(result)).name, 'AbortError')
  open(cells)
  await pool.close()
})

test('a task that was rejected is not counted as completed, whatever it returns later', async (t) => {
  const pool = tasks(t)
  const { cells, abort, result } = await begun(pool, 'heedAndReturn')
  abort()
  await rejection(result)
  open(cells)
  await pool.close()
  t.like(pool, { completed: 0, failed: 1 })
})

test('a task that ignores its signal is killed after the grace', async (t) => {
  const pool = tasks(t)
  const before = await thread(pool)
  const { abort, result } = await begun(pool, 'ignore', { abortGrace: 20 })
  const destroyed = once(pool, 'workerDestroy')
  abort()
  t.is((await rejection(result)).name, 'AbortError')
  await destroyed
  t.not(await thread(pool), before)
})

test('a task that ends within the grace keeps its worker, though it ignored its signal', async (t) => {
  const pool = tasks(t)
  const before = await thread(pool)
  const { cells, abort, result } = await begun(pool, 'ignore', { abortGrace: 30_000 })
  abort()
  await rejection(result)
  open(cells)
  t.is(await thread(pool), before)
})

test('abortGrace 0 ends the worker at once, also of a task that listens', async (t) => {
  const pool = tasks(t)
  const { abort, result } = await begun(pool, 'heed', { abortGrace: 0 })
  const destroyed = once(pool, 'workerDestroy')
  abort()
  t.is((await rejection(result)).name, 'AbortError')
  await destroyed
})

test('a task that never looked at its signal is not waited for', async (t) => {
  const pool = tasks(t)
  const { abort, result } = await begun(pool, 'touchLate', { abortGrace: 2 ** 30 })
  abort()
  t.is((await rejection(result)).name, 'AbortError')
  t.is(await pool.exec('goes on'), 'goes on')
})

test('the signal of a task that has ended is never aborted, touched before or after', async (t) => {
  const pool = tasks(t)
  for (const touches of [true, false]) {
    const controller = new AbortController()
    await pool.exec(touches, { name: 'keep', signal: controller.signal })
    controller.abort()
    t.deepEqual(await pool.exec(undefined, { name: 'lookBack' }), [false, true])
  }
})

test('an aborted task is not taken for the one that has its number next', async (t) => {
  const pool = tasks(t)
  for (let round = 0; round < 50; round++) {
    const { abort } = await begun(pool, 'heed')
    abort()
    t.deepEqual(await pool.exec(round, { name: 'keep' }).then(() => pool.exec(undefined, { name: 'lookBack' })), [false, true])
  }
})

test('an abort is for the task that has the number now, in whatever worker', async (t) => {
  const pool = tasks(t, { minThreads: 2, maxThreads: 2 })
  await pool.ready
  const destroyed = new Set()
  pool.on('workerDestroy', (worker) => destroyed.add(worker))
  for (let round = 0; round < 1000; round++) {
    const controller = new AbortController()
    await pool.exec(round)
    const data = { number: 0, cells: newCells(), kind: 'listen' }
    const result = pool.exec(data, { name: 'chaos', signal: controller.signal, abortGrace: 30_000, onProgress: () => controller.abort() })
    t.is((await rejection(result)).name, 'AbortError')
  }
  t.is(destroyed.size, 0)
})

test('with concurrentTasksPerWorker exactly the aborted task rejects, when it heeds', async (t) => {
  const pool = tasks(t, { concurrentTasksPerWorker: 3 })
  const others = [await begun(pool, 'held'), await begun(pool, 'ignore')]
  const { abort, result } = await begun(pool, 'heed')
  abort()
  t.is((await rejection(result)).name, 'AbortError')
  for (const { cells } of others) open(cells)
  const threads = await Promise.all([...others.map((other) => other.result), thread(pool)])
  t.is(new Set(threads).size, 1)
})

test('with concurrentTasksPerWorker a task that does not heed takes the others with it, and only it is said to be aborted', async (t) => {
  const pool = tasks(t, { concurrentTasksPerWorker: 2 })
  const other = await begun(pool, 'held')
  const { abort, result } = await begun(pool, 'held')
  abort()
  t.is((await rejection(result)).name, 'AbortError')
  t.like(await rejection(other.result), {
    code: 'ERR_ISOTHREADS_WORKER_EXITED', message: 'The worker that ran the task ended with code 1 (another task in it was aborted)'
  })
})

test('aborting a task at the moment in which it ends harms no other', async (t) => {
  const pool = tasks(t)
  for (let round = 0; round < 100; round++) {
    const controller = new AbortController()
    const aborted = pool.exec(round * 3000, { name: 'spinFor', signal: controller.signal }).catch((error) => error.name)
    const others = [1, 2, 3].map((value) => pool.exec(value))
    setImmediate(() => controller.abort())
    t.deepEqual(await Promise.all(others), [1, 2, 3])
    const result = await aborted
    t.true(result === 'AbortError' || typeof result === 'number', String(result))
  }
})

test('a task that ends while its worker is being ended for it takes no other along', async (t) => {
  const pool = tasks(t)
  const [worker] = await once(pool, 'workerCreate')
  const { cells, abort, result } = await begun(pool, 'heldStill')
  const nextCells = newCells()
  const next = pool.exec(nextCells, { name: 'heldStill' })
  const { terminate } = worker
  worker.terminate = () => {
    open(cells)
    // Until the worker has taken the next task, if it does.
    Atomics.wait(nextCells, BEGUN, 0, 500)
    return terminate.call(worker)
  }
  abort()
  await result.catch(() => {})
  open(nextCells)
  t.is(typeof await next, 'number')
})

test('destroy does not wait for the grace of an aborted task', async (t) => {
  const pool = tasks(t)
  const { abort, result } = await begun(pool, 'ignore', { abortGrace: 2 ** 30 })
  abort()
  await rejection(result)
  await pool.destroy()
  t.is(pool.stats().pending, 0)
})

test('a task can be aborted because of its report', async (t) => {
  const pool = tasks(t)
  const controller = new AbortController()
  const steps = []
  const onProgress = (step) => {
    steps.push(step)
    controller.abort('too much')
  }
  const result = pool.exec(3, { name: 'stepsThenStuck', signal: controller.signal, onProgress })
  t.like(await rejection(result), { name: 'AbortError', cause: 'too much' })
  t.is(steps[0], 0)
})

test('a worker whose task ends because of an abort takes the next task', async (t) => {
  const pool = tasks(t)
  for (let round = 0; round < 10; round++) {
    const { result } = await begun(pool, 'awaitBroadcast')
    pool.broadcast(round, { name: 'the same' })
    t.is(await result, round)
    t.is(await pool.exec('goes on'), 'goes on')
  }
})

test('a worker that is retired while its task ends because of an abort ends', async (t) => {
  const pool = tasks(t)
  const { abort, result } = await begun(pool, 'heed')
  abort()
  await rejection(result)
  await pool.close()
  t.is(pool.threads, 0)
})

test('no listener is left on the signal, however the task ended', async (t) => {
  const pool = tasks(t)
  const { signal } = new AbortController()
  await pool.exec(1, { signal })
  await rejection(pool.exec('why', { name: 'fail', signal }))
  await rejection(pool.exec(1, { name: 'exit', signal }))
  await rejection(pool.exec(() => {}, [], { signal: AbortSignal.abort() }))
  await rejection(pool.exec({ value: () => {} }, { signal }))
  t.deepEqual(getEventListeners(signal, 'abort'), [])
})

test('one signal aborts many tasks, those that wait and the one that runs', async (t) => {
  const pool = tasks(t)
  const { abort, controller, result } = await begun(pool, 'heed')
  const waiting = Array.from({ length: 50 }, () => pool.exec(1, { signal: controller.signal }))
  abort()
  const errors = await Promise.all([result, ...waiting].map(rejection))
  t.true(errors.every(({ name, cause }) => name === 'AbortError' && cause === 'enough'))
  t.is(await pool.exec('goes on'), 'goes on')
})

// ---- timeouts ----

test('taskTimeout is the default, and timeout overrides it', async (t) => {
  const pool = tasks(t, { taskTimeout: 30 })
  t.like(await rejection(pool.exec(undefined, { name: 'loop' })), {
    code: 'ERR_ISOTHREADS_TASK_TIMEOUT', message: 'The task ran for longer than its timeout of 30 ms'
  })
  const error = await rejection(pool.exec(undefined, { name: 'never', timeout: 60 }))
  t.is(error.message, 'The task ran for longer than its timeout of 60 ms')
  const { cells, result } = await begun(pool, 'held', { timeout: 60_000 })
  // As long as the default, at least: a task that was given later has come to its own.
  await rejection(tasks(t, { taskTimeout: 30 }).exec(undefined, { name: 'never' }))
  open(cells)
  t.is(typeof await result, 'number')
})

test('a timeout of one task leaves another in the same worker alone, when it heeds', async (t) => {
  const pool = tasks(t, { concurrentTasksPerWorker: 2 })
  const other = await begun(pool, 'held')
  const cells = newCells()
  t.is((await rejection(pool.exec(cells, { name: 'heedTimeout', ...heeded }))).name, 'TimeoutError')
  await reached(cells, SEEN)
  open(other.cells)
  t.is(await other.result, await thread(pool))
})

// ---- retries ----

for (const [how, options] of [['throw'], ['reject'], ['exit'], ['loop', { timeout: 500 }], ['heed', heeded]]) {
  test(`retries: fails twice (${how}), then succeeds`, async (t) => {
    const pool = tasks(t)
    const cells = newCells()
    t.is(await pool.exec({ cells, times: 2, how }, { name: 'flaky', retries: 2, ...options }), 3)
    t.is(cells[BEGUN], 3)
    t.like(pool, { completed: 1, failed: 0 })
  })
}

test('retries that are used up reject with the last error', async (t) => {
  const pool = tasks(t, { retries: 1 })
  const cells = newCells()
  t.is((await rejection(pool.exec({ cells, times: 9, how: 'throw' }, { name: 'flaky' }))).message, 'run 2')
  t.regex((await rejection(pool.exec({ cells, times: 9, how: 'exit' }, { name: 'flaky', retries: 2 }))).message, /ended with code 5$/)
  t.like(pool, { completed: 0, failed: 2 })
})

test('a task is run once when retries are not asked for, or refused by it', async (t) => {
  for (const [poolOptions, options] of [[{}, {}], [{ retries: 3 }, { retries: 0 }]]) {
    const pool = tasks(t, poolOptions)
    const cells = newCells()
    await rejection(pool.exec({ cells, times: 9, how: 'exit' }, { name: 'flaky', ...options }))
    t.is(cells[BEGUN], 1)
  }
})

test('an aborted task is not run again', async (t) => {
  const pool = tasks(t)
  for (const name of ['heed', 'heldStill']) {
    const { cells, abort, result } = await begun(pool, name, { retries: 3 })
    abort()
    t.like(await rejection(result), { name: 'AbortError', cause: 'enough' })
    await thread(pool)
    t.is(cells[BEGUN], 1)
  }
})

test('an aborted task that heeds rejects with the AbortError, also when it might have been run again', async (t) => {
  const pool = tasks(t)
  const { cells, abort, result } = await begun(pool, 'heedButTellMore', { retries: 3 })
  abort()
  await reached(cells, SEEN)
  open(cells)
  t.like(await rejection(result), { name: 'AbortError', code: 'ABORT_ERR', cause: 'enough' })
})

test('an aborted task is not run again because its timeout comes within the grace', async (t) => {
  const pool = tasks(t)
  const { cells, abort, result } = await begun(pool, 'ignore', { retries: 1, timeout: 500, abortGrace: 1000 })
  abort()
  t.is((await rejection(result)).name, 'AbortError')
  await pool.close()
  t.is(cells[BEGUN], 1)
})

test('close waits for a task that is run again', async (t) => {
  const pool = tasks(t)
  const result = pool.exec({ cells: newCells(), times: 2, how: 'exit' }, { name: 'flaky', retries: 2 })
  await pool.close()
  t.is(await result, 3)
})

test('the data of a task that may be run again is that of exec(), whatever becomes of it', async (t) => {
  const pool = tasks(t)
  const running = await begun(pool, 'heldStill')
  const data = { cells: newCells(), times: 1, how: 'exit', value: 'as given' }
  const result = pool.exec(data, { name: 'flaky', retries: 1 })
  data.value = 'changed'
  open(running.cells)
  t.is(await result, 'as given')
})

test('retries are refused with a transferList and with an async iterable, and nothing was moved', async (t) => {
  const pool = tasks(t)
  const buffer = new ArrayBuffer(8)
  let begins = 0
  const iterable = { [Symbol.asyncIterator] () { begins++ } }
  for (const error of [
    await rejection(pool.exec(buffer, { transferList: [buffer], retries: 1 })),
    await rejection(pool.exec(iterable, { retries: 1 }))
  ]) t.is(error.code, 'ERR_INVALID_ARG_VALUE')
  t.is(buffer.byteLength, 8)
  t.is(begins, 0)
})

test('the pool\'s retries are not for what has moved', async (t) => {
  const pool = tasks(t, { retries: 3 })
  const cells = newCells()
  const buffer = new ArrayBuffer(8)
  await rejection(pool.exec({ cells, times: 9, how: 'throw', buffer }, { name: 'flaky', transferList: [buffer] }))
  t.is(cells[BEGUN], 1)
  t.is(await pool.exec(empty(), { name: 'iterate' }), 0)
})

test('a retried task keeps its affinity', async (t) => {
  const pool = tasks(t, { minThreads: 2, maxThreads: 2 })
  await pool.ready
  for (let round = 0; round < 10; round++) {
    const threads = newCells()
    await pool.exec({ cells: newCells(), threads }, { name: 'flakyThread', retries: 1, affinity: `${round}` })
    t.is(threads[1], threads[0])
  }
})

// ---- affinity ----

test('the same worker runs all tasks of an affinity, whatever else there is to do', async (t) => {
  const pool = tasks(t, { minThreads: 2, maxThreads: 2 })
  const mixed = Array.from({ length: 200 }, (_, index) => thread(pool, index % 2 ? { affinity: 'a', priority: index % 3 } : {}))
  const threads = (await Promise.all(mixed)).filter((_, index) => index % 2)
  t.is(new Set(threads).size, 1)
})

test('two affinities are spread over two workers', async (t) => {
  const pool = tasks(t, { minThreads: 2, maxThreads: 2 })
  t.is(new Set(await Promise.all(['a', 2].map((affinity) => thread(pool, { affinity })))).size, 2)
})

test('the first tasks of an affinity share a worker, also if none existed', async (t) => {
  const pool = tasks(t, { minThreads: 0, maxThreads: 2 })
  const held = [1, 2].map(() => {
    const cells = newCells()
    return { cells, result: pool.exec(cells, { name: 'heldStill', affinity: 'a' }) }
  })
  for (const { cells } of held) open(cells)
  const [first, second] = await Promise.all(held.map(({ result }) => result))
  t.is(first, second)
})

for (const minThreads of [0, 2]) {
  test(`no waiting task of an affinity is lost with its worker, minThreads ${minThreads}`, async (t) => {
    const pool = tasks(t, { minThreads, maxThreads: 2 })
    await thread(pool, { affinity: 'a' })
    const failed = pool.exec(3, { name: 'exit', affinity: 'a' })
    const waiting = Array.from({ length: 20 }, (_, value) => pool.exec(value, { affinity: 'a' }))
    t.is((await rejection(failed)).code, 'ERR_ISOTHREADS_WORKER_EXITED')
    t.deepEqual(await Promise.all(waiting), Array.from({ length: 20 }, (_, value) => value))
    t.is(await thread(pool, { affinity: 'a' }), await thread(pool, { affinity: 'a' }))
  })
}

test('a task with an affinity can be given where a worker\'s end is heard of', async (t) => {
  const pool = tasks(t, { resourceLimits: { maxOldGenerationSizeMb: 16 } })
  const [worker] = await once(pool, 'workerCreate')
  await pool.exec(1, { affinity: 'a' })
  const given = []
  worker.once('error', () => given.push(pool.exec('from error', { affinity: 'a' })))
  pool.once('workerDestroy', () => given.push(pool.exec('from workerDestroy', { affinity: 'a' })))
  t.is((await rejection(pool.exec(1, { name: 'memory', affinity: 'a' }))).code, 'ERR_WORKER_OUT_OF_MEMORY')
  t.deepEqual(await Promise.all(given), ['from error', 'from workerDestroy'])
})

// ---- results ----

for (const name of ['value', 'later']) {
  test(`the results of quick tasks (${name}) do not wait for a long one behind them`, async (t) => {
    const pool = tasks(t)
    for (let count = 1; count <= 10; count++) {
      const quick = Array.from({ length: count }, (_, value) => pool.exec(value, { name }))
      const cells = newCells()
      const long = pool.exec(cells, { name: 'heldStill' })
      t.is((await Promise.all(quick)).length, count)
      open(cells)
      await long
    }
  })
}

// ---- progress and messages ----

test('progress and messages come in the order in which they were sent, before the result', async (t) => {
  const pool = tasks(t)
  const events = []
  const push = (value) => events.push(value)
  push(await pool.exec(undefined, { name: 'order', onProgress: push, onMessage: push }))
  t.deepEqual(events, [1, 2, 3, 4, 5])
})

test('much progress of many tasks at once stays in order, each with its own task', async (t) => {
  const pool = tasks(t, { maxThreads: 2 })
  const reports = await Promise.all([500, 501, 502, 503].map(async (count) => {
    const steps = []
    const onProgress = (step) => steps.push(step)
    t.is(await pool.exec(count, { name: 'steps', onProgress }), steps.length)
    return steps
  }))
  for (const steps of reports) t.deepEqual(steps, steps.map((_, index) => index))
})

test('a task and its caller talk in both directions', async (t) => {
  const pool = tasks(t)
  const heard = []
  const answers = ['one', 'two', 'end']
  const onMessage = (message, port) => { heard.push(message); port.postMessage(answers.shift()) }
  t.deepEqual(await pool.exec('name', { name: 'talk', onMessage }), ['one', 'two', 'end'])
  t.deepEqual(heard, [['name', 'begin'], ['name', 'one'], ['name', 'two']])
})

test('messages that come before the task listens wait for it, in order', async (t) => {
  const pool = tasks(t)
  const cells = newCells()
  const onMessage = (_, port) => {
    for (const value of [1, 2, 3]) port.postMessage(value)
    open(cells)
  }
  t.deepEqual(await pool.exec(cells, { name: 'listenLate', onMessage }), [1, 2, 3])
  t.deepEqual(await pool.exec(cells, { name: 'listenOneByOne', onMessage }), [1, 2, 3])
})

test('messages can transfer, in both directions', async (t) => {
  const pool = tasks(t)
  const back = new Uint8Array([4, 5]).buffer
  let came
  const onMessage = (buffer, port) => {
    came = [...new Uint8Array(buffer)]
    port.postMessage(back, [back])
  }
  t.deepEqual(await pool.exec(undefined, { name: 'transfer', onMessage }), [0, [4, 5]])
  t.deepEqual(came, [1, 2, 3])
  t.is(back.byteLength, 0)
})

test('a port may be sent in a message, in both directions', async (t) => {
  const pool = tasks(t)
  const { port1, port2 } = new MessageChannel()
  t.teardown(() => port1.close())
  const heard = once(port1, 'message')
  const onMessage = async (port, { postMessage }) => {
    port.postMessage('to the task')
    t.is(typeof postMessage, 'function')
  }
  const result = pool.exec(port2, { name: 'ports', transferList: [port2], onMessage })
  t.deepEqual((await heard)[0], 'from the task')
  t.is(await result, 'to the task')
})

test('a message of the caller that cannot be cloned throws there, without other effects', async (t) => {
  const pool = tasks(t)
  const onMessage = (_, port) => {
    t.is(thrownBy(() => port.postMessage(() => {})).name, 'DataCloneError')
    port.postMessage('end')
  }
  t.deepEqual(await pool.exec('name', { name: 'talk', onMessage }), ['end'])
})

test('messages of a task after its end are dropped, without other effects', async (t) => {
  const pool = tasks(t)
  const fail = () => t.fail()
  await pool.exec(false, { name: 'keep', onProgress: fail, onMessage: fail })
  t.is(await pool.exec(undefined, { name: 'speakLate', onProgress: fail, onMessage: fail }), 'spoke')
})

test('a message that is posted to a task that has ended is dropped', async (t) => {
  const pool = tasks(t)
  let old
  const first = pool.exec('first', { name: 'talk', onMessage: (_, port) => { old = port; port.postMessage('end') } })
  t.deepEqual(await first, ['end'])
  old.postMessage('nobody')
  t.is(await pool.exec('goes on'), 'goes on')
})

test('an old conversation does not reach the task that has its number now, in whatever worker', async (t) => {
  const pool = tasks(t, { minThreads: 2, maxThreads: 2 })
  await pool.ready
  let old
  for (const affinity of ['a', 'b', 'a']) {
    const onMessage = (_, port) => {
      if (old !== port) old?.postMessage('from another')
      old = port
      port.postMessage('end')
    }
    t.deepEqual(await pool.exec(affinity, { name: 'talk', affinity, onMessage }), ['end'])
  }
})

test('many short conversations do not get messages of each other', async (t) => {
  const pool = tasks(t, { maxThreads: 2, concurrentTasksPerWorker: 4 })
  const talk = async (name) => {
    const heard = await pool.exec(name, {
      name: 'talk',
      onMessage: ([from, message], port) => {
        t.is(from, name)
        // One too many, which has no receiver.
        if (message === name) for (const value of ['end', 'late']) port.postMessage(value)
        else port.postMessage(name)
      }
    })
    t.deepEqual(heard, [name, 'end'])
  }
  for (let round = 0; round < 150; round++) await Promise.all(Array.from({ length: 30 }, (_, index) => talk(`${round} ${index}`)))
})

test('messages of a task whose worker died are not attributed to the next task', async (t) => {
  const pool = tasks(t, { minThreads: 2, maxThreads: 2 })
  const hears = (name) => ({
    onProgress: (value) => t.is(value, name),
    onMessage: (value) => t.is(value, name)
  })
  for (let round = 0; round < 20; round++) {
    const [dead, next] = [`dead ${round}`, `next ${round}`]
    await rejection(pool.exec(dead, { name: 'chatterAndExit', ...hears(dead) }))
    t.is(await pool.exec(next, { name: 'chatter', ...hears(next) }), next)
  }
})

test('messages that a task posted before its worker died arrive', async (t) => {
  const pool = tasks(t)
  const heard = []
  const hear = (value) => heard.push(value)
  await rejection(pool.exec('last words', { name: 'chatterAndExit', onProgress: hear, onMessage: hear }))
  t.is(heard.length, 40)
})

test('progress or a message that cannot be cloned fails its task', async (t) => {
  const pool = tasks(t)
  for (const name of ['progressUnclonable', 'postUnclonable']) {
    t.is((await rejection(pool.exec(undefined, { name, onProgress: () => {}, onMessage: () => {} }))).name, 'DataCloneError')
  }
  t.is(await pool.exec('goes on'), 'goes on')
})

test('an onProgress that throws is an uncaught exception, and holds nothing up', async (t) => {
  endsCleanly(t, await runProgram(`
    const pool = new api.WorkerPool(process.argv[3], 1)
    let uncaught = 0
    process.on('uncaughtException', (error) => { if (error.message === 'mine') uncaught++ })
    const onProgress = () => { throw new Error('mine') }
    console.log(await Promise.all([1, 2, 3].map((count) => pool.exec(count, { name: 'steps', onProgress }))), uncaught)
    await pool.close()
  `, { args: [fixture('tasks.js')] }), { stdout: '[ 1, 2, 3 ] 6\n' })
})

// ---- errors ----

test('every error of a task that ran says in which thread, without showing it', async (t) => {
  const pool = tasks(t)
  const controller = new AbortController()
  const cells = newCells()
  reached(cells, BEGUN).then(() => controller.abort())
  const errors = {}
  for (const [name, data, options] of [
    ['fail', 'why'], ['exit', 3], ['uncaught'], ['unclonable'], ['loop', undefined, { timeout: 20 }], ['heedTimeout', newCells(), { timeout: 20 }],
    ['heed', cells, { signal: controller.signal }]
  ]) {
    const threadId = await thread(pool)
    const error = await rejection(pool.exec(data, { name, ...options }))
    errors[name] = error.threadId === threadId && !Object.keys(error).includes('threadId')
  }
  t.deepEqual(errors, { fail: true, exit: true, uncaught: true, unclonable: true, loop: true, heedTimeout: true, heed: true })
})

test('an uncaught value that is not an Error ends its task, and not the process', async (t) => {
  endsCleanly(t, await runProgram(`
    const pool = new api.WorkerPool(process.argv[3], 1)
    console.log(await pool.exec(undefined, { name: 'uncaughtText' }).catch((error) => [error]), await pool.exec('goes on'))
    await pool.close()
  `, { args: [fixture('tasks.js')] }), { stdout: "[ 'only text' ] goes on\n" })
})

test('an uncaught error from an earlier task is an event of the pool when no task runs', async (t) => {
  const pool = tasks(t)
  const failed = once(pool, 'error')
  const cells = newCells()
  await pool.exec(cells, { name: 'uncaughtLater' })
  open(cells)
  t.is((await failed)[0].message, 'from an earlier task')
  t.is(await pool.exec('goes on'), 'goes on')
})

test('an uncaught error from an earlier task is not an event that would end the process', async (t) => {
  const pool = tasks(t)
  const cells = newCells()
  await pool.exec(cells, { name: 'uncaughtLater' })
  const destroyed = once(pool, 'workerDestroy')
  open(cells)
  await destroyed
  t.is(await pool.exec('goes on'), 'goes on')
})

test('an uncaught error from an earlier task rejects the one that runs', async (t) => {
  const pool = tasks(t)
  const cells = newCells()
  await pool.exec(cells, { name: 'uncaughtLater' })
  const { result } = await begun(pool, 'held')
  open(cells)
  t.is((await rejection(result)).message, 'from an earlier task')
})

for (const [name, data, expected] of [
  ['unhandled', undefined, { name: 'TypeError', message: 'nobody awaits it' }],
  ['exitLater', 5, { code: 'ERR_ISOTHREADS_WORKER_EXITED', message: 'The worker that ran the task ended with code 5' }],
  ['memory', undefined, { code: 'ERR_WORKER_OUT_OF_MEMORY' }]
]) {
  test(`a task that ends its worker (${name}) rejects with the cause, and the queue continues`, async (t) => {
    const pool = tasks(t, { resourceLimits: { maxOldGenerationSizeMb: 16 } })
    const [failed, other] = [pool.exec(data, { name }), pool.exec('goes on')]
    t.like(await rejection(failed), expected)
    t.is(await other, 'goes on')
    t.like(pool, { completed: 1, failed: 1, threads: 1 })
  })
}

test('a worker that is terminated from outside rejects its task, and is replaced', async (t) => {
  const pool = tasks(t)
  const [worker] = await once(pool, 'workerCreate')
  const { result } = await begun(pool, 'heldStill')
  worker.terminate()
  t.like(await rejection(result), { code: 'ERR_ISOTHREADS_WORKER_EXITED', message: 'The worker that ran the task ended with code 1' })
  t.not(await thread(pool), worker.lastThreadId)
})

test('workers that are terminated from outside before they are ready cost no task', async (t) => {
  const pool = tasks(t)
  let ended = 0
  pool.on('workerCreate', (worker) => { if (ended++ < 3) worker.terminate() })
  t.is(await pool.exec('late'), 'late')
  t.is(ended, 4)
})

test('errors that are hard to tell of are told of all the same', async (t) => {
  const pool = tasks(t)
  const before = await thread(pool)
  const thrown = (what) => rejection(pool.exec(what, { name: 'throwing' }))
  t.is(await thrown('function'), '[Function (anonymous)]')
  t.regex(await thrown('proxy'), /^(?:Proxy\()?\{\}\)?$/)
  t.true(await thrown('getter') instanceof RangeError)
  t.is((await thrown('circular')).message, 'circular')
  const error = await thrown('property')
  t.is(error.other, 1)
  t.false('own' in error)
  t.is(await pool.exec('undefined', { name: 'throwing' }).catch((thrown) => [thrown]).then(([thrown]) => thrown), undefined)
  t.is(await thread(pool), before)
})

test('a result that cannot be cloned fails its task, and not its worker', async (t) => {
  const pool = tasks(t)
  const before = await thread(pool)
  const error = await rejection(pool.exec(undefined, { name: 'unclonable' }))
  t.like(error, { name: 'DataCloneError', code: 25, message: '() => {} could not be cloned.' })
  t.is(await thread(pool), before)
})

for (const name of ['thenGetter', 'thenThrows', 'iteratorGetter']) {
  test(`a result that throws when it is looked at (${name}) fails its task, and not its worker`, async (t) => {
    const pool = tasks(t)
    const before = await thread(pool)
    t.true(await rejection(pool.exec(undefined, { name })) instanceof RangeError)
    t.is(await thread(pool), before)
  })
}

test('a thenable is awaited as a promise is', async (t) => {
  t.is(await tasks(t).exec(undefined, { name: 'thenOfPromise' }), 'inner')
})

test('a thenable that answers more than once settles no other task', async (t) => {
  const pool = tasks(t, { concurrentTasksPerWorker: 2 })
  const cells = newCells()
  t.is(await pool.exec(cells, { name: 'thenTwice' }), 'first')
  const next = await begun(pool, 'held')
  open(cells)
  await reached(cells, SEEN)
  t.is(typeof await thread(pool), 'number')
  open(next.cells)
  t.is(typeof await next.result, 'number')
})

test('exec and everything else on a pool that is closed', async (t) => {
  for (const end of ['close', 'destroy']) {
    const pool = tasks(t)
    await pool.exec(1)
    await pool[end]()
    let begins = 0
    const source = { [Symbol.asyncIterator] () { begins++ } }
    const rejections = [
      pool.exec(1), pool.run(1), pool.exec(() => {}), pool.exec(1, { retries: 1 }), pool.exec(source), pool.exec(1, { affinity: 'a' }),
      pool.map([1]).next(), pool.prewarm(1), pool.ready, once(pool.stream().end(1), 'end')
    ]
    for (const promise of rejections) t.is((await rejection(promise)).code, 'ERR_ISOTHREADS_POOL_CLOSED')
    t.is(thrownBy(() => pool.broadcast(1)).code, 'ERR_ISOTHREADS_POOL_CLOSED')
    pool.resize(2)
    await Promise.all([pool.recycleWorkers(), pool.close(), pool.destroy()])
    t.is(begins, 0)
    t.like(pool.stats(), { threads: 0, idleThreads: 0, pending: 0, queueSize: 0, completed: 1, failed: 0 })
  }
})

test('a task may have its own pool', async (t) => {
  t.is(await tasks(t).exec('within', { name: 'inner' }), 'within')
})

// ---- AsyncLocalStorage ----

test('the caller\'s async context is there after await, in onProgress and in onMessage', async (t) => {
  const pool = tasks(t)
  const storage = new AsyncLocalStorage()
  const seen = []
  const look = () => seen.push(storage.getStore())
  await Promise.all(['a', 'b', 'c'].map((store) => storage.run(store, async () => {
    const own = []
    const lookHere = () => { look(); own.push(storage.getStore()) }
    await pool.exec(undefined, { name: 'order', onProgress: lookHere, onMessage: lookHere })
    lookHere()
    await pool.exec('why', { name: 'fail' }).catch(lookHere)
    await pool.exec(1, { name: 'exit' }).catch(lookHere)
    t.deepEqual(own, Array(7).fill(store))
  })))
  t.is(seen.length, 21)
})

test('the store of asyncLocalStorage is in the task: its context, and deep in its asynchronous code', async (t) => {
  const storage = new AsyncLocalStorage()
  const pool = tasks(t, { asyncLocalStorage: storage })
  for (const store of [{ user: 1 }, null, 0, 'text', undefined]) {
    t.deepEqual(await storage.run(store, () => pool.exec(undefined, { name: 'store' })), store)
    t.deepEqual(await storage.run(store, () => pool.exec(undefined, { name: 'stored' })), store)
  }
  t.is(await pool.exec(undefined, { name: 'stored' }), undefined)
})

test('the store of the task is a clone, and the same one everywhere in it', async (t) => {
  const storage = new AsyncLocalStorage()
  const pool = tasks(t, { asyncLocalStorage: storage })
  const store = { changed: false }
  t.true(await storage.run(store, () => pool.exec(undefined, { name: 'changeStore' })))
  t.false(store.changed)
})

test('the stores of tasks that run in one worker at once do not mix', async (t) => {
  const storage = new AsyncLocalStorage()
  const pool = tasks(t, { asyncLocalStorage: storage, concurrentTasksPerWorker: 2 })
  const running = ['a', 'b'].map((store) => {
    const cells = newCells()
    return { cells, result: storage.run(store, () => pool.exec(cells, { name: 'storedByTurns' })) }
  })
  for (const { cells } of running) await reached(cells, BEGUN)
  for (const { cells } of running) open(cells)
  t.deepEqual(await Promise.all(running.map(({ result }) => result)), [['a'], ['b']])
})

test('a task that is run again has the store of exec()', async (t) => {
  const storage = new AsyncLocalStorage()
  const pool = tasks(t, { asyncLocalStorage: storage })
  const store = { is: 'as given' }
  const result = storage.run(store, () => pool.exec(undefined, { name: 'stored', retries: 1 }))
  store.is = 'changed'
  t.deepEqual(await result, { is: 'as given' })
})

test('a store that cannot be cloned rejects, and nothing stays pending', async (t) => {
  const storage = new AsyncLocalStorage()
  const pool = tasks(t, { asyncLocalStorage: storage })
  t.is((await rejection(storage.run({ deep: () => {} }, () => pool.exec(1)))).name, 'DataCloneError')
  t.is(await pool.exec('goes on'), 'goes on')
  t.is(pool.stats().pending, 0)
  await pool.close()
})

test('a queue of the user\'s own keeps the caller\'s async context', async (t) => {
  const storage = new AsyncLocalStorage()
  const taskQueue = {
    tasks: [],
    get size () { return this.tasks.length },
    push (task) { this.tasks.push(task) },
    shift () { return this.tasks.shift() },
    remove (task) { this.tasks = this.tasks.filter((other) => other !== task) }
  }
  const pool = tasks(t, { asyncLocalStorage: storage, taskQueue })
  const running = await begun(pool, 'heldStill')
  const progress = []
  const waiting = storage.run('mine', () => [
    pool.exec(undefined, { name: 'stored' }),
    pool.exec(1, { name: 'steps', onProgress: () => progress.push(storage.getStore()) })
  ])
  open(running.cells)
  t.is((await Promise.all(waiting))[0], 'mine')
  t.deepEqual(progress, ['mine'])
})

test('a worker file that answers on its parentPort has the store as well', async (t) => {
  const storage = new AsyncLocalStorage()
  const pool = startPool(t, 'tasks-protocol.js', { asyncLocalStorage: storage })
  t.is(await storage.run('mine', () => pool.exec(1)), 'mine')
})

// ---- nothing stays pending ----

async function * empty () { /* Nothing comes. */ }

test('destroy settles all tasks: running, waiting, conversing, streaming and retried', async (t) => {
  const pool = tasks(t, { maxThreads: 2 })
  const { signal } = new AbortController()
  const running = [await begun(pool, 'ignore'), await begun(pool, 'heldStill')]
  const waiting = [
    {}, { priority: 1 }, { priority: -1, signal }, { affinity: 'a' }, { affinity: 1, timeout: 1e6 }, { retries: 3 }, { queueTimeout: 1e6 },
    { onProgress: () => {} }, { onMessage: () => {} }
  ].map((options) => pool.exec(1, options))
  waiting.push(pool.exec(empty(), { name: 'thread' }), pool.map([1]).next(), once(pool.stream().end(1), 'end'))
  const all = Promise.all([...running.map(({ result }) => result), ...waiting].map(rejection))
  await settled()
  await pool.destroy()
  const codes = (await all).map(({ code }) => code)
  t.deepEqual(codes, [...Array(2).fill('ERR_ISOTHREADS_WORKER_EXITED'), ...Array(waiting.length).fill('ERR_ISOTHREADS_POOL_CLOSED')])
  t.is(pool.stats().pending, 0)
})

/** Numbers from 0 to 1, the same for the same seed. */
function random (seed) {
  return () => {
    seed = (seed + 0x6D2B79F5) | 0
    let mixed = Math.imul(seed ^ (seed >>> 15), 1 | seed)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

// For each kind: its share of all tasks, its arguments, its expected end and the number of runs.
const gentle = [
  ['plain', 0.4, () => ({}), 'value', 1],
  ['later', 0.15, () => ({}), 'value', 1],
  ['talk', 0.1, () => ({ onProgress: () => {} }), 'value', 1],
  ['throw', 0.1, () => ({}), 'RangeError', 1],
  ['throw', 0.04, () => ({ retries: 2 }), 'RangeError', 3],
  ['flaky', 0.05, () => ({ retries: 2 }), 'value', 3],
  // They end because they see that they are aborted, once they have said that they look.
  ['spin', 0.03, ({ signal, soon }) => ({ signal, onProgress: soon, abortGrace: 30_000 }), 'AbortError', 1],
  ['listen', 0.03, ({ signal, soon }) => ({ signal, onProgress: soon, abortGrace: 30_000 }), 'AbortError', 1]
]
const rough = [
  ['exit', 0.02, () => ({}), 'ERR_ISOTHREADS_WORKER_EXITED', 1],
  ['flakyExit', 0.01, () => ({ retries: 2 }), 'value', 3],
  // Its time may be over before it has counted itself.
  ['stuck', 0.01, () => ({ timeout: 5 }), 'ERR_ISOTHREADS_TASK_TIMEOUT'],
  ['flakyStuck', 0.003, () => ({ retries: 2, timeout: 1000 }), 'value', 3],
  ['stuck', 0.02, ({ signal, later }) => { later(); return { signal } }, 'AbortError'],
  ['plain', 0.01, ({ signal, later }) => { later(); return { signal } }, 'value or AbortError']
]

for (const [what, kinds, count, options] of [
  ['tasks of all kinds', [...rough, ...gentle], 2000, { minThreads: 2, maxThreads: 3 }],
  ['tasks that leave their workers alone, eight at once', gentle, 4000, { minThreads: 2, maxThreads: 2, concurrentTasksPerWorker: 4 }]
]) {
  test(`chaos: ${count} ${what} are settled once each, as they should be, and run as often as they should be`, async (t) => {
    const seed = Date.now() % 1e9
    t.log(`seed ${seed}`)
    const next = random(seed)
    const cells = newCells(count)
    const pool = tasks(t, options)
    const aborter = () => {
      const controller = new AbortController()
      const delay = next()
      const abortIn = (milliseconds) => () => setTimeout(() => controller.abort(), delay * milliseconds)
      return { signal: controller.signal, soon: abortIn(3), later: abortIn(300) }
    }
    const choose = () => {
      let share = next()
      return kinds.find(([, size]) => (share -= size) < 0) ?? gentle[0]
    }
    const wrong = []
    let ends = 0
    await Promise.all(Array.from({ length: count }, async (_, number) => {
      const [kind, , ask, expected, runs] = choose()
      const where = next() < 0.3 ? { affinity: Math.floor(next() * 3) } : next() < 0.3 ? { priority: Math.floor(next() * 7) - 3 } : {}
      const data = { number, cells, kind, times: kind.startsWith('flaky') ? 2 : 0 }
      const outcome = await pool.exec(data, { name: 'chaos', ...where, ...ask(aborter()) })
        .then((value) => value === number ? 'value' : `the value of ${value}`, ({ code, name }) => typeof code === 'string' && code.startsWith('ERR') ? code : name)
      ends++
      if (!expected.includes(outcome) || (runs && cells[number] !== runs) || cells[number] > 3) wrong.push([number, kind, outcome, cells[number]])
    }))
    await pool.close()
    t.deepEqual(wrong, [])
    t.is(ends, count)
    t.is(pool.completed + pool.failed, count)
    t.is(pool.stats().pending, 0)
  })
}

test('a pool that is dropped in the middle of a conversation lets the process end', async (t) => {
  endsCleanly(t, await runProgram(`
    const pool = new api.WorkerPool(process.argv[3], 1)
    const answer = await pool.exec('name', { name: 'talk', onMessage: (_, port) => port.postMessage('end') })
    console.log(answer)
  `, { args: [fixture('tasks.js')] }), { stdout: "[ 'end' ]\n" })
})

test('progress is given without anybody listening to it', async (t) => {
  const pool = new WorkerPool(fixture('tasks.js'), 1)
  t.is(await pool.exec(3, { name: 'steps' }), 3)
  await pool.close()
})
