'use strict'

// Node's permission model holds for this package as for Node's own: no worker is a way around it.

const avaTest = require('ava').default
const fs = require('node:fs')
const os = require('node:os')
const path = require('node:path')
const { bounded, isPeer, nodeMajor, packageRoot } = require('./helpers')
const { library } = require('./native-helpers')
const { runNode, endsCleanly } = require('./run-process')

const test = bounded(avaTest)
const flag = nodeMajor >= 22 ? '--permission' : '--experimental-permission'
const isothreads = JSON.stringify(packageRoot)
const subject = isPeer ? '"worker_threads"' : isothreads

/**
 * Runs a program under the permission model. In it `tell(action)` prints the error of an action, and `from` is the answer of a worker.
 * @param {string[]} allowed
 * @param {string} source
 */
function run (allowed, source, options) {
  return runNode(['--no-warnings', flag, ...allowed.map((name) => `--allow-${name}`), '-e', `
    const tell = (action) => {
      try {
        const value = action()
        console.log('done', typeof value === 'object' ? '' : value)
      } catch (error) {
        console.log(error.code, error.permission, JSON.stringify(error.resource))
      }
    }
    const { once } = require('events')
    const from = async (Worker, source, options) => {
      const worker = new Worker(source, { eval: true, ...options })
      return (await Promise.race([once(worker, 'message'), once(worker, 'error')]))[0]
    }
    const node = { ...require('worker_threads') }
    ;(async () => { ${source} })()
  `], { timeout: 60_000, ...options })
}

const all = ['addons', 'worker', 'fs-read=*']
const withoutWorkers = ['addons', 'fs-read=*']
const denied = 'ERR_ACCESS_DENIED WorkerThreads ""\n'

const waysToStart = {
  'a file': "new Worker('/x.js')",
  'source text': "new Worker('0', { eval: true })",
  'a data: URL': "new Worker(new URL('data:text/javascript,0'))",
  'a file: URL': "new Worker(new URL('file:///x.js'))"
}
const ownWaysToStart = {
  'a native worker': "new Worker('native:fib', { workerData: 1 })",
  'a pool of functions': 'new WorkerPool()',
  'a pool of a file': "new WorkerPool('/x.js', 1)",
  'a pool that starts workers when there are tasks': "new WorkerPool({ filename: '/x.js', minThreads: 0, maxThreads: 1 })",
  'a pool of native workers': "new WorkerPool('native:fib')",
  'a pool of native workers that starts them later': "new WorkerPool({ filename: 'native:fib', minThreads: 0 })"
}

for (const [title, start] of Object.entries({ ...waysToStart, ...isPeer ? {} : ownWaysToStart })) {
  test(`${title} needs --allow-worker`, async (t) => {
    const source = `const { Worker, WorkerPool } = require(${subject}); tell(() => ${start})`
    endsCleanly(t, await run(withoutWorkers, source), { stdout: denied })
  })
}

test('the error is Node\'s, to the letter', async (t) => {
  const result = await run(withoutWorkers, `
    const describe = (Worker) => {
      try { new Worker('0', { eval: true }) } catch (error) { return JSON.stringify([error.name, error.message, error.constructor.name, { ...error }]) }
    }
    console.log(describe(require(${subject}).Worker) === describe(node.Worker))`)
  endsCleanly(t, result, { stdout: 'true\n' })
})

test('invalid arguments are reported first, as in Node', async (t) => {
  const result = await run(withoutWorkers, `
    const { Worker } = require(${subject})
    for (const args of [['x.js'], [1], ['0', { eval: true, argv: 1 }], ['0', { eval: true, execArgv: ['--nonsense'] }]]) tell(() => new Worker(...args))`)
  endsCleanly(t, result, {
    stdout: `ERR_WORKER_PATH undefined undefined\n${'ERR_INVALID_ARG_TYPE undefined undefined\n'.repeat(2)}${denied}`
  })
})

