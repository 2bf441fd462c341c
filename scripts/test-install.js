'use strict'

// Installs the packages of scripts/pack.js as a user would: into an empty project, without a network, and without Rust or a C++ compiler on
// the path. A registry on this machine serves the packages, including those for other platforms, as the real one does.
//
// Arguments: majors of Node.js. Without any, npm runs under all of them and each other manager under one; with --all, all under all.

const fs = require('node:fs')
const os = require('node:os')
const path = require('node:path')
const { spawn, spawnSync } = require('node:child_process')
const { once } = require('node:events')
const { manifestIn, serve } = require('../__test__/install/registry')
const { provide } = require('./node-versions')
const { abis, addonPackages, targets, tasksPackages } = require('./targets')
const binary = require('../lib/node/binary')

const root = path.join(__dirname, '..')
const packages = path.join(root, 'packages')
const project = path.join(root, '__test__', 'install', 'project')
const toolCache = path.join(root, '.node-versions', 'package-managers')
const isWindows = process.platform === 'win32'
const timeout = 120_000
const megabyte = 1e6
const largestSize = 6.2 * megabyte

const versionsOfManagers = { pnpm: '12.21.0', yarn: '1.22.22', '@yarnpkg/cli-dist': '4.18.1' }

// The programs that install scripts of other packages, and package managers, may start. They do not include a compiler.
const tools = ['env', 'sh', 'uname']
const compilers = ['cargo', 'rustc', 'cc', 'c++', 'gcc', 'g++', 'clang++']

const expectedAnswers = {
  worker: 42,
  pool: 42,
  nativeWorker: 55,
  library: 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad'
}

function globalModules () {
  return spawnSync('npm', ['root', '-g'], { encoding: 'utf8', shell: isWindows }).stdout.trim()
}

/** The package managers, by name; `run` runs a command of the project with it. */
function managers ({ url }) {
  const modules = (name) => path.join(toolCache, 'node_modules', name)
  const npm = path.join(globalModules(), 'npm', 'bin', 'npm-cli.js')
  const pnpm = path.join(modules('pnpm'), 'bin', 'pnpm.mjs')
  const yarn1 = path.join(modules('yarn'), 'bin', 'yarn.js')
  const yarn4 = path.join(modules('@yarnpkg/cli-dist'), 'bin', 'yarn.js')
  const quietly = ['--no-audit', '--no-fund']
  const registry = { npm_config_registry: url, pnpm_config_registry: url, YARN_REGISTRY: url }
  const registryOfYarn4 = {
    YARN_NPM_REGISTRY_SERVER: url,
    YARN_UNSAFE_HTTP_WHITELIST: '127.0.0.1',
    YARN_ENABLE_TELEMETRY: '0',
    YARN_ENABLE_GLOBAL_CACHE: 'false',
    YARN_ENABLE_IMMUTABLE_INSTALLS: 'false'
  }
  return {
    npm: { install: [npm, 'install', ...quietly], env: registry, run: [] },
    'npm, from files': { install: [npm, 'install', ...quietly, '--offline'], env: {}, run: [], files: true },
    pnpm: { install: [pnpm, 'install'], env: registry, run: [] },
    'Yarn 1': { install: [yarn1, 'install'], env: registry, run: [] },
    'Yarn 4': { install: [yarn4, 'install'], env: { ...registryOfYarn4, YARN_NODE_LINKER: 'node-modules' }, run: [] },
    'Yarn 4, PnP': {
      install: [yarn4, 'install'],
      env: { ...registryOfYarn4, YARN_NODE_LINKER: 'pnp', YARN_PNP_ENABLE_ESM_LOADER: 'true' },
      run: [yarn4, 'node']
    }
  }
}

