'use strict'

const path = require('node:path')
const { bounded } = require('./helpers')
const { runNode, runProgram, endsCleanly } = require('./run-process')

const test = bounded(require('ava'))

const busyWorkers = path.join(__dirname, 'fixtures', 'robustness', 'busy-workers.js')

// Time itself is the input here: each delay meets another step of the creation of eight workers. The others come when all are busy.
const moments = ['now', ...Array.from({ length: 74 }, (_, i) => String(i * 2)), ...new Array(25).fill('busy')]

/**
 * Lets the main thread of a hundred processes come to its end, two processes at a time.
 * @param {(moment: string, run: number) => Promise<void>} check makes one assertion
 */
async function endsAtEveryMoment (t, check) {
  const remaining = [...moments.entries()]
  const inTurn = async () => {
    while (remaining.length > 0) {
      const [run, moment] = remaining.pop()
      await check(moment, run)
    }
  }
  t.plan(moments.length)
  await Promise.all([inTurn(), inTurn()])
}

/** The visible end of a process; its workers may have written to stdout until then. */
async function endOf (end, moment) {
  const { code, signal, stderr, hung } = await runNode([busyWorkers, end, moment], { timeout: 30_000 })
  return { code, signal, stderr, hung }
}

/** The same, without the text that Node itself prints for an uncaught error on stderr. */
async function endOfUncaught (end, moment) {
  const { stderr, ...seen } = await endOf(end, moment)
  const [, before, after] = /^([^]*?)\S*busy-workers\.js:\d+\n[^]*Error: the end\n(?: {4}at .+\n)+\nNode\.js v[\d.]+\n([^]*)$/.exec(stderr) ?? []
  return { ...seen, stderr: before === undefined ? `not uncaught: ${stderr}` : before + after }
}

test('the main thread calls process.exit() at 100 moments with 8 busy workers', (t) => endsAtEveryMoment(t, async (moment) => {
  t.deepEqual(await endOf('exit', moment), { code: 3, signal: null, stderr: '', hung: false }, moment)
}))

test('the main thread throws at 100 moments with 8 busy workers', (t) => endsAtEveryMoment(t, async (moment) => {
  t.deepEqual(await endOfUncaught('throw', moment), { code: 1, signal: null, stderr: '', hung: false }, moment)
}))

test('the main thread gets SIGTERM at 100 moments with 8 busy workers', (t) => endsAtEveryMoment(t, async (moment, run) => {
  if (run % 2 === 0) {
    t.deepEqual(await endOf('kill', moment), { code: null, signal: 'SIGTERM', stderr: '', hung: false }, moment)
  } else {
    t.deepEqual(await endOf('handle', moment), { code: 4, signal: null, stderr: '', hung: false }, `handled, ${moment}`)
  }
}))

for (const moment of ['now', '20', 'busy']) {
  test(`the main thread rejects with 8 busy workers (${moment})`, async (t) => {
    t.deepEqual(await endOfUncaught('reject', moment), { code: 1, signal: null, stderr: '', hung: false })
  })

  test(`the main thread aborts with 8 busy workers (${moment})`, async (t) => {
    const { stderr, ...seen } = await endOf('abort', moment)
    t.deepEqual(seen, { code: null, signal: 'SIGABRT', hung: false }, stderr)
  })

  test(`the main thread has nothing left to do, with 8 busy workers that are unreferenced (${moment})`, async (t) => {
    t.deepEqual(await endOf('leave', moment), { code: 0, signal: null, stderr: '', hung: false })
  })
}

// In each, `others` are seven busy workers, and `busy` is the code of another.
const prelude = `
  const busy = 'require("worker_threads").parentPort.postMessage("busy"); for (;;);'
  const others = Array.from({ length: 7 }, () => new Worker(busy, { eval: true }))
`

const ends = {
  "process.exit() in a worker's message listener": "new Worker(busy, { eval: true }).on('message', () => process.exit(3))",
  "process.exit() in a worker's online listener": "new Worker(busy, { eval: true }).on('online', () => process.exit(3))",
  "process.exit() in a worker's exit listener": "new Worker('', { eval: true }).on('exit', () => process.exit(3))",
  "process.exit() in a worker's error listener": "new Worker('throw 1', { eval: true }).on('error', () => process.exit(3))",
  "process.exit() in a port's listener": `
    const { port1, port2 } = new api.MessageChannel()
    port2.on('message', () => process.exit(3))
    new Worker('workerData = require("worker_threads").workerData; for (;;) workerData.postMessage(1)', { eval: true, workerData: port1, transferList: [port1] })`,
  'process.exit() between the end of one worker and the start of the next': `
    let count = 0
    const next = () => new Worker('', { eval: true }).on('exit', () => { next(); if (++count === 5) process.exit(3) })
    next()`,
  'process.exit() while terminate() is under way': 'for (const worker of others) { worker.terminate(); setTimeout(() => process.exit(3), 1) }',
  'process.exit() in the exit listener of the process': "process.on('exit', () => process.exit(3)); new Worker(busy, { eval: true }).on('message', () => process.exit(2))",
  'workers started in the exit listener of the process': `
    process.on('exit', () => { for (let i = 0; i < 4; i++) new Worker(busy, { eval: true }) })
    new Worker(busy, { eval: true }).on('message', () => process.exit(3))`,
  'a worker terminated in the exit listener of the process': "process.on('exit', () => { others[0].terminate() }); others[1].on('message', () => process.exit(3))",
  'a message posted in the exit listener of the process': "process.on('exit', () => { others[0].postMessage('late') }); others[1].on('message', () => process.exit(3))"
}

for (const [name, end] of Object.entries(ends)) {
  test(`busy workers and ${name}`, async (t) => {
    endsCleanly(t, await runProgram(prelude + end), { code: 3 })
  })
}

test('an error of a worker without a listener ends the process, with 7 busy workers', async (t) => {
  const { stderr, ...seen } = await runProgram(`${prelude} new Worker('throw new RangeError("lost")', { eval: true })`)
  t.deepEqual(seen, { code: 1, signal: null, stdout: '', hung: false }, stderr)
  t.regex(stderr, /RangeError: lost\n/)
})

test('process.exit() of the main thread runs no exit listener of a worker', async (t) => {
  endsCleanly(t, await runProgram(`
    const worker = new Worker(\`
      process.on('exit', () => process._rawDebug('the exit listener ran'))
      require('worker_threads').parentPort.on('message', () => {}).postMessage('ready')
    \`, { eval: true })
    await once(worker, 'message')
    process.exit(3)
  `), { code: 3 })
})
