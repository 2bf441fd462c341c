'use strict'

// Compresses and lets Node.js decompress, and the other way round; and shows the limit for a bomb.

const assert = require('node:assert')
const zlib = require('node:zlib')
const { WorkerPool } = require('../..') // of your own: require('isothreads')
const tasks = require('..') // require('isothreads-tasks')

async function main () {
  const pool = new WorkerPool(tasks.library, 2)
  const data = Buffer.from(Array.from({ length: 20_000 }, (_, line) => `line ${line}, and a word\n`).join(''))

  const [gzip, zstd, brotli] = await Promise.all([
    pool.exec({ data, level: 9 }, { name: 'gzip' }),
    pool.exec({ data, level: 10 }, { name: 'zstdCompress' }),
    pool.exec({ data, quality: 6 }, { name: 'brotliCompress' })
  ])
  console.log('gzip', data.length, gzip.length)
  console.log('zstdCompress', data.length, zstd.length)
  console.log('brotliCompress', data.length, brotli.length)
  assert.deepStrictEqual(zlib.gunzipSync(gzip), data)
  assert.deepStrictEqual(zlib.brotliDecompressSync(brotli), data)
  // Since Node.js 22.15.
  if (zlib.zstdDecompressSync) assert.deepStrictEqual(zlib.zstdDecompressSync(zstd), data)

  const params = { [zlib.constants.BROTLI_PARAM_QUALITY]: 5 }
  const back = await Promise.all([
    pool.exec({ data: zlib.gzipSync(data) }, { name: 'gunzip' }),
    pool.exec({ data: zstd }, { name: 'zstdDecompress' }),
    pool.exec({ data: zlib.brotliCompressSync(data, { params }) }, { name: 'brotliDecompress' })
  ])
  for (const bytes of back) assert.deepStrictEqual(Buffer.from(bytes), data)
  console.log('gunzip, zstdDecompress, brotliDecompress', back.map((bytes) => bytes.length))

  const bomb = zlib.gzipSync(Buffer.alloc(50_000_000))
  const options = { name: 'gunzip' }
  await assert.rejects(pool.exec({ data: bomb, maxOutputLength: 1_000_000 }, options), { code: 'ERR_BUFFER_TOO_LARGE' })
  console.log('gunzip', bomb.length, 'bytes of a bomb: refused')
  await pool.close()
}

main()
