'use strict'

// What Node.js records about threads while it runs: coverage and trace events. Compared with Node's own Worker.

const fs = require('node:fs')
const os = require('node:os')
const path = require('node:path')
const test = require('ava')
const { bounded, packageRoot } = require('./helpers')
const { runNode } = require('./run-process')

const check = bounded(test)
const fixtures = path.join(__dirname, 'fixtures', 'coverage')
const file = (name) => path.join(fixtures, name)
const node = 'node:worker_threads'

function temporaryFolder (t) {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'isothreads-coverage-'))
  t.teardown(() => fs.rmSync(folder, { recursive: true, force: true }))
  return folder
}

/** The coverage of each worker, in the order of thread ids: the functions of its files, with the count of each range. */
async function coverageOf (t, peer) {
  const folder = temporaryFolder(t)
  const { code, stderr } = await runNode([file('workers.js'), peer], { env: { NODE_V8_COVERAGE: folder } })
  t.is(code, 0, stderr)
  const isOwn = ({ url }) => url.includes('/fixtures/coverage/') || url.startsWith('[worker eval]')
  const functionOf = ({ functionName, ranges }) => `${functionName} ${ranges.map(({ startOffset, endOffset, count }) => `${startOffset}-${endOffset}: ${count}`)}`
  return fs.readdirSync(folder)
    .map((name) => ({ thread: Number(/(\d+)\.json$/.exec(name)[1]), ...JSON.parse(fs.readFileSync(path.join(folder, name), 'utf8')) }))
    .filter(({ thread }) => thread > 0)
    .sort((one, other) => one.thread - other.thread)
    .map(({ result }) => result.filter(isOwn).map(({ url, functions }) => [path.posix.basename(url), ...functions.map(functionOf)]))
}

check('NODE_V8_COVERAGE has the same figures for every kind of worker', async (t) => {
  const [ofNode, ours] = await Promise.all([coverageOf(t, node), coverageOf(t, packageRoot)])
  t.deepEqual(ours.slice(0, -1), ofNode)
  t.is(ofNode.length, 8)
  // The pool's.
  const [[name, ...functions]] = ours.at(-1)
  t.is(name, 'pool.js')
  t.true(functions.some((text) => /^neverCalled \d+-\d+: 0$/.test(text)), functions.join('\n'))
  t.true(functions.some((text) => /^exports\.choose \d+-\d+: 1,\d+-\d+: 0$/.test(text)), functions.join('\n'))
})

check('node --test --experimental-test-coverage reports the lines that only workers run', async (t) => {
  const args = ['--test', '--experimental-test-coverage', '--test-reporter', 'lcov', file('covered.js')]
  const run = (...preload) => runNode([...preload, ...args], { cwd: fixtures })
  const [plain, registered] = await Promise.all([run(), run('--require', path.join(packageRoot, 'register.js'))])
  t.is(registered.code, 0, registered.stderr)
  // The files of this package are excluded if it is in a folder node_modules.
  const records = ({ stdout }) => stdout.split('end_of_record\n').filter((record) => !/^SF:.*\blib\/|^SF:.*\b(?:index|register)\.js$/m.test(record))
  t.deepEqual(records(registered), records(plain))
  t.true(plain.stdout.includes('module.mjs') && plain.stdout.includes('worker.js'), plain.stdout)
})

check('the trace of --trace-event-categories has the names of workers', async (t) => {
  const namesOf = async (peer) => {
    const folder = temporaryFolder(t)
    const { code, stderr } = await runNode(['--trace-event-categories', 'node', file('workers.js'), peer], { cwd: folder })
    t.is(code, 0, stderr)
    const { traceEvents } = JSON.parse(fs.readFileSync(path.join(folder, 'node_trace.1.log'), 'utf8'))
    const names = traceEvents.filter(({ name, args }) => name === 'thread_name' && args.name.startsWith('[worker'))
    return [...new Set(names.map(({ args }) => args.name))].sort()
  }
  const [ofNode, ours] = await Promise.all([namesOf(node), namesOf(packageRoot)])
  // The last one is the pool's.
  t.deepEqual(ours.slice(0, -1), ofNode)
  t.true(ofNode.includes('[worker 7] my worker'), ofNode.join())
})
