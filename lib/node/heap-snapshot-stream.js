'use strict'

const { Uint8Array } = require('../core/primordials')
const { Readable } = require('node:stream')

/** The text of a heap snapshot, which is in memory already. */
class HeapSnapshotStream extends Readable {
  #pieces

  /** @param {ArrayBuffer[]} pieces */
  constructor (pieces) {
    super()
    this.#pieces = pieces
  }

  _read () {
    // All at once: it is in memory in any case, and in Node the first read() returns everything.
    const pieces = this.#pieces
    this.#pieces = []
    for (let index = 0; index < pieces.length; index++) this.push(new Uint8Array(pieces[index]))
    this.push(null)
  }

  _destroy (error, callback) {
    this.#pieces = []
    callback(error)
  }
}

module.exports = { HeapSnapshotStream }
