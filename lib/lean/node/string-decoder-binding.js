'use strict'

// Node's binding `string_decoder`: src/string_decoder.cc. What is left of a character waits in the decoder's state.

const {
  ArrayBufferIsView, TypedArrayPrototypeFill, TypedArrayPrototypeSet, TypedArrayPrototypeSubarray, Uint8Array
} = require('../../core/primordials')
const { invalidArgType } = require('../../core/errors')
const { base64, base64url, encodings, ucs2, utf8 } = require('./buffer-binding')
const { functions } = require('./functions')

const kIncompleteCharactersStart = 0
const kIncompleteCharactersEnd = 4
const kMissingBytes = 4
const kBufferedBytes = 5
const kEncodingField = 6
const kSize = 7

/** How many bytes at the end are the beginning of a character, and how many it lacks. */
function incomplete (bytes, encoding) {
  const { length } = bytes
  if (encoding === base64 || encoding === base64url) {
    const buffered = length % 3
    return { buffered, missing: buffered === 0 ? 0 : 3 - buffered }
  }
  if (encoding === ucs2) {
    if (length % 2 === 1) return { buffered: isHighSurrogate(bytes, length - 1) ? 3 : 1, missing: 1 }
    return isHighSurrogate(bytes, length) ? { buffered: 2, missing: 2 } : { buffered: 0, missing: 0 }
  }
  for (let back = 1; back <= 4 && back <= length; back++) {
    const byte = bytes[length - back]
    if ((byte & 0xC0) === 0x80) continue
    const size = (byte & 0xE0) === 0xC0 ? 2 : (byte & 0xF0) === 0xE0 ? 3 : (byte & 0xF8) === 0xF0 ? 4 : 1
    return back < size ? { buffered: back, missing: size - back } : { buffered: 0, missing: 0 }
  }
  return { buffered: 0, missing: 0 }
}

// The code unit that ends there.
function isHighSurrogate (bytes, end) {
  return end >= 2 && (bytes[end - 1] & 0xFC) === 0xD8
}

function decode (state, chunk) {
  if (!ArrayBufferIsView(chunk)) throw invalidArgType('buf', 'an instance of Buffer, TypedArray, or DataView', chunk)
  const encoding = state[kEncodingField]
  let bytes = new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.byteLength)
  if (encoding !== utf8 && encoding !== ucs2 && encoding !== base64 && encoding !== base64url) {
    return functions.sliceBytes(bytes, 0, bytes.length, encoding)
  }
  const before = state[kBufferedBytes]
  if (before > 0) {
    const joined = new Uint8Array(before + bytes.length)
    TypedArrayPrototypeSet(joined, TypedArrayPrototypeSubarray(state, 0, before))
    TypedArrayPrototypeSet(joined, bytes, before)
    bytes = joined
  }
  const { buffered, missing } = incomplete(bytes, encoding)
  const end = bytes.length - buffered
  TypedArrayPrototypeFill(state, 0, 0, kIncompleteCharactersEnd)
  TypedArrayPrototypeSet(state, TypedArrayPrototypeSubarray(bytes, end))
  state[kMissingBytes] = missing
  state[kBufferedBytes] = buffered
  return functions.sliceBytes(bytes, 0, end, encoding)
}

function flush (state) {
  const encoding = state[kEncodingField]
  let length = state[kBufferedBytes]
  if (encoding === ucs2 && length % 2 === 1) length--
  state[kMissingBytes] = 0
  state[kBufferedBytes] = 0
  return functions.sliceBytes(state, 0, length, encoding)
}

module.exports = {
  binding: {
    encodings, kIncompleteCharactersStart, kIncompleteCharactersEnd, kMissingBytes, kBufferedBytes, kEncodingField, kSize,
    kNumFields: kSize, decode, flush
  }
}
