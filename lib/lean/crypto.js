'use strict'

// https://w3c.github.io/webcrypto/: random values and digests.

const {
  ArrayBufferIsView, ObjectDefineProperties, ObjectDefineProperty, StringPrototypeToLowerCase, SymbolToStringTag, TypeError,
  TypedArrayPrototypeGetSymbolToStringTag, TypedArrayPrototypeSet, Uint8Array
} = require('../core/primordials')
const { domException, invalidArgType, missingArgs, nodeError } = require('../core/errors')
const { types } = require('../core/platform')
const { functions } = require('./node/functions')
const { unsupported } = require('./platform')

const hexDigits = '0123456789abcdef'
const mostRandomBytes = 65536
let isCreating = false

function refuseConstruction () {
  if (!isCreating) throw nodeError(TypeError, 'ERR_ILLEGAL_CONSTRUCTOR', 'Illegal constructor')
}

function isIntegerArray (value) {
  const tag = ArrayBufferIsView(value) ? TypedArrayPrototypeGetSymbolToStringTag(value) : undefined
  return tag !== undefined && tag !== 'Float16Array' && tag !== 'Float32Array' && tag !== 'Float64Array'
}

class Crypto {
  constructor () { refuseConstruction() }

  get subtle () {
    return subtle
  }

  getRandomValues (array) {
    if (arguments.length === 0) throw missingArgs('array')
    if (!isIntegerArray(array)) {
      throw domException('The data argument must be an integer-type TypedArray', 'TypeMismatchError')
    }
    if (array.byteLength > mostRandomBytes) {
      throw domException('The requested length exceeds 65,536 bytes', 'QuotaExceededError')
    }
    const bytes = new Uint8Array(array.buffer, array.byteOffset, array.byteLength)
    TypedArrayPrototypeSet(bytes, new Uint8Array(functions.randomBytes(array.byteLength)))
    return array
  }

  randomUUID () {
    const bytes = new Uint8Array(functions.randomBytes(16))
    bytes[6] = (bytes[6] & 0x0F) | 0x40
    bytes[8] = (bytes[8] & 0x3F) | 0x80
    let text = ''
    for (let index = 0; index < 16; index++) {
      if (index === 4 || index === 6 || index === 8 || index === 10) text += '-'
      text += hexDigits[bytes[index] >> 4] + hexDigits[bytes[index] & 15]
    }
    return text
  }
}

// By the name in lower case.
const digests = { __proto__: null, 'sha-1': 'SHA-1', 'sha-256': 'SHA-256', 'sha-384': 'SHA-384', 'sha-512': 'SHA-512' }

class SubtleCrypto {
  constructor () { refuseConstruction() }

  async digest (algorithm, data) {
    if (arguments.length < 2) throw missingArgs('algorithm" and "data')
    const given = typeof algorithm === 'object' && algorithm !== null ? algorithm.name : algorithm
    const name = digests[StringPrototypeToLowerCase(`${given}`)]
    if (name === undefined) throw domException('Unrecognized algorithm name', 'NotSupportedError')
    if (!types.isAnyArrayBuffer(data) && !ArrayBufferIsView(data)) {
      throw invalidArgType('data', 'an instance of ArrayBuffer, Buffer, TypedArray, or DataView', data)
    }
    const bytes = ArrayBufferIsView(data) ? new Uint8Array(data.buffer, data.byteOffset, data.byteLength) : new Uint8Array(data)
    // A copy: JavaScript of other threads may write to the input.
    return functions.digest(name, new Uint8Array(bytes).buffer)
  }
}

// What needs keys.
const missing = [
  'encrypt', 'decrypt', 'sign', 'verify', 'generateKey', 'deriveKey', 'deriveBits', 'importKey', 'exportKey', 'wrapKey', 'unwrapKey'
]
for (let index = 0; index < missing.length; index++) {
  const name = missing[index]
  const value = async function () {
    throw unsupported(`The lean runtime has no crypto.subtle.${name}(): use a worker with runtime: 'node'`)
  }
  ObjectDefineProperty(value, 'name', { __proto__: null, value: name })
  ObjectDefineProperty(SubtleCrypto.prototype, name, { __proto__: null, value, writable: true, configurable: true, enumerable: true })
}

class CryptoKey {
  constructor () { refuseConstruction() }
}

const enumerable = { __proto__: null, enumerable: true }
ObjectDefineProperties(Crypto.prototype, {
  [SymbolToStringTag]: { __proto__: null, value: 'Crypto', configurable: true },
  subtle: enumerable,
  getRandomValues: enumerable,
  randomUUID: enumerable
})
ObjectDefineProperties(SubtleCrypto.prototype, {
  [SymbolToStringTag]: { __proto__: null, value: 'SubtleCrypto', configurable: true },
  digest: enumerable
})

isCreating = true
const crypto = new Crypto()
const subtle = new SubtleCrypto()
isCreating = false

module.exports = { Crypto, CryptoKey, SubtleCrypto, crypto }
