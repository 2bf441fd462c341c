'use strict'

const fs = require('node:fs')
const path = require('node:path')
const vm = require('node:vm')
const Module = require('node:module')
const { pathToFileURL } = require('node:url')

const variables = ['exports', 'require', 'module', '__filename', '__dirname']
const AsyncFunction = (async () => {}).constructor
const exitCodeOfUnsettledAwait = 13

// An arrow function, so that `this`, `arguments` and `return` keep their meaning in a CommonJS module.
const head = 'return (async () => {'
const tail = '\n})()'

function compiles (compile) {
  try {
    compile()
    return true
  } catch {
    return false
  }
}

const isCommonJs = (body) => compiles(() => vm.compileFunction(body, variables))

// The constructor parses the body separately, so a stray `}` cannot end the enclosing function.
const isBodyOfAsyncFunction = (body) => compiles(() => new AsyncFunction(...variables, body))

/**
 * Whether the body of an async function refers to one of the variables that only CommonJS has. Node.js finds out by running the file:
 * an ES module that refers to one throws a ReferenceError. Here the answer is needed first. V8 gives it without a parser of our own:
 * a reserved word in place of a variable is a syntax error, but is valid in a comment, a string, a regular expression, or as a
 * property. A variable of the same name that the file declares inside a function counts as well.
 */
function mentionsCommonJs (body) {
  return variables.some((name) => {
    const changed = body.replaceAll(new RegExp(`\\b${name}\\b`, 'g'), 'enum')
    return changed !== body && !isBodyOfAsyncFunction(changed)
  })
}

/**
 * Whether this is the source of a CommonJS module except for its top-level `await`. A source without that word is not parsed.
 * @param {string} source
 * @param {string} [format] the format that Node.js assumes; without it Node.js would have to guess, and so does this function
 */
function isAwaitingCommonJs (source, format) {
  if (!/\bawait\b/.test(source)) return false
  const body = withoutHashbang(source)
  if (isCommonJs(body) || !isBodyOfAsyncFunction(body)) return false
  return format === 'commonjs' || mentionsCommonJs(body)
}

