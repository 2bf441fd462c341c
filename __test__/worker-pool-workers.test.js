'use strict'

// The workers of a pool: how many there are, how they begin, and how they end.

const os = require('node:os')
const { once } = require('node:events')
const { pathToFileURL } = require('node:url')
const avaTest = require('ava')
const { bounded, isPeer, settled, startWorker, thrownBy, WorkerPool } = require('./helpers')
const { runProgram, endsCleanly } = require('./run-process')
const { counters, file, gate, inline, inTime, range, rejection, shared, startPool, times, until } = require('./fixtures/pool/workers-support')

const test = isPeer ? () => {} : bounded(avaTest)
if (isPeer) avaTest('worker_threads has no pool', (t) => t.pass())

// The resources of a process are visible in /proc.
const linuxTest = process.platform === 'linux' ? test : () => {}

const asyncDispose = Symbol.asyncDispose ?? Symbol.for('nodejs.asyncDispose')

/** A program whose main thread has `file` and `failing`, worker files, and all of workers-support.js as `support`. */
const run = (source, options) => runProgram(`
  const support = require(process.argv[3])
  const { WorkerPool } = api
  const file = support.file('workers.js')
  const failing = support.inline('throw new RangeError("at the start")')
  const threadCount = () => require('fs').readdirSync('/proc/self/task').length
  // The system shows a thread for a moment after it was joined.
  const threadsAbove = async (expected) => {
    for (let looks = 0; looks < 10_000 && threadCount() > expected; looks++) await new Promise((resolve) => setTimeout(resolve, 1))
    // Such a one may have been among the expected.
    return Math.max(0, threadCount() - expected)
  }
  ${source}
`, { args: [file('workers-support.js')], ...options })

/** The threads of as many tasks as are held at once. */
async function threadsAtWork (pool, count) {
  const { cells, begun, open } = gate()
  const held = range(count).map(() => pool.exec(cells, { name: 'held' }))
  await begun(count)
  open()
  return new Set(await Promise.all(held))
}

/** A pool whose workers start according to `plan`. */
function plannedPool (t, plan, options) {
  const { cells, at } = shared(2)
  const pool = startPool(t, { filename: file('workers-start.js'), workerData: { cells, plan }, ...options })
  return { pool, cells, starts: () => at(0) }
}

/** How often an event comes from now on. */
function count (pool, event) {
  const seen = { times: 0 }
  pool.on(event, () => seen.times++)
  return seen
}

// ---- how many ----

test('a size is how many workers there are, at once and always', async (t) => {
  const pool = new WorkerPool(file('workers.js'), 2)
  t.teardown(() => pool.destroy())
  const created = count(pool, 'workerCreate')
  t.is(pool.threads, 2)
  t.like(pool.stats(), { minThreads: 2, maxThreads: 2 })
  t.deepEqual(await Promise.all(range(20).map((value) => pool.exec(value))), range(20))
  t.is(created.times, 2)
})

test('without a size there are as many workers as processors, as in the document', (t) => {
  const pool = new WorkerPool(file('workers.js'))
  t.teardown(() => pool.destroy())
  t.is(pool.threads, os.availableParallelism())
})

for (const [options, minThreads, maxThreads] of [
  [{ maxThreads: undefined }, 1, os.availableParallelism()],
  [{ maxThreads: 3 }, 1, 3],
  [{ maxThreads: 0.5 }, 1, Math.max(Math.round(0.5 * os.availableParallelism()), 1)],
  [{ maxThreads: 0.001 }, 1, 1],
  [{ minThreads: 0.001, maxThreads: 2 }, 1, 2],
  [{ minThreads: 3, maxThreads: undefined }, 3, Math.max(3, os.availableParallelism())],
  [{ minThreads: 0.999, maxThreads: undefined }, Math.round(0.999 * os.availableParallelism()), os.availableParallelism()],
  [{ minThreads: 0, maxThreads: 1 }, 0, 1]
]) {
  test(`size: ${Object.entries(options).map((option) => option.join(' ')).join(', ')}`, (t) => {
    const pool = startPool(t, options)
    t.like(pool.stats(), { minThreads, maxThreads, threads: minThreads })
  })
}

test('with minThreads 0 the first task starts a worker', async (t) => {
  const pool = startPool(t, { minThreads: 0 })
  t.is(pool.threads, 0)
  const task = pool.exec(1)
  t.is(pool.threads, 1)
  t.is(await task, 1)
})

test('tasks that follow each other need no second worker', async (t) => {
  const pool = startPool(t, { maxThreads: 3 })
  const created = count(pool, 'workerCreate')
  for (const value of range(50)) await pool.exec(value)
  t.is(created.times, 1)
})

test('tasks that one worker may run at once need no second worker', async (t) => {
  const pool = startPool(t, { maxThreads: 3, concurrentTasksPerWorker: 4 })
  const { cells, begun, open } = gate()
  const tasks = range(4).map(() => pool.exec(cells, { name: 'heldLater' }))
  await begun(4)
  t.is(pool.threads, 1)
  tasks.push(pool.exec(cells, { name: 'heldLater' }))
  t.is(pool.threads, 2)
  await begun(5)
  open()
  t.is(new Set(await Promise.all(tasks)).size, 2)
})

test('each task more than there are workers starts one, up to maxThreads', async (t) => {
  const pool = startPool(t, { minThreads: 0, maxThreads: 3 })
  const { cells, begun, open } = gate()
  const threads = []
  const tasks = range(5).map(() => {
    const task = pool.exec(cells, { name: 'held' })
    threads.push(pool.threads)
    return task
  })
  t.deepEqual(threads, [1, 2, 3, 3, 3])
  await begun(3)
  t.is(pool.queueSize, 2)
  open()
  t.is(new Set(await Promise.all(tasks)).size, 3)
})

test('there are never more than maxThreads, also while workers are replaced', async (t) => {
  const counted = counters()
  const pool = startPool(t, { workerData: counted.data, recycle: { tasks: 1 } })
  let most = 0
  const look = () => { most = Math.max(most, pool.threads) }
  pool.on('workerCreate', look).on('workerDestroy', look)
  t.deepEqual(await Promise.all(range(60).map((value) => pool.exec(value))), range(60))
  t.true(counted.started >= 60)
  t.is(most, 2)
  t.true(counted.most <= 2, `${counted.most}`)
})

test('a worker that is terminated from outside is replaced', async (t) => {
  const pool = startPool(t, { minThreads: 2 })
  const workers = []
  pool.on('workerCreate', (worker) => workers.push(worker))
  await pool.ready
  workers[0].terminate()
  await once(pool, 'workerDestroy')
  t.is(pool.threads, 2)
  t.is((await threadsAtWork(pool, 2)).size, 2)
})

// ---- idleTimeout ----

