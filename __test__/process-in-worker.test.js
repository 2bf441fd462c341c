'use strict'

const fs = require('node:fs')
const os = require('node:os')
const path = require('node:path')
const node = require('node:worker_threads')
const ava = require('ava')
const { api, bounded, nextMessage } = require('./helpers')
const { runProgram, endsCleanly } = require('./run-process')

const test = bounded(ava)

/**
 * The error of an expression in a worker, in a separate process, because most operations that workers refuse could end it.
 * @param {string} expression
 */
function attempt (expression) {
  return runProgram(`
    new Worker(\`
      (async () => (\${process.argv[3]}))().then(() => 'nothing', ({ name, code, message }) => [name, code, message].join(': '))
        .then((thrown) => console.log(thrown))
    \`, { eval: true })
  `, { args: [expression] })
}

const unsupported = (what) => ({ stdout: `TypeError: ERR_WORKER_UNSUPPORTED_OPERATION: ${what} is not supported in workers\n` })

const posix = process.platform !== 'win32'
const refused = {
  abort: '',
  chdir: '"/"',
  ...posix && { initgroups: '0, 0', setgroups: '[0]', setegid: '0', seteuid: '0', setgid: '0', setuid: '0' }
}

for (const [name, args] of Object.entries(refused)) {
  test(`process.${name}() is refused in a worker`, async (t) => {
    endsCleanly(t, await attempt(`process.${name}(${args})`), unsupported(`process.${name}()`))
  })

  test(`process.${name}() is refused in a worker, imported by its name`, async (t) => {
    endsCleanly(t, await attempt(`import('node:process').then(({ ${name} }) => ${name}(${args}))`), unsupported(`process.${name}()`))
  })
}

test('process.umask(mask) is refused in a worker', async (t) => {
  endsCleanly(t, await attempt('process.umask(0)'), unsupported('Setting process.umask()'))
})

test('the main thread may enable trace events while workers run', async (t) => {
  // Where the trace is written to.
  const cwd = fs.mkdtempSync(path.join(os.tmpdir(), 'isothreads-trace-'))
  t.teardown(() => fs.rmSync(cwd, { recursive: true }))
  endsCleanly(t, await runProgram(`
    const workers = Array.from({ length: 4 }, () => new Worker('for (;;) JSON.stringify({ a: [1] })', { eval: true }))
    await Promise.all(workers.map((worker) => once(worker, 'online')))
    const { createTracing } = require('trace_events')
    for (let i = 0; i < 20; i++) {
      const tracing = createTracing({ categories: [['v8'], ['node'], ['node.async_hooks']][i % 3] })
      tracing.enable()
      await once(new Worker('', { eval: true }), 'exit')
      tracing.disable()
    }
    console.log(...await Promise.all(workers.map((worker) => worker.terminate())))
  `, { cwd }), { stdout: '1 1 1 1\n' })
})

/** A worker that listens for signals, and main threads that get one. */
const listenForSignals = `
  const worker = new Worker(\`
    for (const signal of ['SIGTERM', 'SIGHUP', 'SIGINT', 'SIGUSR2']) process.on(signal, () => process._rawDebug('the worker heard ' + signal))
    require('worker_threads').parentPort.on('message', () => {}).postMessage(process.getActiveResourcesInfo().includes('SignalWrap'))
  \`, { eval: true })
  const [watches] = await once(worker, 'message')
  if (watches) console.log('The worker watches a signal')
`

if (posix) {
  for (const signal of ['SIGTERM', 'SIGHUP', 'SIGINT', 'SIGUSR2']) {
    test(`${signal} ends a process in which only a worker listens for it`, async (t) => {
      endsCleanly(t, await runProgram(`${listenForSignals} process.kill(process.pid, '${signal}')`), { code: null, signal })
    })
  }

  test('a signal is heard by the main thread and by no worker', async (t) => {
    endsCleanly(t, await runProgram(`
      ${listenForSignals}
      process.once('SIGUSR2', () => { console.log('heard'); worker.terminate() })
      process.kill(process.pid, 'SIGUSR2')
    `), { stdout: 'heard\n' })
  })

  test('a signal that a worker sends is heard by the main thread', async (t) => {
    endsCleanly(t, await runProgram(`
      // Listening for a signal keeps no process alive.
      const alive = setInterval(() => {}, 1000)
      process.once('SIGUSR2', () => { console.log('heard'); clearInterval(alive) })
      new Worker('process.kill(process.pid, "SIGUSR2")', { eval: true })
    `), { stdout: 'heard\n' })
  })
}

