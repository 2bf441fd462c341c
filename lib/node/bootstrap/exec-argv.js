'use strict'

// Carries out the flags that the worker was given of its own; see ../exec-argv.js. Those of the
// process are in force otherwise.

const { ArrayPrototypeForEach, ArrayPrototypeIncludes, Error, ObjectKeys, setOwn } = require('../../core/primordials')
const { URL } = require('../../core/platform')
const { process } = require('../internals')
const { nodeError } = require('../../core/errors')

/**
 * @param {object} Module Node's class of CommonJS modules
 * @param {object} internals what preload.js took from Node
 * @param {{ requires: string[], imports: string[], limits: string[], process: Record<string, boolean> }} plan
 * @returns {(run: () => void) => void} runs the entry after what is to be loaded before it
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
  // Node calls this with the list of the process.
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

// Nothing else of a worker leads to Node's function.
function refuseAddons () {
  process.dlopen = function dlopen () {
    throw nodeError(Error, 'ERR_DLOPEN_DISABLED', 'Cannot load native addon because loading addons is disabled.')
  }
}

module.exports = { applyExecArgv }
