'use strict'

// The one instance of this package's JavaScript on this thread. The native half keeps it. So a thread finds it again after it has
// emptied Node's module cache, and from other module registries (Jest makes one for each test file).

const native = require('./binding')

/**
 * Creates the instance in Node's main context and with Node's own modules, regardless of `require` and the globals here. A context of
 * node:vm may be torn down while others use the package.
 */
function create () {
  const path = require('node:path')
  const vm = require('node:vm')
  const { getBuiltinModule: requireBuiltin = require } = vm.runInThisContext('process')
  const { readFileSync } = requireBuiltin('node:fs')
  const { compileFunction } = requireBuiltin('node:vm')
  const parameters = ['exports', 'require', 'module']
  const loader = require('../core/loader').createLoader({
    native,
    root: path.join(__dirname, '..', '..'),
    separator: path.sep,
    requireBuiltin,
    compile: (name, filename) => compileFunction(readFileSync(filename, 'utf8'), parameters, { filename })
  })
  loader.load('node/platform')
  return loader
}

module.exports = native.instance() ?? create()
