'use strict'

// isothreads-tasks: numbers and tables, against Node's own.

const avaTest = require('ava').default
const { bounded } = require('./helpers')
const { endsAtFirstReport, random, startTasks } = require('./native-tasks')

const test = bounded(avaTest)
const { Float16Array } = globalThis
const kinds = [
  Int8Array, Uint8Array, Uint8ClampedArray, Int16Array, Uint16Array, Int32Array, Uint32Array, Float32Array, Float64Array,
  ...(Float16Array === undefined ? [] : [Float16Array])
]
const bigKinds = [BigInt64Array, BigUint64Array]

const bytesOf = (array) => Buffer.from(array.buffer, array.byteOffset, array.byteLength)

test('sortArray of every typed array is its own sort()', async (t) => {
  const run = startTasks(t)
  const numbers = [...random(50_000)]
  const bits = new Uint32Array(numbers).buffer
  for (const Kind of [...kinds, ...bigKinds]) {
    // All bits there are: also NaN, infinities and -0.
    for (const data of [new Kind(bits), new Kind(bits, 8, 1000), new Kind(0), new Kind(1)]) {
      const expected = data.slice().sort()
      const result = await run('sortArray', { data })
      t.is(result.constructor, Kind)
      t.true(isSame(result, expected), `${Kind.name} ${data.length}`)
      const descending = await run('sortArray', { data, descending: true })
      t.true(isSame(descending, expected.slice().reverse()), `${Kind.name} ${data.length} descending`)
    }
  }
  const special = Float64Array.of(NaN, 1, 0, Infinity, -0, -NaN, -Infinity, -1)
  t.true(isSame(await run('sortArray', { data: special }), special.slice().sort()))
})

/** Compares element by element, because the bits of a NaN do not matter. */
function isSame (a, b) {
  return a.length === b.length && a.every((value, place) => Object.is(value, b[place]))
}

test('an array to sort may be transferred, and is returned without a copy', async (t) => {
  const run = startTasks(t)
  const data = Float64Array.from(random(100_000))
  const expected = bytesOf(data.slice().sort())
  const result = await run('sortArray', { data }, { transferList: [data.buffer] })
  t.is(data.length, 0)
  t.true(bytesOf(result).equals(expected))
})

test('the order that numbers were in makes no difference', async (t) => {
  const run = startTasks(t)
  const length = 1_500_000
  for (const data of [
    Int32Array.from({ length }, (_, place) => place), Int32Array.from({ length }, (_, place) => -place),
    Int32Array.from(random(length), (number) => number % 3), Int32Array.from(random(length))
  ]) {
    t.true(bytesOf(await run('sortArray', { data })).equals(bytesOf(data.slice().sort())))
  }
})

test('sortArray tells how far it is, and ends when it is to', async (t) => {
  const run = startTasks(t)
  const data = Float64Array.from({ length: 8_000_000 }, (_, place) => Math.sin(place))
  const reports = []
  await run('sortArray', { data }, { onProgress: (report) => reports.push(report) })
  t.true(reports.length > 2)
  t.deepEqual(reports.at(-1), { step: 'sort', fraction: 1 })
  await endsAtFirstReport(t, run, 'sortArray', { data })
})

test('aggregate of every typed array', async (t) => {
  const run = startTasks(t)
  for (const Kind of kinds) {
    const data = Kind.from([4, 2, 9, 4, 5, 4, 5, 7])
    t.deepEqual(await run('aggregate', { data, percentiles: [0, 25, 90, 100] }), {
      count: 8, sum: 40, mean: 5, min: 2, max: 9, variance: 4, standardDeviation: 2, median: 4.5, percentiles: [2, 4, 7.6, 9]
    })
    t.is((await run('aggregate', { data, sample: true })).variance, 32 / 7)
  }
  for (const Kind of bigKinds) {
    const data = Kind.of(2n ** 62n, 2n ** 62n, 1n)
    t.like(await run('aggregate', { data }), { sum: 2n ** 63n + 1n, min: 1n, max: 2n ** 62n, median: 2 ** 62, count: 3 })
  }
  t.like(await run('aggregate', { data: [1.5, 2.5] }), { sum: 4, mean: 2 })
})

test('aggregate does not add rounding errors up', async (t) => {
  const run = startTasks(t)
  t.is((await run('aggregate', { data: Float64Array.of(1e100, 1, -1e100) })).sum, 1)
  t.is((await run('aggregate', { data: new Float64Array(1_000_000).fill(0.1) })).sum, 100_000)
  t.is((await run('aggregate', { data: Float64Array.of(1e9 + 4, 1e9 + 7, 1e9 + 13, 1e9 + 16) })).variance, 22.5)
})

