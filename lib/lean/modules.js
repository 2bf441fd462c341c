'use strict'

// CommonJS modules. The native half decides which files can be loaded and finds them, with Node's rules for packages:
// src/runtime/lean/modules.rs.
// https://nodejs.org/api/modules.html

const {
  Error, JSONParse, ObjectAssign, ObjectDefineProperty, ReflectApply, RegExpPrototypeExec, StringPrototypeEndsWith,
  StringPrototypeLastIndexOf, StringPrototypeSlice, StringPrototypeStartsWith, SyntaxError, isInstance, setOwn
} = require('../core/primordials')
const { invalidArgType, nodeError } = require('../core/errors')
const { native } = require('../core/realm')
const { compileFunction } = require('./host')
const { unsupported } = require('./platform')
const { exportsOf, findModule } = require('./synthetic-modules')

const parameters = ['exports', 'require', 'module', '__filename', '__dirname']
// What V8 says about the syntax of ES modules where there is none.
const moduleSyntax = /Cannot use import statement outside a module|Unexpected token 'export'|Cannot use 'import\.meta' outside a module/
const useNode = "use a worker with runtime: 'node'"

const cache = { __proto__: null }
let mainModule

function folderOf (filename) {
  const at = StringPrototypeLastIndexOf(filename, separator)
  return at <= 0 ? separator : StringPrototypeSlice(filename, 0, at)
}

const separator = native.packageRoot()[0] === '/' ? '/' : '\\'

class Module {
  constructor (filename, parent) {
    this.id = parent === undefined ? '.' : filename
    this.path = folderOf(filename)
    this.exports = {}
    this.filename = filename
    this.loaded = false
    this.children = []
    if (parent !== undefined) setOwn(parent.children, parent.children.length, this)
  }
}

function withCode (error, code, properties) {
  setOwn(error, 'code', code)
  return properties === undefined ? error : ObjectAssign(error, properties)
}

function notFound (request, parent) {
  const requireStack = parent === undefined ? [] : [parent.filename]
  const note = parent === undefined ? '' : `\nRequire stack:\n- ${parent.filename}`
  return withCode(new Error(`Cannot find module '${request}'${note}`), 'MODULE_NOT_FOUND', { requireStack })
}

function refusal (request, parent, { reason, detail }) {
  switch (reason) {
    case 'builtin':
      return noBuiltin(detail)
    case 'outside':
      return nodeError(Error, 'ERR_ISOTHREADS_OUTSIDE_MODULE_ROOTS',
        `Cannot load '${request}': it is not below a module root of this worker. The option moduleRoots sets them`)
    case 'not exported':
      return withCode(new Error(detail), 'ERR_PACKAGE_PATH_NOT_EXPORTED')
    case 'other':
      return new Error(`Cannot load '${request}': ${detail}`)
    default:
      return notFound(request, parent)
  }
}

function noBuiltin (name) {
  return unsupported(`The lean runtime has no module '${name}': ${useNode}`)
}

/** @returns {{ path: string, isESModule: boolean }} */
function resolve (request, folder, parent) {
  if (StringPrototypeStartsWith(request, 'node:')) throw noBuiltin(StringPrototypeSlice(request, 'node:'.length))
  const found = native.resolveModule(folder, request)
  if (found.reason !== null) throw refusal(request, parent, found)
  return found
}

function load (request, found, parent) {
  const cached = cache[found.path]
  if (cached !== undefined) return cached.exports
  const module = new Module(found.path, parent)
  if (parent === undefined) mainModule = module
  cache[found.path] = module
  try {
    run(module, found, parent)
  } catch (error) {
    delete cache[found.path]
    throw error
  }
  module.loaded = true
  return module.exports
}

function run (module, { path, isESModule }, parent) {
  if (isESModule) throw unsupported(`The lean runtime has no ES modules yet, and ${path} is one: use CommonJS, or ${useNode}`)
  const extension = RegExpPrototypeExec(/\.(?:node|wasm|[cm]?tsx?|jsx)$/, path)
  if (extension !== null) throw unsupported(`The lean runtime cannot load ${extension[0]} files (${path}): ${useNode}`)
  const read = native.readModule(path)
  if (read.reason !== null) throw refusal(path, parent, read)
  if (StringPrototypeEndsWith(path, '.json')) {
    module.exports = parseJSON(read.text, path)
    return
  }
  call(module, compile(read.text, path, parameters))
}

function parseJSON (text, path) {
  try {
    return JSONParse(text[0] === '\uFEFF' ? StringPrototypeSlice(text, 1) : text)
  } catch (error) {
    error.message = `${path}: ${error.message}`
    throw error
  }
}

function compile (text, filename, names) {
  try {
    return compileFunction(text, filename, names)
  } catch (error) {
    if (isInstance(SyntaxError, error) && RegExpPrototypeExec(moduleSyntax, error.message) !== null) {
      error.message += `. The lean runtime has no ES modules yet: use CommonJS, or ${useNode}`
    }
    throw error
  }
}

function call (module, wrapper) {
  ReflectApply(wrapper, module.exports, [module.exports, requireOf(module), module, module.filename, module.path])
}

function requireOf (module) {
  const find = request => {
    if (typeof request !== 'string') throw invalidArgType('id', 'of type string', request)
    return findModule(request) === undefined ? resolve(request, module.path, module) : undefined
  }
  const require = function require (id) {
    const found = find(id)
    return found === undefined ? exportsOf(findModule(id)) : load(id, found, module)
  }
  require.resolve = function resolve (request) {
    const found = find(request)
    return found === undefined ? request : found.path
  }
  require.main = mainModule
  require.cache = cache
  setOwn(module, 'require', require)
  return require
}

/** @returns {unknown} what the worker's file exports */
function loadFile () {
  const path = native.leanEntry()
  return load(path, resolve(path, folderOf(path), undefined), undefined)
}

// Its relative paths begin at the first module root.
function moduleWithoutFile (name) {
  const roots = native.moduleRoots()
  const module = new Module(name, undefined)
  module.path = roots.length > 0 ? roots[0] : separator
  return module
}

/** @returns {Function} the `require` of functions that are passed to a pool */
function createRequire () {
  return requireOf(moduleWithoutFile('[task]'))
}

/**
 * Runs the worker's entry.
 * @param {{ type: 'file', path: string } | { type: 'eval', source: string }} entry
 */
function runEntry (entry) {
  if (entry.type === 'file') {
    loadFile()
    return
  }
  const module = moduleWithoutFile('[worker eval]')
  mainModule = module
  // As in Node, they are globals.
  const globals = { require: requireOf(module), module, exports: module.exports, __filename: module.filename, __dirname: '.' }
  for (let index = 0; index < parameters.length; index++) {
    const value = globals[parameters[index]]
    ObjectDefineProperty(globalThis, parameters[index], { __proto__: null, value, writable: true, configurable: true, enumerable: true })
  }
  compile(entry.source, module.filename, [])()
  module.loaded = true
}

module.exports = { createRequire, loadFile, runEntry }
