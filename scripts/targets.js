'use strict'

/** The targets of prebuilt binaries: Node.js ABIs by major version, and platforms with their names in Rust. */

const abis = { 20: '115', 22: '127', 24: '137', 26: '147' }

const targets = [
  { name: 'linux-x64-gnu', os: 'linux', cpu: 'x64', libc: 'glibc', rust: 'x86_64-unknown-linux-gnu' },
  { name: 'linux-x64-musl', os: 'linux', cpu: 'x64', libc: 'musl', rust: 'x86_64-unknown-linux-musl' },
  { name: 'linux-arm64-gnu', os: 'linux', cpu: 'arm64', libc: 'glibc', rust: 'aarch64-unknown-linux-gnu' },
  { name: 'linux-arm64-musl', os: 'linux', cpu: 'arm64', libc: 'musl', rust: 'aarch64-unknown-linux-musl' },
  { name: 'darwin-x64', os: 'darwin', cpu: 'x64', rust: 'x86_64-apple-darwin' },
  { name: 'darwin-arm64', os: 'darwin', cpu: 'arm64', rust: 'aarch64-apple-darwin' },
  { name: 'win32-x64', os: 'win32', cpu: 'x64', rust: 'x86_64-pc-windows-msvc' }
]

/** @returns {string[]} the packages with the addon: one for each platform and ABI */
function addonPackages () {
  return targets.flatMap(({ name }) => Object.values(abis).map((abi) => `@isothreads/${name}-abi${abi}`))
}

/** @returns {string[]} the packages with the library of isothreads-tasks, which does not depend on the ABI */
function tasksPackages () {
  return targets.map(({ name }) => `@isothreads/tasks-${name}`)
}

module.exports = { abis, addonPackages, targets, tasksPackages }
