'use strict'

const fs = require('node:fs')
const os = require('node:os')
const path = require('node:path')
const { createHash } = require('node:crypto')
const { spawnSync } = require('node:child_process')
const { parseArgs } = require('node:util')
const { findHeaders, HeadersNotFoundError } = require('./node-headers')
const { targets } = require('./targets')
const { checkCppCompiler, checkRust, ToolchainError } = require('./toolchain')
const binary = require('../lib/node/binary')

const root = path.join(__dirname, '..')
const sources = [
  '.cargo/config.toml', 'Cargo.toml', 'Cargo.lock', 'build.rs', 'src',
  'codec/Cargo.toml', 'codec/src', 'sdk/Cargo.toml', 'sdk/src', 'sdk/macros/Cargo.toml', 'sdk/macros/src'
]
const exitCodeOfInvalidArgument = 9

const help = `Usage: isothreads build [--force] [--target <platform>] [--target-dir <directory>]

Builds the native part for the Node.js that runs this, from source, and puts it into the package. Needs Rust and a C++20 compiler.
  --force        also builds what did not change
  --target       builds for the same version of Node.js on another platform, with the C++ compiler in CXX, which also links; one of
                 ${targets.map(({ name }) => name).join(', ')}
  --target-dir   where cargo keeps what it makes on the way, some 300 MB; by default a temporary directory that is removed afterwards`

/** Cargo could not build the addon; its own output has the reason. */
class BuildError extends Error {
  constructor (message) {
    super(message)
    this.name = 'BuildError'
    this.code = 'ERR_ISOTHREADS_BUILD'
  }
}

/** A clone of the repository keeps cargo's files and debug information; an installed package needs neither. */
function isRepository () {
  return fs.existsSync(path.join(root, '__test__'))
}

function * filesUnder (relative) {
  const absolute = path.join(root, relative)
  if (!fs.statSync(absolute).isDirectory()) {
    yield relative
    return
  }
  for (const name of fs.readdirSync(absolute).sort()) yield * filesUnder(path.join(relative, name))
}

/** Everything that the binary depends on, as one line. For the headers it is their version, wherever they are. */
function fingerprint (includes) {
  const hash = createHash('sha256')
  const { node, modules } = process.versions
  hash.update(JSON.stringify({ node, modules, headers: fs.readFileSync(path.join(includes[0], 'node_version.h'), 'utf8') }))
  for (const source of sources) {
    for (const file of filesUnder(source)) {
      const content = fs.readFileSync(path.join(root, file))
      // The length comes first, so that no content can be mistaken for another file's name.
      hash.update(`\n${file.split(path.sep).join('/')} ${content.length}\n`).update(content)
    }
  }
  return hash.digest('hex')
}

function isUpToDate (target, stamp, current) {
  if (!fs.existsSync(target)) return false
  try {
    return fs.readFileSync(stamp, 'utf8').trim() === current
  } catch (error) {
    if (error.code === 'ENOENT') return false
    throw error
  }
}

/** Replaces a file atomically: a process that has loaded the old file keeps it, and concurrent builds cannot mix their files. */
function replace (target, write) {
  const temporary = `${target}.${process.pid}.tmp`
  try {
    write(temporary)
    fs.renameSync(temporary, target)
  } catch (error) {
    fs.rmSync(temporary, { force: true })
    throw error
  }
}

function libraryName (os) {
  switch (os) {
    case 'win32': return 'isothreads_addon.dll'
    case 'darwin': return 'libisothreads_addon.dylib'
    default: return 'libisothreads_addon.so'
  }
}

/** The environment in which cargo builds for a platform. */
function environmentFor (crossTarget, compiler) {
  if (crossTarget !== null) {
    const linker = `CARGO_TARGET_${crossTarget.rust.toUpperCase().replaceAll('-', '_')}_LINKER`
    return { [linker]: compiler.command, ...process.env, CARGO_BUILD_TARGET: crossTarget.rust }
  }
  const env = { ...process.env }
  // With it, the library would be in another place and not for the running Node.js.
  delete env.CARGO_BUILD_TARGET
  return env
}

/** @returns {string} the path of the library in the target directory */
function compile ({ cargoCommand, compiler, crossTarget, directories, targetDirectory }) {
  const { error, status, signal } = spawnSync(cargoCommand, ['build', '--release', '--locked'], {
    cwd: root,
    stdio: ['ignore', 'inherit', 'inherit'],
    env: {
      ...environmentFor(crossTarget, compiler),
      ...(isRepository() ? {} : { CARGO_PROFILE_RELEASE_DEBUG: 'false', CARGO_PROFILE_RELEASE_STRIP: 'symbols' }),
      ...(compiler.command === null ? {} : { CXX: compiler.command }),
      CARGO_TARGET_DIR: targetDirectory,
      ISOTHREADS_NODE_INCLUDE: directories.join(path.delimiter)
    }
  })
  if (error) throw new BuildError(`\`${cargoCommand} build\` could not be run: ${error.message}`)
  if (status !== 0) throw new BuildError(`\`${cargoCommand} build\` failed (${signal ?? `exit code ${status}`}): see its output above.`)
  return path.join(targetDirectory, crossTarget?.rust ?? '', 'release', libraryName(crossTarget?.os ?? process.platform))
}

