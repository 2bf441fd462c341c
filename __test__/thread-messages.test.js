'use strict'

// postMessageToThread() and process.on('workerMessage'), between all kinds of threads, and isInternalThread.

const { once } = require('node:events')
const workerThreads = require('node:worker_threads')
const test = require('ava')
const {
  api, beyondNode, bounded, eventsUntilExit, inbox, isPeer, nextMessage, nodeMajor, packageRoot, startWorker
} = require('./helpers')
const { runNode } = require('./run-process')

const it = bounded(test)
const beyond = beyondNode(test)
const { MessageChannel, postMessageToThread, threadId } = api

const errorOf = async (promise) => {
  const { name, code, message } = await promise.then(() => ({ name: 'none' }), (error) => error)
  return { name, code, message }
}
const failed = { name: 'Error', code: 'ERR_WORKER_MESSAGING_FAILED', message: 'Cannot find the destination thread or listener' }
const timedOut = { name: 'Error', code: 'ERR_WORKER_MESSAGING_TIMEOUT', message: 'Sending a message to another thread timed out' }

// Reports what it receives to its parent, and sends what the parent asks for.
const relay = `
  const { parentPort, postMessageToThread, Worker } = require('worker_threads')
  process.on('workerMessage', (value, source) => {
    if (value === 'throw') throw new Error('from the listener')
    parentPort.postMessage({ value, source })
  })
  parentPort.on('message', ({ to, value }) => postMessageToThread(to, value).then(
    () => parentPort.postMessage('delivered'),
    (error) => parentPort.postMessage(error.code)
  ))
  parentPort.postMessage('ready')
`

async function startRelay (t, WorkerClass = api.Worker) {
  const worker = WorkerClass === api.Worker ? startWorker(t, relay) : new WorkerClass(relay, { eval: true })
  t.teardown(() => worker.terminate())
  const next = inbox(worker)
  await next()
  return { worker, id: worker.threadId, next }
}

/** The next message to this thread. */
const received = () => new Promise((resolve) => process.once('workerMessage', (value, source) => resolve({ value, source })))

it('a message goes from the main thread to a worker and back', async (t) => {
  const { worker, id, next } = await startRelay(t)
  t.is(await postMessageToThread(id, { text: 'there' }), undefined)
  t.deepEqual(await next(), { value: { text: 'there' }, source: threadId })
  const arrived = received()
  worker.postMessage({ to: threadId, value: [1, 2n] })
  t.deepEqual(await arrived, { value: [1, 2n], source: id })
  t.is(await next(), 'delivered')
})

it('a message goes from a worker to another one', async (t) => {
  const [first, second] = [await startRelay(t), await startRelay(t)]
  first.worker.postMessage({ to: second.id, value: 'from the first' })
  t.deepEqual(await second.next(), { value: 'from the first', source: first.id })
  t.is(await first.next(), 'delivered')
})

it('a message goes to and from a nested worker while its parent is blocked', async (t) => {
  const blocked = new Int32Array(new SharedArrayBuffer(4))
  const parent = startWorker(t, `
    const { Worker, parentPort, workerData } = require('worker_threads')
    new Worker(\`
      const { postMessageToThread, threadId } = require('worker_threads')
      process.on('workerMessage', (value) => postMessageToThread(0, value * 2))
      setInterval(() => {}, 1000)
      postMessageToThread(0, threadId)
    \`, { eval: true })
    parentPort.once('message', () => Atomics.wait(workerData, 0, 0))
  `, { workerData: blocked })
  const { value: nested, source } = await received()
  t.is(nested, source)
  t.not(nested, parent.threadId)
  parent.postMessage('block')
  const answer = received()
  await postMessageToThread(nested, 21)
  t.deepEqual(await answer, { value: 42, source: nested })
  Atomics.store(blocked, 0, 1)
  Atomics.notify(blocked, 0)
})

it('messages to a worker that has just been created wait for its listener', async (t) => {
  const worker = startWorker(t, `
    process.on('workerMessage', (value) => require('worker_threads').parentPort.postMessage(value))
    setInterval(() => {}, 1000)
  `)
  const next = inbox(worker)
  await Promise.all([1, 2, 3].map((value) => postMessageToThread(worker.threadId, value)))
  t.deepEqual([await next(), await next(), await next()], [1, 2, 3])
})

