'use strict'

const fs = require('node:fs')
const os = require('node:os')
const path = require('node:path')
const test = require('ava')
const { bounded, isPeer, nodeMajor, since, startWorker, eventsUntilExit, errorOf, fixture } = require('./helpers')

const it = bounded(test)

const dataUrl = (code) => new URL(`data:text/javascript,${encodeURIComponent(code)}`)

for (const Type of [Error, EvalError, RangeError, ReferenceError, SyntaxError, TypeError, URIError]) {
  it(`an uncaught ${Type.name} arrives with its class, name, message and stack`, async (t) => {
    const error = await errorOf(t, startWorker(t, `throw new ${Type.name}('why ✓')`))
    t.is(Object.getPrototypeOf(error), Type.prototype)
    t.is(error.name, Type.name)
    t.is(error.message, 'why ✓')
    t.regex(error.stack, new RegExp(`${Type.name}: why ✓\\n +at \\[worker eval\\]:1:7\\n`))
  })
}

it('a subclass arrives as its built-in class with its name and own properties', async (t) => {
  const error = await errorOf(t, startWorker(t, `
    class Custom extends RangeError {
      constructor (message) { super(message); this.name = 'Custom'; this.code = 'E_CUSTOM'; this.detail = { list: [1] } }
      method () {}
    }
    throw new Custom('why')
  `))
  t.true(error instanceof RangeError)
  t.is(error.name, 'Custom')
  t.is(error.message, 'why')
  t.is(error.code, 'E_CUSTOM')
  t.deepEqual(error.detail, { list: [1] })
  t.is(error.method, undefined)
})

it('own properties arrive when they can be cloned, functions and symbols are left out', async (t) => {
  const error = await errorOf(t, startWorker(t, `
    throw Object.assign(new Error('why'), {
      code: 'E_CODE', errno: -5, date: new Date(0), map: new Map([[1, 2]]), big: 5n, missing: undefined, method () {}, symbol: Symbol('s'), [Symbol('key')]: 1
    })
  `))
  t.deepEqual(Object.keys(error), ['code', 'errno', 'date', 'map', 'big', 'missing'])
  t.deepEqual({ ...error }, { code: 'E_CODE', errno: -5, date: new Date(0), map: new Map([[1, 2]]), big: 5n, missing: undefined, ...pick(error, Symbol.toStringTag) })
})

/** Node marks the errors that it rebuilds with a permanent tag, which is not part of the contract. */
function pick (object, key) {
  return Object.getOwnPropertyDescriptor(object, key)?.enumerable ? { [key]: object[key] } : {}
}

it("Node's own errors keep code, errno, syscall and path", async (t) => {
  const error = await errorOf(t, startWorker(t, "require('fs').readFileSync('/no/such/file')"))
  t.true(error instanceof Error)
  t.like(error, { code: 'ENOENT', errno: -2, syscall: 'open', path: '/no/such/file', message: "ENOENT: no such file or directory, open '/no/such/file'" })
})

it('an AssertionError keeps what was compared', async (t) => {
  const error = await errorOf(t, startWorker(t, "require('assert').strictEqual(1, 2, 'not the same')"))
  t.like(error, { name: 'AssertionError', code: 'ERR_ASSERTION', actual: 1, expected: 2, operator: 'strictEqual' })
})

it('an AggregateError keeps its errors', async (t) => {
  const error = await errorOf(t, startWorker(t, "throw new AggregateError([new TypeError('one'), 'two'], 'all')"))
  // Before version 26 Node takes the class of the next built-in class above it.
  t.is(Object.getPrototypeOf(error), isPeer ? since(26, AggregateError, Error).prototype : AggregateError.prototype)
  t.is(error.name, 'AggregateError')
  t.is(error.message, 'all')
  t.is(error.errors.length, 2)
  t.true(error.errors[0] instanceof TypeError)
  t.is(error.errors[0].message, 'one')
  t.is(error.errors[1], 'two')
})

it('a chain of causes arrives', async (t) => {
  const error = await errorOf(t, startWorker(t, "throw new Error('outer', { cause: new TypeError('inner', { cause: { root: 1 } }) })"))
  t.is(error.message, 'outer')
  t.true(error.cause instanceof TypeError)
  t.is(error.cause.message, 'inner')
  t.deepEqual(error.cause.cause, { root: 1 })
})

