'use strict'

const test = require('ava')
const { AtomicView, bounded, startWorker, nextMessage } = require('./helpers')
const { arrays, isBig, isFloat, viewOf } = require('./view-helpers')

const it = bounded(test)

// One below which this thread does it alone, and one above.
const LENGTHS = [1000, 300_001]

/** Both forms of an operation, on all types. `run(view, name, ...arguments)` calls it. */
function both (title, body, { types = Object.keys(arrays), lengths = LENGTHS } = {}) {
  for (const type of types) {
    it(`${title}, ${type}`, async (t) => {
      for (const length of lengths) {
        await body(t, (view, name, ...args) => view[name](...args), type, length)
        await body(t, (view, name, ...args) => view[`${name}Async`](...args), type, length)
      }
    })
  }
}

// The same numbers every time.
function makeNumbers (type, length) {
  let state = 12345
  const array = new arrays[type](length)
  for (let i = 0; i < length; i++) {
    state = (Math.imul(state, 1664525) + 1013904223) | 0
    array[i] = isBig(type) ? BigInt(state) * 0x1_0000_0001n : isFloat(type) ? (state >> 16) / 64 : state >> 8
  }
  return array
}

function filled (type, length) {
  const array = makeNumbers(type, length)
  const view = viewOf(type, length)
  view.array.set(array)
  return { array, view, n: isBig(type) ? BigInt : Number }
}

/** ava compares arrays element by element, which takes long for these. */
function same (t, actual, expected) {
  t.is(actual.length, expected.length)
  t.is(actual.findIndex((element, index) => !Object.is(element, expected[index])), -1)
}

both('fill', async (t, run, type, length) => {
  const { array, view, n } = filled(type, length)
  for (const range of [[2, 5], [-7, -3], [5, 2], [], [-Infinity, 3.9], [1]]) {
    t.is(await run(view, 'fill', n(range.length + 40), ...range), view)
    array.fill(n(range.length + 40), ...range)
    same(t, view.array, array)
  }
})

both('sum', async (t, run, type, length) => {
  const { array, view } = filled(type, length)
  let sum = isBig(type) ? 0n : 0
  for (const element of array) sum += element
  // Floats have few digits here: their sums are exact, in any order.
  t.is(await run(view, 'sum'), sum)
})

both('minMax', async (t, run, type, length) => {
  const { array, view } = filled(type, length)
  const [min, max] = [array.toSorted()[0], array.toSorted().at(-1)]
  t.deepEqual(await run(view, 'minMax'), { min, max })
  if (!isFloat(type)) return
  view.store(length - 2, NaN)
  t.deepEqual(await run(view, 'minMax'), { min: NaN, max: NaN })
})

it('the zeros of minMax', (t) => {
  for (const type of ['float32', 'float64']) {
    const view = viewOf(type, 100)
    t.deepEqual(view.minMax(), { min: 0, max: 0 })
    view.store(70, -0)
    t.deepEqual(view.minMax(), { min: -0, max: 0 })
    view.fill(-0)
    t.deepEqual(view.minMax(), { min: -0, max: -0 })
  }
})

both('addAll', async (t, run, type, length) => {
  const { array, view, n } = filled(type, length)
  await run(view, 'addAll', n(3))
  array.forEach((element, index) => { array[index] = element + n(3) })
  same(t, view.array, array)

  const { view: other, array: numbers } = filled(type, length)
  for (const addend of [other, other.array, numbers, [...numbers]]) {
    await run(view, 'addAll', addend)
    array.forEach((element, index) => { array[index] = element + numbers[index] })
    same(t, view.array, array)
  }
  await run(view, 'addAll', view)
  array.forEach((element, index) => { array[index] = element + element })
  same(t, view.array, array)
})

both('addAll of numbers of another type, and of elements that lie across', async (t, run, type, length) => {
  const { array, view } = filled(type, length)
  const other = makeNumbers(isBig(type) ? 'bigint64' : 'int16', length)
  const converted = new arrays[type](other)
  await run(view, 'addAll', other)
  array.forEach((element, index) => { array[index] = element + converted[index] })
  same(t, view.array, array)

  const [back, front] = [view.array.subarray(1), view.array.subarray(0, -1)]
  const before = front.slice()
  array.subarray(1).forEach((element, index) => { array[index + 1] = element + before[index] })
  await run(new AtomicView(back), 'addAll', front)
  same(t, view.array, array)
})

