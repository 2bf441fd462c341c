'use strict'

// Values in a SharedQueue between JavaScript and Rust, in each direction, including attachments beside the bytes.

const avaTest = require('ava').default
const { once } = require('node:events')
const {
  AtomicView, Barrier, Condvar, Latch, MessageChannel, Mutex, Once, receiveMessageOnPort, RwLock, Semaphore, SharedQueue, SharedRing
} = require('..')
const { bounded } = require('./helpers')
const { start } = require('./native-helpers')

const test = bounded(avaTest)

/** One queue into the worker `mover`, which pops and pushes in Rust, and one out of it. */
function queues (t, options) {
  const [input, output] = [new SharedQueue(options), new SharedQueue(options)]
  const worker = start(t, 'mover', { workerData: { input, output } })
  return {
    async through (value, transfer) {
      await input.pushAsync(value, transfer && { transfer })
      return output.popAsync()
    },
    async end () {
      input.close()
      const [moved] = await once(worker, 'message')
      return moved
    }
  }
}

const module_ = new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0])

test('a WebAssembly module goes from JavaScript to Rust, and back', async (t) => {
  const { through, end } = queues(t)
  const module = new WebAssembly.Module(module_)
  t.true(await through(module) instanceof WebAssembly.Module)
  const { a: [first, second] } = await through({ a: [module, module] })
  t.true(first instanceof WebAssembly.Module && second instanceof WebAssembly.Module)
  t.is(await end(), 2)
})

test('a SharedArrayBuffer, and a view on one, stay shared', async (t) => {
  const { through } = queues(t)
  const memory = new SharedArrayBuffer(16)
  const { whole, part } = await through({ whole: memory, part: new Int32Array(memory, 4, 2) })
  part[0] = 7
  t.is(new Int32Array(memory)[1], 7)
  t.true(whole instanceof SharedArrayBuffer)
  t.is(new Int32Array(whole)[1], 7)
})

test('a shared WebAssembly.Memory stays shared', async (t) => {
  const { through } = queues(t)
  const memory = new WebAssembly.Memory({ initial: 1, maximum: 2, shared: true })
  const same = await through({ memory })
  new Uint8Array(memory.buffer)[5] = 9
  t.is(new Uint8Array(same.memory.buffer)[5], 9)
})

test('locks, queues, rings and views are the same on the other side', async (t) => {
  const { through } = queues(t)
  const sent = {
    mutex: new Mutex(), rwLock: new RwLock(), semaphore: new Semaphore(1), condvar: new Condvar(), barrier: new Barrier(2), latch: new Latch(1),
    once: new Once(), queue: new SharedQueue(), ring: new SharedRing(64), view: new AtomicView(new SharedArrayBuffer(8))
  }
  const received = await through(sent)
  for (const [name, object] of Object.entries(sent)) t.is(Object.getPrototypeOf(received[name]), Object.getPrototypeOf(object), name)
  received.view.store(0, 3)
  t.is(sent.view.load(0), 3)
  received.queue.tryPush('through another')
  t.is(sent.queue.tryPop(), 'through another')
  received.latch.countDown(1)
  t.is(sent.latch.count, 0)
  const guard = received.mutex.tryLock()
  t.is(sent.mutex.tryLock(), null)
  guard.release()
})

test('a MessagePort moves, and works', async (t) => {
  const { through } = queues(t)
  const { port1, port2 } = new MessageChannel()
  t.teardown(() => port1.close())
  const { port } = await through({ port: port2 }, [port2])
  port1.postMessage('through the port')
  const [message] = await once(port, 'message')
  t.is(message, 'through the port')
  port.postMessage('back')
  t.is(receiveMessageOnPort(port1).message, 'back')
})

test('an ArrayBuffer that was transferred', async (t) => {
  const { through } = queues(t)
  const buffer = new Uint8Array([1, 2, 3]).buffer
  const received = await through({ buffer }, [buffer])
  t.is(buffer.byteLength, 0)
  t.deepEqual(new Uint8Array(received.buffer), new Uint8Array([1, 2, 3]))
})

test('values larger than a slot', async (t) => {
  const { through } = queues(t, { slotSize: 64 })
  const text = 'x'.repeat(100_000)
  t.deepEqual(await through({ text, list: [1, 2, 3] }), { text, list: [1, 2, 3] })
  t.is(await through(text), text)
})

test('values that fit a slot, mixed with others', async (t) => {
  const { through, end } = queues(t)
  const module = new WebAssembly.Module(module_)
  for (const value of [1, 'text', 'ü€', null, undefined, true, 5n, { a: 1 }, new Uint8Array([1, 2])]) {
    t.deepEqual(await through(value), value)
    t.true((await through([value, module]))[1] instanceof WebAssembly.Module)
  }
  t.is(await end(), 18)
})

test('a queue that waits for space loses no such value', async (t) => {
  const { through, end } = queues(t, { capacity: 1 })
  const modules = await Promise.all(Array.from({ length: 20 }, () => through(new WebAssembly.Module(module_))))
  t.true(modules.every((module) => module instanceof WebAssembly.Module))
  t.is(await end(), 20)
})