test('aggregate of no numbers, and of NaN', async (t) => {
  const run = startTasks(t)
  const nothing = { count: 0, sum: 0, mean: NaN, min: NaN, max: NaN, variance: NaN, standardDeviation: NaN, median: NaN, percentiles: [NaN] }
  t.deepEqual(await run('aggregate', { data: [], percentiles: [50] }), nothing)
  t.deepEqual(await run('aggregate', { data: Float64Array.of(1, NaN), percentiles: [50] }), { ...nothing, count: 2, sum: NaN })
  t.is((await run('aggregate', { data: new BigInt64Array(0) })).sum, 0n)
})

test('aggregateBy, against Map.groupBy by hand', async (t) => {
  const run = startTasks(t)
  const numbers = [...random(20_000)]
  const data = Float64Array.from(numbers, (number) => number % 1000)
  const keysOf = (number) => (number >>> 10) % 7
  for (const keys of [
    numbers.map((number) => `key ${keysOf(number)}`), Int8Array.from(numbers, keysOf), Float64Array.from(numbers, keysOf),
    BigInt64Array.from(numbers, (number) => BigInt(keysOf(number))), numbers.map(keysOf)
  ]) {
    const groups = new Map()
    data.forEach((value, place) => groups.set(keys[place], [...(groups.get(keys[place]) ?? []), value]))
    const result = await run('aggregateBy', { keys, data })
    t.deepEqual(result.map(({ key }) => key), [...groups.keys()])
    for (const { key, count, sum, max } of result) {
      const values = groups.get(key)
      t.deepEqual([count, sum, max], [values.length, values.reduce((a, b) => a + b), Math.max(...values)])
    }
  }
  const special = await run('aggregateBy', { keys: [0, NaN, -0, NaN], data: [1, 2, 3, 4] })
  t.deepEqual(special.map(({ key, sum }) => [key, sum]), [[0, 4], [NaN, 6]])
  t.deepEqual(await run('aggregateBy', { keys: [], data: [] }), [])
})

const table = [
  { name: 'Ada', age: '36', note: 'first, "of all"' },
  { name: 'Grüß\nGott', age: '', note: '' },
  { name: '🙂', age: '007', note: 'x\r\ny' }
]

test('CSV, there and back', async (t) => {
  const run = startTasks(t)
  for (const options of [{}, { delimiter: ';' }, { delimiter: '\t', quote: '\'' }]) {
    for (const newline of ['\n', '\r\n']) {
      const csv = await run('jsonToCsv', { data: table, newline, ...options })
      t.deepEqual(await run('csvToJson', { data: csv, ...options }), table)
      t.deepEqual(await run('csvToJson', { data: Buffer.from(csv).toString(), ...options }), table)
    }
  }
  t.deepEqual(Buffer.from(await run('jsonToCsv', { data: JSON.stringify(table) })), Buffer.from(await run('jsonToCsv', { data: table })))
  const lines = Buffer.from(table.map((row) => JSON.stringify(row)).join('\n'))
  t.deepEqual(Buffer.from(await run('jsonToCsv', { data: lines })), Buffer.from(await run('jsonToCsv', { data: table })))
})

test('csvToJson: JSON that JSON.parse reads', async (t) => {
  const run = startTasks(t)
  const data = await run('jsonToCsv', { data: table })
  for (const types of [false, true]) {
    const objects = await run('csvToJson', { data, types })
    const lines = Buffer.from(await run('csvToJson', { data, types, output: 'ndjson' })).toString()
    t.deepEqual(lines.trimEnd().split('\n').map((line) => JSON.parse(line)), objects)
    t.is(lines, objects.map((row) => `${JSON.stringify(row)}\n`).join(''))
  }
})

test('csvToJson: types', async (t) => {
  const run = startTasks(t)
  const values = {
    '1': 1, '-1.50': -1.5, '1e3': 1000, true: true, FALSE: false, '': null, '007': '007', '9007199254740993': '9007199254740993',
    '0x10': '0x10', NaN: 'NaN', ' 1': ' 1', '+1': '+1', '1e999': '1e999', null: 'null'
  }
  for (const [text, value] of Object.entries(values)) {
    t.deepEqual(await run('csvToJson', { data: `a,b\n${text},x\n`, types: true }), [{ a: value, b: 'x' }], text)
    t.deepEqual(await run('csvToJson', { data: `a,b\n${text},x\n` }), [{ a: text, b: 'x' }])
  }
})

