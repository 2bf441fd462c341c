'use strict'

// `locks`: Node's own from Node 24 on, this package's before. https://w3c.github.io/web-locks/

const { once } = require('node:events')
const workerThreads = require('node:worker_threads')
const test = require('ava')
const { api, beyondNode, bounded, eventsUntilExit, inbox, isPeer, nextMessage, packageRoot, startWorker } = require('./helpers')

const it = bounded(test)
const beyond = beyondNode(test)
const { locks } = api
const isOurs = !workerThreads.locks

/** Each test uses names of its own. */
let lastName = 0
const newName = () => `lock ${++lastName}`

/** A lock that this thread holds until `free` is called. */
async function hold (name, options = {}) {
  const { promise: held, resolve: free } = Promise.withResolvers?.() ?? deferred()
  let ended
  await new Promise((resolve) => { ended = locks.request(name, options, () => { resolve(); return held }) })
  return { free, ended }
}

function deferred () {
  const result = {}
  result.promise = new Promise((resolve) => { result.resolve = resolve })
  return result
}

const rejection = (promise) => promise.then(() => { throw new Error('It was not rejected') }, (error) => error)
const describe = ({ name, code, message }) => ({ name, code, message })
const isFree = (name) => locks.request(name, { ifAvailable: true }, (lock) => lock !== null)

// The package's own export: without register, Node 20 and 22 have none in worker_threads.
const prelude = `
  const { Worker, parentPort, workerData } = require('worker_threads')
  const { locks } = require(${JSON.stringify(isPeer ? 'worker_threads' : packageRoot)})
`
const holder = `${prelude}
  locks.request(workerData, () => {
    parentPort.postMessage('held')
    return new Promise((resolve) => parentPort.once('message', resolve))
  })
`
const waiter = `${prelude}
  locks.request(workerData, () => parentPort.postMessage('granted'))
  parentPort.postMessage('waits')
  parentPort.on('message', () => {})
`

const kinds = {
  'a worker' (t, source, name) {
    return startWorker(t, source, { workerData: name })
  },
  'a nested worker' (t, source, name) {
    return startWorker(t, `
      const { Worker, parentPort, workerData } = require('worker_threads')
      const nested = new Worker(workerData.source, { eval: true, workerData: workerData.name })
      nested.on('message', (value) => parentPort.postMessage(value))
      parentPort.on('message', (value) => nested.postMessage(value))
    `, { workerData: { source, name } })
  },
  'a Worker of Node' (t, source, name) {
    const worker = new workerThreads.Worker(source, { eval: true, workerData: name })
    t.teardown(() => worker.terminate())
    return worker
  }
}

it('the callback gets the lock, and its result is the result', async (t) => {
  const name = newName()
  t.deepEqual(await locks.request(name, (lock) => [Object.prototype.toString.call(lock), lock.name, lock.mode]), ['[object Lock]', name, 'exclusive'])
  t.deepEqual(await locks.request(name, { mode: 'shared' }, async (lock) => lock.mode), 'shared')
  t.is(Object.prototype.toString.call(locks), '[object LockManager]')
  t.deepEqual(Object.keys(Object.getPrototypeOf(locks)), ['request', 'query'])
  t.is(locks.request.length, 2)
})

it('a free lock is granted before request() returns', async (t) => {
  const order = []
  const done = locks.request(newName(), () => { order.push('callback') })
  order.push('returned')
  await done
  t.deepEqual(order, ['callback', 'returned'])
})

it('requests are granted in order, and shared ones wait behind an exclusive one', async (t) => {
  const name = newName()
  const order = []
  const first = await hold(name, { mode: 'shared' })
  const rest = [
    locks.request(name, { mode: 'shared' }, () => { order.push('shared at once') }),
    locks.request(name, async () => { order.push('exclusive'); await null; order.push('exclusive ends') }),
    locks.request(name, { mode: 'shared' }, () => { order.push('shared after it') })
  ]
  t.deepEqual(order, ['shared at once'])
  first.free()
  await Promise.all(rest)
  t.deepEqual(order, ['shared at once', 'exclusive', 'exclusive ends', 'shared after it'])
})

