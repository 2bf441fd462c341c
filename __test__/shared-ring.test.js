'use strict'

const test = require('ava')
const crypto = require('node:crypto')
const { pipeline } = require('node:stream/promises')
const { Readable } = require('node:stream')
const { SharedRing, beyondNode, nextMessage, startWorker, thrownBy } = require('./helpers')

const it = beyondNode(test).bind(null, 'Node has no rings in shared memory')

function codeOf (action) {
  return thrownBy(action).code
}

const bytes = (...list) => new Uint8Array(list)

it('what is written is read, around the end of the memory, many times', (t) => {
  const ring = new SharedRing(64)
  t.is(ring.capacity, 64)
  for (let round = 0; round < 50; round++) {
    const data = crypto.randomBytes(50)
    t.is(ring.tryWrite(data), 50)
    t.is(ring.length, 50)
    t.is(ring.tryWrite(data), 14)
    t.is(ring.tryWrite(data), 0)
    t.deepEqual(Buffer.from(ring.tryRead(50)), data)
    t.deepEqual(Buffer.from(ring.tryRead()), data.subarray(0, 14))
    t.is(ring.tryRead(), undefined)
  }
})

it('positions begin anew after 2 ** 32', (t) => {
  const buffer = new SharedArrayBuffer(SharedRing.byteLengthFor(64))
  const words = new Int32Array(buffer)
  words[16] = words[32] = -40
  const ring = new SharedRing({ capacity: 64, buffer })
  for (let round = 0; round < 4; round++) {
    const data = crypto.randomBytes(60)
    t.is(ring.tryWrite(data), 60)
    t.is(ring.length, 60)
    t.is(ring.tryWrite(data), 4)
    const into = new Uint8Array(60)
    t.is(ring.tryRead(into), 60)
    t.deepEqual(Buffer.from(into), data)
    t.is(ring.tryRead(10).length, 4)
    t.is(ring.length, 0)
  }
})

it('bytes of every kind are written', (t) => {
  const ring = new SharedRing()
  const data = bytes(1, 2, 3, 4)
  for (const value of [data, data.buffer, new DataView(data.buffer), Buffer.from(data), new Uint16Array(data.buffer)]) {
    ring.write(value, { blockMainThread: true })
    t.deepEqual(ring.read(undefined, { blockMainThread: true }), data)
  }
  t.is(ring.tryWrite(bytes()), 0)
  t.is(ring.length, 0)
})

it('the memory decides what the ring is', (t) => {
  const buffer = new SharedArrayBuffer(64 + SharedRing.byteLengthFor(100))
  const ring = new SharedRing({ capacity: 100, buffer, byteOffset: 64 })
  t.deepEqual([ring.capacity, ring.byteLength], [128, SharedRing.byteLengthFor(100)])
  ring.tryWrite(bytes(7))
  const same = new SharedRing({ buffer, byteOffset: 64 })
  t.deepEqual([same.capacity, same.tryRead()], [128, bytes(7)])
  t.throws(() => new SharedRing({ capacity: 256, buffer, byteOffset: 64 }), { instanceOf: RangeError })
})

it('bad arguments throw before anything changed', (t) => {
  t.is(codeOf(() => new SharedRing(null)), 'ERR_INVALID_ARG_TYPE')
  t.is(codeOf(() => new SharedRing('64')), 'ERR_INVALID_ARG_TYPE')
  for (const capacity of [0, -1, NaN, 2 ** 31]) t.is(codeOf(() => new SharedRing(capacity)), 'ERR_OUT_OF_RANGE')
  t.is(codeOf(() => new SharedRing({ buffer: new ArrayBuffer(4096) })), 'ERR_INVALID_ARG_TYPE')
  t.throws(() => new SharedRing({ buffer: new SharedArrayBuffer(100) }), { instanceOf: RangeError })
  const ring = new SharedRing()
  t.is(codeOf(() => ring.tryWrite('text')), 'ERR_INVALID_ARG_TYPE')
  t.is(codeOf(() => ring.tryRead('text')), 'ERR_INVALID_ARG_TYPE')
  t.is(codeOf(() => ring.tryRead(0)), 'ERR_OUT_OF_RANGE')
  t.is(codeOf(() => ring.tryRead(new Uint8Array(0))), 'ERR_OUT_OF_RANGE')
  t.is(codeOf(() => ring.read()), 'ERR_ISOTHREADS_BLOCKS_MAIN_THREAD')
  t.is(codeOf(() => ring.write(bytes(1))), 'ERR_ISOTHREADS_BLOCKS_MAIN_THREAD')
  t.is(codeOf(() => ring.read(1, { blockMainThread: true, timeout: 5 })), 'ERR_ISOTHREADS_TIMEOUT')
})

