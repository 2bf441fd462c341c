'use strict'

const avaTest = require('ava')
const { once } = require('node:events')
const { inspect } = require('node:util')
const { RwLock, bounded, nextMessage } = require('./helpers')
const { blockMainThread, deadlock, exclusiveCases, someoneWaits, timedOut } = require('./shared-lock-cases')

const test = bounded(avaTest)

const { holderOf, isFree, start } = exclusiveCases(avaTest, {
  Class: RwLock,
  create: (buffer, byteOffset) => new RwLock(buffer, byteOffset),
  method: 'write',
  tryMethod: 'tryWrite'
})

test('many read, or one writes', async (t) => {
  const lock = new RwLock()
  t.is(RwLock.byteLength, 4)
  const readers = [lock.read({ blockMainThread }), lock.tryRead(), await lock.readAsync(), new RwLock(lock.buffer).tryRead()]
  t.is(lock.readers, 4)
  t.is(inspect(lock), 'RwLock { readers: 4, writing: false }')
  for (const reader of readers) {
    t.is(lock.tryWrite(), null)
    t.true(reader.held)
    t.false(reader.poisoned)
    reader.release()
    t.false(reader.held)
    reader.release()
  }
  t.is(lock.readers, 0)
  const writer = lock.tryWrite()
  t.true(lock.writing)
  t.is(lock.readers, 0)
  t.is(lock.tryRead(), null)
  t.is(lock.tryWrite(), null)
  writer.release()
  t.false(lock.writing)
  isFree(t, lock)
})

test('a read guard that is released twice takes no other reader away', (t) => {
  const lock = new RwLock()
  const first = lock.tryRead()
  const second = lock.tryRead()
  first.release()
  first[Symbol.dispose]()
  t.is(lock.readers, 1)
  second.release()
  isFree(t, lock)
})

test('readers see complete writes', async (t) => {
  const lock = new RwLock()
  const numbers = new Int32Array(new SharedArrayBuffer(8))
  const writers = [1, 2].map(() => start(t, `
    for (let i = 0; i < 10_000; i++) {
      const guard = lock.write()
      workerData.numbers[0]++
      workerData.numbers[1]++
      guard.release()
    }
  `, { lock, numbers }))
  const readers = [1, 2].map(() => start(t, `
    let torn = 0
    for (let i = 0; i < 10_000; i++) {
      const guard = lock.read()
      if (workerData.numbers[0] !== workerData.numbers[1]) torn++
      guard.release()
    }
    post(torn)
  `, { lock, numbers }))
  const torn = Promise.all(readers.map(nextMessage))
  const ended = Promise.all([...writers, ...readers].map(worker => once(worker, 'exit')))
  let tornHere = 0
  for (let i = 0; i < 200; i++) {
    const guard = await lock.readAsync()
    if (numbers[0] !== numbers[1]) tornHere++
    guard.release()
  }
  t.deepEqual([...await torn, tornHere], [0, 0, 0])
  await ended
  t.deepEqual([...numbers], [20_000, 20_000])
  isFree(t, lock)
})

test('a writer that waits comes before readers that come later', async (t) => {
  const lock = new RwLock()
  const order = []
  const first = lock.tryRead()
  const writing = lock.writeAsync().then((guard) => { order.push('writer'); guard.release() })
  t.is(lock.tryRead(), null)
  const reading = [1, 2].map(() => lock.readAsync().then((guard) => { order.push('reader'); return guard }))
  first.release()
  await writing
  const readers = await Promise.all(reading)
  t.deepEqual(order, ['writer', 'reader', 'reader'])
  t.is(lock.readers, 2)
  for (const reader of readers) reader.release()
  isFree(t, lock)
})

test('a writer is not starved by workers that read all the time', async (t) => {
  const lock = new RwLock()
  const isDone = new Int32Array(new SharedArrayBuffer(4))
  const readers = [1, 2].map(() => start(t, `
    post('reading')
    let guard = lock.tryRead() ?? lock.read()
    while (Atomics.load(workerData.isDone, 0) === 0) {
      // Two overlapping reads of one thread.
      const next = lock.tryRead()
      guard.release()
      guard = next ?? lock.read()
    }
    guard.release()
  `, { lock, isDone }))
  await Promise.all(readers.map(nextMessage))
  for (let i = 0; i < 50; i++) (await lock.writeAsync()).release()
  const writer = start(t, 'for (let i = 0; i < 50; i++) take().release()', { lock })
  await once(writer, 'exit')
  Atomics.store(isDone, 0, 1)
  await Promise.all(readers.map(worker => once(worker, 'exit')))
  isFree(t, lock)
})