function fetchManagers () {
  fs.mkdirSync(toolCache, { recursive: true })
  fs.writeFileSync(path.join(toolCache, 'package.json'), JSON.stringify({ private: true, dependencies: versionsOfManagers }))
  const args = ['install', '--ignore-scripts', '--no-audit', '--no-fund', '--no-package-lock', '--silent']
  const { error, status } = spawnSync('npm', args, { cwd: toolCache, stdio: ['ignore', 'inherit', 'inherit'], shell: isWindows })
  if (error) throw error
  if (status !== 0) throw new Error('npm could not install the package managers')
}

function whereIs (tool) {
  return process.env.PATH.split(path.delimiter).map((folder) => path.join(folder, tool)).find((file) => fs.existsSync(file))
}

/** A folder with a Node.js and the basic tools of a system without a toolchain. */
function makePath (folder, node) {
  fs.mkdirSync(folder)
  fs.symlinkSync(fs.realpathSync(node), path.join(folder, 'node'))
  for (const tool of tools) fs.symlinkSync(whereIs(tool), path.join(folder, tool))
  for (const compiler of compilers) {
    const { error } = spawnSync(compiler, ['--version'], { env: { PATH: folder } })
    if (error?.code !== 'ENOENT') throw new Error(`${compiler} is on the path of the test`)
  }
  return folder
}

async function run (node, args, { cwd, env }) {
  const child = spawn(node, args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'], timeout, killSignal: 'SIGKILL' })
  const outputs = { stdout: '', stderr: '' }
  for (const name of ['stdout', 'stderr']) child[name].setEncoding('utf8').on('data', (text) => { outputs[name] += text })
  const [code, signal] = await once(child, 'close')
  if (code === 0) return outputs.stdout
  throw new Error(`${args.join(' ')} ended with ${signal ?? `exit code ${code}`}\n${outputs.stdout}${outputs.stderr}`)
}

function sizeOf (folder) {
  let size = 0
  for (const entry of fs.readdirSync(folder, { recursive: true, withFileTypes: true })) {
    if (entry.isFile()) size += fs.statSync(path.join(entry.parentPath ?? entry.path, entry.name)).size
  }
  return size
}

function assertEqual (what, actual, expected) {
  if (JSON.stringify(actual) !== JSON.stringify(expected)) {
    throw new Error(`${what}: ${JSON.stringify(actual)} instead of ${JSON.stringify(expected)}`)
  }
}

/** Checks that the installed packages work. */
async function checkPrograms (node, manager, options) {
  const program = async (...args) => JSON.parse(await run(node, [...manager.run, ...args], options))
  assertEqual('main.js', await program('main.js'), expectedAnswers)
  const registered = { answer: 42, isOurs: true }
  assertEqual('--import isothreads/register', await program('--import', 'isothreads/register', 'registered.mjs'), registered)
  assertEqual('--require isothreads/register', await program('--require', 'isothreads/register', 'registered.mjs'), registered)
}

/** The binary that `doctor` reports, and its size with the package. */
async function measure (node, manager, options) {
  const script = 'const path = require("path"); console.log(JSON.stringify(path.dirname(require.resolve("isothreads/package.json"))))'
  const home = JSON.parse(await run(node, [...manager.run, '-e', script], options))
  const report = await run(node, [...manager.run, path.join(home, 'lib', 'cli', 'main.js'), 'doctor'], options)
  const file = /^binary +(.+) \(prebuilt package\)$/m.exec(report)?.[1]
  if (file === undefined) throw new Error(`doctor does not name a prebuilt binary:\n${report}`)
  return { file, size: sizeOf(home) + sizeOf(path.dirname(file)) }
}

function makeProject (folder, { files }, tarballs) {
  fs.cpSync(project, folder, { recursive: true })
  if (!files) return
  const manifest = JSON.parse(fs.readFileSync(path.join(folder, 'package.json'), 'utf8'))
  manifest.dependencies = Object.fromEntries(tarballs.map((tarball) => [manifestIn(tarball).name, `file:${tarball}`]))
  fs.writeFileSync(path.join(folder, 'package.json'), JSON.stringify(manifest))
}

async function check ({ major, name, manager, tarballs }) {
  const home = fs.realpathSync(fs.mkdtempSync(path.join(os.tmpdir(), 'isothreads-install-')))
  try {
    const node = provide(major)
    const cwd = path.join(home, 'project')
    makeProject(cwd, manager, tarballs)
    const bin = makePath(path.join(home, 'bin'), node)
    const env = { PATH: bin, HOME: home, YARN_CACHE_FOLDER: path.join(home, 'yarn'), CI: 'true', ...manager.env }
    const begin = performance.now()
    await run(node, manager.install, { cwd, env })
    const seconds = (performance.now() - begin) / 1000
    await checkPrograms(node, manager, { cwd, env })
    const { file, size } = await measure(node, manager, { cwd, env })
    if (size > largestSize) throw new Error(`isothreads and ${file} take ${size / megabyte} MB, more than ${largestSize / megabyte}`)
    console.log(`${name.padEnd(16)} Node.js ${major}  ${seconds.toFixed(1).padStart(5)} s  ${(size / megabyte).toFixed(2)} MB`)
  } finally {
    fs.rmSync(home, { recursive: true, force: true, maxRetries: 3 })
  }
}

/** The tarballs of this folder, and those of their dependencies. */
function findTarballs () {
  const packed = fs.readdirSync(packages).filter((name) => name.endsWith('.tgz')).map((name) => path.join(packages, name))
  const own = packed.map((tarball) => manifestIn(tarball))
  const needed = new Set(own.flatMap(({ dependencies = {} }) => Object.keys(dependencies)))
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'isothreads-dependencies-'))
  const dependencies = [...needed].map((name) => {
    const args = ['pack', '--json', '--ignore-scripts', '--pack-destination', folder, path.join(root, 'node_modules', name)]
    const options = { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'], shell: isWindows }
    const { stdout } = spawnSync('npm', args, options)
    return path.join(folder, JSON.parse(stdout)[0].filename)
  })
  return { packed, dependencies, own, remove: () => fs.rmSync(folder, { recursive: true }) }
}

