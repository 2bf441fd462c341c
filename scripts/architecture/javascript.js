'use strict'

// The lib world: an arrow is a require() of another file.

const fs = require('node:fs')
const path = require('node:path')
const { Linter } = require('eslint')

// ESLint parses the file, and this rule of its own tells what it requires.
const linter = new Linter()
const config = {
  languageOptions: { ecmaVersion: 2023, sourceType: 'commonjs' },
  linterOptions: { noInlineConfig: true },
  plugins: {
    architecture: {
      rules: {
        requires: {
          create: (context) => ({
            'CallExpression[callee.name="require"] > Literal.arguments' (node) { context.report({ node, message: String(node.value) }) }
          })
        }
      }
    }
  },
  rules: { 'architecture/requires': 'error' }
}

function requiresOf (file, text) {
  return linter.verify(text, [config], { filename: 'file.js' }).map(({ fatal, line, message }) => {
    if (fatal) throw new Error(`${file}:${line}: ${message}`)
    return { id: message, line }
  })
}

/**
 * @param {string} root
 * @param {Iterable<string>} floors folders and files of lib/
 */
function readJavaScript (root, floors) {
  const lib = path.join(root, 'lib')
  const names = [...floors].sort((a, b) => b.length - a.length)
  // The nearest folder that is a floor; when none is, the one below lib/.
  const floorOf = (file) => names.find((name) => file === `${name}.js` || file.startsWith(`${name}/`)) ?? file.split('/')[0].replace(/\.js$/, '')
  return fs.readdirSync(lib, { recursive: true }).map((file) => file.replaceAll(path.sep, '/')).filter((file) => file.endsWith('.js'))
    .map((file) => {
      const arrows = requiresOf(`lib/${file}`, fs.readFileSync(path.join(lib, file), 'utf8'))
        .filter(({ id }) => id.startsWith('.'))
        .map(({ id, line }) => {
          const target = `${path.posix.join(path.posix.dirname(file), id.replace(/\.js$/, ''))}.js`
          return target.startsWith('..') ? { to: 'outside', line } : { to: floorOf(target), file: `lib/${target}`, line }
        })
      return { floor: floorOf(file), file: `lib/${file}`, arrows }
    })
}

module.exports = { readJavaScript }
