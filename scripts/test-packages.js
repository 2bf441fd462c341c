'use strict'

// Runs programs that use other packages, once with isothreads/register and once without, and compares what they write. The programs and
// the packages are in __test__/packages.

const fs = require('node:fs')
const os = require('node:os')
const path = require('node:path')
const { spawnSync } = require('node:child_process')
const { parseArgs } = require('node:util')
const { environmentOf, provide, versionOf } = require('./node-versions')
const { abis } = require('./targets')
const { programs } = require('../__test__/packages/programs')
const { runProgram } = require('../__test__/packages/run-program')

const root = path.join(__dirname, '..')
const folder = path.join(root, '__test__', 'packages')
const majors = Object.keys(abis)

const help = `Usage: node scripts/test-packages.js [--install] [--loaders] [--only name] [major of Node.js ...]

Compares programs with and without isothreads/register, under each major (default: the running one).
  --install      first installs the packages
  --only name    only the programs of this package: ${[...new Set(programs.map(({ package: name }) => name))].join(', ')}
  --loaders      only the programs that compile modules as they are loaded, which depend most on the version of Node.js

isothreads must have been built for these versions.`

function install () {
  const args = ['install', '--no-save', '--ignore-scripts', '--no-audit', '--no-fund', '--silent']
  const isWindows = process.platform === 'win32'
  const { error, status } = spawnSync('npm', args, { cwd: folder, stdio: ['ignore', 'inherit', 'inherit'], shell: isWindows })
  if (error) throw error
  if (status !== 0) throw new Error(`npm could not install the packages of ${folder}`)
}

function nodeOf (major) {
  return process.versions.node.startsWith(`${major}.`) ? process.execPath : provide(major)
}

/** The lines that only one of two texts has. */
function difference (plain, registered) {
  const [before, after] = [plain, registered].map((text) => text.split('\n'))
  return [
    ...before.filter((line) => !after.includes(line)).map((line) => `  without isothreads: ${line}`),
    ...after.filter((line) => !before.includes(line)).map((line) => `  with it:            ${line}`)
  ].join('\n') || '  the same lines in another order'
}

/** Whether a program behaves the same; prints one line, and the difference. */
async function compare (program, node, major) {
  const outputs = fs.mkdtempSync(path.join(os.tmpdir(), 'isothreads-packages-'))
  try {
    const begin = performance.now()
    const plain = await runProgram(program, { node, major, outputs: path.join(outputs, 'node'), isRegistered: false })
    const registered = await runProgram(program, { node, major, outputs: path.join(outputs, 'isothreads'), isRegistered: true })
    const seconds = ((performance.now() - begin) / 1000).toFixed(1)
    const faults = []
    if (plain.workers.length === 0 || plain.workers.some((owner) => owner !== 'node')) {
      faults.push(`without isothreads the program started these workers: ${plain.workers.join(' ') || 'none'}`)
    }
    if (!registered.workers.includes('isothreads')) faults.push('with isothreads/register the program started no worker of isothreads')
    if (plain.workers.length !== registered.workers.length) {
      faults.push(`${plain.workers.length} workers without isothreads, ${registered.workers.length} with it`)
    }
    if (plain.text !== registered.text) faults.push(difference(plain.text, registered.text))
    const mark = faults.length === 0 ? '✔' : '✘'
    console.log(`${mark} ${program.name.padEnd(45)} ${registered.workers.length} workers  ${seconds.padStart(5)} s`)
    for (const fault of faults) console.log(fault)
    return faults.length === 0
  } finally {
    fs.rmSync(outputs, { recursive: true, force: true, maxRetries: 3 })
  }
}

async function main (args) {
  let parsed
  try {
    parsed = parseArgs({
      args,
      options: { install: { type: 'boolean' }, loaders: { type: 'boolean' }, only: { type: 'string' } },
      allowPositionals: true
    })
    const unknown = parsed.positionals.find((major) => !majors.includes(major))
    if (unknown !== undefined) throw new TypeError(`${unknown} is not one of ${majors.join(', ')}`)
  } catch (error) {
    console.error(`test-packages: ${error.message}\n${help}`)
    return 9
  }
  const { values, positionals } = parsed
  if (values.install) install()
  const isChosen = (program) => (!values.loaders || program.isLoader) && (values.only ?? program.package) === program.package
  const chosen = programs.filter(isChosen)
  let passed = 0
  let failed = 0
  for (const major of positionals.length === 0 ? [process.versions.node.split('.')[0]] : positionals) {
    const node = nodeOf(major)
    console.log(`\n=== Node.js ${versionOf(node)}\n`)
    process.env = environmentOf(node)
    for (const program of chosen) {
      const reason = program.skip?.(Number(major))
      if (reason) {
        console.log(`- ${program.name}: skipped, ${reason}`)
      } else if (await compare(program, node, Number(major))) {
        passed++
      } else {
        failed++
      }
    }
  }
  console.log(`\n${passed} passed, ${failed} failed`)
  return failed === 0 && passed > 0 ? 0 : 1
}

main(process.argv.slice(2)).then((code) => { process.exitCode = code })
