'use strict'

const fs = require('node:fs')
const os = require('node:os')
const path = require('node:path')
const { createHash } = require('node:crypto')
const { isDeepStrictEqual } = require('node:util')
const test = require('ava')
const { runNode } = require('./run-process')

const root = path.join(__dirname, '..')
const documentFolder = path.join(__dirname, 'document')
const cli = path.join(root, 'lib', 'cli', 'main.js')

// The computation of the first example alone takes ten seconds on a slow machine, and ten times as long on one that is busy.
const timeout = 240_000

/** The ways to have the examples' worker_threads mean this package. The examples lie inside it, so they find it by its name. */
const ways = {
  'node --require isothreads/register': ['--require', 'isothreads/register'],
  'node --import isothreads/register': ['--import', 'isothreads/register'],
  'npx isothreads': [cli]
}

const checksums = {
  '1-run-in-worker/fib-worker.js': 'f759d10219054e2b46a89974fb053cd5a6606fb0e26fd310ba21aa76439e8c80',
  '1-run-in-worker/main.js': '279fe1cb2f0109b87f0b5acc682b135e56e8f381e1d8f58eec1c1e0838f9254c',
  '2-messages/main.js': '51c50930a178cd1877c7c52d8ff50404436ad4bd0c9d5ba2e97e1f5d68cabc7a',
  '2-messages/processor.js': '0e41dbd872ee23282f54122ca958f7a560d44ef89593cabc56ff14e807737d76',
  '3-transfer/main.js': '2aaacc51a7bbf867a323749c40fdf09892fdeaf0c67070ed7b088b7544bcce43',
  '4-shared-memory/counter-worker.js': '8fc4efa5f05ee9c5b49972374a23508076046140496b223dc4e92479d9e77bf0',
  '4-shared-memory/main.js': '3bfd4ad3313c8632c62d73c9cc1050564a68675a6b74d332bea229a8997175e5',
  '5-worker-pool/worker-pool.js': '38880c1527fa4e74bf5b34cbe9646740952e5f193d9ae264fa2d250527c174aa',
  '6-races/safe.js': '9e98940e5e761365385b7d7e330c61d9ced9e148ace29ad43393f09aa7e0aa0b',
  '6-races/unsafe.js': '9aa35455e9814778d933849a65a6dc55f040e56e8bea713946a3f870e1ad0b49',
  '7-graceful-shutdown/main.js': '94b2d7bc62acfb49db97406d6caea03e55c9fe155d3583eeb7fc6a6210d5e7a2',
  'README.md': '91fe3ba13b99638ffc153ed302d5a25e77a93a1fedce5b4a4094dd608bda0089'
}

const fixture = (name) => path.join(__dirname, 'fixtures', 'document', name)

/**
 * Runs an entry to the end of its process.
 * @param {object} options
 * @param {string} options.folder the example, whose folder is the working directory
 * @param {string[]} options.way
 * @param {string} [options.preload] a fixture that provides what the example expects
 * @param {string} [options.entry]
 * @param {string[]} [options.args]
 * @returns {Promise<{ code: number | null, signal: string | null, hung: boolean, stdout: string, stderr: string, workers: string[], waits: string[] }>}
 */
async function run ({ folder, way, preload, entry = 'main.js', args = [] }) {
  const preloads = [fixture('observe.js'), ...(preload === undefined ? [] : [fixture(preload)])]
  const { report, ...result } = await runNode([...preloads.flatMap((file) => ['--require', file]), ...way, entry, ...args], {
    cwd: path.join(documentFolder, folder),
    timeout,
    outputs: ['stdout', 'stderr', 'report']
  })
  return { ...result, ...(report === '' ? {} : JSON.parse(report)) }
}

/** On a busy machine the worker can be ahead of the main thread's wait; such a run shows nothing, and is repeated. */
async function runUntil (waits, options) {
  let result
  for (let attempt = 0; attempt < 3; attempt++) {
    result = await run(options)
    if (waits === undefined || isDeepStrictEqual(result.waits, waits)) break
  }
  return result
}

/** One test per way of running it; the ended process must match `expected` exactly. */
function testExample (title, options, expected, names = Object.keys(ways)) {
  for (const name of names) {
    const way = ways[name]
    test.serial(`${name}: ${title}`, async (t) => {
      t.timeout(3 * timeout)
      const { waits, ...result } = await runUntil(expected.waits, { ...options, way })
      t.deepEqual(result, {
        code: 0,
        signal: null,
        hung: false,
        stdout: `${expected.lines.join('\n')}\n`,
        stderr: '',
        workers: expected.workers ?? ['isothreads']
      })
      if (expected.waits !== undefined) t.deepEqual(waits, expected.waits)
    })
  }
}

test('the examples equal those of the document, byte for byte', (t) => {
  const files = fs.readdirSync(documentFolder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())
    .map((entry) => path.join(entry.parentPath ?? entry.path, entry.name))
  t.deepEqual(Object.fromEntries(files.sort().map((file) => [
    path.relative(documentFolder, file).replaceAll(path.sep, '/'),
    createHash('sha256').update(fs.readFileSync(file)).digest('hex')
  ])), checksums)
})

test.serial('under plain node the workers are Node\'s own, and the first and the third example fail', async (t) => {
  t.timeout(timeout)
  t.deepEqual((await run({ folder: '2-messages', way: [], preload: '2-messages.js' })).workers, ['node'])
  t.is((await run({ folder: '1-run-in-worker', way: [] })).code, 1)
  t.is((await run({ folder: '3-transfer', way: [], preload: '3-transfer.js' })).code, 1)
})

// It computes for many seconds, so not in each way.
testExample('1 runs fib in a worker', { folder: '1-run-in-worker' }, { lines: ['fib result: 1134903170'] }, ['npx isothreads'])

testExample('2 reports its progress, then its result, and ends by itself', { folder: '2-messages', preload: '2-messages.js' }, {
  lines: [10, 20, 30, 40, 50, 60, 70, 80, 90, 100].map((percent) => `Progress: ${percent}%`).concat('Result: all processed')
})

testExample('3 shares its 100 MB without a copy', { folder: '3-transfer', preload: '3-transfer.js' }, {
  lines: ['the worker got SharedArrayBuffer 104857600', 'written there, read here 42', 'written here, read there 7']
})

testExample('4 counts while the main thread is blocked', { folder: '4-shared-memory', preload: '4-shared-memory.js' }, {
  lines: ['Final count: 1000000'],
  waits: ['ok']
})

testExample('5 answers each task with the first message for it', { folder: '5-worker-pool', entry: fixture('5-worker-pool.js') }, {
  lines: [
    'one worker for each core true', 'all at once true', 'one after another 121', 'one after another 144', 'one after another 169',
    'of two messages the first'
  ],
  workers: Array(os.cpus().length + 1).fill('isothreads')
})

testExample('6 counts as described, also when two threads run it', { folder: '6-races', entry: fixture('6-races.js') }, {
  lines: ['unsafe.js here 2', 'unsafe.js in the worker 2', 'safe.js leaves 5', 'lost increments 0']
})

testExample('7 lets a worker clean up and end', { folder: '7-graceful-shutdown', preload: '7-graceful-shutdown.js', args: ['obeys'] }, {
  lines: ['shutdown', 'heard cleanup', 'exit 0 ']
})

testExample('7 ends a worker that ignores it after five seconds', {
  folder: '7-graceful-shutdown', preload: '7-graceful-shutdown.js', args: ['ignores']
}, { lines: ['shutdown', 'heard cleanup', 'exit 1 after five seconds'] })
