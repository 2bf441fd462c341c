'use strict'

const fs = require('node:fs')
const path = require('node:path')
const { spawnSync } = require('node:child_process')

const root = path.join(__dirname, '..')
const extensions = { win32: '.dll', darwin: '.dylib' }

/** What the user can do something about. */
class BuildError extends Error {
  constructor (message) {
    super(message)
    this.name = 'BuildError'
    this.code = 'ERR_ISOTHREADS_TASKS_BUILD'
  }
}

/** Where the SDK is: this package is a folder of the repository of isothreads, or installed beside the package isothreads. */
function findIsothreads () {
  const repository = path.join(root, '..')
  if (fs.existsSync(path.join(repository, 'sdk', 'Cargo.toml'))) return { directory: repository, isRepository: true }
  try {
    const manifest = require.resolve('isothreads/package.json', { paths: [root] })
    return { directory: path.dirname(manifest), isRepository: false }
  } catch (error) {
    if (error.code !== 'MODULE_NOT_FOUND') throw error
    throw new BuildError('the package isothreads, whose SDK it is compiled with, is not installed. Install it with: npm install isothreads')
  }
}

/**
 * A crate whose SDK is that of the installed package: what Cargo.toml says is right in the repository only.
 * @returns {string} the folder of its Cargo.toml
 */
function writeCrate (sdk) {
  const crate = path.join(root, 'build')
  const manifest = fs.readFileSync(path.join(root, 'Cargo.toml'), 'utf8')
    .replace('path = "../sdk"', () => `path = ${JSON.stringify(sdk)}`)
    .replace('[lib]\n', '[lib]\npath = "../src/lib.rs"\n')
  fs.mkdirSync(crate, { recursive: true })
  fs.writeFileSync(path.join(crate, 'Cargo.toml'), manifest)
  fs.copyFileSync(path.join(root, 'Cargo.lock'), path.join(crate, 'Cargo.lock'))
  return crate
}

function compile () {
  const { directory, isRepository } = findIsothreads()
  const { checkRust, ToolchainError } = require(path.join(directory, 'scripts', 'toolchain.js'))
  const cargo = toolchain(checkRust, ToolchainError)
  const crate = isRepository ? root : writeCrate(path.join(directory, 'sdk'))
  const target = process.env.CARGO_TARGET_DIR ?? path.join(root, 'target')
  // The SDK may be newer than the one that Cargo.lock was written with.
  const args = ['build', '--release', ...(isRepository ? ['--locked'] : []), '--manifest-path', path.join(crate, 'Cargo.toml')]
  const { error, status, signal } = spawnSync(cargo, args, {
    cwd: crate,
    stdio: ['ignore', 'inherit', 'inherit'],
    env: { ...process.env, CARGO_TARGET_DIR: target }
  })
  if (error) throw new BuildError(`\`${cargo} build\` could not be run: ${error.message}`)
  if (status !== 0) {
    throw new BuildError(`\`${cargo} build\` failed (${signal ?? `exit code ${status}`}): see its output above. ` +
      'It needs a C compiler, too, for Zstandard.')
  }
  const name = process.platform === 'win32' ? 'isothreads_tasks' : 'libisothreads_tasks'
  return path.join(target, 'release', name + extension())
}

function toolchain (checkRust, ToolchainError) {
  try {
    return checkRust().cargoCommand
  } catch (error) {
    throw error instanceof ToolchainError ? new BuildError(error.message) : error
  }
}

function extension () {
  return extensions[process.platform] ?? '.so'
}

/** Puts the library where index.js looks for it, in one step: a process that has loaded the old one keeps it. */
function install (library) {
  const directory = path.join(root, 'binaries')
  const target = path.join(directory, `tasks.${process.platform}-${process.arch}${extension()}`)
  const temporary = `${target}.${process.pid}.tmp`
  fs.mkdirSync(directory, { recursive: true })
  try {
    fs.copyFileSync(library, temporary)
    fs.renameSync(temporary, target)
  } catch (error) {
    fs.rmSync(temporary, { force: true })
    throw error
  }
  return target
}

function main () {
  try {
    const target = install(compile())
    console.log(`isothreads-tasks: built ${path.relative(process.cwd(), target) || target}`)
    return 0
  } catch (error) {
    if (!(error instanceof BuildError)) throw error
    console.error(`isothreads-tasks: ${error.message}`)
    return 1
  }
}

process.exitCode = main()
