'use strict'

const test = require('ava')
const { MessageChannel, MessagePort, receiveMessageOnPort, structuredClone, bounded, settled, startWorker, nextMessage, inbox } = require('./helpers')

const it = bounded(test)

/** Two entangled ports that end with the test. */
function channel (t) {
  const { port1, port2 } = new MessageChannel()
  t.teardown(() => { port1.close(); port2.close() })
  return { port1, port2 }
}

/** Moves a port through a separate channel. */
function move (t, port) {
  const carrier = channel(t)
  carrier.port1.postMessage(port, [port])
  return receiveMessageOnPort(carrier.port2).message
}

/** Collects the messages of a port until there are `count`. */
function collect (port, count) {
  return new Promise((resolve) => {
    const messages = []
    port.on('message', (message) => {
      if (messages.push(message) === count) resolve(messages)
    })
  })
}

const numbers = (from, to) => Array.from({ length: to - from }, (_, index) => from + index)

it('a port moved through a port arrives as a MessagePort and works both ways', (t) => {
  const { port1, port2 } = channel(t)
  const moved = move(t, port2)
  t.not(moved, port2)
  t.is(Object.getPrototypeOf(moved), MessagePort.prototype)
  port1.postMessage('in')
  moved.postMessage('out')
  t.deepEqual(receiveMessageOnPort(moved), { message: 'in' })
  t.deepEqual(receiveMessageOnPort(port1), { message: 'out' })
  moved.close()
})

it('structuredClone moves a port within its thread', (t) => {
  const { port1, port2 } = channel(t)
  const moved = structuredClone({ deep: [port2] }, { transfer: [port2] }).deep[0]
  port1.postMessage('in')
  t.deepEqual(receiveMessageOnPort(moved), { message: 'in' })
  moved.close()
})

it('the object that a moved port leaves behind closes and does nothing more', async (t) => {
  const { port1, port2 } = channel(t)
  const events = []
  port1.on('close', () => events.push('left behind'))
  port2.on('close', () => events.push('other end'))
  const moved = move(t, port1)
  await settled()
  t.deepEqual(events, ['left behind'])
  t.is(port1.postMessage('into the void'), undefined)
  t.false(port1.hasRef())
  t.is(receiveMessageOnPort(port2), undefined)
  moved.postMessage('from the new owner')
  t.deepEqual(receiveMessageOnPort(port2), { message: 'from the new owner' })
  moved.close()
})

it('messages queued on both ends move along and keep their order', async (t) => {
  const { port1, port2 } = channel(t)
  port1.postMessage(1)
  const carrier = channel(t)
  carrier.port1.postMessage(port2, [port2])
  port1.postMessage(2)
  const { message: moved } = receiveMessageOnPort(carrier.port2)
  port1.postMessage(3)
  t.deepEqual(await collect(moved, 3), [1, 2, 3])
  moved.close()
})

it('a port can move many times', async (t) => {
  const { port1, port2 } = channel(t)
  let moving = port2
  for (const n of numbers(0, 50)) {
    port1.postMessage(n)
    moving = move(t, moving)
  }
  t.deepEqual(await collect(moving, 50), numbers(0, 50))
  moving.close()
})

it('both ends of a channel can move in one message', (t) => {
  const { port1, port2 } = channel(t)
  const carrier = channel(t)
  port1.postMessage('queued')
  carrier.port1.postMessage(new Map([[port1, { port2 }]]), [port1, port2])
  const [[first, { port2: second }]] = receiveMessageOnPort(carrier.port2).message
  t.deepEqual(receiveMessageOnPort(second), { message: 'queued' })
  second.postMessage('and back')
  t.deepEqual(receiveMessageOnPort(first), { message: 'and back' })
  first.close()
})

it('one port in two places of a message is one port', (t) => {
  const { port1, port2 } = channel(t)
  const carrier = channel(t)
  carrier.port1.postMessage([port2, { again: port2 }], [port2])
  const [first, { again }] = receiveMessageOnPort(carrier.port2).message
  t.is(first, again)
  port1.postMessage(1)
  t.deepEqual(receiveMessageOnPort(first), { message: 1 })
  first.close()
})

it('a hundred ports in one message arrive in their places', (t) => {
  const pairs = numbers(0, 100).map(() => channel(t))
  const carrier = channel(t)
  const ports = pairs.map(({ port2 }) => port2)
  carrier.port1.postMessage(ports, [...ports].reverse())
  const { message: received } = receiveMessageOnPort(carrier.port2)
  pairs.forEach(({ port1 }, n) => port1.postMessage(n))
  t.deepEqual(received.map((port) => receiveMessageOnPort(port).message), numbers(0, 100))
  for (const port of received) port.close()
})

it('a port in a message that nobody reads closes with its carrier', async (t) => {
  const { port1, port2 } = channel(t)
  const carrier = new MessageChannel()
  const closed = new Promise((resolve) => port2.once('close', resolve))
  carrier.port1.postMessage(port1, [port1])
  carrier.port1.close()
  carrier.port2.close()
  await closed
  t.pass()
})

