'use strict'

const fs = require('node:fs')
const os = require('node:os')
const path = require('node:path')
const test = require('ava')
const { pathToFileURL } = require('node:url')
const { version } = require('../package.json')
const binary = require('../lib/node/binary')
const { runNode } = require('./run-process')

const root = path.join(__dirname, '..')
const cli = path.join(root, 'lib', 'cli', 'main.js')
const register = path.join(root, 'register.js')

/** The ways to an entry whose worker_threads are this package's. */
const ways = {
  isothreads: [cli],
  'node --require isothreads/register': ['--require', register],
  'node --import isothreads/register': ['--import', pathToFileURL(register).href]
}

test.beforeEach((t) => {
  t.timeout(120_000)
  const folder = fs.realpathSync(fs.mkdtempSync(path.join(os.tmpdir(), 'isothreads-cli-')))
  Object.assign(t.context, {
    folder,
    write (name, source) {
      fs.mkdirSync(path.dirname(path.join(folder, name)), { recursive: true })
      fs.writeFileSync(path.join(folder, name), source)
      return path.join(folder, name)
    },
    run: (way, ...args) => runNode([...way, ...args], { cwd: folder })
  })
})

test.afterEach.always((t) => {
  fs.rmSync(t.context.folder, { recursive: true, force: true })
})

/** One test for each way to an entry. */
function testEachWay (title, body) {
  for (const [name, way] of Object.entries(ways)) test(`${name}: ${title}`, (t) => body(t, (...args) => t.context.run(way, ...args)))
}

const describeEntry = `console.log(JSON.stringify({
  argv: process.argv.slice(1), isMain: require.main === module, isMainModule: process.mainModule === module, file: __filename
}))\n`

test('isothreads: a CommonJS entry sees the same as under node', async (t) => {
  const { folder, write, run } = t.context
  const file = write('entry.js', describeEntry)
  for (const request of ['entry.js', './entry', file]) {
    const args = [request, 'build', '--flag', '']
    const { code, stdout, stderr } = await run([cli], ...args)
    t.is(code, 0, stderr)
    t.deepEqual(JSON.parse(stdout), {
      argv: [path.resolve(folder, request), ...args.slice(1)], isMain: true, isMainModule: true, file
    })
    t.is(stdout, (await run([], ...args)).stdout)
  }
})

test('isothreads: an ES module entry sees the same as under node', async (t) => {
  const { write, run } = t.context
  const source = `import { createRequire } from 'node:module'
    console.log(JSON.stringify([import.meta.url, process.argv.slice(1), process.mainModule, createRequire(import.meta.url).main]))`
  write('entry.mjs', source)
  write('typed/package.json', '{ "type": "module" }')
  write('typed/entry.js', source)
  for (const request of ['entry.mjs', 'typed/entry.js']) {
    const { code, stdout, stderr } = await run([cli], request, 'a')
    t.is(code, 0, stderr)
    t.is(stdout, (await run([], request, 'a')).stdout)
  }
})

test('isothreads: worker_threads is this package\'s in the entry', async (t) => {
  const { write, run } = t.context
  write('entry.js', `const { Worker } = require('worker_threads'); console.log(Worker === require(${JSON.stringify(root)}).Worker)`)
  t.is((await run([cli], 'entry.js')).stdout, 'true\n')
})

test('isothreads: an unknown file is node\'s own error', async (t) => {
  const { folder, run } = t.context
  const { code, stderr } = await run([cli], 'absent.js')
  t.is(code, 1)
  t.true(stderr.includes(`Error: Cannot find module '${path.join(folder, 'absent.js')}'`))
  t.true(stderr.includes('code: \'MODULE_NOT_FOUND\''))
})

test('isothreads: a file called like a command runs as ./file', async (t) => {
  const { write, run } = t.context
  write('build', 'console.log("a file")')
  t.is((await run([cli], './build')).stdout, 'a file\n')
})

test('isothreads: --help, --version, bad options and no arguments at all', async (t) => {
  const { run } = t.context
  const help = await run([cli], '--help')
  t.is(help.code, 0)
  t.regex(help.stdout, /^Usage: isothreads <main\.js>/)
  t.is((await run([cli], '--version')).stdout, `v${version}\n`)

  const bad = await run([cli], '--bad', 'entry.js')
  t.is(bad.code, 9)
  t.regex(bad.stderr, /^isothreads: bad option: --bad\n/)
  t.is((await run([cli])).code, 9)
  t.is((await run([cli], 'build', '--bad')).code, 9)
})

test('isothreads: an entry\'s exit code and its uncaught error are the process\'s', async (t) => {
  const { write, run } = t.context
  write('exits.js', 'process.exit(7)')
  t.is((await run([cli], 'exits.js')).code, 7)
  write('throws.js', 'throw new TypeError("from the entry")')
  const { code, stderr } = await run([cli], 'throws.js')
  t.is(code, 1)
  t.regex(stderr, /throws\.js:1\n.*\n *\^\n\nTypeError: from the entry\n/)
})

