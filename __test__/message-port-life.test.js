'use strict'

const test = require('ava')
const node = require('node:worker_threads')
const { MessageChannel, receiveMessageOnPort, bounded, settled, startWorker, nextMessage, eventsUntilExit, runFixture } = require('./helpers')

const it = bounded(test)

/** Two entangled ports that end with the test. */
function channel (t) {
  const { port1, port2 } = new MessageChannel()
  t.teardown(() => { port1.close(); port2.close() })
  return { port1, port2 }
}

const closed = (port) => new Promise((resolve) => port.once('close', resolve))

it('close closes both ends, each told once, and not synchronously', async (t) => {
  const { port1, port2 } = new MessageChannel()
  const events = []
  port1.on('close', () => events.push('near'))
  port2.on('close', () => events.push('far'))
  port1.close()
  events.push('returned')
  await settled()
  port1.close()
  port2.close()
  await settled()
  t.deepEqual(events, ['returned', 'near', 'far'])
})

for (const [what, close] of Object.entries({
  close: ({ port1 }) => port1.close(),
  'a close of the other end': ({ port2 }) => port2.close(),
  'a transfer': ({ port1 }, { MessageChannel }) => {
    const { port1: carrier } = new MessageChannel()
    carrier.postMessage(port1, [port1])
    carrier.close()
  }
})) {
  it(`ref() and unref() after ${what} count until the event`, async (t) => {
    const look = async (api) => {
      const { port1, port2 } = new api.MessageChannel()
      const seen = [port1.hasRef()]
      const end = new Promise((resolve) => port1.on('close', () => {
        port1.ref()
        resolve(port1.hasRef())
      }))
      port1.on('message', () => {})
      close({ port1, port2 }, api)
      seen.push(port1.hasRef())
      port1.unref()
      seen.push(port1.hasRef())
      port1.ref()
      seen.push(port1.hasRef(), await end, port1.hasRef())
      port2.close()
      return seen
    }
    const seen = await look({ MessageChannel })
    t.deepEqual(seen, [false, true, false, true, false, false])
    t.deepEqual(seen, await look(node))
  })
}

it('close in a listener of the port leaves its ref() as it is', async (t) => {
  const look = async ({ MessageChannel }) => {
    const { port1, port2 } = new MessageChannel()
    const seen = []
    port1.on('message', () => {
      port1.close()
      seen.push(port1.hasRef())
      port1.unref()
      queueMicrotask(() => seen.push(port1.hasRef()))
    })
    port2.postMessage('a')
    await closed(port1)
    return seen
  }
  const seen = await look({ MessageChannel })
  t.deepEqual(seen, [true, false])
  t.deepEqual(seen, await look(node))
})

it('messages posted before close are delivered before the other end closes', async (t) => {
  const { port1, port2 } = new MessageChannel()
  const events = []
  port2.on('message', (message) => events.push(message))
  const end = closed(port2).then(() => events.push('close'))
  port1.postMessage('a')
  port1.postMessage('b')
  port1.close()
  await end
  t.deepEqual(events, ['a', 'b', 'close'])
})

it('messages posted before close wait for a listener, and so does the close', async (t) => {
  const { port1, port2 } = new MessageChannel()
  const events = []
  port1.postMessage('a')
  port1.postMessage('b')
  port1.close()
  await settled()
  const end = closed(port2).then(() => events.push('close'))
  port2.on('message', (message) => events.push(message))
  await end
  t.deepEqual(events, ['a', 'b', 'close'])
})

it('receiveMessageOnPort reads what was posted before the other end closed', async (t) => {
  const { port1, port2 } = new MessageChannel()
  port1.postMessage('a')
  port1.postMessage('b')
  port1.close()
  t.deepEqual(receiveMessageOnPort(port2), { message: 'a' })
  await settled()
  t.deepEqual(receiveMessageOnPort(port2), { message: 'b' })
  t.is(receiveMessageOnPort(port2), undefined)
  port2.close()
})

it('the end that closes itself receives nothing more', async (t) => {
  const { port1, port2 } = new MessageChannel()
  const events = []
  port2.on('message', (message) => events.push(message))
  port1.on('close', () => events.push('far'))
  port2.on('close', () => events.push('near'))
  port1.postMessage('late')
  port2.close()
  await settled()
  t.deepEqual(events, ['near', 'far'])
})

it('a port closed in its message listener still delivers what is queued', async (t) => {
  const { port1, port2 } = new MessageChannel()
  const events = []
  port2.on('message', (message) => {
    events.push(message)
    if (message === 1) port2.close()
  })
  const end = closed(port2).then(() => events.push('close'))
  for (const n of [1, 2, 3]) port1.postMessage(n)
  await end
  t.deepEqual(events, [1, 2, 3, 'close'])
})

it('the close event is an Event of type close, for on, addEventListener and the callback', async (t) => {
  const { port1, port2 } = new MessageChannel()
  const events = []
  const note = (name, port) => (event) => events.push([name, event instanceof Event, event.type, event.target === port])
  port1.on('close', note('on', port1))
  port2.addEventListener('close', note('addEventListener', port2))
  port1.close(note('callback', port1))
  await settled()
  t.deepEqual(events, ['on', 'callback', 'addEventListener'].map((name) => [name, true, 'close', true]))
})

