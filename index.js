'use strict'

// One assignment a name: that is what makes named imports work.
const { api } = require('./lib/instance').load('api')

exports.Worker = api.Worker
exports.WorkerPool = api.WorkerPool
exports.nativeWorkers = api.nativeWorkers
exports.Mutex = api.Mutex
exports.RwLock = api.RwLock
exports.Semaphore = api.Semaphore
exports.Condvar = api.Condvar
exports.Barrier = api.Barrier
exports.Latch = api.Latch
exports.Once = api.Once
exports.SharedQueue = api.SharedQueue
exports.SharedRing = api.SharedRing
exports.taskStorage = api.taskStorage
exports.MessagePort = api.MessagePort
exports.MessageChannel = api.MessageChannel
exports.BroadcastChannel = api.BroadcastChannel
exports.AtomicView = api.AtomicView
exports.receiveMessageOnPort = api.receiveMessageOnPort
exports.structuredClone = api.structuredClone
exports.markAsUntransferable = api.markAsUntransferable
exports.isMarkedAsUntransferable = api.isMarkedAsUntransferable
if (api.markAsUncloneable) exports.markAsUncloneable = api.markAsUncloneable
exports.setEnvironmentData = api.setEnvironmentData
exports.getEnvironmentData = api.getEnvironmentData
exports.SHARE_ENV = api.SHARE_ENV
exports.isMainThread = api.isMainThread
exports.threadId = api.threadId
exports.threadName = api.threadName
exports.resourceLimits = api.resourceLimits
exports.parentPort = api.parentPort
exports.workerData = api.workerData
