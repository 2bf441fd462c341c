'use strict'

// isothreads-tasks: pictures. Node has no image decoder, but PNG is little more than zlib.

const avaTest = require('ava').default
const zlib = require('node:zlib')
const sharp = require('sharp')
const { bounded } = require('./helpers')
const { endsAtFirstReport, noise, startTasks } = require('./native-tasks')

const test = bounded(avaTest)

/** Red to the right, green downwards, and some alpha. */
function picture (width, height, alpha = 255) {
  const data = new Uint8ClampedArray(width * height * 4)
  for (let place = 0; place < width * height; place++) {
    data.set([(place % width) * 255 / width, Math.floor(place / width) * 255 / height, 60, alpha], place * 4)
  }
  return { data, width, height }
}

/** The pixels of a PNG file of 8 bits per channel that is not interlaced. */
function decodePng (file) {
  const bytes = Buffer.from(file)
  const header = { width: bytes.readUInt32BE(16), height: bytes.readUInt32BE(20), channels: [1, 0, 3, 0, 2, 0, 4][bytes[25]] }
  const parts = []
  for (let at = 8; at < bytes.length;) {
    const length = bytes.readUInt32BE(at)
    if (bytes.toString('latin1', at + 4, at + 8) === 'IDAT') parts.push(bytes.subarray(at + 8, at + 8 + length))
    at += 12 + length
  }
  return { ...header, data: unfilter(zlib.inflateSync(Buffer.concat(parts)), header) }
}

function unfilter (rows, { width, height, channels }) {
  const length = width * channels
  const data = Buffer.alloc(length * height)
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < length; x++) {
      const left = x < channels ? 0 : data[y * length + x - channels]
      const above = y === 0 ? 0 : data[(y - 1) * length + x]
      const corner = x < channels || y === 0 ? 0 : data[(y - 1) * length + x - channels]
      const guess = [0, left, above, (left + above) >> 1, paeth(left, above, corner)][rows[y * (length + 1)]]
      data[y * length + x] = rows[y * (length + 1) + 1 + x] + guess
    }
  }
  return data
}

function paeth (left, above, corner) {
  const guess = left + above - corner
  const [first, second, third] = [left, above, corner].map((value) => Math.abs(guess - value))
  if (first <= second && first <= third) return left
  return second <= third ? above : corner
}

/** A PNG file of red, green, blue and alpha. */
function encodePng ({ data, width, height }) {
  const chunk = (name, body) => {
    const bytes = Buffer.alloc(12 + body.length)
    bytes.writeUInt32BE(body.length)
    bytes.write(name, 4, 'latin1')
    bytes.set(body, 8)
    bytes.writeUInt32BE(crc32(bytes.subarray(4, -4)), bytes.length - 4)
    return bytes
  }
  const header = Buffer.from([0, 0, 0, 0, 0, 0, 0, 0, 8, 6, 0, 0, 0])
  header.writeUInt32BE(width)
  header.writeUInt32BE(height, 4)
  const rows = Array.from({ length: height }, (_, y) => [Buffer.alloc(1), Buffer.from(data.buffer, y * width * 4, width * 4)]).flat()
  const body = zlib.deflateSync(Buffer.concat(rows))
  return Buffer.concat([Buffer.from('89504e470d0a1a0a', 'hex'), chunk('IHDR', header), chunk('IDAT', body), chunk('IEND', Buffer.alloc(0))])
}

// Node has its own from 22.2 on.
function crc32 (bytes) {
  let crc = -1
  for (const byte of bytes) {
    crc ^= byte
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (0xedb88320 & -(crc & 1))
  }
  return ~crc >>> 0
}

const worstDifference = (a, b) => a.reduce((worst, value, place) => Math.max(worst, Math.abs(value - b[place])), Math.abs(a.length - b.length))

