'use strict'

// Results and inputs that come bit by bit, pools in pipelines, and worker files of every kind.

const { once } = require('node:events')
const { PassThrough, Readable, Writable } = require('node:stream')
const { pipeline } = require('node:stream/promises')
const { pathToFileURL } = require('node:url')
const avaTest = require('ava')
const { bounded, isPeer, settled, WorkerPool } = require('./helpers')
const { runProgram, endsCleanly } = require('./run-process')
const { fixture, startPool, rejection, newCells, reached, open, BEGUN, SEEN } = require('./fixtures/pool/tasks-support')

const test = isPeer ? () => {} : bounded(avaTest)
if (isPeer) avaTest('worker_threads has no pool', (t) => t.pass())

const streams = (t, options) => startPool(t, 'streams.js', options)
const range = (count) => Array.from({ length: count }, (_, value) => value)

/** Values that are on their way at most, and one that is asked for. */
const AHEAD = 17

/** Everything that an iterable gives, and the error with which it ends. */
async function drain (iterable) {
  const values = []
  try {
    for await (const value of iterable) values.push(value)
  } catch (error) {
    return { values, error }
  }
  return { values }
}

/** A source of numbers that counts the requests, and records its end. */
function source (count, first) {
  const seen = { asked: 0, ended: 0 }
  seen.end = new Promise((resolve) => { seen.onEnd = resolve })
  seen.values = (async function * () {
    try {
      if (first !== undefined) yield first
      for (; seen.asked < count; seen.asked++) yield seen.asked
    } finally {
      seen.ended++
      seen.onEnd()
    }
  })()
  return seen
}

// ---- results ----

for (const name of ['count', 'countLater', 'readable', 'iterator']) {
  test(`a result that is an async iterable (${name}) is one here, and its worker is free afterwards`, async (t) => {
    const pool = streams(t)
    for (const count of [0, 1, 16, 17, 500]) t.deepEqual((await drain(await pool.exec(count, { name }))).values, range(count))
    t.is(await pool.exec('free'), 'free')
    await pool.close()
    t.like(pool, { completed: 6, failed: 0 })
  })
}

test('the iterator of a result is as iterators are', async (t) => {
  const pool = streams(t)
  const iterator = await pool.exec(2, { name: 'count' })
  t.is(iterator[Symbol.asyncIterator](), iterator)
  // Asked for at once.
  const steps = await Promise.all([iterator.next(), iterator.next(), iterator.next(), iterator.next()])
  t.deepEqual(steps, [{ done: false, value: 0 }, { done: false, value: 1 }, { done: true, value: undefined }, { done: true, value: undefined }])
  t.deepEqual(await iterator.next(), { done: true, value: undefined })
  const other = await pool.exec(100, { name: 'count' })
  t.deepEqual(await other.return('mine'), { done: true, value: 'mine' })
  t.deepEqual(await other.next(), { done: true, value: undefined })
  t.is(await pool.exec('free'), 'free')
})

test('chunks of bytes come from a Readable', async (t) => {
  const { values } = await drain(await streams(t).exec(3, { name: 'bytes' }))
  t.deepEqual(values, [new Uint8Array([1, 1, 1])])
})

for (const name of ['counted', 'countedReadable']) {
  test(`a reader that has enough ends the iterable (${name}), and frees its worker`, async (t) => {
    const pool = streams(t)
    const cells = newCells()
    for await (const value of await pool.exec({ cells, count: 1e6 }, { name })) if (value === 3) break
    t.is(await pool.exec('free'), 'free')
    await reached(cells, SEEN)
    t.is(cells[SEEN], 1)
  })
}

test('an iterable that throws when it is ended early frees its worker all the same', async (t) => {
  const pool = streams(t)
  for await (const value of await pool.exec(undefined, { name: 'finallyThrows' })) if (value === 1) break
  t.is(await pool.exec('free'), 'free')
})

for (const name of ['broken', 'brokenReadable']) {
  test(`an error in the middle of a result (${name}) arrives after the values before it`, async (t) => {
    const pool = streams(t)
    const { values, error } = await drain(await pool.exec(3, { name }))
    // A destroyed Readable drops its buffered values.
    if (name === 'broken') t.deepEqual(values, [0, 1, 2])
    t.true(error instanceof RangeError)
    t.is(error.message, 'in the middle')
    if (name === 'broken') t.is(error.own, 'property')
    t.is(await pool.exec('free'), 'free')
  })
}

