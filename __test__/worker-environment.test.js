'use strict'

const fs = require('node:fs')
const os = require('node:os')
const path = require('node:path')
const diagnosticsChannel = require('node:diagnostics_channel')
const { once } = require('node:events')
const { pathToFileURL } = require('node:url')
const node = require('node:worker_threads')
const test = require('ava')
const {
  SHARE_ENV, getEnvironmentData, setEnvironmentData, resourceLimits, isPeer, packageRoot, nodeMajor, bounded, since,
  startWorker, nextMessage, inbox, settled
} = require('./helpers')
const { runNode } = require('./run-process')

const it = bounded(test)

const fixture = (name) => path.join(__dirname, 'fixtures', 'environment', name)

/** What an expression is in a worker. Names of worker_threads are in scope, `await` is allowed. */
function evaluate (t, expression, options) {
  return nextMessage(startWorker(t, `
    const { Worker, SHARE_ENV, parentPort, workerData, getEnvironmentData, setEnvironmentData, ...rest } = require('worker_threads')
    ;(async () => parentPort.postMessage(${expression}))()
  `, options))
}

/** In a worker: the value of an expression in another worker. */
const inner = (expression, options = '') => `await new Promise((resolve, reject) => new Worker(
  ${JSON.stringify(`require('worker_threads').parentPort.postMessage(${expression})`)}, { eval: true, ${options} }
).on('message', resolve).on('error', reject))`

/** Sets variables of this process for one test. */
function setVariables (t, variables) {
  Object.assign(process.env, variables)
  t.teardown(() => {
    for (const name of Object.keys(variables)) delete process.env[name]
  })
}

it('argv is added to process.argv, as strings', async (t) => {
  const argv = ['a', 1, null, undefined, {}, 1n, '--flag']
  t.deepEqual((await evaluate(t, 'process.argv', { argv })).slice(2), argv.map(String))
  t.deepEqual(await evaluate(t, 'process.argv', { argv: [] }), [process.execPath, '[worker eval]'])
})

it('argv is taken when the worker is constructed', async (t) => {
  const argv = ['before']
  const values = evaluate(t, 'process.argv.slice(2)', { argv })
  argv[0] = 'after'
  t.deepEqual(await values, ['before'])
})

it('execArgv is that of the parent, or the option\'s, and is handed on', async (t) => {
  const program = `
    const { Worker } = require(${JSON.stringify(isPeer ? 'worker_threads' : packageRoot)})
    new Worker('console.log(process.execArgv.join()); new (require("worker_threads").Worker)("console.log(process.execArgv.join())", { eval: true })',
      { eval: true, ...JSON.parse(process.argv[1]) })
  `
  const args = ['--no-warnings', '--trace-uncaught', '--eval', program]
  t.is((await runNode([...args, '{}'])).stdout, `${args.join()}\n`.repeat(2))
  t.is((await runNode([...args, '{"execArgv":["--trace-warnings"]}'])).stdout, '--trace-warnings\n'.repeat(2))
})

it('what follows the options in execArgv is left out', async (t) => {
  t.deepEqual(await evaluate(t, 'process.execArgv', { execArgv: ['--no-warnings', 'positional', '--trace-warnings'] }), ['--no-warnings'])
})

const preload = fixture('preload.js')

for (const [what, options, expression, expected] of [
  ['--require in execArgv', { execArgv: ['--require', preload] }, 'globalThis.preloaded', 'CommonJS'],
  ['--import in execArgv', { execArgv: ['--import', pathToFileURL(fixture('preload.mjs')).href] }, 'globalThis.preloaded', 'ES module'],
  ['--require in NODE_OPTIONS of env', { env: { NODE_OPTIONS: `--require ${preload}` } }, 'globalThis.preloaded', 'CommonJS'],
  ['--no-deprecation', { execArgv: ['--no-deprecation'] }, 'process.noDeprecation', true],
  ['--throw-deprecation', { execArgv: ['--throw-deprecation'] }, 'process.throwDeprecation', true],
  ['--trace-deprecation', { execArgv: ['--trace-deprecation'] }, 'process.traceDeprecation', true],
  ['an execArgv without --conditions', { execArgv: [] }, `require(${JSON.stringify(fixture('conditions'))})`, 'default']
]) {
  // Before, --import did nothing in a worker whose code is given as text.
  const file = what.startsWith('--import') ? fixture('post-preloaded.mjs') : undefined
  it(`${what} has its effect in the worker`, async (t) => {
    const value = file === undefined
      ? await evaluate(t, expression, options)
      : await nextMessage(startWorker(t, file, { eval: false, ...options }))
    t.is(value, expected)
  })
}

