'use strict'

const test = require('ava')
const nodeWorkers = require('node:worker_threads')
const { SharedQueue, MessageChannel, receiveMessageOnPort, structuredClone, beyondNode, nextMessage, startWorker, thrownBy } = require('./helpers')

const it = beyondNode(test).bind(null, 'Node has no queues in shared memory')

const packageMain = JSON.stringify(require.resolve('..'))
const shape = { capacity: 8, slotSize: 64 }

// A queue whose positions are about to wrap: the header and the turns of all slots after as many pushes and pops.
function nearTheEnd ({ capacity, slotSize }, position) {
  const options = { capacity, slotSize }
  const buffer = new SharedArrayBuffer(SharedQueue.byteLengthFor(options))
  const words = new Int32Array(buffer)
  words[16] = position * 2
  words[32] = position
  for (let slot = 0; slot < capacity; slot++) {
    const next = position + (slot - position % capacity + capacity) % capacity
    words[80 + slot * (2 + slotSize / 4)] = Math.floor((next % 2 ** 31) / capacity) * 2
  }
  return new SharedQueue({ ...options, buffer })
}

function codeOf (action) {
  return thrownBy(action).code
}

const values = {
  primitives: [undefined, null, true, false, 0, -0, 1.5, NaN, -Infinity, 2 ** 53, 0n, -1n, 2n ** 63n - 1n, -(2n ** 63n), 2n ** 63n, 2n ** 200n],
  'text of one byte a unit': ['', 'a', 'é'.repeat(64), 'é'.repeat(65), 'x'.repeat(100_000), 'a\0b'],
  'text of two bytes a unit': ['漢', '漢'.repeat(32), '漢'.repeat(33), '😀\ud800', '漢'.repeat(50_000)],
  'bytes': [new Uint8Array(0), new Uint8Array([1, 2, 3]), new Uint8Array(64).fill(9), new Uint8Array(65).fill(8), Buffer.from('buffer')],
  'other arrays': [new Float64Array([1.5, -0]), new Uint16Array([1, 2, 3]), new DataView(new ArrayBuffer(3)), new ArrayBuffer(5)],
  'objects': [{}, { a: 1, b: 'x', c: [1, undefined, 3] }, [[]], new Map([[{}, new Set([1])]]), new Date(5), /x/gi, new RangeError('no'), Object(1)],
  'large objects': [{ text: 'y'.repeat(1000) }, Array.from({ length: 1000 }, (_, index) => index)]
}

for (const [name, list] of Object.entries(values)) {
  it(`${name} arrive as structuredClone makes them`, (t) => {
    const queue = new SharedQueue(shape)
    for (const value of list) {
      t.true(queue.tryPush(value))
      const popped = queue.tryPop('nothing')
      if (Object(value) !== value) t.is(popped, value)
      else if (!Buffer.isBuffer(value)) t.deepEqual(popped, structuredClone(value))
      else t.deepEqual([...popped], [...value])
    }
    t.is(queue.length, 0)
  })
}

it('bytes of a view are only its own, in memory of their own', (t) => {
  const queue = new SharedQueue(shape)
  const whole = new Uint8Array([1, 2, 3, 4])
  queue.tryPush(whole.subarray(1, 3))
  whole.fill(0)
  const popped = queue.tryPop()
  t.deepEqual(popped, new Uint8Array([2, 3]))
  t.is(popped.buffer.byteLength, 2)
  t.is(Object.getPrototypeOf(popped), Uint8Array.prototype)
  queue.tryPush(Buffer.from('x'.repeat(100)))
  t.is(queue.tryPop().buffer.byteLength, 100)
})

it('shared memory stays shared, and objects over it stay what they are', (t) => {
  const queue = new SharedQueue(shape)
  const bytes = new Uint8Array(new SharedArrayBuffer(4))
  queue.tryPush(bytes)
  queue.tryPush(queue)
  queue.tryPop()[2] = 7
  t.is(bytes[2], 7)
  const same = queue.tryPop()
  t.true(same instanceof SharedQueue)
  same.tryPush('through it')
  t.is(queue.tryPop(), 'through it')
})

it('what cannot be cloned throws and takes no place', (t) => {
  const queue = new SharedQueue(shape)
  t.is(thrownBy(() => queue.tryPush(() => {})).name, 'DataCloneError')
  t.is(thrownBy(() => queue.tryPush(Symbol('s'))).name, 'DataCloneError')
  t.is(queue.length, 0)
})