test('a program cannot give itself the permission', async (t) => {
  const result = await run(withoutWorkers, `
    const { Worker } = require(${subject})
    try { process.permission.has = () => true } catch {}
    try { delete process.permission } catch {}
    try { Object.defineProperty(process, 'permission', { value: undefined }) } catch {}
    require('worker_threads').Worker = class {}
    process.dlopen = () => {}
    Object.prototype.execArgv = undefined
    Object.prototype.code = 'ERR_SOMETHING'
    delete Object.prototype.execArgv
    delete Object.prototype.code
    tell(() => new Worker('0', { eval: true }))`)
  endsCleanly(t, result, { stdout: denied })
})

if (!isPeer) {
  test('isothreads/register and its Worker', async (t) => {
    const source = "require(process.argv[1]); try { new (require('worker_threads').Worker)('0', { eval: true }) } catch (error) { console.log(error.permission) }"
    const args = ['--no-warnings', flag, '--allow-addons', '--allow-fs-read=*', '-e', source, path.join(packageRoot, 'register.js')]
    endsCleanly(t, await runNode(args), { stdout: 'WorkerThreads\n' })
  })

  test('npx isothreads runs a program whose Worker is refused', async (t) => {
    const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'isothreads-'))
    t.teardown(() => fs.rmSync(directory, { recursive: true }))
    const file = path.join(directory, 'main.js')
    fs.writeFileSync(file, "try { new (require('worker_threads').Worker)('0', { eval: true }) } catch (error) { console.log(error.permission) }")
    const args = ['--no-warnings', flag, '--allow-addons', '--allow-fs-read=*', path.join(packageRoot, 'lib', 'cli', 'main.js'), file]
    endsCleanly(t, await runNode(args), { stdout: 'WorkerThreads\n' })
  })

  for (const command of ['doctor', 'new-native']) {
    test(`npx isothreads ${command} names the missing permission`, async (t) => {
      const directory = path.join(os.tmpdir(), 'isothreads-is-not-made')
      const args = ['--no-warnings', flag, '--allow-addons', '--allow-fs-read=*', path.join(packageRoot, 'lib', 'cli', 'main.js'), command]
      const { code, stderr } = await runNode(command === 'doctor' ? args : [...args, 'some-name', '--directory', directory])
      t.is(code, 1)
      t.regex(stderr, /^isothreads: .*Access to this API has been restricted.*\n$/)
    })
  }

  test('without --allow-addons the package says that it is missing', async (t) => {
    for (const file of ['index.js', 'register.js']) {
      const source = `tell(() => require(${JSON.stringify(path.join(packageRoot, file))})); try { require(${isothreads}) } catch (error) { console.log(error.message) }`
      const { stdout, stderr, code } = await run(['worker', 'fs-read=*'], source)
      t.deepEqual({ stderr, code }, { stderr: '', code: 0 })
      t.regex(stdout, /^ERR_DLOPEN_DISABLED undefined undefined\n.*without --allow-addons\.\n$/)
      t.notRegex(stdout, /build/)
    }
  })

  test('with --no-addons the package says so', async (t) => {
    const { stdout } = await runNode(['--no-addons', '-e', `try { require(${isothreads}) } catch (error) { console.log(error.code, error.message) }`])
    t.regex(stdout, /^ERR_DLOPEN_DISABLED .*it was started with --no-addons\.\n$/)
  })

  test('a binary that may not be looked at is not one that is missing', async (t) => {
    const allowed = ['addons', 'worker', ...['lib', 'index.js', 'package.json'].map((name) => `fs-read=${path.join(packageRoot, name)}`)]
    const { stdout } = await run(allowed, `tell(() => require(${JSON.stringify(path.join(packageRoot, 'index.js'))}))`)
    t.regex(stdout, /^ERR_ACCESS_DENIED FileSystemRead ".*isothreads\..*\.node"\n$/)
  })

  test('a library of native workers needs --allow-fs-read of its path', async (t) => {
    const name = JSON.stringify(library)
    const source = `
      const { Worker, WorkerPool, nativeWorkers } = require(${isothreads})
      for (const use of [() => nativeWorkers(${name}), () => new Worker(${name} + '#echo'), () => new WorkerPool(${name})]) tell(use)`
    const packageOnly = ['lib', 'binaries', 'index.js', 'package.json'].map((part) => `fs-read=${path.join(packageRoot, part)}`)
    const stdout = `ERR_ACCESS_DENIED FileSystemRead ${name}\n`.repeat(3)
    endsCleanly(t, await run(['addons', 'worker', ...packageOnly], source), { stdout })
    const { stdout: allowed } = await run(['addons', 'worker', ...packageOnly, `fs-read=${library}`],
      `${source}; process.exit()`)
    t.is(allowed, 'done \n'.repeat(3))
  })

  test('a library that is loaded already needs it too', async (t) => {
    if (nodeMajor < 24) return t.pass('Permissions cannot be dropped')
    const name = JSON.stringify(library)
    const result = await run(all, `
      const { nativeWorkers } = require(${isothreads})
      tell(() => nativeWorkers(${name}))
      process.permission.drop('fs.read')
      tell(() => nativeWorkers(${name}))`)
    endsCleanly(t, result, { stdout: `done \nERR_ACCESS_DENIED FileSystemRead ${name}\n` })
  })
}

