'use strict'

const { once } = require('node:events')
const NodeWorker = require('node:worker_threads').Worker
const avaTest = require('ava')
const {
  AtomicView, MessageChannel, Mutex, SharedQueue, Worker, bounded, describeError, eventsUntilExit, inbox, nextMessage, nodeMajor,
  postMessageToThread, setEnvironmentData, startWorker, thrownBy
} = require('./helpers')
const { leanTest: test, startLean } = require('./lean-helpers')

const echo = `
  const { parentPort } = require('worker_threads')
  parentPort.on('message', (value) => parentPort.postMessage(value))
`

bounded(avaTest)('options that need a process are refused, and so are versions without the runtime', (t) => {
  const refused = nodeMajor < 22
    ? { runtime: [{}, 'needs Node.js 22 or later'] }
    : {
        argv: [{ argv: ['a'] }, 'has no effect on a lean worker'],
        execArgv: [{ execArgv: ['--no-warnings'] }, 'has no effect on a lean worker'],
        env: [{ env: { A: '1' } }, 'has no effect on a lean worker'],
        stdin: [{ stdin: true }, 'has no effect on a lean worker']
      }
  for (const [name, [options, reason]] of Object.entries(refused)) {
    const error = thrownBy(() => new Worker('', { eval: true, runtime: 'lean', ...options }))
    t.is(error.code, 'ERR_INVALID_ARG_VALUE', name)
    t.true(error.message.includes(`'options.${name}' ${reason}`), error.message)
  }
})

for (const [kind, make] of Object.entries({
  'primitives': () => [undefined, null, true, -0, NaN, 2n ** 70n, 'text', '\u20ac\ud83d\ude00'],
  'an object of the record path': () => ({ id: 1, name: 'a', ok: true }),
  'collections': () => [new Map([['a', { b: new Set([1]) }]]), new Date(5), /a/gi, [1, , 3]], // eslint-disable-line no-sparse-arrays
  'buffers': () => [new Uint8Array([1, 2]), new Float64Array([1.5]), new ArrayBuffer(3), new DataView(new ArrayBuffer(2))],
  'errors': () => [new Error('e', { cause: new TypeError('c') }), new RangeError('r')],
  'boxed values': () => [Object(1), Object('s'), Object(false), Object(1n)],
  'a circle': () => { const circle = { name: 'c' }; circle.self = circle; return circle },
  'a large string': () => 'x'.repeat(1e6)
})) {
  test(`${kind}: what comes back is what a Node environment sends back`, async (t) => {
    const answers = []
    for (const worker of [startLean(t, echo), startWorker(t, echo)]) {
      worker.postMessage(make())
      answers.push(await nextMessage(worker))
    }
    t.deepEqual(answers[0], answers[1])
    t.deepEqual(answers[0], make())
  })
}

test('a DOMException crosses both ways', async (t) => {
  const worker = startLean(t, `
    onmessage = ({ data }) => postMessage([data, data instanceof DOMException, data.code, new DOMException('of lean', 'DataCloneError')])
  `)
  worker.postMessage(new DOMException('text', 'AbortError'))
  const [there, isInstance, code, ofLean] = await nextMessage(worker)
  t.deepEqual([there.name, there.message, isInstance, code], ['AbortError', 'text', true, 20])
  t.true(ofLean instanceof DOMException)
  t.deepEqual([ofLean.name, ofLean.message], ['DataCloneError', 'of lean'])
})

test('the worker knows its data, its name, its limits and its environment data', async (t) => {
  setEnvironmentData('lean', { shared: 1 })
  t.teardown(() => setEnvironmentData('lean', undefined))
  const worker = startLean(t, `
    const w = require('isothreads')
    w.parentPort.postMessage([w.workerData, w.threadId, w.threadName, w.isMainThread, w.resourceLimits.maxOldGenerationSizeMb,
      w.getEnvironmentData('lean'), require('node:worker_threads') === w])
  `, { workerData: { a: [1] }, name: 'lean one', resourceLimits: { maxOldGenerationSizeMb: 32 } })
  const { threadId } = worker
  t.deepEqual(await nextMessage(worker), [{ a: [1] }, threadId, 'lean one', false, 32, { shared: 1 }, true])
})

