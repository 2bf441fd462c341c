'use strict'

// Looking into a worker from its parent: heap snapshots and statistics, processor time, profiles, event loop utilization.

const v8 = require('node:v8')
const { once } = require('node:events')
const { createServer } = require('node:net')
const { text } = require('node:stream/consumers')
const { setImmediate: nextTurn } = require('node:timers/promises')
const {
  Barrier, Latch, Mutex, Worker, bounded, beyondNode, inbox, isPeer, nextMessage, nodeMajor, startWorker, thrownBy
} = require('./helpers')
const { runProgram, endsCleanly } = require('./run-process')

const avaTest = require('ava')
const test = bounded(avaTest)
const ours = beyondNode(avaTest)
// The methods that this version of Node has itself, or only we have.
const testSince = (major, title, body) => nodeMajor >= major ? test(title, body) : ours(`Node ${nodeMajor} has no such method`, title, body)

const prelude = 'const { parentPort, workerData } = require("worker_threads"); const ready = () => parentPort.postMessage("ready");'
// Node 22 wants a name.
const cpuProfileOptions = nodeMajor === 22 ? 'profile' : undefined

async function ready (t, code, options) {
  const worker = startWorker(t, prelude + code, options)
  await nextMessage(worker)
  return worker
}

const idle = 'ready(); setInterval(() => {}, 1e6)'

const methods = {
  getHeapSnapshot: worker => worker.getHeapSnapshot(),
  getHeapStatistics: worker => worker.getHeapStatistics(),
  cpuUsage: worker => worker.cpuUsage(),
  startCpuProfile: worker => worker.startCpuProfile(cpuProfileOptions),
  startHeapProfile: worker => worker.startHeapProfile()
}
const available = Object.keys(methods).filter(name => name in Worker.prototype)

// Node's errors have classes of their own.
const facts = ({ name, code, message }) => ({ name, code, message })
const typeError = (code, message) => ({ name: 'TypeError', code, message })
const notRunning = { name: 'Error', code: 'ERR_WORKER_NOT_RUNNING', message: 'Worker instance not running' }
const reasonOf = promise => promise.then(() => undefined, facts)

function functionsIn ({ callFrame, children }) {
  return [callFrame.functionName, ...children.flatMap(functionsIn)]
}

/** Profiles the worker until the profile has this function. */
async function heapProfileWith (worker, name, options) {
  for (;;) {
    const handle = await worker.startHeapProfile(options)
    await worker.getHeapStatistics()
    const profile = JSON.parse(await handle.stop())
    if (functionsIn(profile.head).includes(name)) return profile
  }
}

const states = {
  'is idle': idle,
  'is in an endless loop': 'ready(); while (true);',
  'is in a loop of microtasks': 'const again = () => Promise.resolve().then(again); again(); ready()',
  'sleeps in Atomics.wait': 'ready(); Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0)',
  'sleeps in Atomics.wait again and again': 'ready(); for (;;) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1)',
  'is in a busy exit handler': 'process.on("exit", () => { ready(); for (;;); })'
}

for (const [what, code] of Object.entries(states)) {
  test(`a worker that ${what} answers everything`, async (t) => {
    const worker = await ready(t, `class MarkOfThisWorker {} globalThis.mark = new MarkOfThisWorker(); ${code}`)
    for (const name of available) {
      const answer = await methods[name](worker)
      if (name === 'getHeapSnapshot') t.true((await text(answer)).includes('"MarkOfThisWorker"'))
      else if (name === 'getHeapStatistics') t.true(answer.used_heap_size > 1e6)
      else if (name === 'cpuUsage') t.true(answer.user + answer.system > 0)
      else t.is(typeof JSON.parse(await answer.stop()), 'object')
    }
  })
}

