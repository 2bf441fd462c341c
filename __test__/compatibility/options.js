'use strict'

const { once } = require('node:events')
const { pathToFileURL } = require('node:url')
const { ask, describe, runInWorker } = require('./workers')

const fixture = require.resolve('../fixtures/compatibility-worker.js')

async function textOf (stream) {
  let text = ''
  for await (const chunk of stream) text += chunk
  return text
}

const fromFile = async (api, filename, options) => {
  const worker = new api.Worker(filename, options)
  const [[message]] = await Promise.all([once(worker, 'message'), once(worker, 'exit')])
  return message
}

/** @type {import('./run').Probe[]} */
module.exports = [
  { name: 'a path', run: (api) => fromFile(api, fixture) },
  { name: 'a `file:` URL', run: (api) => fromFile(api, pathToFileURL(fixture)) },
  { name: 'a `data:` URL', run: (api) => fromFile(api, new URL('data:text/javascript,import { parentPort } from "node:worker_threads"; parentPort.postMessage("from data")')) },
  { name: '`argv`', run: (api) => ask(api, 'parentPort.postMessage(process.argv.slice(2))', { argv: ['a', 1, null] }) },
  { name: '`env`: an object', run: (api) => ask(api, 'parentPort.postMessage({ ...process.env })', { env: { A: 'b', C: 1 } }) },
  {
    name: '`env`: `SHARE_ENV`',
    async run (api) {
      await runInWorker(api, 'process.env.ISOTHREADS_PROBE = "set there"', { env: api.SHARE_ENV })
      const found = process.env.ISOTHREADS_PROBE
      delete process.env.ISOTHREADS_PROBE
      return found
    }
  },
  { name: '`env`: a copy by default', run: (api) => ask(api, 'process.env.A = "b"; parentPort.postMessage([process.env.PATH !== undefined, process.env.A])').then((found) => [found, process.env.A]) },
  { name: '`eval`', run: (api) => runInWorker(api, 'parentPort.postMessage(__filename)') },
  { name: '`execArgv`', run: (api) => ask(api, 'parentPort.postMessage([process.execArgv, process.noDeprecation])', { execArgv: ['--no-deprecation'] }) },
  { name: '`execArgv`: `--conditions`, `--require` and others', run: (api) => ask(api, 'parentPort.postMessage([process.execArgv, globalThis.WebSocket === undefined])', { execArgv: ['--no-experimental-websocket', '--conditions=a'] }) },
  { name: '`name`', run: (api) => ask(api, 'parentPort.postMessage(require("node:worker_threads").threadName)', { name: 'a name' }), differs: { verdict: 'better', reason: 'The name can be read in the worker on every version.' } },
  {
    name: '`resourceLimits`',
    run: (api) => ask(api, 'const { maxOldGenerationSizeMb, stackSizeMb } = require("node:worker_threads").resourceLimits; parentPort.postMessage([maxOldGenerationSizeMb, stackSizeMb])',
      { resourceLimits: { maxOldGenerationSizeMb: 64, stackSizeMb: 2 } })
  },
  { name: '`stdin`', run: (api) => ask(api, 'process.stdin.on("data", data => parentPort.postMessage(String(data)))', { stdin: true }, (worker) => { worker.stdin.end('input') }) },
  { name: '`stdout`', run: (api) => runInWorker(api, 'process.stdout.write("output")', { stdout: true }, (worker) => textOf(worker.stdout)) },
  { name: '`stderr`', run: (api) => runInWorker(api, 'process.stderr.write("output")', { stderr: true }, (worker) => textOf(worker.stderr)) },
  { name: '`trackUnmanagedFds`', run: (api) => ask(api, 'const fs = require("node:fs"); fs.openSync(__filename === "x" ? "" : process.execPath); parentPort.postMessage("open")', { trackUnmanagedFds: true }) },
  {
    name: '`transferList`',
    async run (api) {
      const buffer = new ArrayBuffer(8)
      const length = await ask(api, 'parentPort.postMessage(workerData.byteLength)', { workerData: buffer, transferList: [buffer] })
      return [length, buffer.byteLength]
    }
  },
  { name: '`workerData`', run: (api) => ask(api, 'parentPort.postMessage([...workerData.map])', { workerData: { map: new Map([[1, new Date(0)]]) } }) },
  ...Object.entries({
    'no filename': [],
    'a filename that is a number': [1],
    'a relative path without `./`': ['worker.js'],
    'a URL that is a string': ['file:///worker.js'],
    'a URL of another protocol': [new URL('http://localhost/a.js')],
    '`argv` that is no array': ['', { eval: true, argv: 'a' }],
    '`env` that is a string': ['', { eval: true, env: 'a' }],
    '`execArgv` that is no array': ['', { eval: true, execArgv: 'a' }],
    '`execArgv` with an unknown flag': ['', { eval: true, execArgv: ['--no-such-flag'] }],
    '`execArgv` with a flag of V8': ['', { eval: true, execArgv: ['--max-old-space-size=64'] }],
    '`NODE_OPTIONS` with an unknown flag': ['', { eval: true, env: { NODE_OPTIONS: '--no-such-flag' } }],
    '`name` that is a number': ['', { eval: true, name: 1 }],
    '`workerData` that cannot be cloned': ['', { eval: true, workerData: () => {} }],
    '`eval` of a URL': [new URL('file:///a.js'), { eval: true }],
    'options that are null': ['./a.js', null]
  }).map(([name, args]) => ({ name, run: (api) => describe(thrownBy(() => new api.Worker(...args))) }))
]

function thrownBy (action) {
  try {
    action().terminate()
  } catch (error) {
    return error
  }
}
