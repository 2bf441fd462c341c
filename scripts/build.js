'use strict'

const fs = require('node:fs')
const path = require('node:path')
const { createHash } = require('node:crypto')
const { spawnSync } = require('node:child_process')
const { findHeaders, HeadersNotFoundError } = require('./node-headers')
const { checkCppCompiler, checkRust, ToolchainError } = require('./toolchain')
const binary = require('../lib/binary')

const root = path.join(__dirname, '..')
const sources = ['Cargo.toml', 'Cargo.lock', 'build.rs', 'src', 'sdk/Cargo.toml', 'sdk/src', 'sdk/macros/Cargo.toml', 'sdk/macros/src']

/** Cargo did not build the addon; its own output has said why. */
class BuildError extends Error {
  constructor (message) {
    super(message)
    this.name = 'BuildError'
    this.code = 'ERR_ISOTHREADS_BUILD'
  }
}

function * filesUnder (relative) {
  const absolute = path.join(root, relative)
  if (!fs.statSync(absolute).isDirectory()) {
    yield relative
    return
  }
  for (const name of fs.readdirSync(absolute).sort()) yield * filesUnder(path.join(relative, name))
}

/** Everything that the binary depends on, as one line. */
function fingerprint (includes) {
  const hash = createHash('sha256')
  const { node, modules } = process.versions
  hash.update(JSON.stringify({ node, modules, includes }))
  for (const source of sources) {
    for (const file of filesUnder(source)) {
      const content = fs.readFileSync(path.join(root, file))
      // With its length before it, no content can pass for another file's name.
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

/** Puts a file in place in one step: a process that loads the old one keeps it, and two builds at once cannot mix theirs. */
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

function libraryName () {
  switch (process.platform) {
    case 'win32': return 'isothreads_addon.dll'
    case 'darwin': return 'libisothreads_addon.dylib'
    default: return 'libisothreads_addon.so'
  }
}

function compile (includes) {
  const { cargoCommand } = checkRust()
  const compiler = checkCppCompiler()
  // Each ABI has its own folder, or building for one Node.js would throw away what was built for another.
  const targetDirectory = path.join(root, 'target', `abi${process.versions.modules}`)
  const { error, status, signal } = spawnSync(cargoCommand, ['build', '--release', '--locked'], {
    cwd: root,
    stdio: ['ignore', 'inherit', 'inherit'],
    env: {
      ...process.env,
      ...(compiler.command === null ? {} : { CXX: compiler.command }),
      CARGO_TARGET_DIR: targetDirectory,
      ISOTHREADS_NODE_INCLUDE: includes.join(path.delimiter)
    }
  })
  if (error) throw new BuildError(`\`${cargoCommand} build\` could not be run: ${error.message}`)
  if (status !== 0) throw new BuildError(`\`${cargoCommand} build\` failed (${signal ?? `exit code ${status}`}): see its output above.`)
  return path.join(targetDirectory, 'release', libraryName())
}

/**
 * Builds the addon for the running Node.js and puts it where the package looks for it. Sources that did not change since are not built
 * again, and need no compiler to be installed.
 * @param {{ force?: boolean, log?: (line: string) => void }} [options] `force`: also build what did not change
 * @returns {{ file: string, isFresh: boolean }} the binary, and whether this call built it
 * @throws {ToolchainError | HeadersNotFoundError | BuildError} what the user can do something about
 */
function build ({ force = false, log = console.log } = {}) {
  const { directories, source } = findHeaders()
  const target = path.join(binary.directory, binary.expectedFileName())
  const stamp = `${target}.stamp`
  const current = fingerprint(directories)
  const shown = path.relative(process.cwd(), target) || target
  if (!force && isUpToDate(target, stamp, current)) {
    log(`isothreads: ${shown} is up to date`)
    return { file: target, isFresh: false }
  }
  log(`isothreads: building for Node.js ${process.versions.node} (ABI ${process.versions.modules}), headers: ${directories[0]} (${source})`)
  const library = compile(directories)
  fs.mkdirSync(binary.directory, { recursive: true })
  replace(target, (temporary) => fs.copyFileSync(library, temporary))
  replace(stamp, (temporary) => fs.writeFileSync(temporary, `${current}\n`))
  log(`isothreads: built ${shown}`)
  return { file: target, isFresh: true }
}

/**
 * `build`, for a command line: what the user can do something about is printed without a stack.
 * @param {string[]} args
 * @returns {number} the exit code
 */
function main (args) {
  const unknown = args.find((arg) => arg !== '--force')
  if (unknown !== undefined) {
    console.error(`isothreads: build does not know ${unknown} (only --force)`)
    return 9
  }
  try {
    build({ force: args.includes('--force') })
    return 0
  } catch (error) {
    if (![BuildError, HeadersNotFoundError, ToolchainError].some((known) => error instanceof known)) throw error
    console.error(`isothreads: ${error.message}`)
    return 1
  }
}

module.exports = { build, BuildError, main }

if (require.main === module) process.exitCode = main(process.argv.slice(2))
