'use strict'

// Objects that only Node can clone or transfer, in this package's messages.

const avaTest = require('ava').default
const crypto = require('node:crypto')
const fs = require('node:fs')
const net = require('node:net')
const node = require('node:worker_threads')
const { once } = require('node:events')
const { createHistogram } = require('node:perf_hooks')
const { transferableAbortController } = require('node:util')
const { api, bounded, isPeer, nodeMajor } = require('./helpers')

const test = bounded(avaTest)

const { publicKey, privateKey } = crypto.generateKeyPairSync('ec', { namedCurve: 'P-256' })
const der = key => key.export({ type: key.type === 'public' ? 'spki' : 'pkcs8', format: 'der' }).toString('hex')

const certificate = `-----BEGIN CERTIFICATE-----
MIIBgDCCASegAwIBAgIUSo3xN9ML5nZqFsutR/sHae7EMx4wCgYIKoZIzj0EAwIw
FTETMBEGA1UEAwwKaXNvdGhyZWFkczAgFw0yNjEyMDEwNzUyNDRaGA8yMTI2MTEw
NzA3NTI0NFowFTETMBEGA1UEAwwKaXNvdGhyZWFkczBZMBMGByqGSM49AgEGCCqG
SM49AwEHA0IABLLA4ntlGSuHb/Irtu7NLqLACG349RYl3d92i4rLx3XW/rDS6qOA
Z6up9kM0srZR7QOl8grCXeDVjvUHqZlLgWujUzBRMB0GA1UdDgQWBBRHTguzfv97
mUuj/xcTXYsdErpaZTAfBgNVHSMEGDAWgBRHTguzfv97mUuj/xcTXYsdErpaZTAP
BgNVHRMBAf8EBTADAQH/MAoGCCqGSM49BAMCA0cAMEQCIFapRAyS3UXtjr0cPm1B
Iic3PGN4sMKRp7yY8TbpB4nQAiBCDj9rRLcUDZHL7tTW89kJmD8Rb+STWz8Npy3p
OxkccQ==
-----END CERTIFICATE-----`

// What is posted, and what of it can be compared.
const cloned = {
  'a secret KeyObject': [() => crypto.createSecretKey(Buffer.from('secret')), key => [key.type, key.export().toString()]],
  'a public KeyObject': [() => publicKey, key => [key.type, der(key)]],
  'a private KeyObject': [() => privateKey, key => [key.type, der(key)]],
  'a CryptoKey': [() => crypto.subtle.importKey('raw', Buffer.alloc(16, 1), 'AES-GCM', true, ['encrypt']),
    async key => [key.algorithm, key.usages, Buffer.from(await crypto.subtle.exportKey('raw', key)).toString('hex')]],
  'an X509Certificate': [() => new crypto.X509Certificate(certificate), found => found.fingerprint256],
  'a Blob': [() => new Blob(['ab', 'c'], { type: 'text/plain' }), async blob => [blob.type, await blob.text()]],
  'a File': [() => globalThis.File && new File(['abc'], 'name.txt', { lastModified: 7 }), async file => [file.name, file.lastModified, await file.text()]],
  'a histogram': [() => {
    const histogram = createHistogram()
    histogram.record(5)
    return histogram
  }, histogram => [histogram.count, histogram.max]],
  'a BlockList': [() => {
    const list = new net.BlockList()
    list.addAddress('1.2.3.4')
    return list
  }, list => list.check('1.2.3.4')],
  'a SocketAddress': [() => new net.SocketAddress({ address: '1.2.3.4', port: 5 }), found => [found.address, found.port]]
}

const transferred = {
  'a FileHandle': [() => fs.promises.open(__filename), async handle => {
    const { size } = await handle.stat()
    await handle.close()
    return size
  }],
  'a ReadableStream': [() => new ReadableStream({
    start (controller) {
      controller.enqueue('a')
      controller.enqueue({ b: 1 })
      controller.close()
    }
  }), async stream => {
    const chunks = []
    for await (const chunk of stream) chunks.push(chunk)
    return chunks
  }],
  'a TransformStream': [() => new TransformStream({ transform: (chunk, controller) => controller.enqueue(chunk * 2) }), async ({ readable, writable }) => {
    const writer = writable.getWriter()
    writer.write(21)
    const reader = readable.getReader()
    const { value } = await reader.read()
    // An open stream keeps the process alive.
    await Promise.all([writer.close(), reader.read()])
    return value
  }],
  'a transferable AbortSignal': [() => {
    const controller = transferableAbortController()
    controller.abort('why')
    return controller.signal
  }, async signal => {
    if (!signal.aborted) await once(signal, 'abort')
    return signal.reason
  }],
  'a port of Node': [() => {
    const { port1, port2 } = new node.MessageChannel()
    port1.postMessage('from the other side')
    port1.close()
    return port2
  }, async port => {
    const [message] = port instanceof EventTarget ? await once(port, 'message') : []
    return message
  }]
}

