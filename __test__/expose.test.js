'use strict'

// Functions that a parent exposes to its workers, in every runtime with JavaScript.

const avaTest = require('ava')
const { once } = require('node:events')
const { Worker, WorkerPool, bounded, eventsUntilExit, isPeer, nextMessage, nodeMajor, packageRoot, startWorker, thrownBy } = require('./helpers')

const test = isPeer ? () => {} : bounded(avaTest)
if (isPeer) avaTest('worker_threads exposes no functions', (t) => t.pass())

// Node 20 has no lean runtime.
const runtimes = nodeMajor >= 22 ? ['node', 'lean'] : ['node']

/** A worker whose code has `host` and `post`, and may await. */
function start (t, runtime, body, expose, options) {
  const name = runtime === 'lean' ? 'isothreads' : packageRoot
  return startWorker(t, `
    'use strict'
    const { host, parentPort } = require(${JSON.stringify(name)})
    const post = (value) => parentPort.postMessage(value)
    ;(async () => { ${body} })()
  `, { runtime, expose, ...options })
}

const called = async (t, runtime, body, expose, options) => nextMessage(start(t, runtime, body, expose, options))

/** A promise that resolves with the value of the first call of `resolve`. */
function deferred () {
  let resolve
  const promise = new Promise((_resolve) => { resolve = _resolve })
  return { promise, resolve }
}

for (const runtime of runtimes) {
  test(`calls give results in order of their answers, and sync calls at once (${runtime})`, async (t) => {
    const calls = []
    const { promise: added, resolve } = deferred()
    const expose = {
      add (a, b) {
        calls.push(this)
        resolve()
        return a + b
      },
      // Answered after add() has been called.
      later: async (value) => { await added; return value }
    }
    t.deepEqual(await called(t, runtime, `
      const seen = []
      await Promise.all([host.later(1).then((value) => seen.push(value)), host.add(1, 1).then((value) => seen.push(value))])
      seen.push(host.add.sync(1, 2), host.later.sync(4), host.later.sync({ deep: [5n] }))
      post([seen, Object.keys(host), Object.getPrototypeOf(host), Object.isFrozen(host), host.add.name])
    `, expose), [[2, 1, 3, 4, { deep: [5n] }], ['add', 'later'], null, true, 'add'])
    t.deepEqual(calls, [undefined, undefined])
  })

  test(`errors of calls have their class, code, cause and stack (${runtime})`, async (t) => {
    const failing = () => { throw Object.assign(new RangeError('wrong', { cause: new Error('why') }), { code: 'E_WRONG' }) }
    const expose = { failing, later: async () => failing(), text: () => { throw 'text' }, func: () => () => {} }
    t.deepEqual(await called(t, runtime, `
      const describe = (error) => [error instanceof RangeError, error.message, error.code, error.cause?.message, /failing/.test(error.stack)]
      const seen = []
      for (const name of ['failing', 'later']) {
        await host[name]().catch((error) => seen.push(describe(error)))
        try { host[name].sync() } catch (error) { seen.push(describe(error)) }
      }
      await host.text().catch((error) => seen.push(error))
      await host.text(() => {}).catch((error) => seen.push(error.name))
      await host.func().catch((error) => seen.push(error.name))
      try { host.func.sync() } catch (error) { seen.push(error.name) }
      try { host.func.sync(() => {}) } catch (error) { seen.push(error.name) }
      post(seen)
    `, expose), [
      ...Array.from({ length: 4 }, () => [true, 'wrong', 'E_WRONG', 'why', true]),
      'text', 'DataCloneError', 'DataCloneError', 'DataCloneError', 'DataCloneError'
    ])
  })

  test(`a signal passes as an argument and as a property, also one that has aborted (${runtime})`, async (t) => {
    const aborted = (signal) => new Promise((resolve, reject) => {
      if (signal.aborted) reject(signal.reason)
      signal.addEventListener('abort', () => reject(signal.reason))
    })
    const expose = { wait: aborted, fetch: (url, { signal, method }) => aborted(signal).catch(({ message }) => [url, method, message]) }
    t.deepEqual(await called(t, runtime, `
      const seen = []
      const controllers = [new AbortController(), new AbortController()]
      const waiting = host.wait(controllers[0].signal).catch((error) => seen.push([error instanceof TypeError, error.message]))
      const fetching = host.fetch('url', { method: 'GET', signal: controllers[1].signal }).then((value) => seen.push(value))
      await host.wait(AbortSignal.abort()).catch((error) => seen.push(error.name))
      controllers[0].abort(new TypeError('enough'))
      await waiting
      controllers[1].abort(new Error('too much'))
      await fetching
      post(seen)
    `, expose), ['AbortError', [true, 'enough'], ['url', 'GET', 'too much']])
  })

  test(`calls beyond maxHostCalls reject and are not made (${runtime})`, async (t) => {
    let calls = 0
    const { promise, resolve } = deferred()
    const expose = { wait: () => { calls++; return promise }, go: () => resolve('done') }
    const seen = await called(t, runtime, `
      const calls = [host.wait(), host.wait()]
      const refused = await host.wait().catch((error) => error.code)
      host.go.sync()
      post([refused, await Promise.all(calls), await host.wait()])
    `, expose, { maxHostCalls: 2 })
    t.deepEqual(seen, ['ERR_ISOTHREADS_TOO_MANY_HOST_CALLS', ['done', 'done'], 'done'])
    t.is(calls, 3)
  })

  test(`a call keeps the worker alive, and its answer lets it end (${runtime})`, async (t) => {
    const { promise, resolve } = deferred()
    const worker = start(t, runtime, "host.wait().then(() => post('answered'))", { wait: () => promise })
    const events = eventsUntilExit(worker)
    await once(worker, 'online')
    await new Promise(setImmediate)
    resolve()
    t.deepEqual(await events, [['online'], ['message', 'answered'], ['exit', 0]])
  })

  test(`terminate wakes a worker that waits, and aborts the signals of its calls (${runtime})`, async (t) => {
    const { promise: begun, resolve: begin } = deferred()
    const { promise: signalled, resolve: giveSignal } = deferred()
    const expose = { wait: (signal) => { giveSignal(signal); return new Promise(() => {}) }, never: () => { begin(); return new Promise(() => {}) } }
    const worker = start(t, runtime, 'host.wait(new AbortController().signal); host.never.sync()', expose)
    await begun
    const signal = await signalled
    const aborted = once(signal, 'abort')
    t.is(await worker.terminate(), 1)
    await aborted
    t.is(signal.reason.name, 'AbortError')
  })

  test(`an answer that comes after the worker's end is dropped (${runtime})`, async (t) => {
    const { promise, resolve } = deferred()
    const { promise: begun, resolve: begin } = deferred()
    const worker = start(t, runtime, 'host.wait()', { wait: () => { begin(); return promise } })
    await begun
    await worker.terminate()
    resolve('late')
    await new Promise(setImmediate)
    t.is(worker.threadId, -1)
  })

  test(`transfer() moves buffers and ports to the function (${runtime})`, async (t) => {
    const expose = { size: ({ byteLength }) => byteLength, greet: (port) => { port.postMessage('hello'); port.close() } }
    t.deepEqual(await called(t, runtime, `
      const { MessageChannel } = require(${JSON.stringify(runtime === 'lean' ? 'isothreads' : packageRoot)})
      const buffer = new ArrayBuffer(8)
      const { port1, port2 } = new MessageChannel()
      const greeting = new Promise((resolve) => port1.on('message', resolve))
      await host.greet.transfer([port2], port2)
      post([await host.size.transfer([buffer], buffer), buffer.byteLength, await greeting])
    `, expose), [8, 0, 'hello'])
  })

  test(`isothreads:host has the functions, and is missing without any (${runtime})`, async (t) => {
    t.true(await called(t, runtime, "post(require('isothreads:host') === host && host.sync.sync(1) === 1)", { sync: (value) => value }))
    t.deepEqual(await called(t, runtime, `
      try { require('isothreads:host') } catch ({ code }) { post([code, Object.keys(host)]) }
    `), ['MODULE_NOT_FOUND', []])
  })

  test(`a pool exposes functions to all of its workers (${runtime})`, async (t) => {
    const pool = new WorkerPool({ runtime, maxThreads: 2, minThreads: 2, expose: { double: (value) => value * 2 } })
    t.teardown(() => pool.destroy())
    const tasks = Array.from({ length: 20 }, (_, n) => pool.exec((n) => require('isothreads:host').double(n), [n]))
    t.deepEqual(await Promise.all(tasks), Array.from({ length: 20 }, (_, n) => 2 * n))
  })

  test(`waiting for an answer is not processor time (${runtime})`, async (t) => {
    const expose = { wait: () => new Promise((resolve) => setTimeout(resolve, 700, 'waited')) }
    t.deepEqual(await called(t, runtime, 'post([host.wait.sync(), await host.wait()])', expose, { cpuTimeLimit: 600 }), ['waited', 'waited'])
  })
}