test('idle workers end down to minThreads with their teardown run, and come again with tasks', async (t) => {
  const counted = counters()
  const pool = startPool(t, { minThreads: 1, maxThreads: 3, idleTimeout: 20, workerData: counted.data })
  const codes = []
  pool.on('workerDestroy', (_, code) => codes.push(code))
  const gone = times(pool, 'workerDestroy', 2)
  const first = await threadsAtWork(pool, 3)
  await gone
  t.is(pool.threads, 1)
  t.is(counted.tornDown, 2)
  t.deepEqual(codes, [0, 0])
  const second = await threadsAtWork(pool, 3)
  t.is([...second].filter((thread) => first.has(thread)).length, 1)
})

test('with minThreads 0 the last idle worker ends as well, and a task starts one', async (t) => {
  const pool = startPool(t, { minThreads: 0, idleTimeout: 10 })
  for (const value of range(3)) {
    const gone = once(pool, 'workerDestroy')
    t.is(await pool.exec(value), value)
    await gone
    t.is(pool.threads, 0)
  }
})

test('a worker with a task is not idle, however long that takes', async (t) => {
  const pool = startPool(t, { minThreads: 0, idleTimeout: 10 })
  const [long, short] = [gate(), gate()]
  const tasks = [pool.exec(long.cells, { name: 'held' }), pool.exec(short.cells, { name: 'heldLater' })]
  await Promise.all([long.begun(), short.begun()])
  short.open()
  const [gone] = await once(pool, 'workerDestroy')
  t.is(pool.threads, 1)
  long.open()
  t.not(await tasks[0], await tasks[1])
  t.is(gone.threadId, -1)
})

test('idleTimeout: Infinity leaves the workers, while those of another pool go', async (t) => {
  const [patient, hasty] = [Infinity, 20].map((idleTimeout) => startPool(t, { minThreads: 0, idleTimeout }))
  const destroyed = count(patient, 'workerDestroy')
  await threadsAtWork(patient, 2)
  const gone = times(hasty, 'workerDestroy', 2)
  await threadsAtWork(hasty, 2)
  await gone
  t.is(patient.threads, 2)
  t.is(destroyed.times, 0)
})

test('idleTimeout: 0 ends a worker as soon as there is nothing to do, and loses no task', async (t) => {
  const pool = startPool(t, { minThreads: 0, idleTimeout: 0 })
  for (const value of range(20)) t.is(await pool.exec(value), value)
  await until(() => pool.threads === 0)
  t.is(await pool.exec('again'), 'again')
})

test('an idle pool with a long idleTimeout lets the process end', async (t) => {
  endsCleanly(t, await run(`
    const pool = new WorkerPool({ filename: file, maxThreads: 2, idleTimeout: 600_000 })
    console.log(await Promise.all([pool.exec(1), pool.exec(2)]))
  `), { stdout: '[ 1, 2 ]\n' })
})

// ---- resize ----

test('resize up starts workers at once', async (t) => {
  const pool = startPool(t, { maxThreads: 1 })
  pool.resize(2)
  t.is(pool.threads, 2)
  t.is((await threadsAtWork(pool, 2)).size, 2)
  pool.resize(2, 3)
  t.is(pool.threads, 2)
  t.is((await threadsAtWork(pool, 3)).size, 3)
})

test('resize up gives workers to tasks that wait', async (t) => {
  const pool = startPool(t, { maxThreads: 1 })
  const { cells, begun, open } = gate()
  const tasks = range(2).map(() => pool.exec(cells, { name: 'held' }))
  await begun(1)
  pool.resize(1, 2)
  await begun(2)
  open()
  t.is(new Set(await Promise.all(tasks)).size, 2)
})

test('resize down while all are busy: running and waiting tasks finish, and surplus workers end', async (t) => {
  const counted = counters()
  const pool = startPool(t, { minThreads: 3, maxThreads: 3, workerData: counted.data })
  const { cells, begun, open } = gate()
  const held = range(3).map(() => pool.exec(cells, { name: 'held' }))
  await begun(3)
  await pool.ready
  const waiting = range(6).map((value) => pool.exec(value))
  const gone = times(pool, 'workerDestroy', 2)
  pool.resize(1)
  t.is(pool.threads, 3)
  open()
  t.is(new Set(await Promise.all(held)).size, 3)
  t.deepEqual(await Promise.all(waiting), range(6))
  await gone
  t.is(pool.threads, 1)
  t.is(counted.tornDown, 2)
})

test('resize down while the workers start loses no task', async (t) => {
  const pool = startPool(t, { minThreads: 3, maxThreads: 3 })
  const tasks = range(10).map((value) => pool.exec(value))
  pool.resize(1)
  t.deepEqual(await Promise.all(tasks), range(10))
  await until(() => pool.threads === 1)
  t.is(await pool.exec('goes on'), 'goes on')
})

test('resize to nothing at least: idle workers go', async (t) => {
  const pool = startPool(t, { minThreads: 2, idleTimeout: 10 })
  await pool.ready
  const gone = times(pool, 'workerDestroy', 2)
  pool.resize(0, 2)
  await gone
  t.is(pool.threads, 0)
  t.is(await pool.exec(1), 1)
})

test('resize up and down and up again', async (t) => {
  const pool = startPool(t, { maxThreads: 1 })
  const tasks = []
  for (const size of [2, 1, 3, 1, 2]) {
    pool.resize(size)
    tasks.push(pool.exec(size))
    await settled()
  }
  t.deepEqual(await Promise.all(tasks), [2, 1, 3, 1, 2])
  await until(() => pool.threads === 2)
  t.is((await threadsAtWork(pool, 2)).size, 2)
})

test('resize of a closed pool starts nothing', async (t) => {
  const pool = startPool(t)
  await pool.close()
  pool.resize(2)
  t.is(pool.threads, 0)
})

// The main thread has not turned its event loop since the worker was ready and took the task.
for (const [what, act] of [['resize', (pool) => pool.resize(0, 1)], ['recycleWorkers', (pool) => pool.recycleWorkers()]]) {
  test(`${what} loses no task that a worker has just started`, async (t) => {
    const pool = startPool(t, { minThreads: 2 })
    const { cells, open } = gate()
    const tasks = range(2).map(() => pool.exec(cells, { name: 'held' }))
    for (let begun = 0; begun < 2; begun = Atomics.load(cells, 0)) Atomics.wait(cells, 0, begun)
    act(pool)
    open()
    t.is(new Set(await Promise.all(tasks)).size, 2)
  })
}

// ---- prewarm ----

test('prewarm starts as many as there may be, and resolves when they are ready', async (t) => {
  const counted = counters()
  const pool = startPool(t, { minThreads: 0, maxThreads: 3, workerData: counted.data })
  const created = count(pool, 'workerCreate')
  const warm = pool.prewarm()
  t.is(pool.threads, 3)
  await warm
  t.is(counted.started, 3)
  t.is((await threadsAtWork(pool, 3)).size, 3)
  t.is(created.times, 3)
})

