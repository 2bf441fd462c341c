'use strict'

const path = require('node:path')
const readline = require('node:readline')
const { once } = require('node:events')
const { spawn } = require('node:child_process')
const { drawLatencies, summarize } = require('./latencies')
const { startLine } = require('./live-line')

const root = path.join(__dirname, '..', '..')
const example = path.join(root, '__test__', 'document', '2-messages')
const preload = path.join(__dirname, 'watched-process.js')
const latencyDescriptor = 3
const lineWidth = 24

const contestants = [
  { name: 'Node\'s Worker', options: [] },
  { name: 'isothreads', options: ['--require', path.join(root, 'register.js')] }
]

/** Runs the unchanged example in Node.js's Worker and in this package's, and prints the main thread's latencies meanwhile. */
async function processItems () {
  console.log(`
A worker goes through 1,000 items and reports its progress; meanwhile the main thread answers a timer.
In ${path.relative(process.cwd(), example)}: node --require isothreads/register main.js
How late the timer was: ▁ less than 1 ms, ▂ less than 2 ms, ▃ 4, ▄ 8, ▅ 16, ▆ 32, ▇ 64, █ more.\n`)
  for (const { name, options } of contestants) await run(name, options)
}

async function run (name, options) {
  const child = spawn(process.execPath, [...options, '--require', preload, 'main.js'], {
    cwd: example,
    stdio: ['ignore', 'pipe', 'inherit', 'pipe'],
    env: { ...process.env, NODE_OPTIONS: undefined }
  })
  const closed = once(child, 'close')
  let percent = 0
  let isDone = false
  const latencies = []
  const line = startLine(name, (seconds, bar) => (
    `${bar(percent / 100)} ${String(percent).padStart(3)} % ${seconds}  ${drawLatencies(latencies, lineWidth)}`
  ))
  readline.createInterface({ input: child.stdout }).on('line', (text) => {
    const [, digits] = /^Progress: (\d+)%$/.exec(text) ?? []
    if (digits !== undefined) percent = Number(digits)
    else if (text === 'Result: all processed') isDone = true
  })
  readline.createInterface({ input: child.stdio[latencyDescriptor] }).on('line', (text) => latencies.push(Number(text)))
  const [code, signal] = await closed
  line.stop()
  if (code !== 0 || !isDone) throw new Error(`${name}: the example ended with ${signal ?? `exit code ${code}`}`)
  console.log(`  ${''.padEnd(16)}${summarize(latencies)}`)
}

module.exports = { processItems }