test('a result that throws undefined does not seem to have ended well', async (t) => {
  const iterator = await streams(t).exec(undefined, { name: 'throwsUndefined' })
  t.deepEqual(await iterator.next(), { done: false, value: 1 })
  t.is(await iterator.next().then(() => 'resolved', (error) => error), undefined)
})

test('an unclonable value in the middle of a result is a DataCloneError, and ends the iterable', async (t) => {
  const pool = streams(t)
  const cells = newCells()
  const { values, error } = await drain(await pool.exec(cells, { name: 'unclonable' }))
  t.deepEqual(values, [1])
  t.like(error, { name: 'DataCloneError', message: '() => {} could not be cloned.' })
  await reached(cells, SEEN)
  t.is(await pool.exec('free'), 'free')
})

test('an iterable that cannot be begun, or asked, rejects with its error', async (t) => {
  const pool = streams(t)
  t.is((await rejection(pool.exec(undefined, { name: 'iteratorThrows' }))).message, 'iterator')
  t.is((await drain(await pool.exec(undefined, { name: 'nextThrows' }))).error.message, 'next')
  t.is(await pool.exec('free'), 'free')
})

for (const [how, expected] of [
  ['exit', { code: 'ERR_ISOTHREADS_WORKER_EXITED', message: 'The worker that ran the task ended with code 9' }],
  ['uncaught', { name: 'TypeError', message: 'nobody catches it' }],
  ['memory', { code: 'ERR_WORKER_OUT_OF_MEMORY' }]
]) {
  test(`a worker that dies (${how}) in the middle of a result rejects the rest, and names the worker`, async (t) => {
    const pool = streams(t, { resourceLimits: { maxOldGenerationSizeMb: 16 } })
    const threadId = await pool.exec(undefined, { name: 'thread' })
    const { values, error } = await drain(await pool.exec(how, { name: 'dies' }))
    t.deepEqual(values, [0, 1, 2])
    t.like(error, expected)
    t.is(error.threadId, threadId)
    t.is(await pool.exec('goes on'), 'goes on')
    t.like(pool, { failed: 1, threads: 1 })
  })
}

test('a worker that dies as soon as it has an iterable settles nothing but its own task', async (t) => {
  const pool = streams(t, { minThreads: 2, maxThreads: 2 })
  for (let round = 0; round < 10; round++) {
    const dies = pool.exec(undefined, { name: 'diesAtOnce' }).then((iterable) => drain(iterable), (error) => ({ error }))
    t.is(await pool.exec(round), round)
    t.is((await dies).error.code, 'ERR_ISOTHREADS_WORKER_EXITED')
    t.is(await pool.exec(round), round)
  }
})

test('destroy in the middle of a result rejects the rest', async (t) => {
  const pool = streams(t)
  const cells = newCells()
  const iterator = await pool.exec(cells, { name: 'held' })
  t.deepEqual(await iterator.next(), { done: false, value: 'first' })
  const next = iterator.next()
  const failed = rejection(next)
  await pool.destroy()
  t.is((await failed).code, 'ERR_ISOTHREADS_WORKER_EXITED')
})

test('close waits for a result that is still read', async (t) => {
  const pool = streams(t)
  const iterator = await pool.exec(100, { name: 'count' })
  const closed = pool.close()
  t.deepEqual((await drain(iterator)).values, range(100))
  await closed
  t.is(pool.completed, 1)
})

for (const [name, options] of [['endless', {}], ['endlessHeeding', { abortGrace: 30_000 }], ['endlessIgnoring', { abortGrace: 20 }]]) {
  test(`abort in the middle of a result (${name})`, async (t) => {
    const pool = streams(t)
    const cells = newCells()
    const controller = new AbortController()
    const iterator = await pool.exec(cells, { name, signal: controller.signal, ...options })
    await iterator.next()
    controller.abort('enough')
    const { error } = await drain(iterator)
    t.like(error, { name: 'AbortError', code: 'ABORT_ERR', cause: 'enough' })
    t.is(await pool.exec('goes on'), 'goes on')
    if (name === 'endlessHeeding') t.is(cells[SEEN], 1)
    t.like(pool, { failed: 1 })
  })
}