it('ifAvailable does not wait', async (t) => {
  const name = newName()
  t.true(await isFree(name))
  const { free, ended } = await hold(name)
  t.false(await isFree(name))
  t.is(await locks.request(name, { ifAvailable: true }, async (lock) => lock), null)
  const thrown = new Error('from the callback')
  t.is(await rejection(locks.request(name, { ifAvailable: true }, () => { throw thrown })), thrown)
  free()
  await ended
  t.true(await isFree(name))
})

it('steal takes the lock from the holder of this thread, whose request is rejected', async (t) => {
  const name = newName()
  const { free, ended } = await hold(name)
  const waiting = locks.request(name, () => 'waited')
  const stolen = rejection(ended)
  t.is(await locks.request(name, { steal: true }, (lock) => lock.name), name)
  t.deepEqual(describe(await stolen), { name: 'AbortError', code: 20, message: 'The operation was aborted' })
  t.is(await waiting, 'waited')
  free()
  t.true(await isFree(name))
})

it('a signal ends the wait, and has no effect on a lock that is held', async (t) => {
  const name = newName()
  const { free, ended } = await hold(name)
  const controller = new AbortController()
  const waiting = rejection(locks.request(name, { signal: controller.signal }, () => t.fail()))
  const reason = new Error('no longer wanted')
  controller.abort(reason)
  t.is(await waiting, reason)
  t.is(await rejection(locks.request(name, { signal: controller.signal }, () => t.fail())), reason)
  free()
  await ended

  const late = new AbortController()
  t.is(await locks.request(name, { signal: late.signal }, () => { late.abort(); return 'held' }), 'held')
  // One microtask earlier it is not held yet.
  const early = new AbortController()
  const refused = rejection(locks.request(name, { signal: early.signal }, () => t.fail()))
  early.abort('at once')
  t.is(await refused, 'at once')
  t.true(await isFree(name))
})

const typeError = (code, message) => ({ name: 'TypeError', code, message })
const notSupported = (message) => ({ name: 'NotSupportedError', code: 9, message })

for (const [title, call, expected] of [
  ['no callback', () => locks.request('x'), typeError('ERR_INVALID_ARG_TYPE', 'The "callback" argument must be of type function. Received undefined')],
  ['a callback that is none', () => locks.request('x', {}, 5),
    typeError('ERR_INVALID_ARG_TYPE', 'The "callback" argument must be of type function. Received type number (5)')],
  ['a symbol as name', () => locks.request(Symbol('x'), () => {}),
    typeError('ERR_INVALID_ARG_TYPE', 'Value is a Symbol and cannot be converted to a string.')],
  ['options that are none', () => locks.request('x', 5, () => {}), typeError('ERR_INVALID_ARG_TYPE', 'Value cannot be converted to a dictionary')],
  ['an unknown mode', () => locks.request('x', { mode: 'x' }, () => {}),
    typeError('ERR_INVALID_ARG_VALUE', "mode 'x' is not a valid enum value of type LockMode.")],
  ['a signal that is no object', () => locks.request('x', { signal: null }, () => {}), typeError('ERR_INVALID_ARG_TYPE', 'signal is not an object.')],
  ['a signal of another kind', () => locks.request('x', { signal: {} }, () => {}),
    typeError('ERR_INVALID_ARG_TYPE', 'The "options.signal" property must be an instance of AbortSignal. Received an instance of Object')],
  ['a name with a hyphen', () => locks.request('-x', () => {}), notSupported('Lock name may not start with hyphen')],
  ['steal and ifAvailable', () => locks.request('x', { steal: true, ifAvailable: true }, () => {}),
    notSupported('ifAvailable and steal are mutually exclusive')],
  ['steal and shared', () => locks.request('x', { steal: true, mode: 'shared' }, () => {}),
    notSupported('mode: "shared" and steal are mutually exclusive')],
  ['steal and a signal', () => locks.request('x', { steal: true, signal: new AbortController().signal }, () => {}),
    notSupported('signal cannot be used with steal or ifAvailable')]
]) {
  it(`refused: ${title}`, async (t) => {
    t.deepEqual(describe(await rejection(call())), expected)
  })
}

