'use strict'

const ava = require('ava')
const { beyondNode, bounded } = require('./helpers')
const { runProgram, endsCleanly } = require('./run-process')

const test = bounded(ava)
const testBeyondNode = beyondNode(ava)

const limit = { maxOldGenerationSizeMb: 32 }

/**
 * Runs a worker in a separate process, because a failure would end the process, and prints its events. Then another
 * worker shows that the process is well.
 * @param {string} code of the worker
 * @param {{ resourceLimits?: object, options?: string, execArgv?: string[] }} settings `options`: source of more options of the Worker
 */
function runWorker (code, { resourceLimits, options = '', execArgv } = {}) {
  return runProgram(`
    const run = (code, options) => new Promise((resolve) => {
      const events = []
      const worker = new Worker(code, { eval: true, ...options })
      worker.on('online', () => events.push('online'))
      worker.on('message', (value) => events.push(value))
      worker.on('error', ({ name, code, message }) => events.push(name, code, message))
      worker.on('exit', (code) => resolve([...events, code]))
    })
    console.log(...await run(process.argv[3], { resourceLimits: ${JSON.stringify(resourceLimits)}, ${options} }))
    console.log(...await run('require("worker_threads").parentPort.postMessage("well")'))
  `, { execArgv, args: [code] })
}

const well = 'online well 0\n'
const outOfMemory = {
  stdout: `online Error ERR_WORKER_OUT_OF_MEMORY Worker terminated due to reaching memory limit: JS heap out of memory 1\n${well}`
}

const shapes = {
  'an endless push of objects': 'const all = []; for (;;) all.push({ a: [1] })',
  'an endless push of numbers': 'const all = []; for (let i = 0; ; i++) all.push(i + 0.5)',
  'an endless push of small integers': 'const all = []; for (;;) all.push(1)',
  'an endless push of strings': 'const all = []; for (;;) all.push("a" + all.length)',
  'an endless push of arrays': 'const all = []; for (;;) all.push(new Array(1e5).fill(1.5))',
  'an endless push of functions': 'const all = []; for (;;) all.push(new Function(`return ${all.length}`))',
  'an endless push of BigInts': 'const all = []; for (let n = 1n; ; n = (n << 1000n) + 1n) all.push(n)',
  'an endless push of errors': 'const all = []; for (;;) { const error = new Error("a"); all.push(error.stack, error) }',
  'an endless push of promises': 'const all = []; for (;;) all.push(new Promise(() => {}))',
  'an endless push of WeakRefs': 'const all = []; for (;;) { const object = {}; all.push(object, new WeakRef(object)) }',
  'an endless push of clones': 'const all = []; for (;;) all.push(structuredClone(all))',
  'a growing Map': 'const map = new Map(); for (let i = 0; ; i++) map.set(i, {})',
  'a growing Set': 'const set = new Set(); for (let i = 0; ; i++) set.add(i)',
  'an object with ever more names': 'const object = {}; for (let i = 0; ; i++) object["a" + i] = i',
  'a doubling array': 'for (let all = [1]; ;) all = [...all, ...all]',
  'a concatenated array': 'for (let all = [1.5]; ;) all = all.concat(all)',
  'a doubling string': 'for (let text = "ab"; ;) text = (text + text).replace(/$/, "c")',
  'a chain of closures': 'for (let f = () => {}; ;) { const before = f; f = () => before }',
  'a spread of an endless generator': '[...(function * () { for (;;) yield {} })()]',
  'Array.from': 'Array.from({ length: 2 ** 31 }, () => ({}))',
  'flat': 'new Array(1000).fill(new Array(1000).fill(new Array(1000).fill({}))).flat(Infinity)',
  'sort': 'const all = []; for (;;) { for (let i = 0; i < 5e5; i++) all.push(Math.random()); all.sort() }',
  'join': 'const parts = new Array(1e5).fill("abcdefgh"); const all = []; for (;;) all.push(parts.join("-"))',
  'JSON.parse of a giant array': 'JSON.parse(`[${"[1,2,3],".repeat(1e6)}1]`)',
  'JSON.parse of many objects': 'JSON.parse(`[${"{\\"a\\":[]},".repeat(1e6)}1]`)',
  'JSON.parse of many names': 'JSON.parse(`{${Array.from({ length: 1e6 }, (_, i) => `"name ${i}":{}`)}}`)',
  'JSON.stringify of a growing array': 'const all = []; for (;;) all.push(JSON.stringify(all).slice(0, 1e6))',
  'giant matches of a regular expression': 'const all = []; for (;;) all.push("ab".repeat(1 << 20).match(/b/g))',
  'giant replaces of a regular expression': 'const all = []; for (;;) all.push("a".repeat(1 << 20).replace(/a/g, "bb"))',
  'a giant replace by a function': '"a".repeat(1 << 23).replace(/a/g, (a) => ({ toString: () => a + a }))',
  'giant splits': 'const all = []; for (;;) all.push("ab".repeat(1 << 20).split("b"))',
  'microtasks': '(async () => { const all = []; for (;;) { all.push({}); await null } })()',
  'ticks': 'const all = []; const again = () => { all.push({}, {}, {}); process.nextTick(again) }; again()',
  'timers': 'const all = []; setInterval(() => { for (let i = 0; i < 1e5; i++) all.push({}) })',
  'an exit listener': 'process.on("exit", () => { const all = []; for (;;) all.push({}) })',
  'an uncaughtException listener': 'process.on("uncaughtException", () => { const all = []; for (;;) all.push({}) }); throw 1',
  'another context': 'require("vm").runInNewContext("const all = []; for (;;) all.push({})")',
  'code that catches everything': 'const all = []; for (;;) { try { for (;;) all.push({}) } catch { continue } }',
  'code that goes on in finally': 'const all = []; for (;;) { try { for (;;) all.push({}) } finally { continue } }',
  'code with an exit listener, which does not run': `
    process.on('exit', () => require('worker_threads').parentPort.postMessage('never'))
    const all = []
    for (;;) all.push({})`
}

