'use strict'

const path = require('node:path')
const { spawnSync } = require('node:child_process')

const root = path.join(__dirname, '..')
const oldestRust = { major: 1, minor: 88 }
const oldestRustName = `${oldestRust.major}.${oldestRust.minor}`

// The headers reveal a missing or old standard library, the option an old compiler.
const cppProbe = '#include <concepts>\n#include <memory>\n#include <source_location>\nstatic_assert(std::same_as<int, int>);\n'

/** A build tool is missing or too old; the message names it and says how to install it. */
class ToolchainError extends Error {
  constructor (message) {
    super(message)
    this.name = 'ToolchainError'
    this.code = 'ERR_ISOTHREADS_TOOLCHAIN'
  }
}

function run (command, args, input = '') {
  // In the crate's folder, where rustup's toolchain files and directory overrides apply as in the build.
  return spawnSync(command, args, { cwd: root, encoding: 'utf8', input, timeout: 120_000 })
}

function versionOf (tool, command) {
  const advice = `Install Rust ${oldestRustName} or later: https://rustup.rs`
  const { error, status, stdout, stderr } = run(command, ['--version'])
  if (error) {
    throw new ToolchainError(`isothreads is compiled with ${tool}, and \`${command}\` could not be run (${error.code}).\n${advice}`)
  }
  if (status !== 0) {
    throw new ToolchainError(`isothreads is compiled with ${tool}, and \`${command} --version\` failed: ${stderr.trim()}\n${advice}`)
  }
  return stdout.trim()
}

/**
 * @returns {{ rustc: string, cargo: string, cargoCommand: string }} the names and versions of the tools, and the command for cargo
 * @throws {ToolchainError} if a tool is missing or too old
 */
function checkRust () {
  const cargoCommand = process.env.CARGO || 'cargo'
  const rustc = versionOf('rustc', process.env.RUSTC || 'rustc')
  const [, major, minor] = /^rustc (\d+)\.(\d+)/.exec(rustc)?.map(Number) ?? []
  const isRecent = major > oldestRust.major || (major === oldestRust.major && minor >= oldestRust.minor)
  if (!isRecent) {
    throw new ToolchainError(`isothreads needs Rust ${oldestRustName} or later, and this is ${rustc}.\n` +
      'Update it, for example with: rustup update stable')
  }
  return { rustc, cargo: versionOf('cargo', cargoCommand), cargoCommand }
}

function compilerAdvice () {
  switch (process.platform) {
    case 'darwin': return 'Install one with: xcode-select --install'
    case 'win32': return 'Install the C++ workload of the Visual Studio Build Tools'
    default: return 'Install GCC 11 or later (Debian, Ubuntu: apt-get install g++; Fedora: dnf install gcc-c++; Alpine: apk add g++), ' +
      'or name one in CXX'
  }
}

/**
 * The first C++ compiler that supports C++20. If `CXX` is set, only that one is tried.
 * @param {{ name: string } | null} [crossTarget] the target platform if it is not this machine's
 * @returns {{ command: string | null, version: string }} the command is null on Windows, because Visual Studio is not on the path
 * @throws {ToolchainError}
 */
function checkCppCompiler (crossTarget = null) {
  if (crossTarget !== null && !process.env.CXX) {
    throw new ToolchainError(`A build for ${crossTarget.name} needs a C++20 compiler for it, named in CXX ` +
      '(for linux-arm64-gnu, Debian and Ubuntu: apt-get install g++-aarch64-linux-gnu, CXX=aarch64-linux-gnu-g++)')
  }
  if (process.platform === 'win32' && !process.env.CXX) return { command: null, version: 'Visual Studio, found by cargo' }
  const faults = []
  for (const command of process.env.CXX ? [process.env.CXX] : ['c++', 'g++', 'clang++']) {
    // CXX may carry arguments or a launcher, as in `ccache g++`.
    const [executable, ...args] = command.split(/\s+/).filter((part) => part !== '')
    const probe = run(executable, [...args, '-std=c++20', '-fsyntax-only', '-x', 'c++', '-'], cppProbe)
    if (probe.status === 0) return { command, version: run(executable, [...args, '--version']).stdout.split('\n')[0] }
    const reason = probe.error ? `could not be run (${probe.error.code})` : probe.stderr.trim().split('\n')[0]
    faults.push(`  ${command}: ${reason}`)
  }
  throw new ToolchainError('isothreads is compiled with a C++20 compiler, and none was found. Tried:\n' +
    `${faults.join('\n')}\n${compilerAdvice()}`)
}

module.exports = { checkCppCompiler, checkRust, ToolchainError }
