'use strict'

// https://encoding.spec.whatwg.org/. UTF-8 is decoded here, the other encodings by a crate.

const {
  ArrayBufferIsView, Boolean, ObjectDefineProperty, RangeError, RegExpPrototypeExec, SafeFinalizationRegistry, StringPrototypeIncludes,
  StringPrototypeSlice, StringPrototypeToLowerCase, StringPrototypeToWellFormed, StringPrototypeTrim, SymbolToStringTag, TypeError,
  TypedArrayPrototypeGetBuffer, TypedArrayPrototypeSet, TypedArrayPrototypeSlice, TypedArrayPrototypeSubarray, Uint8Array
} = require('../core/primordials')
const { types } = require('../core/platform')
const { invalidArgType, nodeError } = require('../core/errors')
const { native } = require('../core/realm')

const none = new Uint8Array(0)

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

/** Of streams in the middle of a text in another encoding than UTF-8. */
let forgotten

function closeForgotten (decoder, key) {
  forgotten ??= new SafeFinalizationRegistry(key => require('./node/functions').functions.closeDecoder(key))
  forgotten.register(decoder, key, decoder)
}

class TextDecoder {
  #encoding
  #fatal
  #ignoreBOM
  #rest = none
  #isBOMSeen = false
  // In the middle of a text: the key of its native half.
  #key = undefined

  constructor (label = 'utf-8', options = undefined) {
    this.#encoding = encodingOf(`${label}`)
    if (options !== undefined && options !== null && typeof options !== 'object') {
      throw invalidArgType('options', 'of type object', options)
    }
    this.#fatal = Boolean(options?.fatal)
    this.#ignoreBOM = Boolean(options?.ignoreBOM)
  }

  get encoding () { return this.#encoding }
  get fatal () { return this.#fatal }
  get ignoreBOM () { return this.#ignoreBOM }

  decode (input = undefined, options = undefined) {
    const bytes = bytesOf(input)
    const isStream = Boolean(options?.stream)
    return this.#encoding === 'utf-8' ? this.#decodeUtf8(bytes, isStream) : this.#decodeOther(bytes, isStream)
  }

  #decodeUtf8 (input, isStream) {
    let bytes = this.#joined(input)
    const left = isStream ? incomplete(bytes) : 0
    this.#rest = left > 0 ? TypedArrayPrototypeSlice(bytes, bytes.length - left) : none
    if (left > 0) bytes = TypedArrayPrototypeSlice(bytes, 0, bytes.length - left)
    let text = native.decodeUtf8(TypedArrayPrototypeGetBuffer(bytes))
    if (this.#fatal && StringPrototypeIncludes(text, '\uFFFD') && !isSame(bytes, native.encodeUtf8(text))) {
      this.#rest = none
      throw this.#invalid()
    }
    if (!this.#ignoreBOM && !this.#isBOMSeen && text[0] === '\uFEFF') text = StringPrototypeSlice(text, 1)
    this.#isBOMSeen = isStream && (this.#isBOMSeen || bytes.length > 0)
    return text
  }

  #decodeOther (input, isStream) {
    const { functions } = require('./node/functions')
    const { buffer } = new Uint8Array(input)
    let text
    if (this.#key === undefined && !isStream) {
      text = functions.decodeText(this.#encoding, buffer, this.#fatal, this.#ignoreBOM)
    } else {
      if (this.#key === undefined) {
        this.#key = functions.openDecoder(this.#encoding, this.#ignoreBOM)
        closeForgotten(this, this.#key)
      }
      text = functions.decodeChunk(this.#key, buffer, this.#fatal, !isStream)
      if (!isStream || text === null) {
        functions.closeDecoder(this.#key)
        forgotten.unregister(this)
        this.#key = undefined
      }
    }
    if (text === null) throw this.#invalid()
    return text
  }

  #invalid () {
    return nodeError(TypeError, 'ERR_ENCODING_INVALID_ENCODED_DATA', `The encoded data was not valid for encoding ${this.#encoding}`)
  }

  /** A copy: JavaScript of other threads may write to the input. */
  #joined (input) {
    const bytes = new Uint8Array(this.#rest.length + input.length)
    TypedArrayPrototypeSet(bytes, this.#rest)
    TypedArrayPrototypeSet(bytes, input, this.#rest.length)
    return bytes
  }
}

function encodingOf (label) {
  if (RegExpPrototypeExec(names, StringPrototypeToLowerCase(StringPrototypeTrim(label))) !== null) return 'utf-8'
  const name = require('./node/functions').functions.encodingName(label)
  if (name === null) throw nodeError(RangeError, 'ERR_ENCODING_NOT_SUPPORTED', `The "${label}" encoding is not supported`)
  return name
}

function bytesOf (input) {
  if (input === undefined) return new Uint8Array(0)
  if (types.isAnyArrayBuffer(input)) return new Uint8Array(input)
  if (ArrayBufferIsView(input)) return new Uint8Array(input.buffer, input.byteOffset, input.byteLength)
  throw nodeError(TypeError, 'ERR_INVALID_ARG_TYPE',
    'The "list" argument must be an instance of SharedArrayBuffer, ArrayBuffer or ArrayBufferView.')
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
