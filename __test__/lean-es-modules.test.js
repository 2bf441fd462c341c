'use strict'

const fs = require('node:fs')
const os = require('node:os')
const path = require('node:path')
const { Worker: NodeWorker } = require('node:worker_threads')
const { WorkerPool, eventsUntilExit, nodeMajor } = require('./helpers')
const { leanTest: test, startLean } = require('./lean-helpers')

/** A folder with these files, whose contents are text, or a value for JSON. */
function folderWith (t, files) {
  const folder = fs.realpathSync(fs.mkdtempSync(path.join(os.tmpdir(), 'lean-es-')))
  t.teardown(() => fs.rmSync(folder, { recursive: true }))
  for (const [name, content] of Object.entries(files)) {
    const file = path.join(folder, name)
    fs.mkdirSync(path.dirname(file), { recursive: true })
    fs.writeFileSync(file, typeof content === 'string' || content instanceof Uint8Array ? content : JSON.stringify(content))
  }
  return folder
}

const shown = (value) => value instanceof Error ? [value.name, value.code, value.message] : value

/** The events of a lean worker and of Node's own for the same entry. */
async function both (t, files, entry, options) {
  const folder = folderWith(t, files)
  const file = entry instanceof URL ? entry : path.join(folder, entry)
  const [lean, node] = await Promise.all([
    startLean(t, file, { eval: false, ...options }),
    new NodeWorker(file, { stderr: true, ...options })
  ].map(eventsUntilExit))
  return { folder, lean, node }
}

/** What both do, which must be the same: messages, error and exit code. */
async function same (t, files, entry = 'main.mjs', options = undefined) {
  const { lean, node, folder } = await both(t, files, entry, options)
  const [found, expected] = [lean, node].map((events) => events.filter(([name]) => name !== 'online').map(([name, value]) => [name, shown(value)]))
  t.deepEqual(found, expected)
  return { found, lean, node, folder }
}

const post = 'import { parentPort } from "node:worker_threads"; const post = (value) => parentPort.postMessage(value);'
const codes = `const code = async (run) => { try { return await run() } catch (error) { return [error.name, error.code, error.message.split('\\n')[0]] } };`

test('static and dynamic imports, live bindings, re-exports and import.meta are those of Node', async (t) => {
  await same(t, {
    'main.mjs': `${post}
      import standard, { count, increment } from './lib/b.mjs'
      import * as all from './lib/all.mjs'
      const before = count
      increment()
      const { x } = await import('./lib/all.mjs')
      const { dirname, filename, url } = import.meta
      post([standard, before, count, Object.keys(all), all[Symbol.toStringTag], x, dirname, filename, url, import.meta.resolve('./absent.js'),
        import.meta.resolve('./lib/b.mjs?q=1#h'), typeof require, typeof module, this === undefined])`,
    'lib/b.mjs': 'export let count = 0; export const increment = () => count++; export default function named () {} ; export { named as "a name" }'
      .replace('function named () {} ', '(class {}).name'.replace('(class {}).name', '"standard"')).replace('; export { named as "a name" }', ''),
    'lib/all.mjs': "export * from './b.mjs'; export * as b from './b.mjs'; export const x = import.meta.url.slice(-11)"
  })
})

