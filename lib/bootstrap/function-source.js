'use strict'

// Tasks that are functions: only their source travels, what is around a function stays where it is.

const { createRequire } = require('node:module')
const vm = require('node:vm')

const compiled = new Map()
const MOST_COMPILED = 1000

/**
 * @param {string} source of a function
 * @returns {(args: unknown[]) => unknown}
 * @throws {TypeError} when the source does not stand alone
 */
function functionOf (source) {
  let run = compiled.get(source)
  if (run === undefined) {
    const call = compile(source)
    run = args => explained(() => call(...args))
    if (compiled.size === MOST_COMPILED) compiled.clear()
    compiled.set(source, run)
  }
  return run
}

function compile (source) {
  checkCodeGeneration()
  for (const text of [`(${source})`, `(Object.values({ ${source} })[0])`]) {
    try {
      const importModuleDynamically = vm.constants.USE_MAIN_CONTEXT_DEFAULT_LOADER
      return vm.compileFunction(`return ${text}`, ['require'], { importModuleDynamically })(createRequire(`${process.cwd()}/`))
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error
    }
  }
  throw new TypeError(`A task cannot be made of this function, because its source does not stand alone: ${source.slice(0, 100)}`)
}

// `node:vm` compiles whatever the process was started with.
function checkCodeGeneration () {
  try {
    // eslint-disable-next-line no-new-func
    Function()
  } catch (cause) {
    throw new EvalError('A task cannot be made of a function, because code must not be made of strings ' +
      '(--disallow-code-generation-from-strings): export the function from a worker file', { cause })
  }
}

function explained (call) {
  const explain = error => {
    if (error instanceof ReferenceError) {
      error.message += ' (in a function that was given to exec(): what is around it does not travel with it)'
    }
    throw error
  }
  try {
    const result = call()
    return typeof result?.then === 'function' ? result.then(value => value, explain) : result
  } catch (error) {
    explain(error)
  }
}

module.exports = { functionOf }
