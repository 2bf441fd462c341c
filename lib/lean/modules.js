'use strict'

// CommonJS modules. The native half decides which files can be loaded and finds them, with Node's rules for packages:
// src/runtime/lean/modules.rs.
// https://nodejs.org/api/modules.html

const {
  Error, JSONParse, ObjectAssign, ObjectDefineProperty, ReflectApply, RegExpPrototypeExec, StringPrototypeEndsWith,
  StringPrototypeLastIndexOf, StringPrototypeSlice, StringPrototypeStartsWith, SyntaxError, TypeError, isInstance, setOwn
} = require('../core/primordials')
const { invalidArgType, nodeError } = require('../core/errors')
const { native } = require('../core/realm')
const { compileFunction } = require('./host')
const { unsupported } = require('./platform')
const { exportsOf, findModule } = require('./synthetic-modules')

const parameters = ['exports', 'require', 'module', '__filename', '__dirname']
const useNode = "use a worker with runtime: 'node'"

// What V8 says about the syntax of ES modules in a function, and about what may be such syntax.
const moduleSyntax = /Cannot use import statement outside a module|Unexpected token 'export'|Cannot use 'import\.meta' outside a module/
const perhapsModuleSyntax =
  /Identifier '(?:__filename|__dirname|exports|module|require)' has already been declared|await is only valid in async functions and the top level bodies of modules|Unexpected reserved word|missing \) after argument list/

// The name of an entry that is source text.
const evalName = '[worker eval]'

const cache = { __proto__: null }
// Modules that were read and compiled before they run.
const prepared = { __proto__: null }
let mainModule
// es-modules.js, which needs this file.
let esModules

const separator = native.packageRoot()[0] === '/' ? '/' : '\\'

function folderOf (filename) {
  const at = StringPrototypeLastIndexOf(filename, separator)
  return at <= 0 ? separator : StringPrototypeSlice(filename, 0, at)
}

