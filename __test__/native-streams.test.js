'use strict'

// Byte streams, and Once, between JavaScript and workers written in Rust.

const avaTest = require('ava').default
const { once } = require('node:events')
const { AtomicView, Once, SharedRing } = require('..')
const { bounded, eventsUntilExit, inbox } = require('./helpers')
const { answerOf, start } = require('./native-helpers')

const test = bounded(avaTest)

const exited = async (worker) => (await once(worker, 'exit'))[0]

async function textOf (ring) {
  const parts = []
  for (let part; (part = await ring.readAsync()) !== null;) parts.push(Buffer.from(part))
  return Buffer.concat(parts).toString()
}

test('bytes go through a worker, in order, by rings that are smaller', async (t) => {
  const [input, output] = [new SharedRing(256), new SharedRing(4096)]
  const worker = start(t, 'inverter', { workerData: { input, output } })
  const message = once(worker, 'message')
  const total = 1_000_000
  const bytes = Uint8Array.from({ length: total }, (_, index) => index * 7 / 3)
  const writing = input.writeAsync(bytes).then(() => input.end())
  let position = 0
  for (let part; (part = await output.readAsync()) !== null;) {
    if (!part.every((byte, index) => byte === (~bytes[position + index] & 255))) return t.fail(`after ${position} bytes`)
    position += part.length
  }
  await writing
  t.is(position, total)
  t.deepEqual(await message, [total])
})

test('a Node stream into Rust, and one out of it', async (t) => {
  const [input, output] = [new SharedRing(64), new SharedRing(64)]
  start(t, 'inverter', { workerData: { input, output } })
  input.toWritable().end(Buffer.from('some text').map((byte) => ~byte))
  const parts = []
  for await (const part of output.toReadable()) parts.push(part)
  t.is(Buffer.concat(parts).toString(), 'some text')
})

test('a Rust writer that is dropped without an end is an error for the reader, after the remaining bytes', async (t) => {
  for (const how of ['drop', 'panic']) {
    const ring = new SharedRing(64)
    const worker = start(t, 'ring_leaver', { workerData: { ring, how } })
    const events = eventsUntilExit(worker)
    t.is(Buffer.from(await ring.readAsync(4)).toString(), 'half')
    await t.throwsAsync(ring.readAsync(), { code: 'ERR_ISOTHREADS_RING_BROKEN' }, how)
    t.deepEqual((await events).at(-1), ['exit', how === 'panic' ? 1 : 0])
  }
})

test('an end that Rust has released is another thread\'s', async (t) => {
  const ring = new SharedRing(64)
  await exited(start(t, 'ring_leaver', { workerData: { ring, how: 'release' } }))
  await ring.writeAsync(Buffer.from(' and half'))
  ring.end()
  t.is(await textOf(ring), 'half and half')
})

test('an end can be claimed, left and claimed again', async (t) => {
  const ring = new SharedRing(64)
  await exited(start(t, 'ring_leaver', { workerData: { ring, how: 'again' } }))
  t.true(ring.ended)
  t.is(await textOf(ring), 'half')
})

test('an end that another thread has is refused', async (t) => {
  const ring = new SharedRing(64)
  ring.tryWrite(Buffer.from('mine'))
  const [error] = await once(start(t, 'ring_leaver', { workerData: { ring, how: 'drop' } }), 'error')
  t.is(error.code, 'ERR_ISOTHREADS_RING_CLAIMED')
})

test('a ring that Rust destroys tells JavaScript why, and the other way', async (t) => {
  const ring = new SharedRing(64)
  await exited(start(t, 'ring_leaver', { workerData: { ring, how: 'destroy' } }))
  await t.throwsAsync(ring.readAsync(), { code: 'ERR_ISOTHREADS_RING_DESTROYED', message: 'The ring was destroyed: the file is göne' })

  const rings = { input: new SharedRing(64), output: new SharedRing(64) }
  const error = once(start(t, 'inverter', { workerData: rings }), 'error')
  rings.input.destroy(new Error('no möre'))
  const [{ code, message }] = await error
  t.deepEqual({ code, message }, { code: 'ERR_ISOTHREADS_RING_DESTROYED', message: 'the ring was destroyed: no möre' })
  await t.throwsAsync(rings.output.readAsync(), { code: 'ERR_ISOTHREADS_RING_BROKEN' })
})

test('a reader in Rust that goes is an error for the writer', async (t) => {
  const ring = new SharedRing(64)
  const worker = start(t, 'ring_sipper', { workerData: ring })
  ring.tryWrite(Uint8Array.of(7))
  t.deepEqual(await once(worker, 'message'), [7])
  worker.postMessage(undefined)
  t.is(await exited(worker), 0)
  t.throws(() => ring.tryWrite(Uint8Array.of(8)), { code: 'ERR_ISOTHREADS_RING_BROKEN' })
})

test('a writer in Rust waits for so long and no longer', async (t) => {
  const [error] = await once(start(t, 'ring_leaver', { workerData: { ring: new SharedRing(64), how: 'timeOut' } }), 'error')
  t.is(error.code, 'ERR_ISOTHREADS_TIMEOUT')
})