const waits = {
  'waits for a Mutex': {
    code: 'const guard = workerData.lock({ timeout: 1e6 }); guard.release()',
    async make () {
      const mutex = new Mutex()
      const guard = await mutex.lockAsync()
      return { shared: mutex, end: () => guard.release() }
    }
  },
  'waits at a Barrier': {
    code: 'workerData.wait()',
    make () {
      const barrier = new Barrier(2)
      return { shared: barrier, end: () => barrier.waitAsync() }
    }
  },
  'waits for a Latch': {
    code: 'workerData.wait()',
    make () {
      const latch = new Latch(1)
      return { shared: latch, end: () => latch.countDown() }
    }
  }
}

for (const [what, { code, make }] of Object.entries(waits)) {
  ours('Node has no such objects', `a worker that ${what} answers, and what it waits for still comes`, async (t) => {
    const { shared, end } = await make()
    const worker = await ready(t, `ready(); ${code}`, { workerData: shared })
    const exit = once(worker, 'exit')
    for (let times = 0; times < 20; times++) t.true((await worker.getHeapStatistics()).used_heap_size > 0)
    await end()
    t.deepEqual(await exit, [0])
  })
}

ours('Node has no such objects', 'looking into a worker does not end its timeouts early', async (t) => {
  const mutex = new Mutex()
  const guard = await mutex.lockAsync()
  const worker = startWorker(t, `
    const { parentPort, workerData } = require('worker_threads')
    const start = performance.now()
    parentPort.postMessage('ready')
    try { workerData.lock({ timeout: 100 }) } catch ({ code }) { parentPort.postMessage([code, performance.now() - start]) }`,
  { workerData: mutex })
  const next = inbox(worker)
  t.is(await next(), 'ready')
  for (let times = 0; times < 5; times++) await worker.getHeapStatistics()
  const [code, time] = await next()
  t.is(code, 'ERR_ISOTHREADS_TIMEOUT')
  t.true(time >= 99)
  guard.release()
})

ours('Node rejects then', 'a worker that has not started yet answers when it runs', async (t) => {
  const worker = startWorker(t, 'setInterval(() => {}, 1e6)')
  const answers = Object.keys(methods).map(name => methods[name](worker))
  const [snapshot, statistics, usage, cpuProfile, heapProfile] = await Promise.all(answers)
  t.true((await text(snapshot)).length > 1e6)
  t.true(statistics.used_heap_size > 1e6)
  t.true(usage.user + usage.system > 0)
  t.is(typeof JSON.parse(await cpuProfile.stop()), 'object')
  t.is(typeof JSON.parse(await heapProfile.stop()), 'object')
})

test('after the end of the worker everything rejects', async (t) => {
  const worker = await ready(t, idle)
  const handles = []
  // Node may crash when a heap profile is being recorded.
  for (const name of isPeer ? ['startCpuProfile'] : ['startCpuProfile', 'startHeapProfile']) {
    if (available.includes(name)) handles.push(await methods[name](worker))
  }
  await worker.terminate()
  for (const name of available) t.deepEqual(await reasonOf(methods[name](worker)), notRunning)
  for (const handle of handles) t.deepEqual(await reasonOf(handle.stop()), notRunning)
  t.deepEqual(worker.performance.eventLoopUtilization(), { idle: 0, active: 0, utilization: 0 })
})

/** Starts a worker that is in a call into native code until the socket is closed. */
async function inNativeCode (t) {
  const server = createServer().listen(0, '127.0.0.1')
  t.teardown(() => server.close())
  await once(server, 'listening')
  const child = `require('net').connect(${server.address().port}, '127.0.0.1').resume()`
  const worker = startWorker(t, `require('child_process').execFileSync(process.execPath, ['-e', ${JSON.stringify(child)}])`)
  const [socket] = await once(server, 'connection')
  return { worker, socket }
}

ours('Node leaves them pending', 'requests that a worker cannot answer reject when it is terminated, before it ends', async (t) => {
  const { worker, socket } = await inNativeCode(t)
  const requests = Object.keys(methods).map(name => reasonOf(methods[name](worker)))
  const ended = worker.terminate()
  t.deepEqual(await Promise.all(requests), Object.keys(methods).map(() => notRunning))
  t.deepEqual(await reasonOf(worker.getHeapStatistics()), notRunning)
  socket.destroy()
  t.is(await ended, 1)
})

