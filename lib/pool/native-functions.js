'use strict'

// What a pool whose workers are written in Rust can be asked for.

const { ArrayPrototypeFilter, TypeError } = require('../core/primordials')
const { nodeError } = require('../core/errors')
const { indexOf, listOf } = require('../native/library')

class NativeFunctions {
  #library
  #functions

  /** @param {object} library of findNative() */
  constructor (library) {
    this.#library = library
    this.#functions = ArrayPrototypeFilter(library.workers, worker => !worker.isConversation)
  }

  /**
   * @param {{ name?: string, source?: string, onMessage?: Function }} options of exec()
   * @returns {number} of the function that the task is to call
   */
  functionFor ({ name, source, onMessage }, isIterable) {
    if (source !== undefined) throw unsupported('run no functions of JavaScript')
    if (isIterable) throw unsupported('take no async iterable: give them a MessagePort, or a SharedQueue')
    if (onMessage !== undefined) throw unsupported('post no messages from a task: they report progress, for onProgress')
    const { index } = this.#library
    if (name === undefined && index !== undefined) return index
    if (name === undefined) {
      throw nodeError(TypeError, 'ERR_INVALID_ARG_VALUE',
        `${this.#library.path} has several functions: say which one with the option name. It has: ${listOf(this.#functions)}`)
    }
    const found = indexOf(this.#library, name)
    if (!this.#library.workers[found].isConversation) return found
    throw unsupported(`hold no conversation, and '${name}' is one: start it with new Worker()`)
  }

  checkBroadcast () {
    throw unsupported('have no listener for a broadcast')
  }
}

function unsupported (what) {
  return nodeError(TypeError, 'ERR_ISOTHREADS_NATIVE_UNSUPPORTED', `The native workers of a pool ${what}`)
}

module.exports = { NativeFunctions }
