'use strict'

// isothreads-tasks: compression, against Node's own.

const avaTest = require('ava').default
const zlib = require('node:zlib')
const { bounded } = require('./helpers')
const { endsAtFirstReport, failureOf, noise, startTasks, text } = require('./native-tasks')

const test = bounded(avaTest)
const { constants } = zlib
const hasZstd = zlib.zstdCompressSync !== undefined

const samples = {
  empty: Buffer.alloc(0),
  'one byte': Buffer.from('a'),
  text: text(300_000),
  noise: noise(300_000),
  zeros: Buffer.alloc(3_000_000)
}

test('Node reads the output of gzip at every level', async (t) => {
  const run = startTasks(t)
  for (const [name, data] of Object.entries(samples)) {
    for (const level of [undefined, -1, 0, 1, 6, 9]) {
      t.true(zlib.gunzipSync(await run('gzip', { data, level })).equals(data), `${name} ${level}`)
    }
  }
  const { length: small } = await run('gzip', { data: samples.text, level: 9 })
  const { length: large } = await run('gzip', { data: samples.text, level: 1 })
  t.true(small < large)
})

test('gunzip reads the output of Node', async (t) => {
  const run = startTasks(t)
  for (const data of Object.values(samples)) {
    for (const level of [0, 1, 9]) {
      const result = await run('gunzip', { data: zlib.gzipSync(data, { level }) })
      t.is(result.constructor, Uint8Array)
      t.true(data.equals(result))
    }
  }
  const [one, two] = [zlib.gzipSync('one'), zlib.gzipSync('two')]
  t.is(String(Buffer.from(await run('gunzip', { data: Buffer.concat([one, two, Buffer.alloc(20)]) }))), 'onetwo')
})

test('Node reads the output of brotliCompress, and brotliDecompress reads that of Node', async (t) => {
  const run = startTasks(t)
  for (const [name, data] of Object.entries(samples)) {
    for (const quality of [0, 1, 5]) {
      t.true(zlib.brotliDecompressSync(await run('brotliCompress', { data, quality })).equals(data), `${name} ${quality}`)
      const params = { [constants.BROTLI_PARAM_QUALITY]: quality }
      t.true(data.equals(await run('brotliDecompress', { data: zlib.brotliCompressSync(data, { params }) })))
    }
  }
  const data = text(20_000)
  for (const options of [{}, { mode: 'text', windowBits: 10 }, { mode: 'font', windowBits: 24 }, { mode: 'generic' }]) {
    t.true(zlib.brotliDecompressSync(await run('brotliCompress', { data, ...options })).equals(data))
  }
})

test('Zstandard, there and back', async (t) => {
  const run = startTasks(t)
  for (const [name, data] of Object.entries(samples)) {
    for (const options of [{}, { level: -5 }, { level: 1, checksum: true }, { level: 15 }]) {
      const compressed = await run('zstdCompress', { data, ...options })
      t.true(data.equals(await run('zstdDecompress', { data: compressed })), `${name} ${options.level}`)
      if (!hasZstd) continue
      t.true(zlib.zstdDecompressSync(compressed).equals(data))
      t.true(data.equals(await run('zstdDecompress', { data: zlib.zstdCompressSync(data) })))
    }
  }
  const frames = await Promise.all(['one', 'two'].map((data) => run('zstdCompress', { data })))
  t.is(String(Buffer.from(await run('zstdDecompress', { data: Buffer.concat(frames) }))), 'onetwo')
})

test('all kinds of data', async (t) => {
  const run = startTasks(t)
  const bytes = Buffer.from('xxsome bytesxx').subarray(2, -2)
  const copy = new Uint8Array(bytes).buffer
  for (const data of ['some bytes', bytes, copy, new DataView(copy), new Uint8ClampedArray(copy)]) {
    t.is(String(zlib.gunzipSync(await run('gzip', { data }))), 'some bytes')
  }
  t.is(String(zlib.gunzipSync(await run('gzip', { data: 'größer 🙂' }))), 'größer 🙂')
  const moved = new Uint8Array(copy.slice(0))
  t.is(String(zlib.gunzipSync(await run('gzip', { data: moved }, { transferList: [moved.buffer] }))), 'some bytes')
  t.is(moved.length, 0)
})

test('broken data is refused as by Node', async (t) => {
  const run = startTasks(t)
  const gzip = zlib.gzipSync(text(1000))
  const brotli = zlib.brotliCompressSync(text(1000))
  const flipped = Buffer.from(gzip)
  flipped[gzip.length - 6] ^= 1
  const cases = [
    ...[Buffer.alloc(0), Buffer.from('abcdefgh'), gzip.subarray(0, 3), gzip.subarray(0, -9), gzip.subarray(0, -1), flipped,
      Buffer.concat([gzip, Buffer.from('garbage')]), Buffer.concat([gzip, gzip.subarray(0, 20)])
    ].map((data) => ['gunzip', zlib.gunzipSync, data]),
    ...[Buffer.alloc(0), Buffer.from('abcdefghijkl'), brotli.subarray(0, 3), brotli.subarray(0, -1)
    ].map((data) => ['brotliDecompress', zlib.brotliDecompressSync, data])
  ]
  for (const [name, reference, data] of cases) {
    t.deepEqual(await failureOf(() => run(name, { data })), await failureOf(() => reference(data)), `${name} ${data.toString('hex')}`)
  }
  const zstd = Buffer.from(await run('zstdCompress', { data: text(1000), checksum: true }))
  await t.throwsAsync(run('zstdDecompress', { data: zstd.subarray(0, -1) }), { code: 'Z_BUF_ERROR', message: 'unexpected end of file' })
  zstd[zstd.length - 1] ^= 1
  const reasons = { ZSTD_error_checksum_wrong: zstd, ZSTD_error_prefix_unknown: Buffer.from('abcdefgh') }
  for (const [code, data] of Object.entries(reasons)) {
    const failure = await failureOf(() => run('zstdDecompress', { data }))
    t.is(failure.code, code)
    if (hasZstd) t.deepEqual(failure, await failureOf(() => zlib.zstdDecompressSync(data)))
  }
})

