'use strict'

const fs = require('node:fs')
const os = require('node:os')
const path = require('node:path')
const test = require('ava')
const { runNode, runProcess } = require('./run-process')

const root = path.join(__dirname, '..')
const cli = path.join(root, 'lib', 'cli', 'main.js')

// The first build compiles the SDK and its dependencies, on a machine that may be busy.
const buildTimeout = 170_000

test.beforeEach((t) => {
  t.timeout(120_000)
  const folder = fs.realpathSync(fs.mkdtempSync(path.join(os.tmpdir(), 'isothreads-new-native-')))
  Object.assign(t.context, {
    folder,
    newNative: (...args) => runNode([cli, 'new-native', ...args], { cwd: folder }),
    /** Everything in the folder, as sorted relative paths. */
    list: () => fs.readdirSync(folder, { recursive: true }).sort()
  })
})

test.afterEach.always((t) => {
  fs.rmSync(t.context.folder, { recursive: true, force: true })
})

/** Makes the package available in the folder, as an installation does. */
function install (folder) {
  fs.mkdirSync(path.join(folder, 'node_modules'))
  fs.symlinkSync(root, path.join(folder, 'node_modules', 'isothreads'), 'junction')
}

const files = ['.cargo', path.join('.cargo', 'config.toml'), '.gitignore', 'Cargo.toml', 'README.md', 'index.js', 'main.js', 'package.json', 'src', path.join('src', 'lib.rs'), 'test.js']

test.serial('a new package builds, its test passes, and its program runs', async (t) => {
  t.timeout(2 * buildTimeout)
  const { folder, newNative } = t.context
  install(folder)
  const { code, stdout, stderr } = await newNative('thumb-nails')
  t.is(code, 0, stderr)
  t.false(stdout.includes('npm install'))

  const directory = path.join(folder, 'thumb-nails')
  const env = {
    // The scripts must run with the Node.js that runs this test.
    PATH: [path.dirname(process.execPath), process.env.PATH].join(path.delimiter),
    CARGO_TARGET_DIR: path.join(root, 'target', 'new-native'),
    CARGO_NET_OFFLINE: 'true',
    npm_config_update_notifier: 'false'
  }
  const npm = (...args) => runProcess('npm', args, { cwd: directory, env, timeout: buildTimeout })
  const tested = await npm('test')
  t.is(tested.code, 0, tested.stdout + tested.stderr)
  const started = await npm('start')
  t.is(started.code, 0, started.stdout + started.stderr)
  t.true(started.stdout.includes('\nfunction count_primes: Counts the prime numbers of a range without its end.\n'))
  t.true(started.stdout.includes('\n41538 prime numbers below 500000\n'))
  t.true(started.stdout.endsWith('\n3 numbers, sum 7.5, mean 2.5\nthe worker ended with 0\n'))
})

test('the files that it writes are in the npm package', (t) => {
  const { files: packed } = require('../package.json')
  for (const name of ['lib', 'templates', 'codec/Cargo.toml', 'codec/src', 'sdk/Cargo.toml', 'sdk/src', 'sdk/macros/Cargo.toml', 'sdk/macros/src']) t.true(packed.includes(name), name)
})

test('the package and the crate have the name, and know where the SDK is', async (t) => {
  const { folder, newNative, list } = t.context
  const { code, stdout } = await newNative('a-b_c')
  t.is(code, 0)
  t.true(stdout.includes('cd a-b_c\n'))
  t.true(stdout.includes('npm install'))
  t.deepEqual(list(), ['a-b_c', ...files.map((file) => path.join('a-b_c', file))].sort())

  const read = (file) => fs.readFileSync(path.join(folder, 'a-b_c', file), 'utf8')
  t.is(JSON.parse(read('package.json')).name, 'a-b_c')
  t.true(read('Cargo.toml').includes('name = "a-b_c"'))
  t.true(read('index.js').includes('\'liba_b_c.so\''))
  const [, sdk] = /isothreads-sdk = \{ path = "(.+)" \}/.exec(read('Cargo.toml'))
  t.is(path.resolve(folder, 'a-b_c', sdk), path.join(root, 'sdk'))
  for (const file of files.filter((name) => path.extname(name) !== '')) t.false(read(file).includes('{{'), file)
})

