'use strict'

// A debugger with workers: the process waits for it, it sees the workers, and it does not keep them from ending.

const path = require('node:path')
const test = require('ava')
const { bounded, beyondNode, nextMessage, packageRoot, startWorker } = require('./helpers')
const { debug } = require('./debugger')
const { runNode } = require('./run-process')

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
  checkOurs('Node has no pools', `workers of every kind run under ${flag} once the debugger lets each go on`, async (t) => {
    const { main, goOn, ended } = await debug([flag, '-e', everyKind])
    const letGo = (target) => {
      target.on('event', (method) => { if (method === 'Debugger.paused') target.tell('Debugger.resume') })
      target.tell('Debugger.enable', 'Runtime.runIfWaitingForDebugger')
    }
    main.on('worker', letGo)
    letGo(main)
    await main.send('NodeWorker.enable', { waitForDebuggerOnStart: false })
    goOn()
    const { code, signal, stdout } = await ended
    t.deepEqual({ code, signal, stdout: stdout.split('\n') }, { code: 0, signal: null, stdout: ['worker', 'nested worker', 'pool 3', ''] })
  })
}

// Runs the same workers with Node's Worker and with ours, and returns what a debugger hears of each of them.
const kinds = `
  const { once } = require('node:events')
  const all = [
    [${JSON.stringify(path.join(__dirname, 'fixtures', 'debugger', 'steps.js'))}, { name: 'my worker' }],
    [${JSON.stringify(path.join(__dirname, 'fixtures', 'debugger', 'module.mjs'))}],
    ['console.log(44)', { eval: true }]
  ]
  const run = async () => {
    for (const { Worker } of [require('node:worker_threads'), require(${JSON.stringify(packageRoot)})]) {
      for (const args of all) await once(new Worker(...args), 'exit')
    }
  }
  run()
`

async function observe (flag, waitForDebuggerOnStart, onPause = (worker) => worker.tell('Debugger.resume')) {
  const { main, goOn, ended } = await debug([flag, '-e', kinds])
  const heard = []
  main.on('event', (method) => { if (method === 'Debugger.paused') main.tell('Debugger.resume') })
  main.on('worker', (worker) => {
    const { waitingForDebugger, workerInfo: { type, title, url } } = worker
    const events = [{ waitingForDebugger, type, title: title.replace(/\d/, 'N'), url }]
    heard.push(events)
    const urls = new Map()
    worker.on('event', (method, params) => {
      switch (method) {
        case 'Runtime.executionContextCreated':
          events.push(params.context.name.replace(/\d/, 'N'))
          break
        case 'Debugger.scriptParsed':
          urls.set(params.scriptId, params.url)
          break
        case 'Debugger.paused': {
          const { reason, callFrames: [frame] } = params
          events.push([reason, urls.get(frame.location.scriptId), frame.location.lineNumber, frame.location.columnNumber])
          onPause(worker, frame, (event) => { events.push(event) })
          break
        }
        case 'Runtime.consoleAPICalled':
          events.push(params.args[0].value)
      }
    })
    worker.tell('Runtime.enable', 'Debugger.enable', 'Runtime.runIfWaitingForDebugger')
  })
  main.tell('Debugger.enable')
  await main.send('NodeWorker.enable', { waitForDebuggerOnStart })
  goOn()
  const { code } = await ended
  return { code, ofNode: heard.slice(0, 3), ours: heard.slice(3) }
}

for (const [flag, waitForDebuggerOnStart] of [['--inspect-brk=0', false], ['--inspect-wait=0', false], ['--inspect-wait=0', true]]) {
  const name = `${flag}${waitForDebuggerOnStart ? ' and waitForDebuggerOnStart' : ''}`
  check(`under ${name} a worker waits, and stops where Node's does: at its own first line`, async (t) => {
    const { code, ofNode, ours } = await observe(flag, waitForDebuggerOnStart)
    t.is(code, 0)
    t.deepEqual(ours, ofNode)
    t.deepEqual(ours.map((events) => events.at(-1)), [43, 43, 44])
    const stops = ours.map((events) => events.filter((event) => event[0] === 'Break on start').length)
    t.deepEqual(stops, flag === '--inspect-brk=0' || waitForDebuggerOnStart ? [1, 1, 0] : [0, 0, 0])
  })
}

