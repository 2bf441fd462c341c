'use strict'

const fs = require('node:fs')
const os = require('node:os')
const path = require('node:path')
const { pathToFileURL } = require('node:url')
const test = require('ava')
const { Worker, bounded, fixture, startWorker, nextMessage, eventsUntilExit } = require('./helpers')

const it = bounded(test)

/** A temporary directory, removed with the test. */
function temporaryDirectory (t) {
  const directory = fs.realpathSync(fs.mkdtempSync(path.join(os.tmpdir(), 'isothreads-worker-')))
  t.teardown(() => fs.rmSync(directory, { recursive: true, force: true }))
  return directory
}

/** Changes the working directory for one test. */
function changeDirectory (t, directory) {
  const before = process.cwd()
  t.teardown(() => process.chdir(before))
  process.chdir(directory)
}

const startFile = (t, file, options) => startWorker(t, file, { eval: false, ...options })

for (const extension of ['js', 'cjs']) {
  it(`an absolute path to a .${extension} file runs as CommonJS, as the main module`, async (t) => {
    const file = fixture(`entry.${extension}`)
    t.deepEqual(await eventsUntilExit(startFile(t, file)), [
      ['online'],
      ['message', { kind: 'CommonJS', filename: file, argv: [process.execPath, file], main: true, id: '.', moduleThis: true }],
      ['exit', 0]
    ])
  })
}

for (const name of ['entry.mjs', 'module-type/entry.js']) {
  it(`an absolute path to ${name} runs as an ES module, top-level await included`, async (t) => {
    const file = fixture(name)
    const worker = startFile(t, file)
    t.deepEqual(await eventsUntilExit(worker), [
      ['online'],
      ['message', {
        kind: 'ES module', filename: file, url: pathToFileURL(file).href, argv: [process.execPath, file], awaited: 'awaited', require: 'undefined'
      }],
      ['exit', 0]
    ])
  })
}

it('a ./ path is relative to the working directory', async (t) => {
  changeDirectory(t, fixture('.'))
  t.is((await nextMessage(startFile(t, './entry.js'))).filename, fixture('entry.js'))
  t.is((await nextMessage(startFile(t, './module-type/entry.js'))).filename, fixture('module-type/entry.js'))
})

it('a ../ path is relative to the working directory', async (t) => {
  changeDirectory(t, fixture('module-type'))
  t.is((await nextMessage(startFile(t, '../entry.mjs'))).filename, fixture('entry.mjs'))
})

it('a relative path is resolved when the worker is constructed', async (t) => {
  const before = process.cwd()
  changeDirectory(t, fixture('.'))
  const worker = startFile(t, './entry.js')
  process.chdir(before)
  t.is((await nextMessage(worker)).filename, fixture('entry.js'))
})

it('the working directory of a worker is that of the process', async (t) => {
  const worker = startWorker(t, `
    const { parentPort } = require('worker_threads')
    parentPort.postMessage(process.cwd())
    parentPort.once('message', () => parentPort.postMessage(process.cwd()))
  `)
  t.is(await nextMessage(worker), process.cwd())
  changeDirectory(t, fixture('.'))
  worker.postMessage('look again')
  t.is(await nextMessage(worker), fixture('.').replace(/[\\/]$/, ''))
})

it('a file: URL', async (t) => {
  t.is((await nextMessage(startFile(t, pathToFileURL(fixture('entry.js'))))).filename, fixture('entry.js'))
  t.is((await nextMessage(startFile(t, pathToFileURL(fixture('entry.mjs'))))).filename, fixture('entry.mjs'))
})

it('the query and hash of a file: URL are left out', async (t) => {
  const url = pathToFileURL(fixture('entry.mjs'))
  url.search = '?query'
  url.hash = '#hash'
  t.is((await nextMessage(startFile(t, url))).url, pathToFileURL(fixture('entry.mjs')).href)
})

for (const name of ['with space.js', 'hash#.js', 'percent%20.js', 'question?.js', 'ünï✓.js', "quote'.js", '`${1}.js', 'line\nbreak.js', 'noextension']) {
  it(`a file named ${JSON.stringify(name)}, by path and by URL`, async (t) => {
    const file = path.join(temporaryDirectory(t), name)
    fs.copyFileSync(fixture('entry.js'), file)
    t.is((await nextMessage(startFile(t, file))).filename, file)
    t.is((await nextMessage(startFile(t, pathToFileURL(file)))).filename, file)
  })
}

it('an extension may be left out, and a directory stands for its index.js', async (t) => {
  const directory = temporaryDirectory(t)
  fs.copyFileSync(fixture('entry.js'), path.join(directory, 'index.js'))
  t.is((await nextMessage(startFile(t, path.join(directory, 'index')))).filename, path.join(directory, 'index.js'))
  t.is((await nextMessage(startFile(t, directory))).filename, path.join(directory, 'index.js'))
})

it('a symbolic link runs as the file it points to', async (t) => {
  const link = path.join(temporaryDirectory(t), 'link.js')
  fs.symlinkSync(fixture('entry.js'), link)
  const { filename, argv } = await nextMessage(startFile(t, link))
  t.is(filename, fixture('entry.js'))
  t.is(argv[1], link)
})