test('PNG, there and back, beside zlib', async (t) => {
  const run = startTasks(t)
  for (const [width, height] of [[1, 1], [33, 17], [200, 150]]) {
    const raw = picture(width, height, 128)
    const file = await run('encode', { data: raw, format: 'png' })
    t.like(file, { format: 'png', width, height })
    const { data, ...header } = decodePng(file.data)
    t.deepEqual(header, { width, height, channels: 4 })
    t.true(data.equals(Buffer.from(raw.data.buffer)))
    const back = await run('encode', { data: encodePng(raw), format: 'raw' })
    t.like(back, { format: 'raw', width, height })
    t.deepEqual(new Uint8ClampedArray(back.data), raw.data)
  }
})

test('WebP loses nothing, JPEG little', async (t) => {
  const run = startTasks(t)
  const raw = picture(120, 80)
  const webp = await run('encode', { data: raw, format: 'webp' })
  const { data: pixels } = await run('encode', { data: webp.data, format: 'raw' })
  t.deepEqual(new Uint8ClampedArray(pixels), raw.data)
  const [good, bad] = await Promise.all([95, 20].map((quality) => run('encode', { data: raw, format: 'jpeg', quality })))
  t.true(bad.data.length < good.data.length)
  const back = await run('encode', { data: good.data, format: 'raw' })
  t.true(worstDifference(back.data, raw.data) < 12)
  t.is((await run('grey', { data: good.data })).format, 'jpeg')
})

/** The mean difference of the colours of RGBA pixels and of pixels with this number of channels. */
function meanDifference (rgba, other, channels) {
  const pixels = rgba.length / 4
  let sum = 0
  for (let place = 0; place < pixels; place++) {
    for (let color = 0; color < 3; color++) sum += Math.abs(rgba[place * 4 + color] - other[place * channels + (channels < 3 ? 0 : color)])
  }
  return sum / (pixels * 3)
}

test('JPEG files of another program, beside its pixels', async (t) => {
  const run = startTasks(t)
  const { data, width, height } = picture(301, 203)
  const source = sharp(data, { raw: { width, height, channels: 4 } }).removeAlpha()
  for (const options of [{ chromaSubsampling: '4:4:4' }, { chromaSubsampling: '4:2:0' }, { chromaSubsampling: '4:2:0', progressive: true }]) {
    const file = await source.clone().jpeg({ quality: 90, ...options }).toBuffer()
    const { data: pixels } = await run('encode', { data: file, format: 'raw' })
    t.true(meanDifference(pixels, await sharp(file).raw().toBuffer(), 3) < 0.5, JSON.stringify(options))
  }
  const grey = await source.clone().toColourspace('b-w').jpeg().toBuffer()
  t.like(await run('imageInfo', { data: grey }), { channels: 1, width, height })
  const { data: pixels } = await run('encode', { data: grey, format: 'raw' })
  t.true(meanDifference(pixels, await sharp(grey).toColourspace('b-w').raw().toBuffer(), 1) < 0.5)
})

test('a JPEG file that becomes much smaller is as if all of it had been decoded', async (t) => {
  const run = startTasks(t)
  const { data } = await run('encode', { data: picture(403, 301), format: 'jpeg', quality: 95 })
  const all = await run('encode', { data, format: 'raw' })
  for (const options of [{ width: 90 }, { width: 40 }, { width: 20 }, { width: 20, height: 20, fit: 'cover' }, { width: 9, height: 9, fit: 'fill' }]) {
    for (const filter of ['bilinear', 'bicubic', 'mitchell', 'lanczos3']) {
      const small = await run('resize', { data, ...options, filter, format: 'raw' })
      const expected = await run('resize', { data: all, ...options, filter })
      t.is(small.data.length, expected.data.length)
      const difference = meanDifference(small.data, expected.data, 4)
      t.true(difference < 1, `${JSON.stringify(options)} ${filter} ${difference}`)
    }
    for (const filter of ['nearest', 'box']) {
      const small = await run('resize', { data, ...options, filter, format: 'raw' })
      const expected = await run('resize', { data: all, ...options, filter })
      t.is(worstDifference(small.data, expected.data), 0, `${JSON.stringify(options)} ${filter}`)
    }
  }
})

