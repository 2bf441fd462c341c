'use strict'

const fs = require('node:fs')
const os = require('node:os')
const path = require('node:path')
const test = require('ava')
const { targets } = require('../scripts/targets')
const binary = require('../lib/node/binary')
const { runNode } = require('./run-process')

const root = path.join(__dirname, '..')
const { node, modules } = process.versions
const major = node.split('.')[0]
const foreignAbi = modules === '127' ? '137' : '127'
const foreignPackage = binary.expectedPackageName().replace(/\d+$/, foreignAbi)

test.beforeEach((t) => {
  t.timeout(120_000)
  t.context.folder = fs.realpathSync(fs.mkdtempSync(path.join(os.tmpdir(), 'isothreads-build-')))
})

test.afterEach.always((t) => {
  fs.rmSync(t.context.folder, { recursive: true, force: true })
})

function write (file, content, mode) {
  fs.mkdirSync(path.dirname(file), { recursive: true })
  fs.writeFileSync(file, content, { mode })
  return file
}

function writeHeaders (directory, { abi = modules, majorVersion = major, names = ['node.h', 'v8.h', 'uv.h'] } = {}) {
  write(path.join(directory, 'node_version.h'), [
    `#define NODE_MAJOR_VERSION ${majorVersion}`,
    '#if defined(NODE_EMBEDDER_MODULE_VERSION)',
    '#define NODE_MODULE_VERSION NODE_EMBEDDER_MODULE_VERSION',
    '#else',
    `#define NODE_MODULE_VERSION ${abi}`,
    '#endif\n'
  ].join('\n'))
  for (const name of names) write(path.join(directory, name), '')
  return directory
}

/** A package as it is installed, with fake sources and tools: cargo records how it was called. */
function standIn (folder) {
  const home = path.join(folder, 'package')
  for (const file of ['scripts/build.js', 'scripts/node-headers.js', 'scripts/targets.js', 'scripts/toolchain.js', 'lib/node/binary.js', 'lib/node/binding.js']) {
    write(path.join(home, file), fs.readFileSync(path.join(root, file)))
  }
  const sources = [
    '.cargo/config.toml', 'Cargo.toml', 'Cargo.lock', 'build.rs', 'src/lib.rs', 'src/engine/shim/a.cc',
    'codec/Cargo.toml', 'codec/src/lib.rs', 'sdk/Cargo.toml', 'sdk/src/lib.rs', 'sdk/macros/Cargo.toml', 'sdk/macros/src/lib.rs'
  ]
  for (const file of sources) write(path.join(home, file), file)
  write(path.join(home, 'package.json'), JSON.stringify({ version: '1.2.3', optionalDependencies: { [binary.expectedPackageName()]: '1.2.3', [foreignPackage]: '1.2.3' } }))
  fs.mkdirSync(path.join(home, 'node_modules'))
  fs.symlinkSync(path.join(root, 'node_modules', 'detect-libc'), path.join(home, 'node_modules', 'detect-libc'), 'junction')
  const nodedir = path.join(folder, 'nodedir')
  const include = writeHeaders(path.join(nodedir, 'include', 'node'))
  const calls = path.join(folder, 'calls.jsonl')
  const tool = (name, body) => write(path.join(folder, 'tools', name), `#!${process.execPath}\n${body}\n`, 0o755)
  const cargo = tool('cargo', `
    const fs = require('node:fs')
    if (process.argv[2] === '--version') { console.log('cargo 1.88.0'); process.exit() }
    const { CARGO_TARGET_DIR: target, ISOTHREADS_NODE_INCLUDE: include, CXX: compiler } = process.env
    const { CARGO_PROFILE_RELEASE_STRIP: strip, CARGO_PROFILE_RELEASE_DEBUG: debug } = process.env
    const { CARGO_BUILD_TARGET: triple = '' } = process.env
    const linkers = Object.fromEntries(Object.entries(process.env).filter(([name]) => /^CARGO_TARGET_.*_LINKER$/.test(name)))
    const call = { args: process.argv.slice(2), target, include, compiler, strip, debug, triple, linkers }
    fs.appendFileSync(${JSON.stringify(calls)}, JSON.stringify(call) + '\\n')
    const release = require('node:path').join(target, triple, 'release')
    fs.mkdirSync(release, { recursive: true })
    for (const name of ['libisothreads_addon.so', 'libisothreads_addon.dylib']) fs.writeFileSync(release + '/' + name, 'not a library' + triple)`)
  const env = {
    npm_config_nodedir: nodedir,
    CARGO: cargo,
    RUSTC: tool('rustc', 'console.log("rustc 1.88.0 (stand-in)")'),
    CXX: tool('c++', '')
  }
  const target = path.join(home, 'binaries', binary.expectedFileName())
  return {
    home,
    include,
    tool,
    target,
    build: (args = [], changes = {}) => runNode([path.join(home, 'scripts', 'build.js'), ...args], { cwd: home, env: { ...env, ...changes } }),
    calls: () => fs.existsSync(calls) ? fs.readFileSync(calls, 'utf8').trim().split('\n').map((line) => JSON.parse(line)) : []
  }
}