for (const [name, code] of Object.entries(shapes)) {
  testBeyondNode('In some of these Node crashes', `a worker out of memory by ${name} harms nobody else`, async (t) => {
    endsCleanly(t, await runWorker(code, { resourceLimits: limit }), outOfMemory)
  })
}

for (const name of ['objects', 'numbers', 'small integers', 'strings', 'arrays']) {
  testBeyondNode('In some of these Node crashes', `without resourceLimits, a worker out of memory by an endless push of ${name} harms nobody else`, async (t) => {
    endsCleanly(t, await runWorker(shapes[`an endless push of ${name}`], { execArgv: ['--max-old-space-size=64'] }), outOfMemory)
  })
}

test('an endless push of objects ends the worker as it does in Node', async (t) => {
  endsCleanly(t, await runWorker('const all = []; for (;;) all.push({ a: 1 })', { resourceLimits: limit }), outOfMemory)
})

testBeyondNode('Node crashes', 'a limit below what an environment needs ends the worker, and a small one above does not', async (t) => {
  for (const size of [0, 2, -1, 0.5]) {
    const run = await runWorker('', { resourceLimits: { maxOldGenerationSizeMb: size, maxYoungGenerationSizeMb: 0 } })
    endsCleanly(t, run, { stdout: outOfMemory.stdout.replace('online ', '') })
  }
  endsCleanly(t, await runWorker('', { resourceLimits: { maxOldGenerationSizeMb: 12 } }), { stdout: `online 0\n${well}` })
})

testBeyondNode('Node crashes', 'a worker out of memory by a message from its parent harms nobody else', async (t) => {
  const options = 'workerData: new Array(1e6).fill().map((_, i) => ({ i }))'
  endsCleanly(t, await runWorker('for (;;);', { resourceLimits: limit, options }), {
    stdout: outOfMemory.stdout.replace('online ', '')
  })
})

test('a worker may use all memory that its limit allows', async (t) => {
  const code = 'const all = []; for (let i = 0; i < 5e5; i++) all.push({ i }); require("worker_threads").parentPort.postMessage(all.length)'
  endsCleanly(t, await runWorker(code, { resourceLimits: { maxOldGenerationSizeMb: 128 } }), { stdout: `online 500000 0\n${well}` })
})

test('memory outside of the heap does not count', async (t) => {
  const code = 'const all = []; for (let i = 0; i < 10; i++) all.push(new Uint8Array(1e7).fill(1)); require("worker_threads").parentPort.postMessage(all.length)'
  endsCleanly(t, await runWorker(code, { resourceLimits: limit }), { stdout: `online 10 0\n${well}` })
})