for (const [kind, files, entry] of [
  ['an .mjs file', { 'main.mjs': `${post} post(import.meta.url.length > 0)` }, 'main.mjs'],
  ['a file of a package of type module', { 'package.json': { type: 'module' }, 'main.js': `${post} post(typeof require)` }, 'main.js'],
  ['a .cjs file of a package of type module', { 'package.json': { type: 'module' }, 'main.cjs': 'require("worker_threads").parentPort.postMessage(typeof require)' }, 'main.cjs'],
  ['a file without a type that has import', { 'main.js': `${post} post(typeof require)` }, 'main.js'],
  ['a file without a type that has export', { 'main.js': 'export const a = 1; (await import("worker_threads")).parentPort.postMessage(typeof module)' }, 'main.js'],
  ['a file without a type that has await', { 'main.js': 'const { parentPort } = await import("worker_threads"); parentPort.postMessage(typeof module)' }, 'main.js'],
  ['a file without a type that has await in a call', { 'main.js': 'Object(await 1); const { parentPort } = await import("worker_threads"); parentPort.postMessage(typeof module)' }, 'main.js'],
  ['a file without a type that declares require', { 'main.js': 'const require = 1; const { parentPort } = await import("worker_threads"); parentPort.postMessage(require)' }, 'main.js'],
  ['a file of type commonjs that has import', { 'package.json': { type: 'commonjs' }, 'main.js': post }, 'main.js'],
  ['a file with an error in its syntax', { 'main.js': 'const a = await' }, 'main.js'],
  ['a file without an extension', { 'package.json': { type: 'module' }, main: `${post} post(typeof require)` }, 'main']
]) {
  test(`an entry is what Node takes it for: ${kind}`, async (t) => {
    await same(t, files, entry)
  })
}

test('source text with the syntax of ES modules is one', async (t) => {
  const code = `import { parentPort } from 'worker_threads'; parentPort.postMessage([typeof require, import.meta.url.slice(0, 8)]); await 1`
  const worker = startLean(t, code)
  t.deepEqual((await eventsUntilExit(worker)).slice(1), [['message', ['undefined', 'file:///']], ['exit', 0]])
})

test('a data: URL is an entry, and can be imported', async (t) => {
  const inner = `data:application/json,${encodeURIComponent('{"a":"\u00e4"}')}`
  const code = `${post} import value from '${inner}' with { type: 'json' }; import { b } from 'data:text/javascript;base64,${btoa('export const b = "\\u00e9"')}'
    post([value, b, Object.keys(import.meta).sort().join().replace('main,', ''), await import('./x.js').catch((error) => error.code)])`
  await same(t, {}, new URL(`data:text/javascript,${encodeURIComponent(code)}`))
})

test('CommonJS modules give a default export and the names that their text has', async (t) => {
  await same(t, {
    'main.mjs': `${post}
      import whole, { a, b, fromOther } from './c.cjs'
      import * as namespace from './c.cjs'
      import json from './j.json' with { type: 'json' }
      import { createRequire } from './require.cjs'
      import * as transpiled from './transpiled.cjs'
      post([whole.a, a, b, fromOther, Object.keys(namespace).filter((name) => name !== 'module.exports'), json, createRequire('./j.json') === json,
        Object.keys(transpiled).filter((name) => name !== 'module.exports'), typeof transpiled.default, (await import('./function.cjs')).default(1)])`,
    'c.cjs': 'exports.a = 1; Object.defineProperty(exports, "b", { enumerable: true, value: 2 }); if (false) exports.never = 1; Object.assign(exports, require("./other.cjs")); module.exports = { ...exports, ...require("./other.cjs") }',
    'other.cjs': 'exports.fromOther = 3',
    'require.cjs': 'exports.createRequire = require',
    'transpiled.cjs': 'Object.defineProperty(exports, "__esModule", { value: true }); exports.default = class {}; exports.named = 1',
    'function.cjs': 'module.exports = (n) => n + 1',
    'j.json': { json: [1] }
  })
})

test('require() gives the namespace of an ES module without a top-level await', async (t) => {
  await same(t, {
    'main.cjs': `
      const { parentPort } = require('worker_threads')
      const code = (run) => { try { return run() } catch (error) { return [error.name, error.code] } }
      const plain = require('./plain.mjs')
      const standard = require('./standard.mjs')
      import('./plain.mjs').then((imported) => parentPort.postMessage([
        Object.keys(plain), plain === require('./plain.mjs'), imported === plain, Object.keys(standard), standard.default, standard.__esModule,
        require('./whole.mjs'), code(() => require('./awaits.mjs')), code(() => require('./imports-awaits.mjs')), code(() => require('./throws.mjs')),
        code(() => require('./throws.mjs')), code(() => require('./broken.mjs')), require('./detected').a
      ]))`,
    'plain.mjs': 'export const a = 1; export * from "./standard.mjs"',
    'standard.mjs': 'export default 2; export const b = 3',
    'whole.mjs': 'const whole = [4]; export { whole as "module.exports" }',
    'awaits.mjs': 'await 1',
    'imports-awaits.mjs': 'import "./awaits.mjs"',
    'throws.mjs': 'throw new TypeError("thrown")',
    'broken.mjs': 'import { absent } from "./plain.mjs"',
    'detected.js': 'export const a = 5'
  }, 'main.cjs')
})

