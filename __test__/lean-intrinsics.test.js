'use strict'

const vm = require('node:vm')
const { nextMessage } = require('./helpers')
const { leanTest: test, startLean } = require('./lean-helpers')

// A lean isolate is made from V8's own snapshot and the main isolate from Node's, in one process with one read-only heap. In Node 20
// that gave wrong constants without an error.
const walk = `(() => {
  const found = []
  const seen = new Map()
  const pending = [['globalThis', globalThis]]
  const nameOf = (key) => typeof key === 'symbol' ? key.toString() : key
  const show = (value, path) => {
    if ((typeof value !== 'object' && typeof value !== 'function') || value === null) {
      return typeof value + ' ' + (Object.is(value, -0) ? '-0' : typeof value === 'symbol' ? value.toString() : String(value))
    }
    if (!seen.has(value)) {
      seen.set(value, path)
      pending.push([path, value])
    }
    return 'at ' + seen.get(value)
  }
  seen.set(globalThis, 'globalThis')
  const names = new Set(NAMES)
  for (const [path, object] of pending) {
    const prototype = Object.getPrototypeOf(object)
    if (object !== globalThis) found.push(path + '.[[Prototype]] ' + (prototype === Object.prototype ? 'Object.prototype' : show(prototype, path + '.[[Prototype]]')))
    for (const key of Reflect.ownKeys(object)) {
      const name = nameOf(key)
      if (object === globalThis && !names.has(name)) continue
      const descriptor = Object.getOwnPropertyDescriptor(object, key)
      const place = path + '.' + name
      const flags = (descriptor.writable ? 'w' : '') + (descriptor.enumerable ? 'e' : '') + (descriptor.configurable ? 'c' : '')
      const parts = 'value' in descriptor
        ? [show(descriptor.value, place)]
        : [show(descriptor.get, place + '.get'), show(descriptor.set, place + '.set')]
      found.push(place + ' ' + flags + ' ' + parts.join(' ') + (typeof descriptor.value === 'function' ? ' ' + Function.prototype.toString.call(descriptor.value) : ''))
    }
  }
  found.push(...[
    Math.E, Math.PI, Math.sin(0.5), (0.1).toFixed(20), parseFloat('1e-7'), 'stra\\u00dfe'.toUpperCase(), '\\u00e9'.normalize('NFD').length,
    JSON.stringify({ a: [1, { b: undefined }] }), [3, 1, 2].sort().join(), 'a-b-c'.replace(/-(?<x>.)/g, '$<x>'), new Date(0).toISOString(),
    String([..."\\ud83d\\ude00"].length), 12345.678.toLocaleString('en'), new Intl.DateTimeFormat('en', { timeZone: 'UTC' }).format(0),
    [...new Map([[1, 2]]).entries()].join(), String(2n ** 64n), new Error('x').message, Object.groupBy([1, 2, 3], (n) => n % 2)[1].length,
    new Set([1, 2]).has(2), typeof structuredCloneAbsent, Array.from({ length: 3 }, (_, n) => n * n).join(), encodeURIComponent('\\u20ac'),
    WebAssembly.validate(new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0])), new Float32Array([0.1])[0], 'abc'.at(-1), [1, [2, [3]]].flat(Infinity).join()
  ].map((value, index) => 'computed ' + index + ' ' + value))
  return found
})()`

test('every intrinsic of a lean context is that of a context of the main isolate', async (t) => {
  const names = vm.runInNewContext('Object.getOwnPropertyNames(globalThis)').filter((name) => name !== 'console')
  const source = walk.replace('NAMES', JSON.stringify(names))
  const expected = vm.runInNewContext(source)
  const found = await nextMessage(startLean(t, `require('worker_threads').parentPort.postMessage(${source})`))
  t.true(expected.length > 1500, String(expected.length))
  const [lean, main] = [new Set(found), new Set(expected)]
  t.deepEqual(found.filter((line) => !main.has(line)), [])
  // They take a Response, which there is none of.
  t.deepEqual([...expected].filter((line) => !lean.has(line) && !/^globalThis\.WebAssembly\.\w+Streaming/.test(line)), [])
})