test('a result fails with the reason of an abort, even if its own error arrives first', async (t) => {
  const pool = streams(t)
  const codes = new Set()
  for (let count = 0; count < 200; count++) {
    const controller = new AbortController()
    const iterator = await pool.exec(newCells(), { name: 'endlessHeeding', signal: controller.signal, abortGrace: 30_000 })
    await iterator.next()
    controller.abort('enough')
    codes.add((await drain(iterator)).error.code)
  }
  t.deepEqual([...codes], ['ABORT_ERR'])
})

test('the timeout of a task counts until its result has ended', async (t) => {
  const pool = streams(t)
  const iterator = await pool.exec(newCells(), { name: 'held', timeout: 500 })
  const { values, error } = await drain(iterator)
  t.deepEqual(values, ['first'])
  t.is(error.code, 'ERR_ISOTHREADS_TASK_TIMEOUT')
  t.is(await pool.exec('goes on'), 'goes on')
})

test('a result is not far ahead of a slow reader', async (t) => {
  const pool = streams(t, { concurrentTasksPerWorker: 2 })
  const cells = newCells()
  const iterator = await pool.exec({ cells, count: 1000 }, { name: 'counted' })
  for (let read = 1; read <= 40; read++) {
    t.is((await iterator.next()).value, read - 1)
    for (let round = 0; round < 5; round++) await pool.exec(round)
    t.true(cells[BEGUN] <= read + AHEAD, `${cells[BEGUN]} after ${read}`)
  }
  await iterator.return()
  await reached(cells, SEEN)
})

test('a result that is not read stops soon', async (t) => {
  const pool = streams(t, { concurrentTasksPerWorker: 2 })
  const cells = newCells()
  await pool.exec({ cells, count: 1e6 }, { name: 'counted' })
  await reached(cells, BEGUN, AHEAD - 1)
  for (let round = 0; round < 100; round++) await pool.exec(round)
  t.true(cells[BEGUN] <= AHEAD, `${cells[BEGUN]}`)
})

test('with concurrentTasksPerWorker results flow side by side', async (t) => {
  const pool = streams(t, { concurrentTasksPerWorker: 4 })
  const all = await Promise.all([100, 101, 102, 103].map(async (count) => drain(await pool.exec(count, { name: 'countLater' }))))
  t.deepEqual(all.map(({ values }) => values), [100, 101, 102, 103].map(range))
})

test('progress continues while a result is read', async (t) => {
  const pool = streams(t)
  const steps = []
  const iterator = await pool.exec(50, { name: 'progressing', onProgress: (step) => steps.push(step) })
  t.deepEqual((await drain(iterator)).values, range(50))
  await pool.close()
  t.deepEqual(steps, range(50))
})

// ---- inputs ----

test('an input that is an async iterable is one in the task', async (t) => {
  const pool = streams(t)
  for (const count of [0, 1, 16, 17, 500]) {
    t.deepEqual(await pool.exec(source(count).values, { name: 'collect' }), range(count))
    t.deepEqual(await pool.exec(Readable.from(range(count)), { name: 'collect' }), range(count))
  }
})

for (const [name, expected] of [['first', 0], ['ignoreInput', 'ignored']]) {
  test(`a task that has enough (${name}) ends its input`, async (t) => {
    const pool = streams(t)
    const input = source(1e6)
    t.is(await pool.exec(input.values, { name }), expected)
    await input.end
    t.is(input.ended, 1)
    t.true(input.asked <= AHEAD, `${input.asked}`)
    const readable = Readable.from(range(1000))
    // It has an AbortError as well, as with a `break`.
    const closed = new Promise((resolve) => readable.once('close', resolve))
    t.is(await pool.exec(readable, { name }), expected)
    await closed
  })
}

test('a task that fails, or whose worker dies, ends its input', async (t) => {
  const pool = streams(t)
  for (const [name, expected] of [['failAfterFirst', 'after 7'], ['dieAfterFirst', 'The worker that ran the task ended with code 7']]) {
    const input = source(1e6, 7)
    t.is((await rejection(pool.exec(input.values, { name }))).message, expected)
    await input.end
  }
  t.is(await pool.exec('goes on'), 'goes on')
})

async function * failing (error) {
  yield 1
  throw error
}