ours('no such method before Node 22', 'a worker answers as soon as a call into native code has returned', async (t) => {
  const { worker, socket } = await inNativeCode(t)
  const request = worker.getHeapStatistics()
  socket.destroy()
  t.true((await request).used_heap_size > 0)
})

ours('Node leaves them pending', 'no request stays pending, whenever the worker ends by itself', async (t) => {
  const ends = ['process.exit()', 'throw new Error("lost")', 'parentPort.close()']
  for (const end of ends) {
    const worker = await ready(t, `ready(); parentPort.on("message", () => { ${end} })`)
    worker.on('error', () => {})
    let ended = false
    worker.once('exit', () => { ended = true })
    worker.postMessage('end')
    let reason
    do {
      reason = await reasonOf(worker.getHeapStatistics())
    } while (reason === undefined)
    t.deepEqual(reason, notRunning)
    while (!ended) await nextTurn()
  }
})

testSince(22, 'many requests at once are all answered', async (t) => {
  const worker = await ready(t, 'ready(); while (true);')
  const requests = Array.from({ length: 500 }, (_, index) => index % 2 ? worker.getHeapStatistics() : worker.cpuUsage())
  const answers = await Promise.all(requests)
  t.true(answers.every((answer, index) => index % 2 ? answer.used_heap_size > 0 : answer.user > 0))
})

test('a worker looks into its own worker', async (t) => {
  const worker = startWorker(t, `
    const { Worker, parentPort } = require('worker_threads')
    const inner = new Worker('class MarkOfTheInnerWorker {} globalThis.mark = new MarkOfTheInnerWorker(); for (;;);', { eval: true })
    inner.once('online', async () => {
      let text = ''
      while (!text.includes('"MarkOfTheInnerWorker"')) {
        text = ''
        for await (const chunk of await inner.getHeapSnapshot()) text += chunk
      }
      parentPort.postMessage('found')
      process.exit()
    })`)
  t.is(await nextMessage(worker), 'found')
})

ours('Node waits for the call', 'a process ends with requests pending', async (t) => {
  const result = await runProgram(`
    const { createServer } = require('node:net')
    const server = createServer().listen(0, '127.0.0.1')
    await once(server, 'listening')
    const child = "require('net').connect(" + server.address().port + ", '127.0.0.1').resume()"
    const busy = new Worker("require('child_process').execFileSync(process.execPath, ['-e', " + JSON.stringify(child) + "])", { eval: true })
    const [socket] = await once(server, "connection")
    const idle = new Worker('setInterval(() => {}, 1e6)', { eval: true })
    for (const worker of [busy, idle]) {
      worker.getHeapSnapshot()
      worker.getHeapStatistics()
    }
    process.on('exit', () => socket.destroy())
    process.exit(7)`)
  endsCleanly(t, result, { code: 7 })
})