test('isothreads doctor: reports the binaries and tools, and that the package works', async (t) => {
  const { code, stdout, stderr } = await t.context.run([cli], 'doctor')
  t.is(code, 0, stdout + stderr)
  t.true(stdout.includes(`${process.version} (ABI ${process.versions.modules})`))
  t.true(stdout.includes(`V8 ${process.versions.v8}`))
  t.true(stdout.includes(`${binary.expectedFileName()} (built from source)\n`))
  for (const name of ['the addon loads', 'a Worker starts and answers', 'a SharedArrayBuffer crosses', 'terminate ends a busy loop']) {
    t.true(stdout.includes(`ok      ${name}\n`))
  }
})

test('isothreads doctor: without a binary it fails, and says how to build it', async (t) => {
  const { folder, run } = t.context
  for (const name of ['lib', 'scripts', 'package.json', 'index.js']) {
    fs.cpSync(path.join(root, name), path.join(folder, 'package', name), { recursive: true })
  }
  fs.cpSync(path.join(root, 'node_modules', 'detect-libc'), path.join(folder, 'package', 'node_modules', 'detect-libc'), { recursive: true })
  const { code, stdout } = await run([path.join(folder, 'package', 'lib', 'cli', 'main.js')], 'doctor')
  t.is(code, 1)
  t.true(stdout.includes(`MISSING: neither ${binary.expectedFileName()} nor ${binary.expectedPackageName()}: npx isothreads build`))
  t.true(stdout.includes('FAILED  the addon loads\n'))
  t.false(stdout.includes('a Worker starts'))
})

testEachWay('a CommonJS entry may await at its top level', async (t, run) => {
  const { write } = t.context
  write('dependency.mjs', 'export default await Promise.resolve("imported")')
  write('child.js', 'exports.isMainMyParent = module.parent === require.main')
  for (const firstLine of ['', '#!/usr/bin/env node', '\uFEFF#!/usr/bin/env node', '\'use strict\'', '// a comment']) {
    const file = write('entry.js', `${firstLine}
const path = require('path')
const imported = await import('./dependency.mjs')
console.log(JSON.stringify([
  imported.default, this === module.exports, arguments.length, require.main === module, __filename, path.basename(__dirname),
  require('./child').isMainMyParent, require.resolve('./child') === module.children[0].id, process.argv.slice(2)
]))
await new Promise((resolve) => setImmediate(resolve))
console.log(new Error().stack.split('\\n')[1].trim())`)
    const { code, stdout, stderr } = await run('entry.js', 'a')
    t.is(stderr, '')
    t.is(code, 0)
    const [values, frame] = stdout.trim().split('\n')
    t.deepEqual(JSON.parse(values), [
      'imported', true, 5, true, file, path.basename(t.context.folder), true, true, ['a']
    ])
    t.is(frame, `at ${file}:9:13`)
  }
})

testEachWay('the columns of a first line with code are right', async (t, run) => {
  const file = t.context.write('entry.js', 'await 1; console.log(new Error().stack.split("\\n")[1].trim(), require.main === module)')
  const { stdout, stderr } = await run('entry.js')
  t.is(stderr, '')
  t.is(stdout, `at ${file}:1:22 true\n`)
})

testEachWay('a rejected await is an uncaught error', async (t, run) => {
  const file = t.context.write('entry.js', `process.on('unhandledRejection', () => console.log('swallowed'))
process.on('exit', (code) => console.log('exit', code))
await require('timers/promises').setImmediate()
function fail () {
  throw new RangeError('too late')
}
fail()`)
  const { code, stdout, stderr } = await run('entry.js')
  t.is(code, 1)
  t.is(stdout, 'exit 1\n')
  t.true(stderr.startsWith(`${file}:5\n  throw new RangeError('too late')\n        ^\n\nRangeError: too late\n    at fail (${file}:5:9)\n`))
})

testEachWay('an await that never settles ends the process with code 13 and a warning', async (t, run) => {
  const file = t.context.write('entry.js', `process.on('exit', (code) => require('fs').writeSync(1, 'exit ' + code))
  await new Promise(() => {})`)
  const { code, stdout, stderr } = await run('entry.js')
  t.is(code, 13)
  t.is(stdout, 'exit 13')
  t.is(stderr, `Warning: Detected unsettled top-level await at ${pathToFileURL(file)}:2\n  await new Promise(() => {})\n  ^\n\n\n\n`)
})

testEachWay('process.exit() and process.exitCode win over an await that never settles', async (t, run) => {
  const { write } = t.context
  write('exits.js', 'module; setImmediate(() => process.exit()); await new Promise(() => {})')
  write('code.js', 'module; process.exitCode = 5; await new Promise(() => {})')
  for (const [name, expected] of [['exits.js', 0], ['code.js', 5]]) {
    const { code, stderr } = await run(name)
    t.is(code, expected)
    t.is(stderr, '')
  }
})

