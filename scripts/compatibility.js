'use strict'

// `npm run compatibility` runs every probe of __test__/compatibility under each version of Node.js, with Node's own worker_threads and with
// this package, and writes what was found into docs/compatibility.md.

const fs = require('node:fs')
const path = require('node:path')
const { spawnSync } = require('node:child_process')
const { environmentOf, provide } = require('./node-versions')
const { abis } = require('./targets')

const root = path.join(__dirname, '..')
const document = path.join(root, 'docs', 'compatibility.md')
const majors = Object.keys(abis)
const begin = '<!-- made by `npm run compatibility` -->'
const end = '<!-- end -->'

/** What a cell says about a verdict of run.js. */
const cells = { same: 'same', absent: '-', 'only here': 'here', better: 'better', less: '**less**' }

/** The part of the document between the marks. */
function partOf (text) {
  const from = text.indexOf(begin)
  const to = text.indexOf(end, from)
  if (from < 0 || to < 0) throw new Error(`docs/compatibility.md has no part between ${begin} and ${end}`)
  return { before: text.slice(0, from + begin.length), part: text.slice(from + begin.length, to), after: text.slice(to) }
}

/** @returns {Record<string, Record<string, string>>} the cells of a version's column, by section and name */
function columnOf (major) {
  const { part } = partOf(fs.readFileSync(document, 'utf8'))
  const column = {}
  let section
  for (const line of part.split('\n')) {
    if (line.startsWith('### ')) column[section = line.slice(4)] = {}
    const row = /^\| ([^|].*?) \| (.*) \|$/.exec(line)
    if (row !== null) column[section][row[1]] = row[2].split(' | ')[majors.indexOf(major)]
  }
  return column
}

function run (major) {
  const node = provide(major)
  const { status, stdout, stderr } = spawnSync(node, ['--no-warnings', path.join(root, '__test__', 'compatibility', 'run.js')],
    { encoding: 'utf8', env: environmentOf(node), timeout: 5 * 60_000, maxBuffer: 2 ** 26 })
  if (status !== 0) throw new Error(`the probes failed under Node.js ${major}: ${stderr}`)
  return JSON.parse(stdout)
}

/** @returns {string[]} a line for each probe whose outcome differs from Node's and has no reason */
function unexplained (results) {
  return Object.entries(results).flatMap(([section, probes]) => Object.entries(probes)
    .filter(([, { verdict }]) => verdict === 'unexplained')
    .map(([name, { outcomes: [nodes, ours] }]) => `${section}: ${name}: Node ${JSON.stringify(nodes)}, here ${JSON.stringify(ours)}`))
}

function tableOf (section, probes, byMajor) {
  const rows = probes.map(({ name, differs }) => {
    const verdicts = majors.map((major) => byMajor[major][section][name].verdict)
    const reason = verdicts.includes(differs?.verdict) ? differs.reason : ''
    return `| ${name} | ${verdicts.map((verdict) => cells[verdict]).join(' | ')} | ${reason} |`
  })
  return [`### ${section}`, '', `| | ${majors.join(' | ')} | |`, `|---|${'---|'.repeat(majors.length + 1)}`, ...rows].join('\n')
}

function main () {
  const byMajor = Object.fromEntries(majors.map((major) => [major, run(major)]))
  const faults = majors.flatMap((major) => unexplained(byMajor[major]).map((line) => `Node.js ${major}: ${line}`))
  if (faults.length > 0) {
    console.error(faults.join('\n'))
    return 1
  }
  const { sections } = require('../__test__/compatibility/run')
  const tables = Object.entries(sections).map(([section, probes]) => tableOf(section, probes, byMajor))
  const { before, after } = partOf(fs.readFileSync(document, 'utf8'))
  fs.writeFileSync(document, `${before}\n\n${tables.join('\n\n')}\n\n${after}`)
  return 0
}

module.exports = { cells, columnOf, unexplained }

if (require.main === module) process.exitCode = main()