test('arguments are checked as in Node', async (t) => {
  const worker = await ready(t, idle)
  const refused = (name, argument) => facts(thrownBy(() => worker[name](argument)))
  const notAnObject = (name, received) => typeError('ERR_INVALID_ARG_TYPE', `The "${name}" argument must be of type object. Received ${received}`)
  const outOfRange = message => ({ name: 'RangeError', code: 'ERR_OUT_OF_RANGE', message })
  for (const [value, received] of [[null, 'null'], [1, 'type number (1)'], [[], 'an instance of Array']]) {
    t.deepEqual(refused('getHeapSnapshot', value), notAnObject('options', received))
  }
  for (const name of ['exposeInternals', 'exposeNumericValues']) {
    t.deepEqual(refused('getHeapSnapshot', { [name]: 1 }),
      typeError('ERR_INVALID_ARG_TYPE', `The "options.${name}" property must be of type boolean. Received type number (1)`))
  }
  if (available.includes('cpuUsage')) {
    t.deepEqual(refused('cpuUsage', 1), notAnObject('prev', 'type number (1)'))
    t.deepEqual(refused('cpuUsage', { user: '1' }),
      typeError('ERR_INVALID_ARG_TYPE', 'The "prev.user" property must be of type number. Received type string (\'1\')'))
    for (const [value, received] of [[-1, '-1'], [NaN, 'NaN'], [2 ** 53, '9_007_199_254_740_992'], [Infinity, 'Infinity']]) {
      t.deepEqual(refused('cpuUsage', { user: 0, system: value }),
        outOfRange(`The value of "prev.system" is out of range. It must be >= 0 && <= 9007199254740991. Received ${received}`))
    }
  }
  if (nodeMajor === 22) {
    t.deepEqual(refused('startCpuProfile', undefined),
      typeError('ERR_INVALID_ARG_TYPE', 'The "name" argument must be of type string. Received undefined'))
  }
  // Node 24 ignores options.
  if (nodeMajor < 26 && isPeer) return
  if (nodeMajor !== 22) {
    t.deepEqual(refused('startCpuProfile', 'name'), notAnObject('options', 'type string (\'name\')'))
    t.deepEqual(refused('startCpuProfile', { sampleInterval: -1 }),
      outOfRange('The value of "options.sampleInterval" is out of range. It must be >= 0 && <= 2147483.647. Received -1'))
    t.deepEqual(refused('startCpuProfile', { maxBufferSize: 0 }),
      outOfRange('The value of "options.maxBufferSize" is out of range. It must be >= 1 && <= 4294967295. Received 0'))
  }
  t.deepEqual(refused('startHeapProfile', { sampleInterval: 1.5 }),
    outOfRange('The value of "options.sampleInterval" is out of range. It must be an integer. Received 1.5'))
  t.deepEqual(refused('startHeapProfile', { stackDepth: 2 ** 31 }),
    outOfRange('The value of "options.stackDepth" is out of range. It must be >= 0 && <= 2147483647. Received 2147483648'))
  t.deepEqual(refused('startHeapProfile', { forceGC: 1 }),
    typeError('ERR_INVALID_ARG_TYPE', 'The "options.forceGC" property must be of type boolean. Received type number (1)'))
})

testSince(22, 'getHeapStatistics() has the properties of v8.getHeapStatistics(), with the numbers of the worker', async (t) => {
  const worker = await ready(t, 'globalThis.big = Array.from({ length: 2e6 }, (_, index) => index + 0.5); ready(); setInterval(() => {}, 1e6)',
    { resourceLimits: { maxOldGenerationSizeMb: 123, maxYoungGenerationSizeMb: 4 } })
  const statistics = await worker.getHeapStatistics()
  t.deepEqual(Object.keys(statistics), Object.keys(v8.getHeapStatistics()))
  t.is(Object.getPrototypeOf(statistics), null)
  t.true(statistics.used_heap_size > 16e6)
  t.true(statistics.heap_size_limit >= 123 * 2 ** 20 && statistics.heap_size_limit < 200 * 2 ** 20)
  t.is(typeof statistics.does_zap_garbage, nodeMajor >= 22 ? 'boolean' : 'number')
})

testSince(22, 'cpuUsage() grows while the worker computes, and subtracts an earlier result', async (t) => {
  const worker = await ready(t, 'ready(); while (true);')
  const before = await worker.cpuUsage()
  let after
  do {
    after = await worker.cpuUsage()
  } while (after.user <= before.user)
  t.deepEqual(Object.keys(after), ['user', 'system'])
  const since = await worker.cpuUsage(after)
  t.true(since.user >= 0 && since.user < after.user + 1e6)
})

