'use strict'

// The package is loaded more than once in a thread: by an emptied module cache, by a registry of modules that is not Node's, by another path.

const fs = require('node:fs')
const os = require('node:os')
const path = require('node:path')
const test = require('ava')
const { bounded, packageRoot, since } = require('./helpers')
const binary = require('../lib/node/binary')
const { runNode, runProcess } = require('./run-process')

const it = bounded(test)
const main = JSON.stringify(packageRoot)

/** Runs a program that prints its findings and ends by itself. */
async function prints (t, source, stdout, { args = [], ...options } = {}) {
  const result = await runNode(['--no-deprecation', ...args, '-e', source], { timeout: 60_000, ...options })
  t.is(result.stdout, stdout, result.stderr)
  t.is(result.stderr, '')
  t.is(result.code, 0)
}

/**
 * The package as it would be installed, in a separate folder.
 * @param {'copyFileSync' | 'linkSync'} place how its files get there: linked ones are the same library for the system
 */
function install (t, place) {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'isothreads-copy-'))
  t.teardown(() => fs.rmSync(folder, { recursive: true, force: true }))
  const root = path.join(folder, 'node_modules', 'isothreads')
  const files = ['index.js', 'register.js', 'package.json', `binaries/${binary.expectedFileName()}`]
  for (const file of fs.readdirSync(path.join(packageRoot, 'lib'), { recursive: true })) {
    if (file.endsWith('.js')) files.push(path.join('lib', file))
  }
  for (const file of files) {
    fs.mkdirSync(path.dirname(path.join(root, file)), { recursive: true })
    fs[place](path.join(packageRoot, file), path.join(root, file))
  }
  return root
}

/** Hard links, as pnpm makes them, or copies if the system does not support links between the places. */
function installLinked (t) {
  try {
    return install(t, 'linkSync')
  } catch (error) {
    if (error.code !== 'EXDEV') throw error
    t.log('no hard links between these file systems: a symbolic link stands in')
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'isothreads-link-'))
    t.teardown(() => fs.rmSync(folder, { recursive: true, force: true }))
    fs.symlinkSync(packageRoot, path.join(folder, 'isothreads'), 'dir')
    return path.join(folder, 'isothreads')
  }
}

const jestRuns = {
  'one process': ['--runInBand'],
  'two processes': ['--maxWorkers=2'],
  'two worker threads of Node': ['--maxWorkers=2', '--workerThreads']
}

for (const [name, args] of Object.entries(jestRuns)) {
  it(`Jest runs three files in ${name}`, async (t) => {
    const jest = require.resolve('jest/bin/jest')
    const rootDir = path.join(__dirname, 'fixtures', 'jest')
    const { code, stderr } = await runProcess(process.execPath, [jest, '--rootDir', rootDir, ...args], { cwd: rootDir })
    t.regex(stderr, /Tests: +12 passed, 12 total/)
    t.is(code, 0, stderr)
  })
}

const emptied = (path) => `
  const first = require(${path})
  const { port1 } = new first.MessageChannel()
  for (const file in require.cache) delete require.cache[file]
  const again = require(${path})
  console.log(again !== first, again.Worker === first.Worker, again.parentPort === first.parentPort, port1 instanceof again.MessagePort)
`

it('the module cache was emptied: what was loaded, and what is loaded later, is the one instance', (t) => prints(t, `
  ${emptied(main)}
  const pool = new first.WorkerPool({ maxThreads: 1 })
  pool.exec(() => { throw new RangeError('of a task') }, []).catch(error => {
    console.log(error.name)
    return pool.close()
  }).then(() => {
    const worker = new again.Worker('process.stdout.write("written")', { eval: true, stdout: true })
    worker.stdout.setEncoding('utf8').on('data', text => console.log(text))
  })
`, 'true true true true\nRangeError\nwritten\n'))

it('the module cache was emptied in a worker', (t) => prints(t, `
  const { Worker } = require(${main})
  new Worker(${JSON.stringify(`${emptied(main)}
    console.log(again.parentPort === require('node:worker_threads').parentPort, again.workerData)
    new again.Worker('console.log("nested")', { eval: true })
  `)}, { eval: true, workerData: 'data' })
`, 'true true true true\ntrue data\nnested\n'))

it('a context of node:vm with a module registry of its own, whose globals are gone afterwards', (t) => prints(t, `
  const fs = require('fs'), path = require('path'), vm = require('vm'), { createRequire } = require('module')
  const load = () => {
    const context = vm.createContext({ process: { ...process }, globalThis: undefined })
    const modules = new Map()
    const requireFrom = parent => id => {
      if (/^(node:)?[a-z_]+$/.test(id)) return require(id)
      const file = createRequire(parent).resolve(id)
      if (file.endsWith('.node')) return require(file)
      if (modules.has(file)) return modules.get(file).exports
      const module = { exports: {} }
      modules.set(file, module)
      vm.compileFunction(fs.readFileSync(file, 'utf8'), ['exports', 'require', 'module', '__filename', '__dirname'], { filename: file, parsingContext: context })
        (module.exports, requireFrom(file), module, file, path.dirname(file))
      return module.exports
    }
    const loaded = requireFrom(${JSON.stringify(__filename)})(${main})
    for (const name of Object.getOwnPropertyNames(context)) delete context[name]
    return loaded
  }
  const { Worker } = load()
  console.log(load().Worker === Worker, require(${main}).Worker === Worker)
  try { new Worker(1) } catch (error) { console.log(error instanceof TypeError) }
  new Worker('require("worker_threads").parentPort.postMessage({})', { eval: true })
    .on('message', message => console.log(message instanceof Object))
`, 'true true\ntrue\ntrue\n'))

