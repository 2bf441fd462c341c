'use strict'

// From Node 24 on V8 compiles this loop without a check for terminations. Before, it ends as any other loop does.

const ava = require('ava')
const { beyondNode } = require('./helpers')
const { runProgram, endsCleanly } = require('./run-process')

const test = beyondNode(ava)
const reason = 'Node cannot end such a worker, and at the heap limit its process is aborted or takes all memory'

const loop = 'for (;;) new Array(1000).fill({})'
const growingLoop = 'const all = []; for (;;) all.push(new Array(1000).fill({}))'

const prelude = `
  const loop = ${JSON.stringify(loop)}
  const growingLoop = ${JSON.stringify(growingLoop)}
  const { AtomicView, MessageChannel, Mutex, WorkerPool } = api
  const start = (code, options) => new Worker('const { parentPort, workerData } = require("worker_threads");' + code, { eval: true, ...options })
  // The loop is optimised some time after its start. Its heap use shows that it runs.
  const optimised = () => new Promise((resolve) => setTimeout(resolve, 500))
  const terminateInLoop = async (worker) => {
    await once(worker, 'message')
    await optimised()
    return worker.terminate()
  }
  const runsWell = async () => { console.log('well', ...await once(start('parentPort.postMessage(1)'), 'message')) }
`

test(reason, 'terminate() ends a worker in a loop that V8 cannot interrupt', async (t) => {
  endsCleanly(t, await runProgram(`${prelude}
    const worker = start('parentPort.postMessage(0);' + loop)
    const events = []
    worker.on('error', () => events.push('error')).on('exit', (code) => events.push(code))
    console.log(await terminateInLoop(worker), events.join(), worker.threadId)
    await runsWell()
  `), { stdout: '1 1 -1\nwell 1\n' })
})

test(reason, 'the heap limit ends a worker in a loop that V8 cannot interrupt, with bounded memory', async (t) => {
  endsCleanly(t, await runProgram(`${prelude}
    const worker = start(growingLoop, { resourceLimits: { maxOldGenerationSizeMb: 32 } })
    let peak = 0
    const timer = setInterval(() => { peak = Math.max(peak, process.memoryUsage.rss()) }, 20)
    worker.on('error', ({ code }) => console.log(code))
    console.log(await new Promise((resolve) => worker.on('exit', resolve)))
    clearInterval(timer)
    console.log(peak < 2.6e9 || peak)
    await runsWell()
  `), { stdout: 'ERR_WORKER_OUT_OF_MEMORY\n1\ntrue\nwell 1\n' })
})

for (const [title, end] of [['a natural end', 'process.exitCode = 3'], ['process.exit()', 'process.exit(3)'], ['an uncaught error', 'process.on("uncaughtException", () => process.exit(3)); throw 1']]) {
  test(reason, `the process ends with its own exit code after such a worker: ${title}`, async (t) => {
    endsCleanly(t, await runProgram(`${prelude}
      await terminateInLoop(start('parentPort.postMessage(0);' + loop))
      process.on('exit', (code) => console.log('exit', code))
      ${end}
    `), { code: 3, stdout: 'exit 3\n' })
  })
}

test(reason, 'process.exit() with such a worker running', async (t) => {
  endsCleanly(t, await runProgram(`${prelude}
    const worker = start('parentPort.postMessage(0);' + loop)
    await once(worker, 'message')
    await optimised()
    process.exit(3)
  `), { code: 3 })
})

test(reason, 'what such a worker held goes to others: a mutex, its ports, its workers', async (t) => {
  endsCleanly(t, await runProgram(`${prelude}
    const mutex = new Mutex()
    const { port1, port2 } = new MessageChannel()
    const cells = new Int32Array(new SharedArrayBuffer(4))
    const inner = 'const { parentPort, workerData } = require("worker_threads"); parentPort.postMessage(0); for (;;) Atomics.add(workerData, 0, 1)'
    const worker = start(\`
      const { Worker } = require('worker_threads')
      workerData.mutex.lock()
      const nested = new Worker(\${JSON.stringify(inner)}, { eval: true, workerData: workerData.cells })
      nested.on('message', () => {
        parentPort.postMessage(0)
        \${loop}
      })
    \`, { workerData: { mutex, port: port2, cells }, transferList: [port2] })
    const closed = once(port1, 'close')
    await once(worker, 'message')
    const taken = mutex.lockAsync()
    await optimised()
    await worker.terminate()
    const guard = await taken
    console.log('poisoned', guard.poisoned)
    guard.release()
    await closed
    const before = Atomics.load(cells, 0)
    await runsWell()
    console.log('still', Atomics.load(cells, 0) === before)
  `), { stdout: 'poisoned true\nwell 1\nstill true\n' })
})

test(reason, 'a task of a pool in such a loop is aborted, and the next one runs', async (t) => {
  endsCleanly(t, await runProgram(`${prelude}
    const pool = new WorkerPool({ maxThreads: 1 })
    const controller = new AbortController()
    const task = pool.exec(() => { for (;;) new Array(1000).fill({}) }, [], { signal: controller.signal })
    setTimeout(() => controller.abort(), 500)
    await task.catch(({ name }) => console.log(name))
    console.log(await pool.exec((a) => a + 1, [1]))
    await pool.close()
  `), { stdout: 'AbortError\n2\n' })
})