it('a transfer list moves what is in it', (t) => {
  const queue = new SharedQueue(shape)
  const { port1, port2 } = new MessageChannel()
  const buffer = new ArrayBuffer(100)
  queue.push({ buffer, port2 }, { transfer: [buffer, port2], blockMainThread: true })
  t.is(buffer.byteLength, 0)
  const popped = queue.tryPop()
  t.is(popped.buffer.byteLength, 100)
  port1.postMessage('over')
  t.is(receiveMessageOnPort(popped.port2).message, 'over')
  port1.close()
})

it('first in, first out, full and empty, many times around', (t) => {
  for (const capacity of [1, 2, 8]) {
    const queue = new SharedQueue({ capacity })
    for (let round = 0; round < 30; round++) {
      for (let value = 0; value < capacity; value++) t.true(queue.tryPush(value))
      t.is(queue.length, capacity)
      t.false(queue.tryPush('too much'))
      t.false(queue.tryPush({ too: 'much' }))
      for (let value = 0; value < capacity; value++) t.is(queue.tryPop(), value)
      t.is(queue.tryPop(), undefined)
      t.is(queue.tryPop('nothing'), 'nothing')
    }
  }
})

it('positions begin anew after 2 ** 31', (t) => {
  for (const capacity of [1, 2, 4]) {
    const queue = nearTheEnd({ capacity, slotSize: 8 }, 2 ** 31 - 3)
    for (let value = 0; value < 12; value++) {
      t.true(queue.tryPush(value))
      if (capacity > 1) t.true(queue.tryPush(-value))
      t.is(queue.length, Math.min(2, capacity))
      t.is(queue.tryPop(), value)
      if (capacity > 1) t.is(queue.tryPop(), -value)
      t.is(queue.length, 0)
    }
    for (let value = 0; value < capacity; value++) t.true(queue.tryPush(value))
    t.false(queue.tryPush('full'))
    queue.close()
    t.deepEqual([...iterateSync(queue)], Array.from({ length: capacity }, (_, value) => value))
    t.true(queue.ended)
  }
})

function * iterateSync (queue) {
  const nothing = {}
  for (let value; (value = queue.tryPop(nothing)) !== nothing;) yield value
}

it('the memory decides what the queue is', (t) => {
  const buffer = new SharedArrayBuffer(64 + SharedQueue.byteLengthFor(shape))
  const queue = new SharedQueue({ ...shape, buffer, byteOffset: 64 })
  t.is(queue.byteLength, SharedQueue.byteLengthFor(shape))
  t.deepEqual([queue.capacity, queue.slotSize, queue.type, queue.byteOffset], [8, 64, 'value', 64])
  queue.tryPush('kept')
  const same = new SharedQueue({ buffer, byteOffset: 64 })
  t.deepEqual([same.capacity, same.slotSize, same.tryPop()], [8, 64, 'kept'])
  t.throws(() => new SharedQueue({ capacity: 16, buffer, byteOffset: 64 }), { instanceOf: RangeError })
  t.throws(() => new SharedQueue({ type: 'bytes', buffer, byteOffset: 64 }), { instanceOf: RangeError })
  t.is(new SharedQueue({ capacity: 5, slotSize: 9 }).capacity, 8)
  t.is(new SharedQueue({ slotSize: 9 }).slotSize, 12)
})

it('bad arguments throw before anything changed', (t) => {
  const buffer = new SharedArrayBuffer(4096)
  for (const options of [null, 1]) t.is(codeOf(() => new SharedQueue(options)), 'ERR_INVALID_ARG_TYPE')
  t.is(codeOf(() => new SharedQueue({ capacity: '1' })), 'ERR_INVALID_ARG_TYPE')
  for (const capacity of [0, -1, 1.5, NaN, 2 ** 31]) t.is(codeOf(() => new SharedQueue({ capacity, buffer })), 'ERR_OUT_OF_RANGE')
  for (const slotSize of [0, 2 ** 24]) t.is(codeOf(() => new SharedQueue({ slotSize, buffer })), 'ERR_OUT_OF_RANGE')
  t.is(codeOf(() => new SharedQueue({ type: 'text' })), 'ERR_INVALID_ARG_VALUE')
  t.is(codeOf(() => new SharedQueue({ buffer: new ArrayBuffer(4096) })), 'ERR_INVALID_ARG_TYPE')
  t.throws(() => new SharedQueue({ capacity: 1024, buffer }), { instanceOf: RangeError })
  t.throws(() => new SharedQueue({ capacity: 1, buffer, byteOffset: 2 }), { instanceOf: RangeError })
  t.true(new Uint8Array(buffer).every((byte) => byte === 0))
  const queue = new SharedQueue(shape)
  t.is(codeOf(() => queue.pop({ blockMainThread: true, timeout: -1 })), 'ERR_INVALID_ARG_VALUE')
  t.is(codeOf(() => queue.push(1, { blockMainThread: true, signal: {} })), 'ERR_INVALID_ARG_TYPE')
  t.is(codeOf(() => queue.push(1, { blockMainThread: true, transfer: 1 })), 'ERR_INVALID_ARG_TYPE')
  t.is(queue.length, 0)
})

