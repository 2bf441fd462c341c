'use strict'

// Modules, memories and their buffers, which pass through a native worker unchanged.

const { once } = require('node:events')
const avaTest = require('ava').default
const { AtomicView, MessageChannel } = require('..')
const { bounded } = require('./helpers')
const { answerOf, start } = require('./native-helpers')

const test = bounded(avaTest)

// (module (memory (import "m" "m") 1 3 shared) (func (export "get") (result i32) (i32.load8_u (i32.const 5))))
const source = Uint8Array.of(
  0, 97, 115, 109, 1, 0, 0, 0, 1, 5, 1, 96, 0, 1, 127, 2, 9, 1, 1, 109, 1, 109, 2, 3, 1, 3, 3, 2, 1, 0, 7, 7, 1, 3, 103, 101, 116, 0, 0,
  10, 9, 1, 7, 0, 65, 5, 45, 0, 0, 11)

const newMemory = () => new WebAssembly.Memory({ shared: true, initial: 1, maximum: 3 })

let written = 0

/** Whether a write to one is visible in the other. Each call writes a new number, which a copy would not have. */
function isSame (buffer, other) {
  new Uint8Array(buffer)[7] = ++written
  return new Uint8Array(other)[7] === written && buffer.byteLength === other.byteLength
}

test('a module, and a memory for it', async (t) => {
  const memory = newMemory()
  const answer = await answerOf(t, 'echo', { module: new WebAssembly.Module(source), memory })
  t.true(answer.module instanceof WebAssembly.Module)
  t.true(answer.memory instanceof WebAssembly.Memory)
  new Uint8Array(memory.buffer)[5] = 17
  const instance = new WebAssembly.Instance(answer.module, { m: { m: answer.memory } })
  t.is(instance.exports.get(), 17)
})

test('a memory that grows afterwards', async (t) => {
  const memory = newMemory()
  const answer = await answerOf(t, 'echo', memory)
  memory.grow(1)
  t.is(answer.buffer.byteLength, 2 * 65536)
  t.true(isSame(memory.buffer, answer.buffer))
})

test('the buffer of a memory, and views on it', async (t) => {
  const { buffer } = newMemory()
  t.true(isSame(buffer, await answerOf(t, 'echo', buffer)))
  const view = await answerOf(t, 'echo', new Int16Array(buffer, 8, 3))
  t.deepEqual([view.constructor, view.byteOffset, view.length], [Int16Array, 8, 3])
  t.true(isSame(buffer, view.buffer))
  const atomicView = await answerOf(t, 'echo', new AtomicView(buffer, { type: 'int32' }))
  t.true(atomicView instanceof AtomicView)
  t.true(isSame(buffer, atomicView.buffer))
})

test('among other values, in every order', async (t) => {
  const memory = newMemory()
  const module = new WebAssembly.Module(source)
  const values = {
    memory, error: new RangeError('one'), buffer: memory.buffer, text: 'two', plain: new SharedArrayBuffer(8), again: memory, module, module2: module
  }
  const names = Object.keys(values)
  for (let turn = 0; turn < names.length; turn++) {
    names.push(names.shift())
    const answer = await answerOf(t, 'echo', names.map(name => values[name]))
    for (const [index, name] of names.entries()) t.is(answer[index].constructor, values[name].constructor, `${name} in ${names}`)
    t.is(answer[names.indexOf('error')].message, 'one')
  }
})

test('through a conversation and a separate port', async (t) => {
  const memory = newMemory()
  const parrot = start(t, 'parrot')
  parrot.postMessage({ memory })
  const [message] = await once(parrot, 'message')
  t.true(isSame(memory.buffer, message.memory.buffer))
})

test('from one native worker to another', async (t) => {
  const memory = newMemory()
  const { port1, port2 } = new MessageChannel()
  const relay = start(t, 'relay', { workerData: port1, transferList: [port1] })
  start(t, 'forward', { workerData: [port2, [memory, memory.buffer, 7]], transferList: [port2] })
  const [value] = await once(relay, 'message')
  t.true(isSame(memory.buffer, value[0].buffer))
  t.true(isSame(memory.buffer, value[1]))
  t.is(value[2], 7)
})

const resizable = 'toResizableBuffer' in WebAssembly.Memory.prototype ? test : avaTest.skip

resizable('a memory with a resizable buffer, which does not travel alone', async (t) => {
  const memory = newMemory()
  memory.toResizableBuffer()
  const [answer, error] = await answerOf(t, 'echo', [memory, new Error('one')])
  t.true(isSame(memory.buffer, answer.buffer))
  t.is(error.message, 'one')
  const [refused] = await once(start(t, 'echo', { workerData: memory.buffer }), 'error')
  t.regex(refused.message, /send the memory/)
})
