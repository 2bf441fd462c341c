'use strict'

// A large photograph is made smaller, as a file and as pixels.

const { once } = require('node:events')
const jpeg = require('jpeg-js')
const { PHOTOGRAPH } = require('./files')
const { check } = require('./measure')
const { makePhoto } = require('./photo')

const NAME = 'isothreads-tasks'
const WIDTH = 800
const QUALITY = 80
// Of 255; rounding differs.
const SAME_COLOUR = 2

/** @param {import('./measure').Context} context */
async function open ({ ours, node, quick }) {
  let library
  try {
    library = require('../../tasks').library
  } catch (error) {
    return { cases: [], note: `No photograph: isothreads-tasks is not there: ${error.message.split('\n')[0]}` }
  }
  const photo = quick ? makePhoto(2000, 1500) : makePhoto(4000, 3000)
  const file = new Uint8Array(jpeg.encode(photo, 90).data)
  const height = WIDTH * photo.height / photo.width
  const expected = meanColour(photo.data)
  const megapixels = `${photo.width * photo.height / 1e6} megapixels`

  const pool = new ours.api.WorkerPool(library, 1)
  const worker = new node.api.Worker(PHOTOGRAPH)
  const inRust = async (input, transferList) => (await pool.exec(input, { name: 'resize', transferList })).data
  const inJavaScript = async (input, transferList) => {
    const answered = once(worker, 'message')
    worker.postMessage(input, transferList)
    return (await answered)[0]
  }

  const checkPixels = (pixels) => {
    check(pixels.length, WIDTH * height * 4)
    const colour = meanColour(pixels)
    const isSame = colour.every((value, channel) => Math.abs(value - expected[channel]) <= SAME_COLOUR)
    if (!isSame) throw new Error(`The mean colour was ${colour} and not ${expected}`)
  }
  const ofFile = (run) => timed(() => run({ data: file, width: WIDTH, quality: QUALITY }), (bytes) => {
    const small = jpeg.decode(bytes, { useTArray: true })
    check(`${small.width} x ${small.height}`, `${WIDTH} x ${height}`)
    checkPixels(small.data)
  })
  const ofPixels = (run, filter) => () => {
    // What is transferred is gone afterwards.
    const data = photo.data.slice()
    const input = { data: { ...photo, data }, width: WIDTH, height, filter }
    return timed(() => run(input, [data.buffer]), checkPixels)()
  }
  return {
    cases: [
      {
        name: `photograph, ${megapixels}`,
        unit: 'ms',
        contenders: [
          { name: NAME, run: ofFile(inRust) },
          { name: 'JavaScript: pdfjs-dist, pica, jpeg-js', run: ofFile(inJavaScript) }
        ]
      },
      ...['lanczos3', 'box'].map((filter) => ({
        name: `resized only, ${filter}`,
        unit: 'ms',
        contenders: [
          { name: NAME, run: ofPixels(inRust, filter) },
          { name: 'JavaScript: pica', run: ofPixels(inJavaScript, filter) }
        ]
      }))
    ],
    close: () => Promise.all([pool.destroy(), worker.terminate()])
  }
}

/** @returns {() => Promise<number>} a sample; the answer is checked when the time is taken */
function timed (run, check) {
  return async () => {
    const begin = performance.now()
    const answer = await run()
    const elapsed = performance.now() - begin
    check(answer)
    return elapsed
  }
}

function meanColour (pixels) {
  const sums = [0, 0, 0]
  for (let at = 0; at < pixels.length; at += 4) {
    for (let channel = 0; channel < 3; channel++) sums[channel] += pixels[at + channel]
  }
  return sums.map((sum) => sum / (pixels.length / 4))
}

module.exports = { open }
