'use strict'

const fs = require('node:fs')
const path = require('node:path')
const { extension, target } = require('./platform')

// One library for all versions of Node.js: it does not use V8.
const builtHere = path.join(__dirname, 'binaries', `tasks.${target}${extension}`)
const prebuiltPackage = `@isothreads/tasks-${target}`

const names = Object.freeze([
  'aggregate', 'aggregateBy', 'blur', 'brotliCompress', 'brotliDecompress', 'csvToJson', 'encode', 'grey', 'gunzip', 'gzip', 'hash',
  'hmac', 'imageInfo', 'jsonToCsv', 'pbkdf2', 'resize', 'scrypt', 'sortArray', 'zstdCompress', 'zstdDecompress'
])

/** A library that was built here takes precedence over the prebuilt one. */
function find () {
  if (fs.existsSync(builtHere)) return builtHere
  try {
    return require.resolve(prebuiltPackage)
  } catch (error) {
    if (error.code !== 'MODULE_NOT_FOUND') throw error
    throw notBuilt(error)
  }
}

function notBuilt (cause) {
  const { optionalDependencies = {} } = require('./package.json')
  const advice = prebuiltPackage in optionalDependencies
    ? 'Install again on this platform, with optional dependencies (npm install --include=optional), or build it from source with: '
    : 'Build it from source with: '
  const message = `isothreads-tasks has no library for ${target}: neither ${builtHere} nor the package ${prebuiltPackage} exists. ` +
    `${advice}npx isothreads-tasks build`
  const error = new Error(message, { cause })
  error.code = 'ERR_ISOTHREADS_TASKS_NOT_BUILT'
  return error
}

const binary = { get path () { return find() } }

/** The names of the tasks. */
exports.names = names

/** The path of the library, for WorkerPool and Worker. In this form Node.js detects the name for named imports. */
Object.defineProperty(exports, 'library', { enumerable: true, get () { return binary.path } })
