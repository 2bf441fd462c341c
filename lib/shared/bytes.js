'use strict'

const { ArrayBufferIsView, Uint8Array } = require('../core/primordials')
const { types } = require('../core/platform')
const { invalidArgType } = require('../core/errors')

/**
 * @param {ArrayBufferView | ArrayBuffer | SharedArrayBuffer} value
 * @returns {Uint8Array} over the same memory
 * @throws {TypeError} ERR_INVALID_ARG_TYPE
 */
function bytesOf (value) {
  if (ArrayBufferIsView(value)) {
    return types.isUint8Array(value) ? value : new Uint8Array(value.buffer, value.byteOffset, value.byteLength)
  }
  if (types.isAnyArrayBuffer(value)) return new Uint8Array(value)
  throw invalidArgType('value', 'an instance of ArrayBuffer, SharedArrayBuffer, Buffer, TypedArray, or DataView', value)
}

module.exports = { bytesOf }
