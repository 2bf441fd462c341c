'use strict'

// What each operation does to awkward operands, from one table for all that do it: JavaScript, Rust's
// threads (the SDK's view), the operations over all elements. Those are run
// from the same table by `cargo test`, too.

const test = require('ava')
const { AtomicView } = require('..')
const rows = require('./fixtures/views/elements.json')
const wholeRows = require('./fixtures/views/whole.json')
const { bounded, isPeer } = require('./helpers')
const { answerOf } = require('./native-helpers')
const { arrays, isBig } = require('./view-helpers')

const it = isPeer ? () => {} : bounded(test)
if (isPeer) test('Node has no views', t => t.pass())

// The operations that Rust's views do not have: `update` does them.
const missingInRust = new Set(['sub', 'and', 'or', 'xor', 'min', 'max'])

const changes = { double: (old) => old + old, keep: (old) => old, one: (old) => typeof old === 'bigint' ? 1n : 1 }

/** A NaN that is not JavaScript's own, as bits. */
const otherNaN = { float32: [Int32Array, -0x3fffff], float64: [BigInt64Array, -0x7ffffffffffffn] }

const parse = (type, text) => isBig(type) ? BigInt(text) : Number(text === 'another NaN' ? 'NaN' : text)

/** An element as the table has it, after it was put into an array of the type. */
const element = (type, text) => new arrays[type]([parse(type, text)])[0]

function put (array, type, index, text) {
  if (text !== 'another NaN') return void (array[index] = parse(type, text))
  const [Bits, bits] = otherNaN[type]
  new Bits(array.buffer)[index] = bits
}

const named = rows.flatMap(row => row.types.map(type => ({ ...row, type })))
const titleOf = ({ type, operation, before, index = 0, arguments: args }) => `${type}: ${before} ${operation} ${args}, at ${index}`

for (const [how, Make] of [['of its own', (array) => new AtomicView(array)], ['of a buffer that can grow', (array, type) => {
  const buffer = new SharedArrayBuffer(16, { maxByteLength: 64 })
  new Uint8Array(buffer).set(new Uint8Array(array.buffer))
  return new AtomicView(buffer, { type })
}]]) {
  it(`operations on one element of a view ${how}`, (t) => {
    for (const row of named) {
      const { type, operation, before, arguments: args } = row
      const array = new arrays[type](new SharedArrayBuffer(16), 0, 2)
      put(array, type, 0, before)
      const view = Make(array, type)
      const index = (row.index ?? 0) === 2 ? view.length : row.index ?? 0
      const values = args.map(value => changes[value] ?? parse(type, value))
      if (row.throws) {
        t.throws(() => view[operation](index, ...values), { instanceOf: RangeError, message: 'Invalid atomic access index' }, titleOf(row))
      } else {
        const returned = view[operation](index, ...values)
        if (row.returns !== undefined) t.is(returned, element(type, row.returns), titleOf(row))
      }
      t.is(view.load(0), element(type, row.after), titleOf(row))
    }
  })
}

it('operations on one element in Rust', async (t) => {
  const answers = await answerOf(t, 'view_rows', named)
  t.is(answers.length, named.length)
  const back = (type, value) => isBig(type) ? BigInt(value) : value
  for (const [position, row] of named.entries()) {
    const { type } = row
    const answer = answers[position]
    t.is(answer === null, missingInRust.has(row.operation), titleOf(row))
    if (answer === null) continue
    t.is(answer.throws, row.throws === true, titleOf(row))
    if (row.returns !== undefined) t.is(back(type, answer.returns), element(type, row.returns), titleOf(row))
    t.is(back(type, answer.after), element(type, row.after), titleOf(row))
  }
})

it('what an operation is called with is converted once, behind the index', (t) => {
  for (const type of Object.keys(arrays)) {
    const view = new AtomicView(new arrays[type](new SharedArrayBuffer(8), 0, 1))
    const one = isBig(type) ? 1n : 1
    for (const name of ['store', 'add', 'sub', 'exchange', 'compareExchange', 'min', 'max']) {
      let calls = 0
      const value = { valueOf: () => { calls++; return one } }
      t.throws(() => view[name](1, value, value), { instanceOf: RangeError }, `${type} ${name}`)
      t.is(calls, 0, `${type} ${name}`)
      view[name](0, value, one)
      t.is(calls, 1, `${type} ${name}`)
    }
  }
})

const resultOf = (result) => {
  if (result instanceof Float64Array) return [...result]
  if (result instanceof AtomicView || result === undefined) return undefined
  return typeof result === 'object' ? [result.min, result.max] : result
}

for (const suffix of ['', 'Async']) {
  it(`operations over all elements${suffix && ', asynchronously'}`, async (t) => {
    for (const { types, operation, before, arguments: args, returns, after } of wholeRows) {
      for (const type of types) {
        const title = `${type}: ${before} ${operation} ${JSON.stringify(args)}`
        const array = new arrays[type](new SharedArrayBuffer(64), 0, before.length)
        before.forEach((text, index) => put(array, type, index, text))
        const value = (argument) => typeof argument === 'string' ? parse(type, argument) : argument
        const values = args.map(argument => Array.isArray(argument) ? argument.map(value) : value(argument))
        if (operation === 'histogram') values.push({ bins: values[0], min: values[1], max: values[2] })
        const view = new AtomicView(array)
        const result = resultOf(await view[operation + suffix](...(operation === 'histogram' ? values.slice(3) : values)))
        // Sums and counts are not of the type of the elements.
        const number = (text) => text === null ? undefined : operation === 'minMax' ? element(type, text) : isBig(type) && operation === 'sum' ? BigInt(text) : Number(text)
        if (returns !== undefined) t.deepEqual(result, Array.isArray(returns) ? returns.map(number) : number(returns), title)
        if (after !== undefined) t.deepEqual([...array], after.map(text => element(type, text)), title)
      }
    }
  })
}
