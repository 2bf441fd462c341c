'use strict'

// Scales down a large photograph, as a file and as pixels.

const { once } = require('node:events')
const jpeg = require('jpeg-js')
const { PHOTOGRAPH } = require('./files')
const { check } = require('./measure')
const { makePhoto } = require('./photo')

const NAME = 'isothreads-tasks'
const WIDTH = 800
const QUALITY = 80
// The allowed mean difference from pica's result, of 255. It is larger for files, which were JPEG-encoded twice.
const ALIKE = { pixels: 1, file: 3 }

/** @param {import('./measure').Context} context */
async function open ({ ours, node, quick }) {
  let library
  let sharp
  try {
    library = require('../../tasks').library
    sharp = require('./sharp')
  } catch (error) {
    return { cases: [], note: `No photograph: isothreads-tasks or sharp is missing: ${error.message.split('\n')[0]}` }
  }
  const photo = quick ? makePhoto(2000, 1500) : makePhoto(4000, 3000)
  const opaque = { ...photo, data: withoutAlpha(photo.data) }
  const files = {
    'all of the colour': new Uint8Array(jpeg.encode(photo, 90).data),
    'a quarter of it': await sharp.encodeFile(photo, 90)
  }
  const height = WIDTH * photo.height / photo.width
  const megapixels = `${photo.width * photo.height / 1e6} megapixels`

  const pool = new ours.api.WorkerPool(library, 1)
  const worker = new node.api.Worker(PHOTOGRAPH)
  const inRust = async (input, transferList) => (await pool.exec(input, { name: 'resize', transferList })).data
  const inJavaScript = async (input, transferList) => {
    const answered = once(worker, 'message')
    worker.postMessage(input, transferList)
    return (await answered)[0]
  }
  const references = {}
  for (const filter of ['lanczos3', 'box']) references[filter] = await inJavaScript({ data: photo, width: WIDTH, height, filter })

  const checkPixels = (pixels, filter, atMost) => {
    const channels = pixels.length / (WIDTH * height)
    check(channels === 3 || channels === 4, true)
    const difference = meanDifference(references[filter], pixels, channels)
    if (!(difference <= atMost)) throw new Error(`The picture differs by ${difference} on average`)
  }
  const ofFile = (run, data) => timed(() => run({ data, width: WIDTH, quality: QUALITY }), (bytes) => {
    const small = jpeg.decode(bytes, { useTArray: true })
    check(`${small.width} x ${small.height}`, `${WIDTH} x ${height}`)
    checkPixels(small.data, 'lanczos3', ALIKE.file)
  })
  const ofPixels = (run, filter, picture = photo) => () => {
    // Transferred buffers are detached afterwards.
    const data = picture.data.slice()
    const input = { data: { ...picture, data }, width: WIDTH, height, filter }
    return timed(() => run(input, [data.buffer]), (pixels) => checkPixels(pixels, filter, ALIKE.pixels))()
  }
  const inSharp = (run, options) => (input) => run(input, options)
  return {
    cases: [
      ...Object.entries(files).map(([colour, data]) => ({
        name: `photograph, ${megapixels}, ${colour}`,
        unit: 'ms',
        contenders: [
          { name: NAME, run: ofFile(inRust, data) },
          ...sharp.THREADS.map(({ threads, label }) => ({
            name: `sharp, ${label}`,
            run: ofFile(inSharp(sharp.resizeFile, { threads }), data)
          })),
          {
            name: 'sharp, 1 thread, no fastShrinkOnLoad',
            run: ofFile(inSharp(sharp.resizeFile, { threads: 1, fastShrinkOnLoad: false }), data)
          },
          { name: 'JavaScript: pdfjs-dist, pica, jpeg-js', run: ofFile(inJavaScript, data) }
        ]
      })),
      ...['lanczos3', 'box'].map((filter) => ({
        name: `resized only, ${filter}`,
        unit: 'ms',
        contenders: [
          { name: NAME, run: ofPixels(inRust, filter) },
          // sharp has no box filter.
          ...filter === 'box' ? [] : sharp.THREADS.flatMap(({ threads, label }) => [
            { name: `sharp, ${label}`, run: ofPixels(inSharp(sharp.resizePixels, { threads, channels: 4 }), filter) },
            { name: `sharp, ${label}, RGB`, run: ofPixels(inSharp(sharp.resizePixels, { threads, channels: 3 }), filter, opaque) }
          ]),
          { name: 'JavaScript: pica', run: ofPixels(inJavaScript, filter) }
        ]
      }))
    ],
    close: () => Promise.all([pool.destroy(), worker.terminate()])
  }
}

/** @returns {() => Promise<number>} takes a sample; the result is checked after the measurement */
function timed (run, check) {
  return async () => {
    const begin = performance.now()
    const answer = await run()
    const elapsed = performance.now() - begin
    check(answer)
    return elapsed
  }
}

function withoutAlpha (pixels) {
  const rgb = new Uint8Array(pixels.length / 4 * 3)
  for (let from = 0, to = 0; from < pixels.length; from += 4, to += 3) {
    for (let channel = 0; channel < 3; channel++) rgb[to + channel] = pixels[from + channel]
  }
  return rgb
}

/** Compares the colours of RGBA pixels and of pixels with this number of channels. */
function meanDifference (expected, actual, channels) {
  const pixels = expected.length / 4
  let sum = 0
  for (let pixel = 0; pixel < pixels; pixel++) {
    for (let channel = 0; channel < 3; channel++) sum += Math.abs(expected[pixel * 4 + channel] - actual[pixel * channels + channel])
  }
  return sum / (pixels * 3)
}

module.exports = { open }