both('countEqual', async (t, run, type, length) => {
  const { array, view, n } = filled(type, length)
  array.fill(n(7), 3, 8)
  view.array.set(array)
  const values = [n(7), array[0], 7, 7n, 7.5, '7', NaN, undefined, 300, -1n, 0, -0]
  for (const value of values) {
    t.is(await run(view, 'countEqual', value), array.reduce((count, element) => count + (element === value), 0))
  }
})

function countBins (array, bins, min, max) {
  const counts = new Float64Array(bins)
  for (const element of array) {
    if (!(element >= min && element <= max)) continue
    const bin = typeof element === 'bigint'
      ? Number((element - min) * BigInt(bins) / (max - min))
      : Math.floor((element - min) * bins / (max - min))
    counts[Math.min(bin, bins - 1)]++
  }
  return counts
}

both('histogram', async (t, run, type, length) => {
  const { array, view } = filled(type, length)
  const [smallest, largest] = [array.toSorted()[0], array.toSorted().at(-1)]
  const half = isBig(type) ? largest / 2n : largest / 2
  const counts = await run(view, 'histogram', { bins: 10 })
  t.true(counts instanceof Float64Array)
  t.deepEqual(counts, countBins(array, 10, smallest, largest))
  t.deepEqual(await run(view, 'histogram', { bins: 7, min: half }), countBins(array, 7, half, largest))
  t.deepEqual(await run(view, 'histogram', { bins: 7, max: half }), countBins(array, 7, smallest, half))
  t.deepEqual(await run(view, 'histogram', { bins: 3000, min: array[1] < half ? array[1] : half, max: half }),
    countBins(array, 3000, array[1] < half ? array[1] : half, half))
})

it('a histogram of a range without a width has all in the last bin, and none of NaN', (t) => {
  const view = viewOf('float64', 4)
  view.array.set([1, 1, NaN, 2])
  t.deepEqual(view.histogram({ bins: 3, min: 1, max: 1 }), new Float64Array([0, 0, 2]))
  t.throws(() => view.histogram({ bins: 3 }), { instanceOf: RangeError })
})

both('scatterAdd', async (t, run, type, length) => {
  const { array, view, n } = filled(type, length)
  const indices = Uint32Array.from({ length: length * 2 }, (_, index) => (index * 7919) % length)
  const values = makeNumbers(type, indices.length)
  await run(view, 'scatterAdd', indices, values)
  indices.forEach((index, position) => { array[index] += values[position] })
  same(t, view.array, array)

  const few = [3, 1, 3, length - 1]
  const shared = viewOf('uint32', 4)
  shared.array.set(few)
  for (const [where, what] of [[few, n(2)], [shared, [n(1), n(2), n(3), n(4)]], [Float64Array.from(few), n(1)], [shared.array, viewOf(type, 4)]]) {
    await run(view, 'scatterAdd', where, what)
    few.forEach((index, position) => { array[index] += what instanceof AtomicView ? n(0) : what[position] ?? what })
  }
  same(t, view.array, array)
})

both('addMany', async (t, run, type) => {
  const { array, view, n } = filled(type, 3)
  await run(view, 'addMany', 1, n(3), 1000)
  await run(view, 'addMany', 2, n(3), 0)
  for (let time = 0; time < 1000; time++) array[1] += n(3)
  same(t, view.array, array)
}, { lengths: [3] })

it('addMany rounds each time, as a loop does', async (t) => {
  const view = viewOf('float64', 2)
  let sum = 0
  for (let time = 0; time < 100_000; time++) sum += 0.1
  view.addMany(0, 0.1, 100_000)
  await view.addManyAsync(1, 0.1, 100_000)
  t.deepEqual([...view.array], [sum, sum])
})

both('sort', async (t, run, type, length) => {
  const { array, view } = filled(type, length)
  if (isFloat(type)) {
    array.set([NaN, 0, -0, -Infinity, NaN, Infinity, 0, -0])
    view.array.set(array)
  }
  t.is(await run(view, 'sort'), view)
  same(t, view.array, array.sort())
})

both('copyFrom', async (t, run, type, length) => {
  const { array, view, n } = filled(type, length)
  const sources = Object.keys(arrays).filter((other) => isBig(other) === isBig(type)).map((other) => filled(other, length - 2))
  for (const { view: source, array: numbers } of sources) {
    for (const [from, offset] of [[source, 2], [numbers, 1], [source.array, undefined]]) {
      t.is(await run(view, 'copyFrom', from, offset), undefined)
      array.set(numbers, offset)
      same(t, view.array, array)
    }
  }
  for (const from of [[n(1), n(2), n(3)], { length: 1, 0: n(9) }, [], 5, ...isBig(type) ? [] : [[1.5, '8', null]]]) {
    await run(view, 'copyFrom', from, 3)
    array.set(from, 3)
  }
  same(t, view.array, array)
})