it('a queue of bytes takes bytes of every kind', (t) => {
  const queue = new SharedQueue({ capacity: 4, slotSize: 8, type: 'bytes' })
  const bytes = new Uint8Array([1, 2, 3, 4])
  for (const value of [bytes, bytes.buffer, new DataView(bytes.buffer), Buffer.from(bytes), new Int32Array(bytes.buffer)]) {
    t.true(queue.tryPush(value))
    t.deepEqual(queue.tryPop(), bytes)
  }
  t.true(queue.tryPush(new Uint8Array(0)))
  t.deepEqual(queue.tryPop(), new Uint8Array(0))
  t.is(codeOf(() => queue.tryPush(new Uint8Array(9))), 'ERR_OUT_OF_RANGE')
  t.is(codeOf(() => queue.tryPush('text')), 'ERR_INVALID_ARG_TYPE')
})

it('the main thread blocks only where it is said, and not for ever', (t) => {
  const queue = new SharedQueue({ capacity: 1 })
  t.is(codeOf(() => queue.pop()), 'ERR_ISOTHREADS_BLOCKS_MAIN_THREAD')
  t.is(codeOf(() => queue.push(1)), 'ERR_ISOTHREADS_BLOCKS_MAIN_THREAD')
  t.is(codeOf(() => [...queue]), 'ERR_ISOTHREADS_BLOCKS_MAIN_THREAD')
  t.is(codeOf(() => queue.pop({ blockMainThread: true, timeout: 5 })), 'ERR_ISOTHREADS_TIMEOUT')
  queue.push(1, { blockMainThread: true })
  for (const timeout of [0, 5]) t.is(codeOf(() => queue.push({}, { blockMainThread: true, timeout })), 'ERR_ISOTHREADS_TIMEOUT')
  t.is(queue.pop({ blockMainThread: true, timeout: 0 }), 1)
})

it('asynchronous pops and pushes are served in order', async (t) => {
  const queue = new SharedQueue({ capacity: 2 })
  const pops = [queue.popAsync(), queue.popAsync(), queue.popAsync()]
  for (const value of [1, undefined, { then: 1 }]) await queue.pushAsync(value)
  t.deepEqual(await Promise.all(pops), [1, undefined, { then: 1 }])
  const pushes = [1, 2, 3, 4, 5].map((value) => queue.pushAsync(value))
  t.false(queue.tryPush('passes nobody by'))
  const popped = []
  for (let count = 0; count < 5; count++) popped.push(await queue.popAsync())
  await Promise.all(pushes)
  t.deepEqual(popped, [1, 2, 3, 4, 5])
})

it('what waits can be given up, and takes nothing along', async (t) => {
  const queue = new SharedQueue({ capacity: 1 })
  const controller = new AbortController()
  const aborted = queue.popAsync({ signal: controller.signal })
  const timedOut = queue.popAsync({ timeout: 5 })
  const waiting = queue.popAsync()
  controller.abort(new Error('enough'))
  await t.throwsAsync(aborted, { message: 'enough' })
  await t.throwsAsync(timedOut, { code: 'ERR_ISOTHREADS_TIMEOUT' })
  queue.tryPush('value')
  t.is(await waiting, 'value')
  await t.throwsAsync(queue.popAsync({ signal: AbortSignal.abort(new Error('before')) }), { message: 'before' })
  queue.tryPush('full')
  await t.throwsAsync(queue.pushAsync('late', { timeout: 5 }), { code: 'ERR_ISOTHREADS_TIMEOUT' })
  t.is(queue.tryPop(), 'full')
  t.is(queue.tryPop(), undefined)
})

