'use strict'

const { once } = require('node:events')
const { Mutex, eventsUntilExit, nextMessage } = require('./helpers')
const { runNode } = require('./run-process')
const { leanTest: test, startLean } = require('./lean-helpers')

// (module (func (export "spin") (loop (br 0))))
const wasmSpin = '[0, 97, 115, 109, 1, 0, 0, 0, 1, 4, 1, 96, 0, 0, 3, 2, 1, 0, 7, 8, 1, 4, 115, 112, 105, 110, 0, 0, 10, 9, 1, 7, 0, 3, 64, 12, 0, 11, 11]'

for (const [kind, code] of Object.entries({
  'an endless loop': 'postMessage(0); while (true);',
  'Atomics.wait': 'postMessage(0); Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0)',
  'a storm of promises': 'const again = () => Promise.resolve().then(again); again(); postMessage(0)',
  'a loop that catches everything': 'postMessage(0); for (;;) { try { for (;;) throw 1 } catch { continue } }',
  'a loop whose finally continues it': 'postMessage(0); for (;;) { try { for (;;); } finally { continue } }',
  'a loop in WebAssembly': `postMessage(0); new WebAssembly.Instance(new WebAssembly.Module(new Uint8Array(${wasmSpin}))).exports.spin()`,
  'a storm of immediates': 'const again = () => setImmediate(again); again(); postMessage(0)',
  'a storm of timers': 'setInterval(() => {}, 1); setInterval(() => { for (let n = 0; n < 1e5; n++); }); postMessage(0)',
  'waiting for messages': 'require("worker_threads").parentPort.on("message", () => {}); postMessage(0)',
  'a lock that never comes': 'require("worker_threads").parentPort.once("message", (m) => { postMessage(0); m.lock() })'
})) {
  test(`terminate() ends ${kind}`, async (t) => {
    const worker = startLean(t, code)
    const mutex = new Mutex()
    mutex.tryLock()
    worker.postMessage(mutex)
    const events = eventsUntilExit(worker)
    await once(worker, 'message')
    t.is(await worker.terminate(), 1)
    t.deepEqual(await events, [['online'], ['message', 0], ['exit', 1]])
  })
}

test('terminate() at any moment of the start ends with one exit and nothing else', async (t) => {
  for (let n = 0; n < 60; n++) {
    const worker = startLean(t, 'for (;;);')
    const exits = []
    worker.on('exit', (code) => exits.push(code))
    worker.on('error', (error) => t.fail(error.stack))
    const end = performance.now() + n / 10
    while (performance.now() < end);
    await worker.terminate()
    t.is(exits.length, 1)
  }
})

for (const [kind, code] of Object.entries({
  'an array that grows': 'const all = []; for (;;) all.push({ n: all.length })',
  'strings that grow': 'let text = "ab"; const all = []; for (;;) { all.push(text + all.length); }',
  'a map that grows': 'const map = new Map(); for (let n = 0; ; n++) map.set(n, [n])',
  'a storm of promises that are never released': 'const all = []; const again = () => { all.push([1, 2, 3]); return Promise.resolve().then(again) }; again()'
})) {
  test(`the heap limit ends ${kind}, and not the process`, async (t) => {
    const events = await eventsUntilExit(startLean(t, code, { resourceLimits: { maxOldGenerationSizeMb: 16, maxYoungGenerationSizeMb: 4 } }))
    t.deepEqual(events.map(([name, value]) => [name, value?.code ?? value]),
      [['online', undefined], ['error', 'ERR_WORKER_OUT_OF_MEMORY'], ['exit', 1]])
  })
}

for (const stackSizeMb of [undefined, 1, 16]) {
  test(`deep recursion is a RangeError with a stack of ${stackSizeMb ?? 'the default'} MB`, async (t) => {
    const worker = startLean(t, `
      const depth = (n) => { try { return depth(n + 1) } catch (error) { return [n, error.name] } }
      const nested = '['.repeat(1e6)
      let parse
      try { JSON.parse(nested) } catch (error) { parse = error.name }
      postMessage([depth(0), parse])
    `, { resourceLimits: { stackSizeMb } })
    const [[reached, name], parse] = await nextMessage(worker)
    t.true(reached > 1000)
    t.is(name, 'RangeError')
    t.regex(parse, /RangeError|SyntaxError/)
  })
}