// Node 20 overflows the parent's stack on it.
if (!isPeer || nodeMajor >= 22) {
  it('an error that is its own cause arrives', async (t) => {
    const error = await errorOf(t, startWorker(t, "const error = new Error('why'); error.cause = error; throw error"))
    t.true(error instanceof Error)
    t.is(error.message, 'why')
    t.true('cause' in error)
  })
}

for (const property of ['stack', 'message', 'constructor', 'code']) {
  it(`an error whose ${property} getter throws arrives all the same`, async (t) => {
    const error = await errorOf(t, startWorker(t, `
      throw Object.defineProperty(new TypeError('why'), '${property}', { enumerable: true, get () { throw new Error('from the getter') } })
    `))
    t.true(error instanceof TypeError)
    if (property !== 'message') t.is(error.message, 'why')
  })
}

for (const property of ['promise: Promise.resolve()', 'nested: { method () {} }', 'weak: new WeakMap()']) {
  it(`an error with an own property that cannot be cloned arrives with its message (${property})`, async (t) => {
    const error = await errorOf(t, startWorker(t, `throw Object.assign(new Error('why'), { ${property} })`))
    t.true(error instanceof Error)
    t.is(error.message, 'why')
  })
}

it('an error of another realm arrives with its class here', async (t) => {
  const error = await errorOf(t, startWorker(t, 'throw require(\'vm\').runInNewContext("new TypeError(\'elsewhere\')")'))
  t.true(error instanceof TypeError)
  t.is(error.message, 'elsewhere')
})

it('an error with a message of a million characters', async (t) => {
  const error = await errorOf(t, startWorker(t, "throw new Error('✓'.repeat(1e6))"))
  t.true(error.message === '✓'.repeat(1e6))
})

it('a stack overflow arrives as a RangeError', async (t) => {
  const error = await errorOf(t, startWorker(t, '(function recurse () { recurse() })()'))
  t.true(error instanceof RangeError)
  t.is(error.message, 'Maximum call stack size exceeded')
})

for (const [code, thrown] of [
  ["'text'", 'text'],
  ['undefined', undefined],
  ['null', null],
  ['0', 0],
  ['NaN', NaN],
  ['5n', 5n],
  ['true', true],
  ['({ plain: new Map([[1, 2]]) })', { plain: new Map([[1, 2]]) }],
  ['[1, [2]]', [1, [2]]],
  ['new Date(0)', new Date(0)],
  ['new (class Point { constructor () { this.x = 1 } })()', { x: 1 }],
  ['() => 1', '[Function (anonymous)]'],
  ['function named () {}', '[Function: named]'],
  ['class A {}', '[class A]'],
  ['({ method () {} })', '{ method: [Function: method] }'],
  ['Promise.resolve(5)', 'Promise { 5 }']
]) {
  it(`a thrown ${code} arrives as the error`, async (t) => {
    t.deepEqual(await errorOf(t, startWorker(t, `throw ${code}`)), thrown)
  })
}

it('a thrown symbol arrives as a symbol of that description', async (t) => {
  const error = await errorOf(t, startWorker(t, "throw Symbol('described')"))
  t.is(typeof error, 'symbol')
  t.is(error.description, 'described')
})

it('a thrown object with a custom inspection is inspected alike', async (t) => {
  const { inspect } = require('node:util')
  const error = await errorOf(t, startWorker(t, "throw { [require('util').inspect.custom] () { return 'inspected' } }"))
  t.is(inspect(error), 'inspected')
})

it('a thrown object that nothing can serialise arrives as an error that says so', async (t) => {
  const error = await errorOf(t, startWorker(t, "throw { method () {}, [require('util').inspect.custom] () { throw new Error('never') } }"))
  t.true(error instanceof Error)
  t.is(error.code, 'ERR_WORKER_UNSERIALIZABLE_ERROR')
  t.is(error.message, 'Serializing an uncaught exception failed')
})

it('a thrown Proxy whose traps all throw ends the worker with one error', async (t) => {
  await errorOf(t, startWorker(t, `
    throw new Proxy({}, new Proxy({}, { get () { return () => { throw new Error('trap') } } }))
  `))
})

