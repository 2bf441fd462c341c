'use strict'

const fs = require('node:fs')
const os = require('node:os')
const path = require('node:path')
const { once } = require('node:events')
const { errorOf, nextMessage } = require('./helpers')
const { leanTest: test, startLean } = require('./lean-helpers')

/** A folder with these files, whose contents are text, or a value for JSON. */
function folderWith (t, files) {
  const folder = fs.realpathSync(fs.mkdtempSync(path.join(os.tmpdir(), 'lean-')))
  t.teardown(() => fs.rmSync(folder, { recursive: true }))
  for (const [name, content] of Object.entries(files)) {
    const file = path.join(folder, name)
    fs.mkdirSync(path.dirname(file), { recursive: true })
    fs.writeFileSync(file, typeof content === 'string' ? content : JSON.stringify(content))
  }
  return folder
}

/** What the worker of the file src/worker.js posts. */
async function posted (t, files, options) {
  const folder = folderWith(t, files)
  const worker = startLean(t, path.join(folder, 'src', 'worker.js'), { eval: false, ...options })
  return { folder, message: await nextMessage(worker) }
}

test('files, folders, JSON and circles are required as in Node', async (t) => {
  const { folder, message } = await posted(t, {
    'src/worker.js': `
      const a = require('./a')
      postMessage([a.name, a.b.sawA, require('./folder'), require('./data'), require('./a.js') === a, require.main === module,
        __filename, __dirname, module.id, require.resolve('./data.json'), module.children.length])
    `,
    'src/a.js': '#!/usr/bin/env node\nexports.name = "a"; exports.b = require("./b.cjs")',
    'src/b.cjs': 'exports.sawA = require("./a").name',
    'src/folder/index.js': 'module.exports = "index of " + require("path-like")',
    'src/folder/node_modules/path-like/index.js': 'module.exports = "a package"',
    'src/data.json': { json: [1] }
  })
  const file = path.join(folder, 'src', 'worker.js')
  t.deepEqual(message, ['a', 'a', 'index of a package', { json: [1] }, true, true,
    file, path.dirname(file), '.', path.join(folder, 'src', 'data.json'), 3])
})

test('packages are found by Node\'s rules: main, exports, conditions, imports, folders above', async (t) => {
  const { message } = await posted(t, {
    'package.json': { name: 'self', imports: { '#inner': './src/inner.js' } },
    'src/worker.js': `
      const code = (request) => { try { return require(request) } catch (error) { return error.code } }
      postMessage(['with-main', 'with-exports', 'with-exports/sub', '@scope/name', '#inner', 'with-exports/hidden.js', 'absent'].map(code))
    `,
    'src/inner.js': 'module.exports = "inner"',
    'node_modules/with-main/package.json': { main: './lib/main' },
    'node_modules/with-main/lib/main.js': 'module.exports = "main"',
    'node_modules/with-exports/package.json': {
      main: './wrong.js', exports: { '.': { import: './wrong.mjs', require: './right.js' }, './sub': { default: './sub.js' } }
    },
    'node_modules/with-exports/right.js': 'module.exports = "right"',
    'node_modules/with-exports/sub.js': 'module.exports = "sub"',
    'node_modules/with-exports/hidden.js': '',
    'node_modules/@scope/name/index.js': 'module.exports = "scoped"'
  })
  t.deepEqual(message, ['main', 'right', 'sub', 'scoped', 'inner', 'ERR_PACKAGE_PATH_NOT_EXPORTED', 'MODULE_NOT_FOUND'])
})

