'use strict'

// Standard streams of a worker. Its output travels to the parent among its messages, so no output is lost or reordered when the
// worker ends. The parent decides where the output goes.
// https://nodejs.org/api/worker_threads.html#workerstdout

const { ArrayPrototypeForEach, ArrayPrototypeMap, append, newList } = require('../core/primordials')
const { process } = require('./internals')
const { Readable, Writable } = require('node:stream')

/** The writing end: stdout and stderr in the worker, stdin in the parent. */
class WritableStdio extends Writable {
  sendChunks
  ahead
  unread = 0
  setWaiting
  callbacks = newList()

  /**
   * @param {(chunks: { chunk: unknown, encoding: string }[]) => void} send
   * @param {(waiting: boolean) => void} [setWaiting] whether this stream keeps the event loop alive
   * @param {number} [ahead] the length that may be sent before the reader asks for it
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

  /** The reader can take more. */
  release () {
    this.unread = 0
    const callbacks = this.callbacks
    if (callbacks.length === 0) return
    this.callbacks = newList()
    this.setWaiting(false)
    ArrayPrototypeForEach(callbacks, callback => callback())
  }
}

/** The reading end. */
class ReadableStdio extends Readable {
  wantMore

  /** @param {() => void} wantMore called when there is room for more */
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

  /** Ends the stream. */
  finish () {
    if (!this.readableEnded) this.push(null)
  }
}

/**
 * A worker's stdin. Input that arrives before the first read is kept aside. In the stream's own buffer it would make the stream ask
 * for more, and a worker that never reads would never end.
 */
class WorkerStdin extends ReadableStdio {
  setWaiting
  // null after the first read.
  early = newList()

  /**
   * @param {() => void} wantMore
   * @param {(waiting: boolean) => void} setWaiting whether this stream keeps the event loop alive
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

/** Pipes streams. Many workers may share one stream without a warning about leaked listeners. */
function pipeQuietly (source, destination) {
  const limits = [source.getMaxListeners(), destination.getMaxListeners()]
  source.setMaxListeners(Infinity)
  destination.setMaxListeners(Infinity)
  source.pipe(destination)
  source.setMaxListeners(limits[0])
  destination.setMaxListeners(limits[1])
}

module.exports = { WritableStdio, ReadableStdio, WorkerStdin, pipeQuietly }
