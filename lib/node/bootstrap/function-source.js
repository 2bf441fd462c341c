'use strict'

// Tasks that are functions: only their source travels, what is around a function stays where it is.
// esbuild, and so tsx, wraps the functions inside of it in calls of a helper that is around it: that is
// given to it here.

const {
  EvalError, FunctionFromStrings, ObjectDefineProperty, ReferenceError, ReflectApply, RegExpPrototypeExec, SafeMap, StringPrototypeSlice,
  SyntaxError, TypeError, isInstance
} = require('../../core/primordials')
const { process } = require('../internals')
const { createRequire } = require('node:module')
const vm = require('node:vm')

// Names that compilers, bundlers and tools for coverage give to what they put around a function.
const isHelper = /^(?:_|cov_)/
const helperHint = '. A compiler or a tool seems to have put that name there: ' +
  'export the function from a worker file, or leave it out of what is compiled'

const compiled = new SafeMap()
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
    run = args => explained(() => ReflectApply(call, undefined, args))
    if (compiled.size === MOST_COMPILED) compiled.clear()
    compiled.set(source, run)
  }
  return run
}

function compile (source) {
  checkCodeGeneration()
  // The second is for a method of an object.
  const texts = [`(${source})`, `(Object.values({ ${source} })[0])`]
  for (let index = 0; index < texts.length; index++) {
    try {
      const importModuleDynamically = vm.constants.USE_MAIN_CONTEXT_DEFAULT_LOADER
      const make = vm.compileFunction(`return ${texts[index]}`, ['require', '__name'], { importModuleDynamically })
      return make(createRequire(`${process.cwd()}/`), setName)
    } catch (error) {
      if (!(isInstance(SyntaxError, error))) throw error
    }
  }
  const begin = StringPrototypeSlice(source, 0, 100)
  throw new TypeError(`A task cannot be made of this function, because its source does not stand alone: ${begin}`)
}

// As esbuild's helper.
function setName (target, value) {
  return ObjectDefineProperty(target, 'name', { __proto__: null, value, configurable: true })
}

// `node:vm` compiles whatever the process was started with.
function checkCodeGeneration () {
  try {
    FunctionFromStrings()
  } catch (cause) {
    throw new EvalError('A task cannot be made of a function, because code must not be made of strings ' +
      '(--disallow-code-generation-from-strings): export the function from a worker file', { __proto__: null, cause })
  }
}

function explained (call) {
  const explain = error => {
    if (isInstance(ReferenceError, error)) {
      error.message += ' (in a function that was given to exec(): what is around it does not travel with it)'
      if (RegExpPrototypeExec(isHelper, error.message) !== null) error.message += helperHint
    }
    throw error
  }
  try {
    const result = call()
    return typeof result?.then === 'function' ? explainedLater(result, explain) : result
  } catch (error) {
    explain(error)
  }
}

async function explainedLater (result, explain) {
  try {
    return await result
  } catch (error) {
    explain(error)
  }
}

module.exports = { functionOf }
