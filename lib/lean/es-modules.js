'use strict'

// ES modules. V8 parses, links and evaluates them (src/engine/shim/lean/modules.cc); here they are found, read and given their
// dependencies. Files are read at once, because a lean worker's thread has nothing else to do meanwhile. Loaded with the first ES module.
// https://nodejs.org/api/esm.html

const {
  Error, ObjectHasOwn, RangeError, ReferenceError, RegExpPrototypeExec, SafeMap, SafeSet, StringPrototypeEndsWith,
  StringPrototypeIncludes, StringPrototypeLastIndexOf, StringPrototypeReplaceAll, StringPrototypeSlice, StringPrototypeStartsWith,
  SyntaxError, TypeError, append, isInstance, newList, setOwn
} = require('../core/primordials')
const { nodeError } = require('../core/errors')
const { native } = require('../core/realm')
const { esModules, nodeMajor } = require('./host')
const { exportsOf, findModule, namesOf } = require('./synthetic-modules')
const commonJS = require('./modules')

const {
  compileModule, createModule, evaluateModule, evaluateModuleNow, forgetModule, hasAwait, instantiateModule, linkModule, namespaceOf,
  requestsOf, setEntry, setMetaHandler, statusOf
} = esModules()

// The phase of `import source`.
const SOURCE = 1

// Lists that V8 walks are plain arrays.
const listOf = (length) => { const list = []; list.length = length; return list }

/**
 * A module that was found.
 * @typedef {object} Target
 * @property {string} url it is known by this
 * @property {'builtin' | 'module' | 'commonjs' | 'detect' | 'json' | 'wasm'} format
 * @property {string} [path] of a file
 * @property {string} [text] of a URL with data
 * @property {string} [encoded] the same in base64
 */

/**
 * @typedef {object} Record a module that was loaded
 * @property {string} url
 * @property {string} format
 * @property {string | undefined} path
 * @property {number} number by which V8 knows it
 * @property {Record[]} dependencies
 * @property {{ value: unknown } | undefined} exports what require() gives
 * @property {Function | undefined} initialize of WebAssembly
 */

/** @type {Record<string, Record>} by URL */
const records = { __proto__: null }
const byNumber = new SafeMap()
let mainURL

