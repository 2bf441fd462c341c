'use strict'

const { once } = require('node:events')
const path = require('node:path')
const { median } = require('simple-statistics')

// The one contender of this process, and its measurements by the name of the case.

const file = (name) => path.join(__dirname, 'workers', name)
// Of the packages, too.
const ROOT = path.join(__dirname, '..', '..')
const PACKAGES = ['marked', 'mustache', 'ajv']

const workerCases = {
  start: (peer, { starts }) => repeat(starts, () => startOne(peer)),
  async 'start of a spare worker' (peer, { starts }) {
    return repeat(starts, async () => {
      await peer.Worker.prewarm(1, peer.options)
      return startOne(peer)
    })
  },
  'memory, idle': (peer, { idle }) => memoryOf(idle, () => startWith(peer, 'idle.js')),
  async 'round trip' (peer, { trips }) {
    const worker = await startWith(peer, 'echo.js')
    const trip = () => {
      const begin = performance.now()
      worker.postMessage({ id: 7, name: 'order', price: 12.5 })
      return new Promise((resolve) => worker.once('message', () => resolve((performance.now() - begin) * 1e3)))
    }
    for (let warm = 0; warm < trips / 4; warm++) await trip()
    return repeat(trips, trip)
  },
  'many alive, time': async (peer, { alive }) => (await startMany(peer, alive)).seconds,
  'many alive, memory': async (peer, { alive }) => (await startMany(peer, alive)).megabytes,
  fib: (peer, { fib }) => inside(peer, { work: 'fib', n: fib, count: 3 }),
  async workers (peer, { count }) {
    return sampled(count, () => startOne(peer))
  },
  async tasks ({ specifier }, { count }) {
    const { WorkerPool } = require(specifier)
    const pool = new WorkerPool({ runtime: 'lean', filename: file('task.js'), maxThreads: 2, recycle: { tasks: 1 } })
    const resident = await sampled(count, (n) => pool.exec(n))
    await pool.close()
    return resident
  }
}
workerCases['start of a spare Node environment'] = (peer, size) =>
  peer.Worker.prewarm === undefined ? workerCases.start(peer, size) : workerCases['start of a spare worker'](peer, size)
for (const work of PACKAGES) workerCases[work] = (peer, { seconds }) => inside(peer, { work, count: 30 * seconds })

const isolateCases = {
  start: (ivm, { starts }) => repeat(starts, () => startIsolate(ivm)),
  'start of a spare worker': (ivm, { starts }) => repeat(starts, () => startIsolate(ivm)),
  'memory, idle': (ivm, { idle }) => memoryOf(idle, async () => {
    const isolate = new ivm.Isolate()
    const context = await isolate.createContext()
    await context.eval('1')
    return { isolate, context }
  }),
  async 'round trip' (ivm, { trips }) {
    const isolate = new ivm.Isolate()
    const context = await isolate.createContext()
    const echo = await context.eval('(value) => value', { reference: true })
    const trip = async () => {
      const begin = performance.now()
      await echo.apply(undefined, [{ id: 7, name: 'order', price: 12.5 }], { arguments: { copy: true }, result: { copy: true } })
      return (performance.now() - begin) * 1e3
    }
    for (let warm = 0; warm < trips / 4; warm++) await trip()
    const microseconds = await repeat(trips, trip)
    isolate.dispose()
    return microseconds
  }
}

async function repeat (times, measure) {
  // The first ones compile what later ones reuse.
  for (let warm = 0; warm < Math.min(4, times); warm++) await measure()
  const values = []
  while (values.length < times) values.push(await measure())
  return median(values)
}

async function startOne ({ Worker, options }) {
  const begin = performance.now()
  const worker = new Worker(file('first-message.js'), options)
  const exited = once(worker, 'exit')
  const [answer] = await once(worker, 'message')
  const elapsed = performance.now() - begin
  if (answer !== 42) throw new Error(`Expected 42, got ${answer}`)
  await exited
  return elapsed
}

async function startIsolate (ivm) {
  const begin = performance.now()
  const isolate = new ivm.Isolate()
  const context = await isolate.createContext()
  const script = await isolate.compileScript('21 * 2')
  const answer = await script.run(context)
  const elapsed = performance.now() - begin
  if (answer !== 42) throw new Error(`Expected 42, got ${answer}`)
  isolate.dispose()
  return elapsed
}

async function startWith ({ Worker, options }, name) {
  const worker = new Worker(file(name), options)
  await once(worker, 'message')
  return worker
}

async function memoryOf (count, start) {
  const all = [await start()]
  const before = residentMegabytes()
  while (all.length <= count) all.push(await start())
  return (residentMegabytes() - before) / count
}

async function startMany ({ Worker, options }, count) {
  await startWith({ Worker, options }, 'idle.js')
  const before = residentMegabytes()
  const begin = performance.now()
  const workers = Array.from({ length: count }, () => new Worker(file('echo.js'), options))
  await Promise.all(workers.map((worker) => once(worker, 'message')))
  await Promise.all(workers.map((worker) => {
    worker.postMessage({ id: 1 })
    return once(worker, 'message')
  }))
  const seconds = (performance.now() - begin) / 1e3
  return { seconds, megabytes: residentMegabytes() - before }
}

async function inside ({ Worker, options }, task) {
  if (Worker === undefined) return require('./workers/work').run(task)
  const worker = new Worker(file('work.js'), options)
  worker.postMessage(task)
  const [milliseconds] = await once(worker, 'message')
  return milliseconds
}

/** The resident set after each tenth. */
async function sampled (count, run) {
  const megabytes = []
  for (let tenth = 0; tenth < 10; tenth++) {
    for (let n = 0; n < count / 10; n++) await run(n)
    megabytes.push(Math.round(residentMegabytes()))
  }
  return megabytes
}

function residentMegabytes () {
  global.gc()
  return process.memoryUsage.rss() / 2 ** 20
}

/** @returns {Promise<number | number[]>} */
async function measure ({ name, contender, specifier, size }) {
  if (contender === 'isolated-vm') return isolateCases[name](require('isolated-vm'), size)
  const peers = {
    lean: () => ({ specifier, Worker: require(specifier).Worker, options: { runtime: 'lean', moduleRoots: [ROOT] } }),
    prewarmed: () => ({ specifier, Worker: require(specifier).Worker, options: {} }),
    node: () => ({ Worker: require('node:worker_threads').Worker, options: {} }),
    'main thread': () => ({})
  }
  return workerCases[name](peers[contender](), size)
}

process.once('message', async (job) => {
  const sample = await measure(job)
  process.send(sample, () => process.exit())
})
// Ends all threads when the benchmark is interrupted.
process.once('disconnect', () => process.exit())
process.channel.ref()
