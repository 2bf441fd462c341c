'use strict'

const diagnosticsChannel = require('node:diagnostics_channel')
const { once } = require('node:events')
const { runInWorker, untilOnline } = require('./workers')

const thrown = (name, source, differs) => ({ name: `\`error\`: ${name}`, run: (api) => runInWorker(api, source, { stderr: true }), differs })

/** @type {import('./run').Probe[]} */
module.exports = [
  { name: '`online`', run: async (api) => { await once(new api.Worker('', { eval: true }), 'online') } },
  { name: '`message`', run: (api) => runInWorker(api, 'parentPort.postMessage({ a: [1] }); parentPort.postMessage(2)') },
  {
    name: '`message` to the worker',
    run: (api) => runInWorker(api, 'parentPort.once("message", message => parentPort.postMessage(message))', {}, (worker) => { worker.postMessage('there and back') })
  },
  { name: '`exit`: by itself', run: (api) => runInWorker(api, '') },
  { name: '`exit`: `process.exit(3)`', run: (api) => runInWorker(api, 'process.exit(3)') },
  { name: '`exit`: `process.exitCode`', run: (api) => runInWorker(api, 'process.exitCode = 4') },
  { name: '`exit`: a top-level `await` that never settles', run: (api) => runInWorker(api, 'await new Promise(() => {})', { execArgv: ['--input-type=module', '--no-warnings'] }) },
  { name: '`exit`: `terminate()`', run: (api) => runInWorker(api, 'for (;;);', {}, async (worker) => (await untilOnline(worker)).terminate()) },
  { name: '`exit`: `terminate()` before anything ran', run: (api) => runInWorker(api, 'for (;;);', {}, (worker) => worker.terminate()) },
  thrown('an Error', 'throw new Error("why", { cause: 1 })'),
  thrown('a TypeError', 'throw new TypeError("why")'),
  thrown('an error of Node', 'require("node:fs").readFileSync("/no/such/file")'),
  thrown('a string', 'throw "why"'),
  thrown('null', 'throw null'),
  thrown('undefined', 'throw undefined'),
  thrown('a function', 'throw () => {}'),
  thrown('a symbol', 'throw Symbol("why")'),
  thrown('an object', 'throw { a: 1 }'),
  thrown('an object with getters that throw', 'throw { get a () { throw 1 } }'),
  thrown('a proxy', 'throw new Proxy({}, { get () { throw 1 } })'),
  thrown('an object of a class derived from Error', 'throw new (class Mine extends Error {})("why")'),
  thrown('a DOMException', 'throw new DOMException("why", "AbortError")', { verdict: 'better', reason: 'It arrives with its class, name and message.' }),
  thrown('an AggregateError', 'throw new AggregateError([1], "why")', { verdict: 'better', reason: 'It arrives with its class.' }),
  thrown('an unhandled rejection', 'Promise.reject(new Error("why"))'),
  thrown('a syntax error', 'this is no program'),
  thrown('a module that does not exist', 'require("no-such-module")'),
  thrown('after callbacks of `process.nextTick()`', 'process.nextTick(() => parentPort.postMessage("tick")); throw new Error("why")'),
  thrown('one that `uncaughtException` handles', 'process.on("uncaughtException", () => parentPort.postMessage("handled")); throw new Error("why")'),
  {
    name: '`messageerror`',
    async run (api) {
      const worker = new api.Worker('require("node:worker_threads").parentPort.once("message", () => {})', { eval: true })
      const { port1, port2 } = new api.MessageChannel()
      port1.close()
      worker.postMessage(port2, [port2])
      return (await once(worker, 'exit'))[0]
    }
  },
  {
    name: "`process.on('worker')`",
    async run (api) {
      const [[worker]] = await Promise.all([once(process, 'worker'), runInWorker(api, '')])
      return worker instanceof api.Worker
    }
  },
  {
    name: 'diagnostics channel `worker_threads`',
    async run (api) {
      const seen = []
      const note = ({ worker }) => seen.push(worker instanceof api.Worker)
      diagnosticsChannel.subscribe('worker_threads', note)
      await runInWorker(api, '')
      diagnosticsChannel.unsubscribe('worker_threads', note)
      return seen
    }
  }
]
