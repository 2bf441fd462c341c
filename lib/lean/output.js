'use strict'

// The worker's stdout and stderr.

const { control } = require('../core/protocol')
const { NativePort, kind, postMessage, self } = require('../core/realm')

const parent = new NativePort(self.toParent)

/**
 * Sends a message to this package's half in the parent.
 * @param {object} message
 * @param {object[]} [ports] which go with it
 */
function send (message, ports) {
  postMessage(parent, message, undefined, ports, kind.control)
}

/**
 * @param {'stdout' | 'stderr'} stream
 * @param {string} text
 */
function write (stream, text) {
  send({ type: control.output, stream, chunks: [{ chunk: text, encoding: 'utf8' }] })
}

module.exports = { send, write }
