'use strict'

const fs = require('node:fs')
const path = require('node:path')
const { root } = require('./folder')
const { run } = require('./process')

const timeout = 2 * 60_000
const compilerOptions = {
  strict: true,
  noEmit: true,
  target: 'es2023',
  module: 'nodenext',
  moduleDetection: 'force',
  types: ['node'],
  skipLibCheck: true,
  // Worker files whose types a program imports.
  allowJs: true
}

/**
 * Type-checks a file of a document.
 * @param {string} folder
 * @param {string} file
 */
function checkTypes (folder, file) {
  fs.writeFileSync(path.join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions, files: [file] }))
  return run(process.execPath, [path.join(root, 'node_modules', 'typescript', 'bin', 'tsc'), '--project', folder], { cwd: folder, timeout })
}

module.exports = { checkTypes }
