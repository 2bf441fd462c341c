'use strict'

const { once } = require('node:events')
const avaTest = require('ava')
const { MessageChannel, bounded, startWorker, nextMessage, inbox } = require('./helpers')
const { runProgram, endsCleanly } = require('./run-process')

const test = bounded(avaTest)

/** A chain of workers that start workers; the last one reports that it runs, then all stay. */
const chain = (depth, last) => `
  const { Worker, parentPort, workerData: depth } = require('worker_threads')
  if (depth === 0) {
    parentPort.postMessage('ready')
    ${last}
  } else {
    const worker = new Worker(process.env.CODE, { eval: true, workerData: depth - 1 })
    worker.on('message', (message) => parentPort.postMessage(message))
    parentPort.on('message', () => {})
  }
`

function startChain (t, depth, last) {
  return startWorker(t, chain(depth, last), { workerData: depth, env: { CODE: chain(depth, last) } })
}

for (const [what, last] of [['is busy', 'for (;;);'], ['waits in Atomics.wait', 'Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0)'], ['is idle', "parentPort.on('message', () => {})"]]) {
  test(`terminate() of a worker ends its workers' workers, when the last one ${what}`, async (t) => {
    const worker = startChain(t, 4, last)
    t.is(await nextMessage(worker), 'ready')
    t.is(await worker.terminate(), 1)
  })
}

for (const [what, end, code] of [['process.exit()', 'process.exit(7)', 7], ['an uncaught error', "throw new Error('parent')", 1], ['out of memory', 'const all = []; for (;;) all.push({})', 1]]) {
  test(`a worker that ends by ${what} also ends its busy workers`, async (t) => {
    const worker = startWorker(t, `
      const { Worker, parentPort } = require('worker_threads')
      const { once } = require('events')
      const workers = Array.from({ length: 3 }, () => new Worker('for (;;);', { eval: true }))
      Promise.all(workers.map((worker) => once(worker, 'online'))).then(() => { ${end} })
    `, { resourceLimits: { maxOldGenerationSizeMb: 32 } })
    const errors = []
    worker.on('error', ({ message }) => errors.push(message))
    t.is(await new Promise((resolve) => worker.on('exit', resolve)), code)
    t.is(errors.length, what === 'process.exit()' ? 0 : 1)
  })
}

test('a port of a worker\'s worker outlives the worker between', async (t) => {
  const { port1, port2 } = new MessageChannel()
  t.teardown(() => port1.close())
  const worker = startWorker(t, `
    const { Worker, parentPort, workerData } = require('worker_threads')
    const inner = "const { workerData } = require('worker_threads'); workerData.postMessage('from within'); for (;;);"
    new Worker(inner, { eval: true, workerData, transferList: [workerData] })
  `, { workerData: port2, transferList: [port2] })
  const next = inbox(port1)
  t.is(await next(), 'from within')
  const closed = new Promise((resolve) => port1.on('close', resolve))
  await worker.terminate()
  await closed
  t.pass()
})

test('an error of a worker\'s worker that nobody listens for is an error of the worker', async (t) => {
  const worker = startWorker(t, "new (require('worker_threads').Worker)('throw new RangeError(\"deep\")', { eval: true })")
  const [error] = await once(worker, 'error')
  t.true(error instanceof RangeError)
  t.is(error.message, 'deep')
  t.deepEqual(await once(worker, 'exit'), [1])
})

test('the process ends while trees of workers start and end', async (t) => {
  endsCleanly(t, await runProgram(`
    const tree = \`
      const { Worker, parentPort, workerData: depth } = require('worker_threads')
      if (depth > 0) for (let i = 0; i < 2; i++) new Worker(process.env.TREE, { eval: true, workerData: depth - 1 })
      parentPort.on('message', () => {})
    \`
    const start = () => new Worker(tree, { eval: true, workerData: 2, env: { TREE: tree } })
    const [first, second] = [start(), start()]
    const online = once(second, 'online')
    await once(first, 'online')
    await first.terminate()
    start()
    await online
    process.exit(4)
  `), { code: 4 })
})
