'use strict'

const fs = require('node:fs')
const path = require('node:path')

const directory = path.join(__dirname, '..', 'binaries')

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
  return `${platform}-${arch}-${require('detect-libc').isNonGlibcLinuxSync() ? 'musl' : 'gnu'}`
}

function fileName (name) {
  return `isothreads.${name}.node`
}

/** The name, without a directory, of the binary that a build for the running Node.js makes. */
function expectedFileName () {
  return fileName(`${target()}-abi${process.versions.modules}`)
}

/** The name of the package with a prebuilt binary for the running Node.js, whether or not it was published. */
function expectedPackageName () {
  return `@isothreads/${target()}-abi${process.versions.modules}`
}

/**
 * What the running Node.js may load, in the order in which it is tried: a binary that was built here is there because somebody wanted it. On Linux both C
 * libraries are possible: to try both takes less time than to find out which one this is.
 * @returns {Array<{ origin: string, request: string }>} `request` is for `require`
 */
function candidates () {
  const { arch, platform, versions } = process
  const libraries = platform === 'linux' ? ['-gnu', '-musl'] : ['']
  const names = libraries.map((library) => `${platform}-${arch}${library}-abi${versions.modules}`)
  return [
    ...names.map((name) => ({ origin: origins.source, request: path.join(directory, fileName(name)) })),
    ...names.map((name) => ({ origin: origins.package, request: `@isothreads/${name}` }))
  ]
}

/** @returns {string | null} the file that `require(request)` would load */
function resolve (request) {
  try {
    return require.resolve(request)
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

/** The packages with binaries that this version was published with; in the repository there are none. */
function publishedPackages () {
  return Object.keys(require('../package.json').optionalDependencies ?? {})
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
  candidates, describeAbi, directory, expectedFileName, expectedPackageName, list, origins, publishedPackages, resolve, target
}