test('a waiting writer that gives up lets the readers behind it in', async (t) => {
  const lock = new RwLock()
  const first = lock.tryRead()
  const controller = new AbortController()
  const writing = lock.writeAsync({ signal: controller.signal })
  const reading = lock.readAsync()
  controller.abort()
  t.is(await writing.catch(error => error.name), 'AbortError')
  const second = await reading
  t.is(lock.readers, 2)
  await t.throwsAsync(lock.writeAsync({ timeout: 5 }), timedOut)
  first.release()
  second.release()
  isFree(t, lock)
})

test('a waiting writer whose worker is terminated lets the readers behind it in', async (t) => {
  const lock = new RwLock()
  const first = lock.tryRead()
  const writer = start(t, 'take()', { lock })
  await someoneWaits(lock)
  const reading = lock.readAsync()
  await writer.terminate()
  const second = await reading
  t.false(second.poisoned)
  first.release()
  second.release()
  isFree(t, lock)
})

test('a thread that reads may read again, past a writer that waits for it', async (t) => {
  const lock = new RwLock()
  const first = lock.tryRead()
  const writer = start(t, 'take().release()', { lock })
  await someoneWaits(lock)
  const second = lock.read({ blockMainThread })
  t.is(lock.readers, 2)
  second.release()
  first.release()
  await once(writer, 'exit')
  isFree(t, lock)
})

test('a thread that waits for itself is told', async (t) => {
  const lock = new RwLock()
  const reader = lock.tryRead()
  t.throws(() => lock.write({ blockMainThread }), deadlock)
  reader.release()
  const writer = lock.tryWrite()
  t.throws(() => lock.write({ blockMainThread }), deadlock)
  t.throws(() => lock.read({ blockMainThread }), deadlock)
  t.throws(() => new RwLock(lock.buffer).read({ blockMainThread }), deadlock)
  writer.release()
  isFree(t, lock)
})

test('a thread that would wait behind its own async call gets an error', async (t) => {
  const lock = new RwLock()
  const holder = await holderOf(t, lock)
  const reading = lock.readAsync()
  t.throws(() => lock.write({ blockMainThread }), deadlock)
  const writing = lock.writeAsync()
  t.throws(() => lock.read({ blockMainThread }), deadlock)
  await holder.terminate()
  const reader = await reading
  reader.release()
  const writer = await writing
  writer.release()
  isFree(t, lock)
})

for (const [way, code] of Object.entries({
  'read()': 'globalThis.guards = [lock.read(), lock.read()]; post(1); sleep()',
  'tryRead()': 'globalThis.guards = [lock.tryRead(), lock.tryRead()]; post(1); sleep()',
  'readAsync()': 'Promise.all([lock.readAsync(), lock.readAsync()]).then(() => { post(1); sleep() })'
})) {
  test(`a terminated worker that read by ${way} releases the lock without poison`, async (t) => {
    const lock = new RwLock()
    const writer = lock.tryWrite()
    const asked = way === 'tryRead()' ? '' : 'post(0);'
    const dying = start(t, `${asked}${way === 'tryRead()' ? 'lock.read().release();' : ''}${code}`, { lock })
    const reading = new Promise(resolve => dying.on('message', message => message === 1 && resolve()))
    await someoneWaits(lock)
    writer.release()
    await reading
    t.is(lock.readers, 2)
    const writing = lock.writeAsync()
    await dying.terminate()
    const next = await writing
    t.false(next.poisoned)
    next.release()
    isFree(t, lock)
  })
}

test('a worker that is allowed to read without hearing of it does not read for ever', async (t) => {
  const lock = new RwLock()
  const writer = lock.tryWrite()
  const dying = start(t, 'lock.readAsync(); setImmediate(() => { post(\'busy\'); for (;;); })', { lock })
  await nextMessage(dying)
  writer.release()
  t.is(lock.readers, 1)
  await dying.terminate()
  isFree(t, lock)
})

test('of a dead writer all that come are told, until one comes that could put it right', async (t) => {
  const lock = new RwLock()
  await (await holderOf(t, lock)).terminate()
  const readers = [lock.tryRead(), lock.read({ blockMainThread }), await lock.readAsync()]
  t.deepEqual(readers.map(reader => reader.poisoned), [true, true, true])
  t.is(lock.readers, 3)
  for (const reader of readers) reader.release()
  const writer = lock.tryWrite()
  t.true(writer.poisoned)
  writer.release()
  t.false(lock.tryRead().poisoned)
})

test('a worker blocked in read() waits for the writer, times out, and can be terminated', async (t) => {
  const lock = new RwLock()
  const writer = lock.tryWrite()
  const worker = start(t, 'try { lock.read({ timeout: 5 }) } catch (error) { post(error.code) } lock.read()', { lock })
  t.is(await nextMessage(worker), timedOut.code)
  await someoneWaits(lock)
  await worker.terminate()
  writer.release()
  isFree(t, lock)
})

test('on the main thread read() blocks only where that is said', (t) => {
  t.throws(() => new RwLock().read(), { code: 'ERR_ISOTHREADS_BLOCKS_MAIN_THREAD' })
})
