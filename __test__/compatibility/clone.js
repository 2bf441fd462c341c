'use strict'

const crypto = require('node:crypto')
const fs = require('node:fs')
const net = require('node:net')
const { createHistogram } = require('node:perf_hooks')
const util = require('node:util')
const v8 = require('node:v8')

const wasm = new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0])

const withoutPlaces = (error) => Object.defineProperty(error, 'stack', { value: 'stack' })

const cloned = {
  primitives: () => [undefined, null, true, 1, -0, NaN, 1n, 'text', '\ud800'],
  'plain objects, arrays, holes': () => ({ a: [1, , 3], b: { c: {} } }), // eslint-disable-line no-sparse-arrays
  cycles: () => { const object = { a: 1 }; object.self = object; return object },
  '`Map`, `Set`': () => [new Map([[{}, 1]]), new Set([1, 'a'])],
  '`Date`, `RegExp`': () => [new Date(0), /a/gi],
  'boxed primitives': () => [Object(1), Object('a'), Object(true), Object(1n)],
  '`Error` types': () => [new Error('a'), new RangeError('b', { cause: 'c' })].map(withoutPlaces),
  'typed arrays': () => [new Uint8Array([1, 2]), new Float64Array([1.5]), new BigInt64Array([1n])],
  '`Float16Array`': () => new globalThis.Float16Array([1.5]),
  '`DataView`': () => new DataView(new ArrayBuffer(4), 1, 2),
  '`ArrayBuffer`': () => new ArrayBuffer(4),
  'resizable `ArrayBuffer`': () => new ArrayBuffer(4, { maxByteLength: 8 }),
  '`Buffer`': () => Buffer.from('text'),
  '`SharedArrayBuffer`': () => new SharedArrayBuffer(4),
  'growable `SharedArrayBuffer`': () => new SharedArrayBuffer(4, { maxByteLength: 8 }),
  '`WebAssembly.Module`': () => new WebAssembly.Module(wasm),
  'shared `WebAssembly.Memory`': () => new WebAssembly.Memory({ initial: 1, maximum: 2, shared: true }),
  'unshared `WebAssembly.Memory`': () => new WebAssembly.Memory({ initial: 1 }),
  functions: () => () => {},
  symbols: () => Symbol('a'),
  proxies: () => new Proxy({}, {}),
  promises: () => Promise.resolve(),
  '`WeakMap`, `WeakRef`': () => new WeakMap(),
  generators: () => (function * () {})(),
  'objects of classes': () => new (class Mine { a = 1 })(),
  'objects without a prototype': () => Object.assign(Object.create(null), { a: 1 }),
  getters: () => ({ get a () { return 1 } }),
  '`arguments`': () => (function () { return arguments })(1),
  '`process.env`': () => process.env,
  '`Blob`': () => new Blob(['a']),
  '`File`': () => new globalThis.File(['a'], 'name', { lastModified: 1 }),
  '`KeyObject`': () => crypto.createSecretKey(Buffer.from('a')),
  '`CryptoKey`': () => crypto.subtle.importKey('raw', Buffer.alloc(16), 'AES-GCM', true, ['encrypt']),
  '`BlockList`': () => new net.BlockList(),
  '`SocketAddress`': () => new net.SocketAddress(),
  histograms: () => createHistogram(),
  '`DOMException`': () => withoutPlaces(new DOMException('a', 'AbortError')),
  '`QuotaExceededError`': () => withoutPlaces(new globalThis.QuotaExceededError('a')),
  '`AbortSignal`': () => new AbortController().signal,
  '`URL`': () => new URL('http://a/'),
  '`URLSearchParams`': () => new URLSearchParams('a=b'),
  '`Headers`': () => new Headers(),
  '`Event`': () => new Event('a'),
  '`FileHandle`': () => fs.promises.open(process.execPath),
  '`ReadableStream`': () => new ReadableStream(),
  '`v8.Serializer`': () => new v8.Serializer()
}

const transferred = {
  '`ArrayBuffer`': () => new ArrayBuffer(8),
  '`SharedArrayBuffer`': () => new SharedArrayBuffer(8),
  '`MessagePort`': (api) => new api.MessageChannel().port1,
  '`FileHandle`': () => fs.promises.open(process.execPath),
  '`ReadableStream`': () => new ReadableStream(),
  '`WritableStream`': () => new WritableStream(),
  '`TransformStream`': () => new TransformStream(),
  'transferable `AbortSignal`': () => util.transferableAbortController().signal,
  '`net.Socket`': () => new net.Socket(),
  '`Blob`': () => new Blob(['a']),
  'a plain object': () => ({}),
  'a detached `ArrayBuffer`': () => { const buffer = new ArrayBuffer(8); structuredClone(buffer, { transfer: [buffer] }); return buffer }
}

async function through (api, value, transferList) {
  const { port1, port2 } = new api.MessageChannel()
  try {
    port1.postMessage([value], transferList)
    const { message: [found] } = api.receiveMessageOnPort(port2)
    const isObject = typeof found === 'object' && found !== null
    // The names of classes tell ports of Node from ours no more than they should.
    const seen = [typeof found, isObject ? Object.getPrototypeOf(found)?.constructor?.name : util.inspect(found), util.inspect(value).startsWith('[object')]
    if (isObject && transferList === undefined) seen.push(util.inspect(found, { depth: 1 }).slice(0, 1000))
    await (found?.close ?? found?.cancel ?? found?.destroy)?.call(found)?.catch?.(() => {})
    return seen
  } finally {
    port1.close()
    if (value?.fd >= 0) await value.close()
  }
}

/** @type {import('./run').Probe[]} */
module.exports = [
  ...Object.entries(cloned).map(([name, make]) => ({ name: `clones: ${name}`, run: async (api) => through(api, await make()) })),
  ...Object.entries(transferred).map(([name, make]) => ({
    name: `transfers: ${name}`,
    run: async (api) => { const value = await make(api); return through(api, value, [value]) },
    ...(name === '`SharedArrayBuffer`' && { differs: { verdict: 'better', reason: 'It is accepted, and shared.' } })
  })),
  { name: '`structuredClone()`', run: ({ structuredClone, MessageChannel }) => { const { port1 } = new MessageChannel(); const clone = structuredClone({ port1, a: [1] }, { transfer: [port1] }); clone.port1.close(); return clone.a } },
  { name: '`structuredClone()` of a `Blob` together with a port', run: ({ structuredClone, MessageChannel }) => { const { port1 } = new MessageChannel(); const clone = structuredClone([port1, new Blob(['a'])], { transfer: [port1] }); clone[0].close(); return clone[1].size } },
  { name: '`structuredClone()` of nothing', run: ({ structuredClone }) => structuredClone(), differs: { verdict: 'better', reason: "The text of Node's error is broken." } }
]