function loadBinding (home) {
  try {
    require(path.join(home, 'lib', 'node', 'binding.js'))
  } catch (error) {
    return error
  }
}

/** A prebuilt package next to the fake one, whose library is a JavaScript file. */
function installPackage (home, name, { version = '1.2.3', content = `exports.VERSION = '${version}'` } = {}) {
  const folder = path.join(home, 'node_modules', name)
  write(path.join(folder, 'package.json'), JSON.stringify({ name, version, main: 'isothreads.js' }))
  return write(path.join(folder, 'isothreads.js'), content)
}

test('the binary of the running Node.js is named after platform, arch, libc and ABI', (t) => {
  const libc = process.platform === 'linux' ? '-(gnu|musl)' : ''
  const target = `${process.platform}-${process.arch}${libc}-abi${modules}`
  t.regex(binary.expectedFileName(), new RegExp(`^isothreads\\.${target}\\.node$`))
  t.regex(binary.expectedPackageName(), new RegExp(`^@isothreads/${target}$`))
})

test('without a binary, requiring the package names the missing binary and how to get it', (t) => {
  const { home, target } = standIn(t.context.folder)
  const error = loadBinding(home)
  t.is(error.code, 'ERR_ISOTHREADS_NOT_BUILT')
  t.true(error.message.includes(`Node.js ${process.version} (ABI ${modules})`))
  t.true(error.message.includes(`${target} (built from source)`))
  t.true(error.message.includes(`${binary.expectedPackageName()} (prebuilt package)`))
  t.regex(error.message, /present: +none/)
  t.true(error.message.includes(`${binary.expectedPackageName()} is not installed.`))
  t.true(error.message.includes('npm install --include=optional'))
  t.true(error.message.includes('npx isothreads build'))
})

test('where no package was published for it, only a build is advised', (t) => {
  const { home } = standIn(t.context.folder)
  write(path.join(home, 'package.json'), JSON.stringify({ version: '1.2.3', optionalDependencies: { [foreignPackage]: '1.2.3' } }))
  const { message } = loadBinding(home)
  t.false(message.includes('npm install'))
  t.true(message.includes('Build it from source with:  npx isothreads build'))
})

test('with the binaries of another ABI only, requiring the package names those', (t) => {
  const { home } = standIn(t.context.folder)
  const other = binary.expectedFileName().replace(`abi${modules}`, `abi${foreignAbi}`)
  write(path.join(home, 'binaries', other), '')
  installPackage(home, foreignPackage)
  const error = loadBinding(home)
  t.is(error.code, 'ERR_ISOTHREADS_NOT_BUILT')
  t.true(error.message.includes(`${other} (built from source, ABI ${foreignAbi}, Node.js`))
  t.true(error.message.includes(`${foreignPackage} (prebuilt package, ABI ${foreignAbi}, Node.js`))
})

test('a binary that does not load passes on why', (t) => {
  const { home, target } = standIn(t.context.folder)
  write(target, 'not a library')
  const error = loadBinding(home)
  t.is(error.code, 'ERR_ISOTHREADS_NOT_BUILT')
  t.is(error.cause.code, 'ERR_DLOPEN_FAILED')
  t.true(error.message.includes(error.cause.message))
  t.true(error.message.includes('npx isothreads build --force'))
})

test('a prebuilt package is found, also past a binary that does not load', (t) => {
  const { home, target } = standIn(t.context.folder)
  write(target, 'not a library')
  installPackage(home, binary.expectedPackageName())
  t.is(loadBinding(home), undefined)
  t.is(require(path.join(home, 'lib', 'node', 'binding.js')).VERSION, '1.2.3')
})

test('a binary of another version is refused, and both versions are named', (t) => {
  const { home } = standIn(t.context.folder)
  const file = installPackage(home, binary.expectedPackageName(), { version: '1.2.4' })
  const error = loadBinding(home)
  t.is(error.code, 'ERR_ISOTHREADS_NOT_BUILT')
  t.true(error.message.startsWith(`isothreads 1.2.3 found a binary of version 1.2.4: ${file} (prebuilt package).`), error.message)
})