both('copyFrom of numbers that JavaScript wraps', async (t, run, type) => {
  const numbers = new Float64Array([1e20, -1e20, 2 ** 53, -(2 ** 31) - 1, NaN, Infinity, -Infinity, 300.7, -300.7, -0, 1e-300, 1e300])
  const view = viewOf(type, numbers.length)
  await run(view, 'copyFrom', numbers)
  t.deepEqual(view.array.slice(), new arrays[type](numbers))
}, { types: Object.keys(arrays).filter((type) => !isBig(type)), lengths: [12] })

both('copyFrom of the same memory', async (t, run, type, length) => {
  const { array, view } = filled(type, length)
  for (const [start, end, offset] of [[0, -3, 3], [3, length, 0], [0, length, 0], [1, 9, 5]]) {
    await run(view, 'copyFrom', view.array.subarray(start, end), offset)
    array.set(array.subarray(start, end), offset)
    same(t, view.array, array)
  }
  // Elements of half the size, out of the same bytes.
  const bytes = new Uint8Array(view.buffer, view.byteOffset, 8)
  if (isBig(type)) return
  const expected = view.array.slice()
  expected.set(bytes.slice(), 1)
  await run(view, 'copyFrom', bytes, 1)
  same(t, view.array, expected)
})

both('an empty view', async (t, run, type) => {
  const view = new AtomicView(new SharedArrayBuffer(0), { type })
  const zero = isBig(type) ? 0n : 0
  t.is(await run(view, 'sum'), zero)
  t.deepEqual(await run(view, 'minMax'), { min: undefined, max: undefined })
  t.is(await run(view, 'countEqual', zero), 0)
  t.deepEqual(await run(view, 'histogram', { bins: 2 }), new Float64Array(2))
  await run(view, 'fill', zero)
  await run(view, 'sort')
  await run(view, 'addAll', zero)
  await run(view, 'addAll', view)
  await run(view, 'scatterAdd', [], zero)
  await run(view, 'copyFrom', [])
}, { lengths: [0] })

it('wrong arguments throw or reject, and change nothing', async (t) => {
  const view = viewOf('int32', 4)
  const big = viewOf('bigint64', 4)
  const wrong = [
    [RangeError, view, 'addAll', [1, 2, 3]],
    [TypeError, view, 'addAll', 1n],
    [TypeError, view, 'addAll', big],
    [TypeError, view, 'addAll', [1, 2, 3, 4n]],
    [TypeError, big, 'addAll', 1],
    [TypeError, view, 'fill', 1n],
    [TypeError, big, 'fill', 1],
    [RangeError, view, 'scatterAdd', [0, 4], 1],
    [RangeError, view, 'scatterAdd', [0, -1], 1],
    [RangeError, view, 'scatterAdd', new Int8Array([0, -1]), 1],
    [RangeError, view, 'scatterAdd', new Uint32Array([0, 4]), 1],
    [RangeError, view, 'scatterAdd', new Float64Array([0, 4]), 1],
    [RangeError, view, 'scatterAdd', [0, 1], [1]],
    [TypeError, view, 'scatterAdd', new BigInt64Array(1), 1],
    [TypeError, view, 'scatterAdd', 3, 1],
    [TypeError, view, 'scatterAdd', [0], 1n],
    [RangeError, view, 'addMany', 4, 1, 1],
    [RangeError, view, 'addMany', 0, 1, -1],
    [RangeError, view, 'addMany', 0, 1, 1.5],
    [TypeError, view, 'addMany', 0, 1, '1'],
    [TypeError, view, 'addMany', 0, 1n, 1],
    [RangeError, view, 'copyFrom', [1, 2], 3],
    [RangeError, view, 'copyFrom', [1], -1],
    [RangeError, view, 'copyFrom', new Int8Array(2), 3],
    [RangeError, view, 'copyFrom', { length: 2 ** 40 }],
    [TypeError, view, 'copyFrom', big],
    [TypeError, view, 'copyFrom', [1, 1n]],
    [TypeError, view, 'copyFrom', null],
    [TypeError, view, 'histogram', undefined],
    [TypeError, view, 'histogram', { bins: '3' }],
    [RangeError, view, 'histogram', { bins: 0 }],
    [RangeError, view, 'histogram', { bins: 1.5 }],
    [RangeError, view, 'histogram', { bins: 2 ** 25 }],
    [RangeError, view, 'histogram', { bins: 2, min: NaN }],
    [RangeError, view, 'histogram', { bins: 2, min: 2, max: 1 }],
    [TypeError, view, 'histogram', { bins: 2, min: 2n }],
    [TypeError, big, 'histogram', { bins: 2, min: 2 }],
    [RangeError, big, 'histogram', { bins: 2, max: 2n ** 64n }]
  ]
  for (const [instanceOf, on, name, ...args] of wrong) {
    t.throws(() => on[name](...args), { instanceOf }, `${name} ${args.length}`)
    await t.throwsAsync(on[`${name}Async`](...args), { instanceOf }, name)
  }
  t.deepEqual([...view.array, ...big.array], [0, 0, 0, 0, 0n, 0n, 0n, 0n])
})

