'use strict'

// What code that is not trusted can try. Each attempt has a process of its own, which must survive, with a worker beside it that must go on.

const path = require('node:path')
const { Worker, eventsUntilExit } = require('./helpers')
const { leanTest: test, startLean } = require('./lean-helpers')
const { runNode } = require('./run-process')

const program = path.join(__dirname, 'fixtures', 'lean', 'untrusted.js')
const codes = {
  heap: 'ERR_WORKER_OUT_OF_MEMORY',
  'external-memory': 'ERR_ISOTHREADS_EXTERNAL_MEMORY_LIMIT',
  'cpu-time': 'ERR_ISOTHREADS_CPU_TIME_LIMIT',
  'wall-time': 'ERR_ISOTHREADS_WALL_TIME_LIMIT'
}

// What is reached first depends on the machine: the limit of memory or that of time. Some attempts are errors of the language.
const attempts = {
  'an array that grows': 'const a = []; for (;;) a.push({ n: a.length })',
  'an array that doubles': 'let a = [1]; for (;;) a = [...a, ...a]',
  'an array of elements of V8 that are filled': 'for (let n = 1; ; n *= 2) new Array(n).fill(0)',
  'a loop that V8 does not interrupt': 'const a = []; for (;;) a.push(new Array(1000).fill({}))',
  'a function of V8 that runs for minutes': 'new Array(1e9).copyWithin(1)',
  'a length': 'Array.from({ length: 2 ** 32 - 1 })',
  'arguments without end': 'Math.max(...new Array(1e8))',
  'spread of a giant string': '[..."x".repeat(5e8)]',
  'a giant string that is split': '"x".repeat(2 ** 28).split("")',
  'a giant string that is matched': '"x".repeat(2 ** 28).match(/x/g)',
  'strings that are replaced': 'let s = "x".repeat(1e6); for (;;) s = s.replace(/x/g, "xx")',
  'a join': 'new Array(1e8).join("x".repeat(1000))',
  'an ArrayBuffer that becomes an array': 'Array.from(new Uint8Array(5e7))',
  'names of the elements of an ArrayBuffer': 'Object.entries(new Uint8Array(5e7))',
  'JSON.parse() of a long list': 'JSON.parse("[" + "1,".repeat(2e8) + "1]")',
  'JSON.stringify() of what is shared': 'let o = {}; for (let i = 0; i < 40; i++) o = [o, o]; JSON.stringify(o)',
  'JSON without end in depth': 'let o = []; for (let i = 0; i < 1e6; i++) o = [o]; JSON.stringify(o)',
  'an expression that goes back': '/^(a+)+$/.test("a".repeat(40) + "b")',
  'an expression with many groups': 'new RegExp("(".repeat(1e5) + ")".repeat(1e5)).test("")',
  'a Map': 'const m = new Map(); for (let n = 0; ; n++) m.set("k" + n, n)',
  'properties': 'const o = {}; for (let n = 0; ; n++) o["k" + n] = n',
  'a BigInt': 'let n = 3n; for (;;) n = n * n',
  'memory of WebAssembly': 'const all = []; for (;;) all.push(new WebAssembly.Memory({ initial: 100 }))',
  'recursion of functions': '(function f () { f() })()',
  'recursion of proxies': 'const p = new Proxy({}, {}); Object.setPrototypeOf(p, p); p.x',
  'recursion of generators': '(function * f () { yield * f() })().next()',
  'recursion of eval()': 'globalThis.f = () => (0, eval)("f()"); f()',
  'recursion of text': 'let a = []; for (let i = 0; i < 1e6; i++) a = [a]; String(a)',
  'nested source text: (': '(0, eval)("(".repeat(1e7))',
  'nested source text: [': '(0, eval)("[".repeat(1e7))',
  'nested source text: functions': '(0, eval)("(()=>".repeat(1e5) + "1" + ")".repeat(1e5))',
  'long source text': 'let t = ""; for (let i = 0; i < 1e6; i++) t += "var v" + i + "=" + i + ";"; (0, eval)(t)',
  'clones of much': 'const a = []; for (let i = 0; i < 1e5; i++) a.push({ i }); const all = []; for (;;) all.push(structuredClone(a))',
  'a clone in depth': 'let o = {}; for (let i = 0; i < 1e6; i++) o = { o }; structuredClone(o)',
  'a message that is much longer than its value': 'postMessage(new Array(1000).fill("x".repeat(1e6)))',
  'messages without end': 'for (let i = 0; ; i++) postMessage(new Array(1e4).fill(i))',
  'messages to itself': 'const { port1 } = new MessageChannel(); for (;;) port1.postMessage(1)',
  'output without end': 'for (;;) console.log("x".repeat(1e5))',
  'a storm of promises': '(function f () { Promise.resolve().then(f); Promise.resolve().then(f) })()',
  'rejections': 'for (;;) Promise.reject(1)',
  'asynchronous iteration': '(async () => { const all = []; for await (const x of (async function * () { for (;;) yield {} })()) all.push(x) })()',
  'microtasks': 'for (;;) queueMicrotask(() => {})',
  'timers': 'for (;;) setTimeout(() => {}, 1e6)',
  'callbacks of a FinalizationRegistry': `
    const r = new FinalizationRegistry(() => { for (;;); })
    for (let i = 0; i < 1e6; i++) r.register({}, 1)
    setInterval(() => { for (let i = 0; i < 1e5; i++) r.register({}, 1) }, 1)`,
  'WeakRefs': 'const a = []; for (;;) a.push(new WeakRef({}))',
  'a heap that is nearly full': `
    const a = []
    for (let i = 0; i < 1e5; i++) a.push({ i })
    for (;;) { a[Math.random() * 1e5 | 0] = { x: new Array(20).fill(1) }; a.push([]) }`,
  'Error.prepareStackTrace': 'Error.prepareStackTrace = () => { for (;;); }; throw new Error("x")',
  'long stacks': 'Error.stackTraceLimit = Infinity; const all = []; (function f () { all.push(new Error()); f() })()',
  'symbols': 'for (let i = 0; ; i++) Symbol.for("k" + i)',
  'an error whose getters do not end': 'throw { get message () { for (;;); }, get stack () { for (;;); } }',
  'a proxy as an error': 'throw new Proxy(new Error("x"), { get () { for (;;); }, getPrototypeOf () { throw 1 } })',
  'a giant error': 'throw new Error("x".repeat(5e8))',
  'an error in depth': 'let e = new Error("x"); for (let i = 0; i < 1e5; i++) e = new Error("y", { cause: e }); throw e',
  'functions made of strings': 'const a = []; for (let i = 0; ; i++) a.push(new Function("return " + i))',
  'methods of a Buffer on other values': 'for (const f of Object.getOwnPropertyNames(Buffer.prototype)) for (const v of [0, "", null, {}, new Proxy({}, {})]) try { Buffer.prototype[f].call(v, v, {}) } catch {} ; try { Buffer.prototype.inspect.call(0, 0, {}) } catch {}',
  'a StringDecoder with another state': 'const { StringDecoder } = require("string_decoder"); for (const at of [4, 5, 6]) for (const value of [3, 6, 100, 255, {}]) { const d = new StringDecoder("utf8"); const s = Object.getOwnPropertySymbols(d)[0]; try { d[s][at] = value; d.write(Buffer.from("abc")); d.end() } catch {} try { d[s] = { [at]: value }; d.write(Buffer.from("abc")); d.end() } catch {} }',
  'Intl': 'const a = []; for (;;) a.push(new Intl.NumberFormat("de", { minimumFractionDigits: a.length % 20 }))'
}

