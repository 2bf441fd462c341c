'use strict'

// What of `process` is different in a worker: https://nodejs.org/api/worker_threads.html#class-worker

const fs = require('node:fs')
const os = require('node:os')
const path = require('node:path')
const { once } = require('node:events')
const { spawn } = require('node:child_process')
const test = require('ava')
const { bounded, isPeer, packageRoot, startWorker, nextMessage, eventsUntilExit, inbox } = require('./helpers')
const { runNode } = require('./run-process')

const it = bounded(test)

const withWorker = `const { Worker } = require(${JSON.stringify(isPeer ? 'worker_threads' : packageRoot)});`

/** What an expression is in a worker; an error is `[class, code, message]`. */
function evaluate (t, expression) {
  return nextMessage(startWorker(t, `
    const { parentPort } = require('worker_threads')
    try {
      parentPort.postMessage(${expression})
    } catch (error) {
      parentPort.postMessage([error.constructor.name, error.code, error.message])
    }
  `))
}

const unsupported = (what) => ['TypeError', 'ERR_WORKER_UNSUPPORTED_OPERATION', `${what} is not supported in workers`]

for (const call of [
  'abort()', "chdir('/')", "initgroups('root', 0)", 'setgroups([])', 'setegid(0)', 'seteuid(0)', 'setgid(0)', 'setuid(0)'
]) {
  const [name] = call.split('(')
  if (typeof process[name] !== 'function') continue
  it(`process.${name} is not supported, and says so`, async (t) => {
    t.deepEqual(await evaluate(t, `process.${call}`), unsupported(`process.${name}()`))
    t.deepEqual(await evaluate(t, `[typeof process.${name}, process.${name}.disabled]`), ['function', true])
  })
}

it('process.umask tells, but does not set', async (t) => {
  const before = process.umask()
  t.is(await evaluate(t, 'process.umask()'), before)
  t.is(await evaluate(t, 'process.umask(undefined)'), before)
  for (const mask of ['0', "'0'", 'null']) t.deepEqual(await evaluate(t, `process.umask(${mask})`), unsupported('Setting process.umask()'))
  t.is(process.umask(), before)
})

/** Runs code as a worker of a separate process, for code that might end it or write files; the code of its error is printed. */
async function codeOfError (t, code) {
  const cwd = fs.mkdtempSync(path.join(os.tmpdir(), 'isothreads-process-'))
  t.teardown(() => fs.rmSync(cwd, { recursive: true, force: true }))
  const { stdout, code: exitCode, signal } = await runNode(['--no-warnings', '-e', `${withWorker}
    new Worker(${JSON.stringify(code)}, { eval: true }).on('error', ({ code }) => console.log(code)).on('exit', () => console.log('goes on'))`], { cwd })
  t.deepEqual([exitCode, signal], [0, null])
  return stdout
}

if (typeof process.execve === 'function') {
  it('process.execve does not replace the process', async (t) => {
    const code = "process.execve(process.execPath, [process.execPath, '-p', '\"replaced\"'])"
    t.is(await codeOfError(t, code), 'ERR_WORKER_UNSUPPORTED_OPERATION\ngoes on\n')
  })
}

for (const source of [
  "require('trace_events')", "require('node:trace_events')", "process.getBuiltinModule('trace_events')", "(await import('trace_events'))",
  "require('module').createRequire(process.execPath)('trace_events')"
]) {
  it(`trace events are unavailable: ${source}`, async (t) => {
    const code = `(async () => ${source}.createTracing({ categories: ['v8'] }).enable())()`
    t.is(await codeOfError(t, code), 'ERR_TRACE_EVENTS_UNAVAILABLE\ngoes on\n')
  })
}

it('process.title of the process stays what it is', async (t) => {
  const before = process.title
  t.is(await evaluate(t, 'process.title'), before)
  await evaluate(t, "(process.title = 'changed', process.title)")
  t.is(process.title, before)
})

it('a worker has the process\'s identity', async (t) => {
  const expression = `[process.pid, process.ppid, process.argv0, process.execPath, process.version, process.platform, process.arch, process.debugPort,
    process.release.name, process.cwd(), process.config.variables.napi_build_version, { ...process.versions }]`
  t.deepEqual(await evaluate(t, expression), [
    process.pid, process.ppid, process.argv0, process.execPath, process.version, process.platform, process.arch, process.debugPort,
    process.release.name, process.cwd(), process.config.variables.napi_build_version, { ...process.versions }
  ])
})

