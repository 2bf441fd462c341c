'use strict'

const path = require('node:path')
const { inspect } = require('node:util')
const { pathToFileURL } = require('node:url')
const test = require('ava')
const {
  Worker, MessageChannel, setEnvironmentData, receiveMessageOnPort, bounded, beyondNode, isPeer, packageRoot, since,
  startWorker, eventsUntilExit, describeError: describe, typeError, dataCloneError
} = require('./helpers')
const { runNode, endsCleanly } = require('./run-process')

const it = bounded(test)
const beyond = beyondNode(test)

// Node's errors have their own classes, whose constructors pretend to be those that they extend.
const describeError = (error) => ({ ...describe(error), class: error instanceof error.constructor ? error.constructor.name : undefined })

/** What the constructor throws; a worker that starts all the same is ended with the test. */
function thrownBy (t, filename, options) {
  let worker
  try {
    worker = new Worker(filename, options)
  } catch (error) {
    return describeError(error)
  }
  worker.on('error', () => {})
  t.teardown(() => worker.terminate())
  return 'nothing was thrown'
}

const thrownByOptions = (t, options) => thrownBy(t, '', { eval: true, ...options })

/** The worker's events, with a description in place of the error. */
async function eventsOf (worker) {
  return (await eventsUntilExit(worker)).map(([name, ...args]) => name === 'error' ? [name, describeError(args[0])] : [name, ...args])
}

/** For each test `[value, the end of Node's message]`, with every kind of value that the message distinguishes. */
const received = (values) => values.map((value) => {
  const type = typeof value
  if (value == null) return [value, `Received ${value}`]
  if (type === 'function') return [value, `Received function ${value.name}`]
  if (type === 'object') return [value, `Received an instance of ${value.constructor.name}`]
  return [value, `Received type ${type} (${inspect(value)})`]
})

const notNullish = [1, true, 1n, 10n ** 40n, Symbol('s'), () => {}, class Named {}]

for (const [value, ending] of received([undefined, null, ...notNullish, {}, [], Buffer.from('x'), Object('./x.js')])) {
  it(`a filename that is no string or URL: ${inspect(value)}`, (t) => {
    t.deepEqual(thrownBy(t, value), typeError('ERR_INVALID_ARG_TYPE',
      `The "filename" argument must be of type string or an instance of URL. ${ending}`))
  })
}

const workerPath = (received, hint = '') => typeError('ERR_WORKER_PATH',
  `The worker script or module filename must be an absolute path or a relative path starting with './' or '../'.${hint} Received "${received}"`)

for (const file of ['', 'worker.js', 'folder/worker.js', '.', '..', '.worker.js', ' ./worker.js', 'node:fs', 'https://localhost/worker.js', 'FILE:///x.js', 'data:,x']) {
  it(`a filename that is neither absolute nor begins with ./ or ../: ${inspect(file)}`, (t) => {
    t.deepEqual(thrownBy(t, file), workerPath(file))
  })
}

it('a URL as a string is told to be wrapped', (t) => {
  t.deepEqual(thrownBy(t, 'file:///worker.js'), workerPath('file:///worker.js', ' Wrap file:// URLs with `new URL`.'))
  t.deepEqual(thrownBy(t, 'data:text/javascript,1'), workerPath('data:text/javascript,1', ' Wrap data: URLs with `new URL`.'))
})

for (const [url, code, message] of [
  ['https://localhost/worker.js', 'ERR_INVALID_URL_SCHEME', 'The URL must be of scheme file'],
  ['node:fs', 'ERR_INVALID_URL_SCHEME', 'The URL must be of scheme file'],
  ['blob:nodedata:0', 'ERR_INVALID_URL_SCHEME', 'The URL must be of scheme file'],
  ['file:///folder%2fworker.js', 'ERR_INVALID_FILE_URL_PATH', 'File URL path must not include encoded / characters']
]) {
  it(`a URL that names no file: ${url}`, (t) => t.deepEqual(thrownBy(t, new URL(url)), typeError(code, message)))
}