it('a port posted to its own other end is lost: a warning, and both ends close', async (t) => {
  const { port1, port2 } = new MessageChannel()
  const warned = new Promise((resolve) => process.once('warning', resolve))
  const events = []
  port1.on('close', () => events.push('port1'))
  port2.on('close', () => events.push('port2'))
  t.true(port1.postMessage(port2, [port2]))
  t.is((await warned).message, 'The target port was posted to itself, and the communication channel was lost')
  await settled()
  t.deepEqual(events.sort(), ['port1', 'port2'])
  t.is(port1.postMessage('nobody hears'), undefined)
})

it('a port moves into a worker and back out', async (t) => {
  const { port1, port2 } = channel(t)
  const worker = startWorker(t, `
    const { parentPort, receiveMessageOnPort } = require('worker_threads')
    parentPort.once('message', ({ port }) => {
      port.once('message', (message) => {
        port.postMessage('the worker has ' + message)
        parentPort.postMessage({ port }, [port])
      })
    })
  `)
  worker.postMessage({ port: port2 }, [port2])
  port1.postMessage('a message')
  const back = await nextMessage(worker)
  t.deepEqual(receiveMessageOnPort(port1), { message: 'the worker has a message' })
  back.port.postMessage('and now here')
  t.deepEqual(receiveMessageOnPort(port1), { message: 'and now here' })
  back.port.close()
})

it('two workers talk through a channel that their parent made', async (t) => {
  const { port1, port2 } = channel(t)
  const code = `
    const { parentPort, workerData: { port, first } } = require('worker_threads')
    const heard = []
    port.on('message', (n) => {
      heard.push(n)
      if (n < 1000) port.postMessage(n + 1)
      if (n >= 999) { parentPort.postMessage(heard); port.close() }
    })
    if (first) port.postMessage(0)
  `
  const a = startWorker(t, code, { workerData: { port: port1, first: true }, transferList: [port1] })
  const b = startWorker(t, code, { workerData: { port: port2, first: false }, transferList: [port2] })
  const [atA, atB] = await Promise.all([nextMessage(a), nextMessage(b)])
  t.deepEqual(atB, numbers(0, 501).map((n) => n * 2))
  t.deepEqual(atA, numbers(0, 500).map((n) => n * 2 + 1))
})

it('a worker makes a channel and hands one end to its parent, the other to its own worker', async (t) => {
  const worker = startWorker(t, `
    const { Worker, MessageChannel, parentPort } = require('worker_threads')
    const { port1, port2 } = new MessageChannel()
    const child = new Worker(\`
      const { workerData: port } = require('worker_threads')
      port.on('message', (message) => port.postMessage(message + ' and the grandchild'))
    \`, { eval: true, workerData: port2, transferList: [port2] })
    parentPort.postMessage(port1, [port1])
    parentPort.once('message', () => child.terminate())
  `)
  const port = await nextMessage(worker)
  const next = inbox(port)
  port.postMessage('the parent')
  t.is(await next(), 'the parent and the grandchild')
  port.postMessage('again')
  t.is(await next(), 'again and the grandchild')
  worker.postMessage('end')
  port.close()
})

it('a port handed from worker to worker while messages are in flight loses none and keeps their order', async (t) => {
  const { port1, port2 } = channel(t)
  const count = 2_000
  const code = `
    const { parentPort } = require('worker_threads')
    const heard = []
    parentPort.on('message', ({ port, take }) => {
      port.on('message', function listener (n) {
        heard.push(n)
        if (heard.length < take) return
        port.off('message', listener)
        parentPort.postMessage({ heard, port }, [port])
      })
    })
  `
  const [a, b] = [startWorker(t, code), startWorker(t, code)]
  for (const n of numbers(0, count / 4)) port1.postMessage(n)
  a.postMessage({ port: port2, take: 100 }, [port2])
  for (const n of numbers(count / 4, count / 2)) port1.postMessage(n)
  const first = await nextMessage(a)
  for (const n of numbers(count / 2, count)) port1.postMessage(n)
  b.postMessage({ port: first.port, take: count - first.heard.length }, [first.port])
  const second = await nextMessage(b)
  t.deepEqual([...first.heard, ...second.heard], numbers(0, count))
  second.port.close()
})

it('the moved port speaks on its way while its receiver speaks back', async (t) => {
  const worker = startWorker(t, `
    const { parentPort } = require('worker_threads')
    parentPort.on('message', (port) => {
      port.on('message', (n) => port.postMessage(n * 2))
    })
  `)
  const pairs = numbers(0, 20).map(() => channel(t))
  const doubled = pairs.map(({ port1 }) => collect(port1, 50))
  for (const { port1, port2 } of pairs) {
    for (const n of numbers(0, 25)) port1.postMessage(n)
    worker.postMessage(port2, [port2])
    for (const n of numbers(25, 50)) port1.postMessage(n)
  }
  for (const answers of await Promise.all(doubled)) t.deepEqual(answers, numbers(0, 50).map((n) => n * 2))
})

it('parentPort can be moved away by the worker', async (t) => {
  const worker = startWorker(t, `
    const { parentPort, MessageChannel, receiveMessageOnPort } = require('worker_threads')
    const { port1, port2 } = new MessageChannel()
    port1.postMessage(parentPort, [parentPort])
    const { message: moved } = receiveMessageOnPort(port2)
    moved.on('message', (message) => { moved.postMessage('moved got ' + message); moved.close() })
    port1.close()
  `)
  worker.postMessage('hello')
  t.is(await nextMessage(worker), 'moved got hello')
})