for (const [place, code] of Object.entries({
  'a timer': "setTimeout(() => { throw new RangeError('thrown') })",
  'an immediate': "setImmediate(() => { throw new RangeError('thrown') })",
  'process.nextTick': "process.nextTick(() => { throw new RangeError('thrown') })",
  'a microtask': "queueMicrotask(() => { throw new RangeError('thrown') })",
  'a file system callback': "require('fs').stat('.', () => { throw new RangeError('thrown') })",
  'an emitter without an error listener': "new (require('events'))().emit('error', new RangeError('thrown'))",
  'a rejection': "Promise.reject(new RangeError('thrown'))",
  'an async function': "(async () => { await null; throw new RangeError('thrown') })()",
  'a required module': `require(${JSON.stringify(fixture('throws.js'))})`
})) {
  it(`an error from ${place} ends the worker`, async (t) => {
    const error = await errorOf(t, startWorker(t, `setInterval(() => {}, 1000); ${code}`))
    t.true(error instanceof RangeError)
    t.is(error.message, 'thrown')
  })
}

it('an error in a message listener ends the worker', async (t) => {
  const worker = startWorker(t, `
    require('worker_threads').parentPort.on('message', (message) => { throw new RangeError('got ' + message) })
  `)
  worker.postMessage('this')
  t.is((await errorOf(t, worker)).message, 'got this')
})

for (const [reason, quoted] of [["'text'", 'text'], ['undefined', 'undefined'], ['null', 'null'], ['{ a: 1 }', '#<Object>'], ["Symbol('s')", 'Symbol(s)']]) {
  it(`a rejection with ${reason} arrives as ERR_UNHANDLED_REJECTION`, async (t) => {
    const error = await errorOf(t, startWorker(t, `Promise.reject(${reason})`))
    t.true(error instanceof Error)
    t.is(error.name, 'UnhandledPromiseRejection')
    t.is(error.code, 'ERR_UNHANDLED_REJECTION')
    t.true(error.message.endsWith(`The promise rejected with the reason "${quoted}".`), error.message)
  })
}

for (const [what, code, Type, message] of [
  ['a throw', "throw new TypeError('in a module')", TypeError, 'in a module'],
  ['a rejected top-level await', "await Promise.reject(new RangeError('awaited'))", RangeError, 'awaited'],
  ['a throw after a top-level await', "await null; throw new TypeError('later')", TypeError, 'later'],
  ['a syntax error', 'let let = 1', SyntaxError, undefined],
  ['a missing export', "import { missing } from 'node:fs'", SyntaxError, "The requested module 'node:fs' does not provide an export named 'missing'"],
  ['a missing builtin', "import 'node:missing'", Error, 'No such built-in module: node:missing']
]) {
  it(`${what} in the evaluation of an ES module arrives`, async (t) => {
    const error = await errorOf(t, startWorker(t, dataUrl(code), { eval: false }))
    t.is(Object.getPrototypeOf(error), Type.prototype)
    if (message !== undefined) t.is(error.message, message)
  })
}

it('a top-level await that never settles ends the worker with code 13', async (t) => {
  t.deepEqual(await eventsUntilExit(startWorker(t, dataUrl('await new Promise(() => {})'), { eval: false })), [['online'], ['exit', 13]])
})

for (const extension of ['js', 'mjs']) {
  it(`a syntax error in a .${extension} file arrives`, async (t) => {
    const file = path.join(fs.realpathSync(os.tmpdir()), `isothreads-syntax-${process.pid}.${extension}`)
    fs.writeFileSync(file, 'const fine = 1\nconst = broken\n')
    t.teardown(() => fs.rmSync(file))
    const error = await errorOf(t, startWorker(t, file, { eval: false }))
    t.true(error instanceof SyntaxError)
    t.is(error.message, "Unexpected token '='")
    // Node does not name the place in a module.
    if (extension === 'js') t.true(error.stack.includes(`${path.basename(file)}:2`), error.stack)
  })
}