test('ports and buffers are transferred, and memory is shared', async (t) => {
  const { port1, port2 } = new MessageChannel()
  const buffer = new Uint8Array([1, 2, 3]).buffer
  const shared = new Int32Array(new SharedArrayBuffer(4))
  const worker = startLean(t, `
    const { workerData: { port, buffer, shared } } = require('worker_threads')
    Atomics.store(shared, 0, buffer.byteLength)
    port.on('message', (value) => { port.postMessage([value, port.constructor.name]); port.close() })
  `, { workerData: { port: port2, buffer, shared }, transferList: [port2, buffer] })
  t.is(buffer.byteLength, 0)
  port1.postMessage('over there')
  t.deepEqual((await once(port1, 'message'))[0], ['over there', 'MessagePort'])
  t.is(shared[0], 3)
  t.is((await once(worker, 'exit'))[0], 0)
})

test('locks, views and queues work between a lean worker and this thread', async (t) => {
  const mutex = new Mutex()
  const view = new AtomicView(new Int32Array(new SharedArrayBuffer(4)))
  const queue = new SharedQueue({ capacity: 4 })
  const worker = startLean(t, `
    const { parentPort, workerData: { mutex, view, queue } } = require('isothreads')
    for (let n = 0; n < 1000; n++) {
      const guard = mutex.lock()
      view.store(0, view.load(0) + 1)
      guard.release()
    }
    queue.push({ from: 'lean' })
    mutex.lockAsync().then((guard) => { guard.release(); parentPort.postMessage('done') })
  `, { workerData: { mutex, view, queue } })
  for (let n = 0; n < 1000; n++) {
    const guard = mutex.lock({ blockMainThread: true })
    view.store(0, view.load(0) + 1)
    guard.release()
  }
  t.is(await nextMessage(worker), 'done')
  t.is(view.load(0), 2000)
  t.deepEqual(queue.tryPop(), { from: 'lean' })
})

test('timers, immediates and microtasks run in Node\'s order', async (t) => {
  const code = `
    const order = []
    const say = (what) => () => { order.push(what); Promise.resolve().then(() => order.push(what + '!')) }
    const { port1, port2 } = new MessageChannel()
    port2.once('message', () => {
      setTimeout(say('20'), 20)
      setTimeout(say('1a'), 1)
      setTimeout(say('1b'), 1)
      setImmediate(say('immediate'))
      queueMicrotask(say('microtask'))
      clearTimeout(setTimeout(say('cleared'), 1))
      clearImmediate(setImmediate(say('cleared')))
      let left = 3
      const interval = setInterval(() => { order.push('interval'); if (--left === 0) { clearInterval(interval); end() } }, 30)
      setTimeout(say('unreferenced'), 1e6).unref()
    })
    const end = () => { require('worker_threads').parentPort.postMessage(order); port2.close() }
    port1.postMessage(0)
  `
  const [lean, node] = await Promise.all([startLean(t, code), new NodeWorker(code, { eval: true })].map(async (worker) => {
    const exit = once(worker, 'exit')
    const [order] = await once(worker, 'message')
    t.deepEqual(await exit, [0])
    return order
  }))
  t.deepEqual(lean, node)
})

test('a timer can be refreshed, and cleared by its number', async (t) => {
  const worker = startLean(t, `
    let calls = 0
    const timer = setTimeout(() => { if (++calls < 3) timer.refresh(); else postMessage([calls, cleared, typeof +timer, timer.hasRef()]) }, 1)
    let cleared = true
    clearTimeout(+setTimeout(() => { cleared = false }, 1))
  `)
  t.deepEqual(await nextMessage(worker), [3, true, 'number', true])
})

