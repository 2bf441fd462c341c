'use strict'

// Node's own class: its channels reach every thread of the process, including ours.
module.exports = { BroadcastChannel: require('./internals').workerThreads().BroadcastChannel }
