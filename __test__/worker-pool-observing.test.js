'use strict'

// Events and state of a pool, the environment of its workers, and its errors for wrong options.

const diagnosticsChannel = require('node:diagnostics_channel')
const { once } = require('node:events')
const avaTest = require('ava')
const { bounded, describeError, isPeer, settled, SHARE_ENV, structuredClone, thrownBy, typeError, Worker, WorkerPool } = require('./helpers')
const { runProgram, endsCleanly } = require('./run-process')
const support = require('./fixtures/pool/workers-support')
const { file, gate, inTime, range, rejection, until } = support

const test = isPeer ? () => {} : bounded(avaTest)
if (isPeer) avaTest('worker_threads has no pool', (t) => t.pass())

const startPool = (t, options) => support.startPool(t, { filename: file('observing.js'), maxThreads: 1, ...options })

/** A program whose main thread has `pool`, of one worker of observing.js, and all of workers-support.js as `support`. */
const run = (source, options = '') => runProgram(`
  const support = require(process.argv[3])
  const pool = new api.WorkerPool({ filename: support.file('observing.js'), maxThreads: 1, ${options} })
  ${source}
`, { args: [file('workers-support.js')] })

/** Everything that a pool emits from now on, as [event, ...arguments]. */
function record (pool) {
  const events = []
  for (const event of ['workerCreate', 'workerDestroy', 'message', 'needsDrain', 'drain', 'error', 'close']) {
    pool.on(event, (...args) => events.push([event, ...args]))
  }
  return events
}

/** A pool whose one worker is held. */
async function heldPool (t, options) {
  const pool = startPool(t, options)
  const { cells, begun, open } = gate()
  const running = pool.exec(cells, { name: 'held' })
  await begun()
  return { pool, running, open }
}

// ---- events ----

test('the events of a whole life in order, with their arguments', async (t) => {
  const pool = startPool(t)
  const events = record(pool)
  t.deepEqual(events, [])
  await once(pool, 'workerCreate')
  const [[, worker]] = events
  t.true(worker instanceof Worker)
  const { threadId } = worker
  t.is(await pool.exec('hello', { name: 'tell' }), threadId)
  await pool.close().then(() => events.push(['closed']))
  await settled()
  t.deepEqual(events, [
    ['workerCreate', worker], ['message', 'hello', worker], ['drain'], ['workerDestroy', worker, 0, undefined], ['close'], ['closed']
  ])
})

test('workerCreate comes in the next tick, once for each worker', async (t) => {
  const pool = startPool(t, { minThreads: 2, maxThreads: 3 })
  const created = []
  pool.on('workerCreate', (worker) => created.push(worker))
  await new Promise((resolve) => process.nextTick(resolve))
  t.is(new Set(created).size, 2)
  await pool.prewarm()
  t.is(new Set(created).size, 3)
  t.is(created.length, 3)
})

for (const [how, act, code, message] of [
  ['process.exit()', (pool) => pool.exec(7, { name: 'exit' }), 7, undefined],
  ['an uncaught error', (pool) => pool.exec(new RangeError('uncaught'), { name: 'uncaught' }), 1, 'uncaught'],
  ['destroy()', (pool) => pool.destroy(), 1, undefined],
  ['close()', (pool) => pool.close(), 0, undefined],
  ['recycleWorkers()', (pool) => pool.recycleWorkers(), 0, undefined]
]) {
  test(`workerDestroy tells how a worker ended: ${how}`, async (t) => {
    const pool = startPool(t)
    const created = once(pool, 'workerCreate')
    await pool.exec(1)
    const destroyed = once(pool, 'workerDestroy')
    const acted = Promise.allSettled([act(pool)])
    const [worker, ...end] = await destroyed
    t.is(worker, (await created)[0])
    t.deepEqual([end[0], end[1]?.message], [code, message])
    t.is(end.length, 2)
    await acted
  })
}

test('workerDestroy is emitted before the next worker exists, and before close', async (t) => {
  const pool = startPool(t, { recycle: { tasks: 1 } })
  const events = record(pool)
  for (const value of range(3)) await pool.exec(value)
  await pool.close()
  const names = events.map(([event]) => event).filter((event) => event !== 'drain')
  t.deepEqual(names.slice(0, 5), ['workerCreate', 'workerDestroy', 'workerCreate', 'workerDestroy', 'workerCreate'])
  t.is(names.at(-1), 'close')
  t.is(names.filter((event) => event === 'workerCreate').length, names.filter((event) => event === 'workerDestroy').length)
})

test('message tells which worker posted it', async (t) => {
  const pool = startPool(t, { minThreads: 2, maxThreads: 2 })
  const told = []
  pool.on('message', (value, worker) => told.push([value, worker.threadId]))
  const threads = await Promise.all(range(6).map((value) => pool.exec(value, { name: 'tell' })))
  // A message may be heard after the result of a task that posted it.
  await until(() => told.length === 6)
  t.deepEqual(told.toSorted(([a], [b]) => a - b), threads.map((thread, value) => [value, thread]))
})