function withoutHashbang (source) {
  return source.replace(/^\uFEFF?#!/, '//')
}

/** The line of the `await` that is unsettled, as Node.js prints it. Empty if there are several candidates. */
function locate (source) {
  const lines = source.split('\n')
  const [first, ...others] = [...lines.keys()].filter((index) => /\bawait\b/.test(lines[index]))
  if (others.length > 0) return ''
  const column = lines[first].search(/\bawait\b/)
  return `:${first + 1}\n${lines[first]}\n${' '.repeat(column)}^\n`
}

/** Turns a natural end of the process while the entry still awaits into a failure, as for an ES module. */
function failWhenUnsettled (settled, source, filename) {
  let isFailing = false
  const fail = () => {
    if (isFailing || process.exitCode !== undefined) return
    isFailing = true
    process.exitCode = exitCodeOfUnsettledAwait
    process.prependOnceListener('exit', warn)
    // Runs only if another listener keeps the process alive, so that it did not end after all.
    setImmediate(takeBack).unref()
  }
  const takeBack = () => {
    if (!isFailing) return
    isFailing = false
    process.exitCode = undefined
    process.off('exit', warn)
  }
  const warn = () => {
    process.stderr.write(`Warning: Detected unsettled top-level await at ${pathToFileURL(filename)}${locate(source)}\n\n\n`)
  }
  const stop = () => {
    process.off('beforeExit', fail)
    takeBack()
  }
  process.prependListener('beforeExit', fail)
  settled.then(stop, stop)
}

/**
 * Compiles and starts the entry like Node.js. Node.js counts the function's head as a part of the first line, which matters only if a
 * stack trace can contain that line. Then the entry is compiled here, unless it uses `import()`, which prints a warning outside
 * Node.js's own loader.
 */
function start (compileByNode, module, source, filename) {
  const [firstLine] = source.split('\n', 1)
  const isFirstLineInert = /^\uFEFF?\s*(?:#!.*|\/\/.*|(["'])use strict\1;?\s*)?$/.test(firstLine)
  const wrapped = head + withoutHashbang(source) + tail
  if (isFirstLineInert || /\bimport\b/.test(source)) return compileByNode.call(module, wrapped, filename, 'commonjs')

  const entry = vm.compileFunction(wrapped, variables, { filename, columnOffset: -head.length })
  const require = Object.assign((id) => module.require(id), Module.createRequire(filename))
  const { exports } = module
  return entry.call(exports, exports, require, module, filename, path.dirname(filename))
}

function run (compileByNode, module, source, filename) {
  const settled = start(compileByNode, module, source, filename)
  failWhenUnsettled(settled, source, filename)
  // Node.js shows the source line of an error thrown from a microtask. No listener for unhandled rejections and no
  // --unhandled-rejections=none can swallow such an error. The same holds for an ES module.
  settled.catch((error) => queueMicrotask(() => { throw error }))
}

function typeOfPackage (file) {
  for (let directory = path.dirname(file); ; directory = path.dirname(directory)) {
    try {
      return JSON.parse(fs.readFileSync(path.join(directory, 'package.json'), 'utf8')).type
    } catch (error) {
      if (error.code !== 'ENOENT' && error.code !== 'ENOTDIR') return undefined
    }
    if (path.basename(directory) === 'node_modules' || directory === path.dirname(directory)) return undefined
  }
}

let isInstalled = false

/** The entry that Node.js is about to run, if only its source tells which kind of module it is. */
function findAmbiguousEntry () {
  if (process.argv[1] === undefined || process._eval != null) return null
  let file
  try {
    const entry = path.resolve(process.argv[1])
    file = Module.createRequire(entry).resolve(entry)
  } catch {
    return null
  }
  if (!['.js', ''].includes(path.extname(file)) || typeOfPackage(file) !== undefined) return null
  return file
}

function isLoadedAsEsModule () {
  const options = [...process.execArgv, ...(process.env.NODE_OPTIONS ?? '').split(/\s+/)]
  return options.some((option) => /^--(?:import|loader|experimental-loader)(?:=|$)/.test(option))
}

/** Tells Node.js's ES module loader, which calls no compiler of ours, that the entry is CommonJS. */
function nameFormat (file) {
  const entry = pathToFileURL(file).href
  if (Module.registerHooks !== undefined) {
    const hooks = Module.registerHooks({
      load (url, context, nextLoad) {
        if (url !== entry) return nextLoad(url, context)
        hooks.deregister()
        return nextLoad(url, { ...context, format: 'commonjs' })
      }
    })
    return
  }
  const hooks = `export const load = (url, context, nextLoad) =>
    nextLoad(url, url === ${JSON.stringify(entry)} ? { ...context, format: 'commonjs' } : context)`
  Module.register(`data:text/javascript,${encodeURIComponent(hooks)}`)
}

/**
 * Lets the entry of this process be CommonJS with a top-level `await`. Node.js refuses such a file, or treats it as an ES module
 * without `require`. Every other module and every other entry is left to Node.js. Must be called before the entry is loaded; later
 * calls do nothing.
 */
function install () {
  if (isInstalled) return
  isInstalled = true
  if (isLoadedAsEsModule()) {
    const entry = findAmbiguousEntry()
    if (entry !== null && isAwaitingCommonJs(fs.readFileSync(entry, 'utf8'))) nameFormat(entry)
  }

  const original = Module.prototype._compile
  Module.prototype._compile = compileEntry

  function compileEntry (content, filename, format) {
    if (this !== process.mainModule) return original.apply(this, arguments)
    // From here on modules compile as if this hook had never existed, unless other code has put a hook on top of it.
    if (Module.prototype._compile === compileEntry) Module.prototype._compile = original
    const isJavaScript = typeof content === 'string' && (format === undefined || format === null || format === 'commonjs')
    if (!isJavaScript || !isAwaitingCommonJs(content, format)) return original.apply(this, arguments)
    return run(original, this, content, filename)
  }
}

module.exports = { install }
