'use strict'

// The least that makes a PNG file: see https://www.w3.org/TR/png-3/

const { deflateSync } = require('node:zlib')

const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a])

/**
 * @param {number} width
 * @param {number} height
 * @param {Uint8Array} pixels red, green and blue of each, row by row
 * @returns {Buffer}
 */
function encodePng (width, height, pixels) {
  const header = Buffer.alloc(13)
  header.writeUInt32BE(width, 0)
  header.writeUInt32BE(height, 4)
  // 8 bits for each of three colours; the rest is 0.
  header.set([8, 2], 8)
  return Buffer.concat([
    signature,
    chunk('IHDR', header),
    chunk('IDAT', deflateSync(filtered(width * 3, height, pixels), { level: 9 })),
    chunk('IEND', Buffer.alloc(0))
  ])
}

// Differences to the average of the pixels above and to the left deflate far better than the pixels.
function filtered (stride, height, pixels) {
  const rows = Buffer.alloc((stride + 1) * height)
  for (let y = 0; y < height; y++) {
    const row = y * (stride + 1)
    rows[row] = 3
    for (let x = 0; x < stride; x++) {
      const here = y * stride + x
      const left = x < 3 ? 0 : pixels[here - 3]
      const above = y === 0 ? 0 : pixels[here - stride]
      rows[row + 1 + x] = pixels[here] - ((left + above) >> 1)
    }
  }
  return rows
}

function chunk (type, data) {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data])
  const length = Buffer.alloc(4)
  length.writeUInt32BE(data.length)
  const checksum = Buffer.alloc(4)
  checksum.writeUInt32BE(crc32(body))
  return Buffer.concat([length, body, checksum])
}

// zlib.crc32() is there from Node 22 on only.
const crcTable = Int32Array.from({ length: 256 }, (_, byte) => {
  for (let bit = 0; bit < 8; bit++) byte = byte & 1 ? (byte >>> 1) ^ 0xedb88320 : byte >>> 1
  return byte
})

function crc32 (bytes) {
  let crc = -1
  for (const byte of bytes) crc = crcTable[(crc ^ byte) & 0xff] ^ (crc >>> 8)
  return ~crc >>> 0
}

module.exports = { encodePng }