test('the path to the SDK is the one in node_modules where there is one', async (t) => {
  const { folder, newNative } = t.context
  install(folder)
  t.is((await newNative('thumbnails', '--directory', path.join('native', 'thumbnails'))).code, 0)
  const manifest = fs.readFileSync(path.join(folder, 'native', 'thumbnails', 'Cargo.toml'), 'utf8')
  t.true(manifest.includes('{ path = "../../node_modules/isothreads/sdk" }'))
})

test('an empty folder is filled, also the one that the shell is in', async (t) => {
  const { newNative, list } = t.context
  const { code, stdout, stderr } = await newNative('thumbnails', '--directory', '.')
  t.is(code, 0, stderr)
  t.false(stdout.includes('cd '))
  t.deepEqual(list(), files)
})

test('a folder that is not empty is refused, and does not change', async (t) => {
  const { folder, newNative, list } = t.context
  fs.mkdirSync(path.join(folder, 'thumbnails'))
  fs.writeFileSync(path.join(folder, 'thumbnails', 'mine'), '')
  const { code, stdout, stderr } = await newNative('thumbnails')
  t.is(code, 1)
  t.is(stdout, '')
  t.is(stderr, `isothreads: ${path.join(folder, 'thumbnails')} is not empty: choose another folder with --directory, or another name.\n`)
  t.deepEqual(list(), ['thumbnails', path.join('thumbnails', 'mine')])
})

test('a file in the place of the folder, or of one above it, is refused', async (t) => {
  const { folder, newNative, list } = t.context
  fs.writeFileSync(path.join(folder, 'file'), '')
  for (const directory of ['file', path.join('file', 'below')]) {
    const { code, stderr } = await newNative('thumbnails', '--directory', directory)
    t.is(code, 1)
    t.is(stderr, `isothreads: ${path.join(folder, directory)} is not a folder.\n`)
  }
  t.deepEqual(list(), ['file'])
})

test('a package that could not be written completely is removed', (t) => {
  const { folder, list } = t.context
  const copy = path.join(folder, 'package')
  for (const name of ['lib', 'package.json', 'sdk/Cargo.toml', 'templates']) {
    fs.cpSync(path.join(root, name), path.join(copy, name), { recursive: true })
  }
  // A folder and a file with the same name.
  fs.mkdirSync(path.join(copy, 'templates', 'native', '.gitignore'))
  fs.writeFileSync(path.join(copy, 'templates', 'native', '.gitignore', 'file'), '')
  fs.mkdirSync(path.join(folder, 'empty'))
  const before = list()
  const { create } = require(path.join(copy, 'lib', 'cli', 'new-native.js'))
  for (const directory of ['new', 'empty', path.join('several', 'levels')]) {
    const error = t.throws(() => create('thumbnails', path.join(folder, directory)), { code: 'ERR_ISOTHREADS_NEW_NATIVE' })
    t.true(error.message.startsWith(`${path.join(folder, directory)} could not be written: E`), error.message)
    t.deepEqual(list(), before)
  }
})

test('names that npm or cargo refuse are refused', async (t) => {
  const { newNative, list } = t.context
  for (const name of ['', 'Thumbnails', '1st', '_a', '.a', 'a b', 'a.b', '@a/b', '../a', 'größe', 'a'.repeat(65)]) {
    const { code, stderr } = await newNative(name)
    t.is(code, 1, name)
    t.true(stderr.startsWith(`isothreads: ${JSON.stringify(name)} cannot be the name of an npm package and of a crate: `), stderr)
  }
  for (const name of ['fn', 'std', 'isothreads', 'node_modules', 'http', 'con']) {
    const { code, stderr } = await newNative(name)
    t.is(code, 1, name)
    t.is(stderr, `isothreads: "${name}" is taken: choose another name.\n`)
  }
  t.deepEqual(list(), [])
})

test('--help, and invalid command lines', async (t) => {
  const { newNative, list } = t.context
  const help = await newNative('--help')
  t.is(help.code, 0)
  t.regex(help.stdout, /^Usage: isothreads new-native <name>/)
  for (const args of [[], ['a', 'b'], ['a', '--bad'], ['a', '--directory'], ['a', '--directory=']]) {
    const { code, stdout, stderr } = await newNative(...args)
    t.is(code, 9, args.join(' '))
    t.is(stdout, '')
    t.regex(stderr, /^isothreads: new-native: .*\nUsage: /s)
  }
  t.deepEqual(list(), [])
})
