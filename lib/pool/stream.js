'use strict'

// A pool in a pipeline of streams. Each chunk is the data of a task.

const {
  ArrayPrototypeIndexOf, ArrayPrototypeShift, ArrayPrototypeSplice, TypeError, append, newList, whenSettled
} = require('../core/primordials')
const { nextTick } = require('../core/platform')
const { Transform } = require('node:stream')

class TaskTransform extends Transform {
  #run
  #concurrency
  #ordered
  // The tasks that have not been handed out, in the order of their start: { isDone, result }.
  #running = newList()
  #resume
  #finish

  /**
   * @param {(chunk: unknown) => Promise<unknown>} run
   * @param {number} concurrency the number of tasks that are started and not yet handed out
   * @param {boolean} ordered whether results come in the order of the chunks
   */
  constructor (run, concurrency, ordered) {
    super({ __proto__: null, objectMode: true, readableHighWaterMark: concurrency, writableHighWaterMark: concurrency })
    this.#run = run
    this.#concurrency = concurrency
    this.#ordered = ordered
  }

  _transform (chunk, _, callback) {
    const task = { isDone: false, result: undefined }
    append(this.#running, task)
    whenSettled(this.#run(chunk), result => {
      task.isDone = true
      task.result = result
      this.#handOut(task)
    }, error => this.destroy(error))
    this.#resume = callback
    this.#goOn()
  }

  // The reader can take more.
  _read (size) {
    super._read(size)
    // Deferred until the reader has taken the chunk out.
    nextTick(() => this.#goOn())
  }

  _flush (callback) {
    this.#finish = callback
    this.#goOn()
  }

  #handOut (task) {
    if (this.destroyed) return
    if (this.#ordered) {
      while (this.#running[0]?.isDone) this.#push(ArrayPrototypeShift(this.#running).result)
    } else {
      ArrayPrototypeSplice(this.#running, ArrayPrototypeIndexOf(this.#running, task), 1)
      this.#push(task.result)
    }
    this.#goOn()
  }

  #push (result) {
    // Either value would end the stream.
    if (result === null || result === undefined) {
      this.destroy(new TypeError(`A task of a stream must not return ${result}, because it would end the stream`))
    } else {
      this.push(result)
    }
  }

  #goOn () {
    if (this.#running.length + this.readableLength < this.#concurrency) {
      const resume = this.#resume
      this.#resume = undefined
      resume?.()
    }
    if (this.#running.length > 0) return
    const finish = this.#finish
    this.#finish = undefined
    finish?.()
  }
}

module.exports = { TaskTransform }
