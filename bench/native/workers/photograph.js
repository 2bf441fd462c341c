'use strict'

// The fastest way to scale down a picture in pure JavaScript.

const { parentPort } = require('node:worker_threads')
const jpeg = require('jpeg-js')
const { Pica } = require('pica')

const pica = new Pica({ features: ['js'] })

/** @returns {Promise<Uint8Array>} JPEG */
async function resizeFile ({ data, width, quality }) {
  const { JpegImage } = await import('pdfjs-dist/image_decoders/pdf.image_decoders.mjs')
  const image = new JpegImage()
  image.parse(data)
  const size = { width: image.width, height: image.height }
  const pixels = { data: image.getData({ ...size, forceRGBA: true }), ...size }
  const height = Math.round(size.height * width / size.width)
  const small = await resizePixels({ data: pixels, width, height, filter: 'lanczos3' })
  return jpeg.encode({ data: small, width, height }, quality).data
}

/** @returns {Promise<Uint8Array>} RGBA */
function resizePixels ({ data: { data, width, height }, width: toWidth, height: toHeight, filter }) {
  return pica.resizeBuffer({ src: data, width, height, toWidth, toHeight, filter })
}

parentPort.on('message', async (input) => {
  if (input.filter === undefined) return parentPort.postMessage(await resizeFile(input))
  const pixels = await resizePixels(input)
  parentPort.postMessage(pixels, [pixels.buffer])
})
