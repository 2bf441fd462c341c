'use strict'

// Writes the notices of the crates that are linked into the published binaries; --check only compares them with Cargo.lock.

const fs = require('node:fs')
const path = require('node:path')
const { spawnSync } = require('node:child_process')
const { targets } = require('./targets')

const root = path.join(__dirname, '..')
const version = '0.9.3'
const crates = [root, path.join(root, 'tasks')]

function cargo (args, options) {
  const { error, status, stdout } = spawnSync('cargo', args, { cwd: root, encoding: 'utf8', maxBuffer: 1e8, ...options })
  if (error) throw error
  if (status !== 0) throw new Error(`cargo ${args.join(' ')} failed (exit code ${status})`)
  return stdout
}

function noticesOf (crate) {
  return path.join(crate, 'THIRD-PARTY-NOTICES.md')
}

function manifestOf (crate) {
  return path.join(crate, 'Cargo.toml')
}

function write (crate) {
  const args = ['about', 'generate', '--locked', '--fail', '--manifest-path', manifestOf(crate), '--config', 'about.toml', 'about.hbs']
  fs.writeFileSync(noticesOf(crate), `${cargo(args, { stdio: ['ignore', 'pipe', 'inherit'] }).trimEnd()}\n`)
}

/** @returns {string[]} the third-party crates of a library, on all platforms */
function linkedCrates (crate) {
  const names = targets.flatMap(({ rust: target }) => {
    const args = ['tree', '--locked', '--manifest-path', manifestOf(crate), '--edges', 'normal', '--target', target]
    return cargo([...args, '--prefix', 'none', '--format', '{p}'], { stdio: ['ignore', 'pipe', 'inherit'] }).split('\n')
  })
  // Crates of this repository are listed with a path. Crates that only macros use are not linked, but cargo cannot exclude them.
  const foreign = names.filter((name) => name !== '' && !name.includes('(/')).map((name) => name.replace(/^(\S+) v(\S+).*$/, '$1 $2'))
  return [...new Set(foreign)].sort()
}

function check (crate) {
  const lines = fs.readFileSync(noticesOf(crate), 'utf8').match(/^- \S+ \S+$/gm)
  const listed = lines.map((line) => line.slice(2)).filter((name) => !name.startsWith('isothreads'))
  const linked = linkedCrates(crate)
  const faults = [
    ...linked.filter((name) => !listed.includes(name)).map((name) => `lacks ${name}`),
    ...listed.filter((name) => !linked.includes(name)).map((name) => `has ${name}, which is no longer linked`)
  ]
  for (const fault of faults) console.error(`${path.relative(root, noticesOf(crate))} ${fault}`)
  return faults.length === 0
}

function main (args) {
  if (args.includes('--check')) {
    if (crates.map(check).every(Boolean)) return 0
    console.error('Update them with: node scripts/notices.js')
    return 1
  }
  const isThere = spawnSync('cargo', ['about', '--version'], { cwd: root }).status === 0
  if (!isThere) cargo(['install', '--locked', '--features', 'cli', `cargo-about@${version}`], { stdio: 'inherit' })
  for (const crate of crates) write(crate)
  return 0
}

process.exitCode = main(process.argv.slice(2))