it('close lets out what is there, and ends all that waits', async (t) => {
  const queue = new SharedQueue({ capacity: 1 })
  queue.tryPush('last')
  const push = queue.pushAsync('too late')
  queue.close()
  queue.close()
  await t.throwsAsync(push, { code: 'ERR_ISOTHREADS_QUEUE_CLOSED' })
  t.is(codeOf(() => queue.tryPush(1)), 'ERR_ISOTHREADS_QUEUE_CLOSED')
  t.is(codeOf(() => queue.push(1, { blockMainThread: true })), 'ERR_ISOTHREADS_QUEUE_CLOSED')
  t.deepEqual([queue.closed, queue.ended], [true, false])
  t.is(await queue.popAsync(), 'last')
  t.true(queue.ended)
  t.is(codeOf(() => queue.pop({ blockMainThread: true })), 'ERR_ISOTHREADS_QUEUE_CLOSED')
  await t.throwsAsync(queue.popAsync(), { code: 'ERR_ISOTHREADS_QUEUE_CLOSED' })
  const empty = new SharedQueue()
  const pop = empty.popAsync()
  empty.close()
  await t.throwsAsync(pop, { code: 'ERR_ISOTHREADS_QUEUE_CLOSED' })
})

it('a close on another thread ends a blocked pop and a blocked push', async (t) => {
  for (const [action, prepare] of [['pop()', () => {}], ['push(1)', (queue) => queue.tryPush(0)]]) {
    const queue = new SharedQueue({ capacity: 1 })
    prepare(queue)
    const worker = startWorker(t, `
      const { workerData, parentPort } = require('worker_threads')
      parentPort.postMessage('begins')
      try { workerData.${action} } catch (error) { parentPort.postMessage(error.code) }
    `, { workerData: queue })
    await nextMessage(worker)
    const end = nextMessage(worker)
    queue.close()
    t.is(await end, 'ERR_ISOTHREADS_QUEUE_CLOSED')
  }
})

it('loops over a queue end with it', async (t) => {
  const queue = new SharedQueue({ capacity: 4 })
  const worker = startWorker(t, `
    const { workerData, parentPort } = require('worker_threads')
    const values = []
    for (const value of workerData) values.push(value)
    parentPort.postMessage(values)
  `, { workerData: queue })
  const result = nextMessage(worker)
  const values = [1, 'two', { three: 3 }, undefined, 5n, [6], 7, 8, 9]
  for (const value of values) await queue.pushAsync(value)
  queue.close()
  t.deepEqual(await result, values)
  const other = new SharedQueue()
  for (let value = 0; value < 5; value++) other.tryPush(value)
  other.close()
  const seen = []
  for await (const value of other) seen.push(value)
  t.deepEqual(seen, [0, 1, 2, 3, 4])
})

it('a loop over values that always are there lets others have their turn', async (t) => {
  const queue = new SharedQueue({ capacity: 4 })
  let goesOn = true
  setImmediate(() => { goesOn = false })
  queue.tryPush(0)
  for await (const value of queue) {
    if (!goesOn) break
    queue.tryPush(value + 1)
  }
  t.false(goesOn)
})

const roles = {
  producer: `
    const { workerData: { queue, number, each }, parentPort } = require('worker_threads')
    for (let value = 0; value < each; value++) {
      const kind = value % 4
      queue.push(kind === 0 ? [number, value] : kind === 1 ? number + ':' + value : { number, value, long: kind === 2 ? 'x'.repeat(200) : '' })
    }
    parentPort.postMessage(each)
  `,
  consumer: `
    const { workerData: { queue }, parentPort } = require('worker_threads')
    const seen = []
    for (const value of queue) {
      const [number, index] = Array.isArray(value) ? value : typeof value === 'string' ? value.split(':').map(Number) : [value.number, value.value]
      seen.push([number, index])
    }
    parentPort.postMessage(seen)
  `
}

it('many producers and consumers lose nothing, and keep the order of each producer', async (t) => {
  const each = 3000
  for (const capacity of [1, 16]) {
    const queue = new SharedQueue({ capacity, slotSize: 32 })
    const consumers = [0, 1, 2].map(() => startWorker(t, roles.consumer, { workerData: { queue } }))
    const results = consumers.map(nextMessage)
    const producers = [0, 1, 2].map((number) => startWorker(t, roles.producer, { workerData: { queue, number, each } }))
    await Promise.all(producers.map(nextMessage))
    queue.close()
    const lists = await Promise.all(results)
    for (const list of lists) {
      for (const number of [0, 1, 2]) {
        const own = list.filter(([of]) => of === number).map(([, value]) => value)
        t.true(own.every((value, index) => index === 0 || value > own[index - 1]))
      }
    }
    const all = lists.flat().map(([number, value]) => number * each + value).sort((a, b) => a - b)
    t.true(all.length === 3 * each && all.every((value, index) => value === index))
  }
})

