'use strict'

// https://encoding.spec.whatwg.org/, for UTF-8 alone.

const {
  ArrayBufferIsView, Boolean, ObjectDefineProperty, RangeError, RegExpPrototypeExec, StringPrototypeIncludes, StringPrototypeSlice,
  StringPrototypeToLowerCase, StringPrototypeToWellFormed, StringPrototypeTrim, SymbolToStringTag, TypeError, TypedArrayPrototypeGetBuffer,
  TypedArrayPrototypeSet, TypedArrayPrototypeSlice, TypedArrayPrototypeSubarray, Uint8Array
} = require('../core/primordials')
const { types } = require('../core/platform')
const { invalidArgType, nodeError } = require('../core/errors')
const { native } = require('../core/realm')

const names = /^(?:unicode-1-1-utf-8|unicode11utf8|unicode20utf8|utf-?8|x-unicode20utf8)$/

class TextEncoder {
  get encoding () { return 'utf-8' }

  encode (text = '') {
    return new Uint8Array(native.encodeUtf8(StringPrototypeToWellFormed(`${text}`)))
  }

  encodeInto (source, destination) {
    const text = `${source}`
    let bytes = this.encode(text)
    let read = text.length
    if (bytes.length > destination.length) {
      // Whole characters only.
      let end = destination.length
      while (end > 0 && (bytes[end] & 0xC0) === 0x80) end--
      bytes = TypedArrayPrototypeSubarray(bytes, 0, end)
      read = native.decodeUtf8(TypedArrayPrototypeGetBuffer(TypedArrayPrototypeSlice(bytes))).length
    }
    TypedArrayPrototypeSet(destination, bytes)
    return { read, written: bytes.length }
  }
}

/** The number of bytes at the end that may be the beginning of a character. */
function incomplete (bytes) {
  for (let back = 1; back <= 3 && back <= bytes.length; back++) {
    const byte = bytes[bytes.length - back]
    if ((byte & 0xC0) === 0x80) continue
    const length = byte >= 0xF0 && byte < 0xF5 ? 4 : byte >= 0xE0 ? 3 : byte >= 0xC2 ? 2 : 1
    return byte < 0xF5 && length > back ? back : 0
  }
  return 0
}

class TextDecoder {
  #fatal
  #ignoreBOM
  #rest = new Uint8Array(0)
  #isBOMSeen = false

  constructor (label = 'utf-8', options = undefined) {
    if (RegExpPrototypeExec(names, StringPrototypeToLowerCase(StringPrototypeTrim(`${label}`))) === null) {
      throw nodeError(RangeError, 'ERR_ENCODING_NOT_SUPPORTED',
        `The "${label}" encoding is not supported by the lean runtime, which has utf-8`)
    }
    this.#fatal = Boolean(options?.fatal)
    this.#ignoreBOM = Boolean(options?.ignoreBOM)
  }

  get encoding () { return 'utf-8' }
  get fatal () { return this.#fatal }
  get ignoreBOM () { return this.#ignoreBOM }

  decode (input = undefined, options = undefined) {
    const isStream = Boolean(options?.stream)
    let bytes = this.#joined(bytesOf(input))
    const left = isStream ? incomplete(bytes) : 0
    this.#rest = TypedArrayPrototypeSlice(bytes, bytes.length - left)
    if (left > 0) bytes = TypedArrayPrototypeSlice(bytes, 0, bytes.length - left)
    let text = native.decodeUtf8(TypedArrayPrototypeGetBuffer(bytes))
    if (this.#fatal && StringPrototypeIncludes(text, '\uFFFD') && !isSame(bytes, native.encodeUtf8(text))) {
      this.#rest = new Uint8Array(0)
      throw nodeError(TypeError, 'ERR_ENCODING_INVALID_ENCODED_DATA', 'The encoded data was not valid for encoding utf-8')
    }
    if (!this.#ignoreBOM && !this.#isBOMSeen && text[0] === '\uFEFF') text = StringPrototypeSlice(text, 1)
    this.#isBOMSeen = isStream && (this.#isBOMSeen || bytes.length > 0)
    return text
  }

  /** A copy: JavaScript of other threads may write to the input. */
  #joined (input) {
    const bytes = new Uint8Array(this.#rest.length + input.length)
    TypedArrayPrototypeSet(bytes, this.#rest)
    TypedArrayPrototypeSet(bytes, input, this.#rest.length)
    return bytes
  }
}

function bytesOf (input) {
  if (input === undefined) return new Uint8Array(0)
  if (types.isAnyArrayBuffer(input)) return new Uint8Array(input)
  if (ArrayBufferIsView(input)) return new Uint8Array(input.buffer, input.byteOffset, input.byteLength)
  throw invalidArgType('list', 'an instance of SharedArrayBuffer, ArrayBuffer or ArrayBufferView', input)
}

function isSame (bytes, buffer) {
  const others = new Uint8Array(buffer)
  if (others.length !== bytes.length) return false
  for (let index = 0; index < bytes.length; index++) if (bytes[index] !== others[index]) return false
  return true
}

ObjectDefineProperty(TextEncoder.prototype, SymbolToStringTag, { __proto__: null, value: 'TextEncoder', configurable: true })
ObjectDefineProperty(TextDecoder.prototype, SymbolToStringTag, { __proto__: null, value: 'TextDecoder', configurable: true })

module.exports = { TextDecoder, TextEncoder }
