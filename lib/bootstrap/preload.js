// The body of a function (process, require, compile, addonLoaded) that runs in a new environment before anything
// else. This `require` knows Node's internal modules; what the worker needs of them is taken here
// and nowhere else. `compile` makes a function of one of this package's files, with V8's code cache.
// Returns the function that has the worker's entry run.

const path = require('path')
const { Module } = require('internal/modules/cjs/loader')
const binding = process._linkedBinding('isothreads')

const internals = {
  eventTarget: require('internal/event_target'),
  buffer: require('internal/buffer'),
  loadMessageEvent () {
    const fromWorkerIO = require('internal/worker/io').MessageEvent
    return fromWorkerIO ?? require('internal/deps/undici/undici').MessageEvent
  },
  unavailable: require('internal/process/worker_thread_only').unavailable,
  signal: require('internal/process/signal'),
  codes: require('internal/errors').codes,
  BuiltinModule: require('internal/bootstrap/realm').BuiltinModule,
  internalBinding: require('internal/bootstrap/realm').internalBinding,
  clearAsyncIdStack: () => require('internal/async_hooks').clearAsyncIdStack(),
  freezeIntrinsics () {
    require('internal/util').emitExperimentalWarning('Frozen intristics')
    require('internal/freeze_intrinsics')()
  },
  /** Has this addon unloaded with the worker. */
  addonLoaded,
  execution: () => require('internal/process/execution'),
  runEntryPoint: () => require('internal/modules/run_main').runEntryPointWithESMLoader,
  getOptionValue: require('internal/options').getOptionValue
}

const root = binding.packageRoot()

// Does what Module._load() does, in a tenth of the time. The modules are in Node's cache, so that
// they are the same when the worker's own code requires this package.
function load (filename) {
  const loaded = Module._cache[filename]
  if (loaded !== undefined) return loaded.exports
  const module = new Module(filename)
  module.filename = filename
  Module._cache[filename] = module
  const directory = path.dirname(filename)
  const requireFrom = request => {
    if (request.startsWith('node:')) return require(request.slice('node:'.length))
    return load(path.join(directory, `${request}.js`))
  }
  const name = filename.slice(root.length + 1).replaceAll(path.sep, '/')
  compile(name)(module.exports, requireFrom, module, filename, directory)
  module.loaded = true
  return module.exports
}

const shared = { binding, internals }
for (const [name, value] of Object.entries(shared)) process[Symbol.for(`isothreads.${name}`)] = value
const { bootstrap } = load(path.join(root, 'lib', 'bootstrap', 'worker.js'))
for (const name of Object.keys(shared)) delete process[Symbol.for(`isothreads.${name}`)]

return bootstrap(Module, internals)