// Node 20 has no registerHooks().
for (const runtime of nodeMajor >= 22 ? runtimes : []) {
  test(`an ES module imports isothreads:host, also names that are reserved words (${runtime})`, async (t) => {
    const source = `
      import host, { add, delete as remove } from 'isothreads:host'
      import { parentPort } from 'node:worker_threads'
      const { add: again } = await import('isothreads:host')
      parentPort.postMessage([await add(1, 2), remove.sync(), again === add, host.add === add])
    `
    const worker = new Worker(source, {
      eval: true,
      runtime,
      ...(runtime === 'node' && { execArgv: ['--input-type=module'] }),
      expose: { add: (a, b) => a + b, delete: () => 'removed' }
    })
    t.teardown(() => worker.terminate())
    t.deepEqual(await nextMessage(worker), [3, 'removed', true, true])
  })
}

test('what is exposed must be functions with names that can be imported', (t) => {
  const codeOf = (options) => thrownBy(() => new Worker('', { eval: true, ...options })).code
  for (const expose of [1, [], 'text', { value: 1 }, () => {}]) t.is(codeOf({ expose }), 'ERR_INVALID_ARG_TYPE')
  for (const name of ['a-b', '1', '', 'default', 'then', '__esModule', ['__proto__']]) {
    t.is(codeOf({ expose: { [name]: () => {} } }), 'ERR_INVALID_ARG_VALUE', String(name))
  }
  for (const maxHostCalls of [0, 1.5, NaN, -1, Infinity]) t.is(codeOf({ maxHostCalls }), 'ERR_OUT_OF_RANGE')
  t.is(codeOf({ maxHostCalls: '1' }), 'ERR_INVALID_ARG_TYPE')
  t.is(thrownBy(() => new Worker('native:fib', { expose: {} })).code, 'ERR_INVALID_ARG_VALUE')
  t.is(thrownBy(() => new WorkerPool({ minThreads: 0, expose: { a: 1 } })).code, 'ERR_INVALID_ARG_TYPE')
})

test('inherited, symbol and hidden properties are not exposed', async (t) => {
  class Base { inherited () {} }
  class Exposed extends Base { own = () => 'own'; [Symbol('symbol')] = () => {} }
  const expose = Object.defineProperty(new Exposed(), 'hidden', { value: () => {}, enumerable: false })
  t.deepEqual(await called(t, 'node', 'post(Object.keys(host))', expose), ['own'])
})
