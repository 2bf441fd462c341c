'use strict'

// The programs of `npm run test:packages`. They do what the packages' READMEs show.

const fs = require('node:fs')
const os = require('node:os')
const path = require('node:path')
const { spawn, spawnSync } = require('node:child_process')
const { once } = require('node:events')
const net = require('node:net')

const bin = (...file) => path.join(__dirname, 'node_modules', ...file)
const json = (folder, name) => JSON.parse(fs.readFileSync(path.join(folder, name), 'utf8'))
const show = (value) => JSON.stringify(value, null, 1)

const outputOf = ({ end, stdout, stderr }) => ({ end, stdout: stdout.split('\n'), stderr: stderr.split('\n') })
const readAll = (ended) => show(outputOf(ended))

/** The counts of statements, functions and branches by file, as Istanbul's report has them. */
function readCoverage (outputs) {
  const files = Object.entries(json(outputs, 'coverage-final.json'))
  return files.map(([file, { s, f, b }]) => [path.basename(file), JSON.stringify({ s, f, b })])
}

// Jest's and Vitest's reports have the same form. What they print has times in it, and an order that varies.
function readTests ({ end, outputs, stderr }) {
  const { success, testResults } = json(outputs, 'report.json')
  const tests = testResults.flatMap(({ assertionResults }) => assertionResults
    .map(({ fullName, status, failureMessages }) => [fullName, status, ...failureMessages.map((message) => message.split('\n')[0])].join(': ')))
  return show({ end, success, tests: tests.sort(), warnings: warningsIn(stderr), coverage: readCoverage(outputs) })
}

const warningsIn = (text) => text.split('\n').filter((line) => /Warning:/.test(line))

function tsx (name, ...args) {
  const workersOf = (major) => major < 22 ? ['worker.mjs', 'failing.mjs'] : ['worker.mjs', 'failing.mjs', 'worker.cts', 'worker.ts']
  return {
    name,
    package: 'tsx',
    folder: 'programs/tsx',
    isLoader: true,
    env: { TSX_DISABLE_CACHE: '1' },
    args: ({ major }) => [...args, 'main.ts', ...workersOf(major)],
    read: readAll
  }
}

function tsNode (name, ...args) {
  return { name, package: 'ts-node', folder: 'programs/ts-node', isLoader: true, args: () => args, read: readAll }
}

const needsNode22 = (major) => major < 22 ? 'the package needs Node.js 22' : undefined

/**
 * Each has a `name`, its `package`, the `folder` that it runs in, the arguments of Node.js, and a function that reads what must be the
 * same. `skip` returns why it does not run under a version of Node.js, `start` starts what the program needs.
 */
const programs = [
  tsx('tsx main.ts', bin('tsx', 'dist', 'cli.mjs')),
  tsx('node --import tsx', '--import', 'tsx'),
  tsNode('node --require ts-node/register', '--require', 'ts-node/register', 'main.ts'),
  tsNode('node --loader ts-node/esm', '--no-warnings', '--loader', 'ts-node/esm', 'main.mts'),
  {
    name: 'vitest with the pool of threads',
    package: 'vitest',
    folder: 'programs/vitest',
    skip: needsNode22,
    args: ({ outputs }) => [bin('vitest', 'vitest.mjs'), 'run', '--coverage.reportsDirectory', outputs, '--reporter', 'json', '--outputFile', path.join(outputs, 'report.json')],
    read: readTests
  },
  {
    name: 'jest with workerThreads',
    package: 'jest',
    folder: 'programs/jest',
    args: ({ outputs }) => [bin('jest', 'bin', 'jest.js'), '--coverageDirectory', outputs, '--cacheDirectory', path.join(outputs, 'cache'), '--json', '--outputFile', path.join(outputs, 'report.json')],
    read: readTests
  },
  {
    name: 'c8 with files that only workers run',
    package: 'c8',
    folder: 'programs/c8',
    args: ({ outputs }) => [bin('c8', 'bin', 'c8.js'), '--all', '--reporter', 'text', '--reporter', 'json', '--reports-dir', outputs, '--temp-directory', path.join(outputs, 'raw'), process.env.NODE ?? process.execPath, 'main.js'],
    read: (ended) => show({ ...outputOf(ended), coverage: readCoverage(ended.outputs) })
  },
  {
    name: 'webpack with thread-loader and a minimizer',
    package: 'webpack',
    folder: 'programs/webpack',
    args: ({ outputs }) => ['build.cjs', outputs],
    read: (ended) => show({ ...outputOf(ended), built: fs.readFileSync(path.join(ended.outputs, 'main.js'), 'utf8') })
  },
  {
    name: 'bullmq with useWorkerThreads',
    package: 'bullmq',
    folder: 'programs/bullmq',
    skip: () => spawnSync('redis-server', ['--version']).status === 0 ? undefined : 'there is no redis-server',
    start: startRedis,
    args: ({ service }) => ['main.cjs', String(service.port)],
    read: readAll
  }
]

async function startRedis () {
  const server = net.createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address()
  await new Promise((resolve) => server.close(resolve))
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'isothreads-redis-'))
  const args = ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no', '--dir', folder]
  const redis = spawn('redis-server', args, { stdio: ['ignore', 'pipe', 'inherit'] })
  const ended = once(redis, 'exit')
  let output = ''
  redis.stdout.setEncoding('utf8').on('data', (text) => { output += text })
  while (!output.includes('Ready to accept connections')) {
    const [code] = await Promise.race([once(redis.stdout, 'data').then(() => []), ended])
    if (code !== undefined) throw new Error(`redis-server ended with ${code}\n${output}`)
  }
  return {
    port,
    async stop () {
      redis.kill()
      await ended
      fs.rmSync(folder, { recursive: true, force: true })
    }
  }
}

module.exports = { programs }