it('numbers that an asynchronous form was given may be changed at once', async (t) => {
  const view = viewOf('float64', 500_000)
  const numbers = new Float64Array(500_000).fill(1)
  const indices = new Uint32Array(500_000).map((_, index) => index)
  const operations = [view.addAllAsync(numbers), view.scatterAddAsync(indices, numbers)]
  numbers.fill(9)
  indices.fill(0)
  await Promise.all(operations)
  t.is(view.countEqual(2), 500_000)
})

const OTHERS = { int32: 3, uint8: 1, float64: 1.5, float32: 1, bigint64: 2n }

for (const [type, amount] of Object.entries(OTHERS)) {
  it(`threads of JavaScript and of Rust on the same elements lose nothing, ${type}`, async (t) => {
    const times = 20_000
    const view = viewOf(type, 16)
    const code = `
      const { parentPort, workerData: { view, amount, times } } = require('isothreads')
      for (let time = 0; time < times; time++) view.add(5, amount)
      for (let time = 0; time < times; time++) view.update(5, (old) => old + amount)
      parentPort.postMessage('done')
    `
    const workers = [1, 2].map(() => nextMessage(startWorker(t, code, { workerData: { view, amount, times } })))
    let done = false
    const all = Promise.all(workers).then(() => { done = true })
    const indices = new Uint8Array(10_000).fill(5)
    let scattered = 0
    let added = 0
    // Small enough that all sums are exact in float32 too.
    for (let round = 0; round === 0 || (!done && round < 500); round++) {
      await Promise.all([
        view.scatterAddAsync(indices, amount),
        ...Array.from({ length: 200 }, () => view.addAllAsync(amount)),
        view.addManyAsync(5, amount, 10_000)
      ])
      scattered += indices.length + 10_000
      added += 200
    }
    await all
    const expected = new arrays[type](2)
    const n = typeof amount === 'bigint' ? BigInt : Number
    expected[0] = amount * n(added)
    expected[1] = amount * n(added + scattered + 4 * times)
    t.is(view.load(4), expected[0])
    t.is(view.load(5), expected[1])
  })
}

it('the event loop goes on while an operation runs', async (t) => {
  // Longer and longer, until it takes longer than some turns of the event loop.
  for (let times = 1e7; times < 1e11; times *= 4) {
    const view = viewOf('float64', 1)
    let isRunning = true
    const operation = view.addManyAsync(0, 1, times).then(() => { isRunning = false })
    let turns = 0
    while (isRunning && turns < 50) {
      await new Promise((resolve) => setImmediate(resolve))
      turns++
    }
    const wasRunning = isRunning
    await operation
    t.is(view.load(0), times)
    if (wasRunning) return t.pass()
  }
  t.fail('No operation was still running after 50 turns')
})

it('a worker may end while its operation runs', async (t) => {
  const view = viewOf('float64', 400_000)
  const worker = startWorker(t, `
    const { parentPort, workerData: view } = require('isothreads')
    view.addManyAsync(0, 1, 1e7)
    view.sortAsync()
    parentPort.postMessage('begun')
  `, { workerData: view })
  t.is(await nextMessage(worker), 'begun')
  await worker.terminate()
  await t.notThrowsAsync(view.sumAsync())
})

it('a worker lives until its operations have ended', async (t) => {
  const view = viewOf('float64', 400_000)
  const worker = startWorker(t, `
    const { workerData: view } = require('isothreads')
    view.addManyAsync(0, 1, 1e7).then(() => view.store(1, 1))
  `, { workerData: view })
  await new Promise((resolve) => worker.once('exit', resolve))
  t.deepEqual([view.load(0), view.load(1)], [1e7, 1])
})
