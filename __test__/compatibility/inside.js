'use strict'

const { ask, runInWorker } = require('./workers')

const caught = (name, source) => ({
  name: `\`${name}\``,
  run: (api) => ask(api, `let found
    try { found = ['returned', String(${source})] } catch ({ name, code, message }) { found = [name, code, message] }
    parentPort.postMessage(found)`)
})

/** @type {import('./run').Probe[]} */
module.exports = [
  ...['abort()', 'chdir("/")', 'initgroups("a", "b")', 'setgid(0)', 'setuid(0)', 'setegid(0)', 'seteuid(0)', 'setgroups([])', 'umask(0)'].map((call) => caught(`process.${call}`, `process.${call}`)),
  caught('process.umask()', 'typeof process.umask()'),
  caught('process.title = ', '(process.title = "a", process.title === "a")'),
  caught('process.send', 'process.send'),
  caught('process.channel', 'process.channel'),
  caught('process.cwd()', 'process.cwd() === require("node:path").resolve()'),
  caught('process.argv0', 'typeof process.argv0'),
  caught('process.pid', 'typeof process.pid'),
  caught('process.memoryUsage()', 'Object.keys(process.memoryUsage())'),
  caught('process.cpuUsage()', 'Object.keys(process.cpuUsage())'),
  caught('process.hrtime.bigint()', 'typeof process.hrtime.bigint()'),
  caught("process.on('SIGINT')", 'process.listenerCount("SIGINT", process.on("SIGINT", () => {}))'),
  caught('trace_events.createTracing().enable()', 'require("node:trace_events").createTracing({ categories: ["a"] }).enable()'),
  caught('crypto.setFips(true)', 'require("node:crypto").setFips(true)'),
  caught('require.main', 'require.main === module'),
  caught('module.register()', 'typeof require("node:module").register'),
  caught('inspector.url()', 'require("node:inspector").url()'),
  caught('performance.eventLoopUtilization()', 'Object.keys(performance.eventLoopUtilization())'),
  caught('v8.getHeapStatistics()', 'Object.keys(require("node:v8").getHeapStatistics())'),
  caught('globalThis', 'Object.getOwnPropertyNames(globalThis).filter(name => !/^(__|found|parentPort|workerData)/.test(name)).sort()'),
  { name: '`parentPort.close()`', run: (api) => runInWorker(api, 'parentPort.on("message", () => {}); parentPort.close()') },
  { name: '`parentPort.unref()`', run: (api) => runInWorker(api, 'parentPort.on("message", () => {}).unref()') },
  { name: '`process.stdout.write()` before the end', run: (api) => runInWorker(api, 'process.on("exit", () => process.stdout.write("last")); process.stdout.write("first ")', { stdout: true }, async (worker) => { let text = ''; for await (const chunk of worker.stdout) text += chunk; return text }) },
  { name: "`process.on('exit')`", run: (api) => runInWorker(api, 'process.on("exit", code => parentPort.postMessage(code)); process.exit(5)') },
  { name: "`process.on('beforeExit')`", run: (api) => runInWorker(api, 'process.once("beforeExit", () => parentPort.postMessage("before"))') },
  { name: 'a worker that starts a worker', run: (api) => ask(api, 'const { Worker } = require("node:worker_threads"); new Worker("require(\'node:worker_threads\').parentPort.postMessage(\'nested\')", { eval: true }).on("message", message => parentPort.postMessage(message))') },
  { name: 'an ES module with top-level `await`', run: (api) => ask(api, 'import { parentPort } from "node:worker_threads"; await null; parentPort.postMessage("module")', { execArgv: ['--input-type=module'] }) },
  { name: 'TypeScript with `eval`', run: (api) => runInWorker(api, 'const text: string = "typed"; parentPort.postMessage(text)', { execArgv: ['--experimental-strip-types', '--input-type=commonjs-typescript', '--no-warnings'], stderr: true }) }
]
