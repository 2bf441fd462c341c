'use strict'

// Objects of Node: those that it refuses are refused in its words, and what is plain to Node is plain here. host-objects.test.js
// has those that it clones.

const avaTest = require('ava').default
const crypto = require('node:crypto')
const fs = require('node:fs')
const node = require('node:worker_threads')
const path = require('node:path')
const v8 = require('node:v8')
const vm = require('node:vm')
const zlib = require('node:zlib')
const { createHistogram } = require('node:perf_hooks')
const { api, bounded, isPeer } = require('./helpers')

const test = bounded(avaTest)

const sandbox = vm.createContext({ a: 1, b: { c: 2 } })

const objects = {
  'a compiled script': () => new vm.Script('1'),
  'the handle of a hash': () => Reflect.ownKeys(crypto.createHash('sha256')).map((key) => crypto.createHash('sha256')[key]).find((value) => typeof value === 'object' && value !== null),
  'a serialiser of v8': () => new v8.Serializer(),
  'a compressing stream': () => zlib.createGzip(),
  'an AbortSignal': () => new AbortController().signal,
  'an aborted signal': () => AbortSignal.abort('why'),
  'an Event': () => new Event('a'),
  'a ReadableStream': () => new ReadableStream(),
  'a port of Node': () => new node.MessageChannel().port1,
  'a URL': () => new URL('http://a/b'),
  'a CloseEvent': () => globalThis.CloseEvent && new globalThis.CloseEvent('close'),
  'a MessageEvent': () => new MessageEvent('message'),
  'an object of a class derived from URL': () => new (class Address extends URL { extra = 1 })('http://a/b'),
  'an object of a class derived from EventEmitter': () => new (class Emitter extends require('node:events') { extra = 1 })(),
  'an object of a class derived from EventEmitter with a function in it': () => new (class Emitter extends require('node:events') { extra = () => {} })(),
  'an object whose prototype is a proxy': () => Object.create(new Proxy({}, {})),
  'Headers': () => new Headers({ a: 'b' }),
  'a Request': () => new Request('http://a'),
  'the prototype of File': () => globalThis.File?.prototype,
  'the prototype of MessageEvent': () => MessageEvent.prototype,
  'the prototype of a histogram': () => Object.getPrototypeOf(createHistogram()),
  'the object of a context': () => sandbox,
  'the global object of a context': () => vm.runInContext('globalThis', sandbox),
  'an object of a context': () => vm.runInContext('({ a: new Date(0), b: [1] })', sandbox),
  'this global object': () => globalThis,
  'arguments': () => (function () { return arguments })(1, 2),
  'a module namespace': () => import('node:path'),
  'what WebAssembly exports': () => new WebAssembly.Instance(new WebAssembly.Module(new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0]))).exports,
  'a WebAssembly.Table': () => new WebAssembly.Table({ element: 'anyfunc', initial: 1 }),
  'fs.Stats': () => fs.statSync(__filename),
  'a Dirent': () => fs.readdirSync(__dirname, { withFileTypes: true })[0],
  'process.versions': () => process.versions,
  'process.release': () => process.release,
  'process.config': () => process.config,
  'process.report': () => process.report,
  'process.features': () => process.features,
  'require.cache': () => require.cache,
  'os.constants': () => require('node:os').constants,
  'console': () => console,
  'performance': () => performance,
  'a module': () => module,
  'path': () => path,
  'Intl.NumberFormat': () => new Intl.NumberFormat('en'),
  'Intl.Segmenter': () => new Intl.Segmenter('en'),
  'a generator': () => (function * () {})(),
  'a WeakRef': () => new WeakRef({}),
  'a proxy': () => new Proxy({}, {}),
  'an unshared WebAssembly.Memory': () => new WebAssembly.Memory({ initial: 1 })
}

function outcome ({ MessageChannel, receiveMessageOnPort }, object) {
  const { port1, port2 } = new MessageChannel()
  try {
    port1.postMessage(object)
    const { message } = receiveMessageOnPort(port2)
    return { message, prototype: Object.getPrototypeOf(message) }
  } catch (error) {
    return { constructor: error.constructor, name: error.name, code: error.code, message: error.message }
  } finally {
    port1.close()
  }
}

for (const [what, make] of Object.entries(objects)) {
  test(`${what} in a message, as in Node`, async (t) => {
    const object = await make()
    if (object === undefined) return t.pass()
    t.deepEqual(outcome(api, object), outcome(node, object))
    t.deepEqual(outcome(api, { nested: [object] }), outcome(node, { nested: [object] }))
  })
}

if (!isPeer && globalThis.QuotaExceededError) {
  test('a QuotaExceededError in a message', (t) => {
    for (const options of [{ quota: 1, requested: 2 }, { quota: 1 }, {}]) {
      const { message, prototype } = outcome(api, new globalThis.QuotaExceededError('why', options))
      t.is(prototype, globalThis.QuotaExceededError.prototype)
      t.deepEqual([message.message, message.name, message.code, message.quota, message.requested],
        ['why', 'QuotaExceededError', 22, options.quota ?? null, options.requested ?? null])
    }
  })
}
