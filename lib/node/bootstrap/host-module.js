'use strict'

// The module `isothreads:host`: the functions that the parent exposes to this worker.

const { ArrayPrototypeJoin, ArrayPrototypeMap, JSONStringify, ObjectKeys, ReflectApply } = require('../../core/primordials')
const nodeModule = require('node:module')
const path = require('node:path')
const { pathToFileURL } = require('node:url')
const { host } = require('../../core/host')
const { connect } = require('../../core/host-functions')
const { native } = require('../../core/realm')

const name = 'isothreads:host'

/**
 * @param {object} Module Node's class of CommonJS modules
 * @param {object} functions see connect()
 */
function exposeFunctions (Module, functions) {
  connect(functions)
  const load = Module._load
  Module._load = function _load (request) {
    return request === name ? host : ReflectApply(load, this, arguments)
  }
  // Node 20 has none, and `import` does not find the module.
  nodeModule.registerHooks?.({ resolve, load: loadSource })
}

function resolve (specifier, context, nextResolve) {
  return specifier === name ? { url: name, format: 'module', shortCircuit: true } : nextResolve(specifier, context)
}

function loadSource (url, context, nextLoad) {
  return url === name ? { format: 'module', source: sourceOfModule(), shortCircuit: true } : nextLoad(url, context)
}

// A name may be a reserved word, which can be exported but not declared.
function sourceOfModule () {
  const index = JSONStringify(pathToFileURL(path.join(native.packageRoot(), 'index.js')).href)
  const names = ObjectKeys(host)
  const variables = ArrayPrototypeJoin(ArrayPrototypeMap(names, (key, index) => `${key}: _${index}`), ', ')
  const exported = ArrayPrototypeJoin(ArrayPrototypeMap(names, (key, index) => `_${index} as ${key}`), ', ')
  return `import { host } from ${index}; const { ${variables} } = host; export { ${exported} }; export { host as default }`
}

module.exports = { exposeFunctions }
