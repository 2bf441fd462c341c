'use strict'

const http = require('node:http')
const dgram = require('node:dgram')
const { once } = require('node:events')
const { bounded, startWorker, eventsUntilExit } = require('./helpers')

const test = bounded(require('ava'))

const prelude = `
  const { parentPort, workerData, MessageChannel, receiveMessageOnPort } = require('worker_threads')
  const ready = () => { parentPort.postMessage('ready') }
`

/** Ends a worker that has said that it is where the test wants it, and checks everything that it emits. */
async function endsWhenReady (t, code, options) {
  const worker = startWorker(t, prelude + code, options)
  const events = eventsUntilExit(worker)
  await once(worker, 'message')
  t.is(await worker.terminate(), 1)
  t.deepEqual(await events, [['online'], ['message', 'ready'], ['exit', 1]])
}

// (module (func (export "spin") (loop (br 0))))
const wasmSpin = '[0, 97, 115, 109, 1, 0, 0, 0, 1, 4, 1, 96, 0, 0, 3, 2, 1, 0, 7, 8, 1, 4, 115, 112, 105, 110, 0, 0, 10, 9, 1, 7, 0, 3, 64, 12, 0, 11, 11]'

const loops = {
  'an endless loop': 'ready(); while (true);',
  'an endless loop that calls': 'ready(); const f = (n) => n + 1; for (let n = 0; ; ) n = f(n)',
  'Atomics.wait': 'ready(); Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0)',
  'a loop of Atomics.wait': 'ready(); for (;;) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0)',
  'Atomics.waitAsync': 'ready(); Atomics.waitAsync(new Int32Array(new SharedArrayBuffer(4)), 0, 0); setInterval(() => {}, 1e6)',
  'an endless loop in WebAssembly': `
    const { spin } = new WebAssembly.Instance(new WebAssembly.Module(new Uint8Array(${wasmSpin}))).exports
    ready()
    spin()`,
  'a loop that catches everything': 'ready(); for (;;) { try { for (;;) throw 1 } catch { continue } }',
  'a loop whose finally continues it': 'ready(); for (;;) { try { for (;;); } finally { continue } }',
  'a loop in nested finally blocks': 'const f = () => { try { for (;;); } finally { f() } }; ready(); f()',
  'a loop of promises': 'const again = () => Promise.resolve().then(again); again(); ready()',
  'a loop of await': '(async () => { for (;;) await null })(); ready()',
  'a loop of queueMicrotask': 'const again = () => queueMicrotask(again); again(); ready()',
  'a loop of process.nextTick': 'const again = () => process.nextTick(again); again(); ready()',
  'a loop of setImmediate': 'const again = () => setImmediate(again); again(); ready()',
  'a backtracking regular expression': 'ready(); /^(a+)+$/.test("a".repeat(64) + "b")',
  'an endless generator': 'ready(); for (const _ of (function * () { for (;;) yield })());',
  'an endless getter in a message': 'ready(); parentPort.postMessage({ get a () { for (;;); } })',
  'an endless loop in a Proxy': 'ready(); new Proxy({}, { get () { for (;;); } }).a',
  'an endless loop in a message handler': 'const { port1, port2 } = new MessageChannel(); port2.on("message", () => { ready(); for (;;); }); port1.postMessage(1)',
  'an endless loop in an uncaughtException handler': 'process.on("uncaughtException", () => { ready(); for (;;); }); throw new Error("caught")',
  'an endless loop in an unhandledRejection handler': 'process.on("unhandledRejection", () => { ready(); for (;;); }); Promise.reject(new Error("caught"))',
  'an endless loop in an exit handler': 'process.on("exit", () => { ready(); for (;;); })',
  'an endless loop in an exit handler after process.exit()': 'process.on("exit", () => { ready(); for (;;); }); process.exit(3)',
  'an endless loop in an exit handler after an uncaught error': 'process.on("exit", () => { ready(); for (;;); }); throw new Error("lost")',
  'a loop in another context': 'ready(); require("vm").runInNewContext("for (;;);")',
  'a loop in another context with a timeout': 'ready(); require("vm").runInNewContext("for (;;);", {}, { timeout: 1e6 })',
  'a loop of receiveMessageOnPort': 'const { port1, port2 } = new MessageChannel(); ready(); for (;;) { port1.postMessage(1); receiveMessageOnPort(port2) }',
  'a loop of structuredClone': 'ready(); for (;;) structuredClone({ a: [1, new Map([[1, 2]])] })',
  'a loop that copies process.env': 'ready(); for (;;) ({ ...process.env })',
  'a loop that changes process.env': 'ready(); for (;;) { process.env.A = "a"; "A" in process.env; delete process.env.A }',
  'a loop of JSON': 'ready(); for (;;) JSON.parse(JSON.stringify(Array(1000).fill({ a: 1 })))',
  'a loop that creates contexts': 'ready(); for (;;) require("vm").createContext({})'
}

for (const [name, code] of Object.entries(loops)) {
  test(`terminate() ends ${name}`, (t) => endsWhenReady(t, code))
}

