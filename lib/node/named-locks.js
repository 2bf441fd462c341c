'use strict'

// What named locks need where Node has none; see core/web-locks.js.

const { AsyncResource } = require('node:async_hooks')
const nativeLocks = require('../core/native-locks')
const { self } = require('../core/realm')
const { process, workerThreads } = require('./internals')

const { threadId } = self ?? workerThreads()

module.exports = {
  ...nativeLocks,
  clientId: `node-${process.pid}-${threadId}`,
  inContext (callback) {
    const scope = new AsyncResource('LOCK')
    return lock => scope.runInAsyncScope(callback, undefined, lock)
  }
}
