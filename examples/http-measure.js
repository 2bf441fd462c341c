'use strict'

// node examples/http-server.js --measure: the latency of a fast route while other clients request a slow one.

const http = require('node:http')
const path = require('node:path')
const { spawn } = require('node:child_process')
const { once } = require('node:events')
const { setTimeout: sleep } = require('node:timers/promises')

const slow = '/fib/34'
const quick = '/health'
const clients = 4
const pause = 10

async function measure ({ seconds, threads }) {
  console.log(`${clients} clients each request ${slow} and ${quick}, again ${pause} ms after each answer, for ${seconds} s:\n`)
  console.log(row('', `${quick}: median`, '99 %', 'slowest', `${slow}: per s`))
  for (const [title, option] of [[`pool of ${threads}`, `--threads=${threads}`], ['without a pool', '--no-pool']]) {
    const { quickTimes, slowTimes } = await measureServer(option, 1000 * seconds)
    const columns = [0.5, 0.99, 1].map((part) => `${quickTimes[Math.ceil(part * quickTimes.length) - 1].toFixed(1)} ms`)
    console.log(row(title, ...columns, (slowTimes.length / seconds).toFixed(1)))
  }
}

function row (title, ...columns) {
  const widths = [17, 10, 11, 18]
  return title.padEnd(15) + columns.map((text, index) => text.padStart(widths[index])).join('')
}

// The server runs in a separate process, so that clients do not wait for its thread.
async function measureServer (option, milliseconds) {
  const program = path.join(__dirname, 'http-server.js')
  const server = spawn(process.execPath, [program, '--port', '0', option], { stdio: ['ignore', 'pipe', 'inherit'] })
  const exited = once(server, 'exit')
  try {
    const [line] = await once(server.stdout.setEncoding('utf8'), 'data')
    const origin = line.trim()
    const end = performance.now() + milliseconds
    const [slowTimes, quickTimes] = await Promise.all([slow, quick].map(async (route) => {
      const times = await Promise.all(Array.from({ length: clients }, () => askAgainAndAgain(origin + route, end)))
      return times.flat().sort((a, b) => a - b)
    }))
    return { slowTimes, quickTimes }
  } finally {
    server.kill()
    await exited
  }
}

/** @returns {Promise<number[]>} the time of each answer */
async function askAgainAndAgain (url, end) {
  const agent = new http.Agent({ keepAlive: true, maxSockets: 1 })
  const times = []
  while (performance.now() < end) {
    const begin = performance.now()
    await get(url, agent)
    times.push(performance.now() - begin)
    await sleep(pause)
  }
  agent.destroy()
  return times
}

function get (url, agent) {
  return new Promise((resolve, reject) => {
    http.get(url, { agent }, (response) => response.resume().on('end', resolve).on('error', reject)).on('error', reject)
  })
}

module.exports = { measure }
