'use strict'

const fs = require('node:fs')
const path = require('node:path')
const { createRequire } = require('node:module')

const root = path.join(__dirname, '..', '..')
const directory = path.join(root, 'binaries')

// That of Node.js: this file may be loaded by something that knows no packages.
const nodeRequire = createRequire(__filename)

// Each Node.js major has an ABI number of its own; the numbers mean nothing to a reader of an error message.
const nodeMajorOfAbi = { 115: 20, 127: 22, 131: 23, 137: 24, 141: 25, 147: 26 }

const origins = { source: 'built from source', package: 'prebuilt package' }

/**
 * The platform as the names of binaries and packages have it. Looks into the executable of Node.js for the C library.
 * @returns {string} `linux-x64-gnu`, `darwin-arm64`
 */
function target () {
  const { arch, platform } = process
  if (platform !== 'linux') return `${platform}-${arch}`
  return `${platform}-${arch}-${nodeRequire('detect-libc').isNonGlibcLinuxSync() ? 'musl' : 'gnu'}`
}

function fileName (name) {
  return `isothreads.${name}.node`
}

/** The name, without a directory, of the binary that a build for the running Node.js makes, or for the same Node.js on another platform. */
function expectedFileName (platform = target()) {
  return fileName(`${platform}-abi${process.versions.modules}`)
}

/** The name of the package with a prebuilt binary for the running Node.js, whether or not it was published. */
function expectedPackageName () {
  return `@isothreads/${target()}-abi${process.versions.modules}`
}

/**
 * What the running Node.js may load, in the order in which it is tried: a binary that was built here is there because somebody wanted it.
 * On Linux both C libraries are possible: trying both takes less time than finding out which one this is.
 * @returns {Array<{ origin: string, request: string }>} `request` as `require` takes it
 */
function candidates () {
  const { arch, platform, versions } = process
  const libraries = platform === 'linux' ? ['-gnu', '-musl'] : ['']
  const found = []
  // By index: programs may have changed how arrays are iterated over.
  for (let index = 0; index < libraries.length; index++) {
    const name = `${platform}-${arch}${libraries[index]}-abi${versions.modules}`
    found[index] = { origin: origins.source, request: path.join(directory, fileName(name)) }
    found[index + libraries.length] = { origin: origins.package, request: `@isothreads/${name}` }
  }
  return found
}

/**
 * @returns {string | null} the file that it means, where it is there
 * @throws {Error} ERR_ACCESS_DENIED where the process must not read it
 */
function resolve (request) {
  try {
    const file = nodeRequire.resolve(request)
    // Node.js asks for no permission to find it, nor to load it.
    fs.accessSync(file)
    return file
  } catch (error) {
    if (error.code === 'MODULE_NOT_FOUND') return null
    throw error
  }
}

function filesBuiltHere () {
  try {
    return fs.readdirSync(directory).filter((name) => name.endsWith('.node')).sort()
  } catch (error) {
    if (error.code === 'ENOENT') return []
    throw error
  }
}

function manifest () {
  return JSON.parse(fs.readFileSync(path.join(root, 'package.json'), 'utf8'))
}

/** The packages with binaries that this version was published with; in the repository there are none. */
function publishedPackages () {
  return Object.keys(manifest().optionalDependencies ?? {})
}

/** Loads an addon as `require` does. */
function load (file) {
  return nodeRequire(file)
}

/**
 * Every binary that is there, whether or not the running Node.js can load it.
 * @returns {Array<{ name: string, origin: string, abi: string | undefined }>}
 */
function list () {
  const abiOf = (name) => /-abi(\d+)(?:\.node)?$/.exec(name)?.[1]
  return [
    ...filesBuiltHere().map((name) => ({ name, origin: origins.source, abi: abiOf(name) })),
    ...publishedPackages().filter((name) => resolve(name) !== null)
      .map((name) => ({ name, origin: origins.package, abi: abiOf(name) }))
  ]
}

/**
 * @param {string | undefined} abi
 * @returns {string} `ABI 127, Node.js 22`
 */
function describeAbi (abi) {
  return abi in nodeMajorOfAbi ? `ABI ${abi}, Node.js ${nodeMajorOfAbi[abi]}` : `ABI ${abi}`
}

module.exports = {
  candidates,
  describeAbi,
  directory,
  expectedFileName,
  expectedPackageName,
  list,
  load,
  manifest,
  origins,
  publishedPackages,
  resolve,
  target
}