testEachWay('a listener of beforeExit may still settle the await', async (t, run) => {
  t.context.write('entry.js', `let resume
let turns = 0
require('process').on('beforeExit', () => { if (++turns <= 3) setImmediate(() => { if (turns === 3) resume() }) })
await new Promise((resolve) => { resume = resolve })
console.log('resumed', process.exitCode)`)
  const { code, stdout, stderr } = await run('entry.js')
  t.is(stderr, '')
  t.is(stdout, 'resumed undefined\n')
  t.is(code, 0)
})

testEachWay('an entry that says in package.json or by .cjs that it is CommonJS needs no other sign of it', async (t, run) => {
  const { write } = t.context
  write('typed/package.json', '{ "type": "commonjs" }')
  write('typed/entry.js', 'await 1; console.log("awaited")')
  write('entry.cjs', 'await 1; console.log("awaited")')
  for (const name of ['typed/entry.js', 'entry.cjs']) t.is((await run(name)).stdout, 'awaited\n')
})

testEachWay('entries that Node.js can run are left to it', async (t, run) => {
  const { write } = t.context
  write('module.mjs', 'await 1; console.log(typeof require)')
  write('typed/package.json', '{ "type": "module" }')
  write('typed/entry.js', 'await 1; console.log(typeof require)')
  write('created.js', 'import { createRequire } from "module"\nconst require = createRequire(import.meta.url)\nawait 1\nconsole.log(this)')
  write('mention.js', '// require is named here,\nawait "and module there"\nconsole.log(this)')
  write('name.js', 'var await = 1; console.log(typeof require, await)')
  const expected = {
    'module.mjs': 'undefined', 'typed/entry.js': 'undefined', 'created.js': 'undefined', 'mention.js': 'undefined', 'name.js': 'function 1'
  }
  for (const [name, line] of Object.entries(expected)) t.is((await run(name)).stdout, `${line}\n`, name)
})

/** The kind of a file by the names in it: sources whose first `await` makes Node.js check. */
const signsOfCommonJs = {
  'in a template': 'await 1; console.log(`${typeof require("path").join}`)',
  'between a quote in a regular expression and another': 'await 1; console.log(/"/.test(typeof require + \'"\'))',
  'between what looks like the ends of a comment': 'await 1; console.log(/[/*]/.test(typeof module), "*/")',
  'after a division': 'const a = await 4; console.log(a / 2 / require("os").EOL.length, "/")',
  'in an object, by its name alone': 'await 1; console.log(Object.keys({ require }))',
  'spread': 'await 1; console.log([...Object.keys(module)].includes("exports"))',
  'behind a hashbang': '#!/usr/bin/env node\nawait 1; console.log(typeof __filename)',
  'behind a byte order mark': '\uFEFFawait 1; console.log(typeof __dirname)'
}

/** Node.js takes these for ES modules, in which `this` is undefined. */
const noSignsOfCommonJs = {
  'in a string, a comment and a regular expression': 'await "require" /* module */; /exports/.test("") // __filename',
  'in the text of a template': 'await 1; `require ${1} module`',
  'in a regular expression with a quote': 'await 1; /["require]/.test("")',
  'in a comment behind a regular expression': 'await 1; /[/]"/.test("") // "require"',
  'as a property': 'await 1; const a = { require: 1, module () {} }; a.require + a?.exports + a\n.module; class A { #module = a; static require = 1 }',
  'as part of another name': 'const $require = await 1, requireAll = 2, _module = 3; $require + requireAll + _module',
  'beside import.meta': 'await 1; (() => require); import.meta.url',
  'in a hashbang': '#!/usr/bin/env -S node --require module\nawait 1',
  'as a variable of its own': 'const { createRequire: require } = await import("node:module"); require("/a")("node:path")'
}

testEachWay('a variable of CommonJS is seen in code', async (t, run) => {
  for (const [where, source] of Object.entries(signsOfCommonJs)) {
    t.context.write('entry.js', `${source}\nconsole.log(this === module.exports)`)
    const { stdout, stderr } = await run('entry.js')
    t.is(stderr, '', where)
    t.true(stdout.endsWith('\ntrue\n'), where)
  }
})

testEachWay('a variable of CommonJS is seen in nothing else', async (t, run) => {
  for (const [where, source] of Object.entries(noSignsOfCommonJs)) {
    t.context.write('entry.js', `${source}\nconsole.log(this)`)
    const { stdout, stderr } = await run('entry.js')
    t.is(stderr, '', where)
    t.is(stdout, 'undefined\n', where)
  }
})

testEachWay('an entry that is wrong in another way stays a SyntaxError', async (t, run) => {
  t.context.write('entry.js', 'require("path")\nawait 1\n}); (() => {\nconsole.log("ran")')
  const { code, stdout, stderr } = await run('entry.js')
  t.is(code, 1)
  t.is(stdout, '')
  t.regex(stderr, /SyntaxError: /)
})
