'use strict'

const { inspect } = require('node:util')
const test = require('ava')
const {
  MessageChannel, receiveMessageOnPort, structuredClone, markAsUntransferable, bounded, beyondNode, cloneRoutes, startWorker, nextMessage, runFixture,
  nodeMajor, thrownBy, describeError, dataCloneError
} = require('./helpers')

const it = bounded(test)
const itBeyondNode = beyondNode(test)

/** One test for each route a value can take. */
function transfers (title, body) {
  for (const [name, route] of Object.entries(cloneRoutes)) {
    it(`${title}, through ${name}`, (t) => body(t, (value, transfer) => route(t, value, transfer)))
  }
}

transfers('a transferred ArrayBuffer is detached here and arrives whole', async (t, send) => {
  const buffer = new Uint8Array([1, 2, 3]).buffer
  const received = send(buffer, [buffer])
  t.is(buffer.byteLength, 0)
  t.deepEqual([...new Uint8Array(await received)], [1, 2, 3])
  t.throws(() => new Uint8Array(buffer), { instanceOf: TypeError })
})

transfers('every view of a transferred buffer is empty here and they share it there', async (t, send) => {
  const buffer = new ArrayBuffer(8)
  const message = { bytes: new Uint8Array(buffer), words: new Uint16Array(buffer, 4, 2), view: new DataView(buffer, 1) }
  message.bytes.set([0, 1, 2, 3, 4, 5, 6, 7])
  const received = send(message, [buffer])
  t.deepEqual([message.bytes.length, message.words.length, message.words.byteOffset], [0, 0, 0])
  t.throws(() => message.view.byteLength, { instanceOf: TypeError })
  const { bytes, words, view } = await received
  t.deepEqual([...bytes], [0, 1, 2, 3, 4, 5, 6, 7])
  t.deepEqual([words.byteOffset, words.length, view.byteOffset, view.byteLength], [4, 2, 1, 7])
  t.is(words.buffer, bytes.buffer)
  t.is(view.buffer, bytes.buffer)
})

transfers('a transferred buffer that the message does not hold is detached all the same', async (t, send) => {
  const buffer = new ArrayBuffer(8)
  t.is(await send('text', [buffer]), 'text')
  t.is(buffer.byteLength, 0)
})

transfers('an empty ArrayBuffer can be transferred', async (t, send) => {
  const buffer = new ArrayBuffer(0)
  const received = await send(buffer, [buffer])
  t.is(received.byteLength, 0)
  t.throws(() => new Uint8Array(buffer), { instanceOf: TypeError })
})

transfers('a transferred resizable ArrayBuffer stays resizable and its views go on tracking', async (t, send) => {
  const buffer = new ArrayBuffer(4, { maxByteLength: 16 })
  const bytes = new Uint8Array(buffer)
  bytes.set([1, 2, 3, 4])
  const received = await send({ bytes, buffer }, [buffer])
  t.deepEqual([buffer.byteLength, buffer.maxByteLength, bytes.length], [0, 0, 0])
  t.true(received.buffer.resizable)
  t.is(received.buffer.maxByteLength, 16)
  received.buffer.resize(6)
  t.deepEqual([...received.bytes], [1, 2, 3, 4, 0, 0])
})

transfers('many buffers in one list', async (t, send) => {
  const buffers = Array.from({ length: 100 }, (_, index) => new Uint8Array([index]).buffer)
  const received = send(buffers, buffers)
  t.true(buffers.every((buffer) => buffer.byteLength === 0))
  t.deepEqual((await received).map((buffer) => new Uint8Array(buffer)[0]), Array.from({ length: 100 }, (_, index) => index))
})

transfers('only the listed buffers move, the others are copied', async (t, send) => {
  const [moved, copied] = [new ArrayBuffer(2), new ArrayBuffer(3)]
  const received = await send([moved, copied], [moved])
  t.deepEqual([moved.byteLength, copied.byteLength], [0, 3])
  t.deepEqual(received.map((buffer) => buffer.byteLength), [2, 3])
})

transfers('a buffer that arrived can be sent on', async (t, send) => {
  const buffer = new Uint8Array([5]).buffer
  const first = await send(buffer, [buffer])
  const second = await send(first, [first])
  t.is(first.byteLength, 0)
  t.deepEqual([...new Uint8Array(second)], [5])
})

transfers('a getter that detaches a listed buffer on the way: it arrives empty', async (t, send) => {
  const buffer = new ArrayBuffer(8)
  const message = { buffer, get detach () { structuredClone(buffer, { transfer: [buffer] }); return 1 } }
  t.is((await send(message, [buffer])).buffer.byteLength, 0)
})

transfers('a marked ArrayBuffer is copied by a message and stays here', async (t, send) => {
  const buffer = new Uint8Array([1, 2]).buffer
  markAsUntransferable(buffer)
  t.deepEqual([...new Uint8Array(await send(buffer))], [1, 2])
  t.is(buffer.byteLength, 2)
})