test('error: for a worker that had no task, and only with a listener', async (t) => {
  const pool = startPool(t)
  await pool.exec(1)
  const destroyed = once(pool, 'workerDestroy')
  pool.broadcast(new RangeError('nobody listens'), { name: 'wrong' })
  t.is((await destroyed)[2].message, 'nobody listens')
  const other = startPool(t)
  await other.exec(1)
  const failed = once(other, 'error')
  other.broadcast(new RangeError('somebody listens'), { name: 'wrong' })
  const [error, ...more] = await failed
  t.is(error.message, 'somebody listens')
  t.deepEqual(more, [])
})

test('error is not emitted for failures that a promise reports', async (t) => {
  const pool = startPool(t)
  const events = record(pool)
  for (const [value, name] of [['why', 'fail'], [1, 'exit'], [new RangeError('why'), 'uncaught']]) await rejection(pool.exec(value, { name }))
  await rejection(pool.exec(() => {}, 1))
  await rejection(pool.exec({ value: () => {} }))
  t.deepEqual(events.filter(([event]) => event === 'error'), [])
})

test('needsDrain when the last place of the queue is taken, drain when there are places again', async (t) => {
  const { pool, running, open } = await heldPool(t, { maxQueue: 2 })
  const events = record(pool)
  await settled()
  events.length = 0
  const first = pool.exec(1)
  await settled()
  t.deepEqual([events, pool.needsDrain], [[], false])
  const second = pool.exec(2)
  t.true(pool.needsDrain)
  await settled()
  t.is((await rejection(pool.exec(3))).code, 'ERR_ISOTHREADS_QUEUE_FULL')
  await settled()
  t.deepEqual(events, [['needsDrain']])
  open()
  await Promise.all([running, first, second])
  await settled()
  t.false(pool.needsDrain)
  t.deepEqual([...new Set(events.map(([event]) => event))], ['needsDrain', 'drain'])
})

test('drain means that there is room: tasks submitted in its listener are accepted', async (t) => {
  const pool = startPool(t, { maxQueue: 3 })
  const results = []
  let next = 0
  await new Promise((resolve, reject) => {
    const fill = () => {
      while (next < 100 && !pool.needsDrain) pool.exec(next++).then((result) => { if (results.push(result) === 100) resolve() }, reject)
    }
    pool.on('drain', fill)
    fill()
  })
  t.deepEqual(results, range(100))
})

test('drain comes each time that the last task is finished, also when it fails', async (t) => {
  const pool = startPool(t)
  let drains = 0
  pool.on('drain', () => drains++)
  await Promise.all(range(10).map((value) => pool.exec(value)))
  t.is(drains, 1)
  await rejection(pool.exec('why', { name: 'fail' }))
  t.is(drains, 2)
  await rejection(pool.exec({ value: () => {} }))
  t.is(drains, 2)
})

for (const event of ['workerCreate', 'workerDestroy', 'message', 'drain', 'needsDrain', 'error', 'close']) {
  test(`a listener of ${event} that throws is an uncaught error, and the pool continues`, async (t) => {
    endsCleanly(t, await run(`
      let thrown = 0
      process.on('uncaughtException', () => thrown++)
      pool.on('${event}', () => { throw new Error('in a listener') })
      // So that a pool that hangs fails here, and not by the time of the test.
      const hung = setTimeout(() => process.exit(9), 20_000)
      await pool.exec(1, { name: 'tell' })
      await pool.exec(2, { name: 'exit' }).catch(() => {})
      if ('${event}' === 'error') await pool.exec(3, { name: 'crashAfterwards' }).then(() => new Promise((resolve) => pool.once('workerDestroy', resolve)))
      pool.exec(3).then(console.log, console.log)
      await pool.close()
      console.log(thrown > 0)
      clearTimeout(hung)
    `, 'maxQueue: 1'), { stdout: '3\ntrue\n' })
  })
}

// ---- getters ----

test('the state of a pool before, during and after its work', async (t) => {
  const pool = startPool(t, { minThreads: 2, maxThreads: 2, maxQueue: 5 })
  const fresh = { threads: 2, minThreads: 2, maxThreads: 2, pending: 0, queueSize: 0, needsDrain: false, completed: 0, failed: 0 }
  t.like(pool.stats(), fresh)
  await until(() => pool.idleThreads === 2)
  const { cells, begun, open } = gate()
  const tasks = [pool.exec(cells, { name: 'held' })]
  await begun(1)
  t.is(pool.idleThreads, 1)
  tasks.push(pool.exec(cells, { name: 'held' }))
  await begun(2)
  tasks.push(pool.exec(1), rejection(pool.exec('why', { name: 'fail' })))
  t.like(pool.stats(), { threads: 2, idleThreads: 0, pending: 4, queueSize: 2, completed: 0, failed: 0 })
  open()
  await Promise.all(tasks)
  t.like(pool.stats(), { threads: 2, pending: 0, queueSize: 0, completed: 3, failed: 1 })
  await until(() => pool.idleThreads === 2)
  await pool.close()
  t.like(pool.stats(), { threads: 0, idleThreads: 0, pending: 0, queueSize: 0, completed: 3, failed: 1 })
})