it('messages posted before the throw arrive before the error', async (t) => {
  const worker = startWorker(t, `
    const { parentPort } = require('worker_threads')
    for (let n = 0; n < 100; n++) parentPort.postMessage(n)
    process.on('exit', (code) => parentPort.postMessage(['exit', code]))
    throw new Error('at last')
  `)
  const events = await eventsUntilExit(worker)
  t.deepEqual(events.map(([name]) => name), ['online', ...new Array(101).fill('message'), 'error', 'exit'])
  t.deepEqual(events.slice(1, -2).map(([, value]) => value), [...Array.from({ length: 100 }, (_, n) => n), ['exit', 1]])
})

it('an error without an error listener is uncaught in the parent', async (t) => {
  const worker = startWorker(t, `
    const { Worker, parentPort } = require('worker_threads')
    process.on('uncaughtException', (error, origin) => parentPort.postMessage([error.message, origin]))
    new Worker("throw new Error('from the child')", { eval: true }).on('exit', (code) => parentPort.postMessage(code))
  `)
  t.deepEqual(await eventsUntilExit(worker), [
    ['online'], ['message', ['from the child', 'uncaughtException']], ['message', 1], ['exit', 0]
  ])
})

it('an uncaughtException listener keeps the worker alive', async (t) => {
  const worker = startWorker(t, `
    const { parentPort } = require('worker_threads')
    process.on('uncaughtException', (error, origin) => parentPort.postMessage([error.message, origin]))
    setImmediate(() => {
      parentPort.postMessage('still alive')
      Promise.reject(new Error('rejected'))
    })
    throw new Error('thrown')
  `)
  t.deepEqual(await eventsUntilExit(worker), [
    ['online'], ['message', ['thrown', 'uncaughtException']], ['message', 'still alive'], ['message', ['rejected', 'unhandledRejection']], ['exit', 0]
  ])
})

it('an uncaughtException listener that throws ends the worker with its error', async (t) => {
  const error = await errorOf(t, startWorker(t, `
    process.on('uncaughtException', () => { throw new RangeError('second') })
    throw new TypeError('first')
  `))
  t.true(error instanceof RangeError)
  t.is(error.message, 'second')
})

it('an uncaughtExceptionMonitor sees the error, which arrives all the same', async (t) => {
  const events = await eventsUntilExit(startWorker(t, `
    const { parentPort } = require('worker_threads')
    process.on('uncaughtExceptionMonitor', (error, origin) => parentPort.postMessage([error.message, origin]))
    throw new Error('seen')
  `))
  t.deepEqual(events.map(([name, value]) => name === 'error' ? [name, value.message] : [name, value]), [
    ['online', undefined], ['message', ['seen', 'uncaughtException']], ['error', 'seen'], ['exit', 1]
  ])
})

it('an uncaught exception capture callback keeps the worker alive', async (t) => {
  t.deepEqual(await eventsUntilExit(startWorker(t, `
    const { parentPort } = require('worker_threads')
    process.setUncaughtExceptionCaptureCallback((error) => parentPort.postMessage(error.message))
    throw new Error('captured')
  `)), [['online'], ['message', 'captured'], ['exit', 0]])
})

it('an unhandledRejection listener keeps the worker alive', async (t) => {
  t.deepEqual(await eventsUntilExit(startWorker(t, `
    const { parentPort } = require('worker_threads')
    process.on('unhandledRejection', (reason, promise) => parentPort.postMessage([reason.message, promise instanceof Promise]))
    Promise.reject(new Error('rejected'))
  `)), [['online'], ['message', ['rejected', true]], ['exit', 0]])
})

it('a rejection handled in time is no error', async (t) => {
  t.deepEqual(await eventsUntilExit(startWorker(t, `
    const { parentPort } = require('worker_threads')
    const promise = Promise.reject(new Error('rejected'))
    process.nextTick(() => promise.catch(() => parentPort.postMessage('handled')))
  `)), [['online'], ['message', 'handled'], ['exit', 0]])
})

it('an error in an exit listener arrives', async (t) => {
  const events = await eventsUntilExit(startWorker(t, "process.on('exit', () => { throw new Error('too late') })"))
  t.deepEqual(events.map(([name, value]) => name === 'error' ? [name, value.message] : [name, value]), [['online', undefined], ['error', 'too late'], ['exit', 0]])
})

it('an exit listener that exits takes the place of the error', async (t) => {
  t.deepEqual(await eventsUntilExit(startWorker(t, "process.on('exit', () => process.exit(45)); throw new Error('never seen')")), [['online'], ['exit', 45]])
})