test('an error of the input is thrown in the task, after the values before it', async (t) => {
  const pool = streams(t)
  const given = Object.assign(new RangeError('of the input'), { own: 'property' })
  const { values, error } = await pool.exec(failing(given), { name: 'errorOfInput' })
  t.deepEqual(values, [1])
  t.like(error, { name: 'RangeError', message: 'of the input', own: 'property', isRangeError: true })
  t.deepEqual(await pool.exec(failing(undefined), { name: 'errorOfInput' }), { values: [1], error: 'undefined' })
  const cut = new PassThrough({ objectMode: true })
  cut.write('before')
  const result = pool.exec(cut, { name: 'errorOfInput' })
  setImmediate(() => cut.destroy())
  t.like((await result).error, { code: 'ERR_STREAM_PREMATURE_CLOSE' })
})

test('an unclonable value in the middle of an input is a DataCloneError in the task, and ends the input', async (t) => {
  let ended = 0
  async function * input () {
    try { yield 1; yield () => {}; yield 2 } finally { ended++ }
  }
  const { values, error } = await streams(t).exec(input(), { name: 'errorOfInput' })
  t.deepEqual(values, [1])
  t.like(error, { name: 'DataCloneError', message: '() => {} could not be cloned.' })
  t.is(ended, 1)
})

test('an input that cannot be begun, or asked, is an error', async (t) => {
  const pool = streams(t)
  const error = await rejection(pool.exec({ [Symbol.asyncIterator] () { throw new RangeError('begun') } }, { name: 'sum' }))
  t.is(error.message, 'begun')
  const asked = await rejection(pool.exec({ [Symbol.asyncIterator]: () => ({ next () { throw new RangeError('asked') } }) }, { name: 'sum' }))
  t.is(asked.message, 'asked')
  t.is(pool.stats().pending, 0)
})

test('abort in the middle of an input rejects the task, and ends the input', async (t) => {
  const pool = streams(t)
  for (const name of ['holdAfterFirst', 'heedInput']) {
    const cells = newCells()
    const input = source(1e6, cells)
    const controller = new AbortController()
    const result = pool.exec(input.values, { name, signal: controller.signal, abortGrace: 30_000 })
    await reached(cells, BEGUN)
    controller.abort()
    t.is((await rejection(result)).name, 'AbortError')
    await input.end
  }
  t.is(await pool.exec('goes on'), 'goes on')
})

test('an input is ended when its task is refused, aborted while it waits, or never comes to run', async (t) => {
  const pool = streams(t, { maxQueue: 2 })
  const held = newCells()
  const running = drain(await pool.exec(held, { name: 'held' }))
  const controller = new AbortController()
  const [aborted, destroyed] = [source(10), source(10)]
  const waiting = [pool.exec(aborted.values, { signal: controller.signal }), pool.exec(destroyed.values)].map(rejection)
  const refused = source(10)
  t.is((await rejection(pool.exec(refused.values))).code, 'ERR_ISOTHREADS_QUEUE_FULL')
  controller.abort()
  await aborted.end
  pool.destroy()
  await destroyed.end
  t.deepEqual((await Promise.all(waiting)).map(({ code }) => code), ['ABORT_ERR', 'ERR_ISOTHREADS_POOL_CLOSED'])
  t.is(refused.asked, 0)
  t.is((await running).error.code, 'ERR_ISOTHREADS_WORKER_EXITED')
})

test('an input is not far ahead of its task', async (t) => {
  const pool = streams(t)
  const cells = newCells()
  const input = source(1000, cells)
  const result = pool.exec(input.values, { name: 'holdAfterFirst' })
  await reached(cells, BEGUN)
  for (let turn = 0; turn < 50; turn++) await new Promise((resolve) => setImmediate(resolve))
  t.true(input.asked <= AHEAD, `${input.asked}`)
  open(cells)
  t.is(await result, 1000)
})

test('a worker that answers on its parentPort has an input as well', async (t) => {
  const pool = startPool(t, 'streams-protocol.js')
  t.is(await pool.exec(source(100).values), 4950)
})

// ---- both ----

test('an input and a result at once', async (t) => {
  const pool = streams(t)
  const input = source(500)
  const { values } = await drain(await pool.exec(input.values, { name: 'transform' }))
  t.deepEqual(values, range(500).map((value) => value * 2))
  t.is(input.ended, 1)
  t.is(await pool.exec('free'), 'free')
})

