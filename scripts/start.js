'use strict'

const fs = require('node:fs')
const os = require('node:os')
const path = require('node:path')
const readline = require('node:readline')
const { once } = require('node:events')
const { spawn } = require('node:child_process')

const examplesFolder = path.join(__dirname, '..', '__test__', 'document')
const cli = path.join(__dirname, '..', 'lib', 'cli.js')
const tick = 10
const reportDescriptor = 3

/** The document's own files, unchanged, and the global that it leaves open. */
const examples = [
  {
    title: 'fib(45) in a worker: seconds of computing, and the main thread stays free.',
    folder: '1-run-in-worker',
    globals: {}
  },
  {
    title: 'A worker goes through 1,000 items and tells how far it is.',
    folder: '2-messages',
    globals: { largeArray: Array.from({ length: 1000 }, (_, index) => index) }
  }
]

async function main () {
  const { version } = require('../package.json')
  const cpus = os.cpus()
  console.log(`isothreads ${version}, Node.js ${process.version}, ${cpus.length} x ${cpus[0]?.model.trim() ?? 'unknown processor'}`)
  for (const example of examples) {
    if (!await show(example)) {
      process.exitCode = 1
      return
    }
  }
  console.log('\nEvery worker above ran on a thread that Rust owns. What works here in detail: npx isothreads doctor')
}

/** Runs an example in a process of its own and prints what it says, when it says it, and what was seen of it. */
async function show ({ title, folder, globals }) {
  const cwd = path.join(examplesFolder, folder)
  console.log(`\n${title}`)
  console.log(`In ${path.relative(process.cwd(), cwd)}: npx isothreads main.js${describe(globals)}\n`)

  const child = spawn(process.execPath, [__filename, JSON.stringify(globals)], { cwd, stdio: ['ignore', 'pipe', 'inherit', 'pipe'] })
  const clock = startClock()
  readline.createInterface({ input: child.stdout }).on('line', (line) => clock.print(line))
  let report = ''
  child.stdio[reportDescriptor].setEncoding('utf8').on('data', (text) => { report += text })
  const [code, signal] = await once(child, 'close')
  clock.stop()

  if (code !== 0 || report === '') {
    console.log(`  The process ended with ${signal ?? `exit code ${code}`}.`)
    return false
  }
  const { ticks, longestPause, isOurs } = JSON.parse(report)
  console.log(`  ${clock.elapsed()}   the process ended by itself`)
  console.log(`\n  Meanwhile a timer of ${tick} ms on the main thread fired ${ticks} times, at most ${Math.ceil(longestPause)} ms apart.`)
  if (!isOurs) console.log('  But its worker_threads was not this package.')
  return isOurs
}

function describe (globals) {
  const names = Object.keys(globals)
  return names.length === 0 ? '' : `, with the global ${names.join(', ')} that it leaves open`
}

/** Prints lines with the time since the start; on a terminal the time also runs while there is nothing to print. */
function startClock () {
  const begin = performance.now()
  const elapsed = () => `${((performance.now() - begin) / 1000).toFixed(2).padStart(6)} s`
  const clear = () => { if (process.stdout.isTTY) process.stdout.write('\r\x1b[K') }
  const timer = process.stdout.isTTY ? setInterval(() => process.stdout.write(`\r  ${elapsed()}`), 100) : undefined
  return {
    elapsed,
    print (line) {
      clear()
      console.log(`  ${elapsed()}   ${line}`)
    },
    stop () {
      clearInterval(timer)
      clear()
    }
  }
}

/** Runs `main.js` of the working directory as the command line does, with a timer beside it that shows whether the main thread is free. */
function runWatched (globals) {
  Object.assign(globalThis, globals)
  let ticks = 0
  let longestPause = 0
  let last = performance.now()
  setInterval(() => {
    const now = performance.now()
    longestPause = Math.max(longestPause, now - last)
    last = now
    ticks++
  }, tick).unref()
  // At exit nothing asynchronous gets through any more.
  process.once('exit', () => {
    const isOurs = require('node:worker_threads').Worker === require('..').Worker
    fs.writeSync(reportDescriptor, JSON.stringify({ ticks, longestPause, isOurs }))
  })
  process.argv = [process.execPath, cli, 'main.js']
  require(cli)
}

if (process.argv.length > 2) runWatched(JSON.parse(process.argv[2]))
else main()