for (const [kind, code] of Object.entries({
  'a throw of the entry': 'throw new TypeError("thrown")',
  'a syntax error': 'const a = ;',
  'a throw in a listener': 'require("worker_threads").parentPort.on("message", () => { throw new RangeError("thrown") })',
  'a throw in a timer': 'setTimeout(() => { throw new Error("thrown") }, 1)',
  'a throw in a microtask': 'queueMicrotask(() => { throw new Error("thrown") })',
  'a throw in a reaction': 'Promise.resolve().then(() => { throw new Error("thrown") })',
  'a rejected promise': 'Promise.reject(new Error("thrown", { cause: new TypeError("why") }))',
  'a promise rejected with a string': 'Promise.reject("thrown")',
  'a throw of an object': 'throw { a: 1 }',
  'a throw of a symbol': 'throw Symbol("thrown")'
})) {
  test(`${kind} ends the worker like one of Node: 'error', then exit code 1`, async (t) => {
    const [lean, node] = await Promise.all([startLean(t, code), new NodeWorker(code, { eval: true })].map((worker) => {
      worker.postMessage(1)
      return eventsUntilExit(worker)
    }))
    t.deepEqual(lean.map(([name]) => name), ['online', 'error', 'exit'])
    t.is(lean.at(-1)[1], 1)
    const [thrown, expected] = [lean, node].map((events) => events.find(([name]) => name === 'error')[1])
    if (!(expected instanceof Error)) return t.deepEqual(thrown, expected)
    t.deepEqual(describeError(thrown), describeError(expected))
    t.true(thrown.stack.includes('[worker eval]') || kind.includes('string'), thrown.stack)
    if (expected.cause !== undefined) t.deepEqual(describeError(thrown.cause), describeError(expected.cause))
  })
}

test('a rejection that is handled later in the task is none', async (t) => {
  const worker = startLean(t, 'const p = Promise.reject(new Error("x")); queueMicrotask(() => p.catch(() => postMessage("caught")))')
  t.deepEqual(await eventsUntilExit(worker), [['online'], ['message', 'caught'], ['exit', 0]])
})

test('console writes to the parent\'s stdout and stderr', async (t) => {
  const worker = startLean(t, `
    console.log('%s has %d, %j', 'a', 1, { b: 2 }, [1, ['x', { y: { z: {} } }]], new Map([['k', null]]), undefined, -0, 5n)
    console.group('group')
    console.warn('two\\nlines')
    console.groupEnd()
    console.error(new TypeError('printed').message, class A {}, () => {}, Object.create(null))
    console.assert(1 === 2, 'wrong')
  `, { stdout: true, stderr: true })
  const [stdout, stderr] = await Promise.all([worker.stdout, worker.stderr].map(async (stream) => {
    let text = ''
    for await (const chunk of stream) text += chunk
    return text
  }))
  t.is(stdout, "a has 1, {\"b\":2} [ 1, [ 'x', { y: [Object] } ] ] Map(1) { 'k' => null } undefined -0 5n\ngroup\n")
  t.is(stderr, '  two\n  lines\nprinted [class A] [Function (anonymous)] [Object: null prototype] {}\nAssertion failed: wrong\n')
})

test('a script of a web worker finds its globals', async (t) => {
  const worker = startLean(t, `
    self.addEventListener('message', (event) => { received.push(event.constructor.name) })
    const received = []
    onmessage = ({ data, target }) => {
      postMessage([data, target === require('worker_threads').parentPort, self === globalThis, received])
      close()
      postMessage('the task goes on')
    }
  `)
  worker.postMessage('first')
  worker.postMessage('never received')
  t.deepEqual(await eventsUntilExit(worker),
    [['online'], ['message', ['first', true, true, ['MessageEvent']]], ['message', 'the task goes on'], ['exit', 0]])
})

test('the globals of the Minimum Common Web API that there are do what Node\'s do', async (t) => {
  const body = `
    const results = []
    const tried = (run) => { try { return run() } catch (error) { return [error.name, error.code] } }
    results.push(new TextDecoder().decode(new TextEncoder().encode('h\\u00e9\\u20ac\\ud83d\\ude00\\ud800')))
    results.push(new TextDecoder().decode(new Uint8Array([0xef, 0xbb, 0xbf, 0x61, 0xff, 0xe2, 0x82])))
    results.push(tried(() => new TextDecoder('utf-8', { fatal: true }).decode(new Uint8Array([0xff]))))
    const decoder = new TextDecoder()
    results.push(decoder.decode(new Uint8Array([0xe2, 0x82]), { stream: true }), decoder.decode(new Uint8Array([0xac])))
    results.push(new TextEncoder().encodeInto('a\\u20acb', new Uint8Array(3)))
    for (const text of ['', 'a', 'ab', 'abc', '\\u00ff\\u0000']) results.push(btoa(text), atob(btoa(text)))
    results.push(atob(' Y Q '), tried(() => atob('a')), tried(() => btoa('\\u20ac')), tried(() => atob('ab=c')))
    const controller = new AbortController()
    controller.signal.addEventListener('abort', ({ type }) => results.push(type))
    controller.abort()
    results.push(controller.signal.reason.name, tried(() => controller.signal.throwIfAborted()), AbortSignal.any([controller.signal]).aborted)
    results.push(structuredClone(new Map([[1, { a: [new Date(3)] }]])), tried(() => structuredClone(() => {})))
    const target = new EventTarget()
    const order = []
    target.addEventListener('x', { handleEvent () { order.push(this === undefined ? 0 : 'object') } }, { once: true })
    target.addEventListener('x', (event) => { order.push(event.target === target); event.preventDefault() })
    order.push(target.dispatchEvent(new Event('x', { cancelable: true })), target.dispatchEvent(new Event('x')))
    results.push(order, new DOMException('m', 'DataCloneError').code, performance.now() > 0, performance.timeOrigin > 1e12)
    require('worker_threads').parentPort.postMessage(results)
  `
  const answers = await Promise.all([startLean(t, body), startWorker(t, body)].map(nextMessage))
  t.deepEqual(answers[0], answers[1])
})

