'use strict'

const { Uint8Array } = require('../core/primordials')
const { Readable } = require('node:stream')

/** The text of a heap snapshot, which is in memory already. */
class HeapSnapshotStream extends Readable {
  #pieces
  #next = 0

  /** @param {ArrayBuffer[]} pieces */
  constructor (pieces) {
    super()
    this.#pieces = pieces
  }

  _read () {
    const index = this.#next++
    if (index >= this.#pieces.length) {
      this.push(null)
      return
    }
    const piece = this.#pieces[index]
    // Only the reader needs it now.
    this.#pieces[index] = undefined
    this.push(new Uint8Array(piece))
  }

  _destroy (error, callback) {
    this.#pieces = []
    callback(error)
  }
}

module.exports = { HeapSnapshotStream }