class Module {
  constructor (filename, parent, id = filename) {
    this.id = id
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

function refusal (request, parent, { reason, code, detail }, from = '') {
  switch (reason) {
    case 'builtin':
      return noBuiltin(detail)
    case 'outside':
      return nodeError(Error, 'ERR_ISOTHREADS_OUTSIDE_MODULE_ROOTS',
        `Cannot load '${request}': it is not below a module root of this worker. The option moduleRoots sets them`)
    case 'package':
      return nodeError(isTypeError(code) ? TypeError : Error, code, detail + from)
    case 'other':
      return new Error(`Cannot load '${request}': ${detail}`)
    default:
      return notFound(request, parent)
  }
}

function isTypeError (code) {
  return code === 'ERR_PACKAGE_IMPORT_NOT_DEFINED' || code === 'ERR_INVALID_MODULE_SPECIFIER'
}

function noBuiltin (name) {
  return unsupported(`The lean runtime has no module '${name}': ${useNode}`)
}

/** @returns {{ path: string, kind: 'module' | 'commonjs' | null }} */
function resolve (request, folder, parent) {
  if (StringPrototypeStartsWith(request, 'node:')) throw noBuiltin(StringPrototypeSlice(request, 'node:'.length))
  const found = native.resolveModule(folder, request)
  if (found.reason !== null) throw refusal(request, parent, found)
  return found
}

function load ({ path, kind }, parent) {
  const cached = cache[path]
  if (cached !== undefined) return exportsOfCached(cached, parent)
  return execute(new Module(path, parent), kind, parent)
}

function exportsOfCached (module, parent) {
  // An ES module that is being evaluated has no exports yet.
  if (module.isESModule && !module.loaded) esModules().requireModule(module.filename, undefined, parent)
  return module.exports
}

function execute (module, kind, parent) {
  const path = module.filename
  cache[path] = module
  try {
    run(module, kind, parent)
  } catch (error) {
    delete cache[path]
    throw error
  }
  module.loaded = true
  return module.exports
}

function run (module, kind, parent) {
  const path = module.filename
  if (StringPrototypeEndsWith(path, '.json')) {
    module.exports = parseJSON(readText(path, parent), path)
    return
  }
  const { isESModule, source, wrapper } = prepare(path, kind, parent)
  if (isESModule) {
    ObjectDefineProperty(module, 'isESModule', { __proto__: null, value: true })
    module.exports = esModules().requireModule(path, source, parent)
  } else {
    call(module, wrapper)
  }
}

/**
 * Reads a file, and compiles it if it is a CommonJS module.
 * @param {'module' | 'commonjs' | null} kind
 * @returns {{ isESModule: boolean, source: number, wrapper: Function | undefined }}
 */
function prepare (path, kind, parent) {
  const known = prepared[path]
  if (known !== undefined) return known
  checkExtension(path)
  const source = readSource(path, parent)
  if (kind === 'module' || (kind === null && native.isESModule(source))) return { isESModule: true, source, wrapper: undefined }
  let wrapper
  try {
    wrapper = compileFunction(source, path, parameters)
  } catch (error) {
    if (kind === 'commonjs' || !hasModuleSyntax(error, source, path)) throw error
    native.setESModule(source)
    return { isESModule: true, source, wrapper: undefined }
  }
  const result = { isESModule: false, source, wrapper }
  prepared[path] = result
  return result
}

function hasModuleSyntax (error, source, path) {
  if (!isInstance(SyntaxError, error)) return false
  if (RegExpPrototypeExec(moduleSyntax, error.message) !== null) return true
  return RegExpPrototypeExec(perhapsModuleSyntax, error.message) !== null && esModules().canCompile(source, path)
}

/** What an import of a CommonJS module gives; runs it if it has not run yet. */
function exportsOfPrepared (path) {
  return cache[path] === undefined ? execute(new Module(path, undefined), null, undefined) : cache[path].exports
}

function requireJSON (path) {
  return load({ path, kind: null }, undefined)
}

function checkExtension (path) {
  if (StringPrototypeEndsWith(path, '.node')) throw unsupported(`The lean runtime cannot load .node files (${path}): ${useNode}`)
}

/** The number of a source that workers share. */
function readSource (path, parent) {
  const read = native.readSource(path)
  if (read.reason !== null) throw refusal(path, parent, read)
  return RegExpPrototypeExec(/\.[cm]?ts$/, path) === null ? read.source : require('./typescript').strippedSource(read.source, path)
}

function readText (path, parent) {
  const read = native.readModule(path)
  if (read.reason !== null) throw refusal(path, parent, read)
  return read.text
}

function parseJSON (text, path) {
  try {
    return JSONParse(text[0] === '\uFEFF' ? StringPrototypeSlice(text, 1) : text)
  } catch (error) {
    error.message = `${path}: ${error.message}`
    throw error
  }
}

function call (module, wrapper) {
  delete prepared[module.filename]
  ReflectApply(wrapper, module.exports, [module.exports, requireOf(module), module, module.filename, module.path])
}

function requireOf (module) {
  const find = request => {
    if (typeof request !== 'string') throw invalidArgType('id', 'of type string', request)
    return findModule(request) === undefined ? resolve(request, module.path, module) : undefined
  }
  const require = function require (id) {
    const found = find(id)
    return found === undefined ? exportsOf(findModule(id)) : load(found, module)
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

/** @returns {unknown} what the worker's file exports; of an ES module, a promise of its namespace */
function loadFile (path) {
  const { kind } = resolve(path, folderOf(path), undefined)
  if (StringPrototypeEndsWith(path, '.json')) return { default: requireJSON(path) }
  const { isESModule, source } = prepare(path, kind, undefined)
  if (isESModule) return esModules().runMainFile(path, source)
  mainModule = new Module(path, undefined, '.')
  return { default: execute(mainModule, kind, undefined) }
}

/** Where modules without a file look for others: the first module root. */
function firstFolder () {
  const roots = native.moduleRoots()
  return roots.length > 0 ? roots[0] : separator
}

function moduleWithoutFile (name) {
  const module = new Module(name, undefined, '.')
  module.path = firstFolder()
  return module
}

/** @returns {Function} the `require` of functions that are passed to a pool */
function createRequire () {
  return requireOf(moduleWithoutFile('[task]'))
}

/** Runs source text as the worker's entry. Returns a promise if it is an ES module. */
function runText (text) {
  let wrapper
  try {
    wrapper = compileFunction(text, evalName, [])
  } catch (error) {
    if (!hasModuleSyntax(error, text, evalName)) throw error
    return esModules().runMainText(text, firstFolder())
  }
  const module = moduleWithoutFile(evalName)
  mainModule = module
  // As in Node, they are globals.
  const globals = { require: requireOf(module), module, exports: module.exports, __filename: module.filename, __dirname: '.' }
  for (let index = 0; index < parameters.length; index++) {
    const value = globals[parameters[index]]
    ObjectDefineProperty(globalThis, parameters[index], { __proto__: null, value, writable: true, configurable: true, enumerable: true })
  }
  wrapper()
  module.loaded = true
  return undefined
}

/** Whether the worker's entry is no ES module. */
function isClassic () {
  return mainModule !== undefined
}

/** @param {() => object} get es-modules.js */
function setESModules (get) {
  esModules = get
}

module.exports = {
  cache,
  checkExtension,
  createRequire,
  exportsOfPrepared,
  firstFolder,
  folderOf,
  isClassic,
  loadFile,
  parseJSON,
  prepare,
  readSource,
  refusal,
  requireJSON,
  runText,
  setESModules
}