test('the addon, the package and the crates have one version', (t) => {
  const { version } = require('../package.json')
  t.is(require('../lib/node/binding').VERSION, version)
  t.is(require('../tasks/package.json').version, version)
  for (const manifest of ['Cargo.toml', 'codec/Cargo.toml', 'sdk/Cargo.toml', 'sdk/macros/Cargo.toml', 'tasks/Cargo.toml']) {
    t.is(/^version = "(.+)"$/m.exec(fs.readFileSync(path.join(root, manifest), 'utf8'))[1], version, manifest)
  }
})

for (const [name, versions] of Object.entries({ Electron: { electron: '40.0.0' }, Bun: { bun: '2.0.0' }, Deno: { deno: '3.0.0' } })) {
  test(`${name} is told that its engine is another one`, async (t) => {
    const source = `Object.defineProperty(process, 'versions', { value: { ...process.versions, ...${JSON.stringify(versions)} } })
      try { require(${JSON.stringify(root)}) } catch (error) { console.log(error.code, error.message) }`
    const { stdout } = await runNode(['-e', source])
    t.is(stdout, `ERR_ISOTHREADS_NOT_BUILT isothreads needs the V8 of Node.js, and this is ${name} ${Object.values(versions)[0]}. It runs in Node.js 20 and later.\n`)
  })
}

test('a build puts the library in place, and unchanged sources are not built again', async (t) => {
  const { build, calls, include, target } = standIn(t.context.folder)
  const first = await build()
  t.is(first.code, 0, first.stderr)
  t.is(fs.readFileSync(target, 'utf8'), 'not a library')
  t.deepEqual(calls(), [{
    args: ['build', '--release', '--locked'],
    target: calls()[0].target,
    include,
    compiler: path.join(t.context.folder, 'tools', 'c++'),
    strip: 'symbols',
    debug: 'false',
    triple: '',
    linkers: {}
  }])

  t.regex(first.stdout, /^ {2}tools +\d+\.\d s {2}rustc 1\.88\.0 .*\n {2}headers +\d+\.\d s .*\n {2}compile.*\n {2}compile +\d+\.\d s {2}done\n {2}install +\d+\.\d s /m)
  t.regex(first.stdout, /built .* in \d+\.\d s\n$/)

  const again = await build()
  t.is(again.code, 0)
  t.regex(again.stdout, /^isothreads: .* is up to date\n$/)
  t.is(calls().length, 1)
})

test('an installed package is built in a temporary directory, which is removed, or in the one that is named', async (t) => {
  const { build, calls, home } = standIn(t.context.folder)
  const [first, second] = [path.join(t.context.folder, 'tmp'), path.join(t.context.folder, 'kept')]
  fs.mkdirSync(first)
  t.is((await build([], { TMPDIR: first, TEMP: first })).code, 0)
  t.is(path.dirname(calls()[0].target), first)
  t.deepEqual(fs.readdirSync(first), [])
  t.false(fs.existsSync(path.join(home, 'target')))

  t.is((await build(['--force', '--target-dir', second])).code, 0)
  t.is(calls()[1].target, second)
  t.true(fs.existsSync(path.join(second, 'release')))
  t.deepEqual(calls().map(({ strip, debug }) => [strip, debug]), [['symbols', 'false'], ['symbols', 'false']])
})

test('a clone of the repository keeps compiled files, one folder per ABI, and debug information', async (t) => {
  const { build, calls, home } = standIn(t.context.folder)
  fs.mkdirSync(path.join(home, '__test__'))
  t.is((await build()).code, 0)
  t.is(calls()[0].target, path.join(home, 'target', 'addon'))
  t.is(calls()[0].strip, undefined)
})

test('--target builds for another platform, in addition to existing binaries, with a compiler that also links', async (t) => {
  const { build, calls, target, tool } = standIn(t.context.folder)
  const { name, rust } = targets.find(({ os, name }) => os === 'linux' && name !== binary.target())
  const linker = `CARGO_TARGET_${rust.toUpperCase().replaceAll('-', '_')}_LINKER`
  const compiler = tool('cross-c++', '')
  const first = await build([`--target=${name}`], { CXX: compiler })
  t.is(first.code, 0, first.stderr)
  t.true(first.stdout.includes(`(ABI ${modules}) on ${name}\n`))
  t.is(calls()[0].triple, rust)
  t.deepEqual(calls()[0].linkers, { [linker]: compiler })
  const file = path.join(path.dirname(target), `isothreads.${name}-abi${modules}.node`)
  t.is(fs.readFileSync(file, 'utf8'), `not a library${rust}`)
  t.false(fs.existsSync(target))
  t.regex((await build([`--target=${name}`], { CXX: compiler })).stdout, /is up to date\n$/)

  t.is((await build(['--force', `--target=${name}`], { CXX: compiler, [linker]: 'ld' })).code, 0)
  t.deepEqual(calls()[1].linkers, { [linker]: 'ld' })

  const without = await build(['--force', `--target=${name}`], { CXX: undefined })
  t.is(without.code, 1)
  t.true(without.stderr.includes(`A build for ${name} needs a C++20 compiler for it, named in CXX`))
  t.is(calls().length, 2)
})