test('while it closes a pool shows the tasks and workers that it still has', async (t) => {
  const { pool, running, open } = await heldPool(t)
  const waiting = pool.exec(1)
  const closed = pool.close()
  t.like(pool.stats(), { threads: 1, pending: 2, queueSize: 1 })
  open()
  await Promise.all([running, waiting, closed])
  t.like(pool.stats(), { threads: 0, pending: 0, completed: 2 })
})

test('a task that is refused at once is not one that failed', async (t) => {
  const pool = startPool(t)
  for (const refused of [pool.exec({ value: () => {} }), pool.exec(1, { name: 1 }), pool.exec(1, { signal: AbortSignal.abort() })]) await rejection(refused)
  t.like(pool.stats(), { completed: 0, failed: 0, pending: 0 })
})

for (const recordTiming of [false, true]) {
  test(`stats() is one plain object, the same as the getters (recordTiming ${recordTiming})`, async (t) => {
    const pool = startPool(t, { recordTiming })
    await pool.exec(1)
    await until(() => pool.idleThreads === 1)
    const stats = pool.stats()
    t.deepEqual(structuredClone(stats), stats)
    t.deepEqual(Object.keys(stats), ['threads', 'idleThreads', 'minThreads', 'maxThreads', 'pending', 'queueSize', 'needsDrain', 'completed', 'failed', 'utilization', 'histogram'])
    for (const name of ['threads', 'idleThreads', 'queueSize', 'needsDrain', 'completed', 'failed', 'histogram']) t.deepEqual(stats[name], pool[name])
    t.is(typeof stats.utilization, recordTiming ? 'number' : 'undefined')
    t.is(typeof stats.histogram, recordTiming ? 'object' : 'undefined')
  })
}

test('the getters cannot be set', (t) => {
  const pool = startPool(t)
  for (const name of ['threads', 'idleThreads', 'queueSize', 'needsDrain', 'completed', 'failed', 'utilization', 'histogram', 'ready']) {
    t.true(thrownBy(() => { pool[name] = 1 }) instanceof TypeError)
  }
})

// ---- recordTiming ----

const figures = ['count', 'min', 'max', 'mean', 'stddev', 'p50', 'p75', 'p90', 'p95', 'p99', 'p999']

test('the histogram of a pool without tasks is all zeroes', async (t) => {
  const pool = startPool(t, { recordTiming: true })
  const zeroes = Object.fromEntries(figures.map((name) => [name, 0]))
  t.deepEqual(pool.histogram, { runTime: zeroes, waitTime: zeroes })
  t.is(pool.utilization, 0)
})

test('the histogram counts each task, failed ones as well, and its figures are in order', async (t) => {
  const pool = startPool(t, { recordTiming: true, maxThreads: 2 })
  await Promise.all(range(100).map((value) => pool.exec(value % 5, { name: 'spin' })))
  await rejection(pool.exec('why', { name: 'fail' }))
  await until(() => pool.idleThreads === pool.threads)
  for (const histogram of Object.values(pool.histogram)) {
    t.deepEqual(Object.keys(histogram), figures)
    t.is(histogram.count, 101)
    const { min, max, mean, stddev } = histogram
    const inOrder = [min, ...figures.slice(5).map((name) => histogram[name]), max]
    t.deepEqual(inOrder, inOrder.toSorted((a, b) => a - b))
    t.true(mean >= min && mean <= max && stddev >= 0 && stddev <= max)
  }
  // One task in five spins for 4 milliseconds.
  const { max, p90, p50, min } = pool.histogram.runTime
  t.true(max >= 4 && p90 >= 3.9 && p50 < p90 && min < 4, JSON.stringify(pool.histogram.runTime))
})

test('the histogram tells running from waiting, in milliseconds', async (t) => {
  const { pool, running, open } = await heldPool(t, { recordTiming: true })
  const { waitTime: before } = pool.histogram
  t.is(before.count, 1)
  const begin = performance.now()
  const waiting = pool.exec(1)
  await new Promise((resolve) => setTimeout(resolve, 50))
  const least = performance.now() - begin
  open()
  await Promise.all([running, waiting])
  const most = performance.now() - begin
  await until(() => pool.idleThreads === 1)
  const { runTime, waitTime } = pool.histogram
  t.is(waitTime.count, 2)
  // Three digits are kept.
  const between = (value) => value >= least * 0.99 && value <= most * 1.01
  t.true(between(waitTime.max) || waitTime.max === before.max, `${least} ${waitTime.max} ${most}`)
  t.true(runTime.max >= least * 0.99, `${least} ${runTime.max}`)
  t.true(waitTime.mean >= least / 2 * 0.99)
  t.true(runTime.min < least)
})

