'use strict'

// An error during the creation of a worker, a pool or a port leaves nothing that cannot be ended. Each program ends by itself,
// and prints the number of additional threads.

const test = require('ava')
const { bounded, isPeer, packageRoot } = require('./helpers')
const { runNode, runProcess } = require('./run-process')

const it = bounded(test)
const beyond = (title, body) => { if (!isPeer) it(title, body) }
const main = isPeer ? '"node:worker_threads"' : JSON.stringify(packageRoot)

const prelude = `
  const { MessageChannel, receiveMessageOnPort, Worker, WorkerPool } = require(${main})
  const { once } = require('node:events')
  const diagnosticsChannel = require('node:diagnostics_channel')
  const { readdirSync } = require('node:fs')
  const forEver = 'setInterval(() => {}, 1000)'
  const threads = () => process.platform === 'linux' ? readdirSync('/proc/self/task').length : 0
  // How many there are more, when those that end have ended.
  const newThreads = async (before) => {
    while (threads() > before) await new Promise(resolve => setTimeout(resolve, 5))
    return 0
  }
  // Calls it where so little of the stack is left that it fails, then with a little more, until it does not.
  const atEachDepth = (action) => {
    const thrown = new Set()
    // Where a regular expression is compiled, V8 throws a SyntaxError.
    const nameOf = ({ name, message }) => message.endsWith('Stack overflow') ? 'RangeError' : name
    const dive = depth => depth === 0 ? action() : dive(depth - 1)
    let depth = 1
    try { (function count () { depth++; count() })() } catch {}
    for (depth *= 2; depth > 0; depth -= Math.max(1, depth >> 8)) {
      try { return { result: dive(depth), thrown } } catch (error) { thrown.add(nameOf(error)) }
    }
  }
`

async function prints (t, source, stdout, { stderr = '', execArgv = [] } = {}) {
  const result = await runNode([...execArgv, '-e', `${prelude};(async () => { ${source} })()`], { timeout: 60_000 })
  t.is(result.stdout, stdout, result.stderr)
  // Node itself prints something at a stack overflow.
  if (stderr instanceof RegExp) t.regex(result.stderr, stderr)
  else t.is(result.stderr, stderr)
  t.is(result.code, 0)
  t.false(result.hung)
}

it('a listener of the event \'worker\' throws: that is an uncaught exception, and the worker goes on', (t) => prints(t, `
  process.once('uncaughtException', error => console.log(error.message))
  process.once('worker', () => { throw new Error('of a listener') })
  const worker = new Worker('require("worker_threads").parentPort.on("message", () => process.exit(3))', { eval: true })
  worker.postMessage(0)
  console.log(...await once(worker, 'exit'))
`, 'of a listener\n3\n'))

it('a subscriber of the diagnostics channel throws: likewise', (t) => prints(t, `
  process.once('uncaughtException', error => console.log(error.message))
  diagnosticsChannel.subscribe('worker_threads', () => { throw new Error('of a subscriber') })
  const worker = new Worker(forEver, { eval: true })
  await once(worker, 'online')
  console.log(await worker.terminate())
`, 'of a subscriber\n1\n'))

beyond('a process.nextTick that a program has put there is not called by the constructor', (t) => prints(t, `
  const before = threads()
  const { nextTick } = process
  let count = 0
  process.on('worker', () => count++)
  process.nextTick = () => { throw new Error('of nextTick') }
  const worker = new Worker('1', { eval: true })
  process.nextTick = nextTick
  await once(worker, 'exit')
  console.log(await newThreads(before), count)
`, '0 1\n'))

beyond('a subscriber throws, and its error cannot be reported: the constructor throws, and no thread is left', (t) => prints(t, `
  const before = threads()
  const { nextTick } = process
  let count = 0
  process.on('worker', () => count++)
  process.nextTick = () => { throw new Error('of nextTick') }
  let kept
  diagnosticsChannel.subscribe('worker_threads', ({ worker }) => {
    kept = worker
    throw new Error('of a subscriber')
  })
  let thrown
  try { new Worker(forEver, { eval: true }) } catch (error) { thrown = error }
  process.nextTick = nextTick
  console.log(thrown.message, await newThreads(before), count, kept.threadId, await kept.terminate())
`, 'of nextTick 0 0 -1 undefined\n'))

const options = ['argv', 'env', 'eval', 'execArgv', 'name', 'resourceLimits', 'stderr', 'stdin', 'stdout', 'trackUnmanagedFds', 'transferList', 'workerData']

it('an option is a getter that throws', (t) => prints(t, `
  const before = threads()
  for (const name of ${JSON.stringify(options)}) {
    const options = Object.defineProperty({ eval: true }, name, { get () { throw new Error(name) } })
    try { new Worker(forEver, options) } catch (error) { if (error.message === name) continue }
    console.log(name)
  }
  console.log(await newThreads(before))
`, '0\n'))

beyond('a class derived from Worker has methods that throw', (t) => prints(t, `
  const before = threads()
  for (const method of ['on', 'emit', 'ref', 'postMessage']) {
    const Derived = { [method]: class extends Worker { [method] () { throw new Error(method) } } }[method]
    try {
      const worker = new Derived('1', { eval: true })
      process.once('uncaughtException', error => console.log(error.message))
      while (worker.threadId > 0) await new Promise(resolve => setTimeout(resolve, 5))
    } catch (error) {
      console.log('constructor', error.message)
    }
  }
  console.log(await newThreads(before))
`, 'constructor on\nconstructor emit\n0\n'))

