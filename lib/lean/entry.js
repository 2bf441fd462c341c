'use strict'

// Runs the worker's entry, and has ES modules loaded when the first of them is needed.

const { StringPrototypeStartsWith, whenSettled } = require('../core/primordials')
const { types } = require('../core/platform')
const { native } = require('../core/realm')
const { enqueueMicrotask, setImportHandler } = require('./host')
const { loadFile, runText, setESModules } = require('./modules')

setESModules(() => require('./es-modules'))
setImportHandler((specifier, referrer, attributes, phase) => require('./es-modules').importModule(specifier, referrer, attributes, phase))

/** @param {{ type: 'file', path: string } | { type: 'eval', source: string } | { type: 'url', url: string }} entry */
function runEntry (entry) {
  const result = entry.type === 'eval' ? runText(entry.source) : loadEntry(entry.url)
  if (types.isPromise(result)) reportFailure(result)
}

/**
 * Runs the worker's file.
 * @param {string | undefined} url may be a data: URL
 * @returns {object | Promise<object>} its namespace
 */
function loadEntry (url) {
  const isData = url !== undefined && StringPrototypeStartsWith(url, 'data:')
  return isData ? require('./es-modules').runMainURL(url) : loadFile(native.leanEntry())
}

/** A failure is an uncaught error of the program. */
function reportFailure (promise) {
  whenSettled(promise, undefined, error => enqueueMicrotask(() => { throw error }))
}

module.exports = { loadEntry, reportFailure, runEntry }
