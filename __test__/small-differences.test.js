'use strict'

// Details of Node's behaviour that programs notice.

const avaTest = require('ava').default
const node = require('node:worker_threads')
const { once } = require('node:events')
const { inspect } = require('node:util')
const { api, bounded, isPeer, nodeMajor } = require('./helpers')
const { runNode } = require('./run-process')

const test = bounded(avaTest)
const { MessageChannel, Worker } = api

const thrownBy = (action) => { try { action() } catch (error) { return error } }

test('an error as text has its code, as in Node', (t) => {
  for (const action of [
    ({ Worker }) => new Worker('a.js'),
    ({ Worker }) => new Worker('', { eval: true, execArgv: ['--no-such-flag'] }),
    ({ Worker }) => new Worker({}),
    // Node throws these natively.
    ({ MessageChannel }) => new MessageChannel().port1.postMessage(),
    ({ MessageChannel }) => new MessageChannel().port1.postMessage(1, 1),
    ({ MessageChannel }) => MessageChannel()
  ]) t.is(String(thrownBy(() => action(api))), String(thrownBy(() => action(node))))
})

test('a method without its port is refused', (t) => {
  const { port1 } = new MessageChannel()
  for (const name of ['postMessage', 'close', 'ref', 'unref', 'start', ...port1.hasRef ? ['hasRef'] : []]) {
    const { [name]: method } = port1
    t.throws(() => method(1), { instanceOf: TypeError, message: 'Illegal invocation' }, name)
  }
  port1.close()
  t.notThrows(() => port1.ref())
})

test('options of structuredClone(), as in Node', (t) => {
  for (const options of [5, 'a', null, undefined, {}, [], () => {}, Symbol('a'), { transfer: null }, { transfer: {} }, { transfer: 'ab' }, { transfer: new Set() }]) {
    t.deepEqual(describe(() => api.structuredClone(1, options)), describe(() => structuredClone(1, options)))
  }
  function describe (action) {
    try {
      return action()
    } catch ({ name, code, message }) {
      return [name, code, message]
    }
  }
})

test('an object with the prototype of DOMException is a plain one', (t) => {
  t.deepEqual(api.structuredClone(Object.create(DOMException.prototype)), structuredClone(Object.create(DOMException.prototype)))
})

test('terminate() with a callback', async (t) => {
  const worker = new Worker('setInterval(() => {}, 1e6)', { eval: true })
  await once(worker, 'online')
  const warned = once(process, 'warning')
  const called = new Promise((resolve) => worker.terminate((...args) => resolve(args)))
  t.deepEqual(await called, [null, 1])
  const [warning] = await warned
  t.is(warning.code, 'DEP0132')
})

test('standard input that nobody writes keeps no worker alive', async (t) => {
  for (const source of ['process.stdin.resume(); process.stdin.pause()', "require('node:readline').createInterface({ input: process.stdin }).close()"]) {
    const worker = new Worker(source, { eval: true })
    t.deepEqual(await once(worker, 'exit'), [0])
  }
})

test('a variable without a name is ignored', async (t) => {
  const worker = new Worker("process.env[''] = 'a'; require('node:worker_threads').parentPort.postMessage('' in process.env)", { eval: true })
  t.deepEqual(await once(worker, 'message'), [false])
})

test('the first read of a heap snapshot returns all of it', async (t) => {
  // There a read returns a piece, of Node's own snapshots too.
  if (nodeMajor >= 26) return t.pass()
  const worker = new Worker('setInterval(() => {}, 1e6)', { eval: true })
  await once(worker, 'online')
  const snapshot = await worker.getHeapSnapshot()
  if (snapshot.readableLength === 0) await once(snapshot, 'readable')
  t.true(JSON.parse(snapshot.read()).nodes.length > 0)
  await worker.terminate()
})