test('without --target, or with that of this machine, cargo builds for the running Node.js, whatever its environment names', async (t) => {
  const { build, calls, target } = standIn(t.context.folder)
  for (const args of [[], ['--force', `--target=${binary.target()}`]]) {
    const { code, stderr } = await build(args, { CARGO_BUILD_TARGET: 'wasm32-unknown-unknown' })
    t.is(code, 0, stderr)
  }
  t.deepEqual(calls().map(({ triple, linkers }) => ({ triple, linkers })), Array(2).fill({ triple: '', linkers: {} }))
  t.is(fs.readFileSync(target, 'utf8'), 'not a library')
})

test('build: --help, and unknown options', async (t) => {
  const { build, calls } = standIn(t.context.folder)
  const help = await build(['--help'])
  t.is(help.code, 0)
  t.true(help.stdout.startsWith('Usage: isothreads build'))
  for (const args of [['--fast'], ['here'], ['--target-dir'], ['--target-dir='], ['--target=linux-x64']]) {
    const { code, stderr } = await build(args)
    t.is(code, 9)
    t.regex(stderr, /^isothreads: build: .*\nUsage: isothreads build/)
  }
  t.deepEqual(calls(), [])
})

test('unchanged sources need no cargo and no compiler', async (t) => {
  const { build } = standIn(t.context.folder)
  await build()
  const nowhere = path.join(t.context.folder, 'nowhere')
  t.is((await build([], { CARGO: nowhere, RUSTC: nowhere, CXX: nowhere })).code, 0)
})

test('a changed, added or removed source, a missing binary and --force build again', async (t) => {
  const { build, calls, home, target } = standIn(t.context.folder)
  const changes = [
    () => [],
    () => write(path.join(home, 'src/engine/shim/a.cc'), 'changed'),
    () => write(path.join(home, 'src/added.rs'), ''),
    () => fs.rmSync(path.join(home, 'src/added.rs')),
    () => write(path.join(home, 'build.rs'), 'changed'),
    () => fs.rmSync(target)
  ]
  for (const [index, change] of changes.entries()) {
    change()
    t.is((await build()).code, 0)
    t.is(calls().length, index + 1)
  }
  await build(['--force'])
  t.is(calls().length, changes.length + 1)
})

test('two builds at once both succeed and leave nothing but the binary and its stamp', async (t) => {
  const { build, target } = standIn(t.context.folder)
  const results = await Promise.all([build(['--force']), build(['--force'])])
  t.deepEqual(results.map(({ code }) => code), [0, 0])
  t.deepEqual(fs.readdirSync(path.dirname(target)).sort(), [path.basename(target), `${path.basename(target)}.stamp`])
})

test('a missing or old Rust compiler is named, with the advice to install one', async (t) => {
  const { build, calls, tool } = standIn(t.context.folder)
  const missing = await build([], { RUSTC: path.join(t.context.folder, 'nowhere') })
  t.is(missing.code, 1)
  t.regex(missing.stderr, /rustc, and .* could not be run \(ENOENT\)\.\nInstall Rust 1\.88 or later: https:\/\/rustup\.rs\n$/)

  const old = await build([], { RUSTC: tool('old-rustc', 'console.log("rustc 1.87.0 (stand-in)")') })
  t.is(old.code, 1)
  t.regex(old.stderr, /needs Rust 1\.88 or later, and this is rustc 1\.87\.0/)
  t.deepEqual(calls(), [])
})

test('a missing or old C++ compiler is named, with the advice to install one', async (t) => {
  const { build, calls, tool } = standIn(t.context.folder)
  const missing = await build([], { CXX: path.join(t.context.folder, 'nowhere') })
  t.is(missing.code, 1)
  t.regex(missing.stderr, /a C\+\+20 compiler, and none was found.*\n.*nowhere: could not be run \(ENOENT\)\nInstall /)

  const old = await build([], { CXX: tool('old-c++', 'console.error("unrecognized option -std=c++20"); process.exit(1)') })
  t.is(old.code, 1)
  t.regex(old.stderr, /old-c\+\+: unrecognized option -std=c\+\+20/)
  t.deepEqual(calls(), [])
})