test('terminate() while it waits for bytes', async (t) => {
  const rings = { input: new SharedRing(64), output: new SharedRing(64) }
  const worker = start(t, 'inverter', { workerData: rings })
  await once(worker, 'online')
  const events = eventsUntilExit(worker)
  t.is(await worker.terminate(), 1)
  t.deepEqual(await events, [['exit', 1]])
})

test('terminate() while it waits for space', async (t) => {
  const rings = { input: new SharedRing(256), output: new SharedRing(64) }
  const worker = start(t, 'inverter', { workerData: rings })
  await once(worker, 'online')
  rings.input.tryWrite(new Uint8Array(200))
  // It has passed some on, and cannot pass on the rest.
  t.is((await rings.output.readAsync(1)).length, 1)
  const events = eventsUntilExit(worker)
  t.is(await worker.terminate(), 1)
  t.deepEqual(await events, [['exit', 1]])
})

test('something else than a ring is an error', async (t) => {
  const [error] = await once(start(t, 'ring_sipper', { workerData: new Once() }), 'error')
  t.regex(error.message, /SharedRing.*Once/)
})

// ---- Once -------------------------------------------------------------------------------------------------------------------------

const newTask = (how) => ({ once: new Once(), count: new AtomicView(new SharedArrayBuffer(4)), how })

test('a Once that Rust has run is done for JavaScript, and vice versa', async (t) => {
  const task = newTask('count')
  t.deepEqual(await answerOf(t, 'once_doer', task), [true, false, true])
  t.true(task.once.done)
  t.false(await task.once.callAsync(() => t.fail('again')))
  t.deepEqual(await answerOf(t, 'once_doer', task), [false, false, true])
  t.is(task.count.load(0), 1)

  const mine = newTask('count')
  t.true(await mine.once.callAsync(() => {}))
  t.deepEqual(await answerOf(t, 'once_doer', mine), [false, false, true])
  t.is(mine.count.load(0), 0)
})

test('of many threads of JavaScript and Rust one does it', async (t) => {
  const task = newTask('count')
  const answers = [1, 2, 3, 4].map(() => answerOf(t, 'once_doer', task))
  const mine = task.once.callAsync(() => task.count.add(0, 1))
  const runs = [...(await Promise.all(answers)).map(([hasRun]) => hasRun), await mine]
  t.is(runs.filter(Boolean).length, 1)
  t.is(task.count.load(0), 1)
})

test('when it fails or panics in Rust the next one has its turn, and hears of the panic', async (t) => {
  const task = newTask('fail')
  const [failure] = await once(start(t, 'once_doer', { workerData: task }), 'error')
  t.is(failure.message, 'it failed')
  const [panic] = await once(start(t, 'once_doer', { workerData: { ...task, how: 'panic' } }), 'error')
  t.is(panic.code, 'ERR_ISOTHREADS_PANIC')
  // A later failure does not repair the state that the panic left.
  await once(start(t, 'once_doer', { workerData: task }), 'error')
  t.deepEqual(await answerOf(t, 'once_doer', { ...task, how: 'count' }), [true, true, true])
  t.is(task.count.load(0), 4)
})

test('a call in the middle of itself is an error, and no deadlock', async (t) => {
  const task = newTask('nest')
  const [error] = await once(start(t, 'once_doer', { workerData: task }), 'error')
  t.is(error.code, 'ERR_ISOTHREADS_DEADLOCK')
  t.true(await task.once.callAsync(() => {}))
})

test('a Rust waiter of a Once continues when JavaScript has run it', async (t) => {
  const task = newTask('count')
  let next
  await task.once.callAsync(async () => {
    const worker = start(t, 'once_doer', { workerData: task })
    next = inbox(worker)
    await once(worker, 'online')
  })
  t.deepEqual(await next(), [false, false, true])
})

test('a Rust wait for a Once ends by its timeout, and by terminate()', async (t) => {
  const task = newTask('hold')
  const holder = start(t, 'once_doer', { workerData: task })
  t.deepEqual(await once(holder, 'message'), ['at it'])
  t.is(await answerOf(t, 'once_waiter', task.once), null)

  const waiter = start(t, 'once_doer', { workerData: task })
  await once(waiter, 'online')
  const events = eventsUntilExit(waiter)
  t.is(await waiter.terminate(), 1)
  t.deepEqual(await events, [['exit', 1]])

  const answer = once(holder, 'message')
  holder.postMessage(undefined)
  t.deepEqual(await answer, [[true, false, true]])
  t.is(await answerOf(t, 'once_waiter', task.once), false)
})

test('a worker that is terminated in the middle of it leaves the turn to the next', async (t) => {
  const task = newTask('hold')
  const holder = start(t, 'once_doer', { workerData: task })
  await once(holder, 'message')
  const mine = task.once.callAsync(({ poisoned }) => t.false(poisoned))
  t.is(await holder.terminate(), 1)
  t.true(await mine)
})
