'use strict'

const path = require('node:path')
const avaTest = require('ava')
const { bounded } = require('./helpers')
const { runNode, runProgram } = require('./run-process')

const test = bounded(avaTest)

// The resources of a process are visible in /proc.
const linuxTest = process.platform === 'linux' ? test : avaTest.skip

const manyWorkers = path.join(__dirname, 'fixtures', 'robustness', 'many-workers.js')

/** The lines that a process printed as JSON, once it has ended without a complaint. */
function linesOf (t, { stdout, ...end }) {
  t.deepEqual(end, { code: 0, signal: null, stderr: '', hung: false }, stdout)
  return stdout.trim().split('\n').map((line) => JSON.parse(line))
}

linuxTest('500 workers created and terminated at random moments leave no thread, no file descriptor and no growing memory behind', async (t) => {
  const seed = 1 + Math.floor(Math.random() * 1e9)
  const [before, after] = linesOf(t, await runNode(['--expose-gc', manyWorkers, String(seed)], { timeout: 50_000 }))
  t.is(after.threads, before.threads, `seed ${seed}`)
  t.is(after.descriptors, before.descriptors, `seed ${seed}`)
  // A worker takes 5 MB while it lives. The allocator's own untidiness is 10 to 70 KB for each.
  const growth = (after.memory - before.memory) / 500
  t.true(growth < 160 * 1024, `${growth} bytes for each worker, seed ${seed}`)
})

const measure = `
  const { readFileSync, readdirSync, stat } = require('fs')
  // The thread that repeats stops lives for some milliseconds after the last one.
  const isOfWorker = (id) => {
    try { return readFileSync('/proc/self/task/' + id + '/comm', 'utf8') !== 'watchdog\\n' } catch { return false }
  }
  const held = () => {
    gc()
    return { threads: readdirSync('/proc/self/task').filter(isOfWorker).length, descriptors: readdirSync('/proc/self/fd').length }
  }
  // The threads of libuv's pool, and stdout, come with their first use and stay.
  await new Promise((resolve) => stat('.', resolve))
  process.stdout.write('')
`

const failures = {
  'whose file does not exist': "new Worker('/no/such/file.js')",
  'with a syntax error': "new Worker('for (', { eval: true })",
  'that throw in their first line': "new Worker('throw new Error()', { eval: true })",
  'that exit in their first line': "new Worker('process.exit(1)', { eval: true })",
  'that ran out of memory': `
    new Worker('const a = []; for (;;) a.push({})', { eval: true, resourceLimits: { maxOldGenerationSizeMb: 16 } })`
}

for (const [name, create] of Object.entries(failures)) {
  linuxTest(`workers ${name} leave no thread and no file descriptor behind`, async (t) => {
    const [before, after] = linesOf(t, await runProgram(`
      ${measure}
      const fail = () => new Promise((resolve) => { ${create}.on('error', () => {}).on('exit', resolve) })
      await fail()
      console.log(JSON.stringify(held()))
      for (let i = 0; i < 10; i++) await fail()
      console.log(JSON.stringify(held()))
    `, { execArgv: ['--expose-gc'] }))
    t.deepEqual(after, before)
  })
}

const refusals = {
  'workerData cannot be cloned': "new Worker('', { eval: true, workerData: () => {} })",
  'the transfer list is wrong': "new Worker('', { eval: true, workerData: {}, transferList: [1] })",
  'the path is wrong': "new Worker('no-such-file.js')",
  'execArgv is refused': "new Worker('', { eval: true, execArgv: ['--no-such-option'] })"
}

for (const [name, create] of Object.entries(refusals)) {
  linuxTest(`a constructor that throws because ${name} leaves nothing behind that keeps the process`, async (t) => {
    const [before, after] = linesOf(t, await runProgram(`
      ${measure}
      let thrown = 0
      const refuse = () => { try { ${create} } catch { thrown++ } }
      refuse()
      console.log(JSON.stringify({ ...held(), thrown: 100 }))
      for (let i = 1; i < 100; i++) refuse()
      console.log(JSON.stringify({ ...held(), thrown }))
    `, { execArgv: ['--expose-gc'] }))
    t.deepEqual(after, before)
  })
}

