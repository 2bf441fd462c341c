'use strict'

// The crates world: an arrow is a dependency with a path in a Cargo.toml.

const fs = require('node:fs')
const path = require('node:path')

/**
 * @param {string} root
 * @param {string} folder of a crate
 * @returns {{ name: string, folder: string, line: number }[]} its dependencies that are folders of the repository
 */
function pathDependencies (root, folder) {
  const manifest = path.join(root, folder, 'Cargo.toml')
  const found = []
  let section = ''
  for (const [index, line] of fs.readFileSync(manifest, 'utf8').split('\n').entries()) {
    section = /^\[(.+)\]/.exec(line)?.[1] ?? section
    const { 1: name, 2: to } = /^([\w-]+)\s*=.*\bpath\s*=\s*"([^"]*)"/.exec(line) ?? []
    if (to === undefined || !section.endsWith('dependencies')) continue
    found.push({ name, folder: path.posix.join(folder, to), line: index + 1 })
  }
  return found
}

// The workspace's own.
function members (root) {
  const text = fs.readFileSync(path.join(root, 'Cargo.toml'), 'utf8')
  const list = /^\s*members\s*=\s*\[([^\]]*)\]/m.exec(text)?.[1] ?? ''
  return ['.', ...[...list.matchAll(/"([^"]+)"/g)].map(([, folder]) => folder)]
}

/** @returns {import('../lint-architecture').Source[]} */
function readCrates (root) {
  return members(root).map((folder) => ({
    floor: folder,
    file: path.posix.join(folder, 'Cargo.toml'),
    arrows: pathDependencies(root, folder).map(({ folder: to, line }) => ({ to, line }))
  }))
}

module.exports = { pathDependencies, readCrates }