test('a task that is taken out of the queue has no times', async (t) => {
  const { pool, running, open } = await heldPool(t, { recordTiming: true })
  const controller = new AbortController()
  const aborted = pool.exec(1, { signal: controller.signal })
  controller.abort()
  await rejection(aborted)
  open()
  await running
  await until(() => pool.idleThreads === 1)
  t.is(pool.histogram.waitTime.count, 1)
  t.is(pool.histogram.runTime.count, 1)
})

// The bounds are by the clock of the test: tasks ran for longer than they were seen to, and workers lived for less than the pool did.

test('the utilization is 0 at first, the share of the time that tasks ran, and less when the workers rest', async (t) => {
  const begin = performance.now()
  const pool = startPool(t, { recordTiming: true })
  await pool.ready
  const ready = performance.now()
  t.is(pool.utilization, 0)
  await Promise.all(range(10).map(() => pool.exec(20, { name: 'spin' })))
  const busy = performance.now() - ready
  t.true(pool.utilization >= 200 / (performance.now() - begin) && pool.utilization <= 1, `${pool.utilization}`)
  await new Promise((resolve) => setTimeout(resolve, busy))
  const most = busy / (performance.now() - ready)
  t.true(pool.utilization <= most && pool.utilization > 0, `${pool.utilization} ${most}`)
})

for (const [places, concurrentTasksPerWorker, tasks] of [['its one place', 1, 1], ['all places', 2, 2], ['one of two places', 2, 1]]) {
  for (const when of ['while they run', 'afterwards']) {
    test(`the utilization of a worker with tasks in ${places}, ${when}`, async (t) => {
      const begin = performance.now()
      const pool = support.startPool(t, { recordTiming: true, maxThreads: 1, concurrentTasksPerWorker })
      await pool.ready
      const { cells, begun, open } = gate()
      const running = range(tasks).map(() => pool.exec(cells, { name: 'heldLater' }))
      await begun(tasks)
      const held = performance.now()
      await new Promise((resolve) => setTimeout(resolve, 100))
      const ran = performance.now() - held
      if (when === 'afterwards') {
        open()
        await Promise.all(running)
        await until(() => pool.idleThreads === 1)
      }
      const most = tasks / concurrentTasksPerWorker
      const { utilization } = pool
      const least = ran / (performance.now() - begin) * most
      open()
      await Promise.all(running)
      t.true(utilization >= least && utilization <= most, `${least} ${utilization} ${most}`)
    })
  }
}

test('histogram and utilization are there after the end of the pool, with all its tasks', async (t) => {
  for (const end of ['close', 'destroy']) {
    const pool = startPool(t, { recordTiming: true })
    await Promise.all(range(5).map((value) => pool.exec(value)))
    if (end === 'close') pool.exec(5)
    await pool[end]()
    t.is(pool.histogram?.runTime.count, end === 'close' ? 6 : 5)
    const { utilization } = pool
    t.true(utilization > 0 && utilization <= 1)
    await settled()
    t.is(pool.utilization, utilization)
  }
})

// ---- diagnostics_channel ----

/** What is published about pools while the test runs, as [channel, message]. */
function published (t) {
  const messages = []
  for (const channel of ['submit', 'settle', 'workerCreate', 'workerDestroy']) {
    const listener = (message, name) => messages.push([name, message])
    diagnosticsChannel.subscribe(`isothreads.pool.${channel}`, listener)
    t.teardown(() => diagnosticsChannel.unsubscribe(`isothreads.pool.${channel}`, listener))
  }
  return messages
}

test('diagnostics_channel: a whole life', async (t) => {
  const messages = published(t)
  const pool = startPool(t)
  const [, { worker }] = messages[0]
  t.true(worker instanceof Worker)
  const [data, options] = [{ a: 1 }, { name: 'fail' }]
  const result = await pool.exec(data)
  const error = await rejection(pool.exec(data, options))
  await pool.close()
  const id = messages[1][1].id
  t.is(typeof id, 'number')
  t.deepEqual(messages, [
    ['isothreads.pool.workerCreate', { pool, worker }],
    ['isothreads.pool.submit', { pool, id, data, options: {} }],
    ['isothreads.pool.settle', { pool, id, result: { a: 1 } }],
    ['isothreads.pool.submit', { pool, id: messages[3][1].id, data, options }],
    ['isothreads.pool.settle', { pool, id: messages[3][1].id, error }],
    ['isothreads.pool.workerDestroy', { pool, worker, code: 0, error: undefined }]
  ])
  t.true(messages.every(([, message]) => message.pool === pool))
  t.is(messages[1][1].data, data)
  t.is(messages[2][1].result, result)
  t.is(messages[3][1].options, options)
  t.is(messages[4][1].error, error)
})