linuxTest('files that a worker opened and did not close are closed when it ends', async (t) => {
  const [before, after] = linesOf(t, await runProgram(`
    ${measure}
    const open = "for (let i = 0; i < 20; i++) require('fs').openSync(process.execPath); "
    const lives = (code) => new Promise((resolve) => {
      const worker = new Worker(open + code, { eval: true }).on('exit', resolve)
      worker.on('message', () => worker.terminate())
    })
    const ends = ['', 'process.exit(1)', 'require("worker_threads").parentPort.postMessage(1); for (;;);']
    await lives('')
    console.log(JSON.stringify(held()))
    for (const end of ends) await lives(end)
    console.log(JSON.stringify(held()))
  `, { execArgv: ['--expose-gc'] }))
  t.deepEqual(after, before)
})

const objects = {
  'ports closed on one side': 'const { port1, port2 } = new MessageChannel(); port1.close(); return [port1, port2]',
  'ports closed on the other side, with a listener': "const { port1, port2 } = new MessageChannel(); port2.on('message', () => {}); port1.close(); return [port1, port2]",
  'ports closed with messages unread': 'const { port1, port2 } = new MessageChannel(); port1.postMessage({}); port2.close(); return [port1, port2]',
  'ports transferred, received and closed': `
    const inner = new MessageChannel()
    const outer = new MessageChannel()
    outer.port1.postMessage(inner.port1, [inner.port1])
    const { message } = api.receiveMessageOnPort(outer.port2)
    message.close()
    outer.port1.close()
    return [message, inner.port1, inner.port2, outer.port1, outer.port2]`,
  'ports transferred in a message that nobody read': `
    const inner = new MessageChannel()
    const outer = new MessageChannel()
    outer.port1.postMessage(inner.port1, [inner.port1])
    outer.port2.close()
    return [inner.port1, inner.port2, outer.port1, outer.port2]`,
  'ports nested a thousand deep in messages that nobody read': `
    const channels = Array.from({ length: 1000 }, () => new MessageChannel())
    for (let i = 1; i < 1000; i++) channels[i].port2.postMessage(channels[i - 1].port1, [channels[i - 1].port1])
    channels[999].port1.close()
    return channels.flatMap(({ port1, port2 }) => [port1, port2])`,
  'ports transferred to a worker that ended': `
    const { port1, port2 } = new MessageChannel()
    const worker = new Worker("require('worker_threads').workerData.on('message', () => {}); process.exit()", { eval: true, workerData: port2, transferList: [port2] })
    await once(worker, 'exit')
    return [port1, port2]`,
  'ports transferred to a worker that was terminated before its first line': `
    const { port1, port2 } = new MessageChannel()
    const worker = new Worker('', { eval: true, workerData: port2, transferList: [port2] })
    await worker.terminate()
    return [port1, port2]`,
  'workers that ended': "const worker = new Worker('', { eval: true }); await once(worker, 'exit'); return [worker]",
  'workers that were terminated': "const worker = new Worker('for (;;);', { eval: true }); await once(worker, 'online'); await worker.terminate(); return [worker]",
  'workers that printed': "const worker = new Worker('console.log(); console.error()', { eval: true, stdout: true, stderr: true }); await once(worker, 'exit'); return [worker, worker.stdout, worker.stderr]"
}

for (const [name, create] of Object.entries(objects)) {
  test(`${name} are collected`, async (t) => {
    const [survivors] = linesOf(t, await runProgram(`
      const { MessageChannel } = api
      const create = async () => { ${create} }
      const references = []
      for (let i = 0; i < 10; i++) references.push(...(await create()).map((object) => new WeakRef(object)))
      const survivors = () => references.filter((reference) => reference.deref() !== undefined).length
      for (let turns = 0; survivors() > 0 && turns < 50; turns++) {
        await new Promise((resolve) => setImmediate(resolve))
        gc()
      }
      console.log(survivors())
      process.exit()
    `, { execArgv: ['--expose-gc'] }))
    t.is(survivors, 0)
  })
}

