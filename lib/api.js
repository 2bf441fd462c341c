'use strict'

// Everything that this package offers on the current thread. What most workers do not use is
// loaded when it is first read.

const { setOwn } = require('./core/primordials')
const { getEnvironmentData, setEnvironmentData, ...environment } = require('./node/environment-data')
const { nodeMajor } = require('./core/errors')
const { defineLazily } = require('./core/lazy')
const { MessagePort, MessageChannel, receiveMessageOnPort, createPort } = require('./core/message-port')
const node = require('./node/platform')
const { self } = require('./core/realm')
const { namedResourceLimits } = require('./node/resource-limits')

const api = {
  MessagePort,
  MessageChannel,
  receiveMessageOnPort,
  setEnvironmentData,
  getEnvironmentData,
  SHARE_ENV: node.SHARE_ENV,
  isMainThread: node.isMainThread
}

defineLazily(api, {
  Worker: () => require('./node/worker').Worker,
  WorkerPool: () => require('./pool/worker-pool').WorkerPool,
  nativeWorkers: () => require('./native/library').nativeWorkers,
  Mutex: () => require('./shared/mutex').Mutex,
  RwLock: () => require('./shared/rw-lock').RwLock,
  Semaphore: () => require('./shared/semaphore').Semaphore,
  Condvar: () => require('./shared/condvar').Condvar,
  Barrier: () => require('./shared/barrier').Barrier,
  Latch: () => require('./shared/latch').Latch,
  Once: () => require('./shared/once').Once,
  SharedQueue: () => require('./shared/queue').SharedQueue,
  SharedRing: () => require('./shared/ring').SharedRing,
  taskStorage: () => new (require('node:async_hooks').AsyncLocalStorage)(),
  AtomicView: () => require('./shared/atomic-view').AtomicView,
  BroadcastChannel: () => require('./node/broadcast-channel').BroadcastChannel,
  structuredClone: () => require('./core/structured-clone').structuredClone,
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
  // The main thread, a worker of Node, or one of another copy of this package.
  const { threadId, threadName = '', resourceLimits, parentPort, workerData } = node.workerThreads()
  setOwn(api, 'threadId', threadId)
  setOwn(api, 'threadName', threadName)
  setOwn(api, 'resourceLimits', resourceLimits)
  setOwn(api, 'parentPort', parentPort)
  setOwn(api, 'workerData', workerData)
}

/** What a worker is given at its start. */
function setWorkerData (workerData, environmentData) {
  api.workerData = workerData
  environmentData.forEach((value, key) => environment.data.set(key, value))
}

module.exports = { api, setWorkerData }