test('csvToJson: headers and shapes', async (t) => {
  const run = startTasks(t)
  const data = 'a,b\n1,2\n'
  t.deepEqual(await run('csvToJson', { data, header: false }), [['a', 'b'], ['1', '2']])
  t.deepEqual(await run('csvToJson', { data, header: ['x', 'y'] }), [{ x: 'a', y: 'b' }, { x: '1', y: '2' }])
  t.deepEqual(await run('csvToJson', { data: `\ufeff${data}` }), [{ a: '1', b: '2' }])
  t.deepEqual(await run('csvToJson', { data: ' a , b \n 1 ,\n', trim: true }), [{ a: '1', b: '' }])
  t.deepEqual(await run('csvToJson', { data: 'a,b\n\n1\n', flexible: true }), [{ a: '1' }])
  t.deepEqual(await run('csvToJson', { data: '' }), [])
  const [row] = await run('csvToJson', { data: '__proto__,5\nx,y\n' })
  t.deepEqual(Object.entries(row).sort(), [['5', 'y'], ['__proto__', 'x']])
  t.is(Object.getPrototypeOf(row), Object.prototype)
})

test('csvToJson: errors', async (t) => {
  const run = startTasks(t)
  for (const [input, message] of [
    [{ data: 'a,b\n1,2\n\n3\n' }, 'Line 4 has 1 fields instead of 2'], [{ data: 'a,b\n1,2,3\n' }, 'Line 2 has 3 fields instead of 2'],
    [{ data: 'a,a\n' }, /Duplicate column name "a"/], [{ data: Buffer.from([0x61, 0xff]) }, /UTF-8: invalid byte at offset 1/]
  ]) {
    await t.throwsAsync(run('csvToJson', input), { instanceOf: SyntaxError, code: 'ERR_ISOTHREADS_CSV', message })
  }
  for (const [input, message] of [
    [{ data: '', delimiter: ',,' }, /'delimiter' must be one ASCII/], [{ data: '', delimiter: 'é' }, /'delimiter'/],
    [{ data: '', quote: ',' }, /'delimiter' must differ from the quote/], [{ data: '', header: 5 }, /at header/],
    [{ data: '', output: 'xml' }, /'output' must be one of/], [{ data: '', types: 1 }, /at types/], [{ data: '', type: true }, /`type`/]
  ]) {
    await t.throwsAsync(run('csvToJson', input), { instanceOf: TypeError, code: 'ERR_INVALID_ARG_VALUE', message })
  }
})

test('jsonToCsv: every kind of value', async (t) => {
  const run = startTasks(t)
  const date = new Date('2024-02-29T12:34:56.789Z')
  const row = { a: 1.5, b: 1e21, c: -0, d: true, e: null, f: undefined, g: 10n ** 20n, h: date, i: [1, { x: 'y' }], j: NaN, k: 'text' }
  const csv = Buffer.from(await run('jsonToCsv', { data: [row] })).toString()
  t.is(csv, `a,b,c,d,e,f,g,h,i,j,k\n1.5,1e+21,0,true,,,${10n ** 20n},${date.toISOString()},"[1,{""x"":""y""}]",NaN,text\n`)
  const ragged = [{ a: 1 }, { b: 2 }, { b: 3, a: 4 }]
  t.is(Buffer.from(await run('jsonToCsv', { data: ragged })).toString(), 'a,b\n1,\n,2\n4,3\n')
  t.is(Buffer.from(await run('jsonToCsv', { data: ragged, columns: ['b', 'z'], header: false })).toString(), ',\n2,\n3,\n')
  t.is((await run('jsonToCsv', { data: [] })).length, 0)
})

test('jsonToCsv: errors', async (t) => {
  const run = startTasks(t)
  for (const data of ['[1]', '[{"a":1}', '{"a"}', '[{}] x', '5', '[[1]]']) {
    await t.throwsAsync(run('jsonToCsv', { data }), { instanceOf: SyntaxError, code: 'ERR_ISOTHREADS_JSON' })
  }
  for (const [input, message] of [
    [{ data: [{ a: /x/ }] }, /CSV cannot represent a RegExp at data\[0\]\.a/], [{ data: [5] }, /at data\[0\]/], [{ data: 5 }, /at data/],
    [{ data: [], newline: '\r' }, /'newline'/], [{ data: [], columns: 'a' }, /at columns/], [{ data: [], header: [] }, /at header/]
  ]) {
    await t.throwsAsync(run('jsonToCsv', input), { instanceOf: TypeError, code: 'ERR_INVALID_ARG_VALUE', message })
  }
})