it('a data: URL runs as an ES module', async (t) => {
  const url = new URL(`data:text/javascript,${encodeURIComponent(`
    import { parentPort } from 'node:worker_threads'
    parentPort.postMessage(await Promise.resolve([import.meta.url.slice(0, 21), process.argv, typeof require]))
  `)}`)
  t.deepEqual(await nextMessage(startFile(t, url, { argv: ['extra'] })), ['data:text/javascript,', [process.execPath, 'extra'], 'undefined'])
})

it('a base64 data: URL', async (t) => {
  const code = "import { parentPort } from 'node:worker_threads'; parentPort.postMessage('base64 ✓')"
  const url = new URL(`data:text/javascript;base64,${Buffer.from(code).toString('base64')}`)
  t.is(await nextMessage(startFile(t, url)), 'base64 ✓')
})

it('eval runs CommonJS whose require starts at the working directory', async (t) => {
  changeDirectory(t, fixture('.'))
  const worker = startWorker(t, `
    const { parentPort } = require('worker_threads')
    parentPort.postMessage([__filename, __dirname, module.id, typeof exports, module.paths[0], require('./entry-value.js'), this === globalThis])
  `)
  t.deepEqual(await nextMessage(worker), ['[worker eval]', '.', '[worker eval]', 'object', path.join(process.cwd(), 'node_modules'), 'the value', true])
})

it('eval puts [worker eval] into argv', async (t) => {
  const worker = startWorker(t, "require('worker_threads').parentPort.postMessage(process.argv)", { argv: ['extra'] })
  t.deepEqual(await nextMessage(worker), [process.execPath, '[worker eval]', 'extra'])
})

it('eval code may import()', async (t) => {
  const worker = startWorker(t, "import('node:worker_threads').then(({ parentPort, isMainThread }) => parentPort.postMessage(isMainThread))")
  t.is(await nextMessage(worker), false)
})

it('eval code in module syntax runs as an ES module', async (t) => {
  const worker = startWorker(t, "import { parentPort } from 'node:worker_threads'; parentPort.postMessage(await Promise.resolve('module'))")
  t.is(await nextMessage(worker), 'module')
})

it('eval code with --input-type=module runs as an ES module', async (t) => {
  const worker = startWorker(t, "const { parentPort } = await import('node:worker_threads'); parentPort.postMessage(typeof require)", { execArgv: ['--input-type=module'] })
  t.is(await nextMessage(worker), 'undefined')
})

it('eval code may be empty, begin with a shebang or be strict', async (t) => {
  t.deepEqual(await eventsUntilExit(startWorker(t, '')), [['online'], ['exit', 0]])
  t.is(await nextMessage(startWorker(t, "#!/usr/bin/env node\nrequire('worker_threads').parentPort.postMessage('shebang')")), 'shebang')
  t.is(await nextMessage(startWorker(t, "'use strict'; require('worker_threads').parentPort.postMessage((function () { return typeof this })())")), 'undefined')
})

it('a JSON file loads and the worker ends', async (t) => {
  const file = path.join(temporaryDirectory(t), 'entry.json')
  fs.writeFileSync(file, '{ "a": 1 }')
  t.deepEqual(await eventsUntilExit(startFile(t, file)), [['online'], ['exit', 0]])
})

it('a worker requires files beside it and packages above it', async (t) => {
  const directory = temporaryDirectory(t)
  fs.mkdirSync(path.join(directory, 'node_modules', 'some-package'), { recursive: true })
  fs.mkdirSync(path.join(directory, 'src'))
  fs.writeFileSync(path.join(directory, 'node_modules', 'some-package', 'index.js'), "module.exports = 'package'")
  fs.writeFileSync(path.join(directory, 'src', 'beside.js'), "module.exports = 'beside'")
  fs.writeFileSync(path.join(directory, 'src', 'entry.js'), `
    require('worker_threads').parentPort.postMessage([require('./beside'), require('some-package')])
  `)
  fs.writeFileSync(path.join(directory, 'src', 'entry.mjs'), `
    import { parentPort } from 'node:worker_threads'
    import beside from './beside.js'
    import fromPackage from 'some-package'
    parentPort.postMessage([beside, fromPackage])
  `)
  for (const entry of ['entry.js', 'entry.mjs']) {
    t.deepEqual(await nextMessage(startFile(t, path.join(directory, 'src', entry))), ['beside', 'package'], entry)
  }
})

it('two workers of one file share nothing', async (t) => {
  const code = `
    const { parentPort } = require('worker_threads')
    globalThis.count = (globalThis.count ?? 0) + 1
    parentPort.postMessage(count)
  `
  t.deepEqual(await Promise.all([nextMessage(startWorker(t, code)), nextMessage(startWorker(t, code))]), [1, 1])
})

it('workers start workers, which start workers', async (t) => {
  const worker = startFile(t, fixture('descendants.js'), { workerData: 3 })
  const ids = await nextMessage(worker)
  t.is(ids.length, 4)
  t.is(new Set(ids).size, 4)
})

it('Worker is an EventEmitter and cannot be called without new', (t) => {
  t.true(Worker.prototype instanceof require('node:events'))
  t.throws(() => Worker(fixture('entry.js')), { instanceOf: TypeError, message: "Class constructor Worker cannot be invoked without 'new'" })
})
