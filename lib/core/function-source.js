'use strict'

// Functions as tasks. Only the source of a function travels, without its enclosing scope. esbuild, and so tsx, wraps inner functions
// in calls of a helper from the enclosing scope. This file provides that helper.

const {
  EvalError, FunctionFromStrings, ObjectDefineProperty, ReferenceError, ReflectApply, RegExpPrototypeExec, SafeMap, StringPrototypeSlice,
  SyntaxError, TypeError, isInstance
} = require('./primordials')

// Names of the helpers that compilers, bundlers and coverage tools define around a function.
const isHelper = /^(?:_|cov_)/
const helperHint = '. A compiler or another tool seems to have inserted this name: ' +
  'export the function from a worker file, or exclude it from compilation'

const compiled = new SafeMap()
const MOST_COMPILED = 1000

/**
 * @param {string} source the source of a function
 * @param {{ compile: (text: string, parameters: string[]) => Function, createRequire: () => Function }} host compiles a function
 *   body; creates the `require` of such functions
 * @returns {(args: unknown[]) => unknown}
 * @throws {TypeError} when the source cannot be compiled on its own
 */
function functionOf (source, host) {
  let run = compiled.get(source)
  if (run === undefined) {
    const call = compile(source, host)
    run = args => explained(() => ReflectApply(call, undefined, args))
    if (compiled.size === MOST_COMPILED) compiled.clear()
    compiled.set(source, run)
  }
  return run
}

function compile (source, host) {
  checkCodeGeneration()
  // The second form is for methods of objects.
  const texts = [`(${source})`, `(Object.values({ ${source} })[0])`]
  for (let index = 0; index < texts.length; index++) {
    try {
      const make = host.compile(`return ${texts[index]}`, ['require', '__name'])
      return make(host.createRequire(), setName)
    } catch (error) {
      if (!(isInstance(SyntaxError, error))) throw error
    }
  }
  const begin = StringPrototypeSlice(source, 0, 100)
  throw new TypeError(`This function cannot be a task, because its source cannot be compiled on its own: ${begin}`)
}

// Does the same as esbuild's helper.
function setName (target, value) {
  return ObjectDefineProperty(target, 'name', { __proto__: null, value, configurable: true })
}

// The host compiles even where code generation from strings is forbidden.
function checkCodeGeneration () {
  try {
    FunctionFromStrings()
  } catch (cause) {
    throw new EvalError('A function cannot be a task in a process that forbids code generation from strings ' +
      '(--disallow-code-generation-from-strings): export the function from a worker file', { __proto__: null, cause })
  }
}

function explained (call) {
  const explain = error => {
    if (isInstance(ReferenceError, error)) {
      error.message += ' (in a function passed to exec(), which cannot use variables of its enclosing scope)'
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