test('process.exit() in a worker emits no exit in the main thread', async (t) => {
  endsCleanly(t, await runProgram(`
    process.on('exit', (code) => console.log('main', code))
    await once(new Worker('process.exit(5)', { eval: true }), 'exit')
    console.log('still here')
  `), { stdout: 'still here\nmain 0\n' })
})

test('a report of the process may be written from a worker', async (t) => {
  endsCleanly(t, await runProgram(`
    new Worker('console.log(process.report.getReport().header.threadId === require("worker_threads").threadId)', { eval: true })
  `), { stdout: 'true\n' })
})

/** Runs the same in a Node worker and in a worker of this package. */
function inBoth (t, code, options) {
  return Promise.all([node, api].map(({ Worker }) => {
    const worker = new Worker(`const { parentPort, workerData } = require('worker_threads'); ${code}`, { eval: true, stderr: true, ...options })
    t.teardown(() => worker.terminate())
    return nextMessage(worker)
  }))
}

test("a worker's process has the members that it has in Node's Worker", async (t) => {
  const [expected, actual] = await inBoth(t, `
    const members = {}
    for (let object = process, depth = 0; object !== Object.prototype; object = Object.getPrototypeOf(object), depth++) {
      for (const name of Reflect.ownKeys(object)) {
        const { enumerable, configurable } = Object.getOwnPropertyDescriptor(object, name)
        const value = process[name]
        members[depth + ' ' + String(name)] = { type: typeof value, enumerable, configurable, disabled: value?.disabled }
      }
    }
    parentPort.postMessage(members)
  `)
  t.deepEqual(actual, expected)
})

const expressions = [
  'process.argv.length', 'process.argv0', 'process.execArgv', 'process.execPath === process.argv[0]', 'process.pid === workerData.pid', 'process.ppid > 0',
  'process.title = "mine", process.title', 'process.exitCode', 'process.exitCode = "bad"', 'process.exit.name', 'process.kill(process.pid, 0)', 'process.kill(process.pid, "NONE")',
  'process.send', 'process.connected', 'process.channel', 'process.disconnect', 'process.domain', 'process.mainModule', 'process.permission', 'process.debugPort = 9999, process.debugPort',
  'process.eventNames().map(String).sort()', 'process.on("SIGTERM", () => {}).listenerCount("SIGTERM")', 'process.getActiveResourcesInfo().includes("SignalWrap")',
  'process.stdin.isTTY', 'process.stdout.isTTY', 'process.stdout.fd', 'process.stderr.fd', 'process.stdin.fd', 'process.stdin.setRawMode', 'process.stdout.writable',
  'process._debugProcess', 'process._debugEnd', 'process.dlopen({ exports: {} }, "/no/such/file.node")', 'process._linkedBinding("nosuch")', 'process.binding("nosuch")',
  'process.umask("bad")', 'process.getuid?.()', 'process.cwd()', 'process.uptime() < 60', 'process.hrtime.bigint() > 0n', 'process.release.name', 'Object.isFrozen(process.config)',
  'Object.keys(process.memoryUsage())', 'Object.keys(process.resourceUsage())', 'Object.keys(process.cpuUsage())', 'typeof process.constrainedMemory()',
  'process.constructor.name', 'Object.prototype.toString.call(process)', 'Object.getPrototypeOf(process) === process.constructor.prototype', 'require("process") === process',
  'process.emitWarning("a warning")', 'process.setUncaughtExceptionCaptureCallback(null)', 'process.hasUncaughtExceptionCaptureCallback()', 'process.sourceMapsEnabled',
  'require("cluster").isPrimary', 'require("cluster").isWorker', 'require("module").isBuiltin("trace_events")', 'require("v8").startupSnapshot.isBuildingSnapshot()',
  'require("v8").startupSnapshot.setDeserializeMainFunction(() => {})', 'require("v8").setHeapSnapshotNearHeapLimit(1)', 'require("async_hooks").executionAsyncId() > 0', 'require("tty").isatty(0)',
  'Object.getOwnPropertyNames(globalThis).sort()'
]

test("process answers in a worker as it does in Node's Worker", async (t) => {
  const [expected, actual] = await inBoth(t, `
    parentPort.postMessage(workerData.expressions.map((expression) => {
      let answer
      try {
        answer = eval(expression)
      } catch ({ name, code, message }) {
        answer = { name, code, message }
      }
      return [expression, typeof answer === 'function' || typeof answer === 'symbol' ? String(answer) : JSON.stringify(answer)]
    }))
  `, { workerData: { pid: process.pid, expressions } })
  t.deepEqual(actual, expected)
})