it('close calls every callback it was given once, and none after the end', async (t) => {
  const { port1 } = new MessageChannel()
  const calls = []
  port1.close(() => calls.push('first'))
  port1.close(() => calls.push('second'))
  await settled()
  port1.close(() => calls.push('never'))
  await settled()
  t.deepEqual(calls, ['first', 'second'])
})

it('a closed port takes every call and does nothing', async (t) => {
  const { port1, port2 } = new MessageChannel()
  port1.close()
  await settled()
  for (const port of [port1, port2]) {
    t.is(port.postMessage('nobody hears'), undefined)
    for (const method of ['start', 'ref', 'unref', 'close']) t.is(port[method](), undefined)
    t.false(port.hasRef())
    t.is(port.on('message', () => t.fail()), port)
    t.is(receiveMessageOnPort(port), undefined)
  }
  await settled()
})

it('a port whose other end lives in a worker closes when the worker ends', async (t) => {
  for (const end of ['', 'process.exit(3)', 'throw new Error("gone")', 'port.close()']) {
    const { port1, port2 } = new MessageChannel()
    const worker = startWorker(t, `
      const { workerData: port } = require('worker_threads')
      port.postMessage('last words')
      ${end}
    `, { workerData: port2, transferList: [port2] })
    worker.on('error', () => {})
    const events = []
    port1.on('message', (message) => events.push(message))
    await closed(port1)
    t.deepEqual(events, ['last words'], end)
  }
})

it('a port whose other end lives in a worker closes when the worker is terminated', async (t) => {
  const { port1, port2 } = new MessageChannel()
  const worker = startWorker(t, `
    const { workerData: port } = require('worker_threads')
    port.postMessage('ready')
    while (true) {}
  `, { workerData: port2, transferList: [port2] })
  await new Promise((resolve) => port1.once('message', resolve))
  const end = closed(port1)
  await Promise.all([worker.terminate(), end])
  t.pass()
})

it('parentPort.close ends a worker that nothing else keeps alive, and its messages arrive first', async (t) => {
  const worker = startWorker(t, `
    const { parentPort } = require('worker_threads')
    parentPort.on('message', () => {})
    parentPort.on('close', () => console.assert(parentPort.postMessage('too late') === undefined))
    parentPort.postMessage('first')
    parentPort.postMessage('second')
    parentPort.close()
  `)
  t.deepEqual(await eventsUntilExit(worker), [['online'], ['message', 'first'], ['message', 'second'], ['exit', 0]])
})

it('parentPort.unref lets a worker end, although it listens', async (t) => {
  const worker = startWorker(t, `
    const { parentPort } = require('worker_threads')
    parentPort.on('message', () => {})
    parentPort.unref()
    parentPort.postMessage(parentPort.hasRef())
  `)
  t.deepEqual(await eventsUntilExit(worker), [['online'], ['message', false], ['exit', 0]])
})

it('a worker without a message listener ends, one with parentPort.ref stays', async (t) => {
  const worker = startWorker(t, `
    const { parentPort } = require('worker_threads')
    parentPort.ref()
    process.once('beforeExit', () => parentPort.postMessage('ends'))
    setImmediate(() => setImmediate(() => parentPort.postMessage('stays')))
  `)
  t.is(await nextMessage(worker), 'stays')
  t.is(await worker.terminate(), 1)
})

it('a port without a message listener is not referenced, with one it is', async (t) => {
  const { port1 } = channel(t)
  const listener = () => {}
  const seen = []
  const look = (action) => { action(); seen.push(port1.hasRef()) }
  look(() => {})
  look(() => port1.on('messageerror', listener).on('close', listener))
  look(() => port1.on('message', listener))
  look(() => port1.off('message', listener))
  look(() => port1.addEventListener('message', listener))
  look(() => port1.removeEventListener('message', listener))
  look(() => { port1.onmessage = listener })
  look(() => { port1.onmessage = null })
  t.deepEqual(seen, [false, false, true, false, true, false, true, false])
})

it('ref and unref decide over hasRef until the first or last listener comes or goes', (t) => {
  const { port1 } = channel(t)
  const [listener, second] = [() => {}, () => {}]
  const seen = []
  const look = (action) => { action(); seen.push(port1.hasRef()) }
  look(() => port1.ref())
  look(() => port1.unref())
  look(() => port1.on('message', listener))
  look(() => port1.unref())
  look(() => port1.on('message', second))
  look(() => port1.ref())
  look(() => port1.off('message', listener))
  look(() => port1.off('message', second))
  t.deepEqual(seen, [true, false, true, false, false, true, true, false])
})

for (const [scenario, outcome] of Object.entries({
  'no listener': 'exits',
  'a message listener': 'stays',
  'a message listener and unref': 'exits',
  'a message listener taken off again': 'exits',
  'once, after its message': 'exits',
  'onmessage': 'stays',
  'ref without a listener': 'stays',
  'a closed port': 'exits',
  'the other end closed': 'exits'
})) {
  it(`a process with ${scenario} on its port ${outcome}`, async (t) => {
    const { code, stdout, stderr } = await runFixture('port-keeps-process.js', scenario)
    t.is(code, 0, stderr)
    t.is(stdout, outcome)
  })
}
