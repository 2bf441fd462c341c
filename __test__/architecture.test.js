'use strict'

const fs = require('node:fs')
const os = require('node:os')
const path = require('node:path')
const test = require('ava')
const { check } = require('../scripts/lint-architecture')

const floors = `# A comment.
crates: path dependencies
  .      -> sdk codec
  sdk    -> codec
  codec

src: paths
  bindings -> below
  pool     -> port
  port
  engine   -> codec
  codec

lib: requires
  cli            -> node outside
  node/bootstrap -> api
  api            -> below
  node           -> core
  shared         -> core
  core
`

const sound = {
  'docs/floors.txt': floors,
  'Cargo.toml': '[workspace]\nmembers = ["sdk", "codec"]\n[dependencies]\nlibc = "1"\nisothreads-codec = { path = "codec" }\n',
  'sdk/Cargo.toml': '[package]\nname = "isothreads-sdk"\n[dependencies]\nisothreads-codec = { path = "../codec" }\n',
  'codec/Cargo.toml': '[package]\nname = "isothreads-codec"\n',
  'src/lib.rs': 'mod bindings;\nmod engine;\nmod pool;\nmod port;\n',
  'src/bindings.rs': 'use crate::{engine, pool::{Task, queue::Queue}};\n',
  'src/pool.rs': 'mod task;\nuse crate::port;\nuse super::port::Port;\nuse self::task::Task;\n',
  'src/pool/task.rs': 'use super::Pool;\nuse super::super::port;\n',
  'src/port.rs': '// use crate::pool;\n/* crate::pool */ const TEXT: &str = "crate::pool \\" crate::pool";\nfn f<\'a>() { \'"\' ; "" }\n#[cfg(test)]\nmod tests { use crate::pool; }\n#[cfg(test)]\nuse crate::pool;\n',
  'src/engine/loom_tests.rs': 'use crate::pool;\n',
  'src/engine/mod.rs': 'use isothreads_codec::Tag;\n#[cfg(all(test, loom))]\nmod loom_tests;\n',
  'lib/api.js': "const core = require('./core/errors')\nconst lazily = () => require('./node/worker')\n",
  'lib/core/errors.js': "// require('../node/worker')\nconst text = \"require('../node/worker')\"\n",
  'lib/node/worker.js': "require('../core/errors')\nrequire('node:fs')\n",
  'lib/node/bootstrap/worker.js': "require('../../api')\nreturn 1\n",
  'lib/cli/main.js': "#!/usr/bin/env node\nrequire('../../index')\nrequire('../node/worker')\n",
  'lib/shared/mutex.js': "require('../core/errors')\n"
}

/** What is wrong in a tree that differs from a sound one in these files. */
function faultsWith (t, files) {
  const root = fs.mkdtempSync(path.join(os.tmpdir(), 'isothreads-architecture-'))
  t.teardown(() => fs.rmSync(root, { recursive: true }))
  for (const [name, text] of Object.entries({ ...sound, ...files })) {
    fs.mkdirSync(path.dirname(path.join(root, name)), { recursive: true })
    fs.writeFileSync(path.join(root, name), text)
  }
  return check(root)
}

test('a tree whose arrows are all allowed has no faults; comments, strings and tests are not looked at', t => {
  t.deepEqual(faultsWith(t, {}), [])
})

test('lib/: a require() that is not allowed is told with its line and what is allowed', t => {
  t.deepEqual(faultsWith(t, { 'lib/shared/mutex.js': "\nconst f = () => {\n  return require('../node/worker').Worker\n}\n" }), [
    'lib/shared/mutex.js:3: shared uses node, which is not allowed. It may use: core'
  ])
  t.deepEqual(faultsWith(t, { 'lib/core/errors.js': "require('../../package.json')\n" }), [
    'lib/core/errors.js:1: core uses outside, which is not allowed. It may use: nothing'
  ])
})

test('lib/: a folder inside of a floor may be a floor of its own', t => {
  t.deepEqual(faultsWith(t, { 'lib/node/worker.js': "require('./bootstrap/builtin')\n", 'lib/node/bootstrap/builtin.js': '' }), [
    'lib/node/worker.js:1: node uses node/bootstrap, which is not allowed. It may use: core'
  ])
})

