'use strict'

// The environment of a task's function besides its data: its context, also destructured, and compiler helpers in its source.

const avaTest = require('ava').default
const vm = require('node:vm')
const { bounded, isPeer, WorkerPool } = require('./helpers')
const { inline, rejection } = require('./fixtures/pool/workers-support')

const test = isPeer ? () => {} : bounded(avaTest)
if (isPeer) avaTest('worker_threads has no pool', (t) => t.pass())

function start (t, source) {
  const pool = new WorkerPool({ maxThreads: 1, ...source && { filename: inline(source) } })
  t.teardown(() => pool.destroy())
  return pool
}

test('progress, taken from the context, in several tasks at once', async (t) => {
  const pool = new WorkerPool({
    filename: inline(`export default async (n, { progress, signal }) => { progress(n); await null; progress(-n); return signal.aborted }`),
    maxThreads: 1,
    concurrentTasksPerWorker: 3
  })
  t.teardown(() => pool.destroy())
  const seen = [[], [], []]
  const results = await Promise.all(seen.map((list, n) => pool.exec(n + 1, { onProgress: (value) => list.push(value) })))
  t.deepEqual(results, [false, false, false])
  t.deepEqual(seen, [[1, -1], [2, -2], [3, -3]])
})

test('move, taken from the context', async (t) => {
  const pool = start(t, `
    let moved
    export default (_, { move }) => { moved = new ArrayBuffer(8); return { inside: [move(moved)] } }
    export const left = () => moved.byteLength
  `)
  t.is((await pool.exec()).inside[0].byteLength, 8)
  t.is(await pool.exec(undefined, { name: 'left' }), 0)
})

test('the port of the context, and its postMessage, taken apart', async (t) => {
  const pool = start(t, `export default (n, { port: { postMessage } }) => { postMessage(n); return 'done' }`)
  const seen = []
  t.is(await pool.exec(5, { onMessage: (value) => seen.push(value) }), 'done')
  t.deepEqual(seen, [5])
})

test('both ways to call them are the same function', async (t) => {
  const pool = start(t, 'export default (_, context) => { const { progress } = context; return progress === context.progress && typeof context.move }')
  t.is(await pool.exec(), 'function')
})

test('functions that esbuild has named run in tasks, with these names', async (t) => {
  const __name = (target, value) => Object.defineProperty(target, 'name', { value, configurable: true })
  const pool = start(t)
  t.is(await pool.exec((a) => {
    const twice = /* @__PURE__ */ __name((x) => x * 2, 'twice')
    return `${twice.name} ${twice(a)}`
  }, [21]), 'twice 42')
  t.is(await pool.exec(async () => {
    const later = /* @__PURE__ */ __name(async () => 'later', 'later')
    return later()
  }, []), 'later')
})

test('a name of the function\'s own is its own', async (t) => {
  const pool = start(t)
  t.is(await pool.exec(() => {
    const __name = () => 'mine'
    return __name()
  }, []), 'mine')
})

for (const [what, source] of [
  ['a helper of TypeScript', '() => __awaiter(this)'],
  ['a helper of Babel', 'async () => _asyncToGenerator(1)'],
  ['a counter of istanbul', '() => cov_1abc().s[0]++'],
  ['an import of vitest', '() => __vite_ssr_import_0__.run()']
]) {
  test(`${what} is said to be one`, async (t) => {
    const pool = start(t)
    // The test runner's own compiler leaves it alone.
    const error = await rejection(pool.exec(vm.runInThisContext(`(${source})`), []))
    t.is(error.name, 'ReferenceError')
    t.regex(error.message, /is not defined \(in a function passed to exec\(\).*A compiler or another tool seems to have inserted this name/)
  })
}

test('another undefined name is explained as before', async (t) => {
  const error = await rejection(start(t).exec(vm.runInThisContext('() => outer'), []))
  t.is(error.message, 'outer is not defined (in a function passed to exec(), which cannot use variables of its enclosing scope)')
})
