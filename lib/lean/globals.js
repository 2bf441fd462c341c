'use strict'

// The globals of a lean worker beside those of the language: a part of the Minimum Common Web API, each made when it is first read,
// and those that scripts of web workers use.

const { ObjectDefineProperty, ReflectApply } = require('../core/primordials')
const { defineGlobal } = require('../core/lazy-global')
const { performanceNow } = require('../core/platform')
const { invalidArgType } = require('../core/errors')
const { coarseDate } = require('./clock')
const { close, enqueueMicrotask } = require('./host')

const { api } = require('./api')

function queueMicrotask (callback) {
  if (typeof callback !== 'function') throw invalidArgType('callback', 'of type function', callback)
  enqueueMicrotask(() => { callback() })
}

// By name. Those of the first table are not enumerable, as in Node.
const classes = {
  __proto__: null,
  MessageChannel: () => api.MessageChannel,
  MessagePort: () => api.MessagePort,
  BroadcastChannel: () => api.BroadcastChannel,
  Event: () => require('./event-target').Event,
  EventTarget: () => require('./event-target').EventTarget,
  CustomEvent: () => require('./event-target').CustomEvent,
  AbortController: () => require('./abort').AbortController,
  AbortSignal: () => require('./abort').AbortSignal,
  DOMException: () => require('./dom-exception').DOMException,
  TextEncoder: () => require('./text-encoding').TextEncoder,
  TextDecoder: () => require('./text-encoding').TextDecoder,
  console: () => require('./console').console
}

const functions = {
  __proto__: null,
  setTimeout: () => require('./timers').setTimeout,
  clearTimeout: () => require('./timers').clearTimeout,
  setInterval: () => require('./timers').setInterval,
  clearInterval: () => require('./timers').clearInterval,
  setImmediate: () => require('./timers').setImmediate,
  clearImmediate: () => require('./timers').clearImmediate,
  queueMicrotask: () => queueMicrotask,
  structuredClone: () => api.structuredClone,
  atob: () => require('./base64').atob,
  btoa: () => require('./base64').btoa,
  performance: () => performance(),
  self: () => globalThis,
  postMessage: () => ofParentPort('postMessage'),
  addEventListener: () => ofParentPort('addEventListener'),
  removeEventListener: () => ofParentPort('removeEventListener'),
  dispatchEvent: () => ofParentPort('dispatchEvent'),
  close: () => function () { close() },
  importScripts: () => require('./import-scripts').importScripts
}

let start
let timeOrigin

/** Sets the time at which the worker starts. */
function startClock () {
  start = performanceNow()
  timeOrigin = coarseDate()
}

function performance () {
  const now = () => performanceNow() - start
  return { now, timeOrigin, toJSON: () => ({ timeOrigin }) }
}

function ofParentPort (name) {
  const { parentPort } = api
  const method = parentPort[name]
  return function (...args) { return ReflectApply(method, parentPort, args) }
}

function defineEventHandler (name) {
  ObjectDefineProperty(globalThis, name, {
    __proto__: null,
    get: () => api.parentPort[name],
    set (value) { api.parentPort[name] = value },
    configurable: true,
    enumerable: true
  })
}

function defineGlobals () {
  for (const name in classes) defineGlobal(name, classes[name])
  for (const name in functions) defineGlobal(name, functions[name], true)
  defineEventHandler('onmessage')
  defineEventHandler('onmessageerror')
}

module.exports = { defineGlobals, startClock }