it('messages wait for the entry although a preload of the process listens already', async (t) => {
  const { stdout, stderr, code } = await runNode(['--require', fixture('listening-preload.js'), '-e', `
    const { Worker } = require(${JSON.stringify(isPeer ? 'worker_threads' : packageRoot)})
    const worker = new Worker(\`
      const { parentPort } = require('worker_threads')
      parentPort.once('message', (message) => parentPort.postMessage([...message.heardBy, 'entry']))
      parentPort.on('message', (message) => { if (message.isLast) process.exit() })
    \`, { eval: true })
    worker.on('message', (heardBy) => console.log(heardBy.join()))
    worker.postMessage({ heardBy: [] })
    worker.postMessage({ heardBy: [], isLast: true })
  `])
  t.deepEqual({ stdout, stderr, code }, { stdout: 'preload,entry\n', stderr: '', code: 0 })
})

it('env is a copy that neither side sees the other change', async (t) => {
  setVariables(t, { ISO_KEPT: 'kept', ISO_CHANGED: 'before' })
  const worker = startWorker(t, `
    const { parentPort } = require('worker_threads')
    const look = () => ['ISO_KEPT', 'ISO_CHANGED', 'ISO_LATER'].map((name) => process.env[name])
    process.env.ISO_WORKER = 'in the worker'
    parentPort.postMessage(look())
    parentPort.once('message', () => {
      delete process.env.ISO_KEPT
      parentPort.postMessage(look())
    })
  `)
  process.env.ISO_CHANGED = 'after'
  setVariables(t, { ISO_LATER: 'later' })
  const next = inbox(worker)
  t.deepEqual(await next(), ['kept', 'before', undefined])
  worker.postMessage('look again')
  t.deepEqual(await next(), [undefined, 'before', undefined])
  t.is(process.env.ISO_KEPT, 'kept')
  t.is(process.env.ISO_WORKER, undefined)
})

it('env: an object is all there is, as strings', async (t) => {
  setVariables(t, { ISO_PARENT: 'parent' })
  const env = { text: 'text', number: 1, undefined, null: null, object: {}, list: [1, 2], [Symbol('ignored')]: 1 }
  const expected = { text: 'text', number: '1', undefined: 'undefined', null: 'null', object: '[object Object]', list: '1,2' }
  t.deepEqual(await evaluate(t, '{ ...process.env }', { env }), expected)
  t.deepEqual(await evaluate(t, '{ ...process.env }', { env: {} }), {})
  t.is(await evaluate(t, '(process.env.ISO_PARENT += 1)', { env: process.env }), 'parent1')
  t.is(process.env.ISO_PARENT, 'parent')
})

for (const [what, options, evaluateIn = (expression) => expression] of [
  ['copy', {}],
  ['own', { env: { ISO_OWN: 'own' } }],
  ['shared', { env: SHARE_ENV }],
  ['shared with a worker', { env: { ISO_OWN: 'own' } }, (expression) => inner(expression, 'env: SHARE_ENV')]
]) {
  it(`process.env of a worker behaves as that of a process (${what})`, async (t) => {
    setVariables(t, { ISO_A: '', ISO_B: '', ISO_C: '' })
    t.deepEqual(await evaluate(t, evaluateIn(`(() => {
      const codeOf = (action) => { try { action() } catch (error) { return [error.name, error.code] } }
      const { env } = process
      env.ISO_A = undefined
      env.ISO_B = { toString: () => 'text of an object' }
      return [
        env.ISO_A, env.ISO_B, 'ISO_A' in env, Object.keys(env).includes('ISO_B'), delete env.ISO_B, 'ISO_B' in env, env.ISO_B,
        env[Symbol('s')], codeOf(() => { env[Symbol('s')] = 1 }), codeOf(() => { env.ISO_C = Symbol('s') }),
        codeOf(() => Object.defineProperty(env, 'ISO_C', { value: 'c' })),
        codeOf(() => Object.defineProperty(env, 'ISO_C', { get () {}, configurable: true, enumerable: true })),
        codeOf(() => Object.defineProperty(env, 'ISO_C', { value: 'c', configurable: true, enumerable: true, writable: true })), env.ISO_C,
        Object.getOwnPropertyDescriptor(env, 'ISO_A')
      ]
    })()`), options), [
      'undefined', 'text of an object', true, true, true, false, undefined,
      undefined, ['TypeError', undefined], ['TypeError', undefined],
      ['TypeError', 'ERR_INVALID_OBJECT_DEFINE_PROPERTY'],
      ['TypeError', 'ERR_INVALID_OBJECT_DEFINE_PROPERTY'],
      undefined, 'c',
      { value: 'undefined', configurable: true, enumerable: true, writable: true }
    ])
  })
}