const className = object => object?.constructor?.name

function through ({ MessageChannel, receiveMessageOnPort }, value, transferList) {
  const { port1, port2 } = new MessageChannel()
  try {
    port1.postMessage(value, transferList)
    return receiveMessageOnPort(port2).message
  } catch (error) {
    return { error: [error.name, error.code, error.message] }
  } finally {
    port1.close()
  }
}

for (const [what, [make, look]] of Object.entries(cloned)) {
  test(`${what} is cloned, as in Node`, async t => {
    const object = await make()
    if (object === undefined) return t.pass()
    const expected = through(node, { deep: [object, object] }).deep
    const { deep: [first, second] } = through(api, { deep: [object, object] })
    t.is(first, second)
    t.is(className(first), className(expected[0]))
    t.deepEqual(await look(first), await look(expected[0]))
  })
}

for (const [what, [make, look]] of Object.entries(transferred)) {
  test(`${what} is transferred, as in Node`, async t => {
    const [one, two] = [await make(), await make()]
    const expected = through(node, { deep: [one] }, [one]).deep[0]
    const { deep: [found] } = through(api, { deep: [two] }, [two])
    t.is(className(found), className(expected))
    t.deepEqual(await look(found), await look(expected))
    const unlisted = await make()
    t.deepEqual(through(api, unlisted), through(node, unlisted))
    await unlisted.close?.()
  })
}

test('a WritableStream is transferred', async t => {
  const written = []
  await new Promise(resolve => {
    const stream = new WritableStream({ write: chunk => { written.push(chunk) }, close: resolve })
    const writer = through(api, stream, [stream]).getWriter()
    writer.write('a')
    writer.close()
  })
  t.deepEqual(written, ['a'])
})

test('what Node does not transfer is refused in its words, and nothing is transferred', async t => {
  const locked = new ReadableStream()
  locked.getReader()
  const handle = await fs.promises.open(__filename)
  const closed = new node.MessageChannel().port1
  closed.close()
  await once(closed, 'close')
  const lists = {
    'a plain object': [{}],
    'a function': [() => {}],
    'a locked stream': [locked],
    'a Blob': [new Blob(['a'])],
    'the same port twice': (port => [port, port])(new node.MessageChannel().port1),
    'a port that is closed': [closed]
  }
  for (const [what, list] of Object.entries(lists)) {
    const buffer = new ArrayBuffer(8)
    t.deepEqual(through(api, [list, buffer], [...list, buffer]).error, through(node, list, list).error, what)
    // Node detaches buffers before it asks its own objects.
    if (!isPeer && !(what === 'a Blob' && nodeMajor < 22)) t.is(buffer.byteLength, 8, what)
  }
  t.deepEqual(through(api, [handle, () => {}], [handle]).error.slice(0, 2), through(node, [handle, () => {}], [handle]).error.slice(0, 2))
  t.true(handle.fd >= 0)
  await handle.close()
})

test('the forms of a transfer list, as in Node', t => {
  const forms = {
    'a number': 1,
    'a string': 'ab',
    'null': null,
    'a function': () => {},
    'an iterator that cannot be called': { [Symbol.iterator]: 1 },
    'an iterator without next': { [Symbol.iterator]: () => ({}) },
    'a result that is no object': { [Symbol.iterator]: () => ({ next: () => 1 }) },
    'an iterable': new Set(),
    'a list of a number': [1],
    'a list of null': [null],
    'a transfer that is null': { transfer: null },
    'a transfer that is a number': { transfer: 1 },
    'a transfer that is not iterable': { transfer: {} },
    'a transfer that throws': { get transfer () { throw new RangeError('mine') } },
    'no transfer': {}
  }
  for (const [what, form] of Object.entries(forms)) t.deepEqual(through(api, 1, form), through(node, 1, form), what)
})

test('marked objects, as in Node', t => {
  if (api.markAsUncloneable === undefined) return t.pass()
  const make = ({ MessageChannel, markAsUncloneable, markAsUntransferable }) => {
    const { port1: port } = new MessageChannel()
    const memory = new SharedArrayBuffer(1)
    const object = { a: 1 }
    markAsUncloneable(port)
    markAsUntransferable(memory)
    markAsUncloneable(object)
    return { port, memory, object }
  }
  const [ours, nodes] = [make(api), make(node)]
  for (const name of ['port', 'memory', 'object']) {
    for (const isListed of [false, true]) {
      const outcomeOf = (api, { [name]: value }) => through(api, [new Map([[1, value]])], isListed ? [value] : []).error
      t.deepEqual(outcomeOf(api, ours), outcomeOf(node, nodes), `${name} ${isListed}`)
    }
  }
})

