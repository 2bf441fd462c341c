'use strict'

// Unknown options are rejected with the name of the nearest one, because ignoring them would hide mistakes.

const avaTest = require('ava').default
const path = require('node:path')
const { bounded, isPeer, thrownBy, WorkerPool } = require('./helpers')
const { file, rejection, startPool } = require('./fixtures/pool/workers-support')

const test = isPeer ? () => {} : bounded(avaTest)
if (isPeer) avaTest('worker_threads has no pool', (t) => t.pass())

const tasks = path.join(__dirname, 'fixtures', 'pool', 'functions.js')

const unknown = (name, owner, hint) => (t, error) => {
  t.is(error.name, 'TypeError')
  t.is(error.code, 'ERR_INVALID_ARG_VALUE')
  t.true(error.message.startsWith(`The property 'options.${name}' is not an option of ${owner}: ${hint}`), error.message)
}
const nearest = (name, owner, other) => unknown(name, owner, `the nearest one is '${other}'.`)

for (const [options, expected] of [
  [{ maxThread: 1 }, 'maxThreads'],
  [{ maxthreads: 1 }, 'maxThreads'],
  [{ mxaThreads: 1 }, 'maxThreads'],
  [{ fileName: tasks }, 'filename'],
  [{ workdata: 1 }, 'workerData'],
  [{ resourceLimit: {} }, 'resourceLimits'],
  // Of other pools.
  [{ maxWorkers: 2 }, 'maxThreads'],
  [{ minWorkers: 2 }, 'minThreads'],
  [{ max: 2 }, 'maxThreads'],
  [{ maxQueueSize: 2 }, 'maxQueue'],
  [{ isolateWorkers: true }, 'recycle'],
  [{ maxInactiveTime: 2 }, 'idleTimeout']
]) {
  const [name] = Object.keys(options)
  test(`an option of the pool: ${name}`, (t) => nearest(name, 'WorkerPool', expected)(t, thrownBy(() => new WorkerPool({ filename: tasks, ...options }))))
}

test('an option like no other: all of them are named', (t) => {
  const error = thrownBy(() => new WorkerPool({ filename: tasks, niceIncrement: 1 }))
  unknown('niceIncrement', 'WorkerPool', 'the options are filename, minThreads,')(t, error)
})

test('options of Worker that make no sense for many', (t) => {
  for (const options of [{ eval: true }, { stdin: true }, { transferList: [] }]) {
    t.is(thrownBy(() => new WorkerPool({ filename: tasks, ...options })).code, 'ERR_INVALID_ARG_VALUE')
  }
})

test('an option of recycle', (t) => {
  nearest('task', 'recycle', 'tasks')(t, thrownBy(() => new WorkerPool({ filename: tasks, recycle: { task: 1 } })))
})

for (const [method, options, owner, name, expected] of [
  ['exec', { transfer: [] }, 'exec()', 'transfer', 'transferList'],
  ['exec', { abortSignal: 1 }, 'exec()', 'abortSignal', 'signal'],
  ['exec', { timeOut: 1 }, 'exec()', 'timeOut', 'timeout'],
  ['run', { retry: 1 }, 'exec()', 'retry', 'retries'],
  ['map', { concurency: 1 }, 'map() and stream()', 'concurency', 'concurrency'],
  ['stream', { order: true }, 'map() and stream()', 'order', 'ordered'],
  ['broadcast', { names: 'a' }, 'broadcast()', 'names', 'name'],
  ['close', { timeouts: 1 }, 'close()', 'timeouts', 'timeout']
]) {
  test(`an option of ${method}(): ${name}`, async (t) => {
    const pool = startPool(t, { maxThreads: 1 })
    const call = async () => method === 'map' ? pool.map([1], options) : method === 'stream' ? pool.stream(options) : pool[method](1, options)
    const error = await rejection(method === 'close' ? (async () => pool.close(options))() : call())
    nearest(name, owner, expected)(t, error)
  })
}

test('options of a function are checked too, and its source cannot be passed as an option', async (t) => {
  const pool = startPool(t, { maxThreads: 1 })
  nearest('transfer', 'exec()', 'transferList')(t, await rejection(pool.exec(() => 1, [], { transfer: [] })))
  unknown('source', 'exec()', '')(t, await rejection(pool.exec(1, { source: '() => 1' })))
})

test('undefined, inherited and symbol properties are not options', async (t) => {
  const options = Object.assign(Object.create({ inherited: 1 }), { maxWorkers: undefined, [Symbol('mine')]: 1, filename: file('workers.js'), maxThreads: 1 })
  const pool = new WorkerPool(options)
  t.teardown(() => pool.destroy())
  t.is(await pool.exec(1, Object.assign(Object.create({ inherited: 1 }), { transfer: undefined, [Symbol('mine')]: 1 })), 1)
})

test('options in a prototype count, as they do everywhere in Node', (t) => {
  const pool = new WorkerPool(Object.create({ filename: file('workers.js'), maxThreads: 1 }))
  t.teardown(() => pool.destroy())
  t.is(pool.stats().maxThreads, 1)
})

test('an array, a text, a number, an object as size', async (t) => {
  t.is(thrownBy(() => new WorkerPool([])).code, 'ERR_INVALID_ARG_TYPE')
  t.is(thrownBy(() => new WorkerPool(4)).code, 'ERR_INVALID_ARG_TYPE')
  t.regex(thrownBy(() => new WorkerPool(tasks, { maxThreads: 2 })).message, /The "size" argument must be of type number: options must be the only argument/)
  const pool = startPool(t, { maxThreads: 1 })
  for (const options of [[], [new ArrayBuffer(1)], 'name', 1]) {
    t.is((await rejection(pool.exec(1, options))).code, 'ERR_INVALID_ARG_TYPE')
    t.is(thrownBy(() => pool.map([1], options)).code, 'ERR_INVALID_ARG_TYPE')
    t.is(thrownBy(() => pool.broadcast(1, options)).code, 'ERR_INVALID_ARG_TYPE')
  }
})

test('exports of a worker file are distinguished from options', async (t) => {
  for (const exported of [{ add () {} }, { default () {}, add () {} }, await import('node:path')]) {
    const error = thrownBy(() => new WorkerPool(exported))
    t.is(error.code, 'ERR_INVALID_ARG_VALUE')
    t.regex(error.message, /give the file's path, as in new WorkerPool\(require\.resolve\('\.\/tasks\.js'\)\)/)
  }
  t.is(thrownBy(() => new WorkerPool(() => {})).code, 'ERR_INVALID_ARG_TYPE')
})

test('a share of the processors is less than one', (t) => {
  for (const options of [{ maxThreads: 1.5 }, { minThreads: 1.5 }, { maxThreads: 2.000001 }]) {
    const error = thrownBy(() => new WorkerPool({ filename: tasks, ...options }))
    t.is(error.code, 'ERR_INVALID_ARG_VALUE')
    t.regex(error.message, /must be a whole number, [01] or more, or between 0 and 1: a share of the processors/)
  }
  const pool = startPool(t, { minThreads: 0, maxThreads: 1 })
  t.is(thrownBy(() => pool.resize(1, 1.5)).code, 'ERR_INVALID_ARG_VALUE')
})