it('the main thread and a worker of Node\'s own take part', async (t) => {
  const queue = new SharedQueue({ capacity: 2 })
  const worker = new nodeWorkers.Worker(`
    const { SharedQueue } = require(${packageMain})
    const queue = new SharedQueue(require('worker_threads').workerData)
    let sum = 0
    for (const value of queue) sum += value
    require('worker_threads').parentPort.postMessage(sum)
  `, { eval: true, workerData: { buffer: queue.buffer, byteOffset: queue.byteOffset } })
  t.teardown(() => worker.terminate())
  const sum = nextMessage(worker)
  for (let value = 1; value <= 1000; value++) await queue.pushAsync(value)
  queue.close()
  t.is(await sum, 500_500)
})

it('workers that are terminated while they push and pop leave no half slot and lose at most what they had in hand', async (t) => {
  const queue = new SharedQueue({ capacity: 8, slotSize: 32 })
  // What each worker has pushed, and popped; the last push of one that was ended may be counted or not.
  const rounds = 100
  const counts = new Int32Array(new SharedArrayBuffer(4 * 2 * 2 * rounds))
  const hammer = `
    const { workerData: { queue, counts, at }, parentPort } = require('worker_threads')
    parentPort.postMessage('ready')
    for (let value = 0; ; value++) {
      const isPushed = queue.tryPush(value % 3 === 0 ? { at, value } : 'worker ' + at)
      if (isPushed) Atomics.add(counts, at * 2, 1)
      const popped = queue.tryPop(null)
      if (popped !== null) {
        Atomics.add(counts, at * 2 + 1, 1)
        if (typeof popped !== 'string' && typeof popped.value !== 'number') throw new Error('half a value')
      }
    }
  `
  for (let round = 0; round < rounds; round++) {
    const workers = [0, 1].map((index) => startWorker(t, hammer, { workerData: { queue, counts, at: round * 2 + index } }))
    await Promise.all(workers.map(nextMessage))
    await Promise.all(workers.map((worker) => worker.terminate()))
  }
  let left = 0
  for (const nothing = {}; queue.tryPop(nothing) !== nothing;) left++
  t.is(queue.length, 0)
  let difference = -left
  for (let index = 0; index < counts.length; index += 2) difference += counts[index] - counts[index + 1]
  // A worker that was ended between a push or a pop and its count: one at most for each.
  t.true(Math.abs(difference) <= 2 * rounds)
  for (let value = 0; value < 20; value++) {
    t.true(queue.tryPush(value))
    t.is(queue.tryPop(), value)
  }
})

it('workers that are terminated while they wait do not take the wake-ups of others along', async (t) => {
  const queue = new SharedQueue({ capacity: 4 })
  const consume = `
    const { workerData: queue, parentPort } = require('worker_threads')
    parentPort.postMessage('ready')
    for (;;) parentPort.postMessage(queue.pop())
  `
  const survivor = startWorker(t, consume, { workerData: queue })
  const seen = []
  await nextMessage(survivor)
  for (let round = 0; round < 50; round++) {
    const victim = startWorker(t, consume, { workerData: queue })
    await nextMessage(victim)
    const taken = new Promise((resolve) => {
      survivor.removeAllListeners('message')
      survivor.on('message', (value) => {
        seen.push(value)
        resolve()
      })
    })
    const end = victim.terminate()
    await queue.pushAsync(round)
    await end
    // The victim may have received it; then the survivor must get the next one.
    if (queue.length === 0 && seen.at(-1) !== round) await queue.pushAsync('once more')
    await taken
  }
  t.pass()
})

it('messages that are kept for a queue go with it', async (t) => {
  const result = await require('./run-process').runNode(['--expose-gc', '-e', `
    const { MessageChannel, SharedQueue } = require(${packageMain})
    // Each message has one end of a channel in it: the other one is closed when the message is dropped.
    let kept = 0
    ;(function () {
      const queue = new SharedQueue({ slotSize: 8 })
      for (let value = 0; value < 10; value++) {
        const { port1, port2 } = new MessageChannel()
        kept++
        port2.once('close', () => { kept-- })
        queue.push({ value, port1 }, { transfer: [port1], blockMainThread: true })
      }
      queue.tryPop().port1.close()
    })()
    // V8 frees the memory on another thread, so the use of another queue has to find that it is gone.
    const look = () => {
      new SharedQueue({ slotSize: 8 })
      gc()
      if (kept > 0) return setImmediate(look)
      console.log('gone')
    }
    setImmediate(() => {
      console.log(kept)
      look()
    })
  `], { timeout: 30_000 })
  t.is(result.stdout, '9\ngone\n', result.stderr)
})