it('a file: URL with a host', (t) => {
  const message = `File URL host must be "localhost" or empty on ${process.platform}`
  t.deepEqual(thrownBy(t, new URL('file://host/worker.js')), typeError('ERR_INVALID_FILE_URL_HOST', message))
})

for (const [filename, evaluates] of [[new URL('data:text/javascript,1'), true], [1, 'yes'], [null, 1], [['1'], {}]]) {
  it(`eval: ${inspect(evaluates)} with a filename that is no string: ${inspect(filename).split(' ')[0]}`, (t) => {
    t.deepEqual(thrownBy(t, filename, { eval: evaluates }), typeError('ERR_INVALID_ARG_VALUE',
      `The property 'options.eval' must be false when 'filename' is not a string. Received ${inspect(evaluates)}`))
  })
}

const absent = path.resolve(__dirname, 'absent')

for (const [what, filename, file] of [
  ['an absolute path', `${absent}.js`, `${absent}.js`],
  ['the path of an ES module', `${absent}.mjs`, `${absent}.mjs`],
  ['a relative path', './absent.js', path.resolve('absent.js')],
  ['a file: URL', pathToFileURL(`${absent}.js`), `${absent}.js`],
  ['a directory without index.js', path.join(__dirname, 'document'), path.join(__dirname, 'document')]
]) {
  it(`an unknown file is an error event, after online: ${what}`, async (t) => {
    const worker = startWorker(t, filename, { eval: false })
    const events = await eventsUntilExit(worker)
    t.deepEqual(events.map(([name]) => name), ['online', 'error', 'exit'])
    const error = events[1][1]
    t.deepEqual(describeError(error), { class: 'Error', name: 'Error', code: 'MODULE_NOT_FOUND', message: `Cannot find module '${file}'` })
    t.deepEqual(error.requireStack, [])
    t.is(events[2][1], 1)
  })
}

it('a data: URL of an unknown type is an error event, after online', async (t) => {
  t.deepEqual(await eventsOf(startWorker(t, new URL('data:text/plain,x'), { eval: false })), [['online'], ['error', {
    class: 'RangeError',
    name: 'RangeError',
    code: 'ERR_UNKNOWN_MODULE_FORMAT',
    message: 'Unknown module format: text/plain for URL data:text/plain,x'
  }], ['exit', 1]])
})

it('options: null', (t) => {
  t.deepEqual(thrownBy(t, './worker.js', null), typeError(undefined, "Cannot read properties of null (reading 'execArgv')"))
})

for (const option of ['argv', 'execArgv']) {
  for (const [value, ending] of received([...notNullish, 'text', {}, new Set(), { length: 0 }, new Uint8Array(1)])) {
    it(`${option} that is no array: ${inspect(value)}`, (t) => {
      t.deepEqual(thrownByOptions(t, { [option]: value }), typeError('ERR_INVALID_ARG_TYPE',
        `The "options.${option}" property must be an instance of Array. ${ending}`))
    })
  }

  for (const value of [null, undefined, '', 0, NaN, false]) {
    it(`${option}: ${inspect(value)} is as if it was not there`, async (t) => {
      t.deepEqual(await eventsOf(startWorker(t, '', { [option]: value })), [['online'], ['exit', 0]])
    })
  }

  it(`${option} with an object that is no text`, (t) => {
    const value = [{ toString () { throw new RangeError('no text') } }]
    t.deepEqual(thrownByOptions(t, { [option]: value }), { class: 'RangeError', name: 'RangeError', code: undefined, message: 'no text' })
  })
}

it('execArgv with a symbol', (t) => {
  t.deepEqual(thrownByOptions(t, { execArgv: [Symbol('s')] }), typeError(undefined, 'Cannot convert a Symbol value to a string'))
})

const invalidExecArgv = (message) => ({ class: 'Error', name: 'Error', code: 'ERR_WORKER_INVALID_EXEC_ARGV', message: `Initiated Worker with ${message}` })