it('ports and buffers in the transfer list move', async (t) => {
  const worker = startWorker(t, `
    process.once('workerMessage', ({ port, buffer }) => port.postMessage(buffer.byteLength))
    setInterval(() => {}, 1000)
  `)
  const { port1, port2 } = new MessageChannel()
  const buffer = new ArrayBuffer(8)
  const answer = once(port1, 'message')
  await postMessageToThread(worker.threadId, { port: port2, buffer }, [port2, buffer])
  t.is(buffer.byteLength, 0)
  t.deepEqual(await answer, [8])
  port1.close()
})

beyond('Node has no such objects', 'a lock in a message is shared', async (t) => {
  const worker = startWorker(t, `
    process.once('workerMessage', (mutex) => mutex.tryLock())
    setInterval(() => {}, 1000)
  `)
  const mutex = new api.Mutex()
  await postMessageToThread(worker.threadId, mutex)
  t.is(mutex.tryLock(), null)
})

it('a value that cannot be cloned rejects, and nothing moves', async (t) => {
  const { id } = await startRelay(t)
  const buffer = new ArrayBuffer(8)
  const { name } = await errorOf(postMessageToThread(id, () => {}, [buffer]))
  t.is(name, 'DataCloneError')
  t.is(buffer.byteLength, 8)
})

it('the sender is told when the listener throws', async (t) => {
  const { id } = await startRelay(t)
  t.deepEqual(await errorOf(postMessageToThread(id, 'throw')), {
    name: 'Error',
    code: 'ERR_WORKER_MESSAGING_ERRORED',
    message: 'The destination thread threw an error while processing the message'
  })
})

it('a thread without a listener, or that does not exist, is an error', async (t) => {
  const worker = startWorker(t, "require('worker_threads').parentPort.on('message', () => {})")
  await once(worker, 'online')
  t.deepEqual(await errorOf(postMessageToThread(worker.threadId, 1)), failed)
  for (const id of [987654, -1, 1.5, '1', undefined, 2 ** 32 + worker.threadId]) {
    t.deepEqual(await errorOf(postMessageToThread(id, 1)), failed)
  }
  const { threadId: ended } = worker
  await worker.terminate()
  t.deepEqual(await errorOf(postMessageToThread(ended, 1)), failed)
})

it('a message to the own thread is an error', async (t) => {
  const expected = {
    name: 'Error', code: 'ERR_WORKER_MESSAGING_SAME_THREAD', message: 'Cannot sent a message to the same thread'
  }
  t.deepEqual(await errorOf(postMessageToThread(threadId, 1)), expected)
  const { worker, id, next } = await startRelay(t)
  worker.postMessage({ to: id })
  t.is(await next(), expected.code)
})

it('the timeout is a number, is in the third place too, and ends the wait', async (t) => {
  const blocked = new Int32Array(new SharedArrayBuffer(4))
  const worker = startWorker(t, `
    process.on('workerMessage', () => {})
    Atomics.wait(require('worker_threads').workerData, 0, 0)
    require('worker_threads').parentPort.on('message', () => {})
  `, { workerData: blocked })
  const { threadId: id } = worker
  // A pending call does not keep the process alive.
  const alive = setInterval(() => {}, 1000)
  t.teardown(() => clearInterval(alive))
  t.deepEqual(await errorOf(postMessageToThread(id, 1, [], 0)), timedOut)
  t.deepEqual(await errorOf(postMessageToThread(id, 1, [], 5)), timedOut)
  t.deepEqual(await errorOf(postMessageToThread(id, 1, 5)), timedOut)
  for (const timeout of [-1, NaN]) {
    t.deepEqual(await errorOf(postMessageToThread(id, 1, [], timeout)), {
      name: 'RangeError', code: 'ERR_OUT_OF_RANGE', message: `The value of "timeout" is out of range. It must be >= 0. Received ${timeout}`
    })
  }
  for (const [timeout, text] of [['5', "type string ('5')"], [null, 'null']]) {
    t.deepEqual(await errorOf(postMessageToThread(id, 1, [], timeout)), {
      name: 'TypeError', code: 'ERR_INVALID_ARG_TYPE', message: `The "timeout" argument must be of type number. Received ${text}`
    })
  }
  const last = Promise.all([Infinity, 2 ** 40].map((timeout) => postMessageToThread(id, 1, [], timeout)))
  Atomics.store(blocked, 0, 1)
  Atomics.notify(blocked, 0)
  t.deepEqual(await last, [undefined, undefined])
})