test('prewarm with a count, again, and for fewer than there are', async (t) => {
  const pool = startPool(t, { minThreads: 0, maxThreads: 3 })
  for (const [wanted, threads] of [[1, 1], [2, 2], [1, 2], [2, 2]]) {
    await pool.prewarm(wanted)
    t.is(pool.threads, threads)
  }
})

test('prewarm of a pool that is closed, or destroyed meanwhile, rejects', async (t) => {
  const pool = startPool(t, { minThreads: 0 })
  const warm = pool.prewarm()
  pool.destroy()
  t.is((await rejection(warm)).code, 'ERR_ISOTHREADS_POOL_CLOSED')
  t.is((await rejection(pool.prewarm())).code, 'ERR_ISOTHREADS_POOL_CLOSED')
})

test('prewarm of a file that cannot be loaded rejects', async (t) => {
  const { pool } = plannedPool(t, ['throw'], { minThreads: 0 })
  t.is((await rejection(inTime(pool.prewarm()))).message, 'at the start')
})

test('prewarm continues if a worker fails to start at first', async (t) => {
  const { pool, starts } = plannedPool(t, ['throw', 'run'], { minThreads: 0 })
  await inTime(pool.prewarm(1))
  t.is(starts(), 2)
})

test('prewarm while the workers are replaced', async (t) => {
  const pool = startPool(t, { minThreads: 0 })
  await pool.prewarm()
  const replaced = pool.recycleWorkers()
  const warm = pool.prewarm()
  await replaced
  await inTime(warm)
  t.is(pool.threads, 2)
})

// ---- ready ----

test('ready resolves when as many as minThreads have loaded the file', async (t) => {
  const counted = counters()
  const pool = startPool(t, { minThreads: 2, workerData: counted.data })
  t.is(await pool.ready, undefined)
  t.is(counted.started, 2)
  await pool.ready
})

test('ready with minThreads 0 needs no worker', async (t) => {
  const pool = startPool(t, { minThreads: 0 })
  await pool.ready
  t.is(pool.threads, 0)
})

test('ready waits for the exports of the file, and so do tasks', async (t) => {
  const { pool, cells } = plannedPool(t, ['held'], { maxThreads: 1 })
  let isReady = false
  const ready = pool.ready.then(() => { isReady = true })
  const task = pool.exec(1)
  while (Atomics.load(cells, 0) === 0) await Atomics.waitAsync(cells, 0, 0).value
  await settled()
  t.false(isReady)
  t.is(pool.queueSize, 1)
  Atomics.store(cells, 1, 1)
  Atomics.notify(cells, 1)
  await ready
  t.is(await task, 1)
})

test('ready waits for the await of an ES module', async (t) => {
  const pool = startPool(t, { filename: inline('await new Promise((resolve) => setImmediate(resolve)); export default (value) => -value') })
  await pool.ready
  t.is(await pool.exec(1), -1)
})

test('ready rejects when the workers cannot start, when the pool is closed, and when it is destroyed meanwhile', async (t) => {
  const broken = startPool(t, { filename: inline('throw new RangeError("at the start")') })
  const error = await rejection(broken.ready)
  t.is(error.message, 'at the start')
  t.is(await rejection(broken.ready), error)
  const pool = startPool(t)
  const { ready } = pool
  pool.destroy()
  t.is((await rejection(ready)).code, 'ERR_ISOTHREADS_POOL_CLOSED')
  t.is((await rejection(pool.ready)).code, 'ERR_ISOTHREADS_POOL_CLOSED')
})

test('a pool that cannot start reports it only on request', async (t) => {
  endsCleanly(t, await run(`
    const pool = new WorkerPool(failing, 1)
    pool.ready
    pool.prewarm()
    await support.rejection(pool.exec(1))
    await pool.close()
  `))
})

test('the process lives while a promise of ready, prewarm, recycleWorkers, close or destroy is pending', async (t) => {
  const source = (act) => `
    const pool = new WorkerPool({ filename: file, maxThreads: 2, minThreads: 1 })
    ${act === 'ready' ? '' : 'await pool.exec(1)'}
    await pool.${act}
    console.log('done')
  `
  const acts = ['ready', 'prewarm()', 'recycleWorkers()', 'close()', 'destroy()']
  const lived = []
  for (const act of acts) if ((await run(source(act))).stdout === 'done\n') lived.push(act)
  t.deepEqual(lived, acts)
})

test('the process lives until an awaited teardown has ended', async (t) => {
  endsCleanly(t, await run(`
    const counted = support.counters({ teardown: 'later' })
    const pool = new WorkerPool({ filename: file, maxThreads: 1, workerData: counted.data })
    await pool.exec(1)
    await pool.close()
    console.log(counted.tornDown)
  `), { stdout: '1\n' })
})

// ---- recycle ----

test('recycle.tasks: 500 tasks in 2 workers, none lost, no worker runs more than 3, each is torn down', async (t) => {
  const counted = counters()
  const pool = startPool(t, { minThreads: 2, recycle: { tasks: 3 }, workerData: counted.data })
  const threads = await Promise.all(range(500).map(() => pool.exec(undefined, { name: 'thread' })))
  t.is(pool.completed, 500)
  const tasksOf = {}
  for (const thread of threads) tasksOf[thread] = (tasksOf[thread] ?? 0) + 1
  t.deepEqual(Object.values(tasksOf).filter((tasks) => tasks > 3), [])
  await until(() => pool.idleThreads === 2)
  await pool.ready
  await pool.close()
  t.is(counted.tornDown, counted.started)
  t.is(counted.live, 0)
})

test('recycle.tasks: other tasks of the worker are finished first', async (t) => {
  const pool = startPool(t, { maxThreads: 1, concurrentTasksPerWorker: 2, recycle: { tasks: 1 } })
  const [first, second] = [gate(), gate()]
  const tasks = [first, second].map(({ cells }) => pool.exec(cells, { name: 'heldLater' }))
  await Promise.all([first.begun(), second.begun()])
  first.open()
  const thread = await tasks[0]
  const later = pool.exec(undefined, { name: 'thread' })
  second.open()
  t.is(await tasks[1], thread)
  t.not(await later, thread)
})

test('recycle.tasks: a worker that answers on its parentPort', async (t) => {
  const pool = startPool(t, { filename: file('protocol.js'), maxThreads: 1, recycle: { tasks: 1 } })
  const destroyed = times(pool, 'workerDestroy', 5)
  t.deepEqual(await Promise.all(range(5).map((answer) => pool.exec({ answer }))), range(5))
  await destroyed
})

test('recycle.tasks counts those that failed', async (t) => {
  const pool = startPool(t, { maxThreads: 1, recycle: { tasks: 2 } })
  const thread = await pool.exec(undefined, { name: 'thread' })
  t.is((await rejection(pool.exec('why', { name: 'fail' }))).message, 'why')
  t.not(await pool.exec(undefined, { name: 'thread' }), thread)
})