test('workers that print leave no listener on the streams of the process', async (t) => {
  const [before, after] = linesOf(t, await runProgram(`
    const listeners = () => [process, process.stdout, process.stderr].map((emitter) => emitter.eventNames().map((name) => [String(name), emitter.listenerCount(name)]))
    const print = () => once(new Worker('process.stdout.write(" "); process.stderr.write("")', { eval: true }), 'exit')
    await print()
    const before = listeners()
    for (let i = 0; i < 12; i++) await print()
    console.log()
    console.log(JSON.stringify(before))
    console.log(JSON.stringify(listeners()))
  `).then(({ stdout, ...end }) => ({ ...end, stdout: stdout.trim() })))
  t.deepEqual(after, before)
})

const megabytes = (count) => count * 1024 * 1024

const messages = {
  'messages that were received': `
    const worker = new Worker("const { parentPort } = require('worker_threads'); parentPort.on('message', (value) => parentPort.postMessage(value))", { eval: true })
    return { round: async () => { worker.postMessage(new Uint8Array(SIZE).fill(1)); await once(worker, 'message') }, end: () => worker.terminate() }`,
  'memory that was transferred there and back': `
    const worker = new Worker("const { parentPort } = require('worker_threads'); parentPort.on('message', (value) => parentPort.postMessage(value, [value]))", { eval: true })
    const round = async () => { const { buffer } = new Uint8Array(SIZE).fill(1); worker.postMessage(buffer, [buffer]); await once(worker, 'message') }
    return { round, end: () => worker.terminate() }`,
  'memory that was shared with workers that ended': `
    const round = async () => {
      const workerData = new Uint8Array(new SharedArrayBuffer(SIZE)).fill(1)
      await once(new Worker('', { eval: true, workerData }), 'exit')
    }
    return { round, end () {} }`,
  'messages that a closed port never read': `
    const round = async () => {
      const { port1, port2 } = new api.MessageChannel()
      port1.postMessage(new Uint8Array(SIZE).fill(1))
      port1.ref()
      port2.close()
      await once(port1, 'close')
    }
    return { round, end () {} }`,
  'messages that a terminated worker never read': `
    const round = async () => {
      const worker = new Worker('for (;;);', { eval: true })
      worker.postMessage(new Uint8Array(SIZE).fill(1))
      await once(worker, 'online')
      await worker.terminate()
    }
    return { round, end () {} }`,
  'messages that the parent of a terminated worker never heard': `
    const round = async () => {
      const worker = new Worker('require("worker_threads").parentPort.postMessage(new Uint8Array(SIZE).fill(1)); for (;;);'.replace('SIZE', SIZE), { eval: true })
      await once(worker, 'online')
      await worker.terminate()
    }
    return { round, end () {} }`
}

for (const [name, scenario] of Object.entries(messages)) {
  linuxTest(`${name} take no memory any more`, async (t) => {
    const [growth] = linesOf(t, await runProgram(`
      const SIZE = ${megabytes(16)}
      const { round, end } = await (async () => { ${scenario} })()
      const rounds = async (count) => {
        for (let i = 0; i < count; i++) { await round(); gc() }
        await new Promise((resolve) => setImmediate(resolve))
        gc()
      }
      await rounds(4)
      const before = process.memoryUsage.rss()
      await rounds(20)
      console.log(process.memoryUsage.rss() - before)
      await end()
    `, { execArgv: ['--expose-gc'] }))
    // At least 20 rounds of 16 MB each. V8 keeps about 64 MB of them in the worker, and continues while it collects.
    t.true(growth < megabytes(160), `${growth}`)
  })
}