test('diagnostics_channel: each task that was submitted is settled once, under its number', async (t) => {
  const messages = published(t)
  const { pool, running, open } = await heldPool(t, { retries: 1 })
  const controller = new AbortController()
  const tasks = [
    running,
    pool.exec(1),
    pool.exec(() => 2),
    pool.exec('why', { name: 'fail' }),
    pool.exec(3, { signal: controller.signal }),
    pool.exec(4, { name: 'exit' }),
    pool.exec({ value: () => {} }),
    pool.exec(5, { name: 1 })
  ]
  const ends = Promise.allSettled(tasks)
  controller.abort()
  open()
  await ends
  await pool.destroy()
  const ids = (channel) => messages.filter(([name]) => name === `isothreads.pool.${channel}`).map(([, { id }]) => id)
  // Those that could not be sent were not submitted.
  t.is(ids('submit').length, 6)
  t.deepEqual(ids('settle').toSorted(), ids('submit').toSorted())
  t.is(new Set(ids('submit')).size, 6)
})

test('diagnostics_channel: an error of a worker is told', async (t) => {
  const messages = published(t)
  const pool = startPool(t)
  const error = await rejection(pool.exec(new RangeError('uncaught'), { name: 'uncaught' }))
  const [, destroyed] = messages.find(([name]) => name === 'isothreads.pool.workerDestroy')
  t.is(destroyed.error, error)
  t.is(destroyed.code, 1)
})

// ---- the environment of workers ----

test('the options of Worker reach every worker', async (t) => {
  const pool = startPool(t, {
    workerData: { a: [1] },
    argv: ['one', 2],
    execArgv: ['--no-warnings'],
    env: { ISO_POOL_OBSERVED: 3 },
    resourceLimits: { maxOldGenerationSizeMb: 48 },
    runtime: 'node',
    recycle: { tasks: 1 }
  })
  for (let count = 0; count < 2; count++) {
    t.deepEqual(await pool.exec(undefined, { name: 'surroundings' }), {
      argv: ['one', '2'], execArgv: ['--no-warnings'], variable: '3', maxOldGenerationSizeMb: 48, workerData: { a: [1] }
    })
  }
})

test('name is the name of every worker', async (t) => {
  const pool = startPool(t, { name: 'a pool', minThreads: 2, maxThreads: 2 })
  const names = []
  pool.on('workerCreate', ({ threadName }) => names.push(threadName))
  await pool.ready
  t.deepEqual(names, ['a pool', 'a pool'])
})

test('workerData is cloned for each worker when that begins', async (t) => {
  const workerData = { values: [1] }
  const pool = startPool(t, { workerData, recycle: { tasks: 1 } })
  const seen = []
  for (let count = 0; count < 2; count++) seen.push((await pool.exec(undefined, { name: 'surroundings' })).workerData)
  t.deepEqual(seen, [workerData, workerData])
})

test('env: SHARE_ENV', async (t) => {
  const pool = startPool(t, { env: SHARE_ENV })
  t.teardown(() => { delete process.env.ISO_POOL_OBSERVED })
  await pool.exec('from a task', { name: 'setVariable' })
  t.is(process.env.ISO_POOL_OBSERVED, 'from a task')
})

test('stdout: true and stderr: true keep the output for the Worker', async (t) => {
  const pool = startPool(t, { stdout: true, stderr: true })
  const [worker] = await once(pool, 'workerCreate')
  const outputs = [once(worker.stdout, 'data'), once(worker.stderr, 'data')]
  await pool.exec('text', { name: 'print' })
  t.deepEqual((await Promise.all(outputs)).map(([chunk]) => String(chunk)), ['text\n', 'text\n'])
})

test('output of workers arrives, also when nothing else keeps the process alive', async (t) => {
  t.deepEqual(await run('pool.exec("text", { name: "print" })'), { code: 0, signal: null, hung: false, stdout: 'text\n', stderr: 'text\n' })
})

test('the output of 200 tasks arrives complete and in order, before the process ends', async (t) => {
  const stdout = range(200).map((number) => `line ${number}\n`).join('')
  // It is a race, which one run in two may win.
  for (let round = 0; round < 5; round++) endsCleanly(t, await printing(), { stdout })
})

const printing = () => run('for (let count = 0; count < 200; count++) pool.exec((number) => console.log("line", number), [count])')

// ---- wrong options ----