test('recycle.memory: only a worker that holds too much', async (t) => {
  const pool = startPool(t, { maxThreads: 1, recycle: { memory: 150 } })
  const threads = []
  for (const megabytes of [1, 1, 200, 1, 1]) threads.push(await pool.exec(megabytes, { name: 'keep' }))
  const [a, b] = [threads[0], threads[3]]
  t.deepEqual(threads, [a, a, a, b, b])
  t.not(a, b)
})

test('recycle.age: only a worker that is old', async (t) => {
  const [old, young] = [10, 600_000].map((age) => startPool(t, { maxThreads: 1, recycle: { age } }))
  const threads = []
  for (const pool of [old, old, young, young]) threads.push(await pool.exec(20, { name: 'rest' }))
  t.not(threads[0], threads[1])
  t.is(threads[2], threads[3])
})

test('recycleWorkers puts new ones in the place of all, and resolves when the old are gone', async (t) => {
  const counted = counters({ teardown: 'later' })
  const pool = startPool(t, { minThreads: 2, workerData: counted.data })
  const before = await threadsAtWork(pool, 2)
  const destroyed = count(pool, 'workerDestroy')
  await pool.recycleWorkers()
  t.is(destroyed.times, 2)
  t.is(counted.tornDown, 2)
  t.is(pool.threads, 2)
  const after = await threadsAtWork(pool, 2)
  t.is(new Set([...before, ...after]).size, 4)
})

test('recycleWorkers while a task runs and others wait: the old one finishes, a new one runs the others', async (t) => {
  const pool = startPool(t, { maxThreads: 1 })
  await pool.ready
  const { cells, begun, open } = gate()
  const running = pool.exec(cells, { name: 'held' })
  await begun()
  const waiting = range(3).map(() => pool.exec(undefined, { name: 'thread' }))
  const gone = Promise.all([pool.recycleWorkers(), pool.recycleWorkers()])
  t.is(pool.threads, 1)
  open()
  const old = await running
  const others = new Set(await Promise.all(waiting))
  await gone
  t.is(others.size, 1)
  t.false(others.has(old))
})

test('recycleWorkers of a pool without workers, a closed one, and one that closes', async (t) => {
  const pool = startPool(t, { minThreads: 0 })
  await pool.recycleWorkers()
  const { cells, begun, open } = gate()
  const running = pool.exec(cells, { name: 'held' })
  await begun()
  await pool.ready
  const waiting = range(3).map((value) => pool.exec(value))
  const closed = pool.close()
  await settled()
  const gone = pool.recycleWorkers()
  open()
  t.is(typeof await running, 'number')
  t.deepEqual(await Promise.all(waiting), range(3))
  await Promise.all([closed, gone, pool.recycleWorkers()])
  t.is(pool.threads, 0)
})

// ---- close ----

for (const teardown of [undefined, 'later']) {
  test(`close drains, and awaits each worker's teardown${teardown ? ` (${teardown})` : ''}`, async (t) => {
    const counted = counters({ teardown })
    const pool = startPool(t, { minThreads: 2, workerData: counted.data })
    await pool.ready
    const tasks = range(20).map((value) => pool.exec(value, { name: 'later' }))
    await pool.close()
    t.is(counted.tornDown, 2)
    t.is(counted.live, 0)
    t.is(pool.threads, 0)
    t.deepEqual(await Promise.all(tasks), range(20))
  })
}

for (const teardown of ['throw', 'reject']) {
  test(`close with a teardown that fails (${teardown})`, async (t) => {
    const pool = startPool(t, { maxThreads: 1, workerData: { teardown } })
    t.is(await pool.exec(1), 1)
    const destroyed = once(pool, 'workerDestroy')
    await pool.close()
    const [, code, error] = await destroyed
    t.is(code, 1)
    t.is(error.message, 'from teardown')
  })
}

test('teardown of a promise of functions, and of an ES module', async (t) => {
  for (const source of [
    'export default Promise.resolve(Object.assign((value) => value, { teardown }))',
    'export default (value) => value; export { teardown }'
  ]) {
    const { cells, at } = shared()
    const filename = inline(`import { workerData } from 'worker_threads'; function teardown () { workerData[0]++ }; ${source}`)
    const pool = startPool(t, { filename, maxThreads: 1, workerData: cells })
    t.is(await pool.exec(1), 1)
    await pool.close()
    t.is(at(0), 1)
  }
})

for (const [how, options, close] of [
  ['close({ timeout })', {}, (pool) => pool.close({ timeout: 20 })],
  ['closeTimeout', { closeTimeout: 20 }, (pool) => pool.close()],
  ['the timeout of a second close', {}, (pool) => { pool.close(); return pool.close({ timeout: 20 }) }]
]) {
  test(`${how} ends a pool whose task does not`, async (t) => {
    const pool = startPool(t, { maxThreads: 1, ...options })
    const { cells, begun } = gate()
    const tasks = [pool.exec(cells, { name: 'held' }), pool.exec(1)]
    await begun()
    const ends = Promise.allSettled(tasks)
    await close(pool)
    t.deepEqual((await ends).map(({ reason }) => reason.code), ['ERR_ISOTHREADS_WORKER_EXITED', 'ERR_ISOTHREADS_POOL_CLOSED'])
  })

  test(`${how} ends a pool whose teardown does not`, async (t) => {
    const pool = startPool(t, { maxThreads: 1, workerData: { teardown: 'never' }, ...options })
    t.is(await pool.exec(1), 1)
    await close(pool)
    t.is(pool.threads, 0)
  })
}

test('a timeout that close does not need holds nothing up', async (t) => {
  endsCleanly(t, await run(`
    const pool = new WorkerPool({ filename: file, maxThreads: 1, closeTimeout: 600_000 })
    pool.exec(1).then(console.log)
    pool.close()
    pool.close({ timeout: 500_000 })
  `), { stdout: '1\n' })
})

test('close twice, and when all is gone: one close event', async (t) => {
  const pool = startPool(t)
  const closes = count(pool, 'close')
  const task = pool.exec(1)
  await Promise.all([pool.close(), pool.close()])
  t.is(await task, 1)
  await pool.close()
  await pool.destroy()
  await settled()
  t.is(closes.times, 1)
})

test('close, then destroy: it does not wait any more', async (t) => {
  const pool = startPool(t, { maxThreads: 1 })
  const { cells, begun } = gate()
  const tasks = [pool.exec(cells, { name: 'held' }), pool.exec(1)]
  await begun()
  const ends = Promise.allSettled(tasks)
  const closed = pool.close()
  await Promise.all([closed, pool.destroy()])
  t.deepEqual((await ends).map(({ status }) => status), ['rejected', 'rejected'])
})

test('close while the workers start, with tasks and without', async (t) => {
  const idle = startPool(t, { minThreads: 2 })
  await idle.close()
  t.is(idle.threads, 0)
  const pool = startPool(t, { minThreads: 2 })
  const tasks = range(10).map((value) => pool.exec(value))
  await pool.close()
  t.deepEqual(await Promise.all(tasks), range(10))
})

