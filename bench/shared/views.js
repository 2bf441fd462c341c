'use strict'

// AtomicView compared with the loops that it replaces: with Atomics, which is correct while other threads use the
// memory, and with plain reads and writes, which is not.

const { startAlone } = require('./alone')
const { nanoseconds } = require('./measure')

const arrays = { int32: Int32Array, float64: Float64Array, uint8: Uint8Array }
const WANTED = 7
const BINS = 64

// The operations on each element, as text: code that has run with several types is slower for all of
// them. Atomics do not support floats, but their bits.
const plain = `
  const load = (array, index) => array[index]
  const store = (array, index, value) => { array[index] = value }
  const add = (array, index, value) => { array[index] += value }
`
const atomics = `
  const load = (array, index) => Atomics.load(array, index)
  const store = (array, index, value) => { Atomics.store(array, index, value) }
  const add = (array, index, value) => { Atomics.add(array, index, value) }
`
const atomicsOfBits = `
  const double = new Float64Array(1), doubleBits = new BigInt64Array(double.buffer)
  const load = (bits, index) => {
    doubleBits[0] = Atomics.load(bits, index)
    return double[0]
  }
  const store = (bits, index, value) => {
    double[0] = value
    Atomics.store(bits, index, doubleBits[0])
  }
  const add = (bits, index, value) => {
    for (;;) {
      const old = Atomics.load(bits, index)
      doubleBits[0] = old
      double[0] += value
      if (Atomics.compareExchange(bits, index, old, doubleBits[0]) === old) return
    }
  }
`

// The loops, compiled separately for each implementation and type.
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
  // Sorting is not written as a loop.
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

// The type is in the text, because V8 keeps type feedback by source text.
function compile (body, elements, type) {
  const names = ['array', 'cells', 'others', 'n', 'indices', 'min', 'max', 'bins', 'wanted']
  const loop = Function(...names, `'use strict' // ${type}\n${elements}\n${body}`) // eslint-disable-line no-new-func
  return ({ array, others, length, indices, min, max }) => loop(array[0], array[1], others, length, indices, min, max, BINS, WANTED)
}

function milliseconds (run, argument) {
  const begin = performance.now()
  run(argument)
  return performance.now() - begin
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

const elements = {
  title: 'one element',
  /** @param {{ api: object, quick: boolean }} options */
  async open ({ api: { AtomicView }, quick }) {
    const times = quick ? 300_000 : 3_000_000
    const array = new Int32Array(new SharedArrayBuffer(4096))
    const view = new AtomicView(array)
    const cases = Object.entries(elementLoops).map(([operation, call]) => {
      // eslint-disable-next-line no-new-func
      const compileCall = code => Function('object', 'n', `'use strict'; let last; for (let i = 0; i < n; i++) last = ${code}; return last`)
      const [onView, onArray] = [compileCall(call), compileCall(call.replace('object.', 'Atomics.').replace('(', '(object, '))]
      return {
        name: `int32 element: ${operation}`,
        unit: 'ns',
        target: { against: 'Atomics', atMost: 1.2 },
        contenders: [
          { name: 'isothreads', run: nanoseconds(times, () => onView(view, times)) },
          { name: 'Atomics', run: nanoseconds(times, () => onArray(array, times)) }
        ]
      }
    })
    return { cases }
  }
}

/** @returns {(operation: string) => number} measures it, in milliseconds */
function measureOurs ({ AtomicView }, type, length) {
  const data = makeData(AtomicView, type, length)
  return (operation) => {
    data.array.set(data.other)
    return milliseconds(ours[operation], { ...data, other: data.source })
  }
}

/** All elements of a view of one type. */
function operationsOn (type) {
  async function open ({ api: { AtomicView }, quick }) {
    const length = quick ? 1_000_000 : 10_000_000
    const data = makeData(AtomicView, type, length)
    const alone = startAlone(type, length)
    const { array, other, source } = data
    const isFloat = type.startsWith('float')
    const bitsOf = numbers => isFloat ? new BigInt64Array(numbers.buffer) : numbers
    const [cells, others] = [bitsOf(array), bitsOf(other)]
    const ways = { plain, atomics: isFloat ? atomicsOfBits : atomics }

    const cases = Object.entries(loops).map(([operation, body]) => {
      const [plainLoop, atomicsLoop] = [compile(body, ways.plain, type), compile(body, ways.atomics, type)]
      const contender = (name, run, argument) => ({
        name,
        run () {
          array.set(other)
          return milliseconds(run, { ...data, ...argument })
        }
      })
      const contenders = [
        ...(alone === undefined ? [] : [{ name: 'isothreads, 1 thread', run: () => alone.run(operation) }]),
        contender('all threads', ours[operation], { other: source }),
        // No loop has Atomics in it that sorts.
        ...(operation === 'sort' ? [] : [contender('Atomics loop', atomicsLoop, { array: [array, cells], others })]),
        contender('plain loop', plainLoop, { array: [array, array], others: other })
      ]
      return {
        name: `${type} ${operation}`,
        unit: 'ms',
        target: { against: operation === 'sort' ? 'plain loop' : 'Atomics loop', atMost: 1 / 3 },
        contenders
      }
    })
    return { cases, rounds: quick ? 1 : 3, close: () => alone?.close() }
  }
  return { title: `${type}, all elements`, open }
}

const elementLoops = {
  load: 'object.load(i & 1023)',
  store: 'object.store(i & 1023, 1)',
  add: 'object.add(i & 1023, 1)',
  exchange: 'object.exchange(i & 1023, 1)',
  compareExchange: 'object.compareExchange(i & 1023, 1, 1)'
}

module.exports = { sections: [elements, ...Object.keys(arrays).map(operationsOn)], measureOurs }