beyond('Node leaves the promise pending', 'the sender is told when the other thread ends first', async (t) => {
  const worker = startWorker(t, 'for (;;);')
  const early = errorOf(postMessageToThread(worker.threadId, 1))
  await once(worker, 'online')
  const late = errorOf(postMessageToThread(worker.threadId, 2))
  await worker.terminate()
  t.deepEqual(await early, failed)
  t.deepEqual(await late, failed)

  const exiting = startWorker(t, "process.on('workerMessage', () => process.exit()); setInterval(() => {}, 1000)")
  const both = [1, 2].map((value) => errorOf(postMessageToThread(exiting.threadId, value)))
  t.deepEqual(await Promise.all(both), [failed, failed])
})

it('a sender that ends in the middle is no harm', async (t) => {
  const arrived = received()
  const sender = startWorker(t, `
    const { postMessageToThread } = require('worker_threads')
    postMessageToThread(0, 'last words').catch(() => {})
    setInterval(() => {}, 1000)
  `)
  t.is((await arrived).value, 'last words')
  await sender.terminate()
  const { id, next } = await startRelay(t)
  await postMessageToThread(id, 1)
  t.is((await next()).value, 1)
})

it('a pending call and a listener keep no event loop alive', async (t) => {
  const blocked = startWorker(t, 'Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0)')
  await once(blocked, 'online')
  const worker = startWorker(t, `
    const { postMessageToThread, workerData } = require('worker_threads')
    process.on('workerMessage', () => {})
    postMessageToThread(workerData, 'never answered')
  `, { workerData: blocked.threadId })
  t.deepEqual(await eventsUntilExit(worker), [['online'], ['exit', 0]])
})

beyond('the package reaches Node\'s workers', 'a Worker of Node that has loaded the package is like any other thread', async (t) => {
  const source = relay.replace("'worker_threads'", JSON.stringify(packageRoot))
  const nodes = new workerThreads.Worker(source, { eval: true })
  t.teardown(() => nodes.terminate())
  const nextOfNodes = inbox(nodes)
  t.is(await nextOfNodes(), 'ready')
  const { worker, id, next } = await startRelay(t)
  worker.postMessage({ to: nodes.threadId, value: 1 })
  t.deepEqual(await nextOfNodes(), { value: 1, source: id })
  t.is(await next(), 'delivered')
  nodes.postMessage({ to: id, value: 2 })
  t.deepEqual(await next(), { value: 2, source: nodes.threadId })
  t.is(await nextOfNodes(), 'delivered')
})

beyond('the package reaches Node\'s workers', 'a Worker of Node without the package is reached from Node\'s threads', async (t) => {
  const { id, next } = await startRelay(t, workerThreads.Worker)
  await postMessageToThread(id, 'through Node')
  t.deepEqual(await next(), { value: 'through Node', source: threadId })
  const { worker, next: nextOfOurs } = await startRelay(t)
  worker.postMessage({ to: id, value: 1 })
  t.is(await nextOfOurs(), failed.code)
})

beyond('Node has no such workers', 'a native worker has no listener', async (t) => {
  const worker = new api.Worker('native:fib')
  t.teardown(() => worker.terminate())
  t.deepEqual(await errorOf(postMessageToThread(worker.threadId, 1)), failed)
})

beyond('Node has no pools', 'workers of a pool send and receive', async (t) => {
  const pool = new api.WorkerPool(`data:text/javascript,
    import { postMessageToThread } from 'worker_threads';
    export default (id) => postMessageToThread(id, 'from a task')
  `, 1)
  t.teardown(() => pool.destroy())
  const arrived = received()
  await pool.exec(threadId)
  t.is((await arrived).value, 'from a task')
})

beyond('there is no register for Node', 'the register gives the function to node:worker_threads if Node has one', async (t) => {
  const { stdout } = await runNode(['--require', 'isothreads/register', '--eval', `
    const threads = require('worker_threads')
    const source = "process.once('workerMessage', (value) => parentPort.postMessage(value)); setTimeout(() => {}, 1e6)"
    const worker = new threads.Worker('const { parentPort } = require("worker_threads"); ' + source, { eval: true })
    worker.once('message', (value) => { console.log(value); worker.terminate() })
    if (threads.postMessageToThread) threads.postMessageToThread(worker.threadId, 'registered')
    else worker.terminate().then(() => console.log('undefined'))
  `], { cwd: packageRoot })
  t.is(stdout, 'postMessageToThread' in workerThreads ? 'registered\n' : 'undefined\n')
})

if (!isPeer || nodeMajor >= 22) {
  it('no thread of a program is internal', async (t) => {
    t.is(api.isInternalThread, false)
    const worker = startWorker(t, "const { parentPort, ...threads } = require('worker_threads'); parentPort.postMessage(threads.isInternalThread)")
    t.is(await nextMessage(worker), workerThreads.isInternalThread === undefined ? undefined : false)
  })
}
