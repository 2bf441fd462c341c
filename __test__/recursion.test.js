'use strict'

const { beyondNode, bounded, errorOf, eventsUntilExit, nextMessage, startWorker } = require('./helpers')
const { runProgram, endsCleanly } = require('./run-process')

const ava = require('ava')

const test = bounded(ava)
const testBeyondNode = beyondNode(ava)

const overflow = { name: 'RangeError', message: 'Maximum call stack size exceeded' }

// (module (func $f (export "f") (call $f)))
const wasmRecursion = '[0, 97, 115, 109, 1, 0, 0, 0, 1, 4, 1, 96, 0, 0, 3, 2, 1, 0, 7, 5, 1, 1, 102, 0, 0, 10, 6, 1, 4, 0, 16, 0, 11]'

const nested = (depth) => `let nested = []; for (let i = 0; i < ${depth}; i++) nested = [nested]; `

const recursions = {
  'a function that calls itself': 'const f = () => f() + 1; f()',
  'a function with many arguments': 'const f = (...all) => f(1, ...all); f()',
  'a method': 'class A { m () { return this.m() } }; new A().m()',
  'a constructor': 'class A { constructor () { new A() } }; new A()',
  'a getter': 'const o = { get a () { return this.a } }; o.a',
  'a Proxy': 'const p = new Proxy({}, { get: (target, name, self) => self[name] }); p.a',
  'toString': 'const o = { toString () { return `${this}` } }; `${o}`',
  'a generator': 'function * g () { yield * g() }; [...g()]',
  'a callback of sort': 'const f = () => [1, 2].sort(f); f()',
  'a callback of replace': 'const f = () => "a".replace(/a/, f); f()',
  'an event listener': 'const e = new (require("events"))(); e.on("x", () => e.emit("x")); e.emit("x")',
  'another context': 'const f = require("vm").runInNewContext("const f = () => f() + 1; f"); f()',
  'WebAssembly': `new WebAssembly.Instance(new WebAssembly.Module(new Uint8Array(${wasmRecursion}))).exports.f()`,
  'JSON.stringify': 'const o = { toJSON: () => JSON.stringify(o) }; JSON.stringify(o)',
  'a reviver of JSON.parse': 'JSON.parse("[".repeat(1e5) + "]".repeat(1e5), (key, value) => value)',
  'the parser': 'new Function(`return ${"[".repeat(1e5)}`)',
  'flat': `${nested(1e6)} nested.flat(Infinity)`,
  'structuredClone': `${nested(1e5)} structuredClone(nested)`,
  'postMessage': `${nested(1e5)} require("worker_threads").parentPort.postMessage(nested)`,
  'matching a regular expression': '/(?:(a)|b)*/.exec("ab".repeat(1e7))'
}

/** @param {number | undefined} stackSizeMb Node's default is 4 */
const limited = (stackSizeMb) => ({ resourceLimits: { stackSizeMb } })

for (const stackSizeMb of [undefined, 0.5, 1, 16]) {
  const stack = stackSizeMb === undefined ? 'the default stack' : `a stack of ${stackSizeMb} MB`
  for (const [name, code] of Object.entries(recursions)) {
    test(`on ${stack}, endless recursion in ${name} is a RangeError`, async (t) => {
      t.like(await errorOf(t, startWorker(t, code, limited(stackSizeMb))), overflow)
    })
  }

  test(`on ${stack}, a worker that caught its recursion continues`, async (t) => {
    const worker = startWorker(t, `
      const { parentPort } = require('worker_threads')
      const f = () => f() + 1
      for (let i = 0; i < 10; i++) {
        try { f() } catch (error) { parentPort.postMessage(error.message) }
      }
    `, limited(stackSizeMb))
    t.deepEqual(await eventsUntilExit(worker), [['online'], ...new Array(10).fill(['message', overflow.message]), ['exit', 0]])
  })

  test(`on ${stack}, a regular expression that is too complex is a SyntaxError`, async (t) => {
    const { name, message } = await errorOf(t, startWorker(t, 'new RegExp("a?".repeat(1e6)).test("")', limited(stackSizeMb)))
    t.is(name, 'SyntaxError')
    // The message begins with all of the expression. What V8 runs out of first depends on its version.
    t.true(/\/: (Stack overflow|Regular expression too large)$/.test(message), message.slice(-40))
  })

  test(`on ${stack}, JSON nested a million deep is parsed`, async (t) => {
    const code = 'JSON.parse("[".repeat(1e6) + "]".repeat(1e6)); require("worker_threads").parentPort.postMessage("parsed")'
    t.is(await nextMessage(startWorker(t, code, limited(stackSizeMb))), 'parsed')
  })

  test(`on ${stack}, endless recursion in a microtask, a tick, a timer and a message handler`, async (t) => {
    for (const call of ['queueMicrotask(f)', 'process.nextTick(f)', 'setTimeout(f)', 'port2.on("message", f); port1.postMessage(1)']) {
      const worker = startWorker(t, `
        const { port1, port2 } = new (require('worker_threads').MessageChannel)()
        const f = () => f() + 1
        ${call}
      `, limited(stackSizeMb))
      t.like(await errorOf(t, worker), overflow, call)
    }
  })

  test(`on ${stack}, endless recursion in an uncaughtException listener`, async (t) => {
    const worker = startWorker(t, 'process.on("uncaughtException", function f () { f() }); throw new Error("first")', limited(stackSizeMb))
    const error = (await eventsUntilExit(worker)).find(([name]) => name === 'error')[1]
    t.like(error, overflow)
  })

  test(`on ${stack}, terminate() ends endless recursion that is caught`, async (t) => {
    const worker = startWorker(t, `
      require('worker_threads').parentPort.postMessage('ready')
      const f = () => { try { f() } finally { f() } }
      f()
    `, limited(stackSizeMb))
    const events = eventsUntilExit(worker)
    await nextMessage(worker)
    t.is(await worker.terminate(), 1)
    t.deepEqual(await events, [['online'], ['message', 'ready'], ['exit', 1]])
  })
}

test('the depth that a worker reaches grows with its stackSizeMb', async (t) => {
  const depth = async (stackSizeMb) => nextMessage(startWorker(t, `
    let depth = 0
    const f = () => { depth++; f() }
    try { f() } catch { require('worker_threads').parentPort.postMessage(depth) }
  `, limited(stackSizeMb)))
  const depths = [await depth(1), await depth(4), await depth(16)]
  t.true(depths[1] > depths[0] * 3, `${depths}`)
  t.true(depths[2] > depths[1] * 3, `${depths}`)
})

// Node's own Worker ends the process with some of these.
for (const stackSizeMb of [0.001, 0.1, 0.2, 0.3]) {
  testBeyondNode('Node crashes or hangs', `a stack of ${stackSizeMb} MB, hardly enough to start, harms only the worker`, async (t) => {
    endsCleanly(t, await runProgram(`
      const worker = new Worker('const f = () => f() + 1; f()', { eval: true, resourceLimits: { stackSizeMb: ${stackSizeMb} } })
      const errors = []
      worker.on('error', (error) => errors.push(error))
      const code = await new Promise((resolve) => worker.on('exit', resolve))
      console.log(errors.length, code)
    `), { stdout: '1 1\n' })
  })
}
