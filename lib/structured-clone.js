'use strict'

// The global structuredClone, for values with this package's ports.
// https://html.spec.whatwg.org/multipage/structured-data.html#dom-structuredclone

const { missingArgs } = require('./errors')
const realm = require('./realm')
const { readTransferList } = require('./transfer-list')

/**
 * @param {unknown} value
 * @param {{ transfer?: Iterable<object> }} [options]
 * @throws {DOMException} DataCloneError; then nothing was transferred
 */
function structuredClone (value, options) {
  if (arguments.length === 0) throw missingArgs('value')
  if (options == null) return realm.structuredClone(value)
  const { arrayBuffers, ports } = readTransferList(options.transfer)
  return realm.structuredClone(value, arrayBuffers, ports)
}

module.exports = { structuredClone }