test('the events of a port are those of Node', async (t) => {
  const body = `
    const { MessageChannel, MessagePort, parentPort, receiveMessageOnPort } = require('worker_threads')
    const { port1, port2 } = new MessageChannel()
    const log = []
    const listener = (value) => log.push(['on', value])
    log.push(port2 instanceof MessagePort, port2 instanceof EventTarget, port2.listenerCount('message'))
    port1.postMessage('early')
    log.push(receiveMessageOnPort(port2), receiveMessageOnPort(port2))
    port2.on('message', listener)
    port2.once('message', (value) => log.push(['once', value]))
    port2.addEventListener('message', ({ data, type, ports }) => log.push(['event', data, type, ports.length]))
    port2.onmessage = ({ data }) => log.push(['handler', data])
    log.push(port2.listenerCount('message'), port2.eventNames(), typeof port2.onmessage, port2.hasRef())
    port2.on('close', () => { log.push('close'); parentPort.postMessage(log) })
    port1.postMessage('a')
    port1.postMessage('b')
    port2.emit('other', 1)
    setTimeout(() => { port2.off('message', listener); port2.onmessage = null; port1.postMessage('c'); port1.close() }, 5)
  `
  const answers = await Promise.all([startLean(t, body), startWorker(t, body)].map(nextMessage))
  t.deepEqual(answers[0], answers[1])
})

test('what the runtime does not have says so', async (t) => {
  const worker = startLean(t, `
    const api = require('isothreads')
    const codes = ['Worker', 'WorkerPool', 'moveMessagePortToContext', 'nativeWorkers'].map((name) => {
      try { new api[name]('x') } catch (error) { return error.code + (error.message.includes(name) ? '' : error.message) }
    })
    import('fs').catch((error) => { codes.push(error.code); postMessage(codes) })
  `)
  t.deepEqual(await nextMessage(worker), Array(5).fill('ERR_ISOTHREADS_LEAN_UNSUPPORTED'))
})

test('an object of Node is a messageerror, and the worker goes on', async (t) => {
  const worker = startLean(t, `
    const { parentPort } = require('worker_threads')
    parentPort.on('messageerror', (error) => parentPort.postMessage(error.name))
    parentPort.on('message', (value) => parentPort.postMessage(value))
  `)
  const next = inbox(worker)
  worker.postMessage(new Blob(['x']))
  worker.postMessage('next')
  t.is(await next(), 'DataCloneError')
  t.is(await next(), 'next')
})

test('postMessageToThread() to a lean worker finds no listener', async (t) => {
  const worker = startLean(t, echo)
  worker.postMessage(0)
  await nextMessage(worker)
  await t.throwsAsync(postMessageToThread(worker.threadId, 1), { code: 'ERR_WORKER_MESSAGING_FAILED' })
})

test('the parent looks into the worker\'s heap and processor time', async (t) => {
  const worker = startLean(t, 'postMessage(0); for (;;);')
  await nextMessage(worker)
  t.true((await worker.getHeapStatistics()).used_heap_size > 0)
  t.true((await worker.cpuUsage()).user >= 0)
  const idle = startLean(t, echo)
  idle.postMessage(0)
  await nextMessage(idle)
  t.true((await idle.getHeapStatistics()).used_heap_size > 0)
})
