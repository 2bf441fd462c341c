'use strict'

// Carries out the flags that the worker was given of its own; see ../exec-argv.js. Those of the
// process are in force otherwise.

const { nodeError } = require('../errors')

/**
 * @param {object} Module Node's class of CommonJS modules
 * @param {object} internals what preload.js took from Node
 * @param {{ requires: string[], imports: string[], limits: string[], process: Record<string, boolean> }} plan
 * @returns {(run: () => void) => void} runs the entry after what is to be loaded before it
 */
function applyExecArgv (Module, internals, plan) {
  for (const [name, value] of Object.entries(plan.process)) {
    Object.defineProperty(process, name, { value, writable: true, configurable: true, enumerable: true })
  }
  if (plan.limits.includes('--no-addons')) refuseAddons()
  if (plan.limits.includes('--frozen-intrinsics')) internals.freezeIntrinsics()
  let preload = Module._preloadModules
  // Node calls this with the list of the process.
  Module._preloadModules = () => {
    Module._preloadModules = preload
    preload?.(plan.requires)
    preload = undefined
  }
  return run => {
    if (process.noProcessWarnings) {
      for (const listener of process.listeners('warning').filter(({ name }) => name === 'onWarning')) process.off('warning', listener)
    }
    if (preload !== undefined) Module._preloadModules()
    if (plan.imports.length === 0) return run()
    internals.runEntryPoint()(async loader => {
      const base = new URL(`${require('node:url').pathToFileURL(process.cwd())}/`).href
      for (const specifier of plan.imports) await loader.import(specifier, base, { __proto__: null })
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
