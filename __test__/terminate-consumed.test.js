'use strict'

// Code that consumes a termination which was not meant for it. Node's own workers are spared by its C++; here the stop is repeated.

const { once } = require('node:events')
const ava = require('ava')
const { bounded, startWorker } = require('./helpers')
const { runProgram, endsCleanly } = require('./run-process')

const test = bounded(ava)
const ROUNDS = 8

const prelude = 'const vm = require("vm"); const { parentPort } = require("worker_threads"); parentPort.postMessage(0);'

const loops = {
  'a script in this context': 'const script = new vm.Script("for (;;);"); for (;;) { try { script.runInThisContext({ timeout: 1 }) } catch {} }',
  'a script in a new context': 'for (;;) { try { vm.runInNewContext("for (;;);", {}, { timeout: 1 }) } catch {} }',
  'a script that ends now and then': 'const script = new vm.Script("for (let i = 0; i < 1e5; i++);"); for (;;) { try { script.runInThisContext({ timeout: 1 }) } catch {} }',
  'scripts inside each other': `
    const sandbox = vm.createContext({ inner () { try { vm.runInNewContext('for (;;);', {}, { timeout: 1 }) } catch {} } })
    for (;;) { try { vm.runInContext('for (;;) inner()', sandbox, { timeout: 5 }) } catch {} }`,
  'a script with microtasks of its own': `
    const sandbox = vm.createContext({}, { microtaskMode: 'afterEvaluate' })
    for (;;) { try { vm.runInContext('const f = () => Promise.resolve().then(f); f()', sandbox, { timeout: 1 }) } catch {} }`,
  'a script that SIGINT interrupts': 'for (;;) { try { vm.runInNewContext("for (;;);", {}, { timeout: 1, breakOnSigint: true }) } catch {} }',
  'a script between timers': 'setInterval(() => { try { vm.runInNewContext("for (;;);", {}, { timeout: 1 }) } catch {} })',
  'a script in an exit listener': 'process.on("exit", () => { for (;;) { try { vm.runInNewContext("for (;;);", {}, { timeout: 1 }) } catch {} } })'
}

for (const [name, code] of Object.entries(loops)) {
  test(`terminate() ends a worker that runs code with a timeout: ${name}`, async (t) => {
    for (let round = 0; round < ROUNDS; round++) {
      const worker = startWorker(t, prelude + code)
      await once(worker, 'message')
      t.is(await worker.terminate(), 1)
    }
  })
}

test('terminate() ends a worker that evaluates modules with a timeout', async (t) => {
  endsCleanly(t, await runProgram(`
    const code = ${JSON.stringify(`${prelude}
      (async () => {
        for (;;) {
          const module = new vm.SourceTextModule('for (;;);')
          await module.link(() => {})
          await module.evaluate({ timeout: 1 }).catch(() => {})
        }
      })()`)}
    for (let round = 0; round < ${ROUNDS}; round++) {
      const worker = new Worker(code, { eval: true })
      await once(worker, 'message')
      console.log(await worker.terminate())
    }
  `, { execArgv: ['--experimental-vm-modules', '--no-warnings'] }), { stdout: '1\n'.repeat(ROUNDS) })
})

test('process.exit() in code with a timeout ends the worker with its code', async (t) => {
  const code = 'for (;;) { try { vm.runInNewContext("exit(); for (;;);", { exit: () => process.exit(5) }, { timeout: 2 }) } catch {} }'
  for (let round = 0; round < ROUNDS; round++) {
    const [exitCode] = await once(startWorker(t, prelude + code), 'exit')
    t.is(exitCode, 5)
  }
})

test('the heap limit in code with a timeout ends the worker', async (t) => {
  endsCleanly(t, await runProgram(`
    const code = ${JSON.stringify(`${prelude}
      const all = []
      for (;;) { try { vm.runInNewContext('for (;;) all.push({ a: [1] })', { all }, { timeout: 5 }) } catch {} }`)}
    const worker = new Worker(code, { eval: true, resourceLimits: { maxOldGenerationSizeMb: 32 } })
    worker.on('error', ({ code }) => console.log(code))
    console.log(await new Promise((resolve) => worker.on('exit', resolve)))
  `), { stdout: 'ERR_WORKER_OUT_OF_MEMORY\n1\n' })
})