// What Node reads in C++, or before it runs the worker's file.
for (const [what, env, expression] of [
  ['the folder of temporary files', { TMPDIR: '/iso/temporary/' }, "require('os').tmpdir()"],
  ['the folders of modules', { NODE_PATH: '/iso/a:/iso/b', HOME: '/iso/home' }, `[
    require('module').globalPaths, require('module')._resolveLookupPaths('iso', null)
  ]`],
  ['what to log', { NODE_DEBUG: 'iso' }, "require('util').debuglog('iso').enabled"],
  ['the warnings', { NODE_NO_WARNINGS: '1' }, "process.listenerCount('warning')"],
  ['the compile cache', { NODE_COMPILE_CACHE: path.join(os.tmpdir(), 'isothreads-compile-cache') },
    nodeMajor >= 22 ? "require('module').getCompileCacheDir()" : undefined],
  ['pending deprecations', { NODE_PENDING_DEPRECATION: '1' }, `(() => {
    let warning
    process.emitWarning = (...args) => { warning = args }
    process.env.ISO_A = undefined
    return warning
  })()`],
  ['text that is no Unicode', { ISO_A: '\ud800a' }, "[process.env.ISO_A, (process.env.ISO_B = 'b\\ud800', process.env.ISO_B)]"]
]) {
  if (expression === undefined) continue
  it(`Node's own code in a worker uses the worker's variables: ${what}`, async (t) => {
    const expected = await nextMessage(new node.Worker(`
      (async () => require('worker_threads').parentPort.postMessage(${expression}))()
    `, { eval: true, env }))
    t.deepEqual(await evaluate(t, expression, { env }), expected)
    t.deepEqual(await evaluate(t, inner(expression), { env }), expected)
    t.deepEqual(await evaluate(t, inner(expression, 'env: SHARE_ENV'), { env }), expected)
    t.notDeepEqual(await evaluate(t, expression, { env: {} }), expected)
  })
}

it('a worker does not use the channel to the parent process, and refuses what would', async (t) => {
  const program = `
    const { Worker, SHARE_ENV } = require(process.argv[1])
    process.env.NODE_CHANNEL_FD = '99'
    const code = \`
      const names = ['channel', 'connected', 'send', 'disconnect']
      console.log(process.env.NODE_CHANNEL_FD, ...names.map((name) => {
        const { enumerable, configurable, value, get } = Object.getOwnPropertyDescriptor(process, name)
        try { (value ?? get)() } catch ({ message, code }) { return [enumerable, configurable, message, code] }
      }))
    \`
    const start = ([env, ...others]) => new Worker(code, { eval: true, env }).on('exit', () => { if (others.length > 0) start(others) })
    start([undefined, SHARE_ENV, { NODE_CHANNEL_FD: '98' }])
  `
  const ofNode = await runNode(['--eval', program, 'worker_threads'])
  t.is(ofNode.stdout.match(/ERR_WORKER_UNSUPPORTED_OPERATION/g).length, 12)
  t.deepEqual(await runNode(['--eval', program, isPeer ? 'worker_threads' : packageRoot]), ofNode)
})

it('child processes of a worker have its variables', async (t) => {
  t.deepEqual(await evaluate(t, `(() => {
    process.env.ISO_SET = 'set'
    return JSON.parse(require('child_process').execFileSync(process.execPath, ['-p', 'JSON.stringify([process.env.ISO_OWN, process.env.ISO_SET])']))
  })()`, { env: { ISO_OWN: 'own' } }), ['own', 'set'])
})

