'use strict'

// The worker's stdout and stderr.

const { control } = require('../core/protocol')
const { NativePort, kind, postMessage, self } = require('../core/realm')

const parent = new NativePort(self.toParent)

// Of the messages that wait for the parent.
let most

function limitQueue (limit) {
  most = limit
}

/** Throws if too many messages wait for the parent, or on the other side of this port. */
function checkQueueOf (port = parent) {
  if (most !== undefined) require('../core/queue-limit').checkQueue(port, most)
}

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
  checkQueueOf()
  send({ type: control.output, stream, chunks: [{ chunk: text, encoding: 'utf8' }] })
}

module.exports = { checkQueueOf, limitQueue, send, write }
