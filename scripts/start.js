'use strict'

const fs = require('node:fs')
const os = require('node:os')
const path = require('node:path')
const readline = require('node:readline')
const { once } = require('node:events')
const { spawn } = require('node:child_process')

const EXAMPLES = path.join(__dirname, '..', '__test__', 'document')
const CLI = path.join(__dirname, '..', 'lib', 'cli.js')
const TICK_MS = 10
const REPORT_FD = 3

/** The document's own files, unchanged, and what each leaves open. */
const examples = [
  {
    title: 'fib(45) on a worker thread: this takes several seconds, and the main thread is free',
    folder: '1-run-in-worker',
    globals: {}
  },
  {
    title: 'A worker goes through 1,000 items and tells how far it is',
    folder: '2-messages',
    globals: { largeArray: Array.from({ length: 1000 }, (_, index) => index) }
  }
]

async function main () {
  const { version } = require('../package.json')
  const cpus = os.cpus()
  console.log(`isothreads ${version} on Node.js ${process.version}, ${cpus.length} x ${cpus[0]?.model.trim() ?? 'unknown processor'}`)
  for (const example of examples) {
    if (!await show(example)) {
      process.exitCode = 1
      return
    }
  }
  console.log('\nEvery Worker above ran on a thread that Rust owns. What works here in detail: npx isothreads doctor')
}

/** Runs an example in a process of its own and prints what it said and what was seen of it. */
async function show ({ title, folder, globals }) {
  const cwd = path.join(EXAMPLES, folder)
  const script = path.relative(process.cwd(), path.join(cwd, 'main.js'))
  console.log(`\n${title}\n  $ npx isothreads ${script}`)

  const child = spawn(process.execPath, [__filename, JSON.stringify(globals)], { cwd, stdio: ['ignore', 'pipe', 'inherit', 'pipe'] })
  readline.createInterface({ input: child.stdout }).on('line', (line) => console.log(`  | ${line}`))
  let report = ''
  child.stdio[REPORT_FD].setEncoding('utf8').on('data', (text) => { report += text })
  const [code, signal] = await once(child, 'close')
  if (code !== 0 || report === '') {
    console.log(`  The process ended with ${signal ?? `exit code ${code}`}`)
    return false
  }
  const { elapsed, ticks, longestPause, isOurs } = JSON.parse(report)
  console.log(`  ${(elapsed / 1000).toFixed(2)} s, and then the process ended by itself.`)
  console.log(`  Meanwhile a ${TICK_MS} ms timer on the main thread fired ${ticks} times, ${longestPause.toFixed(0)} ms apart at most.`)
  if (!isOurs) console.log("  But its `require('worker_threads')` was not this package's.")
  return isOurs
}

/** Runs `main.js` of the working directory as the command line does, with a timer beside it that shows whether the main thread is free. */
function runWatched (globals) {
  Object.assign(globalThis, globals)
  const begin = performance.now()
  let ticks = 0
  let longestPause = 0
  let last = begin
  setInterval(() => {
    const now = performance.now()
    longestPause = Math.max(longestPause, now - last)
    last = now
    ticks++
  }, TICK_MS).unref()
  // At exit nothing asynchronous gets through any more.
  process.once('exit', () => {
    const isOurs = require('node:worker_threads').Worker === require('..').Worker
    fs.writeSync(REPORT_FD, JSON.stringify({ elapsed: performance.now() - begin, ticks, longestPause, isOurs }))
  })
  process.argv = [process.execPath, CLI, 'main.js']
  require(CLI)
}

if (process.argv.length > 2) runWatched(JSON.parse(process.argv[2]))
else main()
