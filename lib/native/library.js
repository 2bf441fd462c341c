'use strict'

// Workers written in Rust: their names, and the libraries that contain them.

const {
  ArrayPrototypeJoin, ArrayPrototypeMap, Error, RegExpPrototypeExec, StringPrototypeSlice, StringPrototypeStartsWith, TypeError
} = require('../core/primordials')
const { URL, permission } = require('../core/platform')
const path = require('node:path')
const { fileURLToPath } = require('node:url')
const { invalidArgType, nativeError, nodeError } = require('../core/errors')
const { native } = require('../core/realm')

const SCHEME = 'native:'
// The file extensions of dynamic libraries.
const libraryFile = /\.(?:so|dylib|dll)(?:#.*)?$/

function isLibraryFile (text) {
  return typeof text === 'string' && RegExpPrototypeExec(libraryFile, text) !== null
}

/** Whether the name refers to a native worker and not to a JavaScript file. */
function isNative (filename) {
  if (typeof filename === 'string') return StringPrototypeStartsWith(filename, SCHEME) || isLibraryFile(filename)
  return typeof filename?.href === 'string' && (filename.protocol === SCHEME || isLibraryFile(filename.pathname))
}

/**
 * @param {string | URL} filename `native:` and the name of a worker of this package; or the path of a library, written like the path
 *   of a worker file, optionally with `#` and the name of a worker
 * @returns {{ key: number, path: string | undefined, workers: object[], index: number | undefined }} the library, and the index of
 *   the named worker, or of the only one
 * @throws {Error} ERR_DLOPEN_FAILED, ERR_ISOTHREADS_NO_SUCH_WORKER
 */
function findNative (filename) {
  const { file, name } = takeApart(filename)
  const library = loadLibrary(file)
  const { workers } = library
  if (name === undefined) return { ...library, index: workers.length === 1 ? 0 : undefined }
  return { ...library, index: indexOf(library, name) }
}

function takeApart (filename) {
  if (typeof filename === 'object') {
    if (filename.protocol === SCHEME) return { name: filename.pathname }
    const name = filename.hash === '' ? undefined : decoded(StringPrototypeSlice(filename.hash, 1))
    const url = new URL(filename.href)
    url.hash = ''
    return { file: fileURLToPath(url), name }
  }
  if (StringPrototypeStartsWith(filename, SCHEME)) return { name: StringPrototypeSlice(filename, SCHEME.length) }
  if (StringPrototypeStartsWith(filename, 'file:')) return takeApart(new URL(filename))
  const { 1: file, 2: name } = RegExpPrototypeExec(/^(.*\.(?:so|dylib|dll))(?:#(.*))?$/s, filename)
  if (path.isAbsolute(file) || RegExpPrototypeExec(/^\.\.?[\\/]/, file) !== null) return { file: path.resolve(file), name }
  throw nodeError(TypeError, 'ERR_WORKER_PATH',
    `The library must be an absolute path, a relative path that begins with './' or '../', or a file: URL. Received "${filename}"`)
}

function decoded (text) {
  try {
    return decodeURIComponent(text)
  } catch {
    // No worker has such a name, and the error reports it.
    return text
  }
}

/** @param {string} [file] an absolute path; default: this package's own library */
function loadLibrary (file) {
  if (file !== undefined) permission().checkLibrary(file)
  try {
    return { ...native.loadLibrary(file), path: file }
  } catch (error) {
    throw nativeError(Error, 'ERR_DLOPEN_FAILED', `Cannot load the native worker library ${file}: ${error.message}`)
  }
}

/**
 * @param {object} library the result of findNative()
 * @param {string} name the name of a worker in it
 */
function indexOf ({ path: file, workers }, name) {
  for (let index = 0; index < workers.length; index++) if (workers[index].name === name) return index
  throw nodeError(Error, 'ERR_ISOTHREADS_NO_SUCH_WORKER',
    `${file ?? 'This package'} has no native worker '${name}'. It has: ${listOf(workers)}`)
}

function listOf (workers) {
  return ArrayPrototypeJoin(ArrayPrototypeMap(workers, worker => worker.name), ', ')
}

/**
 * Lists the workers of a library, or of this package.
 * @param {string | URL} [filename]
 * @returns {{ name: string, specifier: string, kind: 'function' | 'conversation', description: string }[]}
 */
function nativeWorkers (filename) {
  if (filename !== undefined && typeof filename !== 'string' && typeof filename?.href !== 'string') {
    throw invalidArgType('library', 'of type string or an instance of URL', filename)
  }
  const { path: file, workers } = filename === undefined ? loadLibrary() : findNative(checkFile(filename))
  return ArrayPrototypeMap(workers, ({ name, description, isConversation }) => ({
    name,
    specifier: file === undefined ? SCHEME + name : `${file}#${name}`,
    kind: isConversation ? 'conversation' : 'function',
    description
  }))
}

function checkFile (filename) {
  if (isNative(filename)) return filename
  throw nodeError(TypeError, 'ERR_WORKER_PATH',
    `The file name of a native worker library must end in .so, .dylib or .dll. Received "${filename}"`)
}

module.exports = { findNative, indexOf, isNative, listOf, nativeWorkers }