const type = (name, expected, received) => typeError('ERR_INVALID_ARG_TYPE', `The "${name}" ${name.includes('.') ? 'property' : 'argument'} must be ${expected}. Received ${received}`)
const value = (name, reason, received) => typeError('ERR_INVALID_ARG_VALUE', `The ${name.includes('.') ? 'property' : 'argument'} '${name}' ${reason}. Received ${received}`)
const whole = (name, least, received) => value(`options.${name}`, `must be a whole number, ${least} or more`, received)
const time = (name, received) => value(`options.${name}`, 'must be a number of milliseconds, more than 0 and less than 2 ** 31', received)
const number = (name, received) => type(`options.${name}`, 'of type number', received)
const aString = (text) => `type string ('${text}')`

const wrongQueue = (received) => value('options.taskQueue', "must be 'fifo', 'lifo', or an object with push(), shift(), remove() and size", received)

test('the constructor refuses wrong options', (t) => {
  for (const [options, expected] of [
    [{ filename: 5 }, type('filename', 'of type string or an instance of URL', 'type number (5)')],
    [{ filename: null }, type('filename', 'of type string or an instance of URL', 'null')],
    [{ filename: {} }, type('filename', 'of type string or an instance of URL', 'an instance of Object')],
    [{ minThreads: '1' }, number('minThreads', aString('1'))],
    [{ minThreads: -1 }, whole('minThreads', 0, '-1')],
    [{ minThreads: -0.5 }, whole('minThreads', 0, '-0.5')],
    [{ minThreads: NaN, maxThreads: 2 }, whole('minThreads', 0, 'NaN')],
    [{ minThreads: 3, maxThreads: 2 }, value('options.minThreads', 'must not be more than maxThreads, which is 2', '3')],
    [{ maxThreads: 0 }, whole('maxThreads', 1, '0')],
    [{ maxThreads: Infinity }, whole('maxThreads', 1, 'Infinity')],
    [{ maxThreads: NaN }, whole('maxThreads', 1, 'NaN')],
    [{ maxThreads: null }, number('maxThreads', 'null')],
    [{ maxThreads: 2n }, number('maxThreads', 'type bigint (2n)')],
    [{ idleTimeout: '1' }, number('idleTimeout', aString('1'))],
    [{ idleTimeout: null }, number('idleTimeout', 'null')],
    [{ idleTimeout: -1 }, time('idleTimeout', '-1')],
    [{ idleTimeout: NaN }, time('idleTimeout', 'NaN')],
    [{ idleTimeout: 2 ** 31 }, time('idleTimeout', '2147483648')],
    [{ maxQueue: 'all' }, number('maxQueue', aString('all'))],
    [{ maxQueue: -1 }, whole('maxQueue', 1, '-1')],
    [{ maxQueue: 1.5 }, whole('maxQueue', 1, '1.5')],
    [{ maxQueue: null }, number('maxQueue', 'null')],
    [{ concurrentTasksPerWorker: 0 }, whole('concurrentTasksPerWorker', 1, '0')],
    [{ concurrentTasksPerWorker: '2' }, number('concurrentTasksPerWorker', aString('2'))],
    [{ concurrentTasksPerWorker: Infinity }, whole('concurrentTasksPerWorker', 1, 'Infinity')],
    [{ taskTimeout: 0 }, time('taskTimeout', '0')],
    [{ taskTimeout: '1' }, number('taskTimeout', aString('1'))],
    [{ retries: -1 }, whole('retries', 0, '-1')],
    [{ retries: true }, number('retries', 'type boolean (true)')],
    [{ recycle: null }, type('options.recycle', 'of type object', 'null')],
    [{ recycle: 5 }, type('options.recycle', 'of type object', 'type number (5)')],
    [{ recycle: { tasks: 0 } }, whole('recycle.tasks', 1, '0')],
    [{ recycle: { memory: 0.5 } }, whole('recycle.memory', 1, '0.5')],
    [{ recycle: { age: 0 } }, time('recycle.age', '0')],
    [{ recycle: { age: '1' } }, number('recycle.age', aString('1'))],
    [{ closeTimeout: -1 }, time('closeTimeout', '-1')],
    [{ closeTimeout: null }, number('closeTimeout', 'null')],
    [{ recordTiming: 1 }, type('options.recordTiming', 'of type boolean', 'type number (1)')],
    [{ taskQueue: 'filo' }, wrongQueue("'filo'")],
    [{ taskQueue: null }, wrongQueue('null')],
    [{ taskQueue: { push () {}, shift () {}, size: 0 } }, wrongQueue('{ push: [Function: push], shift: [Function: shift], size: 0 }')],
    [{ asyncLocalStorage: {} }, type('options.asyncLocalStorage', 'an instance of AsyncLocalStorage', 'an instance of Object')],
    [{ argv: 5 }, type('options.argv', 'an instance of Array', 'type number (5)')],
    [{ execArgv: {} }, type('options.execArgv', 'an instance of Array', 'an instance of Object')],
    [{ name: 5 }, type('options.name', 'of type string', 'type number (5)')],
    [{ env: 5 }, type('options.env', 'of type object or one of undefined, null, or worker_threads.SHARE_ENV', 'type number (5)')],
    [{ runtime: 'deno' }, value('options.runtime', "must be one of: 'node', 'lean'", "'deno'")]
  ]) t.deepEqual(describeError(thrownBy(() => new WorkerPool({ filename: file('observing.js'), ...options }))), expected, JSON.stringify(expected))
})

