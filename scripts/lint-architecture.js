'use strict'

// Compares what uses what in Rust and in lib/ with docs/floors.txt.

const fs = require('node:fs')
const path = require('node:path')
const { findCircles } = require('./architecture/circles')
const { readCrates } = require('./architecture/crates')
const { readFloors } = require('./architecture/floors')
const { readJavaScript } = require('./architecture/javascript')
const { readRust } = require('./architecture/rust')

/**
 * @typedef {object} Source a file of a world
 * @property {string} floor that it is of
 * @property {string} file
 * @property {{ to: string, line: number, file?: string }[]} arrows the floors that it uses; in lib/ the files, too
 */

/** @type {Record<string, (root: string, floors: Iterable<string>) => Source[]>} */
const readers = { crates: readCrates, src: readRust, lib: readJavaScript }

/**
 * @param {string} root
 * @returns {string[]} what is wrong, a line each
 */
function check (root) {
  const worlds = readFloors(fs.readFileSync(path.join(root, 'docs', 'floors.txt'), 'utf8'))
  const faults = [...worlds.values()].flatMap((world) => {
    const sources = readers[world.name](root, world.floors.keys())
    return [...checkArrows(world, sources), ...checkCircles(sources)]
  })
  return [...faults, ...checkDrawing(root)]
}

// docs/architecture.md shows the same floors to its readers.
function checkDrawing (root) {
  const document = path.join(root, 'docs', 'architecture.md')
  if (!fs.existsSync(document)) return []
  const floors = fs.readFileSync(path.join(root, 'docs', 'floors.txt'), 'utf8').trim()
  return fs.readFileSync(document, 'utf8').includes(`\n${floors}\n`)
    ? []
    : ['docs/architecture.md:1: it does not show docs/floors.txt as it is: copy the file into its first section']
}

function checkArrows ({ name: world, floors }, sources) {
  const faults = []
  const missing = new Set()
  for (const { floor, file, arrows } of sources) {
    const known = floors.get(floor)
    if (known === undefined) {
      if (!missing.has(floor)) faults.push(`${file}:1: ${floor} is not in docs/floors.txt as a floor of ${world}`)
      missing.add(floor)
      continue
    }
    for (const { to, line } of arrows) {
      if (to === floor || known.uses.has(to)) continue
      const allowed = [...known.uses].join(', ') || 'nothing'
      const reason = to === 'outside' || floors.has(to) ? 'which is not allowed' : `which is not a floor of ${world}`
      faults.push(`${file}:${line}: ${floor} uses ${to}, ${reason}. It may use: ${allowed}`)
    }
  }
  return faults
}

function checkCircles (sources) {
  const files = new Set(sources.map(({ file }) => file))
  const arrows = new Map(sources.map((source) => [source.file, source.arrows.filter(({ file }) => files.has(file))]))
  const graph = new Map([...arrows].map(([file, list]) => [file, new Set(list.map((arrow) => arrow.file))]))
  return findCircles(graph).map((circle) => {
    const [first, second] = circle
    const { line } = arrows.get(first).find(({ file }) => file === second)
    return `${first}:${line}: a circle: ${[...circle, first].join(' -> ')}`
  })
}

if (require.main === module) {
  const faults = check(path.join(__dirname, '..'))
  for (const fault of faults) console.error(fault)
  if (faults.length > 0) process.exitCode = 1
}

module.exports = { check }
