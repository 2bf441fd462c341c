'use strict'

// Flags by which Node restricts a process or a worker: the permissions of a worker under each, here and in Node.

const avaTest = require('ava').default
const { bounded, nodeMajor, packageRoot } = require('./helpers')
const { runNode } = require('./run-process')

const test = bounded(avaTest)
const isothreads = JSON.stringify(packageRoot)

// Abilities that flags may remove, by the resulting error.
const probes = `
  const results = {}
  const attempt = (name, action) => {
    try { results[name] = String(action()) } catch (error) { results[name] = error.code ?? error.name }
  }
  attempt('eval', () => eval('1 + 1'))
  attempt('Function', () => new Function('return 3')())
  attempt('node:vm', () => require('vm').compileFunction('return 5')())
  attempt('accessor of prototypes', () => typeof Object.getOwnPropertyDescriptor(Object.prototype, '__proto__')?.get)
  attempt('prototype', () => typeof {}.__proto__)
  attempt('frozen', () => [Array.prototype, Object.prototype, Map, Promise.prototype].map(Object.isFrozen))
  attempt('addons', () => process.dlopen({ exports: {} }, '/isothreads-is-not-there.node'))
  attempt('WebAssembly', () => new WebAssembly.Module(new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0])))
  attempt('globals', () => ['fetch', 'WebSocket', 'CustomEvent', 'navigator', 'crypto', 'EventSource'].map((name) => typeof globalThis[name]))
  attempt('require(esm)', () => typeof require(process.env.ISOTHREADS_TEST_ESM))
  attempt('secure heap', () => require('crypto').secureHeapUsed().total)
  attempt('zero filled', () => Buffer.allocUnsafeSlow(1 << 16).every((byte) => byte === 0) || 'not')
  attempt('pending deprecations', () => process.emitWarning.name)
  attempt('TLS', () => require('tls').DEFAULT_MIN_VERSION)
  attempt('header size', () => require('http').maxHeaderSize)
  attempt('stack', () => { let depth = 0; const deeper = () => { depth++; deeper() }; try { deeper() } catch {} return depth > 1000 })
  require('worker_threads').parentPort.postMessage(results)
`

/** Runs a Node worker and one of this package. @returns {Promise<{ nodes: object, own: object }>} the results of the probes, or the error's code */
async function both (t, flags, options) {
  const { stdout, stderr, code } = await runNode(['--no-warnings', ...flags, '-e', `
    const node = { ...require('worker_threads') }
    const run = (Worker) => new Promise((resolve) => {
      try {
        const worker = new Worker(${JSON.stringify(probes)}, { eval: true, ...${JSON.stringify(options)} })
        worker.on('message', resolve)
        worker.on('error', (error) => resolve({ error: error.code ?? error.name }))
        worker.on('exit', resolve)
      } catch (error) {
        resolve({ refused: error.code })
      }
    })
    ;(async () => {
      const results = { nodes: await run(node.Worker), own: await run(require(${isothreads}).Worker) }
      require('fs').writeSync(1, JSON.stringify(results))
      process.exit()
    })()
  `], { timeout: 60_000, env: { ISOTHREADS_TEST_ESM: require.resolve('./fixtures/limits/module.mjs') } })
  t.is(code, 0, stderr)
  return JSON.parse(stdout)
}

// Flags of the process, and one thing that each changes for a worker.
const ofProcess = {
  '--disallow-code-generation-from-strings': { eval: 'EvalError', Function: 'EvalError', 'node:vm': '5' },
  '--disable-proto=delete': { 'accessor of prototypes': 'undefined' },
  '--disable-proto=throw': { prototype: 'ERR_PROTO_ACCESS' },
  '--frozen-intrinsics': { frozen: 'true,true,true,true' },
  '--jitless': { WebAssembly: 'ReferenceError' },
  '--disable-wasm-trap-handler': {},
  '--secure-heap=32768': { 'secure heap': '32768' },
  '--zero-fill-buffers': { 'zero filled': 'true' },
  '--force-context-aware': {},
  '--pending-deprecation': {},
  '--tls-min-v1.3': { TLS: 'TLSv1.3' },
  '--max-http-header-size=9000': { 'header size': '9000' },
  '--no-experimental-require-module': { 'require(esm)': 'ERR_REQUIRE_ESM' },
  '--no-experimental-websocket': {},
  ...nodeMajor >= 22 ? { '--no-experimental-global-navigator': {} } : {},
  '--no-node-snapshot': {},
  '--stack-size=400': {}
}