test('lib/: a folder that nobody has given a floor is refused', t => {
  t.deepEqual(faultsWith(t, { 'lib/lean/a.js': '', 'lib/lean/b.js': '', 'lib/api.js': "require('./lean/a')\n" }), [
    'lib/api.js:1: api uses lean, which is not a floor of lib. It may use: node, shared, core',
    'lib/lean/a.js:1: lean is not in docs/floors.txt as a floor of lib'
  ])
})

test('lib/: a circle of files is refused, also inside of a floor and when one of them is loaded late', t => {
  t.deepEqual(faultsWith(t, {
    'lib/core/a.js': "require('./b')\n",
    'lib/core/b.js': "\nrequire('./c')\n",
    'lib/core/c.js': "require('./errors')\nconst f = () => require('./a')\n"
  }), ['lib/core/a.js:1: a circle: lib/core/a.js -> lib/core/b.js -> lib/core/c.js -> lib/core/a.js'])
})

test('src/: a path that is not allowed is told, however it is written', t => {
  const refused = line => [`src/port.rs:${line}: port uses pool, which is not allowed. It may use: nothing`]
  t.deepEqual(faultsWith(t, { 'src/port.rs': '\nuse crate::pool::Task;\n' }), refused(2))
  t.deepEqual(faultsWith(t, { 'src/port.rs': 'use crate::{\n    port,\n    pool::Task,\n};\n' }), refused(3))
  t.deepEqual(faultsWith(t, { 'src/port.rs': 'use super::pool::Task;\n' }), refused(1))
  t.deepEqual(faultsWith(t, { 'src/port.rs': 'fn f(task: &crate::pool::Task) {}\n' }), refused(1))
  t.deepEqual(faultsWith(t, { 'src/port.rs': '#[cfg(not(test))]\nuse crate::pool;\n' }), refused(2))
  t.deepEqual(faultsWith(t, { 'src/port.rs': '#[cfg(test)]\nmod tests { fn f() {} }\nuse crate::pool;\n' }), refused(3))
  t.deepEqual(faultsWith(t, { 'src/port.rs': 'mod a;\n', 'src/port/a.rs': 'use super::super::pool;\n' }),
    ['src/port/a.rs:1: port uses pool, which is not allowed. It may use: nothing'])
})

test('src/: what is not a module, a module without a floor, and another crate are refused', t => {
  t.deepEqual(faultsWith(t, { 'src/port.rs': 'use crate::VERSION;\n' }), ['src/port.rs:1: port uses VERSION, which is not a floor of src. It may use: nothing'])
  t.deepEqual(faultsWith(t, { 'src/lean.rs': '' }), ['src/lean.rs:1: lean is not in docs/floors.txt as a floor of src'])
  t.deepEqual(faultsWith(t, { 'src/port.rs': 'use isothreads_codec::Tag;\n' }), ['src/port.rs:1: port uses codec, which is not allowed. It may use: nothing'])
})

test('crates: a dependency that is not allowed is told', t => {
  t.deepEqual(faultsWith(t, { 'codec/Cargo.toml': '[package]\n[dependencies]\nisothreads-sdk = { version = "1", path = "../sdk" }\n' }), [
    'codec/Cargo.toml:3: codec uses sdk, which is not allowed. It may use: nothing'
  ])
})

test('the floors themselves: an arrow that points up, or to nothing, is refused', t => {
  t.throws(() => faultsWith(t, { 'docs/floors.txt': 'lib: requires\n  node\n  core -> node\n' }), { message: /^docs\/floors\.txt:3: core may only use what stands further down; node is not there/ })
})

test('each binding has a name of its own', (t) => {
  const folder = path.join(__dirname, '..', 'src', 'bindings')
  const files = fs.readdirSync(folder).filter((name) => name.endsWith('.rs'))
  const names = files.flatMap((name) => fs.readFileSync(path.join(folder, name), 'utf8').match(/(?<=^ {4}c")\w+(?=" => )/gm) ?? [])
  t.true(names.length > 100)
  t.deepEqual(names.filter((name, index) => names.indexOf(name) !== index), [])
})
