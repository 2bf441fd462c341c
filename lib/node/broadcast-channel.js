'use strict'

// Node's own: its channels reach every thread of the process, ours included.
module.exports = { BroadcastChannel: require('./internals').workerThreads().BroadcastChannel }
