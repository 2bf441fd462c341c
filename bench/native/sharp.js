'use strict'

// The same work by sharp, the usual package for it, which uses libvips (C).

const { availableParallelism } = require('node:os')
const sharp = require('sharp')

// No cached results of earlier samples.
sharp.cache(false)

// With glibc it is 1, because allocations by several threads fragment memory.
const DEFAULT_THREADS = sharp.concurrency()

/**
 * The numbers of threads that sharp uses for one picture in the measurements: one, its default, and one per processor.
 *
 * @type {{ threads: number, label: string }[]}
 */
const THREADS = [...new Set([1, DEFAULT_THREADS, availableParallelism()])].map((threads) => ({
  threads,
  label: `${threads} ${threads === 1 ? 'thread' : 'threads'}${threads === DEFAULT_THREADS ? ', its default' : ''}`
}))

/**
 * @param {{ data: Uint8Array, width: number, quality: number }} input JPEG
 * @param {{ threads: number, fastShrinkOnLoad?: boolean }} options
 * @returns {Promise<Uint8Array>} JPEG, as isothreads-tasks writes it: a quarter of the colour resolution, without optimised Huffman tables
 */
function resizeFile ({ data, width, quality }, { threads, fastShrinkOnLoad = true }) {
  sharp.concurrency(threads)
  return sharp(data)
    .resize({ width, kernel: 'lanczos3', fastShrinkOnLoad })
    .jpeg({ quality, chromaSubsampling: '4:2:0', optimiseCoding: false })
    .toBuffer()
}

/**
 * @param {{ data: { data: Uint8Array, width: number, height: number }, width: number, height: number, filter: string }} input
 * @param {{ threads: number, channels: 3 | 4 }} options
 * @returns {Promise<Uint8Array>} with the same number of channels
 */
function resizePixels ({ data: { data, ...size }, width, height, filter }, { threads, channels }) {
  sharp.concurrency(threads)
  return sharp(data, { raw: { ...size, channels } }).resize({ width, height, fit: 'fill', kernel: filter }).raw().toBuffer()
}

/**
 * @param {{ data: Uint8Array, width: number, height: number }} picture RGBA
 * @returns {Promise<Uint8Array>} JPEG with a quarter of the colour resolution, as cameras write it
 */
function encodeFile ({ data, ...size }, quality) {
  return sharp(data, { raw: { ...size, channels: 4 } }).removeAlpha().jpeg({ quality, chromaSubsampling: '4:2:0' }).toBuffer()
}

module.exports = { THREADS, encodeFile, resizeFile, resizePixels }
