'use strict'

// TypeScript whose types can be stripped, as Node runs it. Workers share the result; what is new is stripped by a Node environment, while
// this thread waits: lib/node/type-stripping.js.

const {
  AtomicsLoad, AtomicsWait, Error, Int32Array, RegExpPrototypeExec, SharedArrayBuffer, SyntaxError
} = require('../core/primordials')
const { nodeError } = require('../core/errors')
const { receiveMessageOnPort } = require('../core/message-port')
const { native } = require('../core/realm')
const { esModules } = require('./host')
const { unsupported } = require('./platform')

const { textOfSource } = esModules()

// The service takes part of a second to start.
const LONGEST_WAIT = 60_000

let port

/** @param {object} given where to ask */
function connect (given) {
  port = given
}

/**
 * @param {number} source the file's text
 * @param {string} path
 * @returns {number} the source of its JavaScript
 */
function strippedSource (source, path) {
  const known = native.strippedSource(source)
  if (known !== null) return known
  if (RegExpPrototypeExec(/[\\/]node_modules[\\/]/, path) !== null) {
    throw nodeError(Error, 'ERR_UNSUPPORTED_NODE_MODULES_TYPE_STRIPPING',
      `Stripping types is currently unsupported for files under node_modules, for "${native.fileURLOf(path)}"`)
  }
  if (port === undefined) {
    throw unsupported(`The lean runtime cannot load .ts files (${path}) unless the worker's entry is one and Node strips types: ` +
      "use a worker with runtime: 'node'")
  }
  return native.setStrippedSource(source, strip(textOfSource(source), path))
}

function strip (text, path) {
  const state = new Int32Array(new SharedArrayBuffer(4))
  port.postMessage({ text, state })
  AtomicsWait(state, 0, 0, LONGEST_WAIT)
  const answer = AtomicsLoad(state, 0) === 1 ? receiveMessageOnPort(port)?.message : undefined
  if (answer === undefined) throw new Error(`The types of ${path} could not be stripped: nothing answers`)
  const { code, error } = answer
  if (error !== undefined) throw nodeError(error.name === 'SyntaxError' ? SyntaxError : Error, error.code, `${path}: ${error.message}`)
  return code
}

module.exports = { connect, strippedSource }