test('a result that is not read holds the input back, and a result that is given up ends it', async (t) => {
  const pool = streams(t)
  const cells = newCells()
  const input = source(1e6, cells)
  const iterator = await pool.exec(input.values, { name: 'countedTransform' })
  await reached(cells, BEGUN, AHEAD - 1)
  for (let turn = 0; turn < 50; turn++) await new Promise((resolve) => setImmediate(resolve))
  t.true(cells[BEGUN] <= AHEAD, `${cells[BEGUN]}`)
  t.true(input.asked <= 2 * AHEAD + 1, `${input.asked}`)
  await iterator.return()
  await Promise.all([input.end, reached(cells, SEEN)])
  t.is(await pool.exec('free'), 'free')
})

test('an error of the input goes through the task to the reader of its result', async (t) => {
  const { values, error } = await drain(await streams(t).exec(failing(new RangeError('through')), { name: 'transform' }))
  t.deepEqual(values, [2])
  t.true(error instanceof RangeError)
  t.is(error.message, 'through')
})

test('results of one task are the input of another, in the same pool', async (t) => {
  const pool = streams(t, { maxThreads: 2 })
  const first = await pool.exec(200, { name: 'count' })
  const second = await pool.exec(first, { name: 'transform' })
  t.deepEqual((await drain(second)).values, range(200).map((value) => value * 2))
})

// ---- stream() ----

/** A Writable that stores its chunks. */
function sink () {
  const values = []
  const writable = new Writable({ objectMode: true, write (value, _, callback) { values.push(value); callback() } })
  return Object.assign(writable, { values })
}

const doubled = { name: 'double' }

test('stream() in a pipeline, with all chunks in order', async (t) => {
  const pool = streams(t, { maxThreads: 2 })
  for (const count of [0, 1, 300]) {
    const into = sink()
    await pipeline(Readable.from(range(count)), pool.stream(doubled), into)
    t.deepEqual(into.values, range(count).map((value) => value * 2))
  }
})

test('stream() gives results in the order of the chunks, or as they come', async (t) => {
  const pool = streams(t, { maxThreads: 2 })
  for (const [ordered, expected] of [[true, [1, 2, 3]], [false, [2, 3, 1]]]) {
    const cells = newCells()
    const stream = pool.stream({ name: 'chunk', ordered, concurrency: 3 })
    const chunks = [{ value: 1, how: 'held', cells }, { value: 2 }, { value: 3 }]
    let given = 0
    const values = []
    const reading = (async () => {
      for await (const value of stream) {
        values.push(value)
        if (values.length === 2 && !ordered) open(cells)
      }
    })()
    for (; given < chunks.length; given++) stream.write(chunks[given])
    if (ordered) {
      await Promise.all([2, 3].map((value) => pool.exec({ value }, { name: 'chunk' })))
      t.deepEqual(values, [])
      open(cells)
    }
    stream.end()
    await reading
    t.deepEqual(values, expected)
  }
})

test('stream() takes no more than it can hand on from a quick source', async (t) => {
  const pool = streams(t)
  const input = source(1000)
  const stuck = new Writable({ objectMode: true, highWaterMark: 1, write () { /* It never calls back. */ } })
  const controller = new AbortController()
  const chunks = Readable.from(input.values, { highWaterMark: 1 })
  const done = rejection(pipeline(chunks, pool.stream({ concurrency: 3 }), stuck, { signal: controller.signal }))
  for (let round = 0; round < 100; round++) await pool.exec(round)
  // Three that wait to be read, are run, and wait to be run; and those in the other streams.
  t.true(input.asked <= 9 + 4, `${input.asked}`)
  controller.abort()
  t.is((await done).name, 'AbortError')
  await input.end
})

test('stream() takes no more than it can hand on from a source that is slower than the tasks', async (t) => {
  const pool = streams(t)
  const stream = pool.stream({ concurrency: 3 })
  t.teardown(() => stream.destroy())
  let written = 0
  while (written < 100 && stream.write(written)) {
    written++
    // Then its task is done.
    await pool.exec('next')
    await settled()
  }
  t.true(written <= 9, `${written}`)
})

test('stream() ends once, also when it was told to end while a task ran', async (t) => {
  const pool = streams(t)
  for (const concurrency of [1, 2, 3]) {
    for (const count of [0, 1, 2, 3, 7]) {
      const stream = pool.stream({ ...doubled, concurrency })
      for (const value of range(count)) stream.write(value)
      stream.end()
      t.deepEqual(await drain(stream), { values: range(count).map((value) => value * 2) })
    }
  }
})