const hasScheme = /^[A-Za-z][A-Za-z0-9+.-]*:/
const fileURL = /^file:(?:\/\/)?(?:localhost(?=\/))?([^]*)$/
const urlParts = /^([^?#]*)([?#][^]*)?$/

// --- Finding

// What was found stays so for the worker's life, as in Node.
const files = new SafeMap()
// By the folder that asks, and the name.
const packages = new SafeMap()

/** @param {string} referrer a URL, a path, or the name of source text */
function baseOf (referrer) {
  if (RegExpPrototypeExec(/^(?:file:\/\/|data:)/, referrer) !== null) return referrer
  const isPath = RegExpPrototypeExec(/^(?:[\\/]|[A-Za-z]:[\\/])/, referrer) !== null
  return isPath ? native.fileURLOf(referrer) : `${native.fileURLOf(commonJS.firstFolder())}/`
}

function isRelative (specifier) {
  return RegExpPrototypeExec(/^(?:\/|\.\.?(?:\/|$))/, specifier) !== null
}

/** The URL of a file that is named relative to another. */
function joined (specifier, base) {
  const parts = RegExpPrototypeExec(urlParts, specifier)
  const isAbsolute = StringPrototypeStartsWith(specifier, '/')
  const path = isAbsolute ? parts[1] : StringPrototypeSlice(folderOf(base), 'file://'.length) + parts[1]
  return `file://${withoutDots(path)}${parts[2] ?? ''}`
}

/** With the slash. */
function folderOf (url) {
  const path = RegExpPrototypeExec(urlParts, url)[1]
  return StringPrototypeSlice(path, 0, StringPrototypeLastIndexOf(path, '/') + 1)
}

function withoutDots (path) {
  const segments = newList()
  let end = ''
  let rest = StringPrototypeSlice(path, 1)
  for (let isLast = false; !isLast;) {
    const parts = RegExpPrototypeExec(/^([^/\\]*)([/\\]?)([^]*)$/, rest)
    isLast = parts[2] === ''
    rest = parts[3]
    end = '/'
    if (RegExpPrototypeExec(/^(?:\.|%2e){2}$/i, parts[1]) !== null) {
      if (segments.length > 0) segments.length--
    } else if (RegExpPrototypeExec(/^(?:\.|%2e)$/i, parts[1]) === null) {
      if (isLast) end = ''
      append(segments, parts[1])
    }
  }
  let result = ''
  for (let index = 0; index < segments.length; index++) result += `/${segments[index]}`
  return result + end || '/'
}

/** For messages. */
function shown (url) {
  return native.pathOfFileURL(url) ?? url
}

function withURL (error, url) {
  setOwn(error, 'url', url)
  return error
}

/** @returns {Target} */
function resolve (specifier, base) {
  const builtin = findModule(specifier)
  if (builtin !== undefined) return { url: builtin, format: 'builtin' }
  if (isRelative(specifier)) {
    if (!StringPrototypeStartsWith(base, 'file:')) {
      throw nodeError(TypeError, 'ERR_UNSUPPORTED_RESOLVE_REQUEST', `Failed to resolve module specifier "${specifier}" from "${base}": ` +
        'Invalid relative URL or base scheme is not hierarchical.')
    }
    return resolveFile(joined(specifier, base), base)
  }
  const scheme = RegExpPrototypeExec(hasScheme, specifier)?.[0]
  if (scheme === 'file:') return resolveFile(joined(RegExpPrototypeExec(fileURL, specifier)[1], base), base)
  if (scheme === 'data:') return resolveData(specifier)
  if (scheme !== undefined && scheme !== 'node:') {
    throw nodeError(Error, 'ERR_UNSUPPORTED_ESM_URL_SCHEME', 'Only URLs with a scheme in: file and data are supported by the default ESM ' +
      `loader. Received protocol '${scheme}'`)
  }
  const folder = native.pathOfFileURL(folderOf(base)) ?? '/'
  const key = `${folder}\0${specifier}`
  const known = packages.get(key)
  if (known !== undefined) return known
  const found = native.resolveImport(folder, specifier)
  if (found.reason === null) {
    const target = fileTarget(found, '')
    packages.set(key, target)
    return target
  }
  if (found.reason === 'not found') {
    const name = RegExpPrototypeExec(/^(?:@[^/]*\/)?[^/]*/, specifier)[0]
    throw nodeError(Error, 'ERR_MODULE_NOT_FOUND', `Cannot find package '${name}' imported from ${shown(base)}`)
  }
  throw commonJS.refusal(specifier, undefined, found, ` imported from ${shown(base)}`)
}

/** @param {string} url without dots */
function resolveFile (url, base) {
  const known = files.get(url)
  if (known !== undefined) return known
  const target = findFile(url, base)
  files.set(url, target)
  return target
}

function findFile (url, base) {
  const path = native.pathOfFileURL(url)
  if (path === null) {
    throw nodeError(TypeError, 'ERR_INVALID_MODULE_SPECIFIER', `Invalid module "${StringPrototypeSlice(url, 'file://'.length)}" ` +
      `must not include encoded "/" or "\\" characters imported from ${shown(base)}`)
  }
  const found = native.resolveImport(null, path)
  if (found.reason === null) return fileTarget(found, RegExpPrototypeExec(urlParts, url)[2] ?? '')
  if (found.reason === 'not found') {
    const error = nodeError(Error, 'ERR_MODULE_NOT_FOUND', `Cannot find module '${path}' imported from ${shown(base)}`)
    throw withURL(error, native.fileURLOf(path))
  }
  if (found.reason === 'folder') {
    throw withURL(nodeError(Error, 'ERR_UNSUPPORTED_DIR_IMPORT',
      `Directory import '${path}' is not supported resolving ES modules imported from ${shown(base)}`), native.fileURLOf(path))
  }
  throw commonJS.refusal(path, undefined, found)
}

function fileTarget ({ path, kind }, suffix) {
  return { url: native.fileURLOf(path) + suffix, format: formatOf(path, kind), path }
}

function formatOf (path, kind) {
  const extension = RegExpPrototypeExec(/\.[^./\\]*$/, path)?.[0]
  if (extension === '.json') return 'json'
  if (extension === '.wasm') return 'wasm'
  if (extension === undefined || RegExpPrototypeExec(/^\.[cm]?[jt]s$/, extension) !== null) return kind ?? 'detect'
  commonJS.checkExtension(path)
  throw nodeError(TypeError, 'ERR_UNKNOWN_FILE_EXTENSION', `Unknown file extension "${extension}" for ${path}`)
}

const dataURL = /^data:([^/,;]+\/[^;,]+)[^,]*?(;base64)?,([^#]*)/i
const formatsOfTypes = { __proto__: null, 'text/javascript': 'module', 'application/json': 'json', 'application/wasm': 'wasm' }

function resolveData (url) {
  const parts = RegExpPrototypeExec(dataURL, url)
  const format = parts === null ? undefined : formatsOfTypes[parts[1]]
  if (format === undefined) {
    throw nodeError(RangeError, 'ERR_UNKNOWN_MODULE_FORMAT', `Unknown module format: ${parts?.[1] ?? null} for URL ${url}`)
  }
  const body = decoded(parts[3])
  return parts[2] === undefined ? { url, format, text: body } : { url, format, encoded: body }
}

const { decodeURIComponent: decode } = globalThis

function decoded (text) {
  return StringPrototypeIncludes(text, '%') ? decode(text) : text
}

// --- Attributes

function typeOf (attributes) {
  let type
  for (let index = 0; index < attributes.length; index += 2) if (attributes[index] === 'type') type = attributes[index + 1]
  return type
}

function checkAttributes (target, attributes) {
  const { url } = target
  for (let index = 0; index < attributes.length; index += 2) {
    if (attributes[index] !== 'type') throw unsupportedAttribute(attributes[index], attributes[index + 1], url)
  }
  const type = typeOf(attributes)
  const expected = target.format === 'json' ? 'json' : undefined
  if (type === expected) return
  if (type === undefined) {
    throw nodeError(TypeError, 'ERR_IMPORT_ATTRIBUTE_MISSING', `Module "${url}" needs an import attribute of "type: ${expected}"`)
  }
  if (type !== 'json') throw unsupportedAttribute('type', type, url)
  throw nodeError(TypeError, 'ERR_IMPORT_ATTRIBUTE_TYPE_INCOMPATIBLE', `Module "${url}" is not of type "${type}"`)
}

function unsupportedAttribute (name, value, url) {
  return nodeError(TypeError, 'ERR_IMPORT_ATTRIBUTE_UNSUPPORTED',
    `Import attribute "${name}" with value "${value}" is not supported${nodeMajor >= 24 ? ` in ${url}` : ''}`)
}

// --- Loading

/**
 * @param {Target} target
 * @param {Record[]} fresh takes the records that are made
 * @param {boolean} isRequired by a CommonJS module that runs
 * @returns {Record}
 */
function recordOf (target, fresh, isRequired) {
  const known = records[target.url]
  if (known !== undefined) return known
  const record = {
    url: target.url,
    format: target.format,
    path: target.path,
    number: 0,
    dependencies: newList(),
    exports: undefined,
    initialize: undefined
  }
  switch (target.format) {
    case 'builtin':
      record.number = builtinModule(target.url)
      break
    case 'json':
      record.number = createModule(target.url, ['default'], jsonModule(target))
      break
    case 'wasm':
      require('./wasm-modules').load(record, target, bytesOf)
      break
    case 'module':
      record.number = compileModule(sourceOf(target), target.url)
      break
    default:
      loadScript(record, target, isRequired)
  }
  records[record.url] = record
  byNumber.set(record.number, record)
  append(fresh, record)
  return record
}

/** The number of a shared source, or text. */
function sourceOf ({ path, text, encoded, source }) {
  if (source !== undefined) return source
  if (path !== undefined) return commonJS.readSource(path, undefined)
  return text ?? textOf(bytesOf({ encoded }))
}

function textOf (bytes) {
  return native.decodeUtf8(bytes)
}

/** @returns {ArrayBuffer} */
function bytesOf ({ path, text, encoded }) {
  if (path !== undefined) {
    const bytes = native.readBytes(path)
    if (bytes === null) throw commonJS.refusal(path, undefined, { reason: 'not found' })
    return bytes
  }
  return encoded === undefined ? native.encodeUtf8(text) : require('./base64').bytesOf(encoded)
}

// A file that is a CommonJS module, unless its text says otherwise.
function loadScript (record, target, isRequired) {
  const { path, url } = target
  const cached = commonJS.cache[path]
  if (cached !== undefined && isRequired && !cached.loaded) {
    throw nodeError(Error, 'ERR_REQUIRE_CYCLE_MODULE', `Cannot import CommonJS Module ${path} in a cycle.`)
  }
  const prepared = commonJS.prepare(path, target.format === 'commonjs' ? 'commonjs' : null)
  if (prepared.isESModule) {
    record.format = 'module'
    record.number = compileModule(prepared.source, url)
    return
  }
  record.format = 'commonjs'
  const names = require('./export-names').exportNames(prepared.source, path)
  const all = listOf(names.length)
  for (let index = 0; index < names.length; index++) all[index] = names[index]
  setOwn(all, all.length, 'default')
  if (nodeMajor >= 23) setOwn(all, all.length, 'module.exports')
  record.number = createModule(url, all, () => {
    return valuesOf(commonJS.exportsOfPrepared(path), names, all.length)
  })
}

function valuesOf (exports, names, length) {
  const values = listOf(length)
  const isObject = (typeof exports === 'object' && exports !== null) || typeof exports === 'function'
  for (let index = 0; index < names.length; index++) {
    let value
    try {
      // What it inherits is not exported.
      if (isObject && ObjectHasOwn(exports, names[index])) value = exports[names[index]]
    } catch {
      // As in Node, a getter that throws gives undefined.
    }
    setOwn(values, index, value)
  }
  for (let index = names.length; index < length; index++) setOwn(values, index, exports)
  return values
}

function builtinModule (name) {
  const exports = exportsOf(name)
  const keys = namesOf(name)
  const names = newList()
  for (let index = 0; index < keys.length; index++) if (keys[index] !== 'default') append(names, keys[index])
  const all = listOf(names.length)
  for (let index = 0; index < names.length; index++) setOwn(all, index, names[index])
  setOwn(all, names.length, 'default')
  return createModule(name, all, () => valuesOf(exports, names, all.length))
}

function jsonModule (target) {
  if (target.path !== undefined) {
    const value = commonJS.requireJSON(target.path)
    return () => [value]
  }
  const value = commonJS.parseJSON(sourceOf(target), target.url)
  return () => [value]
}

/** @returns {Record} with all that it imports */
function load (target, isRequired = false) {
  const fresh = newList()
  try {
    const record = recordOf(target, fresh, isRequired)
    for (let index = 0; index < fresh.length; index++) link(fresh[index], fresh, isRequired)
    return record
  } catch (error) {
    for (let index = 0; index < fresh.length; index++) {
      delete records[fresh[index].url]
      byNumber.delete(fresh[index].number)
      forgetModule(fresh[index].number)
    }
    throw error
  }
}

function link (record, fresh, isRequired) {
  if (record.format !== 'module' && record.format !== 'wasm') return
  const requests = requestsOf(record.number)
  const numbers = listOf(requests.length / 3)
  for (let index = 0; index < numbers.length; index++) {
    const phase = requests[3 * index + 2]
    const target = resolve(requests[3 * index], record.url)
    checkAttributes(target, requests[3 * index + 1])
    if (phase === SOURCE) {
      setOwn(numbers, index, require('./wasm-modules').sourceModule(target, bytesOf))
      continue
    }
    const dependency = recordOf(target, fresh, isRequired)
    append(record.dependencies, dependency)
    setOwn(numbers, index, dependency.number)
  }
  linkModule(record.number, numbers)
}

// --- Running

function instantiate (record) {
  if (statusOf(record.number) !== 'new') return
  try {
    instantiateModule(record.number)
  } catch (error) {
    if (isInstance(SyntaxError, error)) explainMissingExport(error, record)
    throw error
  }
}

// As in Node.
function explainMissingExport (error, record) {
  const parts = RegExpPrototypeExec(/^The requested module '(.*)' does not provide an export named '(.+)'$/, error.message)
  if (parts === null) return
  const importer = RegExpPrototypeExec(/^(.*):\d+\n(.*)\n/, error.stack)
  const base = importer?.[1] ?? record.url
  let format
  try {
    format = records[resolve(parts[1], base).url]?.format
  } catch {
    return
  }
  if (format !== 'commonjs') return
  const imports = RegExpPrototypeExec(/{.*}/, importer?.[2] ?? '')?.[0]
  const pattern = imports && StringPrototypeReplaceAll(imports, ' as ', ': ')
  const { message } = error
  error.message = `Named export '${parts[2]}' not found. The requested module '${parts[1]}' is a CommonJS module, which may not support ` +
    'all module.exports as named exports.\nCommonJS modules can always be imported via the default export, for example using:\n\n' +
    `import pkg from '${parts[1]}';\n${pattern ? `const ${pattern} = pkg;\n` : ''}`
  error.stack = StringPrototypeReplaceAll(error.stack, message, error.message)
}

const commonJSNames = /^(?:require|module|exports|__filename|__dirname) is not defined$/

// As in Node.
function explainScope (error, { path, url }) {
  if (!isInstance(ReferenceError, error) || RegExpPrototypeExec(commonJSNames, error.message) === null) return
  error.message += ' in ES module scope'
  if (StringPrototypeStartsWith(error.message, 'require ')) error.message += ', you can use import instead'
  if (path === undefined || !StringPrototypeEndsWith(path, '.js')) return
  const found = native.resolveImport(null, path)
  if (found.kind === 'module') {
    error.message += "\nThis file is being treated as an ES module because it has a '.js' file extension and its package.json contains " +
      '"type": "module". To treat it as a CommonJS script, rename it to use the \'.cjs\' file extension.'
  }
  setOwn(error, 'url', url)
}

async function evaluate (record) {
  instantiate(record)
  try {
    await evaluateModule(record.number)
  } catch (error) {
    explainScope(error, record)
    throw error
  }
}

/** What import() calls: (specifier, referrer, attributes, phase). */
async function importModule (specifier, referrer, attributes, phase) {
  // The caller goes on first.
  await undefined
  const target = resolve(specifier, baseOf(referrer))
  checkAttributes(target, attributes)
  if (phase === SOURCE) return require('./wasm-modules').sourceOf(target, bytesOf)
  return await evaluatedNamespace(load(target))
}

/**
 * Runs the worker's entry.
 * @returns {Promise<object>} its namespace
 */
function runMain (target) {
  mainURL = target.url
  const promise = evaluatedNamespace(load(target))
  setEntry(promise)
  return promise
}

async function evaluatedNamespace (record) {
  await evaluate(record)
  return namespaceOf(record.number)
}

function runMainFile (path, source) {
  return runMain({ url: native.fileURLOf(path), format: 'module', path, source })
}

/** Source text that has the syntax of ES modules. */
function runMainText (text, folder) {
  return runMain({ url: `${native.fileURLOf(folder)}/[worker eval]`, format: 'module', text })
}

function runMainURL (url) {
  const target = resolveData(url)
  checkAttributes(target, [])
  return runMain(target)
}

/** Whether text, which is no CommonJS module, is an ES module. */
function canCompile (source, path) {
  try {
    forgetModule(compileModule(source, native.fileURLOf(path)))
    return true
  } catch {
    return false
  }
}

// --- require()

function checkCycle (record, path, parent, seen) {
  if (seen.has(record)) return
  seen.add(record)
  const status = statusOf(record.number)
  if (status === 'evaluating') {
    const from = parent ? ` (from ${parent.filename})` : ''
    throw nodeError(Error, 'ERR_REQUIRE_CYCLE_MODULE', `Cannot require() ES Module ${path} in a cycle.${from} ` +
      'A cycle involving require(esm) is not allowed to maintain invariants mandated by the ECMAScript specification. ' +
      'Try making at least part of the dependency in the graph lazily loaded.')
  }
  if (status !== 'new' && status !== 'linked') return
  const { dependencies } = record
  for (let index = 0; index < dependencies.length; index++) checkCycle(dependencies[index], path, parent, seen)
}

/** What require() gives for the file of an ES module. */
function requireModule (path, source, parent) {
  const record = load({ url: native.fileURLOf(path), format: 'module', path, source }, true)
  checkCycle(record, path, parent, new SafeSet())
  instantiate(record)
  if (hasAwait(record.number)) {
    throw nodeError(Error, 'ERR_REQUIRE_ASYNC_MODULE', 'require() cannot be used on an ESM graph with top-level await. ' +
      `Use import() instead.\nRequired module: ${path}${parent ? `\nRequire stack:\n- ${parent.filename}` : ''}`)
  }
  let namespace
  try {
    namespace = evaluateModuleNow(record.number)
  } catch (error) {
    explainScope(error, record)
    throw error
  }
  record.exports ??= exportsFor(namespace, record)
  return record.exports.value
}

const facade = "export * from 'original'; export { default } from 'original'; export const __esModule = true;"

// A transpiled module that requires one with a default export looks for the mark of transpiled modules.
function exportsFor (namespace, record) {
  if (ObjectHasOwn(namespace, 'module.exports')) return { value: namespace['module.exports'] }
  if (!ObjectHasOwn(namespace, 'default') || ObjectHasOwn(namespace, '__esModule')) return { value: namespace }
  const number = compileModule(facade, record.url)
  const dependencies = listOf(2)
  setOwn(dependencies, 0, record.number)
  if (requestsOf(number).length === 6) setOwn(dependencies, 1, record.number)
  else dependencies.length = 1
  linkModule(number, dependencies)
  instantiateModule(number)
  return { value: evaluateModuleNow(number) }
}

// --- import.meta

setMetaHandler((number, meta) => {
  const record = byNumber.get(number)
  if (record === undefined) return
  const { path, url } = record
  if (StringPrototypeStartsWith(url, 'file:')) {
    const filename = path ?? native.pathOfFileURL(url)
    setOwn(meta, 'dirname', commonJS.folderOf(filename))
    setOwn(meta, 'filename', filename)
  }
  if (record.initialize !== undefined) setOwn(meta, 'initialize', record.initialize)
  setOwn(meta, 'main', url === mainURL)
  setOwn(meta, 'resolve', function resolve (specifier) { return resolvedURL(`${specifier}`, url) })
  setOwn(meta, 'url', url)
})

function resolvedURL (specifier, base) {
  if (StringPrototypeStartsWith(base, 'file:') && isRelative(specifier)) {
    // Whether there is a file does not matter.
    try {
      return resolve(specifier, base).url
    } catch (error) {
      const { code } = error
      if (code !== 'ERR_MODULE_NOT_FOUND' && code !== 'ERR_UNKNOWN_FILE_EXTENSION' && code !== 'ERR_UNSUPPORTED_DIR_IMPORT') throw error
      return error.url ?? joined(specifier, base)
    }
  }
  return resolve(specifier, base).url
}

module.exports = { canCompile, importModule, requireModule, runMainFile, runMainText, runMainURL }
