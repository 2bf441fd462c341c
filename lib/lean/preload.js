// The body of a function (native, host) that runs in a new bare isolate before any other code. `native` has the functions of the
// native half, `host` those of the shim. It returns the function that runs the worker's entry.

// As in Node's contexts.
if (globalThis.Intl !== undefined) delete Intl.v8BreakIterator

const root = native.packageRoot()
const { compile, ...functions } = host

const requireBuiltin = id => { throw new Error(`${id} is a module of Node`) }
const compileFile = name => compile(`lib/${name}.js`)

const loaderModule = { exports: {} }
compile('lib/core/loader.js')(loaderModule.exports, requireBuiltin, loaderModule)
const separator = root[0] === '/' ? '/' : '\\'
const loader = loaderModule.exports.createLoader({ native, root, separator, requireBuiltin, compile: compileFile })

Object.assign(loader.load('lean/host'), functions)
loader.load('lean/platform').fill(loader)
return loader.load('lean/worker').bootstrap()