test('circles of both kinds of modules do what they do in Node', async (t) => {
  await same(t, {
    'main.mjs': `${post}
      import { a, seen } from './a.mjs'
      post([a(), seen, await import('./c.cjs').then((c) => c.default.code), await import('./e.cjs').then((e) => e.default.code)])`,
    'a.mjs': 'import { b } from "./b.mjs"; export function a () { return b }; export const seen = b',
    'b.mjs': 'import { a } from "./a.mjs"; export const b = typeof a',
    'c.cjs': 'try { require("./d.mjs") } catch (error) { exports.code = error.code }',
    'd.mjs': 'import "./c.cjs"',
    'e.cjs': 'try { require("./f.mjs") } catch (error) { exports.code = error.code }',
    'f.mjs': 'import "./g.cjs"',
    'g.cjs': 'exports.g = require("./e.cjs")'
  })
})

for (const [kind, specifier] of [
  ['an absent file', './absent.mjs'],
  ['a file without its extension', './plain'],
  ['a folder', './folder'],
  ['an absent package', 'absent'],
  ['an absent file of a package', '@scope/absent/x.js'],
  ['what a package does not export', 'closed/hidden.js'],
  ['an absent name of the package', '#absent'],
  ['an unknown scheme', 'https://example.com/x.js'],
  ['an encoded slash', './a%2fb.mjs'],
  ['an unknown extension', './x.unknown'],
  ['JSON without its type', './x.json'],
  ['an error in the syntax', './syntax.mjs'],
  ['an error in JSON', './wrong.json\', { with: { type: \'json\' } }, \''],
  ['JavaScript with the type of JSON', './plain.mjs\', { with: { type: \'json\' } }, \''],
  ['an unknown type', './plain.mjs\', { with: { type: \'css\' } }, \''],
  ['an unknown attribute', './plain.mjs\', { with: { other: \'x\' } }, \''],
  ['a name that is not exported', './imports-absent.mjs'],
  ['a module that throws', './throws.mjs'],
  ['a name of CommonJS', './requires.mjs']
]) {
  test(`an import of ${kind} fails as in Node`, async (t) => {
    const { found } = await same(t, {
      'main.mjs': `${post} ${codes} post(await code(() => import('${specifier}')))`,
      'plain.mjs': 'export const a = 1',
      'folder/index.js': '',
      'x.unknown': '',
      'x.json': {},
      'wrong.json': '{',
      'syntax.mjs': 'export const = 1',
      'imports-absent.mjs': 'import { absent } from "./plain.mjs"',
      'c.cjs': 'module.exports = {}',
      'throws.mjs': 'throw new RangeError("thrown")',
      'requires.mjs': 'require("./c.cjs")',
      'package.json': { name: 'x', imports: { '#other': './plain.mjs' } },
      'node_modules/closed/package.json': { exports: { '.': './index.js' } }
    })
    t.true(Array.isArray(found[0][1]), JSON.stringify(found))
  })
}

for (const [kind, code] of Object.entries({
  'throws': 'throw new TypeError("thrown")',
  'throws later': 'await 1; throw new TypeError("thrown")',
  'throws a string': 'throw "thrown"',
  'never settles': 'await new Promise(() => {})',
  'exports a name twice': 'export const a = 1, b = 2; export { b as a }',
  'imports a name that is not there': 'import { absent } from "./plain.mjs"',
  'imports a module that is not there': 'import "./absent.mjs"',
  'rejects a promise': 'Promise.reject(new Error("rejected"))'
})) {
  test(`an entry that ${kind} ends as in Node`, async (t) => {
    const { lean, node, found } = await same(t, { 'main.mjs': code, 'plain.mjs': '' })
    if (!found.some(([name, error]) => name === 'error' && Array.isArray(error))) return
    const [first, expected] = [lean, node].map((events) => events.find(([name]) => name === 'error')[1].stack.split('\n').filter((line) => !line.startsWith('    at')))
    // Node keeps the line of other syntax errors beside the stack.
    if (!kind.includes('twice')) t.deepEqual(first, expected)
  })
}

