'use strict'

const fs = require('node:fs')
const path = require('node:path')
const { createRequire } = require('node:module')

const root = path.join(__dirname, '..', '..')
const directory = path.join(root, 'binaries')

// Node's own `require`: this file may be loaded by code that cannot resolve packages.
const nodeRequire = createRequire(__filename)

// Each Node.js major version has its own ABI number. These numbers mean nothing to the reader of an error message.
const nodeMajorOfAbi = { 115: 20, 127: 22, 131: 23, 137: 24, 141: 25, 147: 26 }

const origins = { source: 'built from source', package: 'prebuilt package' }

/**
 * The platform, as in the names of binaries and packages. Inspects the Node.js executable to find out the C library.
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

/** The file name of the binary that a build for the running Node.js creates, or for the same Node.js on another platform. */
function expectedFileName (platform = target()) {
  return fileName(`${platform}-abi${process.versions.modules}`)
}

/** The name of the package with a prebuilt binary for the running Node.js, whether or not such a package exists. */
function expectedPackageName () {
  return `@isothreads/${target()}-abi${process.versions.modules}`
}

/**
 * The binaries that the running Node.js may load, in the order of preference. A binary built here comes first, because somebody chose
 * to build it. On Linux both C libraries are candidates: trying both is faster than finding out which one is in use.
 * @returns {Array<{ origin: string, request: string }>} `request` is an argument for `require`
 */
function candidates () {
  const { arch, platform, versions } = process
  const libraries = platform === 'linux' ? ['-gnu', '-musl'] : ['']
  const found = []
  // By index: a program may have changed array iteration.
  for (let index = 0; index < libraries.length; index++) {
    const name = `${platform}-${arch}${libraries[index]}-abi${versions.modules}`
    found[index] = { origin: origins.source, request: path.join(directory, fileName(name)) }
    found[index + libraries.length] = { origin: origins.package, request: `@isothreads/${name}` }
  }
  return found
}

/**
 * @returns {string | null} the resolved file, or null if there is none
 * @throws {Error} ERR_ACCESS_DENIED when the process may not read it
 */
function resolve (request) {
  try {
    const file = nodeRequire.resolve(request)
    // Node.js checks no permission when it finds or loads the file.
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

/** The packages with binaries that were published with this version; none in the repository. */
function publishedPackages () {
  return Object.keys(manifest().optionalDependencies ?? {})
}

/** Loads an addon like `require`. */
function load (file) {
  return nodeRequire(file)
}

/**
 * Lists every binary that is present, whether or not the running Node.js can load it.
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