check('breakpoints, steps and variables in a worker', async (t) => {
  const resume = ['Debugger.stepInto', 'Debugger.stepOver', 'Debugger.stepOut', 'Debugger.resume']
  const steps = new Map()
  const onPause = async (worker, frame, note) => {
    if (!worker.workerInfo.url.endsWith('steps.js')) return worker.tell('Debugger.resume')
    const step = steps.get(worker) ?? 0
    steps.set(worker, step + 1)
    if (step === 0) {
      const { locations } = await worker.send('Debugger.setBreakpointByUrl', { url: worker.workerInfo.url, lineNumber: 7 })
      note(locations.map(({ lineNumber, columnNumber }) => [lineNumber, columnNumber]))
      return worker.tell('Debugger.resume')
    }
    const scope = frame.scopeChain.find(({ type }) => type === 'local')
    const { result } = await worker.send('Runtime.getProperties', { objectId: scope.object.objectId, ownProperties: true })
    note(result.map(({ name, value }) => `${name}: ${value?.value ?? value?.type}`).join())
    worker.tell(resume[step - 1])
  }
  const { code, ofNode, ours } = await observe('--inspect-brk=0', false, onPause)
  t.is(code, 0)
  t.deepEqual(ours, ofNode)
  t.true(ours[0].includes('number: 1,sum: undefined'), JSON.stringify(ours[0]))
})

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
  t.like(await ended, { code: 0, signal: null })
  t.regex((await ended).stdout, /^exit 1\n$/)
})

check('the process does not wait for a worker that a debugger holds before its first line', async (t) => {
  const { main, goOn, ended } = await debug(['--inspect-wait=0', '-e', `${preamble} new Worker('setInterval(() => {}, 1e6)', { eval: true })`])
  const attached = new Promise((resolve) => main.once('worker', resolve))
  await main.send('NodeWorker.enable', { waitForDebuggerOnStart: true })
  goOn()
  await attached
  const begin = performance.now()
  main.send('Runtime.evaluate', { expression: 'setImmediate(() => process.exit(3))' }).catch(() => {})
  t.like(await ended, { code: 3, signal: null })
  // It would be 5 s: the time that native code is given.
  t.true(performance.now() - begin < 4500)
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
  t.like(await ended, { code: 0, signal: null })
  t.regex((await ended).stdout, /^exit 1\n$/)
})

for (const flag of ['--inspect-brk', '--inspect-wait', '--inspect-brk-node']) {
  check(`a worker with ${flag} in its execArgv waits for a debugger: without one it runs nothing, and terminate() ends it`, async (t) => {
    const worker = startWorker(t, "require('node:worker_threads').parentPort.postMessage('ran')", { execArgv: [flag] })
    worker.on('message', (message) => t.fail(message))
    worker.on('online', () => t.fail('online'))
    const other = startWorker(t, "require('node:worker_threads').parentPort.postMessage('ran')")
    t.is(await nextMessage(other), 'ran')
    // As in Node: 0 if its environment did not exist yet.
    t.true([0, 1].includes(await worker.terminate()))
  })
}

check('a worker with --inspect-brk in the NODE_OPTIONS of its env waits for a debugger', async (t) => {
  const worker = startWorker(t, "require('node:worker_threads').parentPort.postMessage('ran')", { env: { NODE_OPTIONS: '--inspect-brk' } })
  worker.on('message', (message) => t.fail(message))
  const other = startWorker(t, "require('node:worker_threads').parentPort.postMessage('ran')")
  t.is(await nextMessage(other), 'ran')
  t.true([0, 1].includes(await worker.terminate()))
})

check('a process ends while a worker with --inspect-wait in its execArgv waits for a debugger', async (t) => {
  const { code, signal, stdout } = await runNode(['-e', `${preamble}
    new Worker('console.log("ran")', { eval: true, execArgv: ['--inspect-wait'] })
    new Worker('', { eval: true }).on('exit', () => process.exit(3))`])
  t.deepEqual({ code, signal, stdout }, { code: 3, signal: null, stdout: '' })
})

for (const flag of ['--inspect-brk', '--inspect-wait']) {
  check(`a debugger resumes a worker with ${flag} in its execArgv`, async (t) => {
    const { main, goOn, ended } = await debug(['--inspect-wait=0', '-e', `${preamble}
      new Worker('console.log("held")', { eval: true, execArgv: ['${flag}'] })`])
    const attached = new Promise((resolve) => main.once('worker', resolve))
    await main.send('NodeWorker.enable', { waitForDebuggerOnStart: false })
    goOn()
    const worker = await attached
    let stops = 0
    worker.on('event', (method) => {
      if (method !== 'Debugger.paused') return
      stops++
      worker.tell('Debugger.resume')
    })
    worker.tell('Debugger.enable', 'Runtime.runIfWaitingForDebugger')
    const { code, stdout } = await ended
    t.deepEqual({ code, stdout }, { code: 0, stdout: 'held\n' })
    t.is(stops, 0)
  })
}

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