test('imageInfo', async (t) => {
  const run = startTasks(t)
  const raw = picture(40, 30)
  for (const [format, channels] of [['jpeg', 3], ['png', 4], ['webp', 4]]) {
    const { data } = await run('encode', { data: raw, format })
    t.deepEqual(await run('imageInfo', { data }), {
      format, width: 40, height: 30, channels, hasAlpha: channels === 4, bitDepth: 8, orientation: 1, hasProfile: false, isAnimated: false
    })
  }
})

test('resize: sizes', async (t) => {
  const run = startTasks(t)
  const data = picture(80, 60)
  for (const [options, width, height] of [
    [{ width: 40 }, 40, 30], [{ height: 40 }, 53, 40], [{ width: 40, height: 40 }, 40, 30], [{ width: 40, height: 40, fit: 'cover' }, 40, 40],
    [{ width: 40, height: 10, fit: 'fill' }, 40, 10], [{ width: 160 }, 160, 120], [{ width: 1 }, 1, 1]
  ]) {
    const result = await run('resize', { data, ...options })
    t.like(result, { format: 'raw', width, height }, JSON.stringify(options))
    t.is(result.data.length, width * height * 4)
  }
})

test('resize: pixels', async (t) => {
  const run = startTasks(t)
  const data = { data: Uint8Array.of(0, 0, 0, 255, 100, 0, 0, 255, 0, 100, 0, 255, 100, 100, 0, 255), width: 2, height: 2 }
  t.deepEqual([...(await run('resize', { data, width: 1, filter: 'box' })).data], [50, 50, 0, 255])
  const large = await run('resize', { data, width: 4, filter: 'nearest' })
  t.deepEqual([...large.data.subarray(0, 16)], [0, 0, 0, 255, 0, 0, 0, 255, 100, 0, 0, 255, 100, 0, 0, 255])
  const plain = { data: new Uint8Array(40 * 30 * 4).fill(200), width: 40, height: 30 }
  for (const filter of ['nearest', 'box', 'bilinear', 'bicubic', 'mitchell', 'lanczos3']) {
    const { data: pixels } = await run('resize', { data: plain, width: 13, filter })
    t.true(worstDifference(pixels, Buffer.alloc(pixels.length, 200)) <= 1, filter)
  }
  // Where it is transparent its colour does not show.
  const half = { data: Uint8Array.of(255, 0, 0, 255, 0, 255, 0, 0), width: 2, height: 1 }
  t.deepEqual([...(await run('resize', { data: half, width: 1, filter: 'box' })).data.subarray(0, 3)], [255, 0, 0])
})

test('blur and grey', async (t) => {
  const run = startTasks(t)
  const data = new Uint8Array(41 * 41 * 4).fill(0)
  for (let place = 3; place < data.length; place += 4) data[place] = 255
  data.set([255, 255, 255], (20 * 41 + 20) * 4)
  const { data: soft } = await run('blur', { data: { data, width: 41, height: 41 }, sigma: 1 })
  // 255 / (2 * pi) * exp(-(x * x + y * y) / 2)
  const at = (x, y) => soft[(y * 41 + x) * 4]
  t.deepEqual([at(20, 20), at(21, 20), at(20, 19), at(19, 19), at(24, 20)], [41, 25, 25, 15, 0])
  const colors = { data: Uint8Array.of(255, 0, 0, 255, 0, 255, 0, 128, 0, 0, 255, 0), width: 3, height: 1 }
  t.deepEqual([...(await run('grey', { data: colors })).data], [54, 54, 54, 255, 182, 182, 182, 128, 18, 18, 18, 0])
})

/** A JPEG file with an orientation. */
function withOrientation (file, orientation) {
  const directory = ['0001', '0112', '0003', '00000001', `000${orientation}0000`, '00000000'].join('')
  const exif = Buffer.from(`4578696600004d4d002a00000008${directory}`, 'hex')
  const segment = Buffer.from([0xff, 0xe1, 0, exif.length + 2, ...exif])
  return Buffer.concat([file.subarray(0, 2), segment, file.subarray(2)])
}

