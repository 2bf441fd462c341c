'use strict'

// A ring as streams of Node and of the Web. The ring itself is their buffer.

const { MathMax, Uint8Array, whenSettled } = require('../core/primordials')
const { Buffer, getAbortController } = require('../core/platform')
const { Readable, Writable } = require('node:stream')

// The size of one chunk in bytes.
const CHUNK = 65536

const noBytes = { highWaterMark: 0 }

function toReadable (ring, options) {
  const stopped = new (getAbortController())()
  return new Readable({
    ...options,
    read (size) {
      whenSettled(ring.readAsync(MathMax(size, CHUNK), { signal: stopped.signal }),
        bytes => this.push(bytes === null ? null : asBuffer(bytes)),
        error => { if (!stopped.signal.aborted) this.destroy(error) }
      )
    },
    destroy (error, callback) {
      stopped.abort()
      // After a complete read there is nobody left to inform.
      if (error || !this.readableEnded) ring.destroy(error ?? undefined)
      callback(error)
    }
  })
}

function asBuffer (bytes) {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}

function toWritable (ring, options) {
  const stopped = new (getAbortController())()
  const write = (chunk, callback) => {
    whenSettled(ring.writeAsync(chunk, { signal: stopped.signal }), () => callback(), callback)
  }
  return new Writable({
    ...options,
    decodeStrings: true,
    write (chunk, encoding, callback) { write(chunk, callback) },
    final (callback) {
      try {
        ring.end()
        callback()
      } catch (error) {
        callback(error)
      }
    },
    destroy (error, callback) {
      stopped.abort()
      if (error || !ring.ended) ring.destroy(error ?? undefined)
      callback(error)
    }
  })
}

function toReadableStream (ring) {
  const stopped = new (getAbortController())()
  return new ReadableStream({
    type: 'bytes',
    autoAllocateChunkSize: CHUNK,
    async pull (controller) {
      const { byobRequest } = controller
      const { view } = byobRequest
      const count = await ring.readAsync(new Uint8Array(view.buffer, view.byteOffset, view.byteLength), { signal: stopped.signal })
      if (count === null) {
        controller.close()
        byobRequest.respond(0)
      } else {
        byobRequest.respond(count)
      }
    },
    cancel (reason) {
      stopped.abort()
      ring.destroy(reason)
    }
  }, noBytes)
}

function toWritableStream (ring) {
  return new WritableStream({
    write (chunk, controller) { return ring.writeAsync(chunk, { signal: controller.signal }) },
    close () { ring.end() },
    abort (reason) { ring.destroy(reason) }
  })
}

module.exports = { toReadable, toWritable, toReadableStream, toWritableStream }
