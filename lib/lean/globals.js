'use strict'

// The globals of a lean worker beside those of the language: a part of the Minimum Common Web API, each made when it is first read,
// and those that scripts of web workers use.

const { ObjectDefineProperty, ReflectApply } = require('../core/primordials')
const { defineGlobal } = require('../core/lazy-global')
const { invalidArgType } = require('../core/errors')
const { close, enqueueMicrotask } = require('./host')

const { api } = require('./api')
const { context } = require('./async-context')

function queueMicrotask (callback) {
  if (typeof callback !== 'function') throw invalidArgType('callback', 'of type function', callback)
  const { bind } = context
  const bound = bind === undefined ? callback : bind(callback)
  enqueueMicrotask(() => { bound() })
}

const node = id => require('./node/library').requireNode(id)
const readable = name => node('internal/webstreams/readablestream')[name]

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
  console: () => require('./console').console,
  MessageEvent: () => require('./message-event').MessageEvent,
  Blob: () => node('buffer').Blob,
  Buffer: () => node('buffer').Buffer,
  ByteLengthQueuingStrategy: () => node('internal/webstreams/queuingstrategies').ByteLengthQueuingStrategy,
  CountQueuingStrategy: () => node('internal/webstreams/queuingstrategies').CountQueuingStrategy,
  Crypto: () => require('./crypto').Crypto,
  CryptoKey: () => require('./crypto').CryptoKey,
  File: () => node('buffer').File,
  Performance: () => node('internal/perf/performance').Performance,
  PerformanceEntry: () => node('internal/perf/performance_entry').PerformanceEntry,
  PerformanceMark: () => node('internal/perf/usertiming').PerformanceMark,
  PerformanceMeasure: () => node('internal/perf/usertiming').PerformanceMeasure,
  PerformanceObserver: () => node('internal/perf/observe').PerformanceObserver,
  PerformanceObserverEntryList: () => node('internal/perf/observe').PerformanceObserverEntryList,
  PerformanceResourceTiming: () => node('internal/perf/resource_timing').PerformanceResourceTiming,
  ReadableByteStreamController: () => readable('ReadableByteStreamController'),
  ReadableStream: () => readable('ReadableStream'),
  ReadableStreamBYOBReader: () => readable('ReadableStreamBYOBReader'),
  ReadableStreamBYOBRequest: () => readable('ReadableStreamBYOBRequest'),
  ReadableStreamDefaultController: () => readable('ReadableStreamDefaultController'),
  ReadableStreamDefaultReader: () => readable('ReadableStreamDefaultReader'),
  process: () => require('./process').process,
  SubtleCrypto: () => require('./crypto').SubtleCrypto,
  TextDecoderStream: () => node('internal/webstreams/encoding').TextDecoderStream,
  TextEncoderStream: () => node('internal/webstreams/encoding').TextEncoderStream,
  TransformStream: () => node('internal/webstreams/transformstream').TransformStream,
  TransformStreamDefaultController: () => node('internal/webstreams/transformstream').TransformStreamDefaultController,
  URL: () => node('internal/url').URL,
  URLSearchParams: () => node('internal/url').URLSearchParams,
  WritableStream: () => node('internal/webstreams/writablestream').WritableStream,
  WritableStreamDefaultController: () => node('internal/webstreams/writablestream').WritableStreamDefaultController,
  WritableStreamDefaultWriter: () => node('internal/webstreams/writablestream').WritableStreamDefaultWriter
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
  performance: () => node('internal/perf/performance').performance,
  crypto: () => require('./crypto').crypto,
  global: () => globalThis,
  self: () => globalThis,
  postMessage: () => ofParentPort('postMessage'),
  addEventListener: () => ofParentPort('addEventListener'),
  removeEventListener: () => ofParentPort('removeEventListener'),
  dispatchEvent: () => ofParentPort('dispatchEvent'),
  close: () => function () { close() },
  importScripts: () => require('./import-scripts').importScripts
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

module.exports = { defineGlobals }