it('an ES module, a CommonJS module, and a loader that brings the source of CommonJS modules itself', (t) => prints(t, `
  const hooks = \`import { readFile } from 'node:fs/promises'
    import { fileURLToPath } from 'node:url'
    export async function load (url, context, next) {
      const loaded = await next(url, context)
      if (loaded.format === 'commonjs') loaded.source = await readFile(fileURLToPath(url))
      return loaded
    }\`
  require('module').register('data:text/javascript,' + encodeURIComponent(hooks))
  const isothreads = require(${main})
  import(${JSON.stringify(require.resolve('..'))}).then(({ Worker, default: all }) => {
    console.log(Worker === isothreads.Worker, all.MessageChannel === isothreads.MessageChannel)
  })
`, 'true true\n'))

it('the same files by another path: one instance, in the main thread and in a worker', async (t) => {
  const other = JSON.stringify(installLinked(t))
  for (const options of [{}, { args: ['--preserve-symlinks', '--preserve-symlinks-main'] }]) {
    const source = `
      const first = require(${main}), second = require(${other})
      console.log(first.Worker === second.Worker, first.parentPort === second.parentPort)
    `
    await prints(t, `${source}
      new second.Worker(${JSON.stringify(source)}, { eval: true })
    `, 'true true\ntrue true\n', options)
  }
})

it('two copies work side by side, in the main thread and in each other\'s workers', async (t) => {
  const [a, b] = [install(t, 'copyFileSync'), install(t, 'copyFileSync')]
  await prints(t, `
    const source = (own, other) => \`
      const { parentPort, isMainThread, threadId, workerData, Worker } = require('node:worker_threads')
      const own = require(\${JSON.stringify(own)}), other = require(\${JSON.stringify(other)})
      const { port1, port2 } = new other.MessageChannel()
      port1.postMessage('by the other')
      const worker = new other.Worker('const { parentPort, workerData } = require("worker_threads"); parentPort.postMessage(workerData)', { eval: true, workerData: 'nested' })
      worker.on('message', message => parentPort.postMessage([
        own.Worker === Worker, other.Worker === Worker, other.parentPort === parentPort, other.threadId === threadId, other.isMainThread, other.workerData,
        other.receiveMessageOnPort(port2).message, message
      ]))
    \`
    const roots = [${JSON.stringify(a)}, ${JSON.stringify(b)}]
    const [A, B] = roots.map(root => require(root))
    const run = async (own, root, other) => {
      const worker = new own.Worker(source(root, other), { eval: true, workerData: 'data' })
      const [message] = await require('events').once(worker, 'message')
      console.log(JSON.stringify(message), ...await require('events').once(worker, 'exit'))
    }
    run(A, ...roots).then(() => run(B, ...roots.toReversed())).then(() => {
      A.setEnvironmentData('a', 1)
      // A worker that is busy while the process ends, of each.
      for (const { Worker } of [A, B]) new Worker('require("worker_threads").parentPort.postMessage(1); for (;;);', { eval: true })
        .on('message', () => { if (++busy === 2) process.exit(0) })
    })
    let busy = 0
  `, '[true,false,true,true,false,"data","by the other","nested"] 0\n'.repeat(2))
})

it('what belongs to another copy is refused with the reason', async (t) => {
  const other = JSON.stringify(install(t, 'copyFileSync'))
  const inList = `${since(22, 'DataCloneError 25', 'TypeError ERR_INVALID_TRANSFER_OBJECT')} true\n`
  await prints(t, `
    const { MessageChannel } = require(${main})
    const other = require(${other})
    const { port1 } = new MessageChannel()
    const theirs = new other.MessageChannel()
    for (const post of [() => port1.postMessage(theirs.port1), () => port1.postMessage(0, [theirs.port1]), () => port1.postMessage(new other.Mutex())]) {
      try { post() } catch (error) { console.log(error.name, error.code, /another copy of isothreads/.test(error.message)) }
    }
    theirs.port1.close()
  `, `DataCloneError 25 true\n${inList}DataCloneError 25 true\n`)
})

it('the register of another copy in a worker leaves the worker what it is', async (t) => {
  const other = path.join(install(t, 'copyFileSync'), 'register.js')
  await prints(t, `
    const { Worker } = require(${main})
    new Worker('const { parentPort, workerData } = require("node:worker_threads"); parentPort.postMessage(workerData)', {
      eval: true, workerData: 'data', execArgv: ['--require', ${JSON.stringify(other)}]
    }).on('message', message => console.log(message))
  `, 'data\n')
})

it('the register does its work once: what a program has put there since stays', (t) => prints(t, `
  const register = ${JSON.stringify(path.join(packageRoot, 'register.js'))}
  require(register)
  const workerThreads = require('node:worker_threads')
  class Mine extends workerThreads.Worker {}
  workerThreads.Worker = Mine
  globalThis.MessageChannel = Mine
  for (const file in require.cache) delete require.cache[file]
  require(register)
  console.log(workerThreads.Worker === Mine, globalThis.MessageChannel === Mine)
`, 'true true\n'))

it('in a Worker of Node, parentPort and workerData are those of the thread', (t) => prints(t, `
  const { Worker } = require('node:worker_threads')
  new Worker(${JSON.stringify(`
    const { parentPort, workerData } = require(${main})
    parentPort.postMessage(workerData)
  `)}, { eval: true, workerData: 'data' }).on('message', message => console.log(message))
`, 'data\n'))