test('a file outside of the module roots cannot be loaded, neither by its path nor through a link', async (t) => {
  const folder = folderWith(t, {
    'secret.js': 'module.exports = "secret"',
    'secret.json': { a: 1 },
    'src/worker.js': `
      const { workerData } = require('worker_threads')
      postMessage([...workerData, '../secret', '../secret.json', './link', './linked/secret', '../absent'].map((request) => {
        try { return require(request) } catch (error) { return error.code }
      }))
    `
  })
  fs.symlinkSync(path.join(folder, 'secret.js'), path.join(folder, 'src', 'link.js'))
  fs.symlinkSync(folder, path.join(folder, 'src', 'linked'))
  const file = path.join(folder, 'src', 'worker.js')
  const workerData = [path.join(folder, 'secret.js')]
  const closed = startLean(t, file, { eval: false, workerData })
  const refused = 'ERR_ISOTHREADS_OUTSIDE_MODULE_ROOTS'
  const answers = await nextMessage(closed)
  t.deepEqual(answers, [refused, refused, refused, answers[3], refused, refused])
  t.true(answers[3] === refused || answers[3] === 'MODULE_NOT_FOUND')
  const open = startLean(t, file, { eval: false, workerData, moduleRoots: [folder] })
  t.deepEqual(await nextMessage(open), ['secret', 'secret', { a: 1 }, 'secret', 'secret', 'MODULE_NOT_FOUND'])
})

test('source text has no files but those of moduleRoots', async (t) => {
  const folder = folderWith(t, { 'a.js': 'module.exports = "a"' })
  const code = `
    const tried = () => { try { return require('./a') } catch (error) { return error.code } }
    require('worker_threads').parentPort.postMessage(tried())
  `
  t.is(await nextMessage(startLean(t, code)), 'ERR_ISOTHREADS_OUTSIDE_MODULE_ROOTS')
  t.is(await nextMessage(startLean(t, code, { moduleRoots: [folder] })), 'a')
})

for (const request of ['fs', 'node:fs', 'fs/promises', 'zlib']) {
  test(`require('${request}') names the module and the runtime that has it`, async (t) => {
    const error = await errorOf(t, startLean(t, `require('${request}')`))
    t.is(error.code, 'ERR_ISOTHREADS_LEAN_UNSUPPORTED')
    t.is(error.message, `The lean runtime has no module '${request.replace('node:', '')}': use a worker with runtime: 'node'`)
  })
}

test('a TypeScript file is refused with the reason', async (t) => {
  const folder = folderWith(t, { 'src/worker.js': 'require("./x.ts")', 'src/x.ts': '' })
  const error = await errorOf(t, startLean(t, path.join(folder, 'src', 'worker.js'), { eval: false }))
  t.true(error.message.includes('cannot load .ts files'), error.message)
  t.true(error.message.includes("runtime: 'node'"), error.message)
})

test('a missing entry is the error of Node', async (t) => {
  const file = path.join(os.tmpdir(), 'lean-absent.js')
  const error = await errorOf(t, startLean(t, file, { eval: false }))
  t.is(error.code, 'MODULE_NOT_FOUND')
  t.is(error.message, `Cannot find module '${file}'`)
})

test('a module that throws is loaded again; errors have the file and line', async (t) => {
  const { folder, message } = await posted(t, {
    'src/worker.js': `
      const tried = () => { try { return require('./b') } catch (error) { return error.stack } }
      globalThis.isReady = false
      const first = tried()
      globalThis.isReady = true
      postMessage([first, tried()])
    `,
    'src/b.js': '\nif (!isReady) throw new Error("not yet")\nmodule.exports = "b"'
  })
  t.true(message[0].includes(`${path.join(folder, 'src', 'b.js')}:2:21`), message[0])
  t.is(message[1], 'b')
})

test('the hundredth worker of a file gives what the first one gave', async (t) => {
  const folder = folderWith(t, { 'worker.js': 'postMessage(require("./a")(20)); setTimeout(() => {}, 1)', 'a.js': 'module.exports = function f (n) { return n < 2 ? n : f(n - 1) + f(n - 2) }' })
  for (let n = 0; n < 10; n++) {
    const worker = startLean(t, path.join(folder, 'worker.js'), { eval: false })
    const exit = once(worker, 'exit')
    t.is(await nextMessage(worker), 6765)
    t.deepEqual(await exit, [0])
  }
})