itBeyondNode('The document transfers a SharedArrayBuffer, Node refuses to', 'a SharedArrayBuffer in the transfer list is shared', async (t) => {
  for (const [name, route] of Object.entries(cloneRoutes)) {
    const shared = new SharedArrayBuffer(8)
    const received = await route(t, shared, [shared])
    new Uint8Array(received)[0] = 9
    t.is(new Uint8Array(shared)[0], 9, name)
  }
})

itBeyondNode('The document transfers a SharedArrayBuffer, Node refuses to', 'a SharedArrayBuffer in the transfer list beside an ArrayBuffer', async (t) => {
  for (const [name, route] of Object.entries(cloneRoutes)) {
    const [shared, buffer] = [new SharedArrayBuffer(8), new ArrayBuffer(4)]
    const received = await route(t, { shared, buffer }, [shared, buffer])
    t.is(received.shared.byteLength, 8, name)
    t.is(received.buffer.byteLength, 4, name)
    t.is(shared.byteLength, 8, name)
    t.is(buffer.byteLength, 0, name)
  }
})

for (const [name, list] of Object.entries({
  'an array': (buffer) => [buffer],
  'a Set': (buffer) => new Set([buffer]),
  'a generator': function * (buffer) { yield buffer },
  'the transfer option': (buffer) => ({ transfer: [buffer] }),
  'a Set as the transfer option': (buffer) => ({ transfer: new Set([buffer]) })
})) {
  it(`postMessage takes the transfer list as ${name}`, (t) => {
    const { port1, port2 } = new MessageChannel()
    const buffer = new ArrayBuffer(3)
    port1.postMessage({ buffer }, list(buffer))
    t.is(buffer.byteLength, 0)
    t.is(receiveMessageOnPort(port2).message.buffer.byteLength, 3)
    port1.close()
  })
}

for (const list of [undefined, null, {}, [], { transfer: [] }, { transfer: undefined }]) {
  it(`postMessage takes ${inspect(list)} as an empty transfer list`, (t) => {
    const { port1, port2 } = new MessageChannel()
    port1.postMessage('sent', list)
    t.deepEqual(receiveMessageOnPort(port2), { message: 'sent' })
    port1.close()
  })
}

for (const options of [undefined, null, {}, { transfer: [] }, { transfer: undefined }]) {
  it(`structuredClone takes ${inspect(options)} as its options`, (t) => {
    t.deepEqual(structuredClone({ a: 1 }, options), { a: 1 })
  })
}

it('the worker options hold a transfer list for workerData', async (t) => {
  const buffer = new Uint8Array([1, 2, 3]).buffer
  const { port1, port2 } = new MessageChannel()
  const worker = startWorker(t, `
    const { parentPort, workerData: { buffer, port } } = require('worker_threads')
    port.postMessage('through the port')
    parentPort.postMessage([...new Uint8Array(buffer)])
  `, { workerData: { buffer, port: port2 }, transferList: [buffer, port2] })
  t.is(buffer.byteLength, 0)
  t.deepEqual(await nextMessage(worker), [1, 2, 3])
  t.deepEqual(receiveMessageOnPort(port1), { message: 'through the port' })
  port1.close()
})

it('a worker detaches what it transfers to its parent', async (t) => {
  const worker = startWorker(t, `
    const { parentPort } = require('worker_threads')
    const buffer = new Uint8Array([1, 2]).buffer
    parentPort.postMessage(buffer, [buffer])
    parentPort.postMessage(buffer.byteLength)
  `)
  const messages = []
  await new Promise((resolve) => worker.on('message', (message) => messages.push(message) === 2 && resolve()))
  t.deepEqual([...new Uint8Array(messages[0])], [1, 2])
  t.is(messages[1], 0)
})

it('a transferred buffer outlives the worker that made it', async (t) => {
  const worker = startWorker(t, `
    const { parentPort } = require('worker_threads')
    const buffer = new ArrayBuffer(1 << 20)
    new Uint8Array(buffer).fill(7)
    parentPort.postMessage(buffer, [buffer])
  `)
  const buffer = await nextMessage(worker)
  await worker.terminate()
  t.true(new Uint8Array(buffer).every((byte) => byte === 7))
})

it('transferring a big buffer there and back does not copy it', async (t) => {
  const { code, stdout, stderr } = await runFixture('transfer-without-copy.js')
  t.is(code, 0, stderr)
  const { size, growth } = JSON.parse(stdout)
  t.true(growth < size / 2, `the process grew by ${growth} bytes over a buffer of ${size}`)
})

it('the pool behind small Buffers is never detached', (t) => {
  const { port1, port2 } = new MessageChannel()
  const pooled = Buffer.from('pooled')
  const length = pooled.buffer.byteLength
  const send = () => port1.postMessage(pooled, [pooled.buffer])
  if (nodeMajor >= 22) {
    t.deepEqual(describeError(thrownBy(send)), dataCloneError('Cannot transfer object of unsupported type.'))
    t.is(receiveMessageOnPort(port2), undefined)
  } else {
    send()
    t.is(Buffer.from(receiveMessageOnPort(port2).message).toString(), 'pooled')
  }
  t.is(pooled.buffer.byteLength, length)
  t.is(pooled.toString(), 'pooled')
  port1.close()
})
