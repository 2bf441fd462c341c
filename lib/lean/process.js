'use strict'

// What packages read of `process` wherever they run, as bundlers for browsers give it to them: an empty environment, and no version of
// Node, so that they do not take this for a process.

const { ObjectDefineProperty, ReflectApply, SymbolToStringTag } = require('../core/primordials')
const { process: inner } = require('./node/library')

const nothing = () => {}

const process = {
  title: 'lean',
  browser: true,
  env: {},
  argv: [],
  execArgv: [],
  version: '',
  versions: {},
  nextTick (callback, ...args) {
    if (typeof callback !== 'function') throw require('../core/errors').invalidArgType('callback', 'of type function', callback)
    inner.nextTick(() => { ReflectApply(callback, undefined, args) })
  },
  emitWarning (warning) { inner.emitWarning(warning) },
  hrtime (since) { return inner.hrtime(since) },
  cwd: () => inner.cwd(),
  on: nothing,
  once: nothing,
  off: nothing,
  addListener: nothing,
  removeListener: nothing,
  removeAllListeners: nothing,
  emit: () => false,
  listeners: () => [],
  listenerCount: () => 0
}

ObjectDefineProperty(process, SymbolToStringTag, { __proto__: null, value: 'process', configurable: true })

module.exports = { process }
