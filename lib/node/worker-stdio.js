'use strict'

// Standard streams of a worker: what it writes travels to its parent among its messages, so that
// nothing is lost or overtaken at its end, and the parent decides where it goes.
// https://nodejs.org/api/worker_threads.html#workerstdout

const { ArrayPrototypeForEach, ArrayPrototypeMap, append, newList } = require('../core/primordials')
const { process } = require('./internals')
const { Readable, Writable } = require('node:stream')

/** The end that is written to: stdout and stderr in the worker, stdin in the parent. */
class WritableStdio extends Writable {
  sendChunks
  ahead
  unread = 0
  setWaiting
  callbacks = newList()

  /**
   * @param {(chunks: { chunk: unknown, encoding: string }[]) => void} send
   * @param {(waiting: boolean) => void} [setWaiting] whether the event loop is to stay alive for it
   * @param {number} [ahead] length of what is sent before the reader has asked for it
   */
  constructor (send, setWaiting = () => {}, ahead = 0) {
    super({ __proto__: null, decodeStrings: false })
    this.sendChunks = send
    this.ahead = ahead
    this.setWaiting = setWaiting
  }

  _writev (chunks, callback) {
    this.sendChunks(ArrayPrototypeMap(chunks, ({ chunk, encoding }) => ({ chunk, encoding })))
    for (let index = 0; index < chunks.length; index++) this.unread += chunks[index].chunk.length
    if (process._exiting || this.unread <= this.ahead) return callback()
    append(this.callbacks, callback)
    if (this.callbacks.length === 1) this.setWaiting(true)
  }

  _final (callback) {
    this.sendChunks([{ chunk: null, encoding: '' }])
    callback()
  }

  /** The reader has room again. */
  release () {
    this.unread = 0
    const callbacks = this.callbacks
    if (callbacks.length === 0) return
    this.callbacks = newList()
    this.setWaiting(false)
    ArrayPrototypeForEach(callbacks, callback => callback())
  }
}

/** The end that is read from. */
class ReadableStdio extends Readable {
  wantMore

  /** @param {() => void} wantMore called whenever there is room */
  constructor (wantMore) {
    super()
    this.wantMore = wantMore
  }

  _read () {
    this.wantMore()
  }

  pushChunks (chunks) {
    ArrayPrototypeForEach(chunks, ({ chunk, encoding }) => this.push(chunk, encoding))
  }

  /** No more will come. */
  finish () {
    if (!this.readableEnded) this.push(null)
  }
}

/**
 * A worker's stdin. What arrives before it is read is kept aside: in the stream's own buffer it would
 * have the stream ask for more, and a worker that reads nothing would never end.
 */
class WorkerStdin extends ReadableStdio {
  setWaiting
  // null once somebody reads.
  early = newList()

  /**
   * @param {() => void} wantMore
   * @param {(waiting: boolean) => void} setWaiting whether the event loop is to stay alive for it
   */
  constructor (wantMore, setWaiting) {
    super(wantMore)
    this.setWaiting = setWaiting
    this.once('close', () => this.early === null && setWaiting(false))
  }

  _read () {
    if (this.early !== null) {
      const { early } = this
      this.early = null
      this.setWaiting(true)
      super.pushChunks(early)
    }
    super._read()
  }

  pushChunks (chunks) {
    if (this.early === null) super.pushChunks(chunks)
    else ArrayPrototypeForEach(chunks, chunk => append(this.early, chunk))
  }
}

/** Pipes without counting as a leak of listeners when many workers share one stream. */
function pipeQuietly (source, destination) {
  const limits = [source.getMaxListeners(), destination.getMaxListeners()]
  source.setMaxListeners(Infinity)
  destination.setMaxListeners(Infinity)
  source.pipe(destination)
  source.setMaxListeners(limits[0])
  destination.setMaxListeners(limits[1])
}

module.exports = { WritableStdio, ReadableStdio, WorkerStdin, pipeQuietly }
