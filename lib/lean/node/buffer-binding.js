'use strict'

// Node's binding `buffer`: src/node_buffer.cc

const {
  ArrayBuffer, ArrayBufferIsView, MathMin, RegExpPrototypeExec, StringPrototypeToLowerCase, TypedArrayPrototypeFill, TypedArrayPrototypeSet,
  TypedArrayPrototypeSubarray, Uint8Array, uncurryThis
} = require('../../core/primordials')
const { nodeMajor } = require('../host')
const { functions } = require('./functions')

// Node's enum encoding.
const encodings = ['ascii', 'utf8', 'base64', 'utf16le', 'latin1', 'hex', 'buffer', 'base64url']
const codePointAt = uncurryThis(''.codePointAt)

const ascii = 0
const utf8 = 1
const base64 = 2
const ucs2 = 3
const latin1 = 4
const hex = 5
const base64url = 7

function encodingOf (name) {
  switch (StringPrototypeToLowerCase(`${name ?? 'utf8'}`)) {
    case 'ascii': return ascii
    case 'base64': return base64
    case 'base64url': return base64url
    case 'ucs2': case 'ucs-2': case 'utf16le': case 'utf-16le': return ucs2
    case 'latin1': case 'binary': return latin1
    case 'hex': return hex
    default: return utf8
  }
}

// Node calls these as methods in some versions, and with the buffer as the first argument in others.
function slicer (encoding) {
  return function (buffer, start, end) {
    return ArrayBufferIsView(this)
      ? functions.sliceBytes(this, buffer, start, encoding)
      : functions.sliceBytes(buffer, start, end, encoding)
  }
}

function writer (encoding) {
  return function (buffer, text, offset, length) {
    return ArrayBufferIsView(this)
      ? write(this, buffer, text, offset, encoding)
      : write(buffer, text, offset, length, encoding)
  }
}

function write (buffer, text, offset = 0, length = undefined, encoding) {
  if (typeof text !== 'string') throw require('../../core/errors').invalidArgType('argument', 'of type string', text)
  return functions.write(buffer, text, offset, length, encoding)
}

/** The bytes of a text, in an array of their own. */
function bytesOf (text, encoding) {
  const room = new Uint8Array(encoding === utf8 ? functions.utf8Length(text) : encoding === ucs2 ? text.length * 2 : text.length)
  return TypedArrayPrototypeSubarray(room, 0, functions.write(room, text, 0, room.length, encoding))
}

function fill (buffer, value, start, end, encoding) {
  if (start > end || end > buffer.length || start < 0) return -2
  if (start === end) return undefined
  if (typeof value === 'number' || typeof value === 'boolean') {
    TypedArrayPrototypeFill(buffer, value & 255, start, end)
    return undefined
  }
  const pattern = typeof value === 'string' ? bytesOf(value, encodingOf(encoding)) : viewOf(value)
  if (pattern.length === 0) return -1
  const room = TypedArrayPrototypeSubarray(buffer, start, end)
  TypedArrayPrototypeSet(room, TypedArrayPrototypeSubarray(pattern, 0, MathMin(pattern.length, room.length)))
  for (let filled = pattern.length; filled < room.length; filled *= 2) {
    TypedArrayPrototypeSet(room, TypedArrayPrototypeSubarray(room, 0, MathMin(filled, room.length - filled)), filled)
  }
  return undefined
}

/** Where the search begins; -1 when nothing can be found. */
function startOf (length, offset, needleLength, isForward) {
  if (offset < 0) {
    if (offset + length >= 0) return length + offset
    return isForward || needleLength === 0 ? 0 : -1
  }
  if (offset + needleLength <= length) return offset
  if (needleLength === 0) return length
  return isForward ? -1 : length - 1
}

function indexOf (buffer, needle, offset, step, isForward) {
  const { byteLength } = buffer
  const start = startOf(byteLength, offset, needle.length, isForward)
  if (needle.length === 0) return start
  if (start <= -1 || byteLength === 0 || needle.length > byteLength || (isForward && needle.length + start > byteLength)) return -1
  if (step === 2 && (byteLength < 2 || needle.length < 2)) return -1
  // Before Node 26 the search begins at the character in whose middle the offset is.
  return functions.findBytes(buffer, needle, nodeMajor < 26 ? start - start % step : start, step, isForward)
}

