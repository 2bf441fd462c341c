'use strict'

// Node's own channels, which carry those of core/broadcast-channel.js.

const {
  ArrayBuffer, ArrayBufferPrototypeResize, StringPrototypeIndexOf, StringPrototypeSlice, StringPrototypeToWellFormed, Uint8Array,
  uncurryThis
} = require('../core/primordials')
const { broadcasting } = require('./internals')

const { isTagged, open, listen, receive, post, close, ref, unref } = broadcasting()

/** The name by which Node tells channels apart: it ends at the first NUL, and lone surrogates are all the same. */
function groupOf (name) {
  const end = StringPrototypeIndexOf(name, '\0')
  return StringPrototypeToWellFormed(end < 0 ? name : StringPrototypeSlice(name, 0, end))
}

const length = 8
const buffer = new ArrayBuffer(length, { __proto__: null, maxByteLength: length })

function resizing (length) {
  return {
    get resized () {
      ArrayBufferPrototypeResize(buffer, length)
      return length
    }
  }
}

/**
 * A value that can be posted and never be read: it becomes a `messageerror`. V8 calls the first getter, writes an empty buffer, calls
 * the second one, and writes a view of more bytes than the buffer had. The deserialiser refuses that.
 */
const marker = [resizing(0), buffer, resizing(length), new Uint8Array(buffer, 0, length)]

module.exports = {
  isTagged,
  groupOf,
  marker,
  open,
  listen,
  receive,
  /** The method, which broadcast() calls. */
  post,
  postMessage: uncurryThis(post),
  close,
  ref,
  unref
}