it('after the end come what is left and then null', async (t) => {
  const ring = new SharedRing()
  ring.tryWrite(bytes(1, 2))
  ring.end()
  ring.end()
  t.true(ring.ended)
  t.is(codeOf(() => ring.tryWrite(bytes(3))), 'ERR_ISOTHREADS_RING_ENDED')
  t.deepEqual(await ring.readAsync(), bytes(1, 2))
  t.is(await ring.readAsync(), null)
  t.is(ring.tryRead(), null)
  t.is(ring.read(bytes(0), { blockMainThread: true }), null)
})

it('asynchronous writes keep their order, and reads wait for them', async (t) => {
  const ring = new SharedRing(64)
  const read = ring.readAsync()
  const data = crypto.randomBytes(1000)
  const writes = [0, 200, 400, 600, 800].map((from) => ring.writeAsync(data.subarray(from, from + 200)))
  const chunks = [await read]
  for (let count = chunks[0].length; count < 1000; count += chunks.at(-1).length) chunks.push(await ring.readAsync())
  await Promise.all(writes)
  t.deepEqual(Buffer.concat(chunks), data)
  const controller = new AbortController()
  const aborted = ring.readAsync(1, { signal: controller.signal })
  controller.abort(new Error('enough'))
  await t.throwsAsync(aborted, { message: 'enough' })
  await t.throwsAsync(ring.readAsync(1, { timeout: 5 }), { code: 'ERR_ISOTHREADS_TIMEOUT' })
})

it('a destroyed ring tells both sides why', async (t) => {
  const ring = new SharedRing(64)
  const read = ring.readAsync()
  ring.destroy(new Error('the disk is full'))
  ring.destroy(new Error('another'))
  await t.throwsAsync(read, { code: 'ERR_ISOTHREADS_RING_DESTROYED', message: /the disk is full/ })
  t.is(codeOf(() => ring.tryWrite(bytes(1))), 'ERR_ISOTHREADS_RING_DESTROYED')
  const quiet = new SharedRing()
  quiet.destroy()
  t.is(codeOf(() => quiet.tryRead()), 'ERR_ISOTHREADS_RING_DESTROYED')
})

it('an end belongs to the thread that used it first, until it is released', async (t) => {
  const ring = new SharedRing()
  const worker = startWorker(t, `
    const { workerData: ring, parentPort } = require('worker_threads')
    ring.tryWrite(Buffer.from('mine'))
    parentPort.postMessage('claimed')
    parentPort.once('message', () => {
      ring.releaseWriter()
      parentPort.postMessage('released')
    })
  `, { workerData: ring })
  await nextMessage(worker)
  t.is(codeOf(() => ring.tryWrite(bytes(1))), 'ERR_ISOTHREADS_RING_CLAIMED')
  t.is(codeOf(() => ring.end()), 'ERR_ISOTHREADS_RING_CLAIMED')
  ring.releaseWriter()
  t.is(codeOf(() => ring.tryWrite(bytes(1))), 'ERR_ISOTHREADS_RING_CLAIMED')
  worker.postMessage('release')
  await nextMessage(worker)
  ring.tryWrite(Buffer.from(', yours'))
  t.is(Buffer.from(ring.tryRead()).toString(), 'mine, yours')
})

it('a writer that dies leaves what it wrote, and then an error', async (t) => {
  for (const end of ['for (;;);', 'process.exit()', 'throw new Error()']) {
    const ring = new SharedRing()
    const worker = startWorker(t, `
      const { workerData: ring, parentPort } = require('worker_threads')
      ring.tryWrite(Buffer.from('last words'))
      parentPort.postMessage('written')
      parentPort.once('message', () => { ${end} })
    `, { workerData: ring })
    worker.on('error', () => {})
    await nextMessage(worker)
    t.is(Buffer.from(await ring.readAsync()).toString(), 'last words')
    const read = ring.readAsync()
    worker.postMessage('end')
    if (end === 'for (;;);') await worker.terminate()
    await t.throwsAsync(read, { code: 'ERR_ISOTHREADS_RING_BROKEN' })
  }
})

it('a reader that dies ends the writer\'s waiting', async (t) => {
  const ring = new SharedRing(64)
  const worker = startWorker(t, `
    const { workerData: ring, parentPort } = require('worker_threads')
    ring.tryRead()
    parentPort.postMessage('claimed')
    setInterval(() => {}, 1000)
  `, { workerData: ring })
  await nextMessage(worker)
  const write = ring.writeAsync(new Uint8Array(1000))
  await worker.terminate()
  await t.throwsAsync(write, { code: 'ERR_ISOTHREADS_RING_BROKEN' })
  t.is(codeOf(() => ring.write(bytes(1), { blockMainThread: true })), 'ERR_ISOTHREADS_RING_BROKEN')
})