/** Calls `use` with cargo's target directory. */
function withTargetDirectory (chosen, use) {
  if (chosen !== undefined) return use(path.resolve(chosen))
  // One for all versions of Node.js: the dependencies are the same.
  if (isRepository()) return use(path.join(root, 'target', 'addon'))
  const temporary = fs.mkdtempSync(path.join(os.tmpdir(), 'isothreads-build-'))
  try {
    return use(temporary)
  } finally {
    fs.rmSync(temporary, { recursive: true, force: true })
  }
}

/** Runs a step, and prints its result and its time. */
function runStep (log, name, run) {
  const begin = performance.now()
  const { said, ...result } = run()
  log(`  ${name.padEnd(8)} ${((performance.now() - begin) / 1000).toFixed(1).padStart(6)} s  ${said}`)
  return result
}

function install (library, file, fingerprintOfSources) {
  fs.mkdirSync(path.dirname(file), { recursive: true })
  replace(file, (temporary) => fs.copyFileSync(library, temporary))
  replace(`${file}.stamp`, (temporary) => fs.writeFileSync(temporary, `${fingerprintOfSources}\n`))
}

function runSteps (log, { crossTarget, current, headers, shown, target, targetDirectory }) {
  const tools = runStep(log, 'tools', () => {
    const { cargoCommand, rustc } = checkRust()
    const compiler = checkCppCompiler(crossTarget)
    return { cargoCommand, compiler, said: `${rustc}; ${compiler.version}` }
  })
  runStep(log, 'headers', () => ({ said: `${headers.directories[0]} (${headers.source})` }))
  log('  compile            cargo, some minutes:')
  const { library } = runStep(log, 'compile', () => {
    const library = compile({ ...tools, crossTarget, directories: headers.directories, targetDirectory })
    return { library, said: 'done' }
  })
  runStep(log, 'install', () => {
    install(library, target, current)
    return { said: `${shown}, ${(fs.statSync(target).size / 1e6).toFixed(1)} MB` }
  })
}

/** @returns {object | null} the entry of scripts/targets.js, or null for the platform of this machine */
function findCrossTarget (name) {
  if (name === undefined || name === binary.target()) return null
  const found = targets.find((target) => target.name === name)
  if (found === undefined) throw new TypeError(`--target ${name} is not one of ${targets.map(({ name }) => name).join(', ')}`)
  return found
}

/**
 * Builds the addon for the running Node.js and puts it where the package looks for it. Unchanged sources are not built again, and need no
 * compiler.
 * @param {object} [options]
 * @param {boolean} [options.force] also build unchanged sources
 * @param {object | null} [options.crossTarget] the platform if it is not this machine's: one of scripts/targets.js
 * @param {string} [options.targetDirectory] cargo's target directory, which is kept
 * @param {(line: string) => void} [options.log]
 * @returns {{ file: string, isFresh: boolean }} the binary, and whether this call built it
 * @throws {ToolchainError | HeadersNotFoundError | BuildError} errors that the user can fix
 */
function build ({ force = false, crossTarget = null, targetDirectory: chosen, log = console.log } = {}) {
  // The headers of a version are the same on all platforms, except for the files that node-gyp reads.
  const headers = findHeaders()
  const platform = crossTarget?.name ?? binary.target()
  const target = path.join(binary.directory, binary.expectedFileName(platform))
  const current = fingerprint(headers.directories)
  const shown = path.relative(process.cwd(), target) || target
  if (!force && isUpToDate(target, `${target}.stamp`, current)) {
    log(`isothreads: ${shown} is up to date`)
    return { file: target, isFresh: false }
  }
  log(`isothreads: building for Node.js ${process.versions.node} (ABI ${process.versions.modules}) on ${platform}`)
  const begin = performance.now()
  withTargetDirectory(chosen, (targetDirectory) => runSteps(log, { crossTarget, current, headers, shown, target, targetDirectory }))
  log(`isothreads: built ${shown} in ${((performance.now() - begin) / 1000).toFixed(1)} s`)
  return { file: target, isFresh: true }
}

function parse (args) {
  const options = {
    force: { type: 'boolean' },
    target: { type: 'string' },
    'target-dir': { type: 'string' },
    help: { type: 'boolean', short: 'h' }
  }
  const { values } = parseArgs({ args, options })
  if (values['target-dir'] === '') throw new TypeError('--target-dir is empty')
  return { ...values, crossTarget: findCrossTarget(values.target) }
}

/**
 * `build` for the command line: errors that the user can fix are printed without a stack.
 * @param {string[]} args
 * @returns {number} the exit code
 */
function main (args) {
  let values
  try {
    values = parse(args)
  } catch (error) {
    console.error(`isothreads: build: ${error.message}\n${help}`)
    return exitCodeOfInvalidArgument
  }
  if (values.help) {
    console.log(help)
    return 0
  }
  try {
    build({ force: values.force, crossTarget: values.crossTarget, targetDirectory: values['target-dir'] })
    return 0
  } catch (error) {
    if (![BuildError, HeadersNotFoundError, ToolchainError].some((known) => error instanceof known)) throw error
    console.error(`isothreads: ${error.message}`)
    return 1
  }
}

module.exports = { build, BuildError, main }

if (require.main === module) process.exitCode = main(process.argv.slice(2))