it('env: SHARE_ENV shares the variables in both directions', async (t) => {
  setVariables(t, { ISO_PARENT: 'parent', ISO_WORKER: '', ISO_DELETED: 'there' })
  const worker = startWorker(t, `
    const { parentPort } = require('worker_threads')
    process.env.ISO_WORKER = 'worker'
    delete process.env.ISO_DELETED
    parentPort.postMessage(process.env.ISO_PARENT)
    parentPort.once('message', () => parentPort.postMessage(process.env.ISO_PARENT))
  `, { env: SHARE_ENV })
  const next = inbox(worker)
  t.is(await next(), 'parent')
  t.is(process.env.ISO_WORKER, 'worker')
  t.false('ISO_DELETED' in process.env)
  process.env.ISO_PARENT = 'changed'
  worker.postMessage('look again')
  t.is(await next(), 'changed')
})

it('SHARE_ENV in a worker shares that worker\'s variables', async (t) => {
  const expression = "(process.env.ISO_INNER = 'inner', process.env.ISO_OWN)"
  for (const options of [{ env: { ISO_OWN: 'own' } }, undefined]) {
    setVariables(t, { ISO_OWN: 'of the process' })
    t.deepEqual(await evaluate(t, `[${inner(expression, 'env: SHARE_ENV')}, process.env.ISO_INNER]`, options), [options?.env.ISO_OWN ?? 'of the process', 'inner'])
    t.is(process.env.ISO_INNER, undefined)
  }
  setVariables(t, { ISO_INNER: '' })
  t.deepEqual(await evaluate(t, `[${inner(expression, 'env: SHARE_ENV')}, process.env.ISO_INNER]`, { env: SHARE_ENV }), ['of the process', 'inner'])
  t.is(process.env.ISO_INNER, 'inner')
})

it('a worker\'s worker has a copy of its parent\'s variables', async (t) => {
  const expression = "(process.env.ISO_OWN += ', changed')"
  const own = { env: { ISO_OWN: 'own' } }
  t.deepEqual(await evaluate(t, `[${inner(expression)}, process.env.ISO_OWN]`, own), ['own, changed', 'own'])
})

it('environment data goes to workers and their workers, as a clone taken at the start', async (t) => {
  const cells = new Int32Array(new SharedArrayBuffer(4))
  const value = { list: [1] }
  for (const [key, data] of [['value', value], [1, 'a number as the key'], ['cells', cells], ['gone', 1]]) setEnvironmentData(key, data)
  setEnvironmentData('gone', undefined)
  t.teardown(() => ['value', 1, 'cells', 'late'].forEach((key) => setEnvironmentData(key, undefined)))
  const look = "['value', 1, 'gone', 'late', 'own'].map((key) => require('worker_threads').getEnvironmentData(key))"
  const found = evaluate(t, `(
    setEnvironmentData('own', 'of the worker'), setEnvironmentData(1, undefined), Atomics.add(getEnvironmentData('cells'), 0, 1),
    [${look}, ${inner(look)}]
  )`)
  value.list.push(2)
  setEnvironmentData('late', 1)
  const seen = [{ list: [1] }, undefined, undefined, undefined, 'of the worker']
  t.deepEqual(await found, [seen, seen])
  t.is(cells[0], 1)
  t.is(getEnvironmentData('value'), value)
  t.is(getEnvironmentData(1), 'a number as the key')
  t.is(getEnvironmentData('own'), undefined)
})

if (nodeMajor >= 22) {
  it('the name is trimmed, and known on both sides until the exit', async (t) => {
    const worker = startWorker(t, "require('worker_threads').parentPort.postMessage(require('worker_threads').threadName)", { name: ' a name ' })
    t.is(worker.threadName, 'a name')
    t.is(await nextMessage(worker), 'a name')
    await worker.terminate()
    t.is(worker.threadName, null)
  })
}

if (nodeMajor >= 22) {
  it('without a name the worker is called as Node calls it', async (t) => {
    const worker = startWorker(t, "require('worker_threads').parentPort.postMessage(require('worker_threads').threadName)")
    t.is(worker.threadName, since(24, 'WorkerThread', ''))
    t.is(await nextMessage(worker), since(24, 'WorkerThread', ''))
  })
}

if (process.platform === 'linux' && (nodeMajor >= 24 || !isPeer)) {
  it('the operating system knows the thread by its name', async (t) => {
    const worker = startWorker(t, "require('worker_threads').parentPort.on('message', () => {})", { name: 'a rather long name' })
    await once(worker, 'online')
    // A thread may end before it is asked.
    const nameOf = (id) => { try { return fs.readFileSync(`/proc/self/task/${id}/comm`, 'utf8').trim() } catch { return '' } }
    const names = fs.readdirSync('/proc/self/task').map(nameOf)
    t.true(names.includes('a rather long n'), names.join())
  })
}

