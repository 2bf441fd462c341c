'use strict'

// What messages between threads need of Node; see core/thread-messages.js.

const { self } = require('../core/realm')
const { process, workerThreads } = require('./internals')

const { threadId, postMessageToThread } = workerThreads()

module.exports = {
  threadId: self === null ? threadId : self.threadId,
  emit: (event, value, source) => process.emit(event, value, source),
  // Node's own threads reach others of its kind.
  postMessageToThread: self === null ? postMessageToThread : undefined
}
