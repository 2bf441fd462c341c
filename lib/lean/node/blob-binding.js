'use strict'

// Node's binding `blob`: src/node_blob.cc. The bytes are in memory, and never change.

const {
  ArrayBufferIsView, MathMax, MathMin, SafeMap, StringPrototypeLastIndexOf, StringPrototypeSlice, TypedArrayPrototypeSet,
  TypedArrayPrototypeSlice, TypedArrayPrototypeSubarray, Uint8Array, append, isInstance, newList
} = require('../../core/primordials')

const ended = 0
const hasBytes = 1

/** The parts of a blob, in order. Each is read as a whole. */
class Parts {
  constructor (parts) {
    this.parts = parts
  }

  slice (start, end) {
    const parts = newList()
    let at = 0
    for (let index = 0; index < this.parts.length; index++) {
      const part = this.parts[index]
      const from = MathMax(start - at, 0)
      const to = MathMin(end - at, part.length)
      if (from < to) append(parts, TypedArrayPrototypeSubarray(part, from, to))
      at += part.length
    }
    return new Parts(parts)
  }

  getReader () {
    const { parts } = this
    let next = 0
    return {
      pull (callback) {
        if (next === parts.length) return callback(ended)
        callback(hasBytes, TypedArrayPrototypeSlice(parts[next++]).buffer)
      },
      setWakeup () {}
    }
  }
}

function createBlob (sources) {
  const parts = newList()
  for (let index = 0; index < sources.length; index++) {
    const source = sources[index]
    if (isInstance(Parts, source)) {
      for (let at = 0; at < source.parts.length; at++) append(parts, source.parts[at])
    } else if (source.length > 0) {
      append(parts, source)
    }
  }
  return new Parts(parts)
}

function concat (buffers) {
  let length = 0
  for (let index = 0; index < buffers.length; index++) length += buffers[index].byteLength
  const bytes = new Uint8Array(length)
  let at = 0
  for (let index = 0; index < buffers.length; index++) {
    const buffer = buffers[index]
    TypedArrayPrototypeSet(bytes, ArrayBufferIsView(buffer) ? buffer : new Uint8Array(buffer), at)
    at += buffer.byteLength
  }
  return bytes.buffer
}

// For URL.createObjectURL().
const stored = new SafeMap()

const binding = {
  createBlob,
  concat,
  storeDataObject (id, handle, length, type) { stored.set(id, [handle, length, type]) },
  getDataObject: id => stored.get(id),
  revokeObjectURL (href) {
    stored.delete(StringPrototypeSlice(href, StringPrototypeLastIndexOf(href, ':') + 1))
  }
}

module.exports = { binding }