test('memory that cannot be allocated is an error of the worker', async (t) => {
  for (const code of ['new ArrayBuffer(2 ** 52)', 'new WebAssembly.Memory({ initial: 65536, maximum: 65536 }).grow(1)', 'Buffer.alloc(2 ** 52)', '"a".repeat(2 ** 31)', 'new Array(-1)']) {
    const { stdout, ...end } = await runWorker(code)
    t.deepEqual(end, { code: 0, signal: null, stderr: '', hung: false }, code)
    // V8 counts a giant ArrayBuffer as memory of the heap from Node.js 26 on.
    t.regex(stdout, /^online (RangeError|Error ERR_WORKER_OUT_OF_MEMORY) .* 1\nonline well 0\n$/, code)
  }
})

test('a worker out of memory is not noticed by its siblings', async (t) => {
  endsCleanly(t, await runProgram(`
    const echo = "const { parentPort } = require('worker_threads'); parentPort.on('message', (n) => parentPort.postMessage(n + 1))"
    const siblings = Array.from({ length: 3 }, () => new Worker(echo, { eval: true }))
    const hungry = new Worker('const all = []; for (;;) all.push({})', { eval: true, resourceLimits: { maxOldGenerationSizeMb: 32 } })
    let ended = false
    const exit = new Promise((resolve) => hungry.on('error', () => {}).on('exit', (code) => { ended = true; resolve(code) }))
    const plays = siblings.map(async (sibling) => {
      let n = 0
      // One more round after the end of the other.
      for (let last = false; !last; ) {
        last = ended
        sibling.postMessage(n);
        [n] = await once(sibling, 'message')
      }
      return n > 0
    })
    console.log(await exit, ...await Promise.all(plays), ...await Promise.all(siblings.map((sibling) => sibling.terminate())))
  `), { stdout: '1 true true true 1 1 1\n' })
})

testBeyondNode('Node may crash', 'several workers out of memory at once harm nobody else', async (t) => {
  endsCleanly(t, await runProgram(`
    const codes = await Promise.all(Array.from({ length: 4 }, () => new Promise((resolve) => {
      const errors = []
      new Worker('const all = []; for (;;) all.push({}, 1.5, "a" + all.length)', { eval: true, resourceLimits: { maxOldGenerationSizeMb: 32 } })
        .on('error', (error) => errors.push(error.code))
        .on('exit', (code) => resolve([...errors, code].join(' ')))
    })))
    for (const code of codes) console.log(code)
  `), { stdout: 'ERR_WORKER_OUT_OF_MEMORY 1\n'.repeat(4) })
})

test('a worker of a worker out of memory harms only itself', async (t) => {
  endsCleanly(t, await runWorker(`
    const { parentPort, Worker } = require('worker_threads')
    const inner = new Worker('const all = []; for (;;) all.push({})', { eval: true, resourceLimits: { maxOldGenerationSizeMb: 32 } })
    inner.on('error', (error) => parentPort.postMessage(error.code))
    inner.on('exit', (code) => parentPort.postMessage(code))
  `), { stdout: `online ERR_WORKER_OUT_OF_MEMORY 1 0\n${well}` })
})

test('terminate() while a worker runs out of memory gives one exit', async (t) => {
  endsCleanly(t, await runProgram(`
    for (let delay = 0; delay < 20; delay++) {
      const worker = new Worker('const all = []; for (;;) all.push({})', { eval: true, resourceLimits: { maxOldGenerationSizeMb: 8 } })
      let exits = 0
      worker.on('error', () => {}).on('exit', () => exits++)
      await new Promise((resolve) => setTimeout(resolve, delay * 5))
      await worker.terminate()
      await new Promise((resolve) => setImmediate(resolve))
      if (exits !== 1) console.log(delay, exits)
    }
  `))
})

// With these an isolate cannot even start. The worker's error depends on how far it came.
for (const maxOldGenerationSizeMb of [0, 1, 2, 4, 5, 6, 7]) {
  testBeyondNode('Node may crash', `a limit of ${maxOldGenerationSizeMb} MB, hardly enough to start, harms nobody else`, async (t) => {
    const { stdout, ...end } = await runWorker('', { resourceLimits: { maxOldGenerationSizeMb } })
    t.deepEqual(end, { code: 0, signal: null, stderr: '', hung: false })
    t.regex(stdout, /^(online 0|(online )?Error ERR_WORKER_(OUT_OF_MEMORY|INIT_FAILED) .* 1)\nonline well 0\n$/)
  })
}