test('wrong options of Worker are refused at once, also when no worker is started yet', (t) => {
  const accepts = (option) => {
    try {
      const pool = new WorkerPool({ filename: file('observing.js'), minThreads: 0, ...option })
      t.teardown(() => pool.destroy())
      return true
    } catch {
      return false
    }
  }
  const wrong = [{ argv: 5 }, { env: 5 }, { name: 5 }, { runtime: 'deno' }, { execArgv: ['--no-such-option'] }, { workerData: () => {} }]
  t.deepEqual(wrong.filter(accepts), [])
})

test('a wrong size of the constructor with two arguments', (t) => {
  for (const [size, code] of [[0, 'VALUE'], [-1, 'VALUE'], [NaN, 'VALUE'], ['2', 'TYPE'], [null, 'TYPE']]) {
    t.is(thrownBy(() => new WorkerPool(file('observing.js'), size)).code, `ERR_INVALID_ARG_${code}`)
  }
})

for (const [filename, code] of [
  ['', 'ERR_WORKER_PATH'],
  ['worker.js', 'ERR_WORKER_PATH'],
  ['http://localhost/worker.js', 'ERR_WORKER_PATH'],
  [new URL('http://localhost/worker.js'), 'ERR_INVALID_URL_SCHEME'],
  ['file://host/worker.js', 'ERR_INVALID_FILE_URL_HOST'],
  [new URL('file://host/worker.js'), 'ERR_INVALID_FILE_URL_HOST']
]) {
  test(`a worker file that is not a path is refused at once: ${typeof filename === 'string' ? `'${filename}'` : filename.href}`, (t) => {
    const make = () => {
      const pool = new WorkerPool(filename, 1)
      t.teardown(() => pool.destroy())
    }
    t.is(thrownBy(make).code, code)
  })
}

test('exec and run refuse wrong options with a rejection', async (t) => {
  const pool = startPool(t)
  const { port1, port2 } = new MessageChannel()
  port1.close()
  port2.close()
  for (const [options, expected] of [
    [5, type('options', 'of type object', 'type number (5)')],
    ['name', type('options', 'of type object', aString('name'))],
    [{ name: 1 }, type('options.name', 'of type string', 'type number (1)')],
    [{ name: null }, type('options.name', 'of type string', 'null')],
    [{ signal: {} }, type('options.signal', 'an instance of AbortSignal', 'an instance of Object')],
    [{ signal: null }, type('options.signal', 'an instance of AbortSignal', 'null')],
    [{ priority: 0.5 }, type('options.priority', 'a 32-bit integer', 'type number (0.5)')],
    [{ priority: 2 ** 31 }, type('options.priority', 'a 32-bit integer', 'type number (2147483648)')],
    [{ priority: '1' }, type('options.priority', 'a 32-bit integer', aString('1'))],
    [{ affinity: {} }, type('options.affinity', 'of type string or number', 'an instance of Object')],
    [{ affinity: null }, type('options.affinity', 'of type string or number', 'null')],
    [{ timeout: 0 }, time('timeout', '0')],
    [{ timeout: Infinity }, time('timeout', 'Infinity')],
    [{ timeout: '1' }, number('timeout', aString('1'))],
    [{ queueTimeout: -1 }, time('queueTimeout', '-1')],
    [{ queueTimeout: null }, number('queueTimeout', 'null')],
    [{ abortGrace: -1 }, time('abortGrace', '-1')],
    [{ abortGrace: '1' }, number('abortGrace', aString('1'))],
    [{ retries: -1 }, whole('retries', 0, '-1')],
    [{ retries: '1' }, number('retries', aString('1'))],
    [{ onProgress: 1 }, type('options.onProgress', 'of type function', 'type number (1)')],
    [{ onMessage: {} }, type('options.onMessage', 'of type function', 'an instance of Object')],
    [{ transferList: 1 }, typeError('ERR_INVALID_ARG_TYPE', 'Optional transferList argument must be an iterable')],
    [{ transferList: [], retries: 1 }, value('options.retries', 'must be 0 for a task with a transferList or an async iterable: transferred objects cannot be sent again', '1')]
  ]) {
    for (const method of ['exec', 'run']) t.deepEqual(describeError(await rejection(pool[method](1, options))), expected, JSON.stringify(options))
  }
  t.deepEqual(describeError(await rejection(pool.exec(() => {}, 5))), type('args', 'an instance of Array', 'type number (5)'))
  t.deepEqual(describeError(await rejection(pool.exec(() => {}, [], { name: 5 }))), type('options.name', 'of type string', 'type number (5)'))
  t.like(pool.stats(), { pending: 0, queueSize: 0, completed: 0, failed: 0 })
  t.is(await pool.exec('goes on'), 'goes on')
})

