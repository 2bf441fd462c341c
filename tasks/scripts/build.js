#!/usr/bin/env node
'use strict'

const fs = require('node:fs')
const os = require('node:os')
const path = require('node:path')
const { spawnSync } = require('node:child_process')
const { parseArgs } = require('node:util')
const { extension, target } = require('../platform')

const root = path.join(__dirname, '..')
const exitCodeOfInvalidArgument = 9

const help = `Usage: isothreads-tasks build [--target-dir <directory>]

Builds the library from source and puts it into the package. Needs Rust, and a C compiler for Zstandard and JPEG files;
on x64 also NASM, without which JPEG files are decoded at half the speed.
  --target-dir   where cargo keeps what it makes on the way; by default a temporary directory that is removed afterwards`

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

/** Writes a crate whose SDK is that of the installed package: what Cargo.toml says is right in the repository only. */
function writeCrate (crate, sdk) {
  const quoted = (file) => JSON.stringify(path.join(root, file))
  const manifest = fs.readFileSync(path.join(root, 'Cargo.toml'), 'utf8')
    .replace('path = "../sdk"', () => `path = ${JSON.stringify(sdk)}`)
    .replace('[lib]\n', () => `[lib]\npath = ${quoted('src/lib.rs')}\n`)
  fs.mkdirSync(crate, { recursive: true })
  fs.writeFileSync(path.join(crate, 'Cargo.toml'), manifest)
  fs.copyFileSync(path.join(root, 'Cargo.lock'), path.join(crate, 'Cargo.lock'))
}

function checkTools (directory) {
  const { checkRust, ToolchainError } = require(path.join(directory, 'scripts', 'toolchain.js'))
  try {
    return checkRust().cargoCommand
  } catch (error) {
    throw error instanceof ToolchainError ? new BuildError(error.message) : error
  }
}

/** @returns {string} the library, in the target directory */
function compile (cargo, args, targetDirectory) {
  const { error, status, signal } = spawnSync(cargo, ['build', '--release', ...args], {
    cwd: root,
    stdio: ['ignore', 'inherit', 'inherit'],
    env: { ...process.env, CARGO_TARGET_DIR: targetDirectory }
  })
  if (error) throw new BuildError(`\`${cargo} build\` could not be run: ${error.message}`)
  if (status !== 0) {
    throw new BuildError(`\`${cargo} build\` failed (${signal ?? `exit code ${status}`}): see its output above. ` +
      'It needs a C compiler, too, for Zstandard and JPEG files.')
  }
  const name = process.platform === 'win32' ? 'isothreads_tasks' : 'libisothreads_tasks'
  return path.join(targetDirectory, 'release', name + extension)
}

/** Puts the library where index.js looks for it, in one step: a process that has loaded the old one keeps it. */
function install (library) {
  const file = path.join(root, 'binaries', `tasks.${target}${extension}`)
  const temporary = `${file}.${process.pid}.tmp`
  fs.mkdirSync(path.dirname(file), { recursive: true })
  try {
    fs.copyFileSync(library, temporary)
    fs.renameSync(temporary, file)
  } catch (error) {
    fs.rmSync(temporary, { force: true })
    throw error
  }
  return file
}

/** @returns {string} the library, where index.js looks for it */
function build (chosen = process.env.CARGO_TARGET_DIR) {
  const { directory, isRepository } = findIsothreads()
  const cargo = checkTools(directory)
  if (isRepository) return install(compile(cargo, ['--locked'], path.resolve(chosen ?? path.join(root, 'target'))))
  const temporary = fs.mkdtempSync(path.join(os.tmpdir(), 'isothreads-tasks-build-'))
  try {
    writeCrate(temporary, path.join(directory, 'sdk'))
    // Not --locked: the SDK may be newer than the one in Cargo.lock.
    const args = ['--manifest-path', path.join(temporary, 'Cargo.toml')]
    return install(compile(cargo, args, path.resolve(chosen ?? path.join(temporary, 'target'))))
  } finally {
    fs.rmSync(temporary, { recursive: true, force: true })
  }
}

function parse (args) {
  const options = { 'target-dir': { type: 'string' }, help: { type: 'boolean', short: 'h' } }
  const { values, positionals: [command = 'build', ...others] } = parseArgs({ args, options, allowPositionals: true })
  if (command !== 'build' || others.length > 0) throw new TypeError(`unknown command: ${[command, ...others].join(' ')}`)
  if (values['target-dir'] === '') throw new TypeError('--target-dir is empty')
  return values
}

function main (args) {
  let values
  try {
    values = parse(args)
  } catch (error) {
    console.error(`isothreads-tasks: ${error.message}\n${help}`)
    return exitCodeOfInvalidArgument
  }
  if (values.help) {
    console.log(help)
    return 0
  }
  const begin = performance.now()
  try {
    console.log(`isothreads-tasks: building for ${target}: some minutes of cargo`)
    const file = build(values['target-dir'])
    const seconds = ((performance.now() - begin) / 1000).toFixed(1)
    console.log(`isothreads-tasks: built ${path.relative(process.cwd(), file) || file} in ${seconds} s`)
    return 0
  } catch (error) {
    if (!(error instanceof BuildError)) throw error
    console.error(`isothreads-tasks: ${error.message}`)
    return 1
  }
}

process.exitCode = main(process.argv.slice(2))
