'use strict'

// Runs the unchanged programs of the documents: npm run test:docs [-- document ...]

const fs = require('node:fs')
const path = require('node:path')
const { runDocument } = require('./test-docs/document')
const { root } = require('./test-docs/folder')

const allDocuments = [
  'README.md',
  ...fs.readdirSync(path.join(root, 'docs')).filter((name) => name.endsWith('.md')).map((name) => `docs/${name}`),
  'tasks/README.md',
  'sdk/README.md',
  'templates/native/README.md'
]

/** Documents that are copied into users' packages, and so must not have comments for this script. */
const notRun = {
  'templates/native/README.md': '`__test__/new-native.test.js` runs the package made from the template'
}

async function main (names) {
  const results = []
  const documents = names.length === 0 ? allDocuments : names
  for (const document of documents) {
    let begin = performance.now()
    await runDocument(path.resolve(root, document), (result) => {
      const { block: { line, language, name }, state, detail } = result
      const title = `${document}:${line} ${name ?? language}`
      const seconds = ((performance.now() - begin) / 1000).toFixed(1)
      console.log(`${state.padEnd(8)}${title}${state === 'ran' ? `, ${seconds} s` : `: ${detail}`}`)
      results.push({ document, ...result })
      begin = performance.now()
    }, { reason: notRun[document] })
  }
  console.log()
  for (const document of documents) printCounts(document, results.filter((result) => result.document === document))
  printCounts('', results)
  if (results.some(({ state }) => state === 'failed')) process.exitCode = 1
}

function printCounts (title, results) {
  const columns = ['ran', 'skipped', 'failed'].map((state) => `${results.filter((result) => result.state === state).length} ${state}`)
  console.log(title.padEnd(30) + columns.map((column) => column.padStart(12)).join(''))
}

main(process.argv.slice(2)).catch((error) => {
  console.error(error)
  process.exitCode = 1
})