test('a quoted field that does not end is an error, and not the rest of the file', async (t) => {
  const run = startTasks(t)
  const data = 'a,b\n1,2\n3,"4\n5,6\n'
  await t.throwsAsync(run('csvToJson', { data }), { instanceOf: SyntaxError, code: 'ERR_ISOTHREADS_CSV', message: /line 3 ends within a quoted/ })
  t.deepEqual(await run('csvToJson', { data: `${data}"` }), [{ a: '1', b: '2' }, { a: '3', b: '4\n5,6\n' }])
})

test('columns that are asked for twice, and fields that would be too many', async (t) => {
  const run = startTasks(t)
  const twice = run('jsonToCsv', { data: [{ a: 1 }], columns: ['a', 'a'] })
  await t.throwsAsync(twice, { instanceOf: TypeError, code: 'ERR_INVALID_ARG_VALUE', message: /'columns' must not repeat a name/ })
  const data = Array.from({ length: 40_000 }, (_, number) => `{"${number}":1}`).join('')
  await t.throwsAsync(run('jsonToCsv', { data }), { instanceOf: RangeError, code: 'ERR_BUFFER_TOO_LARGE' })
  t.is((await run('jsonToCsv', { data, columns: ['7'] })).length, 2 + 39_999 * 3 + 2)
})

test('every line of NDJSON takes the same time, however many there are', async (t) => {
  const run = startTasks(t)
  const data = Buffer.from('{"a":1}\n'.repeat(500_000))
  const reports = []
  const csv = await run('jsonToCsv', { data }, { onProgress: (report) => reports.push(report) })
  t.is(Buffer.from(csv).toString(), `a\n${'1\n'.repeat(500_000)}`)
  t.deepEqual(reports.at(-1), { step: 'write', fraction: 1 })
})

test('infinite numbers have no variance', async (t) => {
  const run = startTasks(t)
  t.like(await run('aggregate', { data: [1, Infinity] }), { sum: Infinity, mean: Infinity, max: Infinity, variance: NaN, standardDeviation: NaN })
  t.like(await run('aggregate', { data: [-1e300, 1e300] }), { sum: 0, mean: 0, variance: Infinity })
})

test('long tables tell how far they are', async (t) => {
  const run = startTasks(t)
  const data = `a,b\n${'some text,12345\n'.repeat(200_000)}`
  const reports = []
  const result = await run('csvToJson', { data, output: 'ndjson' }, { onProgress: (report) => reports.push(report) })
  t.is(Buffer.from(result).toString(), '{"a":"some text","b":"12345"}\n'.repeat(200_000))
  t.deepEqual([...new Set(reports.map(({ step }) => step))], ['parse', 'write'])
  t.deepEqual(reports.at(-1), { step: 'write', fraction: 1 })
  reports.length = 0
  const numbers = { data: Float64Array.of(1, 2, 3) }
  const onProgress = (report) => reports.push(report)
  await run('csvToJson', { data: 'a\n1\n' }, { onProgress })
  await run('sortArray', numbers, { onProgress })
  await run('aggregate', numbers, { onProgress })
  await run('aggregateBy', { ...numbers, keys: ['a', 'b', 'a'] }, { onProgress })
  const whole = reports.filter(({ fraction }) => fraction === 1).map(({ step }) => step)
  t.deepEqual(whole, ['parse', 'sort', 'aggregate', 'aggregate'])
})

test('numbers of the wrong type', async (t) => {
  const run = startTasks(t)
  for (const [name, input] of [
    ['sortArray', { data: 'text' }], ['sortArray', { data: new DataView(new ArrayBuffer(8)) }], ['sortArray', { data: new ArrayBuffer(8) }],
    ['sortArray', { data: new Int8Array(new SharedArrayBuffer(8)) }], ['aggregate', { data: ['1'] }], ['aggregate', { data: null }],
    ['aggregateBy', { keys: ['a', 1], data: [1, 2] }], ['aggregateBy', { keys: {}, data: [] }]
  ]) {
    await t.throwsAsync(run(name, input), { instanceOf: TypeError, code: 'ERR_INVALID_ARG_TYPE' })
  }
  await t.throwsAsync(run('aggregateBy', { keys: [1], data: [1, 2] }), { code: 'ERR_INVALID_ARG_VALUE', message: /'keys' must have as many elements as/ })
  for (const percentiles of [[-1], [101], [NaN]]) {
    await t.throwsAsync(run('aggregate', { data: [], percentiles }), { instanceOf: RangeError, code: 'ERR_OUT_OF_RANGE' })
  }
  await t.throwsAsync(run('sortArray', { data: [], order: 'up' }), { code: 'ERR_INVALID_ARG_VALUE', message: /`order`/ })
})
