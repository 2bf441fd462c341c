'use strict'

const test = require('ava')
const { once } = require('node:events')
const { MessageChannel, Worker, WorkerPool, bounded, eventsUntilExit, nodeMajor, startWorker } = require('./helpers')
const { runNode } = require('./run-process')

const prewarmed = bounded(test)
// Node 20 has no lean runtime.
const runtimes = nodeMajor >= 22 ? ['node', 'lean'] : ['node']
const ask = async (worker) => (await once(worker, 'message'))[0]

// A spare worker has its id before the workers that are made after it.
const isSpare = (worker, id) => worker.threadId <= id
const newestId = (t, runtime) => startWorker(t, '', { runtime, resourceLimits: { maxOldGenerationSizeMb: 99 } }).threadId

for (const runtime of runtimes) {
  const withoutSpares = () => Worker.prewarm(0, { runtime })

  prewarmed(`a spare worker becomes any worker with the same options (${runtime})`, async (t) => {
    t.teardown(withoutSpares)
    await Worker.prewarm(1, { runtime })
    const id = newestId(t, runtime)
    const { port1, port2 } = new MessageChannel()
    const worker = startWorker(t, `
      const { parentPort, threadId, threadName, workerData } = require('worker_threads')
      workerData.port.postMessage('through the port')
      parentPort.once('message', (message) => {
        parentPort.postMessage({ message, threadId, threadName, n: workerData.n, now: Date.now() - (performance.timeOrigin + performance.now()) })
      })
    `, { runtime, name: 'taken', workerData: { n: 7, port: port2 }, transferList: [port2] })
    t.true(isSpare(worker, id))
    worker.postMessage('early')
    const [[through], answer] = await Promise.all([once(port1, 'message'), ask(worker)])
    t.is(through, 'through the port')
    t.like(answer, { message: 'early', threadId: worker.threadId, n: 7 })
    // Node 20 has no such export.
    if (nodeMajor >= 22) t.is(answer.threadName, 'taken')
    t.true(Math.abs(answer.now) < 1_000, `${answer.now}`)
    t.is(worker.threadName, 'taken')
    port1.close()
  })

  prewarmed(`the events of a worker that was spare are those of any other (${runtime})`, async (t) => {
    t.teardown(withoutSpares)
    await Worker.prewarm(3, { runtime })
    const id = newestId(t, runtime)
    const summary = async (code) => {
      const worker = startWorker(t, code, { runtime })
      t.true(isSpare(worker, id))
      return (await eventsUntilExit(worker)).map(([name, value]) => [name, value?.message ?? value])
    }
    t.deepEqual(await summary('require("worker_threads").parentPort.postMessage(1)'), [['online', undefined], ['message', 1], ['exit', 0]])
    t.deepEqual(await summary('throw new Error("x")'), [['online', undefined], ['error', 'x'], ['exit', 1]])
    const worker = startWorker(t, 'for (;;);', { runtime })
    t.true(isSpare(worker, id))
    t.is(await worker.terminate(), 1)
  })

  prewarmed(`limits that differ need another worker, and equal ones are reported (${runtime})`, async (t) => {
    const resourceLimits = { maxOldGenerationSizeMb: 31, stackSizeMb: 2 }
    t.teardown(() => Worker.prewarm(0, { runtime, resourceLimits }))
    await Worker.prewarm(1, { runtime, resourceLimits })
    const other = startWorker(t, '', { runtime })
    const code = 'const { parentPort, resourceLimits } = require("worker_threads"); parentPort.postMessage(resourceLimits)'
    const worker = startWorker(t, code, { runtime, resourceLimits })
    t.true(worker.threadId < other.threadId)
    const { resourceLimits: reported } = worker
    t.like(await ask(worker), resourceLimits)
    t.like(reported, resourceLimits)
  })

  prewarmed(`with keep, those that were taken are replaced (${runtime})`, async (t) => {
    t.teardown(withoutSpares)
    await Worker.prewarm(2, { runtime, keep: 2 })
    for (let round = 0; round < 4; round++) {
      // Resolves when both are ready again.
      await Worker.prewarm(2, { runtime, keep: 2 })
      const id = newestId(t, runtime)
      const workers = [1, 2].map(() => startWorker(t, 'require("worker_threads").parentPort.postMessage("here")', { runtime }))
      t.true(workers.every((worker) => isSpare(worker, id)))
      t.deepEqual(await Promise.all(workers.map(ask)), ['here', 'here'])
    }
  })

  prewarmed(`spare workers do not keep the process alive, and end with it (${runtime})`, async (t) => {
    const code = (then) => `require('isothreads').Worker.prewarm(3, { runtime: '${runtime}', keep: 3 }).then(() => { ${then} })`
    for (const then of ['console.log("ready")', 'console.log("ready"); process.exit()']) {
      const { code: exitCode, stdout } = await runNode(['-e', code(then)])
      t.is(exitCode, 0)
      t.is(stdout.trim(), 'ready')
    }
    // Whoever waits for one that replaces another does keep it alive.
    const taking = `for (let n = 0; n < 3; n++) { new Worker('', { eval: true, runtime: '${runtime}' }); await new Promise(setImmediate); await prewarm() }`
    const waiting = await runNode(['-e', `const { Worker } = require('isothreads')
      const prewarm = () => Worker.prewarm(2, { runtime: '${runtime}', keep: 2 })
      ;(async () => { await prewarm(); ${taking} console.log('ready') })()`])
    t.is(waiting.stdout.trim(), 'ready')
    // Those that have not started, too.
    t.is((await runNode(['-e', `${code('')}; process.exit(3)`])).code, 3)
  })
}