test('a failed compilation leaves the previous binary', async (t) => {
  const { build, target, tool } = standIn(t.context.folder)
  await build()
  const failing = await build(['--force'], { CARGO: tool('failing', 'process.exit(process.argv[2] === "--version" ? 0 : 101)') })
  t.is(failing.code, 1)
  t.regex(failing.stderr, /build` failed \(exit code 101\)/)
  t.true(fs.existsSync(target))
})

/** Looks up the headers from an executable without headers next to it, with a separate cache. */
function lookUp (folder, env) {
  const executable = write(path.join(folder, 'elsewhere', 'bin', 'node'), '')
  const code = `process.execPath = ${JSON.stringify(executable)}
    try {
      console.log(JSON.stringify(require(${JSON.stringify(path.join(root, 'scripts', 'node-headers.js'))}).findHeaders()))
    } catch (error) {
      console.log(JSON.stringify({ code: error.code, message: error.message }))
    }`
  const noCache = { npm_config_devdir: undefined, XDG_CACHE_HOME: path.join(folder, 'cache'), HOME: folder, LOCALAPPDATA: folder }
  return runNode(['-e', code], { env: { ...noCache, ...env } }).then(({ stdout }) => JSON.parse(stdout))
}

test('headers: npm_config_nodedir comes first, then beside the binary, then node-gyp\'s cache', async (t) => {
  const { folder } = t.context
  const devdir = path.join(folder, 'gyp')
  const cached = writeHeaders(path.join(devdir, node, 'include', 'node'))
  const env = { npm_config_devdir: devdir }
  t.deepEqual(await lookUp(folder, env), { source: 'node-gyp\'s cache', directories: [cached] })

  const beside = writeHeaders(path.join(folder, 'elsewhere', 'include', 'node'))
  t.deepEqual(await lookUp(folder, env), { source: 'beside the running binary', directories: [beside] })

  const nodedir = path.join(folder, 'nodedir')
  const named = writeHeaders(path.join(nodedir, 'include', 'node'))
  t.deepEqual(await lookUp(folder, { ...env, npm_config_nodedir: nodedir }), { source: 'npm_config_nodedir', directories: [named] })
})

test('headers: npm_config_nodedir may be a source tree', async (t) => {
  const tree = path.join(t.context.folder, 'tree')
  const directories = [
    writeHeaders(path.join(tree, 'src'), { names: ['node.h'] }),
    path.dirname(write(path.join(tree, 'deps', 'v8', 'include', 'v8.h'), '')),
    path.dirname(write(path.join(tree, 'deps', 'uv', 'include', 'uv.h'), ''))
  ]
  t.deepEqual(await lookUp(t.context.folder, { npm_config_nodedir: tree }), { source: 'npm_config_nodedir', directories })
})

test('headers: those of another Node.js are skipped, and named if there are no others', async (t) => {
  const { folder } = t.context
  const nodedir = path.join(folder, 'nodedir')
  writeHeaders(path.join(nodedir, 'include', 'node'), { abi: foreignAbi, majorVersion: '99' })
  const beside = writeHeaders(path.join(folder, 'elsewhere', 'include', 'node'))
  const env = { npm_config_nodedir: nodedir }
  t.deepEqual((await lookUp(folder, env)).directories, [beside])

  fs.rmSync(path.join(beside, 'v8.h'))
  const { code, message } = await lookUp(folder, env)
  t.is(code, 'ERR_ISOTHREADS_NO_HEADERS')
  t.true(message.includes(`Node.js ${node} (ABI ${modules})`))
  t.true(message.includes(`(npm_config_nodedir): these are the headers of Node.js 99 (ABI ${foreignAbi})`))
  t.true(message.includes('(beside the running binary): no v8.h there'))
  t.true(message.includes('(node-gyp\'s cache): no node_version.h there'))
  t.true(message.includes('npx node-gyp install'))
  t.true(message.includes('npm_config_nodedir'))
})

test('headers: without any, the script fails and prints nothing but the error', async (t) => {
  const { folder } = t.context
  const script = write(path.join(folder, 'scripts', 'node-headers.js'), fs.readFileSync(path.join(root, 'scripts', 'node-headers.js')))
  const preload = write(path.join(folder, 'preload.js'), `process.execPath = ${JSON.stringify(script)}`)
  const env = { npm_config_devdir: folder }
  const { code, stdout, stderr } = await runNode(['--require', preload, script], { env })
  t.is(code, 1)
  t.is(stdout, '')
  t.regex(stderr, /^The C\+\+ headers of Node\.js .* were not found\. Looked at:\n/)
})
