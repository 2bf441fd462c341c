'use strict'

// What of a thrown value is left on the other side: as the 'error' event of a Worker, and as the rejection of a task.

const avaTest = require('ava').default
const { inspect, types } = require('node:util')
const { bounded, errorOf, isPeer, nodeMajor, startWorker, WorkerPool } = require('./helpers')

const test = bounded(avaTest)

const routes = {
  'of a worker': (t, source) => errorOf(t, startWorker(t, `throw (${source})`)),
  ...!isPeer && {
    async 'of a task' (t, source) {
      const pool = new WorkerPool({ maxThreads: 1 })
      t.teardown(() => pool.destroy())
      return pool.exec((source) => { throw require('vm').runInThisContext('(require) => (' + source + ')')(require) }, [source])
        .then(() => t.fail('It threw nothing'), (error) => error)
    }
  }
}

/** One test for each route. */
function it (title, source, check) {
  for (const [route, thrown] of Object.entries(routes)) test(`${title}, ${route}`, async (t) => check(t, await thrown(t, source)))
}

it('Buffers stay Buffers, nested ones too, and other views what they are', `Object.assign(new Error('why'), {
  stderr: Buffer.from('oops'),
  output: [null, Buffer.from('out'), { deep: Buffer.from('deep'), bytes: new Uint8Array([1]), view: new DataView(new ArrayBuffer(2)) }],
  map: new Map([['key', Buffer.from('in a map')]]),
  set: new Set([Buffer.from('in a set')])
})`, (t, error) => {
  t.deepEqual(error.stderr, Buffer.from('oops'))
  const { deep, bytes, view } = error.output[2]
  t.deepEqual([error.output[1], deep], [Buffer.from('out'), Buffer.from('deep')])
  t.false(Buffer.isBuffer(bytes))
  t.true(types.isDataView(view))
  t.deepEqual([...error.map.values(), ...error.set], [Buffer.from('in a map'), Buffer.from('in a set')])
})

it('what execSync throws', `(() => {
  try { require('node:child_process').execSync('echo out; echo oops >&2; exit 3', { stdio: 'pipe' }) } catch (error) { return error }
})()`, (t, error) => {
  t.is(error.status, 3)
  t.deepEqual([error.stdout, error.stderr], [Buffer.from('out\n'), Buffer.from('oops\n')])
  t.deepEqual(error.output, [null, error.stdout, error.stderr])
})

it('the Buffer of a cause', "new Error('why', { cause: Object.assign(new TypeError('inner'), { chunk: Buffer.from('x') }) })", (t, error) => {
  t.true(error.cause instanceof TypeError)
  t.deepEqual(error.cause.chunk, Buffer.from('x'))
})

it('Buffers in what is thrown and is no error', "[1, Buffer.from('a')]", (t, value) => t.deepEqual(value, [1, Buffer.from('a')]))

it('a cause that is its own', "(() => { const error = new Error('why'); error.cause = error; return error })()", (t, error) => {
  if (!isPeer || nodeMajor >= 24) t.is(inspect(error.cause), '[Circular object]')
  t.is(error.message, 'why')
})

it('three thousand causes', `(() => {
  let error = new Error('0')
  for (let i = 1; i <= 3000; i++) error = new Error(String(i), { cause: error })
  return error
})()`, (t, error) => {
  t.is(error.message, '3000')
  t.is(error.cause?.message ?? '2999', '2999')
})

for (const [what, source, expected] of [
  ['a proxy', 'new Proxy({ a: 1 }, {})', /a: 1/],
  ['a proxy of an error', "new Proxy(new RangeError('why'), {})", /RangeError: why/],
  ['a function', 'function named () {}', /^\[Function: named\]$/],
  ['a WeakMap', 'new WeakMap()', /^WeakMap/],
  ['a Map with a function', 'new Map([[1, () => {}]])', /^Map/],
  ['a getter that throws', "({ get a () { throw new Error('no') } })", /\[Getter\]/]
]) {
  // Node's process._fatalException treats a function as if there were no error.
  if (what !== 'a function') it(`${what} is told of as text`, source, (t, text) => t.regex(String(text), expected))
}

it('what cannot even be inspected', "({ [require('node:util').inspect.custom] () { throw new Error('no') }, f () {} })", (t, error) => {
  t.is(error.code, 'ERR_WORKER_UNSERIALIZABLE_ERROR')
})

it('an object that only calls itself an error', "({ [Symbol.toStringTag]: 'Error', message: 'why' })", (t, value) => {
  t.false(value instanceof Error)
  t.is(value.message, 'why')
})

if (!isPeer) {
  it('an error whose class is in no way Error keeps its properties', "Object.assign(new Error('why'), { [Symbol.toStringTag]: 'X', kept: 1 })", (t, error) => {
    t.true(types.isNativeError(error))
    t.like(error, { message: 'why', kept: 1 })
  })

  it('a DOMException', "new DOMException('why', 'AbortError')", (t, error) => {
    if (nodeMajor >= 22) t.is(Object.getPrototypeOf(error), DOMException.prototype)
    t.like(error, { name: 'AbortError', message: 'why', code: 20 })
    t.regex(error.stack, /why/)
    t.false(Object.hasOwn(error, 'INDEX_SIZE_ERR'))
  })

  it('a DOMException as a cause, as a property, and with properties of its own', `Object.assign(
    new Error('why', { cause: Object.assign(new DOMException('inner', 'AbortError'), { chunk: Buffer.from('x') }) }),
    { reason: new DOMException('other', 'TimeoutError') }
  )`, (t, { cause, reason }) => {
    t.like(cause, { name: 'AbortError', message: 'inner', code: 20 })
    t.deepEqual(cause.chunk, Buffer.from('x'))
    t.like(reason, { name: 'TimeoutError', message: 'other', code: 23 })
    for (const exception of [cause, reason]) t.false(Object.hasOwn(exception, 'INDEX_SIZE_ERR'))
  })

  if (globalThis.QuotaExceededError) {
    it('a QuotaExceededError', "new QuotaExceededError('why', { quota: 1, requested: 2 })", (t, error) => {
      t.is(Object.getPrototypeOf(error), globalThis.QuotaExceededError.prototype)
      t.like(error, { message: 'why', quota: 1, requested: 2, code: 22 })
    })
  }

  it('what cannot be cloned takes nothing else with it', `Object.assign(new Error('why'), {
    context: { run () {} }, proxy: new Proxy({}, {}), env: process.env, kept: 1
  })`, (t, error) => {
    t.like(error, { message: 'why', kept: 1 })
    t.is(error.env.PATH, process.env.PATH)
    t.false('context' in error || 'proxy' in error)
  })
}
