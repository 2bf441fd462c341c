'use strict'

// A literal with plain names makes named imports work, and calls no setter that a program has put on Object.prototype.
const { api } = require('./lib/node/instance').load('api')

const {
  Worker,
  WorkerPool,
  nativeWorkers,
  Mutex,
  RwLock,
  Semaphore,
  Condvar,
  Barrier,
  Latch,
  Once,
  SharedQueue,
  SharedRing,
  taskStorage,
  MessagePort,
  MessageChannel,
  BroadcastChannel,
  AtomicView,
  receiveMessageOnPort,
  structuredClone,
  markAsUntransferable,
  isMarkedAsUntransferable,
  setEnvironmentData,
  getEnvironmentData,
  SHARE_ENV,
  isMainThread,
  threadId,
  threadName,
  resourceLimits,
  parentPort,
  workerData
} = api

module.exports = {
  Worker,
  WorkerPool,
  nativeWorkers,
  Mutex,
  RwLock,
  Semaphore,
  Condvar,
  Barrier,
  Latch,
  Once,
  SharedQueue,
  SharedRing,
  taskStorage,
  MessagePort,
  MessageChannel,
  BroadcastChannel,
  AtomicView,
  receiveMessageOnPort,
  structuredClone,
  markAsUntransferable,
  isMarkedAsUntransferable,
  setEnvironmentData,
  getEnvironmentData,
  SHARE_ENV,
  isMainThread,
  threadId,
  threadName,
  resourceLimits,
  parentPort,
  workerData
}

if (api.markAsUncloneable) module.exports.markAsUncloneable = api.markAsUncloneable
