'use strict'

// The same work by sharp, which people use for it: libvips, in C.

const { availableParallelism } = require('node:os')
const sharp = require('sharp')

// No result of an earlier sample.
sharp.cache(false)

// With glibc it is 1, because memory that several threads allocate becomes scattered.
const DEFAULT_THREADS = sharp.concurrency()

/**
 * The numbers of threads to measure, which sharp takes for one picture: one, its default, as many as processors.
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
 * @returns {Promise<Uint8Array>} JPEG, as isothreads-tasks writes it: a quarter of the colour, and no search for better Huffman tables
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
 * @returns {Promise<Uint8Array>} with as many channels
 */
function resizePixels ({ data: { data, ...size }, width, height, filter }, { threads, channels }) {
  sharp.concurrency(threads)
  return sharp(data, { raw: { ...size, channels } }).resize({ width, height, fit: 'fill', kernel: filter }).raw().toBuffer()
}

/**
 * @param {{ data: Uint8Array, width: number, height: number }} picture RGBA
 * @returns {Promise<Uint8Array>} JPEG with a quarter of the colour, as cameras write it
 */
function encodeFile ({ data, ...size }, quality) {
  return sharp(data, { raw: { ...size, channels: 4 } }).removeAlpha().jpeg({ quality, chromaSubsampling: '4:2:0' }).toBuffer()
}

module.exports = { THREADS, encodeFile, resizeFile, resizePixels }
