'use strict'

// WebAssembly as ES modules: an import compiles and instantiates the file with what it imports by name; `import source` only compiles it.
// https://nodejs.org/api/esm.html#wasm-modules

const {
  JSONStringify, ObjectAssign, SafeMap, SafeSet, SafeWeakMap, StringPrototypeStartsWith, SyntaxError, append,
  newList, setOwn
} = require('../core/primordials')
const { nodeError } = require('../core/errors')
const { native } = require('../core/realm')
const { esModules, nodeMajor } = require('./host')

const { compileModule, createModule, namespaceOf } = esModules()

// As they are when the first such module is loaded.
const { Instance, LinkError, Module } = WebAssembly
const { exports: exportsOf, imports: importsOf } = Module

const options = nodeMajor >= 24
  ? { __proto__: null, builtins: ['js-string'], importedStringConstants: 'wasm:js/string-constants' }
  : undefined

// Compiled modules by URL.
const compiled = new SafeMap()
const sources = new SafeMap()
// The exports of instances, in which globals are objects, by namespace.
const instances = new SafeWeakMap()

function compile (target, bytesOf) {
  const known = compiled.get(target.url)
  if (known !== undefined) return known
  let module
  try {
    module = new Module(bytesOf(target), options)
  } catch (error) {
    error.message = `${native.pathOfFileURL(target.url) ?? target.url}: ${error.message}`
    throw error
  }
  compiled.set(target.url, module)
  return module
}

function isReserved (name) {
  return StringPrototypeStartsWith(name, 'wasm:') || StringPrototypeStartsWith(name, 'wasm-js:')
}

/** Gives the record its number: that of a module with source text, which imports and exports what the file does. */
function load (record, target, bytesOf) {
  const { url } = target
  const module = compile(target, bytesOf)
  const imports = importsOf(module)
  const exports = exportsOf(module)
  const names = new SafeSet()
  const globals = newList()
  let text = ''
  let list = ''
  for (let index = 0; index < imports.length; index++) {
    const { kind, module: specifier, name } = imports[index]
    if (StringPrototypeStartsWith(specifier, 'wasm-js:')) throw new LinkError(`Invalid Wasm import "${specifier}" in ${url}`)
    if (isReserved(name)) throw new LinkError(`Invalid Wasm import name "${name}" in ${url}`)
    if (kind === 'global') append(globals, imports[index])
    if (names.has(specifier)) continue
    names.add(specifier)
    text += `import * as $import_${index} from ${JSONStringify(specifier)};\n`
    list += `[${JSONStringify(specifier)}]: $import_${index}, `
  }
  text += `const $exports = import.meta.initialize({ __proto__: null, ${list}});\n`
  for (let index = 0; index < exports.length; index++) {
    const { name } = exports[index]
    if (isReserved(name)) throw new LinkError(`Invalid Wasm export name "${name}" in ${url}`)
    text += `const $export_${index} = $exports[${index}]; export { $export_${index} as ${JSONStringify(name)} };\n`
  }
  record.initialize = given => instantiate(record, module, given, globals, exports)
  record.number = compileModule(text, url)
}

function instantiate (record, module, given, globals, exports) {
  // What another such module exports as a number is a global again.
  for (let index = 0; index < globals.length; index++) {
    const { module: specifier, name } = globals[index]
    const exporter = instances.get(given[specifier])
    if (exporter !== undefined) given[specifier] = ObjectAssign({ __proto__: null }, given[specifier], { [name]: exporter[name] })
  }
  const instance = new Instance(module, given)
  instances.set(namespaceOf(record.number), instance.exports)
  const values = []
  for (let index = 0; index < exports.length; index++) {
    let value = instance.exports[exports[index].name]
    if (exports[index].kind === 'global') {
      try {
        ({ value } = value)
      } catch {
        // JavaScript has no value for it.
        value = undefined
      }
    }
    setOwn(values, index, value)
  }
  return values
}

function checkSource (target) {
  if (target.format !== 'wasm') {
    throw nodeError(SyntaxError, 'ERR_SOURCE_PHASE_NOT_DEFINED', 'Source phase import object is not defined for module ' +
      `'${target.url}'`)
  }
}

/** The number of a module whose only value is the compiled one. */
function sourceModule (target, bytesOf) {
  checkSource(target)
  const known = sources.get(target.url)
  if (known !== undefined) return known
  const module = compile(target, bytesOf)
  const number = createModule(target.url, ['default'], () => [module])
  sources.set(target.url, number)
  return number
}

function sourceOf (target, bytesOf) {
  checkSource(target)
  return compile(target, bytesOf)
}

module.exports = { load, sourceModule, sourceOf }
