'use strict'

// Checks the packages of scripts/pack.js as npm, Node.js and TypeScript see them.

const fs = require('node:fs')
const path = require('node:path')
const { spawnSync } = require('node:child_process')
const { brokenLinks } = require('./package-links')

const root = path.join(__dirname, '..')
const packages = path.join(root, 'packages')
const isWindows = process.platform === 'win32'

function run (command, args) {
  const { error, status } = spawnSync(command, args, { cwd: root, stdio: ['ignore', 'inherit', 'inherit'], shell: isWindows })
  if (error) throw error
  return status === 0
}

function readManifest (folder) {
  return JSON.parse(fs.readFileSync(path.join(folder, 'package.json'), 'utf8'))
}

function checkFolder (folder) {
  const { name, types } = readManifest(folder)
  console.log(`\n${name}`)
  const broken = brokenLinks(folder)
  for (const link of broken) console.error(`${link}, which is not in the package`)
  return [
    broken.length === 0,
    run('npx', ['publint', '--strict', folder]),
    types === undefined || run('npx', ['attw', '--pack', folder, '--format', 'ascii', '--no-color', '--no-emoji']),
    run('npm', ['publish', '--dry-run', '--ignore-scripts', '--silent', folder])
  ].every(Boolean)
}

function main () {
  const folders = fs.readdirSync(packages, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && entry.name !== 'debug')
    .map(({ name }) => path.join(packages, name))
  if (folders.length === 0) throw new Error('There are no packages: npm run pack')
  return folders.map(checkFolder).every(Boolean) ? 0 : 1
}

process.exitCode = main()