for (const [flag, expected] of Object.entries(ofProcess)) {
  test(`the process has ${flag}`, async (t) => {
    const { nodes, own } = await both(t, [flag])
    t.deepEqual(own, nodes)
    if (flag === '--no-experimental-require-module' && nodeMajor === 20) return
    for (const [name, value] of Object.entries(expected)) t.is(own[name], value)
  })
}

// Flags of one worker: carried out, or refused by Node, or refused here because the worker would have more than it was meant to.
const ofWorker = {
  '--no-addons': { addons: 'ERR_DLOPEN_DISABLED' },
  '--frozen-intrinsics': { frozen: 'true,true,true,true' },
  '--disallow-code-generation-from-strings': { refused: 'ERR_WORKER_INVALID_EXEC_ARGV' },
  '--disable-proto=delete': { refused: 'ERR_WORKER_INVALID_EXEC_ARGV' },
  '--secure-heap=32768': { refused: 'ERR_WORKER_INVALID_EXEC_ARGV' },
  '--disable-wasm-trap-handler': { refused: 'ERR_WORKER_INVALID_EXEC_ARGV' },
  '--jitless': { refused: 'ERR_WORKER_INVALID_EXEC_ARGV' }
}

for (const [flag, expected] of Object.entries(ofWorker)) {
  test(`a worker is given ${flag}`, async (t) => {
    for (const options of [{ execArgv: [flag] }, { env: { NODE_OPTIONS: flag, ISOTHREADS_TEST_ESM: require.resolve('./fixtures/limits/module.mjs') } }]) {
      const { nodes, own } = await both(t, [], options)
      t.deepEqual(own, nodes)
      if (options.execArgv) t.like(own, expected)
    }
  })
}

test('a worker is given the permission model, which the process does not have', async (t) => {
  const { nodes, own } = await both(t, [], { execArgv: [nodeMajor >= 22 ? '--permission' : '--experimental-permission'] })
  t.is(nodes.refused, undefined)
  t.is(own.refused, 'ERR_WORKER_INVALID_EXEC_ARGV')
})

test('resourceLimits and limits of the command line: the latter win, as in Node', async (t) => {
  const { stdout } = await runNode(['--max-old-space-size=64', '-e', `
    const node = { ...require('worker_threads') }
    const run = (Worker) => new Promise((resolve) => {
      const worker = new Worker("const { heap_size_limit } = require('v8').getHeapStatistics(); require('worker_threads').parentPort.postMessage(Math.round(heap_size_limit / 2 ** 24))",
        { eval: true, resourceLimits: { maxOldGenerationSizeMb: 512 } })
      worker.on('message', resolve)
    })
    ;(async () => {
      console.log(await run(node.Worker) === await run(require(${isothreads}).Worker))
      process.exit()
    })()
  `], { timeout: 60_000 })
  t.is(stdout, 'true\n')
})

test('without code generation from strings, pools run exported functions, but not functions passed to exec()', async (t) => {
  const { stdout } = await runNode(['--disallow-code-generation-from-strings', '-e', `
    const { Worker, WorkerPool, MessageChannel, receiveMessageOnPort } = require(${isothreads})
    ;(async () => {
      const pool = new WorkerPool({ maxThreads: 1 })
      await pool.exec(() => 1).catch((error) => console.log(error.name, /disallow-code-generation/.test(error.message)))
      await pool.close()
      const other = new WorkerPool('data:text/javascript,export default (data) => data.a + data.b', 1)
      let sum = 0
      for (let i = 0; i < 100; i++) sum += await other.exec({ a: i, b: 1 })
      await other.close()
      console.log(sum)
      const { port1, port2 } = new MessageChannel()
      for (let i = 0; i < 100; i++) port1.postMessage({ number: i, text: 'x' })
      let last
      for (let i = 0; i < 100; i++) last = receiveMessageOnPort(port2).message
      console.log(JSON.stringify(last))
      port1.close()
    })()
  `], { timeout: 60_000 })
  t.is(stdout, 'EvalError true\n5050\n{"number":99,"text":"x"}\n')
})