test('bytes after the end of Brotli and Zstandard data are errors', async (t) => {
  const run = startTasks(t)
  for (const [compress, decompress, code] of [
    ['brotliCompress', 'brotliDecompress', 'Z_DATA_ERROR'], ['zstdCompress', 'zstdDecompress', 'ZSTD_error_prefix_unknown']
  ]) {
    const data = Buffer.concat([await run(compress, { data: 'good' }), Buffer.from('garbage')])
    await t.throwsAsync(run(decompress, { data }), { code })
  }
})

test('a bomb is an error, not the memory of the machine', async (t) => {
  const run = startTasks(t)
  const zeros = Buffer.alloc(60_000_000)
  for (const [compress, decompress, options] of [
    ['gzip', 'gunzip', {}], ['zstdCompress', 'zstdDecompress', {}], ['brotliCompress', 'brotliDecompress', { quality: 4 }]
  ]) {
    const data = await run(compress, { data: zeros, ...options })
    t.true(data.length < 100_000)
    const refused = { name: 'RangeError', code: 'ERR_BUFFER_TOO_LARGE', message: 'Cannot create a Buffer larger than 1000000 bytes' }
    await t.throwsAsync(run(decompress, { data, maxOutputLength: 1_000_000 }), refused)
    await t.throwsAsync(run(decompress, { data, maxOutputLength: zeros.length - 1 }), { code: 'ERR_BUFFER_TOO_LARGE' })
    t.is((await run(decompress, { data, maxOutputLength: zeros.length })).length, zeros.length)
  }
})

test('options out of their range', async (t) => {
  const run = startTasks(t)
  const data = 'x'
  for (const [name, input] of [
    ['gzip', { data, level: 10 }], ['gzip', { data, level: -2 }], ['gzip', { data, level: 1.5 }], ['gzip', { data, level: NaN }],
    ['zstdCompress', { data, level: 23 }], ['zstdCompress', { data, level: -200_000 }],
    ['brotliCompress', { data, quality: 12 }], ['brotliCompress', { data, quality: -1 }],
    ['brotliCompress', { data, windowBits: 9 }], ['brotliCompress', { data, windowBits: 25 }],
    ['gunzip', { data, maxOutputLength: 0 }], ['zstdDecompress', { data, maxOutputLength: 2 ** 53 }],
    ['brotliDecompress', { data, maxOutputLength: 1.5 }]
  ]) {
    await t.throwsAsync(run(name, input), { instanceOf: RangeError, code: 'ERR_OUT_OF_RANGE' }, `${name} ${JSON.stringify(input)}`)
  }
  for (const [name, input, message] of [
    ['gzip', { data, lvl: 1 }, /unknown field `lvl`/], ['gzip', {}, /missing field `data`/], ['gzip', { data: 5 }, /at data/],
    ['gzip', { data, level: '5' }, /at level/], ['gzip', undefined, /expected an object/], ['gzip', 'data', /expected an object/],
    ['gzip', { data: new Float64Array(1) }, /at data/], ['gzip', { data: new SharedArrayBuffer(1) }, /shared memory.* at data/],
    ['brotliCompress', { data, mode: 'fast' }, /'mode' must be one of: 'generic', 'text', 'font'. Received 'fast'/]
  ]) {
    await t.throwsAsync(run(name, input), { instanceOf: TypeError, code: 'ERR_INVALID_ARG_VALUE', message })
  }
})

test('long data reports progress', async (t) => {
  const run = startTasks(t)
  const data = noise(8_000_000)
  const packed = zlib.gzipSync(data, { level: 0 })
  for (const [name, step, input] of [['gzip', 'compress', { data, level: 1 }], ['gunzip', 'decompress', { data: packed }]]) {
    const reports = []
    await run(name, input, { onProgress: (report) => reports.push(report) })
    t.true(reports.length > 4)
    t.true(reports.every((report) => report.step === step && report.fraction > 0 && report.fraction <= 1))
    t.is(reports.at(-1).fraction, 1)
    t.deepEqual(reports.map(({ fraction }) => fraction), reports.map(({ fraction }) => fraction).toSorted((a, b) => a - b))
  }
})

test('a compression of minutes can be stopped', async (t) => {
  await endsAtFirstReport(t, startTasks(t), 'brotliCompress', { data: text(30_000_000), quality: 11 })
})