const idle = {
  'an idle worker': 'parentPort.on("message", () => {}); ready()',
  'a top-level await that never settles': 'import("data:text/javascript,setInterval(() => {}, 1e6); await new Promise(() => {})"); ready()',
  'pending timers': 'setTimeout(() => {}, 2 ** 31 - 1); setInterval(() => {}, 1); setInterval(() => {}, 1e6); ready()',
  'pending reads of a file': `
    const fs = require("fs")
    const zeros = fs.openSync("/dev/zero", "r")
    for (let i = 0; i < 8; i++) { (function read () { fs.read(zeros, Buffer.alloc(1 << 20), read) })() }
    ready()`,
  'open and closing FileHandles': `
    const { open } = require("fs/promises");
    for (let i = 0; i < 8; i++) { (async () => { for (;;) { const file = await open(process.execPath); await file.stat(); await file.close() } })() }
    open(process.execPath).then((kept) => { globalThis.kept = kept; ready() })`,
  'a watched file': 'globalThis.watcher = require("fs").watch(process.execPath); ready()',
  'a listening server': 'require("net").createServer().listen(0, "127.0.0.1", ready)',
  'a child process': 'require("child_process").spawn(process.execPath, ["-e", "process.stdin.resume()"]).once("spawn", ready)',
  'pending compression': 'const zlib = require("zlib"); const again = () => zlib.gzip(Buffer.alloc(1 << 20), again); for (let i = 0; i < 8; i++) again(); ready()',
  'pending compilations of WebAssembly': `
    const again = () => WebAssembly.compile(new Uint8Array(${wasmSpin})).then(again)
    for (let i = 0; i < 8; i++) again()
    setInterval(() => {}, 1e6)
    ready()`,
  'pending key derivation': 'const crypto = require("crypto"); const again = () => crypto.pbkdf2("a", "b", 1e4, 64, "sha512", again); for (let i = 0; i < 8; i++) again(); ready()',
  'a registered FinalizationRegistry': 'globalThis.registry = new FinalizationRegistry(() => { for (;;); }); for (let i = 0; i < 1e4; i++) registry.register({}, i); setInterval(() => {}, 1e6); ready()',
  'open ports': `
    const { port1, port2 } = globalThis.channel = new MessageChannel()
    port2.on("message", (value) => port1.postMessage(value))
    port1.on("message", (value) => port2.postMessage(value))
    port1.postMessage(new Uint8Array(1000))
    ready()`,
  'an AsyncLocalStorage in a loop of timers': 'new (require("async_hooks").AsyncLocalStorage)().run(1, () => setInterval(() => {}, 1)); ready()'
}

for (const [name, code] of Object.entries(idle)) {
  test(`terminate() ends a worker with ${name}`, (t) => endsWhenReady(t, code))
}

test('terminate() ends a worker with a pending DNS query', async (t) => {
  const server = dgram.createSocket('udp4')
  server.bind(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => server.close())
  const queried = once(server, 'message')
  const worker = startWorker(t, `${prelude}
    const resolver = new (require('dns').Resolver)()
    resolver.setServers([workerData])
    resolver.resolve4('isothreads.test', () => {})
    require('dns').lookup('localhost', () => {})
  `, { workerData: `127.0.0.1:${server.address().port}` })
  const events = eventsUntilExit(worker)
  await queried
  t.is(await worker.terminate(), 1)
  t.deepEqual(await events, [['online'], ['exit', 1]])
})

test('terminate() ends a worker with a pending HTTP request, and its connection', async (t) => {
  const server = http.createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => server.close())
  const worker = startWorker(t, `${prelude}
    require('http').get({ host: '127.0.0.1', port: workerData })
  `, { workerData: server.address().port })
  const events = eventsUntilExit(worker)
  const [request] = await once(server, 'request')
  request.on('error', () => {})
  const closed = once(request.socket, 'close')
  t.is(await worker.terminate(), 1)
  await closed
  t.deepEqual(await events, [['online'], ['exit', 1]])
})

test('terminate() ends a worker that floods its parent from an endless loop', async (t) => {
  const worker = startWorker(t, `${prelude} for (;;) parentPort.postMessage('flood')`)
  const events = eventsUntilExit(worker)
  await once(worker, 'message')
  t.is(await worker.terminate(), 1)
  const names = (await events).map(([name]) => name)
  t.deepEqual([...new Set(names)], ['online', 'message', 'exit'])
  t.is(names.at(-1), 'exit')
})

test('terminate() ends a worker that floods its parent from its event loop', async (t) => {
  const worker = startWorker(t, `${prelude} setInterval(() => { for (let i = 0; i < 1000; i++) parentPort.postMessage({ i }) })`)
  const events = eventsUntilExit(worker)
  await once(worker, 'message')
  t.is(await worker.terminate(), 1)
  t.deepEqual([...new Set((await events).map(([name]) => name))], ['online', 'message', 'exit'])
})

test('terminate() ends a worker that floods its stdout', async (t) => {
  const worker = startWorker(t, `${prelude} ready(); for (;;) console.log('x'.repeat(1000))`, { stdout: true })
  worker.stdout.resume()
  const events = eventsUntilExit(worker)
  await once(worker, 'message')
  t.is(await worker.terminate(), 1)
  t.deepEqual((await events).filter(([name]) => name !== 'message'), [['online'], ['exit', 1]])
})

test('terminate() ends a worker that is being flooded and never receives', async (t) => {
  const worker = startWorker(t, 'for (;;);')
  const events = eventsUntilExit(worker)
  await once(worker, 'online')
  for (let i = 0; i < 10_000; i++) worker.postMessage({ i, data: new Uint8Array(100) })
  t.is(await worker.terminate(), 1)
  t.deepEqual(await events, [['online'], ['exit', 1]])
})

test('terminate() ends a worker that is receiving', async (t) => {
  const worker = startWorker(t, `${prelude} parentPort.on('message', (value) => parentPort.postMessage(value))`)
  const events = eventsUntilExit(worker)
  worker.on('message', (value) => { for (let i = 0; i < 2; i++) worker.postMessage(value) })
  worker.postMessage(new Map([[1, { a: 'b' }]]))
  let seen = 0
  while (seen++ < 100) await once(worker, 'message')
  t.is(await worker.terminate(), 1)
  t.deepEqual([...new Set((await events).map(([name]) => name))], ['online', 'message', 'exit'])
})
