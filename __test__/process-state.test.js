'use strict'

// What belongs to the process is refused in workers by an error, never by an assertion of Node's; and flags that are for the main
// thread alone do nothing in workers. docs/node-embedding.md has the list.

const fs = require('node:fs')
const os = require('node:os')
const path = require('node:path')
const test = require('ava')
const { bounded, nextMessage, packageRoot, startWorker } = require('./helpers')
const { runNode } = require('./run-process')

const check = bounded(test)
const workerThreads = process.env.ISOTHREADS_TEST_PEER === 'node' ? 'node:worker_threads' : packageRoot

function temporaryFolder (t) {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'isothreads-state-'))
  t.teardown(() => fs.rmSync(folder, { recursive: true, force: true }))
  return folder
}

/** The names of the files that a process wrote while two workers ran in it. */
async function filesWritten (t, flags, source, env) {
  const cwd = temporaryFolder(t)
  const program = `const { Worker } = require(${JSON.stringify(workerThreads)})\n${source}`
  const { code, signal, stderr } = await runNode([...flags, '-e', program], { cwd, env })
  t.deepEqual({ code, signal }, { code: 0, signal: null }, stderr)
  return fs.readdirSync(cwd)
}

check('crypto.setFips() and crypto.fips are refused in a worker', async (t) => {
  const worker = startWorker(t, `
    const crypto = require('crypto')
    const codeOf = (action) => { try { action() } catch ({ code, message }) { return code + ': ' + message } }
    require('worker_threads').parentPort.postMessage([
      codeOf(() => crypto.setFips(true)), codeOf(() => crypto.setFips(false)), codeOf(() => { crypto.fips = true }), crypto.getFips()
    ])
  `)
  const refused = 'ERR_WORKER_UNSUPPORTED_OPERATION: Calling crypto.setFips() is not supported in workers'
  t.deepEqual(await nextMessage(worker), [refused, refused, refused, 0])
})

const busy = "new Worker('for (let i = 0, sum = 0; i < 1e6; i++) sum += Math.sqrt(i)', { eval: true })\n"

for (const [flag, extension] of [['--cpu-prof', 'cpuprofile'], ['--heap-prof', 'heapprofile']]) {
  check(`${flag} writes a profile of each worker`, async (t) => {
    const files = await filesWritten(t, [flag], busy.repeat(2))
    t.is(files.filter((name) => name.endsWith(extension)).length, 3, files.join())
  })
}

check('NODE_V8_COVERAGE covers each worker', async (t) => {
  const files = await filesWritten(t, [], busy.repeat(2), { NODE_V8_COVERAGE: '.' })
  t.is(files.filter((name) => name.startsWith('coverage-')).length, 3, files.join())
})

// Workers are checked once the signal has been handled: any reaction of theirs has happened by then.
const signalled = (signal) => `
  const worker = new Worker(\`require('worker_threads').parentPort.on('message', () => {
    require('worker_threads').parentPort.postMessage(process.listenerCount('${signal}'))
  }).postMessage(-1)\`, { eval: true })
  const fs = require('fs')
  worker.on('message', (count) => {
    if (count >= 0) {
      if (count > 0) throw new Error('The worker listens')
      return worker.terminate()
    }
    process.kill(process.pid, '${signal}')
    const wait = () => fs.readdirSync('.').length === 0 ? setTimeout(wait, 10) : worker.postMessage('ask')
    wait()
  })
`

if (process.platform !== 'win32') {
  for (const flag of ['--heapsnapshot-signal=SIGUSR2', '--report-on-signal']) {
    check(`${flag} is for the main thread alone`, async (t) => {
      t.is((await filesWritten(t, [flag], signalled('SIGUSR2'))).length, 1)
    })
  }

  check('--trace-sigint is for the main thread alone', async (t) => {
    const { stderr, hung } = await runNode(['--trace-sigint', '-e', `
      const { Worker } = require(${JSON.stringify(workerThreads)})
      new Worker('require("worker_threads").parentPort.postMessage(1); setInterval(() => {}, 1e6)', { eval: true })
        .on('message', () => { process.kill(process.pid, 'SIGINT'); for (;;); })
    `])
    t.false(hung)
    t.is(stderr.split('KEYBOARD_INTERRUPT').length - 1, 1, stderr)
  })
}
