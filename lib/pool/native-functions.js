'use strict'

// The functions of a pool whose workers are written in Rust, and the limits of such a pool.

const { ArrayPrototypeFilter, TypeError } = require('../core/primordials')
const { nodeError } = require('../core/errors')
const { indexOf, listOf } = require('../native/library')

class NativeFunctions {
  #library
  #functions

  /** @param {object} library the result of findNative() */
  constructor (library) {
    this.#library = library
    this.#functions = ArrayPrototypeFilter(library.workers, worker => !worker.isConversation)
  }

  /**
   * @param {{ name?: string, source?: string, onMessage?: Function }} options of exec()
   * @returns {number} the index of the function that the task calls
   */
  functionFor ({ name, source, onMessage }, isIterable) {
    if (source !== undefined) throw unsupported('cannot run JavaScript functions')
    if (isIterable) throw unsupported('cannot take an async iterable: pass a MessagePort or a SharedQueue')
    if (onMessage !== undefined) throw unsupported('cannot post messages from a task: use onProgress')
    const { index } = this.#library
    if (name === undefined && index !== undefined) return index
    if (name === undefined) {
      throw nodeError(TypeError, 'ERR_INVALID_ARG_VALUE',
        `${this.#library.path} has several functions: choose one with options.name. It has: ${listOf(this.#functions)}`)
    }
    const found = indexOf(this.#library, name)
    if (!this.#library.workers[found].isConversation) return found
    throw unsupported(`must be functions, and '${name}' is a conversation: start it with new Worker()`)
  }

  checkBroadcast () {
    throw unsupported('cannot receive broadcasts')
  }
}

function unsupported (what) {
  return nodeError(TypeError, 'ERR_ISOTHREADS_NATIVE_UNSUPPORTED', `Native workers of a pool ${what}`)
}

module.exports = { NativeFunctions }
