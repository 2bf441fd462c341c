'use strict'

// AtomicView beside the loops that it replaces: with Atomics, which is right while other threads use the
// memory, and with plain reads and writes, which is not.

const { median } = require('../lib/statistics')

const arrays = { int32: Int32Array, float64: Float64Array, uint8: Uint8Array }
const WANTED = 7
const BINS = 64

/** @typedef {{ length: number, rounds: number, elementOperations: number }} Size */

// What one does to each element; floats have no Atomics, but their bits do.
const plain = {
  load: (array, index) => array[index],
  store: (array, index, value) => { array[index] = value },
  add: (array, index, value) => { array[index] += value }
}

const double = new Float64Array(1)
const doubleBits = new BigInt64Array(double.buffer)
const atomicsOfBits = {
  load (bits, index) {
    doubleBits[0] = Atomics.load(bits, index)
    return double[0]
  },
  store (bits, index, value) {
    double[0] = value
    Atomics.store(bits, index, doubleBits[0])
  },
  add (bits, index, value) {
    for (;;) {
      const old = Atomics.load(bits, index)
      doubleBits[0] = old
      double[0] += value
      if (Atomics.compareExchange(bits, index, old, doubleBits[0]) === old) return
    }
  }
}

// The loops are compiled again for each way and each type: none is slower for what another has done.
const loops = {
  fill: 'for (let i = 0; i < n; i++) store(cells, i, wanted)',
  sum: 'let sum = 0; for (let i = 0; i < n; i++) sum += load(cells, i); return sum',
  minMax: `let smallest = Infinity, largest = -Infinity
    for (let i = 0; i < n; i++) { const x = load(cells, i); if (x < smallest) smallest = x; if (x > largest) largest = x }
    return smallest + largest`,
  'addAll(number)': 'for (let i = 0; i < n; i++) add(cells, i, 1)',
  'addAll(view)': 'for (let i = 0; i < n; i++) add(cells, i, load(others, i))',
  countEqual: 'let count = 0; for (let i = 0; i < n; i++) if (load(cells, i) === wanted) count++; return count',
  histogram: `const counts = new Float64Array(bins), width = max - min
    for (let i = 0; i < n; i++) {
      const x = load(cells, i)
      if (x >= min && x <= max) counts[Math.min(bins - 1, Math.floor((x - min) * bins / width))]++
    }
    return counts`,
  scatterAdd: 'for (let i = 0; i < n; i++) add(cells, indices[i], 1)',
  addMany: 'for (let i = 0; i < n; i++) add(cells, 5, 1)',
  copyFrom: 'for (let i = 0; i < n; i++) store(cells, i, load(others, i))',
  // Nobody would write this one as a loop.
  sort: 'array.sort()'
}

const ours = {
  fill: ({ view }) => view.fill(WANTED),
  sum: ({ view }) => view.sum(),
  minMax: ({ view }) => view.minMax(),
  'addAll(number)': ({ view }) => view.addAll(1),
  'addAll(view)': ({ view, other }) => view.addAll(other),
  countEqual: ({ view }) => view.countEqual(WANTED),
  histogram: ({ view, min, max }) => view.histogram({ bins: BINS, min, max }),
  scatterAdd: ({ view, indices }) => view.scatterAdd(indices, 1),
  addMany: ({ view, length }) => view.addMany(5, 1, length),
  copyFrom: ({ view, other }) => view.copyFrom(other),
  sort: ({ view }) => view.sort()
}

function compile (body, { load, store, add }) {
  const names = ['array', 'cells', 'others', 'n', 'indices', 'min', 'max', 'bins', 'wanted', 'load', 'store', 'add']
  const loop = Function(...names, `'use strict'; ${body}`) // eslint-disable-line no-new-func
  return ({ array, others, length, indices, min, max }) =>
    loop(array[0], array[1], others, length, indices, min, max, BINS, WANTED, load, store, add)
}

function milliseconds (run, argument) {
  const start = performance.now()
  run(argument)
  return performance.now() - start
}

/** Random elements, another such array, random indices. */
function makeData (AtomicView, type, length) {
  const make = () => new arrays[type](new SharedArrayBuffer(length * arrays[type].BYTES_PER_ELEMENT))
  const [array, other] = [make(), make()]
  for (let i = 0; i < length; i++) other[i] = Math.random() * 2 ** 32
  const max = type === 'uint8' ? 255 : 2 ** 31
  const indices = Uint32Array.from({ length }, () => Math.random() * length)
  return { array, other, length, indices, min: 0, max, view: new AtomicView(array), source: new AtomicView(other) }
}