test('the methods of a port look like Node\'s', (t) => {
  const look = ({ MessagePort, MessageChannel, Worker }) => {
    const { port1 } = new MessageChannel()
    const names = []
    for (const name in port1) names.push(name)
    port1.close()
    const methods = Object.entries(Object.getOwnPropertyDescriptors(MessagePort.prototype)).filter(([, { value }]) => value !== undefined)
    return [
      names,
      methods.map(([name, { value, ...attributes }]) => [name, name === 'constructor' || value.length, attributes])
        .sort(([a], [b]) => a < b ? -1 : 1),
      Worker.prototype.postMessage.length
    ]
  }
  t.deepEqual(look(api), look(node))
})

test('what a worker sees of process and worker_threads', async (t) => {
  const look = (Worker) => new Promise((resolve, reject) => new Worker(`
    const describe = (object, name) => {
      const { value, get, set, ...attributes } = Object.getOwnPropertyDescriptor(object, name)
      const isFunction = typeof value === 'function'
      return [name, typeof value, get?.name, isFunction && [value.name, value.length, value.disabled], attributes]
    }
    const ofProcess = [
      'abort', 'chdir', 'umask', 'execve', 'initgroups', 'setgroups', 'setegid', 'seteuid', 'setgid', 'setuid', 'stdin', 'stdout', 'stderr', 'env'
    ]
    const worker_threads = require('worker_threads')
    worker_threads.parentPort.postMessage([
      ...ofProcess.filter((name) => name in process).map((name) => describe(process, name)),
      ...Object.keys(worker_threads).sort().map((name) => describe(worker_threads, name))
    ])
  `, { eval: true }).on('message', resolve).on('error', reject))
  t.deepEqual(await look(Worker), await look(node.Worker))
})

test('names that are no plain text, in the worker and for a debugger', async (t) => {
  const look = async (module) => JSON.parse((await runNode(['-e', `
    const { Session } = require('inspector')
    const { Worker } = require(${JSON.stringify(module)})
    const names = ['a\\0b', '\\ud800x', ' plain ']
    const seen = { titles: [] }
    const session = new Session()
    session.connect()
    session.on('NodeWorker.attachedToWorker', ({ params }) => seen.titles.push(params.workerInfo.title.replace(/\\d+/, '')))
    session.post('NodeWorker.enable', { waitForDebuggerOnStart: false }, () => {
      const workers = names.map((name) => new Worker('require("worker_threads").parentPort.on("message", () => {})', { eval: true, name }))
      seen.inParent = workers.map(({ threadName }) => threadName)
      const report = () => {
        if (seen.titles.length < names.length) return setTimeout(report, 10)
        seen.titles.sort()
        console.log(JSON.stringify(seen))
        process.exit()
      }
      report()
    })
  `])).stdout)
  const ofNode = await look('worker_threads')
  const own = await look(isPeer ? 'worker_threads' : require.resolve('..'))
  t.deepEqual(own.titles, ofNode.titles)
  if (nodeMajor >= 22) t.deepEqual(own.inParent, ofNode.inParent)
})

test('objects of the shared heap, with --harmony-struct', async (t) => {
  const look = async (module) => runNode(['--harmony-struct', '-e', `
    const api = require(${JSON.stringify(module)})
    const { Worker, MessageChannel, receiveMessageOnPort } = api
    const Struct = new SharedStructType(['text', 'list'])
    const struct = new Struct()
    struct.list = new SharedArray(2)
    struct.list[1] = 'in the main thread'
    console.log((api.structuredClone ?? structuredClone)({ struct }).struct === struct)
    const { port1, port2 } = new MessageChannel()
    port1.postMessage([struct.list])
    console.log(receiveMessageOnPort(port2).message[0] === struct.list)
    try { port1.postMessage(Struct) } catch ({ name, message }) { console.log(name, message) }
    port1.close()
    const code = \`
      const { parentPort, workerData } = require('worker_threads')
      parentPort.once('message', ([struct]) => {
        struct.text = [workerData === struct, struct.list[1]].join()
        parentPort.postMessage(new WebAssembly.Module(new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0])))
      })
    \`
    const worker = new Worker(code, { eval: true, workerData: struct })
    worker.postMessage([struct, new WebAssembly.Module(new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0]))])
    worker.on('message', (module) => console.log(module instanceof WebAssembly.Module)).on('exit', () => console.log(struct.text))
  `])
  const ofNode = await look('worker_threads')
  t.is(ofNode.stdout, 'true\ntrue\nDataCloneError function () { [native code] } could not be cloned.\ntrue\ntrue,in the main thread\n')
  t.deepEqual(await look(isPeer ? 'worker_threads' : require.resolve('..')), ofNode)
})

