'use strict'

// Runs one program of programs.js and reads what it wrote.

const fs = require('node:fs')
const path = require('node:path')
const { spawn } = require('node:child_process')
const { once } = require('node:events')

const root = path.join(__dirname, '..', '..')
const timeout = 60_000

/**
 * @param {object} program of programs.js
 * @param {{ node: string, major: number, outputs: string, isRegistered: boolean }} options node: the path of its binary; outputs: a folder for what the
 *   program writes; isRegistered: whether every process and thread of the program loads isothreads/register
 * @returns {Promise<{ text: string, workers: string[] }>} text: what must be the same in both ways; workers: for each Worker, whose it was
 */
async function runProgram (program, { node, major, outputs, isRegistered }) {
  fs.mkdirSync(outputs, { recursive: true })
  const marks = path.join(outputs, 'workers.txt')
  const preloads = [isRegistered ? path.join(root, 'register.js') : undefined, path.join(__dirname, 'marker.js')].filter(Boolean)
  const env = {
    ...process.env,
    ...program.env,
    NODE_OPTIONS: preloads.map((file) => `--require "${file.replaceAll('\\', '\\\\')}"`).join(' '),
    ISOTHREADS_TEST_WORKERS: marks,
    ISOTHREADS_TEST_REGISTERED: isRegistered ? '1' : ''
  }
  for (const name of ['FORCE_COLOR', 'NODE_V8_COVERAGE', 'NODE_PATH']) delete env[name]
  const service = await program.start?.()
  let ended
  try {
    const args = program.args({ outputs, service, major })
    // A group of its own, so that no process of the program outlives it.
    const child = spawn(node, args, { cwd: path.join(__dirname, program.folder), env, stdio: ['ignore', 'pipe', 'pipe'], detached: true })
    ended = await endOf(child)
  } finally {
    await service?.stop()
  }
  const workers = fs.existsSync(marks) ? fs.readFileSync(marks, 'utf8').trim().split('\n') : []
  return { text: program.read({ ...ended, outputs }), workers }
}

async function endOf (child) {
  const output = { stdout: '', stderr: '' }
  for (const name of ['stdout', 'stderr']) child[name].setEncoding('utf8').on('data', (text) => { output[name] += text })
  const killGroup = () => {
    try {
      process.kill(-child.pid, 'SIGKILL')
    } catch {
      // All of it has ended.
    }
  }
  const timer = setTimeout(killGroup, timeout)
  const [code, signal] = await once(child, 'close')
  clearTimeout(timer)
  killGroup()
  return { end: signal ?? code, ...output }
}

module.exports = { runProgram }