test('a missing name of a CommonJS module is explained, as on Node\'s main thread', async (t) => {
  const folder = folderWith(t, { 'main.mjs': "import { absent as other } from './c.cjs'", 'c.cjs': '' })
  const events = await eventsUntilExit(startLean(t, path.join(folder, 'main.mjs'), { eval: false }))
  const { message, stack } = events[1][1]
  t.is(message, "Named export 'absent' not found. The requested module './c.cjs' is a CommonJS module, which may not support all module.exports as " +
  'named exports.\nCommonJS modules can always be imported via the default export, for example using:\n\n' +
  "import pkg from './c.cjs';\nconst { absent: other } = pkg;\n")
  t.true(stack.startsWith(`file://${folder}/main.mjs:1\nimport { absent as other } from './c.cjs'\n`), stack)
})

test('stacks have the URLs of files', async (t) => {
  const { folder, lean } = await both(t, { 'main.mjs': '\nthrow new Error("thrown")' }, 'main.mjs')
  t.true(lean.find(([name]) => name === 'error')[1].stack.includes(`file://${folder}/main.mjs:2:7`))
})

test('packages are found with the conditions of import, and with those of require', async (t) => {
  await same(t, {
    'package.json': { name: 'self', exports: './self.mjs', imports: { '#inner': './inner.mjs' } },
    'main.mjs': `${post}
      import { kind } from 'dual'
      import required from './requires.cjs'
      import sub from 'dual/sub'
      import main from 'with-main'
      import { self } from 'self'
      import { inner } from '#inner'
      import * as deep from 'with-main/lib/deep.js'
      post([kind, required, sub, main, self, inner, deep.default, await import('with-main/lib/deep').catch((error) => error.code),
        import.meta.resolve('dual').slice(-8), typeof (await import('isothreads')).MessageChannel])`
      .replace(", typeof (await import('isothreads')).MessageChannel", ''),
    'self.mjs': 'export const self = "self"',
    'inner.mjs': 'export const inner = "inner"',
    'requires.cjs': 'module.exports = require("dual").kind',
    'node_modules/dual/package.json': { exports: { '.': { import: './i.mjs', require: './r.cjs' }, './sub': { node: './sub.js' } } },
    'node_modules/dual/i.mjs': 'export const kind = "import"',
    'node_modules/dual/r.cjs': 'exports.kind = "require"',
    'node_modules/dual/sub.js': 'module.exports = "sub"',
    'node_modules/with-main/package.json': { main: './lib/main' },
    'node_modules/with-main/lib/main.js': 'module.exports = "main"',
    'node_modules/with-main/lib/deep.js': 'module.exports = "deep"'
  })
})

test('URLs with a query are modules of their own; other names of a file are not', async (t) => {
  await same(t, {
    'main.mjs': `${post}
      import { n as a } from './n.mjs?1'
      import { n as b } from './n.mjs?2'
      import { n as c } from './n.mjs'
      import { n as d } from '././folder/../n.mjs'
      import { n as e } from './%6e.mjs'
      import './a b#c.cjs'.replace
      post([a === b, c === a, c === d, c === e])`.replace("import './a b#c.cjs'.replace\n", '')
      .replace('post([', "const { x } = (await import(new URL('a%20b%23c.mjs', import.meta.url))); post([x, ".replace("new URL('a%20b%23c.mjs', import.meta.url)", "'./a%20b%23c.mjs'")),
    'n.mjs': 'export const n = {}',
    'folder/x': '',
    'a b#c.mjs': 'export const x = import.meta.url.slice(-15) + import.meta.filename.slice(-9)'
  })
})