test('a heap snapshot shows numbers only if asked to', async (t) => {
  const worker = await ready(t, `globalThis.mark = { number: 123456.75 }; ${idle}`)
  const plain = await text(await worker.getHeapSnapshot())
  t.false(plain.includes('"123456.75"'))
  const numbers = await text(await worker.getHeapSnapshot({ exposeNumericValues: true }))
  t.true(numbers.includes('"123456.75"'))
  // What it adds depends on the version of V8; it may be nothing.
  const internals = await text(await worker.getHeapSnapshot({ exposeInternals: true }))
  t.false(internals.includes('"123456.75"'))
})

ours('Node may crash', 'a heap snapshot can be read after the end of its worker, or be destroyed', async (t) => {
  const worker = await ready(t, idle)
  const [kept, dropped] = await Promise.all([worker.getHeapSnapshot(), worker.getHeapSnapshot()])
  dropped.destroy()
  await worker.terminate()
  t.is(kept.constructor.name, 'HeapSnapshotStream')
  const { snapshot, nodes } = JSON.parse(await text(kept))
  t.is(nodes.length, snapshot.node_count * snapshot.meta.node_fields.length)
  t.true(dropped.destroyed)
})

testSince(22, 'a CPU profile has the function that runs', async (t) => {
  const worker = await ready(t, `
    function spinning () { const end = performance.now() + 1; while (performance.now() < end); }
    ready()
    for (;;) spinning()`)
  let profile
  do {
    const handle = await worker.startCpuProfile(cpuProfileOptions)
    const json = await handle.stop()
    t.is(await handle.stop(), json)
    profile = JSON.parse(json)
    // Until the worker is in that function.
  } while (!profile.nodes.some(({ callFrame }) => callFrame.functionName === 'spinning'))
  t.deepEqual(Object.keys(profile), ['nodes', 'startTime', 'endTime', 'samples', 'timeDeltas'])
  t.true(profile.endTime >= profile.startTime)
})

testSince(22, 'several CPU profiles of a worker can be recorded at a time, at most 100', async (t) => {
  const worker = await ready(t, idle)
  const name = number => nodeMajor === 22 ? `profile ${number}` : undefined
  const handles = []
  for (let number = 0; number < 100; number++) handles.push(await worker.startCpuProfile(name(number)))
  const refusal = facts(await worker.startCpuProfile(name(100)).catch(error => error))
  t.deepEqual(refusal, { name: 'Error', code: 'ERR_CPU_PROFILE_TOO_MANY', message: 'There are too many CPU profiles' })
  for (const handle of handles.reverse()) t.is(typeof JSON.parse(await handle.stop()), 'object')
  const again = await worker.startCpuProfile(name(0))
  await again[Symbol.asyncDispose ?? Symbol.for('nodejs.asyncDispose')]()
})

if (nodeMajor === 22) {
  test('two CPU profiles of a worker cannot have one name at a time', async (t) => {
    const worker = await ready(t, idle)
    const handle = await worker.startCpuProfile('one')
    const refusal = facts(await worker.startCpuProfile('one').catch(error => error))
    t.deepEqual(refusal, { name: 'Error', code: 'ERR_CPU_PROFILE_ALREADY_STARTED', message: 'CPU profile already started' })
    await handle.stop()
    await (await worker.startCpuProfile('one')).stop()
  })
}

testSince(24, 'a heap profile has the functions that allocate, with their callers', async (t) => {
  const worker = await ready(t, `
    let all
    function inner () { all = []; for (let n = 0; n < 1e5; n++) all.push({ n }) }
    const outer = { 'quoted "\\\\ \\n' () { for (;;) inner() } }
    ready()
    outer['quoted "\\\\ \\n']()`)
  const profile = await heapProfileWith(worker, 'inner')
  t.deepEqual(Object.keys(profile), ['samples', 'head'])
  t.true(functionsIn(profile.head).includes('quoted "\\ \n'))
  const { callFrame, children, selfSize } = profile.head
  t.deepEqual(callFrame, { scriptId: 0, lineNumber: -1, columnNumber: -1, functionName: '(root)', url: '' })
  t.is(selfSize, 0)
  t.true(children.length > 0)
  const ids = new Set()
  const walk = node => { ids.add(node.id); node.children.forEach(walk) }
  walk(profile.head)
  t.true(profile.samples.every(({ nodeId }) => ids.has(nodeId)))
})

