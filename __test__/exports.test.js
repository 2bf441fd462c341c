'use strict'

// index.js, its named imports in ES modules, and index.d.ts have the same exports.

const fs = require('node:fs')
const path = require('node:path')
const { pathToFileURL } = require('node:url')
const test = require('ava')
const { bounded, packageRoot, nodeMajor } = require('./helpers')
const { runNode } = require('./run-process')

const it = bounded(test)
const tasks = require('../tasks')
const names = Object.keys(require('..'))
const compiler = path.join(path.dirname(require.resolve('typescript/package.json')), 'bin', 'tsc')

const inPackage = (args) => runNode(args, { cwd: packageRoot })

it('an ES module can import every export by its name', async (t) => {
  const source = `
    import * as namespace from 'isothreads'
    import threads, { ${names.join(', ')} } from 'isothreads'
    const named = { ${names.join(', ')} }
    const differ = Object.keys(threads).filter((name) => named[name] !== threads[name])
    const others = Object.keys(namespace).filter((name) => !(name in named))
    console.log(JSON.stringify({ differ, others }))
  `
  const { stdout, stderr } = await inPackage(['--input-type=module', '--eval', source])
  t.is(stderr, '')
  const { differ, others } = JSON.parse(stdout)
  t.deepEqual(differ, [])
  // Node 20 does not have markAsUncloneable: it is undefined there.
  const expected = ['default', 'markAsUncloneable', 'module.exports']
  t.deepEqual(others.filter((name) => !expected.includes(name)), [])
})

it('an ES module can import every export of isothreads-tasks by its name', async (t) => {
  const url = pathToFileURL(require.resolve('../tasks'))
  const { stdout, stderr } = await inPackage(['--input-type=module', '--eval', `
    import { library, names } from '${url}'
    console.log(library, names.length)
  `])
  t.is(stderr, '')
  t.is(stdout, `${tasks.library} ${tasks.names.length}\n`)
})

it('isothreads/register has no exports', async (t) => {
  const { stdout } = await inPackage(['--eval', "console.log(Object.keys(require('isothreads/register')).length)"])
  t.is(stdout, '0\n')
})

/**
 * The compiler's errors for types that should have these names.
 * @param {string} declared a type: all names
 * @param {string[]} actual
 */
async function compare (t, declared, actual) {
  const folder = path.join(packageRoot, 'target', 'types')
  fs.mkdirSync(folder, { recursive: true })
  const file = path.join(fs.mkdtempSync(path.join(folder, 'exports-')), 'exports.cts')
  t.teardown(() => fs.rmSync(path.dirname(file), { recursive: true }))
  fs.writeFileSync(file, `
    type Declared = ${declared}
    type Actual = ${actual.map((name) => `'${name}'`).join(' | ') || 'never'}
    export const undeclared: Record<Exclude<Actual, Declared>, never> = {}
    export const superfluous: Record<Exclude<Declared, Actual>, never> = {}
  `)
  const args = ['--ignoreConfig', '--strict', '--noEmit', '--module', 'node16', '--target', 'es2022', '--types', 'node', file]
  const { code, stdout } = await inPackage([compiler, ...args])
  return { code, stdout }
}

const agree = { code: 0, stdout: '' }

it('the types declare these exports, and no others', async (t) => {
  const declared = "keyof typeof import('isothreads')"
  const actual = nodeMajor >= 22 ? names : [...names, 'markAsUncloneable']
  t.deepEqual(await compare(t, declared, actual), agree)
  const { stdout } = await compare(t, declared, actual.map((name) => name === 'Worker' ? 'Thread' : name))
  t.regex(stdout, /Property 'Thread' is missing/)
  t.regex(stdout, /Property 'Worker' is missing/)
  t.is(stdout.split(': error TS').length, 3)
})

it('the types of the register and of isothreads-tasks have what is there', async (t) => {
  t.deepEqual(await compare(t, "keyof typeof import('isothreads/register')", []), agree)
  t.deepEqual(await compare(t, "keyof typeof import('../../../tasks')", Object.keys(tasks)), agree)
  t.deepEqual(await compare(t, "import('../../../tasks').TaskName", tasks.names), agree)
})
