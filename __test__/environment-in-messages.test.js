'use strict'

// process.env is an exotic object: Node copies it into messages, and so do we, in every kind of thread.

const avaTest = require('ava').default
const { types } = require('node:util')
const { api, bounded, isPeer, nextMessage, startWorker, thrownBy } = require('./helpers')

const { MessageChannel, receiveMessageOnPort, setEnvironmentData, SHARE_ENV, structuredClone } = api
const test = bounded(avaTest)
const module_ = JSON.stringify(isPeer ? 'node:worker_threads' : require.resolve('..'))

process.env.ISO_SENT = 'sent'

function posted (value) {
  const { port1, port2 } = new MessageChannel()
  port1.postMessage(value)
  const { message } = receiveMessageOnPort(port2)
  port1.close()
  return message
}

test('process.env in a message arrives as a plain object, wherever in it', (t) => {
  const twice = posted({ a: [process.env], b: process.env })
  t.is(twice.a[0], twice.b)
  t.is(Object.getPrototypeOf(twice.b), Object.prototype)
  t.deepEqual(twice.b, { ...process.env })
  twice.b.ISO_SENT = 'changed'
  t.is(process.env.ISO_SENT, 'sent')
})

test('structuredClone(process.env)', (t) => {
  t.deepEqual(structuredClone(process.env), { ...process.env })
})

test('variables with the names of object properties', (t) => {
  const names = ['type', 'message', 'constructor', 'toString']
  for (const name of names) process.env[name] = 'text'
  try {
    const { type, message, constructor, toString } = posted(process.env)
    t.deepEqual([type, message, constructor, toString], ['text', 'text', 'text', 'text'])
  } finally {
    for (const name of names) delete process.env[name]
  }
})

test('as workerData, and as environment data', async (t) => {
  setEnvironmentData('variables', process.env)
  try {
    const worker = startWorker(t, `
      const { getEnvironmentData, parentPort, workerData } = require(${module_})
      parentPort.postMessage([workerData.ISO_SENT, getEnvironmentData('variables').ISO_SENT])
    `, { workerData: process.env })
    t.deepEqual(await nextMessage(worker), ['sent', 'sent'])
  } finally {
    setEnvironmentData('variables', undefined)
  }
})

for (const [what, options, expected] of [
  ['a copy', {}, 'sent'],
  ['its own', { env: { ISO_SENT: 'own' } }, 'own'],
  ['shared with the process', { env: SHARE_ENV }, 'sent']
]) {
  test(`process.env of a worker that has ${what}: no proxy, and posted as a plain object`, async (t) => {
    const worker = startWorker(t, `
      const { parentPort } = require(${module_})
      parentPort.postMessage([process.env, require('util').types.isProxy(process.env), structuredClone(process.env).ISO_SENT])
    `, options)
    const [variables, isProxy, cloned] = await nextMessage(worker)
    t.is(variables.ISO_SENT, expected)
    t.is(Object.getPrototypeOf(variables), Object.prototype)
    t.deepEqual([isProxy, cloned], [false, expected])
  })
}

test('process.env of a worker whose own are shared with a worker that it starts', async (t) => {
  const worker = startWorker(t, `
    const { parentPort, SHARE_ENV, Worker } = require(${module_})
    const inner = new Worker(\`
      process.env.ISO_INNER = 'inner'
      require(${module_}).parentPort.postMessage(process.env)
    \`, { eval: true, env: SHARE_ENV })
    inner.once('message', (variables) => inner.once('exit', () => parentPort.postMessage([variables, process.env])))
  `, { env: { ISO_OWN: 'own' } })
  const [inner, outer] = await nextMessage(worker)
  t.like(inner, { ISO_OWN: 'own', ISO_INNER: 'inner' })
  t.like(outer, { ISO_OWN: 'own', ISO_INNER: 'inner' })
})

test('it cannot be frozen, as in a process', async (t) => {
  const worker = startWorker(t, `
    const messageOf = (run) => { try { run() } catch (error) { return error.message } }
    require(${module_}).parentPort.postMessage([messageOf(() => Object.freeze(process.env)), messageOf(() => Object.preventExtensions(process.env))])
  `)
  t.deepEqual(await nextMessage(worker), ['Cannot freeze', 'Cannot prevent extensions'])
})

if (!isPeer) {
  test('in tasks, their results, and queues', async (t) => {
    const pool = new api.WorkerPool({ maxThreads: 1 })
    t.teardown(() => pool.destroy())
    t.is(await pool.exec((variables) => variables.ISO_SENT, [process.env]), 'sent')
    t.is((await pool.exec(() => process.env, [])).ISO_SENT, 'sent')
    const queue = new api.SharedQueue({ capacity: 2 })
    queue.tryPush({ variables: process.env })
    t.is(queue.tryPop().variables.ISO_SENT, 'sent')
  })

  test('to a worker written in Rust, and back', async (t) => {
    const { start } = require('./native-helpers')
    const worker = start(t, 'parrot')
    worker.postMessage({ variables: process.env })
    const { variables } = await nextMessage(worker)
    t.is(variables.ISO_SENT, 'sent')
  })
}

test('a replacement of process.env is posted as any object', (t) => {
  const original = process.env
  try {
    process.env = new Proxy({}, {})
    t.true(types.isProxy(process.env))
    t.is(thrownBy(() => posted(process.env)).name, 'DataCloneError')
    process.env = { ISO_SENT: 'mine' }
    t.deepEqual(posted(process.env), { ISO_SENT: 'mine' })
  } finally {
    process.env = original
  }
})