test('close takes no more tasks, though it runs those there are', async (t) => {
  const pool = startPool(t, { maxThreads: 1 })
  const { cells, begun, open } = gate()
  const running = pool.exec(cells, { name: 'held' })
  await begun()
  const closed = pool.close()
  for (const refused of [pool.exec(1), pool.exec(() => {}), pool.run(1, { name: 'thread' }), pool.map([1]).next()]) {
    t.is((await rejection(refused)).code, 'ERR_ISOTHREADS_POOL_CLOSED')
  }
  open()
  t.is(typeof await running, 'number')
  await closed
})

test('the pool is closed when its symbol is called', async (t) => {
  const pool = startPool(t)
  const task = pool.exec(1)
  t.is(await pool[asyncDispose](), undefined)
  t.is(await task, 1)
  t.is(pool.threads, 0)
})

// ---- destroy ----

const moments = {
  'at once': () => {},
  'in the next tick': () => new Promise((resolve) => process.nextTick(resolve)),
  'when a worker was created': (pool) => once(pool, 'workerCreate'),
  'when a thread runs': async (pool) => {
    const [worker] = await once(pool, 'workerCreate')
    await once(worker, 'online')
  },
  'when the workers are ready': (pool) => pool.ready,
  'when tasks run': async (pool, { begun }) => begun(2),
  'when its workers are being replaced': async (pool, { begun }) => { await begun(2); pool.recycleWorkers() },
  'when a worker has ended': async (pool, { begun }) => {
    const [worker] = await once(pool, 'workerCreate')
    await begun(2)
    worker.terminate()
    await once(pool, 'workerDestroy')
  },
  'when tasks are finished': (pool, { open }) => { open(); return once(pool, 'drain') },
  'when it closes': async (pool, { begun }) => { await begun(2); pool.close() },
  'during teardown': async (pool, { open }, { teardownBegun }) => { open(); pool.close(); await teardownBegun(1) },
  'after a resize': async (pool, { begun }) => { await begun(1); pool.resize(1) }
}

for (const [moment, comes] of Object.entries(moments)) {
  test(`destroy ${moment}: all is settled, and nothing is left`, async (t) => {
    const counted = counters({ teardown: moment === 'during teardown' ? 'held' : undefined })
    const pool = startPool(t, { minThreads: 2, workerData: counted.data })
    const closes = count(pool, 'close')
    const held = gate()
    const tasks = Promise.allSettled([...range(2).map(() => pool.exec(held.cells, { name: 'held' })), pool.exec(1)])
    await comes(pool, held, counted)
    await Promise.all([pool.destroy(), pool.destroy()])
    t.is((await tasks).length, 3)
    t.like(pool.stats(), { threads: 0, pending: 0, queueSize: 0, idleThreads: 0 })
    await settled()
    t.is(closes.times, 1)
  })
}

for (const event of ['workerCreate', 'workerDestroy', 'drain', 'close']) {
  test(`destroy in a listener of ${event}`, async (t) => {
    const pool = startPool(t, { minThreads: 2, recycle: { tasks: 1 } })
    const destroyed = new Promise((resolve) => pool.on(event, () => resolve(pool.destroy())))
    const tasks = Promise.allSettled(range(4).map((value) => pool.exec(value)))
    if (event === 'close') pool.close()
    await destroyed
    t.is((await tasks).length, 4)
    t.is(pool.threads, 0)
  })
}

test('destroy while a worker that failed to start waits for its next try', async (t) => {
  const { pool, starts } = plannedPool(t, ['throw'], { maxThreads: 1 })
  const task = rejection(pool.exec(1))
  await once(pool, 'workerDestroy')
  await pool.destroy()
  t.is((await task).code, 'ERR_ISOTHREADS_POOL_CLOSED')
  t.is(starts(), 1)
})

// ---- start-up ----

const broken = {
  'throws': [{ plan: 'throw' }, { message: 'at the start', name: 'RangeError' }],
  'exports a promise that rejects': [{ plan: 'reject' }, { message: 'at the start', name: 'RangeError' }],
  'exports a promise that never settles': [{ plan: 'never' }, { code: 'ERR_ISOTHREADS_WORKER_EXITED' }],
  'calls process.exit()': [{ plan: 'exit' }, { code: 'ERR_ISOTHREADS_WORKER_EXITED', message: 'The worker ended before it was ready for tasks, with code 3' }],
  'parses what is not JSON': [{ filename: inline('JSON.parse("{")') }, { name: 'SyntaxError' }],
  'is not there': [{ filename: file('missing.js'), tries: 1 }, { code: 'MODULE_NOT_FOUND' }],
  'is not there as an ES module': [{ filename: file('missing.mjs'), tries: 1 }, { code: 'ERR_MODULE_NOT_FOUND' }],
  'needs what is not there': [{ filename: inline(`import ${JSON.stringify(pathToFileURL(file('missing.mjs')))}`), tries: 1 }, { code: 'ERR_MODULE_NOT_FOUND' }],
  'is no JavaScript': [{ filename: inline('export default ('), tries: 1 }, { name: 'SyntaxError' }],
  'is of no kind that Node knows': [{ filename: inline('import "data:text/none,1"'), tries: 1 }, { code: 'ERR_UNKNOWN_MODULE_FORMAT' }],
  'exports nothing': [{ filename: inline('1'), tries: 1 }, { name: 'TypeError' }]
}

for (const [what, [{ plan, filename, tries = 5 }, expected]] of Object.entries(broken)) {
  test(`a file that ${what}: tried ${tries} times, one error event, tasks reject, now and later`, async (t) => {
    const { pool } = plannedPool(t, [plan], { maxThreads: 1, ...filename && { filename } })
    const created = count(pool, 'workerCreate')
    const errors = []
    pool.on('error', (error) => errors.push(error))
    const reasons = await Promise.all([pool.exec(1), pool.exec(2), pool.ready].map(rejection))
    t.like(reasons[0], expected)
    t.true(reasons.every((reason) => reason === reasons[0]))
    t.is(await rejection(pool.exec(3)), reasons[0])
    await settled()
    t.deepEqual(errors, [reasons[0]])
    t.is(created.times, tries)
    t.like(pool.stats(), { threads: 0, pending: 0, queueSize: 0 })
    await pool.close()
  })
}

test('a file that throws a value that is not an error', async (t) => {
  const { pool } = plannedPool(t, ['text'], { maxThreads: 1 })
  t.is(await rejection(pool.exec(1)), 'at the start')
})

test('a file that fails twice and then works: the tasks run', async (t) => {
  const { pool, starts } = plannedPool(t, ['throw', 'exit', 'run'], { maxThreads: 1 })
  const errors = count(pool, 'error')
  const { ready } = pool
  t.deepEqual(await Promise.all(range(5).map((value) => pool.exec(value))), range(5))
  await ready
  t.is(starts(), 3)
  t.is(errors.times, 0)
})

