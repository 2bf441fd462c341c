'use strict'

const { once } = require('node:events')
const vm = require('node:vm')
const { describe } = require('./workers')

const own = (object) => Object.getOwnPropertyNames(object).sort()

async function withChannel ({ MessageChannel }, use) {
  const { port1, port2 } = new MessageChannel()
  try {
    return await use(port1, port2)
  } finally {
    port1.close()
  }
}

const posting = (name, ...args) => ({ name: `\`postMessage()\`: ${name}`, run: (api) => withChannel(api, (port) => port.postMessage(...args)) })

/** @type {import('./run').Probe[]} */
module.exports = [
  { name: '`MessagePort`: its methods', run: ({ MessagePort }) => own(MessagePort.prototype).filter((name) => name !== 'onclose') },
  { name: '`new MessagePort()`', run: ({ MessagePort }) => describe((() => { try { return new MessagePort() } catch (error) { return error } })()) },
  { name: '`MessageChannel()` without `new`', run: ({ MessageChannel }) => describe((() => { try { return MessageChannel() } catch (error) { return error } })()) },
  { name: '`new MessageChannel()`', run: ({ MessageChannel, MessagePort }) => { const channel = new MessageChannel(); return [own(channel), channel.port1 instanceof MessagePort, channel.port1 instanceof EventTarget] } },
  {
    name: "`on('message')`",
    run: (api) => withChannel(api, async (port1, port2) => {
      port1.postMessage({ a: 1 })
      return await once(port2, 'message')
    })
  },
  {
    name: '`onmessage`, `addEventListener()`',
    run: (api) => withChannel(api, (port1, port2) => new Promise((resolve) => {
      const seen = []
      port2.addEventListener('message', ({ type, data, ports }) => seen.push([type, data, ports.length]))
      port2.onmessage = function (event) {
        seen.push([this === port2, event.target === port2, event.data])
        resolve(seen)
      }
      port1.postMessage('a')
    }))
  },
  {
    name: 'ports in `event.ports`',
    run: (api) => withChannel(api, (port1, port2) => new Promise((resolve) => {
      port2.onmessage = ({ data, ports }) => resolve([data[0] === ports[0], ports.length])
      const { port1: sent } = new api.MessageChannel()
      port1.postMessage([sent], [sent])
    }))
  },
  {
    name: "`close()`, `'close'`",
    run: (api) => withChannel(api, async (port1, port2) => {
      port1.close()
      const [event] = await once(port2, 'close')
      return event === undefined
    })
  },
  {
    name: '`start()`, `ref()`, `unref()`, `hasRef()`',
    run: (api) => withChannel(api, (port) => {
      if (port.hasRef === undefined) throw new TypeError('hasRef is not a function')
      const seen = [port.hasRef()]
      const listener = () => {}
      for (const action of [() => port.on('message', listener), () => port.unref(), () => port.ref(), () => port.off('message', listener), () => port.start(), () => port.close()]) {
        action()
        seen.push(port.hasRef())
      }
      return seen
    })
  },
  posting('a value', 1),
  { name: '`postMessage()`: nothing', run: (api) => withChannel(api, (port) => port.postMessage()) },
  posting('a transfer list that is a number', 1, 1),
  posting('a transfer list that is null', 1, null),
  posting('a transfer list of no objects', 1, [1]),
  posting('a transfer list of a plain object', 1, [{}]),
  posting('`transfer` that is not iterable', 1, { transfer: 1 }),
  posting('`transfer` that is null', 1, { transfer: null }),
  { name: '`postMessage()`: the port itself', run: (api) => withChannel(api, (port) => port.postMessage(port, [port])) },
  { name: '`postMessage()`: a port twice', run: (api) => withChannel(api, (port) => { const { port1 } = new api.MessageChannel(); return port.postMessage(port1, [port1, port1]) }) },
  { name: '`postMessage()`: a port that is not listed', run: (api) => withChannel(api, (port) => port.postMessage(new api.MessageChannel().port1)) },
  {
    name: '`postMessage()`: a closed port',
    run: (api) => withChannel(api, async (port) => {
      const { port1 } = new api.MessageChannel()
      port1.close()
      await once(port1, 'close')
      return port.postMessage(port1, [port1])
    })
  },
  {
    name: '`postMessage()` on a closed port',
    run: (api) => withChannel(api, async (port) => {
      port.close()
      await once(port, 'close')
      return String(port.postMessage(1))
    })
  },
  { name: '`receiveMessageOnPort()`', run: (api) => withChannel(api, (port1, port2) => { port1.postMessage(undefined); return [api.receiveMessageOnPort(port2), api.receiveMessageOnPort(port2)].map((found) => found && Object.keys(found)) }) },
  { name: '`receiveMessageOnPort()`: no port', run: (api) => api.receiveMessageOnPort({}) },
  {
    name: '`moveMessagePortToContext()`',
    run: (api) => withChannel(api, async (port1, port2) => {
      const context = vm.createContext()
      const moved = api.moveMessagePortToContext(port2, context)
      port1.postMessage({ a: 1 })
      const { message } = api.receiveMessageOnPort(moved)
      return [moved instanceof Object, Object.getPrototypeOf(message) === vm.runInContext('Object.prototype', context)]
    })
  },
  { name: '`moveMessagePortToContext()`: no port', run: (api) => api.moveMessagePortToContext({}, vm.createContext()) },
  { name: '`markAsUntransferable()`', run: (api) => withChannel(api, (port) => { const buffer = new ArrayBuffer(1); api.markAsUntransferable(buffer); port.postMessage(buffer, [buffer]); return buffer.byteLength }) },
  { name: '`isMarkedAsUntransferable()`', run: (api) => { const buffer = new ArrayBuffer(1); api.markAsUntransferable(buffer); return [api.isMarkedAsUntransferable(buffer), api.isMarkedAsUntransferable({})] } },
  { name: '`markAsUncloneable()`', run: (api) => withChannel(api, (port) => { const object = { a: 1 }; api.markAsUncloneable(object); return port.postMessage({ object }) }) },
  { name: '`setEnvironmentData()`, `getEnvironmentData()`', run: (api) => { api.setEnvironmentData('key', { a: 1 }); return api.getEnvironmentData('key') } },
  {
    name: '`BroadcastChannel`',
    async run ({ BroadcastChannel }) {
      const [first, second] = [new BroadcastChannel('a'), new BroadcastChannel('a')]
      const heard = new Promise((resolve) => { second.onmessage = ({ data, type }) => resolve([data, type]) })
      first.postMessage({ a: 1 })
      const found = await heard
      first.close()
      second.close()
      return [first.name, found, describe((() => { try { first.postMessage(1) } catch (error) { return error } })())]
    }
  },
  { name: '`BroadcastChannel`: no name', run: ({ BroadcastChannel }) => new BroadcastChannel() },
  { name: '`postMessageToThread()`: this thread', run: (api) => api.postMessageToThread(api.threadId, 1) },
  { name: '`postMessageToThread()`: no such thread', run: (api) => api.postMessageToThread(1e6, 1) },
  {
    name: '`postMessageToThread()`',
    async run (api) {
      const worker = new api.Worker('setInterval(() => {}, 1e6); process.once("workerMessage", (value, source) => require("node:worker_threads").parentPort.postMessage([value, source]))', { eval: true })
      await once(worker, 'online')
      const [[answer]] = await Promise.all([once(worker, 'message'), api.postMessageToThread(worker.threadId, 'hello')])
      await worker.terminate()
      return answer
    }
  },
  {
    name: '`locks.request()`, `locks.query()`',
    run: ({ locks }) => locks.request('a lock', { mode: 'shared' }, async ({ name, mode }) => {
      const { held } = await locks.query()
      return [name, mode, held.filter(({ name }) => name === 'a lock').map(({ mode }) => mode)]
    })
  },
  { name: '`locks.request()`: `ifAvailable`', run: ({ locks }) => locks.request('b', () => locks.request('b', { ifAvailable: true }, (lock) => lock)) },
  { name: '`locks.request()`: `signal`', run: ({ locks }) => locks.request('c', () => locks.request('c', { signal: AbortSignal.abort('why') }, () => {})).catch((error) => String(error)) }
]