/** The metadata of the packages that this machine cannot build. */
function manifestsOfOthers (own) {
  const { version } = own.find(({ name }) => name === 'isothreads')
  const isThere = (name) => own.some((manifest) => manifest.name === name)
  return [...addonPackages(), ...tasksPackages()].filter((name) => !isThere(name)).map((name) => {
    const { os: system, cpu, libc } = targets.find((target) => name.includes(target.name))
    return { name, version, os: [system], cpu: [cpu], ...(libc === undefined ? {} : { libc: [libc] }) }
  })
}

async function main (args) {
  fetchManagers()
  const { packed, dependencies, own, remove } = findTarballs()
  const registry = await serve({ tarballs: [...packed, ...dependencies], placeholders: manifestsOfOthers(own) })
  let failed = 0
  const isPacked = (major) => own.some(({ name }) => name === `@isothreads/${binary.target()}-abi${abis[major]}`)
  const majors = Object.keys(abis).filter(isPacked)
  if (majors.length === 0) throw new Error('There are no packages for this machine: npm run pack')
  console.log('\nisothreads and isothreads-tasks: the installation time, and the size of isothreads with one binary')
  for (const [index, [name, manager]] of Object.entries(managers(registry)).entries()) {
    const some = index === 0 ? majors : [majors.at(-index % majors.length)]
    for (const major of args.includes('--all') ? majors : args.length > 0 ? majors.filter((major) => args.includes(major)) : some) {
      try {
        await check({ major, name, manager, tarballs: [...packed, ...dependencies] })
      } catch (error) {
        failed++
        console.log(`${name.padEnd(16)} Node.js ${major}  FAILED: ${error.message}`)
      }
    }
  }
  if (registry.unknown.length > 0) console.log(`Requests for unknown packages: ${[...new Set(registry.unknown)].join(', ')}`)
  registry.close()
  remove()
  return failed === 0 ? 0 : 1
}

main(process.argv.slice(2)).then((code) => { process.exitCode = code })