for (const [execArgv, flags] of [
  [['--unknown'], '--unknown'],
  [['--no-warnings', '--unknown', '--title=a'], '--unknown, --title=a'],
  [['--title=a'], '--title=a'],
  [['--expose-gc'], '--expose-gc'],
  [['--max-old-space-size=64'], '--max-old-space-size=64'],
  [['--stack-size=100'], '--stack-size=100'],
  [['--jitless'], '--jitless'],
  [['--prof'], '--prof'],
  [['--abort-on-uncaught-exception'], '--abort-on-uncaught-exception'],
  [['--no-node-snapshot'], '--no-node-snapshot'],
  [['--disable-proto=delete'], '--disable-proto=delete'],
  [['--icu-data-dir=/tmp'], '--icu-data-dir=/tmp'],
  [['--trace-event-categories', 'v8'], '--trace-event-categories'],
  [['--help'], '--help'],
  [['--v8-options'], '--v8-options'],
  [['--require'], '--require requires an argument'],
  [['--conditions'], '--conditions requires an argument'],
  [['--unhandled-rejections=unknown'], 'invalid value for --unhandled-rejections'],
  [['--cpu-prof-interval=1'], '--cpu-prof-interval must be used with --cpu-prof']
]) {
  it(`execArgv that a worker cannot have: ${execArgv.join(' ')}`, (t) => {
    t.deepEqual(thrownByOptions(t, { execArgv }), invalidExecArgv(`invalid execArgv flags: ${flags}`))
  })
}

for (const [options, reason] of [
  ['--unknown', '--unknown is not allowed in NODE_OPTIONS'],
  ['--no-warnings --unknown', '--unknown is not allowed in NODE_OPTIONS'],
  ['--title=a', '--title= is not allowed in NODE_OPTIONS'],
  ['-e 1', '-e is not allowed in NODE_OPTIONS'],
  ['--', '-- is not allowed in NODE_OPTIONS'],
  ['--unhandled-rejections=unknown', 'invalid value for --unhandled-rejections'],
  ['--require "a', 'invalid value for NODE_OPTIONS (unterminated string)\n']
]) {
  it(`NODE_OPTIONS that a worker cannot have: ${options}`, (t) => {
    t.deepEqual(thrownByOptions(t, { env: { NODE_OPTIONS: options } }), invalidExecArgv(`invalid NODE_OPTIONS env variable: ${reason}`))
  })
}

it('NODE_OPTIONS that the process itself sets later are not checked', async (t) => {
  const before = process.env.NODE_OPTIONS
  t.teardown(() => {
    if (before === undefined) delete process.env.NODE_OPTIONS
    else process.env.NODE_OPTIONS = before
  })
  process.env.NODE_OPTIONS = '--unknown'
  for (const options of [{}, { execArgv: [] }]) t.deepEqual(await eventsOf(startWorker(t, '', options)), [['online'], ['exit', 0]])
})

for (const [where, options] of Object.entries({
  execArgv: { execArgv: ['--require', './absent-preload.js'] },
  NODE_OPTIONS: { env: { NODE_OPTIONS: '--require ./absent-preload.js' } }
})) {
  it(`an unknown --require in ${where} is an error event, before online`, async (t) => {
    const events = await eventsUntilExit(startWorker(t, 'never run', options))
    t.deepEqual(events.map(([name]) => name), ['error', 'exit'])
    t.is(events[0][1].code, 'MODULE_NOT_FOUND')
    t.regex(events[0][1].message, /^Cannot find module '.\/absent-preload.js'/)
    t.is(events[1][1], 1)
  })
}

for (const [value, ending] of received([...notNullish, 'text', '', 0, NaN, false])) {
  it(`env: ${inspect(value)}`, (t) => {
    t.deepEqual(thrownByOptions(t, { env: value }), typeError('ERR_INVALID_ARG_TYPE',
      `The "options.env" property must be of type object or one of undefined, null, or worker_threads.SHARE_ENV. ${ending}`))
  })
}