test('import() works in CommonJS, in eval and in new Function, relative to the file', async (t) => {
  await same(t, {
    'main.cjs': `
      const { parentPort } = require('worker_threads')
      const { indirect } = require('./folder/c.cjs')
      Promise.all([import('./x.mjs'), indirect(), eval("import('./x.mjs')"), (0, eval)("import('./x.mjs')"), new Function("return import('./x.mjs')")()])
        .then((all) => parentPort.postMessage(all.map(({ x }) => x)))`,
    'x.mjs': 'export const x = import.meta.url.slice(-12)',
    'folder/x.mjs': 'export const x = import.meta.url.slice(-12)',
    'folder/c.cjs': 'exports.indirect = () => eval("import(\'./x.mjs\')")'
  }, 'main.cjs')
})

test('a module runs after the task that imports it, and once', async (t) => {
  await same(t, {
    'main.mjs': `${post}
      globalThis.log = []
      const all = [import('./a.mjs'), import('./a.mjs')]
      log.push('after import()')
      queueMicrotask(() => log.push('microtask'))
      const [a, b] = await Promise.all(all)
      log.push(a === b)
      post(log.filter((entry) => entry !== 'microtask'))`,
    'a.mjs': "import './b.mjs'; log.push('a'); await 1; log.push('a later')",
    'b.mjs': "log.push('b')"
  })
})

test('no import reaches a file outside of the module roots', async (t) => {
  const folder = folderWith(t, {
    'secret.mjs': 'export default "secret"',
    'secret.cjs': 'module.exports = "secret"',
    'secret.json': {},
    'src/package.json': { imports: { '#out': '../secret.mjs' } },
    'src/main.mjs': `${post}
      const found = []
      for (const specifier of ['../secret.mjs', './link.mjs', './linked/secret.mjs', '/..' + import.meta.dirname.slice(0, -3) + 'secret.mjs', '../absent.mjs', '#out',
        new URLOf('../secret.mjs'), '../secret.cjs', '../secret.json']) {
        found.push(await import(specifier, specifier.endsWith('.json') ? { with: { type: 'json' } } : {}).then(({ default: value }) => value, (error) => error.code))
      }
      post(found)
      function URLOf (relative) { return new String(import.meta.resolve('./main.mjs').replace('src/main.mjs', relative.slice(3))) }`.replace('new URLOf(', 'String(URLOf(').replace("mjs'),", "mjs')),").replace('return new String(', 'return (')
  })
  fs.symlinkSync(path.join(folder, 'secret.mjs'), path.join(folder, 'src', 'link.mjs'))
  fs.symlinkSync(folder, path.join(folder, 'src', 'linked'))
  const refused = 'ERR_ISOTHREADS_OUTSIDE_MODULE_ROOTS'
  const events = await eventsUntilExit(startLean(t, path.join(folder, 'src', 'main.mjs'), { eval: false }))
  const codes = events[1][1]
  t.deepEqual(codes, [refused, refused, refused, refused, refused, codes[5], refused, refused, refused])
  t.regex(codes[5], /^ERR_/)
})

test('the API of this package and of worker_threads is imported by name', async (t) => {
  const folder = folderWith(t, {
    'main.mjs': `
      import api, { parentPort, workerData, MessageChannel, Mutex } from 'isothreads'
      import threads, { threadId } from 'worker_threads'
      import * as namespace from 'node:worker_threads'
      import host from './required.cjs'
      parentPort.postMessage([api === threads, api === host, workerData, threadId === api.threadId, typeof MessageChannel, typeof Mutex, namespace.parentPort === parentPort])`,
    'required.cjs': 'module.exports = require("isothreads")'
  })
  const events = await eventsUntilExit(startLean(t, path.join(folder, 'main.mjs'), { eval: false, workerData: 7 }))
  t.deepEqual(events[1], ['message', [true, true, 7, true, 'function', 'function', true]])
})