beyond('the system has no thread: no event \'worker\', and nothing is left', (t) => prints(t, `
  process.on('worker', () => console.log('worker'))
  const { port1, port2 } = new MessageChannel()
  const closed = once(port1, 'close')
  try { new Worker(forEver, { eval: true, workerData: port2, transferList: [port2], resourceLimits: { stackSizeMb: 2 ** 40 } }) } catch (error) { console.log(error.code) }
  await closed
  const pool = (() => { try { return new WorkerPool({ maxThreads: 1, resourceLimits: { stackSizeMb: 2 ** 40 } }) } catch (error) { console.log(error.code) } })()
  await new Promise(resolve => setImmediate(resolve))
`, 'ERR_WORKER_INIT_FAILED\nERR_WORKER_INIT_FAILED\n'))

beyond('little of the stack is left for the constructor of Worker', (t) => prints(t, `
  await new Worker('1', { eval: true }).terminate()
  const before = threads()
  const { result, thrown } = atEachDepth(() => new Worker(forEver, { eval: true, stdin: true, transferList: [] }))
  console.log(...thrown, await result.terminate() <= 1, await newThreads(before))
`, 'RangeError true 0\n'))

beyond('little of the stack is left for new MessageChannel(), and for reading a message with a port', (t) => prints(t, `
  const { result: { port1, port2 }, thrown } = atEachDepth(() => new MessageChannel())
  port1.postMessage('arrives')
  console.log(...thrown, receiveMessageOnPort(port2).message)
  let closed = 0
  const kept = []
  for (let count = 0; count < 3000; count++) {
    const { port1: near, port2: far } = new MessageChannel()
    near.on('close', () => closed++)
    kept.push(near)
    port1.postMessage({ far }, [far])
  }
  atEachDepth(() => receiveMessageOnPort(port2))
  const rest = []
  for (let received; (received = receiveMessageOnPort(port2)) !== undefined;) rest.push(received.message.far)
  await new Promise(resolve => setImmediate(resolve))
  await new Promise(resolve => setImmediate(resolve))
  // Whoever lost a port on the way hears that it is closed.
  const lost = kept.length - rest.length - 1
  console.log(closed === lost)
  for (const port of kept) port.close()
  port1.close()
`, 'RangeError arrives\ntrue\n'))

beyond('little of the stack is left for the constructor of WorkerPool and for exec()', (t) => prints(t, `
  await new Worker('1', { eval: true }).terminate()
  const before = threads()
  const { result: pool, thrown } = atEachDepth(() => new WorkerPool({ minThreads: 1, maxThreads: 1 }))
  console.log(...thrown, await pool.exec(() => 1, []))
  await pool.close()
  const lazy = new WorkerPool({ minThreads: 0, maxThreads: 1 })
  const { result } = atEachDepth(() => lazy.exec(() => 2, []))
  console.log(await result.catch(error => error.name === 'RangeError' ? 2 : error))
  await lazy.close()
  console.log(lazy.threads, await newThreads(before))
`, 'RangeError 1\n2\n0 0\n', { execArgv: ['--unhandled-rejections=none'], stderr: /^(Exception in PromiseRejectCallback|$)/ }))

beyond('a process.nextTick that a program has put there is not called by a pool that begins', (t) => prints(t, `
  const before = threads()
  const { nextTick } = process
  process.nextTick = () => { throw new Error('of nextTick') }
  const pool = new WorkerPool({ maxThreads: 2 })
  process.nextTick = nextTick
  console.log(await pool.exec((a) => a + 1, [1]))
  await pool.destroy()
  console.log(await newThreads(before))
`, '2\n0\n'))

it('a worker is ended in the middle of the constructor of another one', (t) => prints(t, `
  const before = threads()
  for (let round = 0; round < 10; round++) {
    const outer = new Worker(${JSON.stringify(`
      const { parentPort, Worker } = require('worker_threads')
      for (let count = 0; count < 50; count++) {
        new Worker('setInterval(() => {}, 1000)', { eval: true })
        parentPort.postMessage(count)
      }
    `)}, { eval: true })
    await once(outer, 'message')
    await outer.terminate()
  }
  console.log(await newThreads(before))
`, '0\n'))

it('the process runs out of file descriptors: some workers fail to start, and the rest can be ended', async (t) => {
  if (process.platform === 'win32') return t.pass()
  const program = `${prelude};(async () => {
    await new Worker('1', { eval: true }).terminate()
    const before = threads()
    const workers = []
    let failed = 0
    while (failed === 0 && workers.length < 100) {
      let worker
      try { worker = new Worker(forEver, { eval: true }) } catch (error) { failed++; break }
      workers.push(worker)
      await Promise.race([once(worker, 'online'), new Promise(resolve => worker.on('error', () => { failed++; resolve() }))]).catch(() => {})
    }
    await Promise.all(workers.map(worker => worker.terminate()))
    console.log(failed > 0, await newThreads(before))
  })()`
  const result = await runProcess('sh', ['-c', 'ulimit -n 60; exec "$0" -e "$1"', process.execPath, program], { timeout: 60_000 })
  t.is(result.stdout, 'true 0\n', result.stderr)
  t.is(result.code, 0)
})