testSince(24, 'one heap profile of a worker can be recorded at a time', async (t) => {
  const worker = await ready(t, idle)
  const handle = await worker.startHeapProfile()
  const refusal = facts(await worker.startHeapProfile().catch(error => error))
  t.deepEqual(refusal, { name: 'Error', code: 'ERR_HEAP_PROFILE_HAVE_BEEN_STARTED', message: 'heap profiler have been started' })
  const json = await handle.stop()
  t.is(await handle.stop(), json)
  await (await worker.startHeapProfile()).stop()
})

test('eventLoopUtilization() is all zeros until the worker is online', async (t) => {
  const worker = startWorker(t, 'setInterval(() => {}, 1e6)')
  t.deepEqual(worker.performance.eventLoopUtilization(), { idle: 0, active: 0, utilization: 0 })
  await once(worker, 'online')
  let now
  do {
    await nextTurn()
    now = worker.performance.eventLoopUtilization()
  } while (now.active === 0)
  t.true(now.utilization > 0)
})

test('eventLoopUtilization() of an idle worker has idle time that grows', async (t) => {
  const { performance } = await ready(t, idle)
  const first = performance.eventLoopUtilization()
  let second
  do {
    await nextTurn()
    second = performance.eventLoopUtilization()
  } while (second.idle <= first.idle || second.idle === 0)
  t.true(second.utilization < 1)
})

test('eventLoopUtilization() of a busy worker has active time only, and subtracts earlier results', async (t) => {
  const { performance } = await ready(t, 'ready(); while (true);')
  let first
  let second
  // Until the loop has been entered for good.
  do {
    first = performance.eventLoopUtilization()
    await nextTurn()
    second = performance.eventLoopUtilization()
  } while (second.idle !== first.idle)
  t.deepEqual(performance.eventLoopUtilization(second, first), {
    idle: 0, active: second.active - first.active, utilization: 1
  })
  const since = performance.eventLoopUtilization(second)
  t.is(since.idle, 0)
  t.true(since.active > 0)
  t.is(since.utilization, 1)
})

ours('Node has no such workers', 'a native worker tells its processor time, and has no heap', async (t) => {
  const worker = new Worker('native:fib', { workerData: { n: 78 } })
  t.teardown(() => worker.terminate())
  await once(worker, 'online')
  let usage
  do {
    usage = await worker.cpuUsage()
    await nextTurn()
  } while (usage.user === 0)
  t.deepEqual(Object.keys(usage), ['user', 'system'])
  t.true((await worker.cpuUsage(usage)).user >= 0)
  for (const name of Object.keys(methods).filter(name => name !== 'cpuUsage')) {
    t.is((await reasonOf(methods[name](worker))).code, 'ERR_ISOTHREADS_NATIVE_UNSUPPORTED')
  }
  t.deepEqual(worker.performance.eventLoopUtilization(), { idle: 0, active: 0, utilization: 0 })
  await worker.terminate()
  for (const name of Object.keys(methods)) t.deepEqual(await reasonOf(methods[name](worker)), notRunning)
})

ours('Node may crash', 'a worker can end while its profiles are recorded', async (t) => {
  for (const end of ['terminate', 'exit']) {
    const worker = await ready(t, 'ready(); parentPort.on("message", () => process.exit())')
    for (const name of ['startCpuProfile', 'startHeapProfile']) await methods[name](worker)
    const exit = once(worker, 'exit')
    if (end === 'terminate') worker.terminate()
    else worker.postMessage('exit')
    t.is((await exit).length, 1)
  }
})