it('env with a symbol as a value', (t) => {
  t.deepEqual(thrownByOptions(t, { env: { name: Symbol('s') } }), typeError(undefined, 'Cannot convert a Symbol value to a string'))
})

for (const [value, ending] of received([1, true, 1n, Symbol('s'), () => {}, {}, [], Object('text')])) {
  it(`name: ${inspect(value)}`, (t) => {
    t.deepEqual(thrownByOptions(t, { name: value }), typeError('ERR_INVALID_ARG_TYPE', `The "options.name" property must be of type string. ${ending}`))
  })
}

for (const [option, values] of Object.entries({
  name: [0, false, '', null],
  resourceLimits: ['text', 1, true, [], () => {}, null, { maxOldGenerationSizeMb: '64' }, { stackSizeMb: '1' }, { stackSizeMb: NaN }, { unknown: 1 }],
  stdin: [0, 'yes', {}],
  stdout: [0, 'yes', {}],
  stderr: [0, 'yes', {}],
  trackUnmanagedFds: [0, 'yes', null],
  transferList: [null, '', {}, 1, true, () => {}, Symbol('s')]
})) {
  for (const value of values) {
    it(`${option}: ${inspect(value)} is no error`, async (t) => {
      const worker = startWorker(t, '', { [option]: value })
      worker.stdin?.end()
      t.deepEqual(await eventsOf(worker), [['online'], ['exit', 0]])
    })
  }
}

const invalidTransfer = since(22,
  dataCloneError('Found invalid value in transferList.'),
  typeError('ERR_INVALID_TRANSFER_OBJECT', 'Found invalid object in transferList'))

for (const transferList of [[1], [null], [undefined], ['text'], [{}], [[]], [() => {}], [Symbol('s')], 'text', { length: 1, 0: {} }]) {
  it(`a transferList of what cannot be transferred: ${inspect(transferList)}`, (t) => {
    t.deepEqual(thrownByOptions(t, { transferList }), invalidTransfer)
  })
}

it('a transferList with something twice', (t) => {
  const buffer = new ArrayBuffer(8)
  const { port1, port2 } = new MessageChannel()
  t.deepEqual(thrownByOptions(t, { workerData: buffer, transferList: [buffer, buffer] }), dataCloneError('Transfer list contains duplicate ArrayBuffer'))
  t.deepEqual(thrownByOptions(t, { workerData: port1, transferList: [port1, port1] }), dataCloneError('Transfer list contains duplicate MessagePort'))
  t.is(buffer.byteLength, 8)
  port2.close()
})

it('a transferList with a closed port', (t) => {
  const { port1 } = new MessageChannel()
  port1.close()
  t.deepEqual(thrownByOptions(t, { workerData: port1, transferList: [port1] }), dataCloneError('MessagePort in transfer list is already detached'))
})

it('workerData with a port that is not in the transferList', (t) => {
  const { port1, port2 } = new MessageChannel()
  const message = 'Object that needs transfer was found in message but not listed in transferList'
  t.deepEqual(thrownByOptions(t, { workerData: port1 }), since(22,
    dataCloneError(message), typeError('ERR_MISSING_TRANSFERABLE_IN_TRANSFER_LIST', message)))
  port2.postMessage('still open')
  t.is(receiveMessageOnPort(port1).message, 'still open')
  port1.close()
})

for (const [what, value, message] of [
  ['a function', () => {}, '() => {} could not be cloned.'],
  ['a symbol', Symbol('s'), 'Symbol(s) could not be cloned.'],
  ['a method somewhere inside', { a: [{ method () {} }] }, 'method () {} could not be cloned.'],
  ['a promise', Promise.resolve(), '#<Promise> could not be cloned.'],
  ['a WeakMap', new WeakMap(), '#<WeakMap> could not be cloned.'],
  ['a Proxy', new Proxy({}, {}), '#<Object> could not be cloned.']
]) {
  it(`workerData that cannot be cloned: ${what}`, (t) => {
    const buffer = new ArrayBuffer(8)
    const { port1, port2 } = new MessageChannel()
    const options = { workerData: [buffer, port1, value], transferList: [buffer, port1] }
    t.deepEqual(thrownByOptions(t, options), dataCloneError(message))
    t.is(buffer.byteLength, 8)
    port2.postMessage('still here')
    t.is(receiveMessageOnPort(port1).message, 'still here')
    port1.close()
  })
}

