'use strict'

// A debugger with workers: the process waits for it, it sees the workers, and it does not keep them from ending.

const path = require('node:path')
const test = require('ava')
const { bounded, beyondNode, nextMessage, packageRoot, startWorker } = require('./helpers')
const { debug } = require('./debugger')

const check = bounded(test)
const checkOurs = beyondNode(test)
const workerThreads = process.env.ISOTHREADS_TEST_PEER === 'node' ? 'node:worker_threads' : packageRoot
const preamble = `const { Worker, WorkerPool } = require(${JSON.stringify(workerThreads)})\n`

const everyKind = `${preamble}
  const nested = ${JSON.stringify(`${preamble} new Worker('console.log("nested worker")', { eval: true })`)}
  const pool = new WorkerPool(${JSON.stringify(path.join(__dirname, 'fixtures', 'pool', 'functions.js'))}, 1)
  new Worker('console.log("worker")', { eval: true }).on('exit', () => {
    new Worker(nested, { eval: true }).on('exit', async () => {
      console.log('pool', await pool.exec(1.5, { name: 'double' }))
      await pool.close()
    })
  })
`

for (const flag of ['--inspect=0', '--inspect-wait=0', '--inspect-brk=0', '--inspect-brk-node=0']) {
  checkOurs('Workers of Node wait for the debugger too, each of them', `workers run under ${flag} once the debugger goes on`, async (t) => {
    const { main, goOn, ended } = await debug([flag, '-e', everyKind])
    main.on('event', (method) => { if (method === 'Debugger.paused') main.tell('Debugger.resume') })
    main.tell('Debugger.enable')
    goOn()
    const { code, signal, stdout } = await ended
    t.deepEqual({ code, signal, stdout: stdout.split('\n') }, { code: 0, signal: null, stdout: ['worker', 'nested worker', 'pool 3', ''] })
  })
}

check('a debugger sees a worker, has it wait, and stops in it', async (t) => {
  const { main, goOn, ended } = await debug(['--inspect-wait=0', '-e', `${preamble} new Worker('const answer = 42; debugger', { eval: true })`])
  const attached = new Promise((resolve) => main.once('worker', resolve))
  await main.send('NodeWorker.enable', { waitForDebuggerOnStart: true })
  goOn()
  const worker = await attached
  t.true(worker.waitingForDebugger)
  t.is(worker.workerInfo.type, 'worker')
  const gone = new Promise((resolve) => worker.once('detached', resolve))
  let answer
  const evaluated = new Promise((resolve, reject) => worker.on('event', (method, { callFrames }) => {
    if (method !== 'Debugger.paused') return
    const [{ callFrameId, url }] = callFrames
    if (url.includes('worker eval') || url === '') {
      worker.send('Debugger.evaluateOnCallFrame', { callFrameId, expression: 'typeof answer === "undefined" ? undefined : answer' })
        .then(({ result }) => {
          answer ??= result.value
          worker.tell('Debugger.resume')
          if (answer !== undefined) resolve()
        }, reject)
    } else {
      // What runs before the worker's own code.
      worker.tell('Debugger.resume')
    }
  }))
  await worker.send('Debugger.enable')
  worker.tell('Runtime.runIfWaitingForDebugger')
  await evaluated
  t.is(answer, 42)
  await gone
  t.like(await ended, { code: 0, signal: null })
})

checkOurs('A Worker of Node may go on waiting', 'terminate() ends a worker that a debugger holds before its first line', async (t) => {
  const { main, goOn, ended } = await debug(['--inspect-wait=0', '-e', `${preamble}
    const worker = new Worker('setInterval(() => {}, 1e6)', { eval: true })
    worker.on('exit', (code) => console.log('exit', code))
    globalThis.end = () => worker.terminate()`])
  const attached = new Promise((resolve) => main.once('worker', resolve))
  await main.send('NodeWorker.enable', { waitForDebuggerOnStart: true })
  goOn()
  t.true((await attached).waitingForDebugger)
  await main.send('Runtime.evaluate', { expression: 'end()' })
  t.like(await ended, { code: 0, signal: null, stdout: 'exit 1\n' })
})

checkOurs('A Worker of Node may go on waiting', 'terminate() ends a nested worker that a debugger holds before its first line', async (t) => {
  const nested = `
    const { Worker } = require('worker_threads')
    const worker = new Worker('setInterval(() => {}, 1e6)', { eval: true })
    worker.on('exit', (code) => { console.log('exit', code) })
    globalThis.end = () => worker.terminate()`
  const { main, goOn, ended } = await debug(['--inspect-wait=0', '-e', `${preamble} new Worker(${JSON.stringify(nested)}, { eval: true })`])
  const attached = new Promise((resolve) => main.once('worker', resolve))
  await main.send('NodeWorker.enable', { waitForDebuggerOnStart: true })
  goOn()
  const outer = await attached
  const innerAttached = new Promise((resolve) => main.once('worker', resolve))
  outer.tell('Runtime.runIfWaitingForDebugger')
  t.true((await innerAttached).waitingForDebugger)
  await outer.send('Runtime.evaluate', { expression: 'end()' })
  t.like(await ended, { code: 0, signal: null, stdout: 'exit 1\n' })
})

check('a worker debugs itself and the main thread', async (t) => {
  globalThis.isothreadsTestAnswer = 42
  const worker = startWorker(t, `
    const { parentPort } = require('worker_threads')
    const { Session } = require('inspector/promises')
    const evaluate = async (connect, expression) => {
      const session = new Session()
      session[connect]()
      const { result } = await session.post('Runtime.evaluate', { expression })
      session.disconnect()
      return result.value
    }
    const profile = async () => {
      const session = new Session()
      session.connect()
      await session.post('Profiler.enable')
      await session.post('Profiler.start')
      const { profile } = await session.post('Profiler.stop')
      return profile.nodes.length > 0
    }
    Promise.all([
      evaluate('connect', '1 + 1'),
      evaluate('connectToMainThread', 'isothreadsTestAnswer'),
      profile()
    ]).then((found) => parentPort.postMessage(found))
  `)
  const found = await nextMessage(worker)
  delete globalThis.isothreadsTestAnswer
  t.deepEqual(found, [2, 42, true])
})

check('node:inspector in a worker has its own state and throws errors with codes', async (t) => {
  const worker = startWorker(t, `
    const inspector = require('inspector')
    const codeOf = (action) => { try { action() } catch (error) { return error instanceof Error && error.code } }
    const session = new inspector.Session()
    require('worker_threads').parentPort.postMessage([
      codeOf(() => inspector.waitForDebugger()),
      codeOf(() => session.post('Runtime.enable')),
      codeOf(() => session.connect()),
      codeOf(() => session.connect()),
      inspector.url(),
      typeof process._debugProcess,
      typeof process._debugEnd
    ])
  `)
  t.deepEqual(await nextMessage(worker), [
    'ERR_INSPECTOR_NOT_ACTIVE', 'ERR_INSPECTOR_NOT_CONNECTED', undefined, 'ERR_INSPECTOR_ALREADY_CONNECTED', undefined, 'undefined', 'undefined'
  ])
})
