'use strict'

// Writes lib/lean/cjs-module-lexer.js: the package of that name in one file that a bare isolate can run. With --check, it only says whether
// the file is the one of the installed package.

const fs = require('node:fs')
const path = require('node:path')
const esbuild = require('esbuild')

const root = path.join(__dirname, '..')
const target = path.join(root, 'lib', 'lean', 'cjs-module-lexer.js')

function build () {
  const folder = path.join(root, 'node_modules', 'cjs-module-lexer')
  const { version } = JSON.parse(fs.readFileSync(path.join(folder, 'package.json'), 'utf8'))
  const license = fs.readFileSync(path.join(folder, 'LICENSE'), 'utf8').trim().split(/\r?\n/).map((line) => `// ${line}`.trimEnd())
  const options = { minify: true, target: 'node22', format: 'cjs' }
  const { code } = esbuild.transformSync(fs.readFileSync(path.join(folder, 'lexer.js'), 'utf8'), options)
  return `// cjs-module-lexer ${version}, written by scripts/cjs-module-lexer.js\n//\n${license.join('\n')}\n\n${code}`
}

const text = build()
if (!process.argv.includes('--check')) {
  fs.writeFileSync(target, text)
} else if (fs.readFileSync(target, 'utf8') !== text) {
  console.error('lib/lean/cjs-module-lexer.js is not that of the installed package: run `node scripts/cjs-module-lexer.js`')
  process.exitCode = 1
}