if (!isPeer) {
  const inMain = (source) => `const { Worker } = require(${JSON.stringify(require.resolve('..'))}); ${source}`

  test('a ShadowRealm in a worker', async (t) => {
    const source = inMain("new Worker('console.log(new ShadowRealm().evaluate(\"1 + 1\"))', { eval: true }).on('exit', console.log)")
    const { stdout, code } = await runNode(['--experimental-shadow-realm', '--no-warnings', '-e', source])
    t.deepEqual([stdout, code], ['2\n0\n', 0])
  })

  if (nodeMajor >= 22) {
    test('without the global SharedArrayBuffer', async (t) => {
      const source = inMain("new Worker('console.log(typeof SharedArrayBuffer)', { eval: true }).on('exit', console.log)")
      const { stdout } = await runNode(['--enable-sharedarraybuffer-per-context', '-e', source])
      t.is(stdout, 'undefined\n0\n')
    })
  }
}

test('process.cwd() of a worker follows the main thread and asks the system only then', async (t) => {
  const run = await runNode(['-e', `
    const { Worker } = require(${JSON.stringify(require.resolve('..'))})
    const nested = 'const { parentPort } = require("node:worker_threads"); parentPort.on("message", () => parentPort.postMessage(process.cwd()))'
    const worker = new Worker(\`
      const { parentPort, Worker } = require(${JSON.stringify(require.resolve('..'))})
      const nested = new Worker(\${JSON.stringify(nested)}, { eval: true })
      parentPort.on('message', () => nested.postMessage(process.cwd()))
      nested.on('message', directory => parentPort.postMessage([directory, process.cwd()]))
      parentPort.postMessage([process.cwd() === process.cwd()])
    \`, { eval: true })
    const seen = []
    worker.on('message', directories => {
      seen.push(directories)
      if (seen.length === 1) { process.chdir('/'); worker.postMessage(0) }
      else if (seen.length === 2) { process.chdir('/usr'); worker.postMessage(0) }
      else { console.log(JSON.stringify(seen)); worker.terminate() }
    })
  `])
  t.is(run.stderr, '')
  t.deepEqual(JSON.parse(run.stdout), [[true], ['/', '/'], ['/usr', '/usr']])
})

test('ports and channels as text, as in Node', (t) => {
  const texts = ({ MessageChannel }) => {
    const channel = new MessageChannel()
    channel.port1.close()
    return [channel, channel.port1].map((object) => [
      Object.prototype.toString.call(object), inspect(object).split(' ', 2), Object.getOwnPropertyDescriptor(Object.getPrototypeOf(object), Symbol.toStringTag)
    ])
  }
  t.deepEqual(texts(api), texts(node))
})

if (nodeMajor < 22) {
  // Later versions of V8 have no such flags.
  for (const flag of ['--no-harmony-atomics', '--no-harmony-sharedarraybuffer']) {
    test(`${flag}: workers run without shared memory`, async (t) => {
      const run = await runNode([flag, '-e', `
        const { Worker } = require(${JSON.stringify(require.resolve('..'))})
        const worker = new Worker('console.log(process.cwd() === require("node:path").resolve("."))', { eval: true })
        worker.on('exit', (code) => console.log(code))
      `])
      t.is(run.stdout + run.stderr, 'true\n0\n')
    })
  }
}
