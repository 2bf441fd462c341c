'use strict'

// The global structuredClone for values that contain this package's ports, and the mark for values that must not be cloned.
// https://html.spec.whatwg.org/multipage/structured-data.html#dom-structuredclone

const { SymbolIterator } = require('./primordials')
const { isRefusalOfObject, missingArgs } = require('./errors')
const platform = require('./platform')
const realm = require('./realm')
const { isObject, readTransferList } = require('./transfer-list')

/**
 * @param {unknown} value
 * @param {{ transfer?: Iterable<object> }} [options]
 * @throws {DOMException} DataCloneError; nothing has been transferred then
 */
function structuredClone (value, options) {
  if (arguments.length === 0) throw missingArgs('value')
  const transfer = transferOf(options)
  try {
    const { arrayBuffers, ports } = readTransferList(transfer)
    return realm.structuredClone(value, arrayBuffers, ports)
  } catch (error) {
    // Only the host's function can clone Blobs, streams and the like. Only ours can clone our ports.
    if (!isRefusalOfObject(error)) throw error
    return platform.hostStructuredClone(value, { __proto__: null, transfer })
  }
}

// The host throws its errors for options that are no dictionary, and for a list that is no sequence.
function transferOf (options) {
  if (options === undefined || options === null) return undefined
  if (!isObject(options)) return platform.hostStructuredClone(undefined, options)
  const { transfer } = options
  if (transfer === undefined || (isObject(transfer) && typeof transfer[SymbolIterator] === 'function')) return transfer
  return platform.hostStructuredClone(undefined, { __proto__: null, transfer })
}

/**
 * Makes postMessage refuse messages that contain `object`, with a DataCloneError. As in Node, does nothing for values other than
 * objects, and for arrays and buffers. Node 22 and later.
 * @param {object} object
 */
function markAsUncloneable (object) {
  if (!isObject(object)) return
  realm.markAsUncloneable(object)
  platform.markAsUncloneable(object)
}

module.exports = { structuredClone, markAsUncloneable }