it('query() shows what this thread holds and waits for', async (t) => {
  const name = newName()
  const { free, ended } = await hold(name, { mode: 'shared' })
  const waiting = locks.request(name, () => {})
  const clientId = `node-${process.pid}-${api.threadId}`
  t.deepEqual(await locks.query(), { held: [{ name, mode: 'shared', clientId }], pending: [{ name, mode: 'exclusive', clientId }] })
  const worker = startWorker(t, `${prelude}
    locks.request(workerData, () => {})
    locks.request('of the worker', async () => parentPort.postMessage({ pid: process.pid, ...await locks.query() }))
  `, { workerData: name })
  const { threadId } = worker
  const seen = await nextMessage(worker)
  t.deepEqual(seen, {
    pid: process.pid,
    held: [{ name: 'of the worker', mode: 'exclusive', clientId: `node-${process.pid}-${threadId}` }],
    pending: [{ name, mode: 'exclusive', clientId: `node-${process.pid}-${threadId}` }]
  })
  free()
  await Promise.all([ended, waiting])
  t.deepEqual(await locks.query(), { held: [], pending: [] })
})

for (const [kind, start] of Object.entries(kinds)) {
  it(`a lock of ${kind} and of the main thread is one lock`, async (t) => {
    const name = newName()
    const holding = start(t, holder, name)
    const next = inbox(holding)
    t.is(await next(), 'held')
    t.false(await isFree(name))
    const granted = locks.request(name, () => 'granted')
    holding.postMessage('release')
    t.is(await granted, 'granted')

    const { free } = await hold(name)
    const waiting = start(t, waiter, name)
    const nextOfWaiting = inbox(waiting)
    t.is(await nextOfWaiting(), 'waits')
    free()
    t.is(await nextOfWaiting(), 'granted')
  })
}

for (const [ending, end] of Object.entries({
  'is terminated': (worker) => worker.terminate(),
  'calls process.exit()': (worker) => { worker.postMessage('exit'); return once(worker, 'exit') },
  'has nothing to do': (worker) => { worker.postMessage('nothing'); return once(worker, 'exit') }
})) {
  beyond('Node does not look at the other requests then', `a worker that ${ending} gives on what it holds`, async (t) => {
    const name = newName()
    const worker = startWorker(t, `${prelude}
      parentPort.once('message', (value) => { if (value === 'exit') process.exit() })
      locks.request(workerData, () => {
        parentPort.postMessage('held')
        return new Promise(() => {})
      })
    `, { workerData: name })
    t.is(await nextMessage(worker), 'held')
    const granted = locks.request(name, () => 'granted')
    await end(worker)
    t.is(await granted, 'granted')
  })
}

beyond('Node does not look at the other requests then', 'a nested worker whose parent is terminated gives on what it holds', async (t) => {
  const name = newName()
  const parent = kinds['a nested worker'](t, holder, name)
  t.is(await nextMessage(parent), 'held')
  const granted = locks.request(name, () => 'granted')
  await parent.terminate()
  t.is(await granted, 'granted')
})

it('a worker that is terminated while it waits is passed over', async (t) => {
  const name = newName()
  const { free } = await hold(name)
  const worker = startWorker(t, waiter, { workerData: name })
  t.is(await nextMessage(worker), 'waits')
  const granted = locks.request(name, () => 'granted')
  await worker.terminate()
  free()
  t.is(await granted, 'granted')
})

