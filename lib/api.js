'use strict'

// Everything that this package offers on the current thread.

const { data, getEnvironmentData, setEnvironmentData } = require('./environment-data')
const { MessagePort, MessageChannel, receiveMessageOnPort, createPort } = require('./message-port')
const { BroadcastChannel } = require('./broadcast-channel')
const node = require('./node')
const { self } = require('./realm')
const { structuredClone } = require('./structured-clone')
const { isMarkedAsUntransferable, markAsUntransferable } = require('./transfer-list')
const { Worker, SHARE_ENV, namedResourceLimits } = require('./worker')

const api = {
  Worker,
  MessagePort,
  MessageChannel,
  BroadcastChannel,
  receiveMessageOnPort,
  structuredClone,
  markAsUntransferable,
  isMarkedAsUntransferable,
  setEnvironmentData,
  getEnvironmentData,
  SHARE_ENV,
  // On a thread of Node's own, what Node says; bootstrap/worker.js fills in what a worker gets.
  isMainThread: self ? false : node.isMainThread,
  threadId: self ? self.threadId : node.threadId,
  threadName: self ? self.name : node.threadName ?? '',
  resourceLimits: self ? namedResourceLimits(self.resourceLimits) : node.resourceLimits,
  parentPort: self ? createPort(self.parentPort) : null,
  workerData: null
}

/** What a worker is given at its start. */
function setWorkerData (workerData, environmentData) {
  api.workerData = workerData
  for (const [key, value] of environmentData) data.set(key, value)
}

module.exports = api
Object.defineProperty(api, 'setWorkerData', { value: setWorkerData, enumerable: false })
