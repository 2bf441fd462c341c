'use strict'

// Checks licences, duplicates and sources of the crates. Advisories are checked by .github/workflows/ci.yml, because they come from a
// repository that not every machine can reach, and change independently of this one.

const path = require('node:path')
const { spawnSync } = require('node:child_process')

const root = path.join(__dirname, '..')
const version = '0.20.2'

function cargo (args) {
  const { error, status } = spawnSync('cargo', args, { cwd: root, stdio: 'inherit' })
  if (error) throw error
  return status
}

function main () {
  const isThere = spawnSync('cargo', ['deny', '--version'], { cwd: root }).status === 0
  // Without optimisation it is compiled in half the time, and runs long enough in neither case to notice.
  if (!isThere && cargo(['install', '--debug', '--locked', `cargo-deny@${version}`]) !== 0) return 1
  const checks = ['check', '--allow', 'unmatched-skip', 'bans', 'licenses', 'sources']
  const manifests = ['Cargo.toml', path.join('tasks', 'Cargo.toml')]
  return manifests.every((manifest) => cargo(['deny', '--config', 'deny.toml', '--manifest-path', manifest, ...checks]) === 0) ? 0 : 1
}

process.exitCode = main()
