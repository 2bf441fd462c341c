'use strict'

// Objects of Node's that structured clone carries although V8 does not know them.

// Methods under these symbols mark the classes that Node clones or transfers itself.
const marks = ['messaging_clone_symbol', 'messaging_transfer_symbol']

/** @returns {symbol[]} */
function findCloneSymbols () {
  const prototypes = [Blob.prototype, AbortSignal.prototype, DOMException.prototype]
  const symbols = prototypes.flatMap(prototype => Object.getOwnPropertySymbols(prototype))
  return [...new Set(symbols.filter(symbol => marks.includes(symbol.description)))]
}

/**
 * @param {object} object
 * @returns {object | undefined} what to send in its place; undefined when it cannot be cloned
 */
function takeApart (object) {
  if (object instanceof DOMException) return { message: object.message, name: object.name, stack: object.stack }
}

/** @param {object} parts what takeApart returned */
function putTogether ({ message, name, stack }) {
  const exception = new DOMException(message, name)
  exception.stack = stack
  return exception
}

module.exports = { findCloneSymbols, takeApart, putTogether }