/**
 * Each operation over all elements: milliseconds.
 *
 * @param {{ AtomicView: Function }} api
 * @param {(alone: boolean) => void} setAlone whether the operations use one thread
 * @param {Size} size
 * @returns {Array<{ type: string, operation: string, oneThread: number, allThreads: number, atomicsLoop: number, plainLoop: number }>}
 */
function measureOperations ({ AtomicView }, setAlone, { length, rounds }) {
  const rows = []
  for (const type of Object.keys(arrays)) {
    const data = makeData(AtomicView, type, length)
    const { array, other, view, source } = data
    const isFloat = type.startsWith('float')
    const bitsOf = (numbers) => isFloat ? new BigInt64Array(numbers.buffer) : numbers
    const [cells, others] = [bitsOf(array), bitsOf(other)]
    const atomics = isFloat ? atomicsOfBits : Atomics
    for (const [operation, body] of Object.entries(loops)) {
      const [plainLoop, atomicsLoop] = [compile(body, plain), compile(body, atomics)]
      const samples = { oneThread: [], allThreads: [], atomicsLoop: [], plainLoop: [] }
      for (let round = -1; round < rounds; round++) {
        const sample = {}
        for (const [name, alone] of [['oneThread', true], ['allThreads', false]]) {
          array.set(other)
          setAlone(alone)
          sample[name] = milliseconds(ours[operation], { ...data, view, other: source })
        }
        array.set(other)
        sample.plainLoop = milliseconds(plainLoop, { ...data, array: [array, array], others: other })
        array.set(other)
        sample.atomicsLoop = milliseconds(atomicsLoop, { ...data, array: [array, cells], others })
        if (round >= 0) for (const [name, value] of Object.entries(sample)) samples[name].push(value)
      }
      const medians = Object.entries(samples).map(([name, values]) => [name, median(values)])
      rows.push({ type, operation, ...Object.fromEntries(medians) })
    }
  }
  return rows
}

const elementLoops = {
  load: 'object.load(i & 1023)',
  store: 'object.store(i & 1023, 1)',
  add: 'object.add(i & 1023, 1)',
  exchange: 'object.exchange(i & 1023, 1)',
  compareExchange: 'object.compareExchange(i & 1023, 1, 1)'
}

/**
 * Each operation on one element beside the one of Atomics on the same array: nanoseconds.
 *
 * @param {{ AtomicView: Function }} api
 * @param {Size} size
 * @returns {Array<{ operation: string, ours: number, atomics: number }>}
 */
function measureElements ({ AtomicView }, { rounds, elementOperations }) {
  const array = new Int32Array(new SharedArrayBuffer(4096))
  const view = new AtomicView(array)
  return Object.entries(elementLoops).map(([operation, call]) => {
    const nanoseconds = (loop, argument) => milliseconds(() => loop(argument, elementOperations)) * 1e6 / elementOperations
    // eslint-disable-next-line no-new-func
    const compileCall = (code) => Function('object', 'n', `'use strict'; let last; for (let i = 0; i < n; i++) last = ${code}; return last`)
    const onView = compileCall(call)
    const onArray = compileCall(call.replace('object.', 'Atomics.').replace('(', '(object, '))
    const samples = { ours: [], atomics: [] }
    for (let round = -1; round < rounds * 3; round++) {
      const [mine, theirs] = [nanoseconds(onView, view), nanoseconds(onArray, array)]
      if (round < 0) continue
      samples.ours.push(mine)
      samples.atomics.push(theirs)
    }
    return { operation, ours: median(samples.ours), atomics: median(samples.atomics) }
  })
}

/**
 * @param {{ oneThread: number, allThreads: number, atomicsLoop: number, plainLoop: number }} row
 * @returns {{ toAtomics: number, toPlain: number, threads: number }} how many times faster, on one thread; and all threads than one
 */
function ratiosOf ({ oneThread, allThreads, atomicsLoop, plainLoop }) {
  return { toAtomics: atomicsLoop / oneThread, toPlain: plainLoop / oneThread, threads: oneThread / allThreads }
}

module.exports = {
  full: { length: 10_000_000, rounds: 3, elementOperations: 3_000_000 },
  quick: { length: 1_000_000, rounds: 1, elementOperations: 1_000_000 },
  measureOperations,
  measureElements,
  ratiosOf
}
