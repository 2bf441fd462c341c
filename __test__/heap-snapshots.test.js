'use strict'

const fs = require('node:fs')
const os = require('node:os')
const path = require('node:path')
const { bounded } = require('./helpers')
const { runProgram } = require('./run-process')

const test = bounded(require('ava'))

/** Runs a worker out of memory in a separate process. Returns its output and the snapshots that it wrote. */
async function snapshotsOf (t, code, { execArgv = [], folder = '' } = {}) {
  const cwd = fs.mkdtempSync(path.join(os.tmpdir(), 'isothreads-snapshots-'))
  t.teardown(() => fs.rmSync(cwd, { recursive: true, force: true }))
  fs.mkdirSync(path.join(cwd, 'folder'))
  const result = await runProgram(`
    const code = process.argv[3] + '; const all = []; for (let i = 0; ; i++) all.push(String(i).padEnd(10_000))'
    const worker = new Worker(code, { eval: true, resourceLimits: { maxOldGenerationSizeMb: 16, maxYoungGenerationSizeMb: 4 } })
    worker.on('error', ({ code }) => console.log(code))
    console.log(worker.threadId, await new Promise((resolve) => worker.on('exit', resolve)))
  `, { cwd, execArgv, args: [code], timeout: 110_000 })
  const names = fs.readdirSync(path.join(cwd, folder)).filter((name) => name.endsWith('.heapsnapshot'))
  return { ...result, cwd, names, files: names.map((name) => path.join(cwd, folder, name)) }
}

const outOfMemory = 'ERR_WORKER_OUT_OF_MEMORY\n1 1\n'

test('v8.setHeapSnapshotNearHeapLimit() in a worker', async (t) => {
  const { cwd, names, files, stdout, stderr, code, signal } = await snapshotsOf(t, 'require("v8").setHeapSnapshotNearHeapLimit(1)')
  t.deepEqual({ stdout, code, signal }, { stdout: outOfMemory, code: 0, signal: null })
  t.is(names.length, 1)
  t.regex(names[0], /^Heap\.\d{8}\.\d{6}\.\d+\.1\.001\.heapsnapshot$/)
  t.is(stderr.trim(), `Wrote snapshot to ${path.join(fs.realpathSync(cwd), names[0])}`)
  t.is(fs.statSync(files[0]).mode & 0o777, 0o600)
  const { snapshot, nodes, strings } = JSON.parse(fs.readFileSync(files[0], 'utf8'))
  t.is(nodes.length, snapshot.node_count * snapshot.meta.node_fields.length)
  t.true(strings.length > 1000)
})

test('--heapsnapshot-near-heap-limit and --diagnostic-dir hold for workers', async (t) => {
  const { names, stdout, code, signal } = await snapshotsOf(t, '', { execArgv: ['--heapsnapshot-near-heap-limit=2', '--diagnostic-dir=folder'], folder: 'folder' })
  t.deepEqual({ stdout, code, signal }, { stdout: outOfMemory, code: 0, signal: null })
  t.is(names.length, 2)
})

test('v8.setHeapSnapshotNearHeapLimit() in a worker checks its argument, and its first call counts', async (t) => {
  const { names, stdout } = await snapshotsOf(t, `
    const v8 = require('v8')
    for (const limit of [0, -1, 1.5, '1']) {
      try { v8.setHeapSnapshotNearHeapLimit(limit) } catch ({ code }) { require('fs').writeSync(1, code + '\\n') }
    }
    v8.setHeapSnapshotNearHeapLimit(1)
    v8.setHeapSnapshotNearHeapLimit(3)`)
  t.is(stdout, `${'ERR_OUT_OF_RANGE\n'.repeat(3)}ERR_INVALID_ARG_TYPE\n${outOfMemory}`)
  t.is(names.length, 1)
})

test('a folder that cannot be written to is reported, and the worker ends as out of memory', async (t) => {
  const { stdout, stderr, code, signal } = await snapshotsOf(t, '', { execArgv: ['--heapsnapshot-near-heap-limit=1', '--diagnostic-dir=missing'] })
  t.deepEqual({ stdout, code, signal }, { stdout: outOfMemory, code: 0, signal: null })
  t.regex(stderr, /could not write a heap snapshot/)
})
