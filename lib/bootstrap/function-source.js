'use strict'

// Tasks that are functions: only their source travels, what is around a function stays where it is.
// esbuild, and so tsx, wraps the functions inside of it in calls of a helper that is around it: that is
// given to it here.

const { createRequire } = require('node:module')
const vm = require('node:vm')

// Names that compilers, bundlers and tools for coverage give to what they put around a function.
const isHelper = /^(?:_|cov_)/
const helperHint = '. A compiler or a tool seems to have put that name there: ' +
  'export the function from a worker file, or leave it out of what is compiled'

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
      const make = vm.compileFunction(`return ${text}`, ['require', '__name'], { importModuleDynamically })
      return make(createRequire(`${process.cwd()}/`), setName)
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error
    }
  }
  throw new TypeError(`A task cannot be made of this function, because its source does not stand alone: ${source.slice(0, 100)}`)
}

// As esbuild's helper.
function setName (target, value) {
  return Object.defineProperty(target, 'name', { value, configurable: true })
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
      if (isHelper.test(error.message)) error.message += helperHint
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
