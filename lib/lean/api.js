'use strict'

// What require('isothreads') and require('node:worker_threads') give in a lean worker.

const { SymbolFor, setOwn } = require('../core/primordials')
const { getEnvironmentData, setEnvironmentData, data } = require('../core/environment-data')
const { defineLazily } = require('../core/lazy')
const { MessagePort, MessageChannel, receiveMessageOnPort, createPort } = require('../core/message-port')
const { self } = require('../core/realm')
const { namedResourceLimits } = require('../core/resource-limits')
const { classes } = require('../shared/index')
const { unsupported } = require('./platform')

// What only the Node runtime has so far.
const missing = ['Worker', 'WorkerPool', 'moveMessagePortToContext', 'nativeWorkers']

const api = {
  MessagePort,
  MessageChannel,
  receiveMessageOnPort,
  setEnvironmentData,
  getEnvironmentData,
  SHARE_ENV: SymbolFor('nodejs.worker_threads.SHARE_ENV'),
  isMainThread: false,
  isInternalThread: false,
  threadId: self.threadId,
  threadName: self.name,
  resourceLimits: namedResourceLimits(self.resourceLimits),
  parentPort: createPort(self.parentPort),
  workerData: null
}

defineLazily(api, classes)
defineLazily(api, {
  locks: () => require('../core/web-locks').locks,
  postMessageToThread: () => require('../core/thread-messages').postMessageToThread,
  threadMessages: () => require('../core/thread-messages').threadMessages,
  host: () => require('../core/host').host,
  BroadcastChannel: () => require('../core/broadcast-channel').BroadcastChannel,
  structuredClone: () => require('../core/structured-clone').structuredClone,
  markAsUncloneable: () => require('../core/structured-clone').markAsUncloneable,
  markAsUntransferable: () => require('../core/transfer-list').markAsUntransferable,
  isMarkedAsUntransferable: () => require('../core/transfer-list').isMarkedAsUntransferable
})
for (let index = 0; index < missing.length; index++) setOwn(api, missing[index], refusing(missing[index]))

function refusing (name) {
  return function () {
    throw unsupported(`The lean runtime has no ${name} yet: use a worker with runtime: 'node'`)
  }
}

/** Stores what a worker learns at its start. */
function setStart (workerData, environmentData) {
  api.threadName = self.name
  api.workerData = workerData
  environmentData.forEach((value, key) => data.set(key, value))
}

module.exports = { api, setStart }