/** The error that a method throws, or that its promise rejects with. */
const refusal = async (action) => describeError(await rejection((async () => action())()))

test('map and stream refuse wrong options', async (t) => {
  const pool = startPool(t)
  for (const [options, expected] of [
    [null, type('options', 'of type object', 'null')],
    [5, type('options', 'of type object', 'type number (5)')],
    [{ concurrency: 0 }, whole('concurrency', 1, '0')],
    [{ concurrency: Infinity }, whole('concurrency', 1, 'Infinity')],
    [{ concurrency: '2' }, number('concurrency', aString('2'))],
    [{ ordered: 1 }, type('options.ordered', 'of type boolean', 'type number (1)')],
    [{ name: 1 }, type('options.name', 'of type string', 'type number (1)')],
    [{ priority: '1' }, type('options.priority', 'a 32-bit integer', aString('1'))]
  ]) {
    t.deepEqual(describeError(thrownBy(() => pool.map([], options))), expected)
    t.deepEqual(describeError(thrownBy(() => pool.stream(options))), expected)
  }
  for (const items of [undefined, null, 5, {}]) t.is(thrownBy(() => pool.map(items)).code, 'ERR_INVALID_ARG_TYPE')
})

test('prewarm, resize, close and broadcast refuse wrong values, and nothing has changed', async (t) => {
  const pool = startPool(t, { minThreads: 1, maxThreads: 2 })
  const before = pool.stats()
  const tooMany = (received) => value('count', 'must be a whole number from 1 to maxThreads, which is 2', received)
  for (const [action, expected] of [
    [() => pool.prewarm('1'), type('count', 'of type number', aString('1'))],
    [() => pool.prewarm(null), type('count', 'of type number', 'null')],
    [() => pool.prewarm(0), tooMany('0')],
    [() => pool.prewarm(3), tooMany('3')],
    [() => pool.prewarm(1.5), tooMany('1.5')],
    [() => pool.resize('1'), number('minThreads', aString('1'))],
    [() => pool.resize('1', 2), number('minThreads', aString('1'))],
    [() => pool.resize(-1, 2), whole('minThreads', 0, '-1')],
    [() => pool.resize(0), whole('maxThreads', 1, '0')],
    [() => pool.resize(2, 1), value('options.minThreads', 'must not be more than maxThreads, which is 1', '2')],
    [() => pool.resize(1, NaN), whole('maxThreads', 1, 'NaN')],
    [() => pool.close({ timeout: -1 }), time('timeout', '-1')],
    [() => pool.close({ timeout: 0 }), time('timeout', '0')],
    [() => pool.close({ timeout: '1' }), number('timeout', aString('1'))],
    [() => pool.broadcast(1, { name: 1 }), type('options.name', 'of type string', 'type number (1)')]
  ]) t.deepEqual(await refusal(action), expected, String(action))
  t.deepEqual(pool.stats(), before)
  t.is(await pool.exec('goes on'), 'goes on')
})

test('resize needs a size', (t) => {
  const pool = startPool(t)
  t.is(thrownBy(() => pool.resize()).code, 'ERR_INVALID_ARG_TYPE')
  t.like(pool.stats(), { minThreads: 1, maxThreads: 1 })
})

for (const [method, act] of [
  ['close', (pool, options) => pool.close(options)],
  ['broadcast', (pool, options) => pool.broadcast(1, options)],
  ['exec with a function', (pool, options) => pool.exec(() => {}, [], options)]
]) {
  test(`options of ${method} that are no object are refused`, async (t) => {
    const pool = startPool(t)
    t.deepEqual(await refusal(() => act(pool, 5)), type('options', 'of type object', 'type number (5)'))
    t.deepEqual(await refusal(() => act(pool, 'name')), type('options', 'of type object', aString('name')))
  })
}

test('options of close and broadcast that are null are refused as those of map', async (t) => {
  const pool = startPool(t)
  t.deepEqual(await refusal(() => pool.broadcast(1, null)), type('options', 'of type object', 'null'))
  t.deepEqual(await refusal(() => pool.close(null)), type('options', 'of type object', 'null'))
})

test('exec(), as every method, does not throw for values that cannot be cloned', async (t) => {
  const pool = startPool(t)
  for (const data of [Symbol('a'), { value: () => {} }, new WeakMap(), new Proxy({}, {})]) {
    t.is((await rejection(pool.exec(data))).name, 'DataCloneError')
    t.is((await rejection(pool.exec(data, { priority: 1 }))).name, 'DataCloneError')
  }
  const error = new RangeError('in a getter')
  t.is(await rejection(pool.exec({ get value () { throw error } })), error)
  t.is(await inTime(pool.exec('goes on')), 'goes on')
})
