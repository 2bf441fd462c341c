'use strict'

// Flags of the process, in Node's Worker and in ours: docs/compatibility.md has the table.

const fs = require('node:fs')
const os = require('node:os')
const path = require('node:path')
const test = require('ava')
const { bounded, packageRoot } = require('./helpers')
const { runNode } = require('./run-process')

const check = bounded(test)
const fixtures = path.join(__dirname, 'fixtures', 'flags')
const file = (name) => path.join(fixtures, name)

function temporaryFolder (t) {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'isothreads-flags-'))
  t.teardown(() => fs.rmSync(folder, { recursive: true, force: true }))
  return folder
}

// One line a group. A flag may be a list: [flag, another that it needs].
const groups = {
  inspector: ['--inspect=0', '--inspect-port=0', ['--inspect=0', '--inspect-publish-uid=stderr'], '--experimental-network-inspection',
    '--experimental-worker-inspection', '--disable-sigusr1'],
  profiles: ['--cpu-prof', '--heap-prof', ['--cpu-prof', '--cpu-prof-interval=500'], '--heapsnapshot-signal=SIGUSR2', '--prof',
    '--perf-basic-prof', '--perf-basic-prof-only-functions', '--interpreted-frames-native-stack', '--track-heap-objects',
    '--heapsnapshot-near-heap-limit=1'],
  'traces of events': ['--trace-event-categories=v8,node,node.async_hooks', '--trace-event-categories=node.environment',
    '--trace-sigint', '--trace-tls', '--trace-gc', '--trace-sync-io', '--enable-fips-indicator-events'],
  warnings: ['--no-warnings', '--trace-warnings', '--no-deprecation', '--trace-deprecation', '--throw-deprecation',
    '--pending-deprecation', '--disable-warning=W1', '--disable-warning=DeprecationWarning', '--redirect-warnings=warnings.txt'],
  errors: ['--abort-on-uncaught-exception', '--trace-uncaught', '--unhandled-rejections=strict', '--unhandled-rejections=warn',
    '--unhandled-rejections=none', '--unhandled-rejections=throw', '--unhandled-rejections=warn-with-error-code',
    '--stack-trace-limit=3', '--enable-source-maps', '--force-node-api-uncaught-exceptions-policy'],
  reports: ['--report-on-signal', ['--report-on-signal', '--report-signal=SIGUSR1'], '--report-compact', '--report-dir=.',
    '--report-filename=report.json', '--report-on-fatalerror', '--report-uncaught-exception', '--diagnostic-dir=.'],
  preloads: [['--require', file('preload.cjs')], ['--import', file('preload.mjs')], ['--require', file('preload.cjs'), '--import', file('preload.mjs')],
    ['--experimental-loader', file('loader.mjs')], `--env-file=${file('variables.env')}`, '--env-file-if-exists=absent.env'],
  modules: ['--conditions=special', '--preserve-symlinks', '--preserve-symlinks-main', '--no-experimental-require-module',
    '--experimental-require-module', '--no-experimental-detect-module', '--no-global-search-paths', '--experimental-vm-modules',
    '--experimental-import-meta-resolve', '--experimental-wasm-modules', '--experimental-addon-modules', '--experimental-strip-types',
    '--no-experimental-strip-types', '--no-strip-types', '--experimental-transform-types', '--expose-internals', '--entry-url',
    '--experimental-print-required-tla'],
  globals: ['--experimental-eventsource', '--experimental-websocket', '--no-experimental-websocket', '--no-experimental-global-navigator',
    '--experimental-webstorage', ['--experimental-webstorage', '--localstorage-file=storage.db'], '--no-experimental-webstorage', '--no-experimental-fetch',
    '--no-experimental-global-customevent', '--no-experimental-global-webcrypto', '--experimental-shadow-realm', '--expose-gc', '--experimental-sqlite',
    '--no-experimental-sqlite', '--experimental-web-worker', '--experimental-ffi', '--experimental-vfs', '--experimental-stream-iter'],
  network: ['--max-http-header-size=1024', '--insecure-http-parser', '--dns-result-order=ipv4first', '--no-network-family-autoselection', '--use-env-proxy'],
  cryptography: ['--tls-min-v1.0', '--tls-min-v1.3', '--tls-max-v1.2', '--tls-cipher-list=TLS_AES_256_GCM_SHA384', '--tls-keylog=keys.txt',
    '--secure-heap=4096', `--openssl-config=${file('openssl.cnf')}`, '--openssl-shared-config', '--openssl-legacy-provider', '--use-openssl-ca', '--use-bundled-ca',
    '--use-system-ca', '--enable-fips', '--force-fips'],
  engine: ['--jitless', '--stack-size=500', '--single-threaded', '--v8-pool-size=0', '--v8-pool-size=1', '--max-old-space-size=300', '--max-semi-space-size=4',
    '--max-heap-size=300', '--max-old-space-size-percentage=50', '--no-node-snapshot', '--no-opt', '--zero-fill-buffers', '--disable-wasm-trap-handler',
    '--debug-arraybuffer-allocations', '--icu-data-dir=.', '--use-largepages=silent', '--title=titled', '--node-memory-debug'],
  'Node itself': ['--verify-base-objects', '--force-async-hooks-checks', '--no-force-async-hooks-checks', '--experimental-async-context-frame', '--no-async-context-frame',
    '--trace-require-module', '--extra-info-on-fatal-exception', '--process-timeout=100s', '--test-only', '--watch-preserve-output',
    ['--input-type=module', '--require', file('preload.cjs')], '--experimental-default-type=commonjs']
}

const probed = async (t, flags, ...args) => {
  const result = await runNode([...flags, file('main.cjs'), ...args], { cwd: temporaryFolder(t) })
  // Not in this version of Node, or not in this build of it.
  if (result.code === 9 || /FIPS mode|enable FIPS/.test(result.stderr)) return undefined
  t.deepEqual({ code: result.code, signal: result.signal }, { code: 0, signal: null }, `${flags.join(' ')}\n${result.stderr}`)
  const { node, ours } = JSON.parse(result.stdout.match(/^RESULTS (.*)$/m)[1])
  return { node: comparable(node), ours: comparable(ours) }
}

// Without parts that depend on the run or the thread, and without frames of the start-up code.
function comparable ({ stdout, stderr, ...rest }) {
  const plain = (text) => text
    .replace(/\((node):\d+(, thread:\d+)?\)/g, '(node)')
    .replace(/^ +at .*(node:internal|isothreads|worker_threads|\[worker).*\n/gm, '')
    .replaceAll(`${packageRoot}${path.sep}`, '')
    .replace(/^ +at .*(lib[\\/][\w/\\-]+\.js).*\n/gm, '')
  return { ...rest, stdout: plain(stdout), stderr: plain(stderr) }
}

for (const [title, flags] of Object.entries(groups)) {
  check(`flags of the process do in our workers what they do in Node's: ${title}`, async (t) => {
    const waiting = [...flags]
    const compareRest = async () => {
      while (waiting.length > 0) {
        const list = [waiting.shift()].flat()
        const results = await probed(t, list)
        if (results) t.deepEqual(results.ours, results.node, list.join(' '))
      }
    }
    await Promise.all(Array.from({ length: os.availableParallelism() }, compareRest))
  })
}

check("unhandled rejections end our workers as they end Node's", async (t) => {
  for (const mode of ['strict', 'warn', 'none', 'throw', 'warn-with-error-code']) {
    const { node, ours } = await probed(t, [`--unhandled-rejections=${mode}`], 'rejects')
    t.deepEqual(ours, node, mode)
  }
})