test('only failures in a row count', async (t) => {
  const four = ['throw', 'throw', 'throw', 'throw']
  const { pool, starts } = plannedPool(t, [...four, 'run', ...four, 'run'], { maxThreads: 1, recycle: { tasks: 1 } })
  const errors = count(pool, 'error')
  t.deepEqual(await Promise.all([pool.exec(1), pool.exec(2)]), [1, 2])
  t.true(starts() >= 10)
  t.is(errors.times, 0)
})

test('a file whose workers end as soon as they are ready is tried again with pauses', async (t) => {
  const pool = startPool(t, { filename: file('workers-short-lived.js'), maxThreads: 1 })
  const created = count(pool, 'workerCreate')
  await pool.ready
  // Time itself is the input here.
  await new Promise((resolve) => setTimeout(resolve, 1500))
  t.true(created.times < 15, `${created.times}`)
})

test('two workers that cannot start are one error event', async (t) => {
  const { pool } = plannedPool(t, ['throw'], { minThreads: 2 })
  const errors = count(pool, 'error')
  await rejection(pool.exec(1))
  await until(() => pool.threads === 0)
  await settled()
  t.is(errors.times, 1)
})

test('while one worker runs tasks it does not matter that another cannot start', async (t) => {
  const { pool } = plannedPool(t, ['run', 'throw'], { minThreads: 2 })
  const failed = once(pool, 'error')
  t.deepEqual(await Promise.all(range(20).map((value) => pool.exec(value))), range(20))
  t.is((await failed)[0].message, 'at the start')
  t.is(await pool.exec('goes on'), 'goes on')
})

test('a value that is not an error, thrown outside the task, rejects the task', async (t) => {
  endsCleanly(t, await run(`
    const pool = new WorkerPool({ filename: support.file('observing.js'), maxThreads: 1 })
    console.log(await support.rejection(pool.exec('text', { name: 'uncaught' })))
    console.log(await pool.exec('goes on'))
  `), { stdout: 'text\ngoes on\n' })
})

// ---- broadcast ----

/** The messages that each of a number of workers has received. */
async function heard (pool, count) {
  const { cells, begun, open } = gate()
  const tasks = range(count).map(() => pool.exec(cells, { name: 'heardWhenOpen' }))
  await begun(count)
  open()
  return Promise.all(tasks)
}

test('broadcast reaches the workers that there are, and those that come', async (t) => {
  const pool = startPool(t, { minThreads: 1, maxThreads: 3 })
  await pool.ready
  t.is(pool.broadcast({ a: 1 }), undefined)
  pool.broadcast('b')
  t.deepEqual(await heard(pool, 3), [[{ a: 1 }, 'b'], [{ a: 1 }, 'b'], [{ a: 1 }, 'b']])
  await pool.recycleWorkers()
  t.deepEqual(await heard(pool, 1), [[{ a: 1 }, 'b']])
})

test('a task that is given after a broadcast finds it there', async (t) => {
  const pool = startPool(t, { minThreads: 2 })
  for (const round of range(200)) {
    pool.broadcast(round)
    const [one, other] = await Promise.all([pool.exec(undefined, { name: 'heard' }), pool.exec(undefined, { name: 'heard' })])
    t.deepEqual([one, other], [range(round + 1), range(round + 1)])
  }
})

test('a later broadcast of a name takes the place of the earlier one, for workers of the future', async (t) => {
  const pool = startPool(t, { maxThreads: 1 })
  await pool.ready
  const later = [['old', 'a'], ['other', 'b'], [1], ['new', 'a'], [2]]
  for (const [data, name] of later) {
    pool.broadcast(data, { name })
    await pool.exec(0)
  }
  t.deepEqual(await heard(pool, 1), [['old', 'other', 1, 'new', 2]])
  await pool.recycleWorkers()
  t.deepEqual(await heard(pool, 1), [['other', 1, 'new', 2]])
})

test('an empty name is a name', async (t) => {
  const pool = startPool(t, { minThreads: 0 })
  pool.broadcast('without')
  pool.broadcast('old', { name: '' })
  pool.broadcast('new', { name: '' })
  t.deepEqual(await heard(pool, 1), [['without', 'new']])
})

test('broadcast to workers that answer on their parentPort is not a task', async (t) => {
  const pool = startPool(t, { filename: file('protocol.js'), minThreads: 2 })
  await pool.ready
  const messages = []
  pool.on('message', (message) => messages.push(message))
  pool.broadcast({ answer: 'to all' })
  await until(() => messages.length === 2)
  t.deepEqual(messages, ['to all', 'to all'])
  t.is(await pool.exec({ answer: 1 }), 1)
})

test('a broadcast is cloned at once, one clone per worker; shared memory is shared', async (t) => {
  const pool = startPool(t, { minThreads: 0 })
  const data = { bytes: new Uint8Array([1, 2]), cells: new Int32Array(new SharedArrayBuffer(4)) }
  pool.broadcast(data)
  data.bytes[0] = 9
  data.cells[0] = 9
  const all = await heard(pool, 2)
  t.deepEqual(all.map(([{ bytes, cells }]) => [...bytes, ...cells]), [[1, 2, 9], [1, 2, 9]])
  data.cells[0] = 10
  t.is(all[0][0].cells[0], 10)
})

test('data that cannot be cloned is refused, and not delivered', async (t) => {
  const pool = startPool(t)
  t.is(thrownBy(() => pool.broadcast([1, () => {}])).name, 'DataCloneError')
  t.is(thrownBy(() => pool.broadcast(Symbol('a'), { name: 'a' })).name, 'DataCloneError')
  t.deepEqual(await heard(pool, 1), [[]])
})

test('broadcast of a pool that is closed throws', async (t) => {
  const pool = startPool(t)
  const closed = pool.close()
  t.is(thrownBy(() => pool.broadcast(1)).code, 'ERR_ISOTHREADS_POOL_CLOSED')
  await closed
  t.is(thrownBy(() => pool.broadcast(1)).code, 'ERR_ISOTHREADS_POOL_CLOSED')
})

test('a broadcast at which a worker fails leaves no task pending', async (t) => {
  const pool = startPool(t, { filename: file('observing.js'), maxThreads: 1 })
  pool.broadcast(new RangeError('heard'))
  // It may have run the task before it ended.
  const [{ status, value, reason }] = await inTime(Promise.allSettled([pool.exec(1)]))
  t.is(status === 'fulfilled' ? value : reason.message, status === 'fulfilled' ? 1 : 'heard')
})

// ---- taskQueue ----

/** A queue of the user's own; `next` chooses. */
class Queue {
  tasks = []
  removed = []
  constructor (next = () => 0) { this.next = next }
  get size () { return this.tasks.length }
  push (task) { this.tasks.push(task) }
  shift () { return this.tasks.splice(this.next(this.tasks), 1)[0] }
  remove (task) {
    this.removed.push(task)
    this.tasks.splice(this.tasks.indexOf(task), 1)
  }
}

