'use strict'

const fs = require('node:fs')
const path = require('node:path')
const avaTest = require('ava')
const { bounded, isPeer, packageRoot } = require('./helpers')
const { runDocument } = require('../scripts/test-docs/document')

const test = isPeer ? () => {} : bounded(avaTest)
if (isPeer) avaTest('worker_threads is part of Node.js', (t) => t.pass())

const bundlers = ['esbuild', 'vite', 'webpack', 'rollup']

test('the set-ups of docs/bundlers.md make bundles that run beside the package', async (t) => {
  const bundles = []
  await runDocument(path.join(packageRoot, 'docs', 'bundlers.md'), ({ block, state, detail, folder }) => {
    t.is(state, 'ran', `line ${block.line}: ${detail}`)
    const output = path.join(folder, 'dist', bundlers[bundles.length])
    const [main, worker] = ['main.js', 'worker.js'].map((name) => fs.readFileSync(path.join(output, name), 'utf8'))
    bundles.push(output)
    t.regex(main, /^import\b.*\bfrom ?["']isothreads["']/m)
    t.true(main.includes('import.meta.url'))
    // What the program imports is in its bundle, and the package is not.
    t.false(worker.includes('./fib.js'))
    t.true(main.length < 5000, `${main.length}`)
    for (const text of [main, worker]) t.false(text.includes(folder))
  })
  t.deepEqual(bundles.map((folder) => path.basename(folder)), bundlers)
})