test('permissions that are dropped', async (t) => {
  if (nodeMajor < 24) return t.pass('Permissions cannot be dropped')
  const result = await run(all, `
    const { Worker } = require(${subject})
    tell(() => new Worker('0', { eval: true }))
    process.permission.drop('worker')
    tell(() => new Worker('0', { eval: true }))`)
  endsCleanly(t, result, { stdout: `done \n${denied}` })
})

if (!isPeer && nodeMajor >= 24) {
  test('a pool whose thread drops the permission has no new workers, and says so', async (t) => {
    const result = await run(all, `
      const { WorkerPool } = require(${isothreads})
      const pool = new WorkerPool({ minThreads: 0, maxThreads: 1 })
      process.permission.drop('worker')
      await pool.exec(() => 2).catch((error) => console.log(error.code, error.permission))`)
    t.is(result.stdout, 'ERR_ACCESS_DENIED WorkerThreads\n')
  })

  test('native libraries after the permission for addons was dropped', async (t) => {
    const result = await run(all, `
      const { nativeWorkers } = require(${isothreads})
      process.permission.drop('addon')
      tell(() => nativeWorkers(${JSON.stringify(library)}))`)
    endsCleanly(t, result, { stdout: 'ERR_ACCESS_DENIED Addon ""\n' })
  })

  test('--permission-audit refuses nothing', async (t) => {
    const source = `
      const { Worker } = require(${isothreads})
      const worker = new Worker("require('worker_threads').parentPort.postMessage('ran')", { eval: true })
      worker.on('message', console.log)`
    const { stdout, code } = await runNode(['--no-warnings', '--permission-audit', '--allow-addons', '-e', source])
    t.deepEqual({ stdout, code }, { stdout: 'ran\n', code: 0 })
  })
}

// Actions that a program may try, by the expected error code or output.
const probes = `
  const fs = require('fs')
  const results = {}
  const attempt = (name, action) => {
    try { results[name] = 'done ' + action() } catch (error) { results[name] = [error.code, error.permission, error.resource].join(' ') }
  }
  const secret = '/etc/hosts'
  const scopes = ['worker', 'addon', 'fs', 'fs.read', 'fs.write', 'child', 'wasi', 'inspector', 'net', 'ffi']
  attempt('has', () => scopes.filter((scope) => process.permission.has(scope)).join())
  attempt('readFileSync', () => fs.readFileSync(secret).length > 0)
  attempt('openSync', () => fs.closeSync(fs.openSync(secret)))
  attempt('readdirSync', () => fs.readdirSync('/etc').length > 0)
  attempt('writeFileSync', () => fs.writeFileSync('/tmp/isothreads-is-not-written', ''))
  attempt('symlinkSync', () => fs.symlinkSync(secret, '/tmp/isothreads-is-not-linked'))
  attempt('require', () => require('/etc/hosts.js'))
  attempt('spawnSync', () => { const { error } = require('child_process').spawnSync('true'); if (error) throw error })
  attempt('execSync', () => require('child_process').execSync('true'))
  attempt('fork', () => require('child_process').fork('/x.js', { execArgv: [], silent: true }).kill())
  attempt('process.binding', () => process.binding('fs'))
  attempt('process.permission', () => delete process.permission)
  attempt('path', () => Object.isFrozen(require('path')))
  attempt('WASI', () => new (require('wasi').WASI)({ version: 'preview1' }) && 'made')
  attempt('heap snapshot', () => require('v8').writeHeapSnapshot('/tmp/isothreads-is-not-written'))
  attempt('report', () => process.report.writeReport('/tmp/isothreads-is-not-written'))
  attempt('Worker', () => new (require('worker_threads').Worker)('0', { eval: true }) && 'started')
  attempt('dlopen', () => process.dlopen({ exports: {} }, '/x.node'))
`