for (const [how, expected] of [['fail', { name: 'RangeError', message: 'chunk 3' }], ['exit', { code: 'ERR_ISOTHREADS_WORKER_EXITED' }]]) {
  test(`an error of a task (${how}) destroys the whole pipeline`, async (t) => {
    const pool = streams(t)
    const input = source(1e6)
    const into = sink()
    const chunks = Readable.from(input.values).map((value) => ({ value, how: value === 3 ? how : undefined }))
    t.like(await rejection(pipeline(chunks, pool.stream({ name: 'chunk' }), into)), expected)
    await input.end
    t.true(into.destroyed)
    t.deepEqual(into.values, range(into.values.length))
    t.is(await pool.exec('goes on'), 'goes on')
  })
}

test('an error of the source, or of the sink, ends a pipeline through stream(), and the pool continues', async (t) => {
  const pool = streams(t)
  t.is((await rejection(pipeline(Readable.from(failing(new RangeError('source'))), pool.stream(doubled), sink()))).message, 'source')
  const broken = new Writable({ objectMode: true, write (_, __, callback) { callback(new RangeError('sink')) } })
  t.is((await rejection(pipeline(Readable.from(range(100)), pool.stream(doubled), broken))).message, 'sink')
  t.is(await pool.exec('goes on'), 'goes on')
  await pool.close()
})

test('a stream() that is destroyed in the middle drops running tasks silently', async (t) => {
  const pool = streams(t)
  const cells = newCells()
  const stream = pool.stream({ name: 'chunk', concurrency: 3 })
  stream.on('data', () => t.fail())
  for (const how of ['held', 'fail', undefined]) stream.write({ cells, value: 1, how })
  await reached(cells, BEGUN)
  const closed = once(stream, 'close')
  stream.destroy()
  await closed
  open(cells)
  t.is(await pool.exec('goes on'), 'goes on')
})

for (const how of ['null', 'undefined']) {
  test(`a task of a stream() that returns ${how} is an error, and no end`, async (t) => {
    const into = sink()
    const chunks = Readable.from([{ value: 1 }, { value: 2, how }, { value: 3 }])
    const error = await rejection(pipeline(chunks, streams(t).stream({ name: 'chunk' }), into))
    t.true(error instanceof TypeError)
    t.regex(error.message, new RegExp(`must not return ${how}`))
  })
}

test('results of a stream() that are falsy, or errors, are handed on', async (t) => {
  const into = sink()
  await pipeline(Readable.from([0, '', false, new RangeError('value')]), streams(t).stream(), into)
  t.deepEqual(into.values.slice(0, 3), [0, '', false])
  t.true(into.values[3] instanceof RangeError)
})

test('the signal of a stream() aborts its tasks, and destroys it', async (t) => {
  const pool = streams(t)
  const cells = newCells()
  const controller = new AbortController()
  const stream = pool.stream({ name: 'heldChunk', signal: controller.signal, abortGrace: 20 })
  // What pipeline() makes of an AbortError is up to the version of Node.js.
  const failed = once(stream, 'error')
  const done = rejection(pipeline(Readable.from([{ cells }, { cells }]), stream, sink()))
  await reached(cells, BEGUN)
  controller.abort('enough')
  t.like((await failed)[0], { name: 'AbortError', cause: 'enough' })
  t.true(await done instanceof Error)
  t.is(await pool.exec('goes on'), 'goes on')
  const [error] = await once(pool.stream({ signal: AbortSignal.abort() }).end(1), 'error')
  t.is(error.name, 'AbortError')
})

test('a stream() of iterables gives iterables', async (t) => {
  const stream = streams(t).stream({ name: 'count', concurrency: 1 })
  stream.end(3)
  for await (const result of stream) t.deepEqual((await drain(result)).values, [0, 1, 2])
})

// ---- map() over iterables ----

test('map over iterables of iterables', async (t) => {
  const pool = streams(t, { maxThreads: 2 })
  const sums = range(20).map((count) => range(count).reduce((sum, value) => sum + value, 0))
  async function * inputs () {
    for (const count of range(20)) yield source(count).values
  }
  t.deepEqual((await drain(pool.map(inputs(), { name: 'sum' }))).values, sums)
  t.deepEqual((await drain(pool.map(range(20).map((count) => source(count).values), { name: 'sum' }))).values, sums)
  t.deepEqual((await drain(pool.map(new Set([[1, 2], [3]])))).values, [[1, 2], [3]])
})

