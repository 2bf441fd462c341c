'use strict'

// Fills the core's platform object for Node. Loaded before the core, which reads the object while it loads.

const { Number, ObjectAssign, RegExpPrototypeExec } = require('../core/primordials')
const platform = require('../core/platform')
const EventEmitter = require('node:events')
const { inspect, types } = require('node:util')
const loader = require('./instance')
const internals = require('./internals')

const { process, workerThreads } = internals
const { Buffer, Event, URL, clearTimeout, queueMicrotask, setImmediate, setTimeout } = globalThis

ObjectAssign(platform, {
  loader,
  nodeMajor: Number(RegExpPrototypeExec(/^\d+/, process.versions.node)[0]),
  isMainThread: internals.isMainThread,
  types,
  inspect,
  Buffer,
  BufferIsBuffer: Buffer.isBuffer,
  Event,
  EventEmitter,
  URL,
  eventTarget: internals.eventTarget,
  nextTick: process.nextTick,
  queueMicrotask,
  setImmediate,
  setTimeout,
  clearTimeout,
  performanceNow: internals.performanceNow,
  getAbortController: internals.getAbortController,
  getAbortSignal: internals.getAbortSignal,
  getDOMException: internals.getDOMException,
  getMessageEvent: internals.getMessageEvent,
  loadMessageEvent: internals.loadMessageEvent && (() => require('./message-event').takingPorts(internals.loadMessageEvent())),
  textEncoding: () => require('node:util'),
  emitWarning: message => process.emitWarning(message),
  refuseToClone: internals.refuseToClone,
  hostStructuredClone: internals.nodeStructuredClone,
  hostObjects: () => require('./host-objects'),
  broadcasts: () => require('./broadcasts'),
  isHostPort: internals.isNodePort,
  receiveFromHostPort: port => workerThreads().receiveMessageOnPort(port),
  markAsUncloneable: object => workerThreads().markAsUncloneable(object),
  markAsUntransferable: internals.markAsUntransferable,
  isMarkedAsUntransferable: internals.isMarkedAsUntransferable,
  permission: () => require('./permission'),
  ringStreams: () => require('./ring-streams'),
  threads: () => require('./threads'),
  namedLocks: () => require('./named-locks')
})