// (module (import "./env.mjs" "log" (func (param i32))) (func (export "add") (param i32 i32) (result i32)
//   local.get 0 call 0 local.get 0 local.get 1 i32.add) (global (export "g") i32 (i32.const 7)))
const wasm = new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0, 1, 11, 2, 96, 1, 127, 0, 96, 2, 127, 127, 1, 127, 2, 17, 1, 9, 46, 47, 101, 110, 118, 46, 109, 106, 115, 3, 108, 111, 103, 0, 0, 3, 2,
  1, 1, 6, 6, 1, 127, 0, 65, 7, 11, 7, 11, 2, 3, 97, 100, 100, 0, 1, 1, 103, 3, 0, 10, 13, 1, 11, 0, 32, 0, 16, 0, 32, 0, 32, 1, 106, 11])

test('WebAssembly is imported as in Node: instances, and compiled modules', async (t) => {
  await same(t, {
    'main.mjs': `${post} ${codes}
      import { add, g } from './add.wasm'
      import * as again from './add.wasm'
      import { logged } from './env.mjs'
      post([add(1, 2), g, logged, Object.keys(again), await code(() => import('./wrong.wasm')), Object.keys(import.meta).includes('initialize')])`,
    'env.mjs': 'export const logged = []; export const log = (n) => { logged.push(n) }',
    'add.wasm': wasm,
    'wrong.wasm': new Uint8Array([0, 1, 2])
  })
})

if (nodeMajor >= 24) {
  test('import source gives a compiled module', async (t) => {
    await same(t, {
      'main.mjs': `${post} ${codes}
        import source add from './add.wasm'
        post([add instanceof WebAssembly.Module, add === await import.source('./add.wasm'), await code(() => import.source('./env.mjs'))])`,
      'env.mjs': '',
      'add.wasm': wasm
    })
  })
}

test('WebAssembly compiles and instantiates in the background, and a promise for it is kept', async (t) => {
  const folder = folderWith(t, {
    'main.mjs': `${post}
      const bytes = new Uint8Array([${wasm}])
      const module = await WebAssembly.compile(bytes)
      const { instance } = await WebAssembly.instantiate(bytes, { './env.mjs': { log () {} } })
      post([module instanceof WebAssembly.Module, instance.exports.add(1, 2), await WebAssembly.compile(new Uint8Array(8)).catch((error) => error.name)])`
  })
  const events = await eventsUntilExit(startLean(t, path.join(folder, 'main.mjs'), { eval: false }))
  t.deepEqual(events.slice(1), [['message', [true, 3, 'CompileError']], ['exit', 0]])
})

test('require() of a .wasm file fails as in Node', async (t) => {
  await same(t, { 'main.cjs': 'require("./add.wasm")', 'add.wasm': wasm }, 'main.cjs')
})

test('importScripts() runs scripts in the global scope, relative to the worker\'s file and below the module roots', async (t) => {
  const folder = folderWith(t, {
    'outside.js': '',
    'src/main.js': `
      importScripts('./one.js', 'lib/two.js')
      const code = (url) => { try { importScripts(url) } catch (error) { return error.code ?? error.name } }
      postMessage([one, two, both(), ['../outside.js', './absent.js', './wrong.js', './throws.js'].map(code)])`,
    'src/one.js': 'var one = 1; const both = () => [one, two]',
    'src/lib/two.js': 'function two () {} ; two = one + 1',
    'src/wrong.js': 'var = 1',
    'src/throws.js': 'throw new RangeError("thrown")',
    'src/module.mjs': 'try { importScripts("./one.js") } catch (error) { postMessage(error.name) }'
  })
  const started = (name) => eventsUntilExit(startLean(t, path.join(folder, 'src', name), { eval: false }))
  t.deepEqual((await started('main.js'))[1], ['message', [1, 2, [1, 2], ['ERR_ISOTHREADS_OUTSIDE_MODULE_ROOTS', 'MODULE_NOT_FOUND', 'SyntaxError', 'RangeError']]])
  t.deepEqual((await started('module.mjs'))[1], ['message', 'TypeError'])
})