prewarmed('variables and flags of an environment that differ need another worker', async (t) => {
  const env = { PREWARMED: 'yes' }
  const execArgv = ['--no-warnings']
  t.teardown(() => Worker.prewarm(0, { env, execArgv }))
  await Worker.prewarm(1, { env, execArgv })
  const code = 'require("worker_threads").parentPort.postMessage([process.env.PREWARMED, process.execArgv, process.argv[2]])'
  const others = [{}, { env }, { execArgv }, { env: { PREWARMED: 'no' }, execArgv }].map((options) => startWorker(t, code, options))
  const worker = startWorker(t, code, { env: { ...env }, execArgv: [...execArgv], argv: ['argument'] })
  t.true(others.every((other) => other.threadId > worker.threadId))
  const [answer, other] = await Promise.all([ask(worker), ask(others[3])])
  t.deepEqual(answer, ['yes', execArgv, 'argument'])
  t.is(other[0], 'no')
})

prewarmed('a change of a variable of the process reaches the next worker', async (t) => {
  t.teardown(() => {
    delete process.env.PREWARM_TEST
    return Worker.prewarm(0)
  })
  await Worker.prewarm(1)
  process.env.PREWARM_TEST = 'changed'
  t.is(await ask(startWorker(t, 'require("worker_threads").parentPort.postMessage(process.env.PREWARM_TEST)')), 'changed')
  delete process.env.PREWARM_TEST
})

prewarmed('a pool takes spare workers', async (t) => {
  t.teardown(() => Worker.prewarm(0))
  await Worker.prewarm(2)
  const newest = newestId(t, 'node')
  const pool = new WorkerPool({ filename: require.resolve('./fixtures/prewarm/thread.js'), minThreads: 2, maxThreads: 2 })
  t.teardown(() => pool.destroy())
  const ids = await Promise.all(Array.from({ length: 20 }, () => pool.exec()))
  t.true(ids.every((id) => id < newest), ids.join())
})

prewarmed('prewarm() refuses what new Worker refuses, and counts that are none', async (t) => {
  await t.throwsAsync(Worker.prewarm(-1), { code: 'ERR_OUT_OF_RANGE' })
  await t.throwsAsync(Worker.prewarm('1'), { code: 'ERR_INVALID_ARG_TYPE' })
  await t.throwsAsync(Worker.prewarm(1, { keep: 0.5 }), { code: 'ERR_OUT_OF_RANGE' })
  await t.throwsAsync(Worker.prewarm(1, { runtime: 'other' }), { code: 'ERR_INVALID_ARG_VALUE' })
  await t.throwsAsync(Worker.prewarm(1, { execArgv: ['--no-such-flag'] }), { code: 'ERR_WORKER_INVALID_EXEC_ARGV' })
})
