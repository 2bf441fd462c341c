'use strict'

// A bound of the messages that wait on the other side of a port.

const { Error } = require('./primordials')
const { nodeError } = require('./errors')
const { native, keyOf } = require('./realm')

/**
 * @param {object} port
 * @param {number} most
 * @throws {Error} ERR_ISOTHREADS_QUEUE_FULL; nothing was posted then
 */
function checkQueue (port, most) {
  const key = keyOf(port)
  if (key >= 0 && native.queuedMessages(key) >= most) {
    throw nodeError(Error, 'ERR_ISOTHREADS_QUEUE_FULL',
      `The message was not posted: ${most} messages wait on the other side (maxQueuedMessages)`)
  }
}

module.exports = { checkQueue }