it('a worker has none of the process\'s listeners and exit codes', async (t) => {
  const before = process.exitCode
  const listener = () => {}
  process.on('beforeExit', listener)
  t.teardown(() => {
    process.off('beforeExit', listener)
    process.exitCode = before
  })
  process.exitCode = 7
  const worker = startWorker(t, `require('worker_threads').parentPort.postMessage([process.exitCode, process.listenerCount('beforeExit')])`)
  t.deepEqual(await eventsUntilExit(worker), [['online'], ['message', [undefined, 0]], ['exit', 0]])
})

it('the IPC channel of a forked process is not there in its workers', async (t) => {
  const child = spawn(process.execPath, ['-e', `${withWorker}
    const names = ['send', 'disconnect', 'connected', 'channel']
    new Worker(\`require('worker_threads').parentPort.postMessage(\${JSON.stringify(names)}.map((name) => typeof process[name]))\`, { eval: true })
      .on('message', (types) => process.send([names.map((name) => typeof process[name]), types], () => process.disconnect()))
  `], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] })
  t.teardown(() => child.kill('SIGKILL'))
  const [[types]] = await Promise.all([once(child, 'message'), once(child, 'exit')])
  t.deepEqual(types, [['function', 'function', 'boolean', 'object'], Array(4).fill('undefined')])
})

if (process.platform !== 'win32') {
  it('a signal does not reach a listener in a worker', async (t) => {
    const worker = startWorker(t, `
      const { parentPort } = require('worker_threads')
      let heard = 0
      process.on('SIGWINCH', () => { heard++ })
      parentPort.on('message', () => parentPort.postMessage([heard, process.listenerCount('SIGWINCH')]))
    `)
    await once(worker, 'online')
    const next = inbox(worker)
    for (let round = 0; round < 3; round++) {
      const signal = once(process, 'SIGWINCH')
      process.kill(process.pid, 'SIGWINCH')
      await signal
      worker.postMessage('how many?')
      t.deepEqual(await next(), [0, 1])
    }
  })

  it('a listener in a worker does not keep a signal from ending the process', async (t) => {
    const { code, signal } = await runNode(['-e', `${withWorker}
      const listen = "for (const name of ['SIGTERM', 'SIGUSR2']) process.on(name, () => {}); setInterval(() => {}, 1000)"
      const worker = new Worker(listen + "; require('worker_threads').parentPort.postMessage('listening')", { eval: true })
      worker.on('message', () => process.kill(process.pid, 'SIGTERM'))
    `])
    t.deepEqual([code, signal], [null, 'SIGTERM'])
  })
}

it('a warning in a worker is that worker\'s: its listeners, its stderr', async (t) => {
  const heard = []
  const listener = (warning) => heard.push(warning)
  process.on('warning', listener)
  t.teardown(() => process.off('warning', listener))
  const worker = startWorker(t, `
    process.on('warning', ({ name, message }) => require('worker_threads').parentPort.postMessage([name, message]))
    process.emitWarning('careful', 'SomeWarning')
  `, { stderr: true })
  let text = ''
  worker.stderr.setEncoding('utf8').on('data', (chunk) => { text += chunk })
  const [message] = await Promise.all([nextMessage(worker), once(worker, 'exit')])
  t.deepEqual(message, ['SomeWarning', 'careful'])
  t.regex(text, /SomeWarning: careful\n/)
  t.deepEqual(heard, [])
})

it('process.exitCode of a worker is its own', async (t) => {
  const before = process.exitCode
  t.deepEqual(await eventsUntilExit(startWorker(t, 'process.exitCode = 9')), [['online'], ['exit', 9]])
  t.is(process.exitCode, before)
})

if (process.platform === 'linux') {
  it('process.chdir of the process is seen by workers, also by one that runs already', async (t) => {
    const before = process.cwd()
    t.teardown(() => process.chdir(before))
    const worker = startWorker(t, "require('worker_threads').parentPort.on('message', function () { this.postMessage([process.cwd(), require('fs').realpathSync('.')]) })")
    const next = inbox(worker)
    for (const folder of [fs.realpathSync('/tmp'), before]) {
      process.chdir(folder)
      worker.postMessage('where?')
      t.deepEqual(await next(), [folder, folder])
    }
  })
}

it('the globals are those of a process', async (t) => {
  const file = path.join(__dirname, 'fixtures', 'environment', 'globals.js')
  const { stdout } = await runNode(['--no-warnings', file])
  t.deepEqual(await nextMessage(startWorker(t, file, { eval: false })), JSON.parse(stdout))
})