test('pictures become upright', async (t) => {
  const run = startTasks(t)
  const { data } = await run('encode', { data: picture(80, 40), format: 'jpeg', quality: 95 })
  const turned = withOrientation(data, 6)
  t.like(await run('imageInfo', { data: turned }), { width: 40, height: 80, orientation: 6 })
  const small = await run('resize', { data: turned, width: 20, format: 'raw' })
  t.like(small, { width: 20, height: 40 })
  // What was on the left, without red, is at the top.
  t.true(small.data[0] < 20 && small.data.at(-4) > 235)
  const again = await run('encode', { data: turned })
  t.like(await run('imageInfo', { data: again.data }), { width: 40, height: 80, orientation: 1 })
})

test('a file that promises too many pixels is refused before there is memory for them', async (t) => {
  const run = startTasks(t)
  const bomb = encodePng(picture(1, 1))
  bomb.writeUInt32BE(60_000, 16)
  bomb.writeUInt32BE(60_000, 20)
  bomb.writeUInt32BE(crc32(bomb.subarray(12, 29)), 29)
  const tooLarge = { instanceOf: RangeError, code: 'ERR_ISOTHREADS_IMAGE_TOO_LARGE' }
  for (const name of ['encode', 'grey']) {
    await t.throwsAsync(run(name, { data: bomb }), { ...tooLarge, message: /^60000 x 60000 pixels exceed limitPixels: 134217728$/ })
  }
  t.like(await run('imageInfo', { data: bomb }), { width: 60_000 })
  const data = picture(10, 10)
  await t.throwsAsync(run('encode', { data, limitPixels: 99 }), tooLarge)
  t.is((await run('encode', { data, limitPixels: 100 })).width, 10)
  await t.throwsAsync(run('resize', { data, width: 11, limitPixels: 100 }), tooLarge)
  await t.throwsAsync(run('resize', { data, width: 100_000 }), tooLarge)
  await t.throwsAsync(run('resize', { data, width: 20_000, height: 1, fit: 'fill', format: 'webp' }), tooLarge)
})

test('broken files', async (t) => {
  const run = startTasks(t)
  for (const data of [Buffer.alloc(0), Buffer.from('GIF89a'), Buffer.from('no image')]) {
    await t.throwsAsync(run('imageInfo', { data }), { code: 'ERR_ISOTHREADS_IMAGE_FORMAT' })
    await t.throwsAsync(run('encode', { data, format: 'png' }), { code: 'ERR_ISOTHREADS_IMAGE_FORMAT' })
  }
  for (const format of ['jpeg', 'png', 'webp']) {
    const { data } = await run('encode', { data: picture(64, 64), format })
    for (const end of [20, data.length >> 1, data.length - 30]) {
      await t.throwsAsync(run('grey', { data: data.slice(0, end) }), { code: 'ERR_ISOTHREADS_IMAGE_BROKEN' }, `${format} ${end}`)
    }
  }
})