// The working directory is always readable for a worker, because of how Node handles the entry's path.
const elsewhere = { cwd: os.homedir() === '/etc' ? '/' : packageRoot }

for (const allowed of [all, ['addons', 'worker', `fs-read=${packageRoot}`], [...all, 'fs-write=/nowhere', 'child-process', 'wasi']]) {
  test(`a worker has the permissions of a Node worker, with ${allowed.join(', ').replaceAll(packageRoot, '...')}`, async (t) => {
    const { stdout, stderr } = await run(allowed, `
      const probes = ${JSON.stringify(`${probes}; require('worker_threads').parentPort.postMessage(results)`)}
      const own = await from(require(${subject}).Worker, probes)
      const nodes = await from(node.Worker, probes)
      console.log(JSON.stringify([own, nodes]))
      process.exit()`, elsewhere)
    t.is(stderr, '')
    const [own, nodes] = JSON.parse(stdout)
    t.deepEqual(own, nodes)
    t.true(Object.keys(own).length > 15)
    if (!allowed.includes('child-process')) t.regex(own.spawnSync, /^ERR_ACCESS_DENIED ChildProcess/)
    if (!allowed.includes('fs-read=*')) t.regex(own.readFileSync, /^ERR_ACCESS_DENIED FileSystemRead/)
  })
}

if (!isPeer) {
  test('a worker of a pool, and one in a worker, have no more than their process', async (t) => {
    const { stdout } = await run(['addons', 'worker', `fs-read=${packageRoot}`], `
      const { Worker, WorkerPool } = require(${isothreads})
      const probes = ${JSON.stringify(probes)}
      const alone = await from(Worker, probes + ';require("worker_threads").parentPort.postMessage(results)')
      const pool = new WorkerPool({ maxThreads: 1 })
      const pooled = await pool.exec((probes) => require('vm').runInThisContext('(require) => { ' + probes + '; return results }')(require), [probes])
      const nested = await from(Worker, \`
        const { Worker, parentPort, workerData } = require('worker_threads')
        new Worker(workerData, { eval: true }).on('message', (results) => parentPort.postMessage(results))
      \`, { workerData: probes + ';require("worker_threads").parentPort.postMessage(results)' })
      const bare = await from(Worker, probes + ';require("worker_threads").parentPort.postMessage(results)', { execArgv: [], env: {} })
      const same = (results) => JSON.stringify(results) === JSON.stringify(alone)
      console.log(alone.readFileSync.slice(0, 17), same(pooled), same(nested), same(bare))
      process.exit()`, elsewhere)
    t.is(stdout, 'ERR_ACCESS_DENIED true true true\n')
  })

  test('a worker that is asked to have less than the process is refused', async (t) => {
    const source = `
      const { Worker } = require(${isothreads})
      const attempt = (options) => {
        try { new Worker('process.exit()', { eval: true, ...options }); console.log('started') } catch (error) { console.log(error.code) }
      }
      attempt({ execArgv: ['${flag}'] })
      attempt({ execArgv: ['${flag}', '--allow-worker', '--allow-fs-read=/x'] })
      attempt({ execArgv: ['${flag}', '--allow-worker', '--allow-addons', '--allow-fs-read', '*', '--no-warnings'] })
      attempt({ env: { NODE_OPTIONS: '${flag}' } })`
    const invalid = 'ERR_WORKER_INVALID_EXEC_ARGV\n'
    endsCleanly(t, await run(all, source), { stdout: `${invalid}${invalid}started\nstarted\n` })
    const { stdout } = await runNode(['-e', source])
    t.is(stdout, invalid.repeat(4))
  })
}
