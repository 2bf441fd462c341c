'use strict'

const fs = require('node:fs')
const os = require('node:os')
const path = require('node:path')

const root = path.join(__dirname, '..', '..')

/** Packages that the documents use, by what they resolve to. */
const packages = {
  isothreads: root,
  'isothreads-tasks': path.join(root, 'tasks'),
  ...inModules('', ['esbuild', 'rollup', 'vite', 'webpack', 'typescript', '@types'])
}

const commands = {
  isothreads: path.join(root, 'lib', 'cli', 'main.js'),
  ...inModules('.bin', ['esbuild', 'rollup', 'vite'])
}

function inModules (folder, names) {
  return Object.fromEntries(names.map((name) => [name, path.join(root, 'node_modules', folder, name)]))
}

/**
 * A folder like that of a reader of the document: this package is installed in it.
 * @param {string} document
 */
function makeFolder (document) {
  const folder = fs.realpathSync(fs.mkdtempSync(path.join(os.tmpdir(), 'isothreads-docs-')))
  fs.mkdirSync(path.join(folder, 'node_modules', '.bin'), { recursive: true })
  for (const [name, target] of Object.entries(packages)) link(target, path.join(folder, 'node_modules', name))
  for (const [name, target] of Object.entries(commands)) link(target, path.join(folder, 'node_modules', '.bin', name))
  // The files next to the document in the repository.
  const examples = path.join(path.dirname(document), 'examples')
  if (fs.existsSync(examples)) link(examples, path.join(folder, 'examples'))
  return folder
}

function link (target, file) {
  fs.symlinkSync(path.resolve(target), file, process.platform === 'win32' ? 'junction' : undefined)
}

module.exports = { makeFolder, link, root }