test('wrong options', async (t) => {
  const run = startTasks(t)
  const data = picture(2, 2)
  for (const [name, options] of [
    ['resize', { width: 0 }], ['resize', { width: 1.5 }], ['resize', { height: -1 }], ['blur', { sigma: 0 }], ['blur', { sigma: 1001 }],
    ['encode', { format: 'jpeg', quality: 0 }], ['encode', { format: 'jpeg', quality: 101 }], ['encode', { limitPixels: 0 }],
    ['encode', { limitPixels: 2 ** 31 }], ['encode', { data: { ...data, width: 0 } }]
  ]) {
    await t.throwsAsync(run(name, { data, ...options }), { instanceOf: RangeError, code: 'ERR_OUT_OF_RANGE' }, JSON.stringify(options))
  }
  for (const [name, options, message] of [
    ['encode', { format: 'gif' }, /'format' must be one of: 'jpeg', 'png', 'webp', 'raw'/], ['encode', { format: 'png', quality: 5 }, /'quality'/],
    ['resize', { width: 1, fit: 'none' }, /'fit'/], ['resize', { width: 1, filter: 'x' }, /'filter'/], ['resize', { width: '1' }, /at width/],
    ['resize', { width: 1, heigth: 1 }, /`heigth`/], ['encode', { data: { ...data, height: 3 } }, /must have 24 bytes/],
    ['encode', { data: { ...data, format: 'png' } }, /'raw'/], ['encode', { data: 'text' }, /at data/], ['blur', {}, /missing field `sigma`/],
    ['encode', { data: new Uint8Array(new SharedArrayBuffer(8)) }, /must not be in shared memory.* at data$/],
    ['encode', { data: { ...data, data: new Uint8Array(new SharedArrayBuffer(24)) } }, /must not be in shared memory.* at data\.data$/],
    ['imageInfo', { data: 'text' }, /expected a Uint8Array, an ArrayBuffer or a DataView at data$/]
  ]) {
    await t.throwsAsync(run(name, { data, ...options }), { instanceOf: TypeError, code: 'ERR_INVALID_ARG_VALUE', message })
  }
  await t.throwsAsync(run('resize', { data }), { instanceOf: TypeError, code: 'ERR_MISSING_ARGS' })
})

test('pictures tell how far they are, and end when they are to', async (t) => {
  const run = startTasks(t)
  const { data } = await run('encode', { data: picture(100, 100), format: 'jpeg' })
  const reports = []
  await run('resize', { data, width: 10 }, { onProgress: (report) => reports.push(report) })
  t.deepEqual(Object.fromEntries(reports.map(({ step, fraction }) => [step, fraction])), { decode: 0.5, resize: 0.75, encode: 1 })
  const fractions = reports.map(({ fraction }) => fraction)
  t.deepEqual(fractions, fractions.toSorted((a, b) => a - b))
  await endsAtFirstReport(t, run, 'blur', { data: picture(3000, 3000), sigma: 8 })
})

test('the decoding of a long JPEG file tells how far it is, and ends when it is to', async (t) => {
  const run = startTasks(t)
  const pixels = { data: noise(1200 * 1200 * 4), width: 1200, height: 1200 }
  const { data } = await run('encode', { data: pixels, format: 'jpeg', quality: 95 })
  const reports = []
  await run('resize', { data, width: 10 }, { onProgress: (report) => reports.push(report) })
  t.true(reports.filter(({ step, fraction }) => step === 'decode' && fraction < 0.5).length > 5)
  t.deepEqual(reports.at(-1), { step: 'encode', fraction: 1 })
  await endsAtFirstReport(t, run, 'resize', { data, width: 10 })
})

test('a wide picture becomes a tall one without the memory for one that is both', async (t) => {
  const run = startTasks(t)
  const [length, before] = [50_000, process.memoryUsage().rss]
  const data = { data: new Uint8Array(length * 4).fill(255), width: length, height: 1 }
  const tall = await run('resize', { data, width: 1, height: length, fit: 'fill' })
  t.deepEqual([tall.width, tall.height], [1, length])
  t.true(tall.data.every((value) => value === 255))
  const covered = await run('resize', { data, width: 1, height: length, fit: 'cover' })
  t.true(covered.height === length && covered.data.every((value) => value === 255))
  t.true(process.memoryUsage().rss - before < 2 ** 30)
  const long = { data: new Uint8Array((2 ** 22 + 1) * 4), width: 2 ** 22 + 1, height: 1 }
  for (const [name, options] of [['resize', { width: 1 }], ['blur', { sigma: 1 }]]) {
    await t.throwsAsync(run(name, { data: long, ...options }), { instanceOf: RangeError, code: 'ERR_ISOTHREADS_IMAGE_TOO_LARGE' })
  }
})

test('transferred data is not copied, and results have their own memory', async (t) => {
  const run = startTasks(t)
  const data = picture(500, 500)
  const { data: first } = await run('encode', { data }, { transferList: [data.data.buffer] })
  t.is(data.data.length, 0)
  t.is(first.buffer.byteLength, first.length)
})
