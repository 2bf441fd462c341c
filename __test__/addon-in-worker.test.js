'use strict'

// The addon is loaded in a Node worker. At its end Node unloads addons that only that worker has loaded.

const avaTest = require('ava')
const { bounded, packageRoot } = require('./helpers')
const { runNode, endsCleanly } = require('./run-process')

const test = bounded(avaTest)

/** Runs a program whose main thread has Node's own worker_threads and has not loaded this package. */
function run (source) {
  return runNode(['-e', `
    const { once } = require('events')
    const node = require('worker_threads')
    const packageRoot = ${JSON.stringify(packageRoot)}
    const inNodeWorker = (code) => new node.Worker(\`
      const { once } = require('events')
      const { parentPort } = require('worker_threads')
      const { Worker, MessageChannel } = require(\${JSON.stringify(packageRoot)})
      ;(async () => { \${code} })()
    \`, { eval: true })
    ;(async () => { ${source} })()
  `], { timeout: 30_000 })
}

test('the addon is loaded first in a Node worker that ends while it has a busy worker of this package', async (t) => {
  endsCleanly(t, await run(`
    for (let i = 0; i < 5; i++) {
      const worker = inNodeWorker("await once(new Worker('for (;;);', { eval: true }), 'online'); process.exit(i)".replace('i)', i + ')'))
      console.log(...await once(worker, 'exit'))
    }
  `), { stdout: '0\n1\n2\n3\n4\n' })
})

test('the addon is loaded first in a Node worker that is terminated while it has a busy worker of this package', async (t) => {
  endsCleanly(t, await run(`
    for (let i = 0; i < 5; i++) {
      const worker = inNodeWorker("await once(new Worker('for (;;);', { eval: true }), 'online'); parentPort.postMessage('ready')")
      await once(worker, 'message')
      console.log(await worker.terminate())
    }
  `), { stdout: '1\n1\n1\n1\n1\n' })
})

test('the addon works in the main thread after the worker that loaded it first has ended', async (t) => {
  endsCleanly(t, await run(`
    await once(inNodeWorker("new MessageChannel().port1.close()"), 'exit')
    const { Worker } = require(packageRoot)
    const worker = new Worker("require('worker_threads').parentPort.postMessage('works')", { eval: true })
    console.log(...await once(worker, 'message'))
  `), { stdout: 'works\n' })
})

test('workers started in several Node workers at once', async (t) => {
  endsCleanly(t, await run(`
    const workers = Array.from({ length: 4 }, (_, i) => inNodeWorker(
      "const worker = new Worker('require(\\\\'worker_threads\\\\').parentPort.on(\\\\'message\\\\', (n) => process.exit(n))', { eval: true });" +
      "worker.postMessage(" + i + "); parentPort.postMessage((await once(worker, 'exit'))[0])"))
    console.log(...(await Promise.all(workers.map((worker) => once(worker, 'message')))).flat())
  `), { stdout: '0 1 2 3\n' })
})

test('process.exit() of the main thread while workers of this package run in Node workers', async (t) => {
  endsCleanly(t, await run(`
    const workers = Array.from({ length: 2 }, () => inNodeWorker(
      "await Promise.all([0, 1].map(() => once(new Worker('for (;;);', { eval: true }), 'online'))); parentPort.postMessage('ready')"))
    await Promise.all(workers.map((worker) => once(worker, 'message')))
    process.exit(3)
  `), { code: 3 })
})