test('terminate() ends an endless module, and one that waits', async (t) => {
  for (const code of ['for (;;);', 'await new Promise((resolve) => setTimeout(resolve, 1e6))', 'const again = async () => { for (;;) await import("./x.mjs?" + Math.random()) }; await again()']) {
    const folder = folderWith(t, { 'main.mjs': `${post} post(0); ${code}`, 'x.mjs': '' })
    const worker = startLean(t, path.join(folder, 'main.mjs'), { eval: false })
    const events = eventsUntilExit(worker)
    await new Promise((resolve) => worker.once('message', resolve))
    t.is(await worker.terminate(), 1)
    t.deepEqual(await events, [['online'], ['message', 0], ['exit', 1]])
  }
})

test('the workers of a pool take an ES module, and functions that are passed to it import from the first module root', async (t) => {
  const folder = folderWith(t, {
    'tasks.mjs': "import { one } from './one.mjs'; await 1; export default (n) => n + one; export const twice = (n) => 2 * n",
    'one.mjs': 'export const one = 1',
    'broken.mjs': "import './absent.mjs'"
  })
  const pool = new WorkerPool({ runtime: 'lean', filename: path.join(folder, 'tasks.mjs'), maxThreads: 1 })
  t.deepEqual([await pool.run(4), await pool.run(4, { name: 'twice' })], [5, 8])
  await pool.close()
  const broken = new WorkerPool({ runtime: 'lean', filename: path.join(folder, 'broken.mjs'), maxThreads: 1 })
  await t.throwsAsync(broken.run(1), { code: 'ERR_MODULE_NOT_FOUND' })
  await broken.close()
  const functions = new WorkerPool({ runtime: 'lean', moduleRoots: [folder], maxThreads: 1 })
  t.is(await functions.exec(async () => (await import('./one.mjs')).one), 1)
  await functions.close()
})

test('modules load in a program that has changed the built-ins', async (t) => {
  const folder = folderWith(t, {
    'main.mjs': `
      const { parentPort } = await import('node:worker_threads')
      const fail = () => { throw new Error('called') }
      Object.defineProperty(Object.prototype, 'url', { set: fail, configurable: true })
      Object.defineProperty(Array.prototype, '0', { set: fail, configurable: true })
      Array.prototype[Symbol.iterator] = Promise.prototype.then = fail
      String.prototype.slice = String.prototype.startsWith = RegExp.prototype.exec = fail
      const a = await import('./a.mjs')
      const c = await import('./c.cjs')
      const { default: json } = await import('./j.json', { with: { type: 'json' } })
      parentPort.postMessage(a.b + c.default.c + json.j)`,
    'a.mjs': "export { b } from './b.mjs'",
    'b.mjs': 'export const b = 1',
    'c.cjs': 'exports.c = require("./d.mjs").d',
    'd.mjs': 'export const d = 10',
    'j.json': { j: 100 }
  })
  t.deepEqual((await eventsUntilExit(startLean(t, path.join(folder, 'main.mjs'), { eval: false }))).slice(1), [['message', 111], ['exit', 0]])
})

test('the hundredth worker of an ES module gives what the first one gave', async (t) => {
  const folder = folderWith(t, {
    'main.mjs': `${post} import { f } from './f.mjs'; import { g } from './g.cjs'; parentPort.once('message', (n) => post(f(n) + g(n)))`,
    'f.mjs': 'export function f (n) { return n < 2 ? n : f(n - 1) + f(n - 2) }',
    'g.cjs': 'exports.g = function g (n) { return n }'
  })
  const results = new Set()
  for (let n = 0; n < 10; n++) {
    const worker = startLean(t, path.join(folder, 'main.mjs'), { eval: false })
    worker.postMessage(20)
    results.add(JSON.stringify(await eventsUntilExit(worker)))
    if (n === 5) fs.writeFileSync(path.join(folder, 'g.cjs'), 'exports.g = function g (n) { return 7 }')
  }
  t.deepEqual([...results].map((events) => JSON.parse(events)[1]), [['message', 6785], ['message', 6772]])
})