for (const [name, code] of Object.entries(attempts)) {
  test(`untrusted: ${name}`, async (t) => {
    const { stdout, stderr, ...result } = await runNode([program, code, '16'])
    t.deepEqual(result, { code: 0, signal: null, hung: false }, stderr)
    const { errors, exits, reason } = JSON.parse(stdout)
    t.is(exits.length, 1)
    t.true(errors.length <= 1)
    if (reason === 'exit') t.deepEqual({ errors, exits }, { errors: [], exits: [0] })
    else if (reason === 'error') t.is(errors.length, 1)
    else t.deepEqual({ errors, exits }, { errors: [codes[reason]], exits: [1] }, reason)
  })
}

for (const limit of ['8', '64']) {
  test(`untrusted: an array that grows and a long list with ${limit} MB`, async (t) => {
    for (const name of ['an array that grows', 'JSON.parse() of a long list']) {
      const { stdout, stderr, ...result } = await runNode([program, attempts[name], limit])
      t.deepEqual(result, { code: 0, signal: null, hung: false }, stderr)
      t.is(JSON.parse(stdout).errors.length, 1)
    }
  })
}

test('terminate() from both sides and several times at once ends a worker once', async (t) => {
  for (let n = 0; n < 20; n++) {
    const worker = startLean(t, 'setTimeout(close, 0); postMessage(0); const again = () => Promise.resolve().then(again); again()')
    const events = eventsUntilExit(worker)
    worker.once('message', () => { for (let n = 0; n < 3; n++) worker.terminate() })
    await worker.terminate()
    t.is((await events).filter(([name]) => name === 'exit').length, 1)
  }
})

test('workers of hostile code in a row leave nothing behind', async (t) => {
  const run = async () => {
    const worker = new Worker('const a = []; for (;;) a.push([a.length])', {
      eval: true,
      runtime: 'lean',
      resourceLimits: { maxOldGenerationSizeMb: 8, maxYoungGenerationSizeMb: 2 }
    })
    worker.on('error', (error) => t.is(error.code, 'ERR_WORKER_OUT_OF_MEMORY'))
    await new Promise((resolve) => worker.on('exit', resolve))
  }
  for (let n = 0; n < 10; n++) await run()
  const before = process.memoryUsage.rss()
  for (let n = 0; n < 30; n++) await run()
  const grown = (process.memoryUsage.rss() - before) / 2 ** 20
  t.true(grown < 100, `${grown} MB`)
})