test('map with results that are iterables', async (t) => {
  const pool = streams(t, { maxThreads: 2 })
  const all = []
  for await (const result of pool.map(range(10), { name: 'count' })) all.push((await drain(result)).values)
  t.deepEqual(all, range(10).map(range))
  t.is(await pool.exec('free'), 'free')
})

test('map that is given up ends iterables that were not consumed', async (t) => {
  const pool = streams(t, { maxThreads: 2 })
  const cells = newCells()
  const items = range(4).map(() => ({ cells, count: 1e6 }))
  for await (const result of pool.map(items, { name: 'counted', concurrency: 4 })) {
    await result.return()
    break
  }
  await pool.close()
  t.is(pool.threads, 0)
})

test('an input of map whose task never runs is ended', async (t) => {
  const pool = streams(t)
  const inputs = range(3).map(() => source(1e6, 7))
  const error = await rejection(pool.map(inputs.map(({ values }) => values), { name: 'failAfterFirst', concurrency: 3 }).next())
  t.is(error.message, 'after 7')
  await pool.close()
  t.true(inputs.filter(({ asked }) => asked > 0).every(({ ended }) => ended === 1))
})

// ---- worker files ----

for (const [what, filename] of [
  ['a path', fixture('streams.mjs')],
  ['a file: URL', pathToFileURL(fixture('streams.mjs'))],
  ['the text of a file: URL', pathToFileURL(fixture('streams.mjs')).href],
  ['a data: URL', 'data:text/javascript,export default async function * (count) { for (let value = 0; value < count; value++) yield value }'],
  ['a data: URL object', new URL('data:text/javascript,export default async function * (count) { for (let value = 0; value < count; value++) yield value }')]
]) {
  test(`a worker file that is an ES module, given by ${what}`, async (t) => {
    const pool = new WorkerPool(filename, 1)
    t.teardown(() => pool.destroy())
    t.deepEqual((await drain(await pool.exec(5))).values, range(5))
  })
}

test('a worker file whose name means something in a URL', async (t) => {
  const file = fixture('streams odd #1 %41.cjs')
  for (const filename of [file, pathToFileURL(file), pathToFileURL(file).href]) {
    const pool = new WorkerPool(filename, 1)
    t.deepEqual(await pool.exec(1), ['odd', 1])
    await pool.destroy()
  }
})

test('a worker file with a query, given by a URL or by its text', async (t) => {
  const url = pathToFileURL(fixture('streams.mjs'))
  url.search = '?tenant=1'
  for (const filename of [url, url.href]) {
    const pool = new WorkerPool(filename, 1)
    t.deepEqual(await pool.exec(undefined, { name: 'query' }), ['ready', '?tenant=1'])
    await pool.destroy()
  }
})

test('a CommonJS file that was compiled from an ES module', async (t) => {
  const pool = startPool(t, 'streams-compiled.cjs')
  t.deepEqual(await pool.exec(1, { name: 'named' }), ['named', 1])
  t.deepEqual(await pool.exec(1), ['compiled', 1])
})

const stripsTypes = Boolean(process.features.typescript)
if (!isPeer && !stripsTypes) avaTest.skip('a worker file in TypeScript (this Node.js does not strip types)', () => {})
if (stripsTypes) {
  test('a worker file in TypeScript', async (t) => {
    const pool = startPool(t, 'streams-typed.ts')
    t.is(await pool.exec({ value: 1 }), 'typed 1')
    t.deepEqual((await drain(await pool.exec(3, { name: 'count' }))).values, [0, 1, 2])
    t.is(await startPool(t, 'streams-typed.cts').exec({ value: 2 }), 'typed 2')
  })
}

// ---- the process ----

test('a result that is not read to its end keeps the process alive, and one that is read or given up does not', async (t) => {
  endsCleanly(t, await runProgram(`
    const pool = new api.WorkerPool(process.argv[3], 1)
    let sum = 0
    for await (const value of await pool.exec(100, { name: 'countLater' })) sum += value
    for await (const value of await pool.exec(100, { name: 'countLater' })) if (value === 3) break
    async function * input () { for (let value = 0; value < 50; value++) yield value }
    console.log(sum, await pool.exec(input(), { name: 'sum' }))
  `, { args: [fixture('streams.js')] }), { stdout: '4950 1225\n' })
})