it('environment data that cannot be cloned', (t) => {
  setEnvironmentData('bad', () => {})
  t.teardown(() => setEnvironmentData('bad', undefined))
  t.deepEqual(thrownByOptions(t, {}), dataCloneError('() => {} could not be cloned.'))
})

it('an error thrown while the options are read is passed on', (t) => {
  const expected = { class: 'RangeError', name: 'RangeError', code: undefined, message: 'from a getter' }
  const getter = { get () { throw new RangeError('from a getter') } }
  for (const name of ['eval', 'env', 'argv', 'workerData']) {
    t.deepEqual(thrownBy(t, './worker.js', Object.defineProperty({}, name, getter)), expected, name)
  }
  t.deepEqual(thrownByOptions(t, { env: Object.defineProperty({}, 'a', { enumerable: true, ...getter }) }), expected)
  t.deepEqual(thrownByOptions(t, { workerData: Object.defineProperty({}, 'a', { enumerable: true, ...getter }) }), expected)
})

for (const [first, filename, options] of [
  ['execArgv', 1, { execArgv: 1, argv: 1, env: 1, name: 1 }],
  ['argv', 1, { argv: 1, env: 1, name: 1 }],
  ['filename', 1, { env: 1, name: 1 }],
  ['env', '', { eval: true, env: 1, name: 1, execArgv: ['--unknown'] }],
  ['name', '', { eval: true, name: 1, execArgv: ['--unknown'] }],
  ['NODE_OPTIONS', '', { eval: true, env: { NODE_OPTIONS: '--unknown' }, execArgv: ['--unknown'], workerData: () => {} }],
  ['execArgv flags', '', { eval: true, execArgv: ['--unknown'], workerData: () => {} }]
]) {
  it(`of several mistakes the error names the first: ${first}`, (t) => {
    const { message } = thrownBy(t, filename, options)
    t.true(message.includes(first) && !message.includes('cloned'), message)
  })
}

for (const runtime of ['unknown', 'Node', '', 0, true, {}, Symbol('s')]) {
  beyond('Node has one runtime', `an unknown runtime: ${inspect(runtime)}`, (t) => {
    const { message, ...error } = thrownByOptions(t, { runtime })
    t.deepEqual(error, { class: 'TypeError', name: 'TypeError', code: 'ERR_INVALID_ARG_VALUE' })
    t.true(message.startsWith("The property 'options.runtime' must be one of: 'node'"), message)
    t.true(message.endsWith(` Received ${inspect(runtime)}`), message)
  })
}

it('a worker that was refused leaves nothing behind: no event, and the process ends', async (t) => {
  const source = `
    const { Worker } = require(${JSON.stringify(isPeer ? 'worker_threads' : packageRoot)})
    process.on('worker', () => console.log('a worker'))
    const uncloneable = { eval: true, workerData: () => {} }
    for (const [filename, options] of [['worker.js'], [1], ['', { eval: true, env: 1 }], ['', uncloneable], ['', { eval: true, execArgv: ['--unknown'] }]]) {
      try {
        new Worker(filename, options)
        console.log('nothing was thrown')
      } catch (error) {
        console.log(error.code)
      }
    }
  `
  endsCleanly(t, await runNode(['-e', source]), {
    stdout: 'ERR_WORKER_PATH\nERR_INVALID_ARG_TYPE\nERR_INVALID_ARG_TYPE\n25\nERR_WORKER_INVALID_EXEC_ARGV\n'
  })
})
