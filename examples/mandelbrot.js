'use strict'

// Draws a part of the Mandelbrot set in a pool of workers:
//
//   node examples/mandelbrot.js --width 1600 --height 1200 --output mandelbrot.png

const fs = require('node:fs')
const os = require('node:os')
const path = require('node:path')
const { SingleBar } = require('cli-progress')
const { PNG } = require('pngjs')
// In your own program: require('isothreads')
const { WorkerPool } = require('..')
const { readArguments } = require('./arguments')

const usage = `Usage: node examples/mandelbrot.js [options]

  --width N        of the picture in pixels (default: 1600)
  --height N       of the picture in pixels (default: 1200)
  --threads N      how many workers draw it (default: one for each processor)
  --output FILE    the PNG file to write (default: mandelbrot.png)
  --compare        draw it with one thread as well, and compare`

// The centre and the height of the picture. { x: -0.7, y: 0, height: 2.5 } shows the whole set.
const view = { x: -0.74353, y: 0.13138, height: 0.0016 }
const rowsInBand = 16

async function main () {
  const { width, height, threads, output, compare } = readArguments(usage, {
    width: { type: 'string', default: '1600', range: [1, 16384] },
    height: { type: 'string', default: '1200', range: [1, 16384] },
    threads: { type: 'string', default: String(os.availableParallelism()), range: [1, 256] },
    output: { type: 'string', default: 'mandelbrot.png' },
    compare: { type: 'boolean', default: false }
  })
  // Reports an unwritable file before the work starts.
  fs.closeSync(fs.openSync(output, 'a'))

  const { pixels, seconds } = await draw(width, height, threads)
  fs.writeFileSync(output, encode(width, height, pixels))
  console.log(`${output}: ${width} x ${height} pixels`)
  console.log(`${threads} ${threads === 1 ? 'thread' : 'threads'}: ${seconds.toFixed(2)} s`)
  if (!compare) return
  const alone = await draw(width, height, 1)
  console.log(`1 thread: ${alone.seconds.toFixed(2)} s, ${(alone.seconds / seconds).toFixed(2)} times as long`)
}

async function draw (width, height, threads) {
  const begin = performance.now()
  const pixels = new Uint8Array(3 * width * height)
  const pool = new WorkerPool({ filename: path.join(__dirname, 'mandelbrot-worker.js'), maxThreads: threads })
  // Progress is drawn on a terminal only.
  const progress = new SingleBar({ format: '[{bar}] {percentage} %', barsize: 50, clearOnComplete: true, linewrap: true })
  progress.start(height, 0)
  // Bands take different times. Small bands keep all workers busy to the end.
  for await (const { top, rows, buffer } of pool.map(bands(width, height), { ordered: false })) {
    pixels.set(new Uint8Array(buffer), 3 * width * top)
    progress.increment(rows)
  }
  progress.stop()
  await pool.close()
  return { pixels, seconds: (performance.now() - begin) / 1000 }
}

function * bands (width, height) {
  for (let top = 0; top < height; top += rowsInBand) {
    yield { view, width, height, top, rows: Math.min(rowsInBand, height - top) }
  }
}

function encode (width, height, pixels) {
  const rgb = 2
  return PNG.sync.write({ width, height, data: Buffer.from(pixels.buffer) }, { colorType: rgb, inputColorType: rgb, inputHasAlpha: false })
}

main().catch((error) => {
  console.error(error.message)
  process.exitCode = 1
})
