'use strict'

const fs = require('node:fs')
const os = require('node:os')
const path = require('node:path')
const { Worker: NodeWorker } = require('node:worker_threads')
const avaTest = require('ava')
const { errorOf, eventsUntilExit } = require('./helpers')
const { leanTest, startLean } = require('./lean-helpers')

// From 22.18 and 24 on, without a flag.
const test = process.features.typescript ? leanTest : (title, body) => avaTest.skip(title, body)

function folderWith (t, files) {
  const folder = fs.realpathSync(fs.mkdtempSync(path.join(os.tmpdir(), 'lean-ts-')))
  t.teardown(() => fs.rmSync(folder, { recursive: true }))
  for (const [name, content] of Object.entries(files)) {
    fs.mkdirSync(path.dirname(path.join(folder, name)), { recursive: true })
    fs.writeFileSync(path.join(folder, name), typeof content === 'string' ? content : JSON.stringify(content))
  }
  return folder
}

const shown = ([name, value]) => [name, value instanceof Error ? [value.name, value.code] : value]

async function same (t, files, entry) {
  const file = path.join(folderWith(t, files), entry)
  const workers = [startLean(t, file, { eval: false }), new NodeWorker(file, { stderr: true, execArgv: ['--no-warnings'] })]
  const [lean, node] = await Promise.all(workers.map(eventsUntilExit))
  const [found, expected] = [lean, node].map((events) => events.filter(([name]) => name !== 'online').map(shown))
  t.deepEqual(found, expected)
  return found
}

test('TypeScript runs as in Node: modules of both kinds, their types, and places in stacks', async (t) => {
  const found = await same(t, {
    'main.ts': `
      import { parentPort } from 'node:worker_threads'
      import { twice, type Twice } from './twice.mts'
      import common from './common.cts'
      interface Point { x: number }
      const point: Point = { x: twice(4) as number }
      const place = new Error().stack!.match(/main.ts:(\\d+:\\d+)/)![1]
      const f: Twice = twice
      parentPort!.postMessage([point, common.name satisfies string, place, f(1), await import('./detected.ts').then(({ kind }) => kind)])`,
    'twice.mts': 'export type Twice = (n: number) => number; export const twice: Twice = (n: number): number => 2 * n',
    'common.cts': 'const other: { name: string } = require("./other.ts"); module.exports = other',
    'other.ts': 'exports.name = "other" as string',
    'detected.ts': 'export const kind: string = typeof require'
  }, 'main.ts')
  t.true(Array.isArray(found[0][1]), JSON.stringify(found))
})

for (const [kind, files] of Object.entries({
  'syntax that has to be transformed': { 'main.ts': 'enum A { b }' },
  'an error in the syntax': { 'main.ts': 'const a: = 1' },
  'a package': { 'main.mts': 'import "typed"', 'node_modules/typed/package.json': { exports: './index.ts' }, 'node_modules/typed/index.ts': '' }
})) {
  test(`TypeScript with ${kind} is the error of Node`, async (t) => {
    const found = await same(t, files, Object.keys(files)[0])
    t.is(found[0][0], 'error')
  })
}

test('later workers of a TypeScript file have its JavaScript, and a changed file is stripped again', async (t) => {
  const folder = folderWith(t, { 'main.ts': 'const n: number = 1; postMessage(n)' })
  const file = path.join(folder, 'main.ts')
  for (let n = 0; n < 5; n++) {
    if (n === 3) fs.writeFileSync(file, 'const n: number = 2; postMessage(n)')
    t.deepEqual((await eventsUntilExit(startLean(t, file, { eval: false })))[1], ['message', n < 3 ? 1 : 2])
  }
})

test('TypeScript is stripped while the parent is busy', async (t) => {
  const folder = folderWith(t, { 'main.ts': 'import "./b.ts"; const { state }: { state: Int32Array } = require("worker_threads").workerData; Atomics.store(state, 0, 1); Atomics.notify(state, 0)'.replace('import "./b.ts"; ', 'require("./b.ts"); '), 'b.ts': 'const a: number = 1' })
  const first = startLean(t, path.join(folder, 'b.ts'), { eval: false })
  await eventsUntilExit(first)
  const state = new Int32Array(new SharedArrayBuffer(4))
  startLean(t, path.join(folder, 'main.ts'), { eval: false, workerData: { state } })
  t.not(Atomics.wait(state, 0, 0, 60_000), 'timed-out')
})

leanTest('a JavaScript file that requires TypeScript says what to do', async (t) => {
  const folder = folderWith(t, { 'main.js': 'require("./x.ts")', 'x.ts': '' })
  const error = await errorOf(t, startLean(t, path.join(folder, 'main.js'), { eval: false }))
  t.is(error.code, 'ERR_ISOTHREADS_LEAN_UNSUPPORTED')
  t.true(error.message.includes("unless the worker's entry is one"), error.message)
})
