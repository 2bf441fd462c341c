'use strict'

const fs = require('node:fs')
const path = require('node:path')

const extensions = { win32: '.dll', darwin: '.dylib' }
const { platform, arch } = process
// One for all versions of Node.js: it is Rust only. scripts/build.js puts it there.
const file = path.join(__dirname, 'binaries', `tasks.${platform}-${arch}${extensions[platform] ?? '.so'}`)

const names = Object.freeze([
  'aggregate', 'aggregateBy', 'blur', 'brotliCompress', 'brotliDecompress', 'csvToJson', 'encode', 'grey', 'gunzip', 'gzip', 'hash',
  'hmac', 'imageInfo', 'jsonToCsv', 'pbkdf2', 'resize', 'scrypt', 'sortArray', 'zstdCompress', 'zstdDecompress'
])

const binary = {
  get path () {
    if (fs.existsSync(file)) return file
    const error = new Error(`isothreads-tasks has not been built: ${file} is not there. Build it with: npm rebuild isothreads-tasks`)
    error.code = 'ERR_ISOTHREADS_TASKS_NOT_BUILT'
    throw error
  }
}

/** What it has. */
exports.names = names

/** The path of the library, for WorkerPool and Worker. In this form Node.js finds the name for imports in ES modules. */
Object.defineProperty(exports, 'library', { enumerable: true, get () { return binary.path } })
