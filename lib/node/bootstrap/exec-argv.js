'use strict'

// Applies the worker's own flags; see ../exec-argv.js. Without own flags, the flags of the process apply.

const { ArrayPrototypeForEach, ArrayPrototypeIncludes, Error, ObjectKeys, setOwn } = require('../../core/primordials')
const { URL } = require('../../core/platform')
const { process } = require('../internals')
const { nativeError } = require('../../core/errors')

/**
 * @param {object} Module Node's class of CommonJS modules
 * @param {object} internals Node's internals, as collected by preload.js
 * @param {{ requires: string[], imports: string[], limits: string[], process: Record<string, boolean> }} plan
 * @returns {(run: () => void) => void} loads the preloads, then runs the entry
 */
function applyExecArgv (Module, internals, plan) {
  const names = ObjectKeys(plan.process)
  for (let index = 0; index < names.length; index++) {
    const name = names[index]
    setOwn(process, name, plan.process[name])
  }
  if (ArrayPrototypeIncludes(plan.limits, '--no-addons')) refuseAddons()
  if (ArrayPrototypeIncludes(plan.limits, '--frozen-intrinsics')) internals.freezeIntrinsics()
  let preload = Module._preloadModules
  // Node calls this with the preloads of the process.
  Module._preloadModules = () => {
    Module._preloadModules = preload
    preload?.(plan.requires)
    preload = undefined
  }
  return run => {
    if (process.noProcessWarnings) {
      ArrayPrototypeForEach(process.listeners('warning'), listener => {
        if (listener.name === 'onWarning') process.off('warning', listener)
      })
    }
    if (preload !== undefined) Module._preloadModules()
    if (plan.imports.length === 0) return run()
    internals.runEntryPoint()(async loader => {
      const base = new URL(`${require('node:url').pathToFileURL(process.cwd())}/`).href
      for (let index = 0; index < plan.imports.length; index++) await loader.import(plan.imports[index], base, { __proto__: null })
      run()
    })
  }
}

// No other path in a worker leads to Node's function.
function refuseAddons () {
  process.dlopen = function dlopen () {
    throw nativeError(Error, 'ERR_DLOPEN_DISABLED', 'Cannot load native addon because loading addons is disabled.')
  }
}

module.exports = { applyExecArgv }