if (!isPeer) {
  test('a port of Node is an instance of MessagePort', t => {
    const { port1 } = new node.MessageChannel()
    t.true(port1 instanceof api.MessagePort)
    t.true(new api.MessageChannel().port1 instanceof api.MessagePort)
    t.false({} instanceof api.MessagePort)
    t.false(null instanceof api.MessagePort)
    t.false(new EventTarget() instanceof api.MessagePort)
    port1.close()
  })

  test('with ports and buffers of this package in one message', t => {
    const { port1, port2 } = new api.MessageChannel()
    const buffer = new ArrayBuffer(8)
    const mutex = new api.Mutex()
    const nodePort = new node.MessageChannel().port1
    const clone = api.structuredClone({ blob: new Blob(['a']), port1, buffer, mutex, nodePort }, { transfer: [port1, buffer, nodePort] })
    t.deepEqual([clone.blob.size, clone.buffer.byteLength, buffer.byteLength, className(clone.mutex)], [1, 8, 0, 'Mutex'])
    clone.port1.postMessage('over')
    t.is(api.receiveMessageOnPort(port2).message, 'over')
    clone.nodePort.close()
    port2.close()
  })

  test('to a worker, in workerData, and back', async t => {
    const key = crypto.createSecretKey(Buffer.from('secret'))
    const worker = new api.Worker(`
      const { parentPort, workerData } = require('worker_threads')
      parentPort.on('message', async ({ stream, handle, port }) => {
        const chunks = []
        for await (const chunk of stream) chunks.push(chunk)
        const { size } = await handle.stat()
        await handle.close()
        port.postMessage('through a port of Node')
        port.close()
        parentPort.postMessage({ key: workerData.key, chunks, size, blob: new Blob(['made there']) })
        parentPort.close()
      })`, { eval: true, workerData: { key } })
    const stream = new ReadableStream({
      start (controller) {
        controller.enqueue('chunk')
        controller.close()
      }
    })
    const handle = await fs.promises.open(__filename)
    const { port1, port2 } = new node.MessageChannel()
    worker.postMessage({ stream, handle, port: port2 }, [stream, handle, port2])
    const [[answer], [message]] = await Promise.all([once(worker, 'message'), once(port1, 'message'), once(worker, 'exit')])
    t.deepEqual([answer.key.export().toString(), answer.chunks, answer.size], ['secret', ['chunk'], fs.statSync(__filename).size])
    t.is(await answer.blob.text(), 'made there')
    t.is(message, 'through a port of Node')
  })

  test('in a task, its result and a broadcast', async t => {
    const pool = new api.WorkerPool({ filename: require.resolve('./fixtures/host-objects.js'), minThreads: 2, maxThreads: 2 })
    t.is(await pool.exec(new Blob(['a task']), { name: 'text' }), 'a task')
    t.is(await (await pool.exec('a result', { name: 'blob' })).text(), 'a result')
    const stream = new ReadableStream({
      start (controller) {
        controller.enqueue('chunk')
        controller.close()
      }
    })
    t.deepEqual(await pool.exec(stream, { name: 'chunks', transferList: [stream] }), ['chunk'])
    pool.broadcast(new Blob(['to all']), { name: 'kept' })
    const heard = await Promise.all(Array.from({ length: 8 }, () => pool.exec(undefined, { name: 'heard' })))
    t.deepEqual(new Set(heard), new Set(['to all']))
    await pool.destroy()
  })

  test('in a queue', async t => {
    const queue = new api.SharedQueue({ capacity: 2 })
    queue.tryPush({ blob: new Blob(['queued']) })
    t.is(await queue.tryPop().blob.text(), 'queued')
    queue.close()
  })

  test('a worker in Rust reports that it cannot read them', async t => {
    const worker = new api.Worker('native:fib')
    worker.postMessage(new Blob(['a']))
    const [error] = await once(worker, 'error')
    t.regex(error.message, /an object of Node\.js, such as a Blob or a stream/)
  })

  test('a message that nobody reads releases them', async t => {
    const handle = await fs.promises.open(__filename)
    const { fd } = handle
    const { port1, port2 } = new api.MessageChannel()
    port1.postMessage(handle, [handle])
    t.is(handle.fd, -1)
    port2.close()
    await once(port1, 'close')
    t.throws(() => fs.fstatSync(fd), { code: 'EBADF' })
  })

  if (nodeMajor >= 24) {
    test('a socket is transferred to a worker', async t => {
      const server = net.createServer().listen(0, '127.0.0.1')
      await once(server, 'listening')
      const client = net.connect(server.address().port, '127.0.0.1')
      const [socket] = await once(server, 'connection')
      const worker = new api.Worker("require('worker_threads').parentPort.once('message', socket => socket.end('from the worker'))", { eval: true })
      worker.postMessage(socket, [socket])
      let text = ''
      for await (const chunk of client) text += chunk
      t.is(text, 'from the worker')
      server.close()
      await worker.terminate()
    })
  }
}