it('a request that waits does not keep the event loop alive', async (t) => {
  const name = newName()
  const { free } = await hold(name)
  const worker = startWorker(t, `${prelude} locks.request(workerData, () => {})`, { workerData: name })
  t.deepEqual(await eventsUntilExit(worker), [['online'], ['exit', 0]])
  free()
})

it('the next request of the same thread needs no event loop', async (t) => {
  const worker = startWorker(t, `${prelude}
    locks.request('x', async () => { await null })
    locks.request('x', () => parentPort.postMessage('granted'))
  `)
  t.is(await nextMessage(worker), 'granted')
})

beyond('Node has them from 24 on', 'they are Node\'s own where Node has them', async (t) => {
  const worker = startWorker(t, `${prelude}
    parentPort.postMessage([require('worker_threads').locks === locks, globalThis.navigator?.locks === locks])
  `)
  t.deepEqual(await nextMessage(worker), isOurs ? [false, false] : [true, true])
  t.is(locks === workerThreads.locks, !isOurs)
})

// Before Node 24, or where Node's own do it otherwise.
if (isOurs && !isPeer) {
  it('a callback that throws releases the lock', async (t) => {
    const name = newName()
    const thrown = new Error('from the callback')
    t.is(await rejection(locks.request(name, () => { throw thrown })), thrown)
    t.is(await rejection(locks.request(name, async () => { throw thrown })), thrown)
    t.true(await isFree(name))
  })

  it('a lock is held until a thenable has settled', async (t) => {
    const name = newName()
    const { promise, resolve } = deferred()
    const request = locks.request(name, () => ({ then: (onSettled) => promise.then(onSettled) }))
    t.false(await isFree(name))
    resolve('settled')
    t.is(await request, 'settled')
    t.true(await isFree(name))
  })

  it('steal takes the lock from another thread', async (t) => {
    const name = newName()
    const worker = startWorker(t, `${prelude}
      locks.request(workerData, () => { parentPort.postMessage('held'); return new Promise(() => {}) })
        .catch((error) => parentPort.postMessage([error instanceof DOMException, error.name]))
      parentPort.on('message', () => {})
    `, { workerData: name })
    const next = inbox(worker)
    t.is(await next(), 'held')
    t.is(await locks.request(name, { steal: true }, () => 'stolen'), 'stolen')
    t.deepEqual(await next(), [true, 'AbortError'])
    t.true(await isFree(name))
  })

  it('10,000 requests of one thread follow each other without recursion', async (t) => {
    const name = newName()
    const { free } = await hold(name)
    let granted = 0
    const requests = Array.from({ length: 10_000 }, () => locks.request(name, () => { granted++ }))
    free()
    await Promise.all(requests)
    t.is(granted, 10_000)
  })

  it('names with lone surrogates are different names', async (t) => {
    const { free } = await hold('\ud800')
    t.true(await isFree('\udfff'))
    t.false(await isFree('\ud800'))
    free()
  })

  it('the classes cannot be constructed, and their methods need their objects', async (t) => {
    const illegal = typeError('ERR_ILLEGAL_CONSTRUCTOR', 'Illegal constructor')
    const { constructor: Lock } = await locks.request(newName(), (lock) => lock)
    for (const Class of [Lock, locks.constructor]) t.deepEqual(describe(t.throws(() => new Class())), illegal)
    t.deepEqual(describe(t.throws(() => Lock.prototype.name)), typeError('ERR_INVALID_THIS', 'Value of "this" must be of type Lock'))
    t.deepEqual(describe(await rejection(locks.query.call({}))), typeError('ERR_INVALID_THIS', 'Value of "this" must be of type LockManager'))
  })

  it('a callback runs in the async context of its request', async (t) => {
    const { AsyncLocalStorage } = require('node:async_hooks')
    const storage = new AsyncLocalStorage()
    const name = newName()
    const { free } = await storage.run('of the holder', () => hold(name))
    const seen = storage.run('of the request', () => locks.request(name, () => storage.getStore()))
    free()
    t.is(await seen, 'of the request')
  })
}