const limits = { maxOldGenerationSizeMb: 64, maxYoungGenerationSizeMb: 8, codeRangeSizeMb: 16, stackSizeMb: 2 }

it('resourceLimits are reported at once, in the worker and in V8\'s own statistics', async (t) => {
  const worker = startWorker(t, `require('worker_threads').parentPort.postMessage([
    require('worker_threads').resourceLimits, require('v8').getHeapStatistics().heap_size_limit / 2 ** 20
  ])`, { resourceLimits: limits })
  t.deepEqual(worker.resourceLimits, limits)
  const [inWorker, heapLimit] = await nextMessage(worker)
  t.deepEqual(inWorker, limits)
  t.true(heapLimit >= 64 && heapLimit < 128, String(heapLimit))
  t.deepEqual(resourceLimits, {})
})

it('limits that are not given are reported with their defaults, the same on both sides', async (t) => {
  const code = "require('worker_threads').parentPort.on('message', () => {}).postMessage(require('worker_threads').resourceLimits)"
  for (const given of [{}, { maxOldGenerationSizeMb: 64 }, { stackSizeMb: 2 }]) {
    const worker = startWorker(t, code, { resourceLimits: given })
    const inWorker = await nextMessage(worker)
    t.deepEqual(worker.resourceLimits, inWorker)
    t.like(inWorker, { stackSizeMb: 4, ...given })
    t.true(inWorker.maxYoungGenerationSizeMb > 0 && inWorker.maxOldGenerationSizeMb > 0, JSON.stringify(inWorker))
  }
})

it('performance.eventLoopUtilization counts from the first line', async (t) => {
  const [first, later, difference] = await evaluate(t, `await (async () => {
    const first = performance.eventLoopUtilization()
    await new Promise((resolve) => setTimeout(resolve, 20))
    const later = performance.eventLoopUtilization()
    return [first, later, performance.eventLoopUtilization(later, first)]
  })()`)
  t.true(first.active > 0, JSON.stringify(first))
  t.true(later.idle > 0 && later.active >= first.active && later.utilization > 0 && later.utilization < 1, JSON.stringify(later))
  t.true(difference.idle > 0 && difference.utilization < 1, JSON.stringify(difference))
})

it('the diagnostics channel worker_threads tells of each worker', async (t) => {
  const told = []
  const listen = (message) => told.push(message)
  diagnosticsChannel.subscribe('worker_threads', listen)
  t.teardown(() => diagnosticsChannel.unsubscribe('worker_threads', listen))
  const worker = startWorker(t, '')
  t.deepEqual(told, [{ worker }])
  await once(worker, 'exit')
})

it('process emits worker in a worker too', async (t) => {
  t.true(await evaluate(t, `await new Promise((resolve) => {
    process.on('worker', (worker) => resolve(worker instanceof Worker && worker.threadId > 0))
    new Worker('', { eval: true })
  })`))
})

if (nodeMajor >= 22) {
  it('a worker is no internal thread', async (t) => {
    t.is(await evaluate(t, 'rest.isInternalThread'), false)
  })
}

if (nodeMajor >= 22 || !isPeer) {
  it('Symbol.asyncDispose ends the worker, and may be called again', async (t) => {
    const worker = startWorker(t, 'while (true);')
    await once(worker, 'online')
    const exit = once(worker, 'exit')
    t.is(await worker[Symbol.asyncDispose](), undefined)
    t.deepEqual(await exit, [1])
    t.is(await worker[Symbol.asyncDispose](), undefined)
  })
}

it('NODE_OPTIONS of env is a string like all others, and read up to the first word that is not a flag', async (t) => {
  const warnings = []
  const listener = (warning) => warnings.push(warning.message)
  process.on('warning', listener)
  t.teardown(() => process.off('warning', listener))
  const source = "require('worker_threads').parentPort.postMessage([process.env.NODE_OPTIONS, process.noProcessWarnings === true])"
  const heard = async (NODE_OPTIONS) => nextMessage(startWorker(t, source, { env: { NODE_OPTIONS } }))
  for (const value of [undefined, null, 1, true, '', ' ', 'word', 'word --no-warnings']) t.deepEqual(await heard(value), [`${value}`, false])
  for (const value of ['--no-warnings', '--no-warnings word --trace-sync-io']) t.deepEqual(await heard(value), [value, true])
  await settled()
  t.deepEqual(warnings, [])
})
