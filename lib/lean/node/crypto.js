'use strict'

// The module `crypto`: what needs neither keys nor OpenSSL.

const {
  ArrayBufferIsView, Error, MathFloor, MathMin, NumberIsSafeInteger, RangeError, ReflectApply, StringPrototypeReplaceAll,
  StringPrototypeToLowerCase, TypedArrayPrototypeSet, Uint8Array, append, newList, uncurryThis
} = require('../../core/primordials')
const { types } = require('../../core/platform')
const { invalidArgType, nodeError } = require('../../core/errors')
const { crypto: webcrypto } = require('../crypto')
const { unsupported } = require('../platform')
const { functions } = require('./functions')
const { process, requireNode } = require('./library')

const { Buffer } = requireNode('buffer')

// Node's names.
const digests = { __proto__: null, sha1: 'SHA-1', sha256: 'SHA-256', sha384: 'SHA-384', sha512: 'SHA-512' }

const bytesToText = uncurryThis(Buffer.prototype.toString)

function viewOf (data, encoding) {
  if (typeof data === 'string') return Buffer.from(data, encoding)
  if (!ArrayBufferIsView(data)) throw invalidArgType('data', 'of type string or an instance of Buffer, TypedArray, or DataView', data)
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
}

function digestOf (algorithm) {
  const name = digests[StringPrototypeReplaceAll(StringPrototypeToLowerCase(`${algorithm}`), '-', '')]
  if (name === undefined) {
    throw unsupported(`The lean runtime has no digest '${algorithm}', only SHA-1 and SHA-2: use a worker with runtime: 'node'`)
  }
  return name
}

class Hash {
  #digest
  #parts
  #isFinished = false

  constructor (digest, parts = newList()) {
    this.#digest = digest
    this.#parts = parts
  }

  update (data, encoding) {
    if (this.#isFinished) throw nodeError(Error, 'ERR_CRYPTO_HASH_FINALIZED', 'Digest already called')
    // A copy: the program may go on to use its buffer.
    append(this.#parts, new Uint8Array(viewOf(data, encoding)))
    return this
  }

  digest (encoding) {
    if (this.#isFinished) throw nodeError(Error, 'ERR_CRYPTO_HASH_FINALIZED', 'Digest already called')
    this.#isFinished = true
    const bytes = Buffer.from(functions.digest(this.#digest, joined(this.#parts).buffer))
    return encoding === undefined || encoding === 'buffer' ? bytes : bytesToText(bytes, encoding)
  }

  copy () {
    if (this.#isFinished) throw nodeError(Error, 'ERR_CRYPTO_HASH_FINALIZED', 'Digest already called')
    const parts = newList()
    append(parts, joined(this.#parts))
    return new Hash(this.#digest, parts)
  }
}

function joined (parts) {
  let length = 0
  for (let index = 0; index < parts.length; index++) length += parts[index].length
  const bytes = new Uint8Array(length)
  for (let index = 0, at = 0; index < parts.length; at += parts[index++].length) TypedArrayPrototypeSet(bytes, parts[index], at)
  return bytes
}

const mostBytes = 2 ** 31 - 1

function outOfRange (name, range, received) {
  return nodeError(RangeError, 'ERR_OUT_OF_RANGE', `The value of "${name}" is out of range. It must be ${range}. Received ${received}`)
}

function checkSize (size, name, least, most) {
  if (typeof size !== 'number') throw invalidArgType(name, 'of type number', size)
  if (!(size >= least && size <= most)) throw outOfRange(name, `>= ${least} && <= ${most}`, size)
}

function randomFillSync (buffer, offset = 0, size = undefined) {
  if (!types.isAnyArrayBuffer(buffer) && !ArrayBufferIsView(buffer)) {
    throw invalidArgType('buf', 'an instance of ArrayBuffer, Buffer, TypedArray, or DataView', buffer)
  }
  const bytes = ArrayBufferIsView(buffer) ? new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.byteLength) : new Uint8Array(buffer)
  checkSize(offset, 'offset', 0, MathMin(bytes.length, mostBytes))
  if (size === undefined) size = bytes.length - offset
  checkSize(size, 'size', 0, mostBytes)
  if (size + offset > bytes.length) throw outOfRange('size + offset', `<= ${bytes.length}`, size + offset)
  // In pieces: the native half has no limit of memory.
  for (let at = 0; at < size; at += 65536) {
    TypedArrayPrototypeSet(bytes, new Uint8Array(functions.randomBytes(MathMin(65536, size - at))), offset + at)
  }
  return buffer
}

/** Gives the result to the callback, if there is one. */
function answer (callback, result) {
  if (typeof callback !== 'function') return result
  process.nextTick(callback, null, result)
}

function randomBytes (size, callback) {
  checkSize(size, 'size', 0, mostBytes)
  return answer(callback, randomFillSync(Buffer.alloc(size)))
}

function randomInt (min, max, callback) {
  if (max === undefined || typeof max === 'function') return randomInt(0, min, max)
  if (!NumberIsSafeInteger(min)) throw invalidArgType('min', 'a safe integer', min)
  if (!NumberIsSafeInteger(max)) throw invalidArgType('max', 'a safe integer', max)
  if (max <= min) throw outOfRange('max', `greater than the value of "min" (${min})`, max)
  const range = max - min
  if (range > 2 ** 48 - 1) throw outOfRange('max - min', `<= ${2 ** 48 - 1}`, range)
  const limit = 2 ** 48 - (2 ** 48 % range)
  for (;;) {
    const number = Buffer.from(functions.randomBytes(6)).readUIntBE(0, 6)
    if (number < limit) return answer(callback, min + MathFloor(number % range))
  }
}

function bytesOf (value, name) {
  if (types.isAnyArrayBuffer(value)) return new Uint8Array(value)
  if (!ArrayBufferIsView(value)) throw invalidArgType(name, 'an instance of ArrayBuffer, Buffer, TypedArray, or DataView', value)
  return new Uint8Array(value.buffer, value.byteOffset, value.byteLength)
}

function timingSafeEqual (a, b) {
  const left = bytesOf(a, 'buf1')
  const right = bytesOf(b, 'buf2')
  if (left.length !== right.length) {
    throw nodeError(RangeError, 'ERR_CRYPTO_TIMING_SAFE_EQUAL_LENGTH', 'Input buffers must have the same byte length')
  }
  let difference = 0
  for (let index = 0; index < left.length; index++) difference |= left[index] ^ right[index]
  return difference === 0
}

const createHash = algorithm => new Hash(digestOf(algorithm))

module.exports = {
  createHash,
  getHashes: () => ['sha1', 'sha256', 'sha384', 'sha512'],
  getRandomValues: array => ReflectApply(webcrypto.getRandomValues, webcrypto, [array]),
  hash: (algorithm, data, encoding = 'hex') => createHash(algorithm).update(data).digest(encoding),
  randomBytes,
  randomFillSync,
  randomInt,
  randomUUID: () => webcrypto.randomUUID(),
  subtle: webcrypto.subtle,
  timingSafeEqual,
  webcrypto
}