function swap (width) {
  return buffer => {
    for (let index = 0; index + width <= buffer.length; index += width) {
      for (let low = index, high = index + width - 1; low < high; low++, high--) {
        const byte = buffer[low]
        buffer[low] = buffer[high]
        buffer[high] = byte
      }
    }
    return buffer
  }
}

function viewOf (value) {
  return ArrayBufferIsView(value) ? new Uint8Array(value.buffer, value.byteOffset, value.byteLength) : new Uint8Array(value)
}

function isAscii (value) {
  const bytes = viewOf(value)
  for (let index = 0; index < bytes.length; index++) if (bytes[index] > 127) return false
  return true
}

function isUtf8 (value) {
  const bytes = new Uint8Array(viewOf(value))
  return functions.decodeText('utf-8', bytes.buffer, true, true) !== null
}

/** Between the encodings that buffer.transcode() knows; a number for an error of ICU. */
function transcode (Buffer, source, from, to) {
  const text = functions.sliceBytes(source, 0, source.length, encodingOf(from))
  const target = encodingOf(to)
  if (target === ucs2 || target === utf8) return Buffer.from(text, encodings[target])
  const most = target === ascii ? 127 : 255
  const bytes = Buffer.alloc(text.length)
  let length = 0
  for (let index = 0; index < text.length; index++) {
    const code = codePointAt(text, index)
    if (code > 0xFFFF) index++
    bytes[length++] = code > most ? 63 : code
  }
  return TypedArrayPrototypeSubarray(bytes, 0, length)
}

// A method of a receiver and a length counts from the receiver's start.
function compareOffset (source, target, targetStart, sourceStart, targetEnd, sourceEnd) {
  const a = TypedArrayPrototypeSubarray(viewOf(source), sourceStart, sourceEnd)
  return functions.compare(a, TypedArrayPrototypeSubarray(viewOf(target), targetStart, targetEnd))
}

const binding = {
  kMaxLength: functions.kMaxLength,
  kStringMaxLength: functions.kStringMaxLength,
  asciiSlice: slicer(ascii),
  base64Slice: slicer(base64),
  base64urlSlice: slicer(base64url),
  latin1Slice: slicer(latin1),
  hexSlice: slicer(hex),
  ucs2Slice: slicer(ucs2),
  utf8Slice: slicer(utf8),
  base64Write: writer(base64),
  base64urlWrite: writer(base64url),
  hexWrite: writer(hex),
  ucs2Write: writer(ucs2),
  asciiWriteStatic: writer(latin1),
  latin1WriteStatic: writer(latin1),
  utf8WriteStatic: writer(utf8),
  byteLengthUtf8: functions.utf8Length,
  stringLengthUtf8: bytes => functions.sliceBytes(viewOf(bytes), undefined, undefined, utf8).length,
  copy: functions.copy,
  copyArrayBuffer (target, targetStart, source, sourceStart, length) {
    functions.copy(source, target, targetStart, sourceStart, length)
  },
  compare: functions.compare,
  compareOffset,
  fill,
  indexOfString: (buffer, text, offset, encoding, isForward) =>
    indexOf(buffer, bytesOf(text, encoding), offset, encoding === ucs2 ? 2 : 1, isForward),
  indexOfBuffer: (buffer, other, offset, encoding, isForward) =>
    indexOf(buffer, viewOf(other), offset, encoding === ucs2 ? 2 : 1, isForward),
  indexOfNumber: (buffer, number, offset, isForward) => indexOf(buffer, new Uint8Array([number]), offset, 1, isForward),
  isAscii,
  isLatin1: () => true,
  isUtf8,
  swap16: swap(2),
  swap32: swap(4),
  swap64: swap(8),
  createUnsafeArrayBuffer: length => new ArrayBuffer(length),
  arrayBufferAlignedOffset: () => 0,
  setDetachKey () {},
  // -2: an invalid character; -1: a length that no text has
  atob (text) {
    try {
      return require('../base64').atob(text)
    } catch {
      return RegExpPrototypeExec(/[^A-Za-z0-9+/=\s]/, text) === null ? -1 : -2
    }
  },
  // -1: an invalid character
  btoa (text) {
    try {
      return require('../base64').btoa(text)
    } catch {
      return -1
    }
  }
}

module.exports = { binding, encodings, encodingOf, transcode, utf8, ucs2, base64, base64url }
