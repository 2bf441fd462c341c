'use strict'

const path = require('node:path')
const { spawn, spawnSync } = require('node:child_process')
const { once } = require('node:events')
const { parseArgs } = require('node:util')
const { environmentOf, provide, versionOf } = require('./node-versions')
const { abis } = require('./targets')

const root = path.join(__dirname, '..')
const majors = Object.keys(abis)
const testTimeout = 20 * 60_000

// `--after-test` runs the slow tests under this version only.
const newest = majors.at(-1)

const help = `Usage: node scripts/test-matrix.js [--after-test] [major of Node.js ...]

Builds the addon for each major (default: ${majors.join(', ')}) and runs all tests.
  --after-test   \`npm test\` has run: does not repeat its tests under the same major, runs only them under the others, the slow tests only
                 under ${newest}, and what depends little on the version of Node.js only under the same major`

function run (command, args, options) {
  const { error, status, signal } = spawnSync(command, args, { cwd: root, stdio: ['ignore', 'inherit', 'inherit'], ...options })
  if (error) throw error
  return { isSuccess: status === 0, reason: signal ?? `exit code ${status}` }
}

/** AVA's marks during the run, such as a file whose process crashed after its last test, and the output below the summary line. */
function failuresIn (output) {
  const line = /^ *─+$/m.exec(output)
  if (line === null) return output
  const marked = output.slice(0, line.index).split('\n').filter((text) => /^\s*✘/.test(text))
  return [...marked, output.slice(line.index)].join('\n')
}

/**
 * Runs the tests, and shows their output meanwhile.
 * @returns {Promise<{ isSuccess: boolean, reason: string, failures: string }>} failures: the parts of the output that
 * describe failures
 */
async function runTests (node, env) {
  // Started by its file, because the launcher in node_modules/.bin would run the first Node.js on the path.
  const ava = path.join('node_modules', 'ava', 'entrypoints', 'cli.mjs')
  const options = { cwd: root, env, stdio: ['ignore', 'pipe', 'inherit'], timeout: testTimeout, killSignal: 'SIGKILL' }
  const child = spawn(node, [ava], options)
  child.stdout.setEncoding('utf8')
  let output = ''
  child.stdout.on('data', (text) => {
    process.stdout.write(text)
    output += text
  })
  const [code, signal] = await once(child, 'close')
  return { isSuccess: code === 0, reason: signal ?? `exit code ${code}`, failures: failuresIn(output) }
}

/** @returns {string} a set of scripts/test-sets.js */
function setAfterTest (major) {
  const hasSlow = major === newest
  if (process.versions.node.startsWith(`${major}.`)) return hasSlow ? 'slow' : 'independent'
  return hasSlow ? 'dependent' : 'quick'
}

/** @returns {Promise<{ result: string, failures?: string }>} result: 'passed', or the failure */
async function testUnder (major, isAfterTest) {
  const node = provide(major)
  const version = versionOf(node)
  if (version === null) return { result: `${node} does not run` }
  console.log(`\n=== Node.js ${version} (${node})\n`)
  const env = environmentOf(node)
  const built = run(node, [path.join('scripts', 'build.js')], { env })
  if (!built.isSuccess) return { result: `the build failed (${built.reason})` }
  const { isSuccess, reason, failures } = await runTests(node, { ...env, ISOTHREADS_TEST_SET: isAfterTest ? setAfterTest(major) : 'all' })
  return isSuccess ? { result: 'passed' } : { result: `the tests failed (${reason})`, failures }
}

function parse (args) {
  const { values, positionals } = parseArgs({ args, options: { 'after-test': { type: 'boolean' } }, allowPositionals: true })
  const unknown = positionals.find((major) => !majors.includes(major))
  if (unknown !== undefined) throw new TypeError(`${unknown} is not one of ${majors.join(', ')}`)
  return { chosen: positionals.length === 0 ? majors : positionals, isAfterTest: values['after-test'] }
}

async function main (args) {
  let parsed
  try {
    parsed = parse(args)
  } catch (error) {
    console.error(`test-matrix: ${error.message}\n${help}`)
    return 9
  }
  const results = []
  for (const major of parsed.chosen) results.push({ major, ...await testUnder(major, parsed.isAfterTest) })
  // Repeated at the end, because the beginning of a log may be cut off.
  for (const { major, failures } of results) if (failures) console.log(`\n=== Failures under Node.js ${major}\n\n${failures.trimEnd()}`)
  console.log()
  for (const { major, result } of results) console.log(`Node.js ${major}: ${result}`)
  return results.every(({ result }) => result === 'passed') ? 0 : 1
}

main(process.argv.slice(2)).then((code) => { process.exitCode = code })