it('an end that a collected object has claimed is still told of', async (t) => {
  const ring = new SharedRing()
  const worker = startWorker(t, `
    const { parentPort } = require('worker_threads')
    require('v8').setFlagsFromString('--expose-gc')
    const gc = require('vm').runInNewContext('gc')
    parentPort.once('message', async (ring) => {
      ring.tryWrite(Buffer.from('x'))
      const gone = new WeakRef(ring)
      ring = undefined
      setImmediate(function look () {
        gc()
        if (gone.deref() !== undefined) return setImmediate(look)
        setImmediate(() => parentPort.postMessage('collected'))
      })
    })
  `)
  worker.postMessage(ring)
  await nextMessage(worker)
  await worker.terminate()
  t.is(ring.tryRead().length, 1)
  t.is(codeOf(() => ring.tryRead()), 'ERR_ISOTHREADS_RING_BROKEN')
})

const total = 16 * 2 ** 20

const sources = {
  blocking: `
    for (let left = total; left > 0;) {
      const chunk = crypto.randomBytes(Math.min(left, 100_003))
      hash.update(chunk)
      ring.write(chunk)
      left -= chunk.length
    }
    ring.end()
    parentPort.postMessage(hash.digest('hex'))
  `,
  'a Node stream': `
    const { pipeline } = require('stream/promises')
    async function * chunks () {
      for (let left = total; left > 0;) {
        const chunk = crypto.randomBytes(Math.min(left, 100_003))
        hash.update(chunk)
        yield chunk
        left -= chunk.length
      }
    }
    pipeline(chunks, ring.toWritable()).then(() => parentPort.postMessage(hash.digest('hex')))
  `,
  'a Web stream': `
    ;(async () => {
      const writer = ring.toWritableStream().getWriter()
      for (let left = total; left > 0;) {
        const chunk = crypto.randomBytes(Math.min(left, 100_003))
        hash.update(chunk)
        await writer.write(chunk)
        left -= chunk.length
      }
      await writer.close()
      parentPort.postMessage(hash.digest('hex'))
    })()
  `
}

const sinks = {
  blocking: `
    for (let chunk; (chunk = ring.read()) !== null;) hash.update(chunk)
    parentPort.postMessage(hash.digest('hex'))
  `,
  'a Node stream': `
    require('stream/promises').pipeline(ring.toReadable(), hash).then(() => parentPort.postMessage(hash.digest('hex')))
  `,
  'a Web stream': `
    ;(async () => {
      for await (const chunk of ring.toReadableStream()) hash.update(chunk)
      parentPort.postMessage(hash.digest('hex'))
    })()
  `
}

const head = `
  const { workerData: { ring, total }, parentPort } = require('worker_threads')
  const crypto = require('crypto')
  const hash = crypto.createHash('sha1')
`

for (const [source, write] of Object.entries(sources)) {
  for (const [sink, read] of Object.entries(sinks)) {
    it(`16 MB from ${source} to ${sink}, between two workers`, async (t) => {
      const ring = new SharedRing(32768)
      const workers = [write, read].map((code) => startWorker(t, head + code, { workerData: { ring, total } }))
      const [written, got] = await Promise.all(workers.map(nextMessage))
      t.is(got, written)
    })
  }
}

it('streams tell each other of errors and of being given up', async (t) => {
  const ring = new SharedRing()
  const failing = Readable.from((async function * () {
    yield Buffer.from('some')
    throw new Error('no more')
  })())
  const reading = (async () => { for await (const chunk of ring.toReadable()) t.is(String(chunk), 'some') })()
  await t.throwsAsync(pipeline(failing, ring.toWritable()), { message: 'no more' })
  await t.throwsAsync(reading, { code: 'ERR_ISOTHREADS_RING_DESTROYED', message: /no more/ })

  const other = new SharedRing(64)
  const writing = pipeline(Readable.from([Buffer.alloc(1000)]), other.toWritable())
  const readable = other.toReadable()
  readable.once('data', () => readable.destroy())
  await t.throwsAsync(writing, { code: 'ERR_ISOTHREADS_RING_DESTROYED' })

  const web = new SharedRing(64)
  const writer = web.toWritableStream().getWriter()
  const pending = writer.write(Buffer.alloc(1000))
  await web.toReadableStream().cancel(new Error('not wanted'))
  await t.throwsAsync(pending, { code: 'ERR_ISOTHREADS_RING_DESTROYED', message: /not wanted/ })
})
