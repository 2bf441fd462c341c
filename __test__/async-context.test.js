'use strict'

const { AsyncLocalStorage, executionAsyncId } = require('node:async_hooks')
const { once } = require('node:events')
const test = require('ava')
const { MessageChannel, isPeer, packageRoot, bounded, startWorker } = require('./helpers')
const { runNode } = require('./run-process')

const it = bounded(test)

it('listeners of a Worker have the AsyncLocalStorage of where it was made', async (t) => {
  const storage = new AsyncLocalStorage()
  const seen = []
  const worker = storage.run('made here', () => startWorker(t, `
    const { parentPort } = require('worker_threads')
    parentPort.once('message', (value) => parentPort.postMessage(value))
  `))
  storage.run('listened to here', () => {
    for (const event of ['online', 'message', 'exit']) worker.on(event, () => seen.push([event, storage.getStore()]))
  })
  storage.run('posted here', () => worker.postMessage('and back'))
  await once(worker, 'exit')
  t.deepEqual(seen, [['online', 'made here'], ['message', 'made here'], ['exit', 'made here']])
})

it('listeners of a port, and what they start, have the AsyncLocalStorage of where it was made', async (t) => {
  const storage = new AsyncLocalStorage()
  const seen = []
  const look = (what) => seen.push([what, storage.getStore()])
  const { port1, port2 } = storage.run('made here', () => new MessageChannel())
  port1.on('message', ({ close }) => {
    look('message')
    process.nextTick(look, 'tick')
    queueMicrotask(() => look('microtask'))
    if (close) port1.close()
  })
  port1.on('close', () => look('close'))
  for (const close of [false, true]) storage.run('posted here', () => port2.postMessage({ close }))
  await once(port1, 'close')
  const message = ['message', 'tick', 'microtask']
  t.deepEqual(seen, [...message, ...message, 'close'].map((what) => [what, 'made here']))
})

it('a store that a listener enters is not there in another port\'s listener', async (t) => {
  const storage = new AsyncLocalStorage()
  const [first, second] = [new MessageChannel(), new MessageChannel()]
  t.teardown(() => [first, second].forEach(({ port1 }) => port1.close()))
  first.port1.on('message', () => {
    storage.enterWith('entered')
    second.port2.postMessage('next')
  })
  first.port2.postMessage('begin')
  const store = await new Promise((resolve) => second.port1.on('message', () => resolve(storage.getStore())))
  t.is(store, undefined)
})

it('listeners have an execution id of their own, in a worker too', async (t) => {
  const { port1, port2 } = new MessageChannel()
  t.teardown(() => port1.close())
  port2.postMessage('go')
  const outside = executionAsyncId()
  const inside = await new Promise((resolve) => port1.on('message', () => resolve(executionAsyncId())))
  t.true(inside > 0 && inside !== outside, `${inside}, ${outside}`)
  const worker = startWorker(t, `
    const { executionAsyncId } = require('async_hooks')
    const { parentPort } = require('worker_threads')
    const first = executionAsyncId()
    parentPort.once('message', () => parentPort.postMessage([first, executionAsyncId()]))
  `)
  worker.postMessage('go')
  const [[first, listener]] = await once(worker, 'message')
  t.true(first > 0 && listener > 0, `${first}, ${listener}`)
})

it('async_hooks hear of a port\'s beginning, of each call and of its end', async (t) => {
  const { stdout, stderr } = await runNode(['-e', `
    const { createHook } = require('async_hooks')
    const { MessageChannel } = require(${JSON.stringify(isPeer ? 'worker_threads' : packageRoot)})
    const heard = new Map()
    createHook({
      init (id, type) { if (type === 'MESSAGEPORT') heard.set(id, { before: 0, after: 0, destroy: 0 }) },
      before (id) { if (heard.has(id)) heard.get(id).before++ },
      after (id) { if (heard.has(id)) heard.get(id).after++ },
      destroy (id) { if (heard.has(id)) heard.get(id).destroy++ }
    }).enable()
    const { port1, port2 } = new MessageChannel()
    port1.on('message', (last) => last && port1.close())
    port1.on('close', () => setTimeout(() => {
      const [first] = heard.values()
      console.log(heard.size, first.before >= 3, first.before === first.after, first.destroy)
    }))
    for (const last of [false, false, true]) port2.postMessage(last)
  `])
  t.deepEqual({ stdout, stderr }, { stdout: '2 true true 1\n', stderr: '' })
})

it('async_hooks hear of no port that a worker did not make', async (t) => {
  const worker = startWorker(t, `
    const { parentPort } = require('worker_threads')
    const heard = []
    require('async_hooks').createHook({ init (id, type) { if (type === 'MESSAGEPORT') heard.push(id) } }).enable()
    parentPort.on('message', () => parentPort.postMessage(heard))
  `)
  await once(worker, 'online')
  worker.postMessage('go')
  t.deepEqual(await once(worker, 'message'), [[]])
})
