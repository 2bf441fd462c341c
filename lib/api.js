'use strict'

// All exports of this package on the current thread. Parts that most workers do not use are loaded on first use.

const { setOwn } = require('./core/primordials')
const { isMainThread, nodeMajor } = require('./core/platform')
const { getEnvironmentData, setEnvironmentData, ...environment } = require('./core/environment-data')
const { defineLazily } = require('./core/lazy')
const { MessagePort, MessageChannel, receiveMessageOnPort, createPort } = require('./core/message-port')
const { SHARE_ENV, workerThreads } = require('./node/internals')
const { native, self } = require('./core/realm')
const { kReceive } = require('./core/symbols')
const { namedResourceLimits } = require('./core/resource-limits')
const { classes } = require('./shared/index')

const api = {
  MessagePort,
  MessageChannel,
  receiveMessageOnPort,
  setEnvironmentData,
  getEnvironmentData,
  SHARE_ENV,
  isMainThread,
  isInternalThread: false
}

defineLazily(api, classes)
defineLazily(api, {
  Worker: () => require('./node/worker').Worker,
  WorkerPool: () => require('./pool/worker-pool').WorkerPool,
  nativeWorkers: () => require('./native/library').nativeWorkers,
  taskStorage: () => new (require('node:async_hooks').AsyncLocalStorage)(),
  BroadcastChannel: () => require('./core/broadcast-channel').BroadcastChannel,
  structuredClone: () => require('./core/structured-clone').structuredClone,
  host: () => require('./core/host').host,
  locks: () => require('./node/locks').locks,
  moveMessagePortToContext: () => require('./node/port-in-context').moveMessagePortToContext,
  postMessageToThread: () => require('./core/thread-messages').postMessageToThread,
  threadMessages: () => require('./core/thread-messages').threadMessages,
  markAsUntransferable: () => require('./core/transfer-list').markAsUntransferable,
  isMarkedAsUntransferable: () => require('./core/transfer-list').isMarkedAsUntransferable
})

if (nodeMajor >= 22) defineLazily(api, { markAsUncloneable: () => require('./core/structured-clone').markAsUncloneable })

if (self) {
  setOwn(api, 'threadId', self.threadId)
  setOwn(api, 'threadName', self.name)
  setOwn(api, 'resourceLimits', namedResourceLimits(self.resourceLimits))
  setOwn(api, 'parentPort', createPort(self.parentPort))
  setOwn(api, 'workerData', null)
} else {
  // The main thread, a worker of Node, or a worker of another copy of this package.
  const { threadId, threadName = '', resourceLimits, parentPort, workerData, isInternalThread = false } = workerThreads()
  setOwn(api, 'threadId', threadId)
  setOwn(api, 'threadName', threadName)
  setOwn(api, 'resourceLimits', resourceLimits)
  setOwn(api, 'parentPort', parentPort)
  setOwn(api, 'workerData', workerData)
  setOwn(api, 'isInternalThread', isInternalThread)
}

// In a worker before any other code runs, as in Node: async_hooks would see it.
native.listenToThreads({
  [kReceive]: (what, value) => require('./core/thread-messages').receive(what, value)
})
if (!self) receiveThreadMessages()

/** Stores the data that a worker receives at its start. */
function setWorkerData (workerData, environmentData) {
  api.workerData = workerData
  environmentData.forEach((value, key) => environment.data.set(key, value))
}

/** From now on this thread receives what other threads send with postMessageToThread(). */
function receiveThreadMessages () {
  native.receiveThreadMessages(api.threadId)
}

module.exports = { api, receiveThreadMessages, setWorkerData }
