'use strict'

// The global structuredClone, for values with this package's ports, and what may not be cloned.
// https://html.spec.whatwg.org/multipage/structured-data.html#dom-structuredclone

const { isRefusalOfObject, missingArgs } = require('./errors')
const platform = require('./platform')
const realm = require('./realm')
const { readTransferList } = require('./transfer-list')

/**
 * @param {unknown} value
 * @param {{ transfer?: Iterable<object> }} [options]
 * @throws {DOMException} DataCloneError; then nothing was transferred
 */
function structuredClone (value, options) {
  if (arguments.length === 0) throw missingArgs('value')
  try {
    const { arrayBuffers, ports } = readTransferList(options?.transfer)
    return realm.structuredClone(value, arrayBuffers, ports)
  } catch (error) {
    // Blobs, streams and their like are known to the host's function only, our ports to ours only.
    if (!isRefusalOfObject(error)) throw error
    return platform.hostStructuredClone(value, options)
  }
}

/**
 * Messages with `object` in them are refused from now on, with a DataCloneError. Does nothing for
 * what is not an object, and for arrays and buffers, as in Node. Node 22 and later.
 * @param {object} object
 */
function markAsUncloneable (object) {
  if ((typeof object !== 'object' && typeof object !== 'function') || object === null) return
  realm.markAsUncloneable(object)
  platform.markAsUncloneable(object)
}

module.exports = { structuredClone, markAsUncloneable }
