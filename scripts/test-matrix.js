'use strict'

const fs = require('node:fs')
const path = require('node:path')
const { spawn, spawnSync } = require('node:child_process')
const { once } = require('node:events')

const root = path.join(__dirname, '..')
const cache = path.join(root, '.node-versions')
const majors = ['22', '24', '26']
const testTimeout = 20 * 60_000

function run (command, args, options) {
  const { error, status, signal } = spawnSync(command, args, { cwd: root, stdio: ['ignore', 'inherit', 'inherit'], ...options })
  if (error) throw error
  return { isSuccess: status === 0, reason: signal ?? `exit code ${status}` }
}

/**
 * Runs the tests, and shows what they write while they do.
 * @returns {Promise<{ isSuccess: boolean, reason: string, failures: string }>} failures: the part of the output that AVA writes
 * below its line, after the tests: what failed, and why
 */
async function runTests (node, env) {
  // Started by its file: the launcher in node_modules/.bin would run whichever Node.js comes first on the path.
  const ava = path.join('node_modules', 'ava', 'entrypoints', 'cli.mjs')
  const child = spawn(node, [ava], { cwd: root, env, stdio: ['ignore', 'pipe', 'inherit'], timeout: testTimeout, killSignal: 'SIGKILL' })
  child.stdout.setEncoding('utf8')
  let output = ''
  child.stdout.on('data', (text) => {
    process.stdout.write(text)
    output += text
  })
  const [code, signal] = await once(child, 'close')
  const line = /^ *─+$/m.exec(output)
  return { isSuccess: code === 0, reason: signal ?? `exit code ${code}`, failures: line === null ? output : output.slice(line.index) }
}

/** The version that a Node.js binary reports, or null where there is none that runs. */
function versionOf (node) {
  const { status, stdout } = spawnSync(node, ['--version'], { encoding: 'utf8' })
  return status === 0 ? stdout.trim() : null
}

/**
 * Fetches a Node.js, with its headers, as an npm package into this repository's cache.
 * @param {string} major
 * @returns {string} its binary
 */
function provide (major) {
  const isWindows = process.platform === 'win32'
  const name = `node-${isWindows ? 'win' : process.platform}-${process.arch}`
  const folder = path.join(cache, major)
  const node = path.join(folder, 'node_modules', name, 'bin', isWindows ? 'node.exe' : 'node')
  if (versionOf(node)?.startsWith(`v${major}.`)) return node

  fs.mkdirSync(folder, { recursive: true })
  fs.writeFileSync(path.join(folder, 'package.json'), '{ "private": true }\n')
  const quietly = ['--no-save', '--no-package-lock', '--ignore-scripts', '--no-audit', '--no-fund']
  const { isSuccess, reason } = run('npm', ['install', '--prefix', folder, ...quietly, `${name}@${major}`], { shell: isWindows })
  if (!isSuccess) throw new Error(`npm could not install ${name}@${major} (${reason})`)
  return node
}

/** The environment of a process that is to see no other Node.js than this one, nor the headers of another. */
function environmentOf (node) {
  const env = { ...process.env, NODE: node, npm_node_execpath: node }
  env.PATH = [path.dirname(node), process.env.PATH].join(path.delimiter)
  delete env.npm_config_nodedir
  return env
}

/** @returns {Promise<{ result: string, failures?: string }>} result: 'passed', or what failed */
async function testUnder (major) {
  const node = provide(major)
  const version = versionOf(node)
  if (version === null) return { result: `${node} does not run` }
  console.log(`\n=== Node.js ${version} (${node})\n`)
  const env = environmentOf(node)
  const built = run(node, [path.join('scripts', 'build.js')], { env })
  if (!built.isSuccess) return { result: `the build failed (${built.reason})` }
  const { isSuccess, reason, failures } = await runTests(node, env)
  return isSuccess ? { result: 'passed' } : { result: `the tests failed (${reason})`, failures }
}

async function main (chosen) {
  const unknown = chosen.find((major) => !majors.includes(major))
  if (unknown !== undefined) throw new Error(`${unknown} is not one of ${majors.join(', ')}`)
  const results = []
  for (const major of chosen.length === 0 ? majors : chosen) results.push({ major, ...await testUnder(major) })
  // Once more at the end: a log may be cut off at its beginning.
  for (const { major, failures } of results) if (failures) console.log(`\n=== What failed under Node.js ${major}\n\n${failures.trimEnd()}`)
  console.log()
  for (const { major, result } of results) console.log(`Node.js ${major}: ${result}`)
  return results.every(({ result }) => result === 'passed') ? 0 : 1
}

main(process.argv.slice(2)).then((code) => { process.exitCode = code })
