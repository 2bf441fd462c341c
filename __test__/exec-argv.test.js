'use strict'

// Command-line flags for one worker: `execArgv`, `NODE_OPTIONS` and the other variables in `env`, and what a worker's worker
// inherits. Each is given to a Worker of Node's and to one of ours in this process, and both must do the same.

const fs = require('node:fs')
const os = require('node:os')
const path = require('node:path')
const test = require('ava')
const { once } = require('node:events')
const { pathToFileURL } = require('node:url')
const { bounded, beyondNode, nodeMajor, packageRoot } = require('./helpers')
const { runNode } = require('./run-process')
const ours = require('..')
const node = { ...require('node:worker_threads') }

const it = bounded(test)
const beyond = beyondNode(test)

const flagFile = (name) => path.join(__dirname, 'fixtures', 'flags', name)

async function outcome ({ Worker }, source, options) {
  let worker
  try {
    worker = new Worker(source, { stdout: true, stderr: true, ...options })
  } catch ({ name, code, message }) {
    return { thrown: [name, code, message] }
  }
  const result = { stdout: '', stderr: '', error: null }
  for (const stream of ['stdout', 'stderr']) worker[stream].setEncoding('utf8').on('data', (text) => { result[stream] += text })
  worker.on('error', (error) => { result.error = [error?.name, error?.code, error?.message] })
  const ended = ['stdout', 'stderr'].map((stream) => once(worker[stream], 'end'))
  const code = await new Promise((resolve) => worker.on('exit', resolve))
  await Promise.all(ended)
  // Without parts that depend on the thread, and without frames of the start-up code.
  result.stderr = result.stderr.replace(/\((node):\d+(, thread:\d+)?\)/g, '(node)')
    .replace(/^ +at .*(node:internal|worker_threads|\[worker|lib[\\/][\w/\\-]+\.js).*\n?/gm, '')
  return { ...result, code }
}

/** @returns {Promise<object>} what both do; fails if they differ */
async function both (t, source, options, title = JSON.stringify(options)) {
  const [expected, actual] = await Promise.all([node, ours].map((api) => outcome(api, source, options)))
  t.deepEqual(actual, expected, title)
  return actual
}

// Flags, and what the probe finds only with them.
const effects = [
  [['--no-warnings'], { noProcessWarnings: true }],
  [['--trace-warnings'], { traceProcessWarnings: true }],
  [['--no-deprecation'], { noDeprecation: true }],
  [['--trace-deprecation'], { traceDeprecation: true }],
  [['--throw-deprecation'], { throwDeprecation: true }],
  [['--require', flagFile('preload.cjs')], { preloaded: 1 }],
  [['--import', pathToFileURL(flagFile('preload.mjs')).href], { preloadedModule: 1 }],
  [['--require', flagFile('preload.cjs'), `--import=${pathToFileURL(flagFile('preload.mjs'))}`], { preloaded: 1, preloadedModule: 1 }],
  [['--conditions=special'], { condition: 'special' }],
  [['-C', 'special'], { condition: 'special' }],
  [['--enable-source-maps'], { sourceMaps: true }],
  [['--max-http-header-size=1024'], { maxHeaderSize: 1024 }],
  [['--dns-result-order=ipv4first'], { dns: 'ipv4first' }],
  [['--no-network-family-autoselection'], { net: false }],
  [['--tls-min-v1.3', '--tls-cipher-list=TLS_AES_256_GCM_SHA384'], { tls: ['TLSv1.3', 'TLSv1.3', 'TLS_AES_256_GCM_SHA384'] }],
  [['--experimental-vm-modules'], { vmModules: 'function' }],
  [['--expose-internals'], { internals: 'object' }],
  [['--no-experimental-require-module'], { esm: 'throws ERR_REQUIRE_ESM' }],
  [['--no-experimental-global-navigator'], { navigator: 'undefined' }],
  [['--no-experimental-websocket'], { WebSocket: 'undefined' }],
  [['--experimental-eventsource'], { EventSource: 'function' }],
  [['--no-experimental-sqlite'], { 'node:sqlite': 'throws ERR_UNKNOWN_BUILTIN_MODULE' }],
  [['--experimental-strip-types'], { typeScript: 'stripped' }],
  [[nodeMajor >= 26 ? '--no-strip-types' : '--no-experimental-strip-types'], { typeScript: 'throws Missing initializer in const declaration' }],
  [['--report-dir=reports', '--report-compact']],
  [['--preserve-symlinks', '--preserve-symlinks-main']],
  [['--force-context-aware', '--no-addons', '--verify-base-objects']],
  [['--frozen-intrinsics', '--pending-deprecation', '--trace-uncaught']],
  [['--no-warnings', 'an argument', '--no-deprecation'], { noProcessWarnings: true, noDeprecation: 'undefined' }],
  [['--test-reporter', 'spec', '--no-warnings'], { execArgv: ['--test-reporter', 'spec', '--no-warnings'] }],
  [['--max_http_header_size', '1024', '--print', 'value', '--no-warnings', '--', '--no-deprecation'],
    { execArgv: ['--max_http_header_size', '1024', '--print', 'value', '--no-warnings'] }],
  [[], { execArgv: [] }]
]

it('flags in execArgv have the effects that they have for Node\'s Worker', async (t) => {
  const waiting = [...effects]
  let accepted = 0
  const compareRest = async () => {
    while (waiting.length > 0) {
      const [execArgv, effect] = waiting.shift()
      const { thrown, stdout } = await both(t, flagFile('probe.cjs'), { execArgv })
      // A flag that this version does not have.
      if (thrown) continue
      accepted++
      const found = JSON.parse(stdout.split('\n')[0])
      if (effect) t.like(found, effect, execArgv.join(' '))
    }
  }
  await Promise.all(Array.from({ length: os.availableParallelism() }, compareRest))
  t.true(accepted >= 24, String(accepted))
})

it('flags that only a process can have are refused, and unknown ones, with Node\'s errors', async (t) => {
  const refused = [
    ['--jitless'], ['--max-old-space-size=100'], ['--expose-gc'], ['--expose_gc'], ['--stack-trace-limit=3'], ['--stack-size=500'], ['--title=a title'],
    ['--secure-heap=4096'], ['--disable-proto=delete'], ['--disallow-code-generation-from-strings'], ['--no-node-snapshot'],
    ['--zero-fill-buffers'], ['--no-such-flag', '--no-warnings', '--nor-this'], ['--conditions'], ['--max-http-header-size=many'],
    ['--unhandled-rejections=maybe'], ['--input-type=neither'], ['--v8-options'], ['--trace-event-categories=v8']
  ]
  let thrown = 0
  for (const flags of refused) {
    for (const options of [{ execArgv: flags }, { env: { NODE_OPTIONS: flags.join(' ') } }]) {
      const result = await both(t, '', { eval: true, ...options })
      if (!result.thrown) continue
      thrown++
      t.is(result.thrown[1], 'ERR_WORKER_INVALID_EXEC_ARGV')
    }
  }
  t.true(thrown > refused.length, String(thrown))
})

it('unhandled rejections, warnings and the source map of one worker are as its flags say', async (t) => {
  const rejecting = 'Promise.reject(new Error("nobody cares"))'
  for (const mode of ['strict', 'warn', 'none', 'throw', 'warn-with-error-code']) {
    const { code, error } = await both(t, rejecting, { eval: true, execArgv: [`--unhandled-rejections=${mode}`] })
    t.is(code, ['strict', 'throw', 'warn-with-error-code'].includes(mode) ? 1 : 0, mode)
    t.is(error !== null, ['strict', 'throw'].includes(mode), mode)
  }
  const warning = "process.emitWarning('first', 'Warning', 'W1'); process.emitWarning('second', 'Warning', 'W2')"
  const { stderr } = await both(t, warning, { eval: true, execArgv: ['--disable-warning=W1'] })
  if (nodeMajor >= 22) t.false(stderr.includes('first'))
  t.true(stderr.includes('second'))

  const file = path.join(fs.mkdtempSync(path.join(os.tmpdir(), 'isothreads-exec-argv-')), 'redirected.txt')
  t.teardown(() => fs.rmSync(path.dirname(file), { recursive: true, force: true }))
  t.is((await both(t, warning, { eval: true, execArgv: [`--redirect-warnings=${file}`] })).stderr, '')

  const map = { version: 3, sources: ['original.ts'], names: [], mappings: 'AACA' }
  const mapped = 'console.log(/original\\.ts:2/.test(new Error().stack));' +
    `\n//# sourceMappingURL=data:application/json;base64,${Buffer.from(JSON.stringify(map)).toString('base64')}`
  const program = path.join(path.dirname(file), 'mapped.js')
  fs.writeFileSync(program, mapped)
  t.is((await both(t, program, { execArgv: ['--enable-source-maps'] })).stdout, 'true\n')
  t.is((await both(t, program, { execArgv: [] })).stdout, 'false\n')
})

it('a module loader of one worker', async (t) => {
  const loader = `export async function load (url, context, next) {
    return url.endsWith('untyped.js') ? { format: 'module', source: 'export default "from the loader"', shortCircuit: true } : next(url, context)
  }`
  const source = `import(${JSON.stringify(pathToFileURL(flagFile('untyped.js')).href)}).then((module) => console.log(module.default))`
  for (const flag of ['--loader', '--experimental-loader']) {
    const execArgv = ['--no-warnings', flag, `data:text/javascript,${encodeURIComponent(loader)}`]
    t.is((await both(t, source, { eval: true, execArgv }, flag)).stdout, 'from the loader\n')
  }
  t.is((await both(t, source, { eval: true, execArgv: [] })).stdout, 'loaded\n')
})

it('the source of a worker is what --input-type says, and has its types stripped where Node strips them', async (t) => {
  const sources = {
    script: 'console.log(typeof require, this === globalThis)',
    module: 'console.log(typeof require, typeof import.meta.url)',
    types: 'const text: string = "stripped"; console.log(text, typeof require)',
    'types of a module': "import fs from 'node:fs'; const text: string = 'stripped'; console.log(text, typeof fs, typeof require)",
    enumeration: 'enum Colour { Red = 1 }; console.log(Colour.Red)'
  }
  const flags = [
    [], ['--input-type=module'], ['--input-type=commonjs'], ['--input-type=module-typescript'], ['--input-type=commonjs-typescript'],
    ['--no-experimental-strip-types'], ['--no-strip-types'], ['--experimental-strip-types', '--input-type=module-typescript'],
    ['--no-warnings', '--experimental-transform-types'], ['--no-experimental-detect-module']
  ]
  const found = new Set()
  for (const execArgv of flags) {
    await Promise.all(Object.entries(sources).map(async ([title, source]) => {
      const result = await both(t, source, { eval: true, execArgv }, `${title} ${execArgv}`)
      found.add(result.stdout || String(result.error?.[0]))
    }))
  }
  const stripped = nodeMajor >= 22 ? ['stripped function\n', 'stripped object undefined\n'] : []
  const transformed = nodeMajor === 22 || nodeMajor === 24 ? ['1\n'] : []
  for (const output of ['undefined string\n', ...stripped, ...transformed]) t.true(found.has(output), [...found].join())
})

const report = `console.log(JSON.stringify([process.execArgv.filter((flag) => flag.startsWith('--')), process.noDeprecation, process.traceProcessWarnings,
  process.noProcessWarnings, process.throwDeprecation, process.traceDeprecation]));`
const nested = (options) => `${report} new (require('worker_threads').Worker)(${JSON.stringify(report)}, { eval: true, ...${JSON.stringify(options)} })`

it('NODE_OPTIONS and other variables of env, and what a worker inherits', async (t) => {
  const given = [
    { env: {} }, { env: { NODE_OPTIONS: '"--conditions=special" --no-warnings', NODE_PENDING_DEPRECATION: '1' } },
    { env: { NODE_NO_WARNINGS: '1' }, execArgv: ['--warnings'] }, { env: { NODE_OPTIONS: '--trace-warnings' }, execArgv: ['--no-trace-warnings', '--no-deprecation'] },
    { env: node.SHARE_ENV, execArgv: ['--no-deprecation'] }
  ]
  const inner = [{}, { env: {} }, { execArgv: ['--trace-warnings'] }, { env: { NODE_OPTIONS: '--no-warnings' } }]
  const outputs = new Set()
  for (const options of given) {
    await Promise.all(inner.map(async (other) => {
      const { stdout, code } = await both(t, nested(other), { eval: true, ...options }, JSON.stringify([options, other]))
      t.is(code, 0)
      outputs.add(stdout)
    }))
  }
  t.true(outputs.size > 8, String(outputs.size))
})

it('NODE_OPTIONS that a program sets at run time is for its later workers with flags of their own', async (t) => {
  const workers = [
    {}, { execArgv: [] }, { env: {} }, { env: { NODE_OPTIONS: '--throw-deprecation' } }
  ]
  const program = `
    const { Worker } = require(process.argv[1])
    const run = (options, code) => new Promise((resolve) => new Worker(code, { eval: true, ...options }).on('exit', resolve))
    ;(async () => {
      for (const options of ${JSON.stringify(workers)}) {
        process.env.NODE_OPTIONS = '--no-warnings'
        await run(options, ${JSON.stringify(report)})
        for (const inner of ${JSON.stringify(workers)}) {
          await run(options, 'process.env.NODE_OPTIONS = "--trace-deprecation";' + ${JSON.stringify(report)} +
            'new (require("worker_threads").Worker)(' + JSON.stringify(${JSON.stringify(report)}) + ', { eval: true, ...' + JSON.stringify(inner) + '})')
        }
        process.env.NODE_OPTIONS = '--no-such-flag'
        await run(options, 'process.env.NODE_OPTIONS = "--no-such-flag";' + ${JSON.stringify(nested({ execArgv: [] }))})
      }
    })()`
  const [expected, actual] = await Promise.all(['worker_threads', packageRoot].map((specifier) => {
    return runNode(['--trace-warnings', '--expose-gc', '-e', program, specifier])
  }))
  t.deepEqual(actual, expected)
  t.is(actual.stdout.trim().split('\n').length, workers.length * 11)
})

it('workers of a pool have the flags of its execArgv', async (t) => {
  const pool = new ours.WorkerPool({ maxThreads: 1, execArgv: ['--max-http-header-size=2048'] })
  t.teardown(() => pool.close())
  t.is(await pool.exec(() => process.getBuiltinModule('node:http').maxHeaderSize), 2048)
})

beyond('a worker of Node listens for a debugger', '--inspect and --trace-sigint are for the main thread', async (t) => {
  for (const flag of ['--inspect', '--inspect=0', '--trace-sigint']) {
    for (const options of [{ execArgv: ['--no-deprecation', flag] }, { env: { NODE_OPTIONS: `--no-deprecation ${flag}` } }]) {
      const { thrown, stdout, code } = await outcome(ours, 'console.log(process.noDeprecation)', { eval: true, ...options })
      if (thrown) {
        t.is(thrown[1], 'ERR_WORKER_INVALID_EXEC_ARGV')
      } else {
        t.deepEqual({ stdout, code }, { stdout: 'true\n', code: 0 }, flag)
      }
    }
  }
})

beyond('Node takes the permissions away', 'under the permission model flags without an effect are named once, and those of the process stay in force', async (t) => {
  const permission = nodeMajor >= 22 ? '--permission' : '--experimental-permission'
  const allowances = ['--allow-worker', '--allow-addons', '--allow-fs-read=*'].filter((flag) => process.allowedNodeEnvironmentFlags.has(flag.split('=')[0]))
  const { stdout, stderr, code } = await runNode([permission, ...allowances, '-e', `
    const { Worker } = require(${JSON.stringify(packageRoot)})
    const source = 'console.log(process.permission.has("fs.read"), process.permission.has("fs.write"))'
    for (let i = 0; i < 2; i++) new Worker(source, { eval: true, execArgv: ['--unhandled-rejections=none', '--conditions', 'special'], env: {} })
  `])
  t.deepEqual({ stdout, code }, { code: 0, stdout: 'true false\ntrue false\n' })
  t.deepEqual([...stderr.matchAll(/\[ISOTHREADS_EXEC_ARGV\] Warning: execArgv: (\S+) has no effect on a single worker/g)].map(([, flag]) => flag),
    ['--unhandled-rejections', '--conditions'])
})
