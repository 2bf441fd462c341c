'use strict'

// AtomicView beside the loops that it replaces: with Atomics, which is right while other threads use the
// memory, and with plain reads and writes, which is not.

const LENGTH = 10_000_000

const arrays = { int32: Int32Array, float64: Float64Array, uint8: Uint8Array }

// Floats have no Atomics: their bits do.
const double = new Float64Array(1)
const doubleBits = new BigInt64Array(double.buffer)

const atomicsOf = {
  integer: { load: Atomics.load, store: Atomics.store, add: Atomics.add },
  float: {
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
}

// The same operations with plain reads and writes. The loops are compiled again for each way and each
// type, so that none is slower for what another has done.
const plain = {
  load: (array, index) => array[index],
  store: (array, index, value) => { array[index] = value },
  add: (array, index, value) => { array[index] += value }
}

const loops = {
  fill: `for (let i = 0; i < n; i++) store(cells, i, 7)`,
  sum: `let sum = 0; for (let i = 0; i < n; i++) sum += load(cells, i); return sum`,
  minMax: `let min = Infinity, max = -Infinity
    for (let i = 0; i < n; i++) { const x = load(cells, i); if (x < min) min = x; if (x > max) max = x }
    return { min, max }`,
  'addAll(number)': `for (let i = 0; i < n; i++) add(cells, i, 1)`,
  'addAll(view)': `for (let i = 0; i < n; i++) add(cells, i, load(otherCells, i))`,
  countEqual: `let count = 0; for (let i = 0; i < n; i++) if (load(cells, i) === 7) count++; return count`,
  histogram: `const counts = new Float64Array(64), width = max - min
    for (let i = 0; i < n; i++) {
      const x = load(cells, i)
      if (x >= min && x <= max) counts[Math.min(63, Math.floor((x - min) * 64 / width))]++
    }
    return counts`,
  scatterAdd: `for (let i = 0; i < n; i++) add(cells, indices[i], 1)`,
  addMany: `for (let i = 0; i < n; i++) add(cells, 5, 1)`,
  sort: `array.sort()`,
  copyFrom: `for (let i = 0; i < n; i++) store(cells, i, load(otherCells, i))`
}

function compile (body, { load, store, add }) {
  const names = ['load', 'store', 'add', 'array', 'cells', 'otherCells', 'n', 'indices', 'min', 'max']
  const run = Function(...names, `'use strict'; ${body}`) // eslint-disable-line no-new-func
  return ({ array, cells, otherCells, n, indices, min, max }) => run(load, store, add, array, cells, otherCells, n, indices, min, max)
}

const ours = {
  fill: ({ view }) => view.fill(7),
  sum: ({ view }) => view.sum(),
  minMax: ({ view }) => view.minMax(),
  'addAll(number)': ({ view }) => view.addAll(1),
  'addAll(view)': ({ view, other }) => view.addAll(other),
  countEqual: ({ view }) => view.countEqual(7),
  histogram: ({ view, min, max }) => view.histogram({ bins: 64, min, max }),
  scatterAdd: ({ view, indices }) => view.scatterAdd(indices, 1),
  addMany: ({ view, n }) => view.addMany(5, 1, n),
  sort: ({ view }) => view.sort(),
  copyFrom: ({ view, other }) => view.copyFrom(other)
}

const element = {
  load: (object, n) => { let sum = 0; for (let i = 0; i < n; i++) sum += object.load(i & 1023); return sum },
  store: (object, n) => { for (let i = 0; i < n; i++) object.store(i & 1023, i) },
  add: (object, n) => { for (let i = 0; i < n; i++) object.add(i & 1023, 1) },
  exchange: (object, n) => { for (let i = 0; i < n; i++) object.exchange(i & 1023, i) },
  compareExchange: (object, n) => { for (let i = 0; i < n; i++) object.compareExchange(i & 1023, i, i + 1) }
}
