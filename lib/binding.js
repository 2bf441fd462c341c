'use strict'

const fs = require('node:fs')
const path = require('node:path')

const directory = path.join(__dirname, '..', 'binaries')

/** Thrown by requiring the package where it has no native part that the running Node.js can load. */
class NotBuiltError extends Error {
  constructor (message, options) {
    super(message, options)
    this.name = 'Error'
    this.code = 'ERR_ISOTHREADS_NOT_BUILT'
  }
}

function describeHost (binary) {
  const libc = binary.detectLibc()
  return `Node.js ${process.version} (ABI ${process.versions.modules}) on ${process.platform}-${process.arch}` +
    (libc === null ? '' : ` (${libc})`)
}

function missing () {
  const binary = require('./binary')
  const present = binary.list().map(({ name, abi }) => `    ${name} (${binary.describeAbi(abi)})`)
  return new NotBuiltError([
    `isothreads is not built for this Node.js: ${path.join(binary.directory, binary.expectedFileName())} does not exist.`,
    `  needed:  a binary for ${describeHost(binary)}`,
    present.length === 0 ? '  present: none' : ['  present:', ...present].join('\n'),
    'Build it in place with:  npx isothreads build',
    '(npm 11 does not run the install scripts of a dependency before they are approved, so installing alone may not have built it.)'
  ].join('\n'))
}

function unloadable (file, cause) {
  return new NotBuiltError([
    `isothreads could not load ${file}: ${cause.message}`,
    `  needed:  a binary for ${describeHost(require('./binary'))}`,
    'Build it again in place with:  npx isothreads build --force'
  ].join('\n'), { cause })
}

/** Thrown where Node.js is not allowed to load native addons. The code is Node's. */
function notAllowed (cause) {
  const reason = cause.code === 'ERR_ACCESS_DENIED'
    ? "process.permission.drop('addon') was called"
    : process.permission === undefined ? 'it was started with --no-addons' : 'it was started with --permission and without --allow-addons'
  const error = new Error(`isothreads is a native addon, and this process may not load any: ${reason}.`, { cause })
  error.code = cause.code
  return error
}

/** Before any file is looked for: where one is may be what the process must not know. */
function checkAllowed () {
  try {
    // Without arguments it only says whether it is allowed.
    process.dlopen()
  } catch (error) {
    if (error.code === 'ERR_DLOPEN_DISABLED' || error.code === 'ERR_ACCESS_DENIED') throw notAllowed(error)
  }
}

/**
 * Every worker comes through here, so binary.js, which knows more about the file names than is needed here, is only loaded to explain a
 * failure. On Linux both C libraries are possible: looking for both files costs less than finding out which one this is.
 */
function load () {
  checkAllowed()
  const { arch, platform, versions } = process
  let failure
  const libraries = platform === 'linux' ? ['-glibc', '-musl'] : ['']
  for (let index = 0; index < libraries.length; index++) {
    const libc = libraries[index]
    const file = path.join(directory, `isothreads.${platform}-${arch}${libc}-abi${versions.modules}.node`)
    if (!fs.existsSync(file)) continue
    try {
      return require(file)
    } catch (error) {
      // The binary of the other C library may lie beside it: only when none of them loads is the first failure the one to tell.
      failure ??= unloadable(file, error)
    }
  }
  throw failure ?? missing()
}

module.exports = load()
