'use strict'

const fs = require('node:fs')
const path = require('node:path')

const directory = path.join(__dirname, '..', 'binaries')

// Each Node.js major has an ABI number of its own; the numbers mean nothing to a reader of an error message.
const nodeMajorOfAbi = { 115: 20, 127: 22, 131: 23, 137: 24, 141: 25, 147: 26 }

/**
 * The C library that the running Node.js is linked with, read from the loader that its executable asks for: `process.report` would
 * tell too, but takes up to seconds where host names resolve slowly.
 * @returns {'glibc' | 'musl' | null} null where the platform has only one
 */
function detectLibc () {
  if (process.platform !== 'linux') return null
  const head = Buffer.alloc(4096)
  const descriptor = fs.openSync(process.execPath, 'r')
  try {
    fs.readSync(descriptor, head, 0, head.length, 0)
  } finally {
    fs.closeSync(descriptor)
  }
  return head.includes('/ld-musl-') ? 'musl' : 'glibc'
}

/**
 * The name of the binary for the running Node.js. binding.js looks for the same name.
 * @returns {string}
 */
function expectedFileName () {
  const libc = detectLibc()
  const target = `${process.platform}-${process.arch}${libc === null ? '' : `-${libc}`}`
  return `isothreads.${target}-abi${process.versions.modules}.node`
}

/**
 * The binaries that lie side by side here, whether or not the running Node.js can load them.
 * @returns {Array<{ name: string, platform: string, arch: string, libc: string | null, abi: string }>}
 */
function list () {
  let names
  try {
    names = fs.readdirSync(directory)
  } catch (error) {
    if (error.code === 'ENOENT') return []
    throw error
  }
  return names.sort().flatMap((name) => {
    const match = /^isothreads\.([^-]+)-([^-]+)(?:-(glibc|musl))?-abi(\d+)\.node$/.exec(name)
    if (match === null) return []
    const [, platform, arch, libc = null, abi] = match
    return [{ name, platform, arch, libc, abi }]
  })
}

/**
 * @param {string} abi
 * @returns {string} `ABI 127, Node.js 22`
 */
function describeAbi (abi) {
  return abi in nodeMajorOfAbi ? `ABI ${abi}, Node.js ${nodeMajorOfAbi[abi]}` : `ABI ${abi}`
}

module.exports = { describeAbi, detectLibc, directory, expectedFileName, list }
