'use strict'

// The global structuredClone, for values with this package's ports.
// https://html.spec.whatwg.org/multipage/structured-data.html#dom-structuredclone

const { isRefusalOfObject, missingArgs } = require('./errors')
const { nodeStructuredClone } = require('./node')
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
    // Blobs, streams and their like are known to Node's function only, our ports to ours only.
    if (!isRefusalOfObject(error)) throw error
    return nodeStructuredClone(value, options)
  }
}

module.exports = { structuredClone }