const dearest = (tasks) => tasks.indexOf(tasks.toSorted((a, b) => b.data.cost - a.data.cost)[0])

for (const [name, taskQueue, expected] of [
  ["'fifo'", 'fifo', [0, 1, 2, 3]],
  ["'lifo'", 'lifo', [3, 2, 1, 0]],
  ['an object, first come first served', new Queue(), [0, 1, 2, 3]],
  ['an object that chooses by the data', new Queue(dearest), [2, 0, 3, 1]]
]) {
  test(`taskQueue: ${name}`, async (t) => {
    const pool = startPool(t, { maxThreads: 1, taskQueue })
    const { cells, begun, open } = gate()
    const running = pool.exec(cells, { name: 'held' })
    await begun()
    const order = new Int32Array(new SharedArrayBuffer(20))
    const tasks = range(4).map((place) => pool.exec({ cells: order, place, cost: [5, 1, 9, 3][place] }, { name: 'order' }))
    t.is(pool.queueSize, 4)
    open()
    await Promise.all([running, ...tasks])
    t.deepEqual([...order.subarray(1)], expected)
  })
}

test("taskQueue: 'lifo' keeps to priorities", async (t) => {
  const pool = startPool(t, { maxThreads: 1, taskQueue: 'lifo' })
  const { cells, begun, open } = gate()
  const running = pool.exec(cells, { name: 'held' })
  await begun()
  const order = new Int32Array(new SharedArrayBuffer(20))
  const tasks = [0, 5, 0, 5].map((priority, place) => pool.exec({ cells: order, place }, { name: 'order', priority }))
  open()
  await Promise.all([running, ...tasks])
  t.deepEqual([...order.subarray(1)], [3, 1, 2, 0])
})

/** A pool with one worker, which is held, and a queue of the user's own. */
async function heldPool (t, taskQueue, options) {
  const pool = startPool(t, { maxThreads: 1, taskQueue, ...options })
  const { cells, begun, open } = gate()
  const running = pool.exec(cells, { name: 'held' })
  await begun()
  return { pool, running, open }
}

test('taskQueue: an object holds only tasks that cannot run, as { data, options }', async (t) => {
  const queue = new Queue()
  const { pool, running, open } = await heldPool(t, queue)
  const [data, options] = [{ a: 1 }, { priority: 1 }]
  const task = pool.exec(data, options)
  t.deepEqual(queue.tasks.map((task) => Object.keys(task)), [['data', 'options']])
  t.is(queue.tasks[0].data, data)
  t.like(queue.tasks[0].options, options)
  open()
  await running
  t.deepEqual(await task, { a: 1 })
  t.is(queue.size, 0)
})

test('taskQueue: maxQueue counts the tasks that wait in an object', async (t) => {
  const { pool, running, open } = await heldPool(t, new Queue(), { maxQueue: 2 })
  const tasks = [1, 2].map((value) => pool.exec(value))
  t.is((await rejection(pool.exec(3))).code, 'ERR_ISOTHREADS_QUEUE_FULL')
  open()
  await running
  t.deepEqual(await Promise.all(tasks), [1, 2])
})

// What is refused in the end is a task that failed, whichever queue it was in.
for (const kind of ['fifo', 'lifo', 'an object']) {
  test(`taskQueue: ${kind}: tasks that are aborted or wait for too long are taken out, and have failed`, async (t) => {
    const queue = kind === 'an object' ? new Queue() : kind
    const { pool, running, open } = await heldPool(t, queue)
    const controller = new AbortController()
    const aborted = pool.exec(1, { signal: controller.signal })
    const late = pool.exec(2, { queueTimeout: 10 })
    const kept = pool.exec(3)
    const [first, second] = queue.tasks ?? []
    controller.abort('enough')
    t.like(await rejection(aborted), { name: 'AbortError', cause: 'enough' })
    t.like(await rejection(late), { name: 'TimeoutError', code: 'ERR_ISOTHREADS_TASK_TIMEOUT' })
    t.is(pool.queueSize, 1)
    if (queue.tasks) t.true(queue.removed.length === 2 && queue.removed[0] === first && queue.removed[1] === second)
    open()
    await running
    t.is(await kept, 3)
    controller.abort('again')
    t.like(pool.stats(), { completed: 2, failed: 2, pending: 0 })
  })

  test(`taskQueue: ${kind}: close finishes waiting tasks, destroy rejects them`, async (t) => {
    const fresh = () => kind === 'an object' ? new Queue() : kind
    const { pool, running, open } = await heldPool(t, fresh())
    const waiting = range(3).map((value) => pool.exec(value))
    const closed = pool.close()
    open()
    await closed
    t.deepEqual(await Promise.all(waiting), range(3))
    t.is(typeof await running, 'number')

    const other = await heldPool(t, fresh())
    const ends = Promise.allSettled([...range(3).map((value) => other.pool.exec(value)), other.running])
    await other.pool.destroy()
    const codes = (await ends).map(({ reason }) => reason.code)
    t.deepEqual(codes, [...Array(3).fill('ERR_ISOTHREADS_POOL_CLOSED'), 'ERR_ISOTHREADS_WORKER_EXITED'])
    t.is(other.pool.failed, 4)
  })
}

test('taskQueue: an object gets no task back when its worker ends', async (t) => {
  const queue = new Queue()
  const pool = startPool(t, { maxThreads: 1, taskQueue: queue })
  const tasks = Promise.allSettled([pool.exec(1, { name: 'exit' }), pool.exec(2), pool.exec(3)])
  t.deepEqual((await tasks).map(({ status, value }) => value ?? status), ['rejected', 2, 3])
  t.is(queue.size, 0)
})

for (const [what, shift] of [['nonsense', '() => { queue.tasks.shift(); return {} }'], ['nothing', '() => undefined'], ['an error', '() => { throw new RangeError("of the queue") }']]) {
  test(`taskQueue: an object that returns ${what} instead of its tasks leaves no task pending`, async (t) => {
    endsCleanly(t, await run(`
      const queue = { tasks: [], push (task) { this.tasks.push(task) }, shift () { return this.tasks.shift() }, remove () {}, get size () { return this.tasks.length } }
      const pool = new WorkerPool({ filename: file, maxThreads: 1, taskQueue: queue })
      pool.on('error', () => {})
      const { cells, begun, open } = support.gate()
      const tasks = [pool.exec(cells, { name: 'held' }), pool.exec(1), pool.exec(2)]
      const ends = Promise.allSettled(tasks)
      await begun()
      queue.shift = ${shift}
      open()
      console.log(typeof await tasks[0])
      await pool.destroy()
      console.log((await ends).map(({ status }) => status))
    `), { stdout: "number\n[ 'fulfilled', 'rejected', 'rejected' ]\n" })
  })
}

// ---- maxQueue ----

