'use strict'

const fs = require('node:fs')
const path = require('node:path')
const { spawnSync } = require('node:child_process')
const { target } = require('../lib/node/binary')

const cache = path.join(__dirname, '..', '.node-versions')

/** The version that a Node.js binary reports, or null if it does not run. */
function versionOf (node) {
  const { status, stdout } = spawnSync(node, ['--version'], { encoding: 'utf8' })
  return status === 0 ? stdout.trim() : null
}

/**
 * Downloads a Node.js with its headers as an npm package into this repository's cache. There are no such packages for musl, where it is the
 * running Node.js.
 * @param {string} major
 * @returns {string} the path of its binary
 */
function provide (major) {
  if (target().endsWith('-musl')) {
    if (process.versions.node.startsWith(`${major}.`)) return process.execPath
    throw new Error(`Node.js ${major} for musl cannot be downloaded: run this with Node.js ${major}`)
  }
  const isWindows = process.platform === 'win32'
  const name = `node-${isWindows ? 'win' : process.platform}-${process.arch}`
  const folder = path.join(cache, major)
  const node = path.join(folder, 'node_modules', name, 'bin', isWindows ? 'node.exe' : 'node')
  if (versionOf(node)?.startsWith(`v${major}.`)) return node

  fs.mkdirSync(folder, { recursive: true })
  fs.writeFileSync(path.join(folder, 'package.json'), '{ "private": true }\n')
  const quietly = ['--no-save', '--no-package-lock', '--ignore-scripts', '--no-audit', '--no-fund']
  const args = ['install', '--prefix', folder, ...quietly, `${name}@${major}`]
  const { error, status, signal } = spawnSync('npm', args, { stdio: ['ignore', 'inherit', 'inherit'], shell: isWindows })
  if (error) throw error
  if (status !== 0) throw new Error(`npm could not install ${name}@${major} (${signal ?? `exit code ${status}`})`)
  return node
}

/**
 * The environment of a process that sees only this Node.js and its headers.
 * @param {string} node the path of its binary
 */
function environmentOf (node) {
  const env = { ...process.env, NODE: node, npm_node_execpath: node }
  env.PATH = [path.dirname(node), process.env.PATH].join(path.delimiter)
  delete env.npm_config_nodedir
  return env
}

module.exports = { environmentOf, provide, versionOf }
