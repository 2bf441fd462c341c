'use strict'

// Run by the release workflow before anything is published: checks that the tag, the packages and their dependencies are consistent.

const fs = require('node:fs')
const path = require('node:path')
const { manifestIn } = require('../__test__/install/registry')
const { addonPackages, tasksPackages } = require('./targets')

const packages = path.join(__dirname, '..', 'packages')

/** @returns {string[]} the faults */
function findFaults (tag, manifests) {
  const names = manifests.map(({ name }) => name)
  const expected = ['isothreads', 'isothreads-tasks', ...addonPackages(), ...tasksPackages()]
  return [
    ...expected.filter((name) => !names.includes(name)).map((name) => `${name} is missing`),
    ...names.filter((name) => !expected.includes(name)).map((name) => `${name} is not published by this project`),
    ...manifests.filter(({ version }) => `v${version}` !== tag).map(({ name, version }) => `${name} is ${version} instead of ${tag}`),
    ...manifests.filter((manifest) => manifest.private).map(({ name }) => `${name} is private`),
    ...manifests.filter(({ scripts = {} }) => Object.keys(scripts).length > 0).map(({ name }) => `${name} has scripts`)
  ]
}

function main (tag) {
  const tarballs = fs.readdirSync(packages).filter((name) => name.endsWith('.tgz'))
  const faults = findFaults(tag, tarballs.map((name) => manifestIn(path.join(packages, name))))
  for (const fault of faults) console.error(fault)
  if (faults.length === 0) console.log(`${tarballs.length} packages match ${tag}`)
  return faults.length === 0 ? 0 : 1
}

process.exitCode = main(process.argv[2])