test('200 workers one after another and 50 alive at once all answer and end', async (t) => {
  for (let n = 0; n < 200; n++) {
    const worker = startLean(t, `postMessage(${n})`)
    const exit = once(worker, 'exit')
    t.is(await nextMessage(worker), n)
    t.deepEqual(await exit, [0])
  }
  const alive = Array.from({ length: 50 }, () => startLean(t, 'const { parentPort } = require("worker_threads"); parentPort.on("message", (n) => parentPort.postMessage(n + 1))'))
  const answers = alive.map(nextMessage)
  alive.forEach((worker, n) => worker.postMessage(n))
  t.deepEqual(await Promise.all(answers), alive.map((worker, n) => n + 1))
  t.deepEqual(await Promise.all(alive.map((worker) => worker.terminate())), alive.map(() => 1))
})

test('asynchronous WebAssembly, WeakRefs and memory that outlives its worker', async (t) => {
  const worker = startLean(t, `
    const registry = new FinalizationRegistry(() => {})
    for (let n = 0; n < 1e4; n++) registry.register({ n }, n)
    WebAssembly.instantiate(new Uint8Array(${wasmSpin})).then(({ instance }) => {
      const buffer = new Uint8Array([1, 2, 3]).buffer
      const shared = new Uint8Array(new SharedArrayBuffer(2)).fill(7)
      require('worker_threads').parentPort.postMessage([typeof instance.exports.spin, buffer, shared], [buffer])
    })
  `)
  const exit = once(worker, 'exit')
  const [kind, buffer, shared] = await nextMessage(worker)
  t.deepEqual(await exit, [0])
  t.deepEqual([kind, [...new Uint8Array(buffer)], [...shared]], ['function', [1, 2, 3], [7, 7]])
})

test('threads, descriptors and memory are given back', async (t) => {
  const { stdout, ...end } = await runNode(['--expose-gc', '-e', `
    const { readdirSync } = require('fs')
    const { Worker } = require(${JSON.stringify(require.resolve('..'))})
    const held = () => {
      gc()
      return { threads: readdirSync('/proc/self/task').length, descriptors: readdirSync('/proc/self/fd').length, memory: process.memoryUsage().rss }
    }
    const one = (n) => new Promise((resolve) => {
      const worker = new Worker(n % 2 ? 'for (;;);' : 'postMessage(new Uint8Array(1000))', { eval: true, runtime: 'lean' })
      worker.on('exit', resolve)
      if (n % 2) setTimeout(() => worker.terminate(), n % 7)
    })
    const many = async (count) => { for (let n = 0; n < count; n += 4) await Promise.all([n, n + 1, n + 2, n + 3].map(one)) }
    many(100).then(async () => {
      const before = held()
      await many(400)
      await new Promise((resolve) => setTimeout(resolve, 200))
      console.log(JSON.stringify([before, held()]))
    })
  `], { timeout: 60_000 })
  t.deepEqual(end, { code: 0, signal: null, stderr: '', hung: false }, stdout)
  if (process.platform !== 'linux') return
  const [before, after] = JSON.parse(stdout)
  t.true(after.threads <= before.threads)
  t.true(after.descriptors <= before.descriptors)
  const growth = (after.memory - before.memory) / 400
  t.true(growth < 100 * 1024, `${growth} bytes for each worker`)
})

test('process.exit() and an uncaught error of the main thread end a process with busy lean workers', async (t) => {
  for (const [statement, code] of [['process.exit(7)', 7], ['throw new Error("of main")', 1]]) {
    const end = await runNode(['-e', `
      const { Worker } = require(${JSON.stringify(require.resolve('..'))})
      let online = 0
      for (let n = 0; n < 4; n++) {
        new Worker(n % 2 ? 'for (;;);' : 'setInterval(() => {}, 1e6)', { eval: true, runtime: 'lean' }).on('online', () => { if (++online === 4) ${statement} })
      }
    `], { timeout: 30_000 })
    t.is(end.code, code)
    t.false(end.hung)
  }
})