test("maxQueue: 'auto' is the square of maxThreads, also after a resize", async (t) => {
  const pool = startPool(t, { minThreads: 2, maxQueue: 'auto' })
  const { cells, begun, open } = gate()
  const tasks = range(2).map(() => pool.exec(cells, { name: 'held' }))
  await begun(2)
  for (const value of range(4)) tasks.push(pool.exec(value))
  t.is((await rejection(pool.exec(4))).code, 'ERR_ISOTHREADS_QUEUE_FULL')
  pool.resize(2, 3)
  const more = gate()
  // The new worker takes one of those that wait.
  await until(() => pool.queueSize === 0)
  tasks.push(pool.exec(more.cells, { name: 'held' }))
  await more.begun()
  for (const value of range(9)) tasks.push(pool.exec(value))
  t.is((await rejection(pool.exec(9))).code, 'ERR_ISOTHREADS_QUEUE_FULL')
  open()
  more.open()
  t.is((await Promise.all(tasks)).length, 16)
})

test('maxQueue counts tasks without a worker, not those that a free worker is about to take', async (t) => {
  const pool = startPool(t, { minThreads: 2, maxQueue: 1 })
  await until(() => pool.idleThreads === 2)
  t.deepEqual(await Promise.all(range(3).map((value) => pool.exec(value).catch(({ code }) => code))), range(3))
})

// ---- many pools, and the end of the process ----

test('a worker that is ended takes its pool with it', async (t) => {
  const { cells, begun } = gate()
  const worker = startWorker(t, `
    const { WorkerPool } = require(${JSON.stringify(require.resolve('..'))})
    const { cells, file } = require('worker_threads').workerData
    const pool = new WorkerPool(file, 2)
    for (let count = 0; count < 4; count++) pool.exec(cells, { name: 'held' }).catch(() => {})
  `, { workerData: { cells, file: file('workers.js') } })
  await begun(2)
  t.is(await worker.terminate(), 1)
})

test('a pool in a task of a pool', async (t) => {
  const pool = startPool(t, { maxThreads: 1 })
  const nested = async (api, file, values) => {
    const pool = new (require(api).WorkerPool)(file, 2)
    const results = await Promise.all(values.map((value) => pool.exec(value)))
    await pool.close()
    return results
  }
  t.deepEqual(await pool.exec(nested, [require.resolve('..'), file('workers.js'), range(10)]), range(10))
})

linuxTest('20 pools in every state leave no thread behind', async (t) => {
  endsCleanly(t, await run(`
    const ends = [
      (pool) => pool.destroy(),
      async (pool) => { await pool.exec(1); await pool.close() },
      async (pool) => { await pool.ready; pool.exec(support.gate().cells, { name: 'held' }).catch(() => {}); await pool.destroy() },
      async (pool) => { pool.exec(1); pool.close(); await pool.close() },
      async (pool) => { await pool.exec(1, { name: 'exit' }).catch(() => {}); await pool.destroy() }
    ]
    const live = async (count) => { for (let number = 0; number < count; number++) await ends[number % 5](new WorkerPool(file, 2)) }
    const alive = setInterval(() => {}, 1000)
    await live(5)
    const before = threadCount()
    await live(20)
    console.log(await threadsAbove(before))
    clearInterval(alive)
  `), { stdout: '0\n' })
})

linuxTest('a pool in a worker that is ended leaves no thread behind', async (t) => {
  endsCleanly(t, await run(`
    const live = async () => {
      const { cells, begun } = support.gate()
      const worker = new Worker(\`
        const { file, api, cells } = require('worker_threads').workerData
        const pool = new (require(api).WorkerPool)(file, 2)
        for (let count = 0; count < 4; count++) pool.exec(cells, { name: 'held' }).catch(() => {})
      \`, { eval: true, workerData: { file, cells, api: ${JSON.stringify(require.resolve('..'))} } })
      await begun(2)
      await worker.terminate()
    }
    await live()
    const before = threadCount()
    for (let count = 0; count < 5; count++) await live()
    console.log(await threadsAbove(before))
  `), { stdout: '0\n' })
})

linuxTest('300 workers that each run one task leave no thread and no descriptor behind', async (t) => {
  t.timeout(180_000)
  endsCleanly(t, await run(`
    const alive = setInterval(() => {}, 1000)
    const live = async (count) => {
      const pool = new WorkerPool({ filename: file, maxThreads: 2, recycle: { tasks: 1 } })
      const threads = await Promise.all(Array.from({ length: count }, () => pool.exec(undefined, { name: 'thread' })))
      await pool.destroy()
      return [new Set(threads).size, require('fs').readdirSync('/proc/self/fd').length]
    }
    const [, descriptors] = await live(10)
    const threads = threadCount()
    const after = await live(300)
    console.log(after[0], await threadsAbove(threads), after[1] - descriptors)
    clearInterval(alive)
  `, { timeout: 170_000 }), { stdout: '300 0 0\n' })
})

const never = "{ filename: file, minThreads: 2, maxThreads: 2, workerData: { teardown: 'never' } }"
const plain = '{ filename: file, minThreads: 2, maxThreads: 2 }'
const held = 'const { cells, begun } = support.gate(); for (let count = 0; count < 4; count++) pool.exec(cells, { name: "held" }).catch(() => {}); await begun(2);'

// A program, and whether it ends by itself there.
const states = {
  'is just made': [plain, '', true],
  'has idle workers': [plain, 'await pool.exec(1)', true],
  'runs tasks, and others wait': [plain, held, false],
  'closes while tasks run': [plain, `${held} pool.close()`, false],
  'is torn down without an end': [never, 'await pool.exec(1); pool.close()', false],
  'has just closed': [plain, 'await pool.exec(1); pool.close()', true],
  'is being destroyed': [plain, `${held} pool.destroy()`, true],
  'replaces its workers': [plain, 'await pool.exec(1); pool.recycleWorkers()', true],
  'tries again to start a worker': ['{ filename: failing, maxThreads: 1 }', 'await new Promise((resolve) => pool.once("workerCreate", (worker) => worker.ref()).once("workerDestroy", resolve))', true],
  'cannot start': ['{ filename: failing, maxThreads: 1 }', 'await support.rejection(pool.exec(1))', true]
}

for (const [state, [options, act, endsByItself]] of Object.entries(states)) {
  const source = `const pool = new WorkerPool(${options}); ${act}`

  test(`process.exit() with a pool that ${state}`, async (t) => {
    endsCleanly(t, await run(`${source}; process.exit(3)`), { code: 3 })
  })

  if (endsByItself) {
    test(`the process ends by itself with a pool that ${state}`, async (t) => {
      endsCleanly(t, await run(source))
    })
  }
}

test('pools that are used while the process exits', async (t) => {
  endsCleanly(t, await run(`
    const pool = new WorkerPool(file, 1)
    await pool.exec(1)
    process.on('exit', () => {
      pool.exec(2).catch(() => {})
      pool.broadcast(3)
      new WorkerPool(file, 1).exec(4).catch(() => {})
      pool.destroy()
    })
  `))
})
