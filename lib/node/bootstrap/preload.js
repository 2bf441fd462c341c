// The body of a function (process, require, compile, addonLoaded, leaveBeforeBreak, hasVariables) that runs in a new environment before
// any other code. This `require` knows Node's internal modules. Only this file takes from them what the worker needs. `compile` turns a
// file of this package into a function, with V8's code cache. The body returns the function that runs the worker's entry.

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
  /** Registers an addon that must be unloaded with the worker. */
  addonLoaded,
  /** Whether process.env has the worker's variables already; see src/engine/shim/node/variables.cc. */
  hasVariables,
  execution: () => require('internal/process/execution'),
  runEntryPoint: () => require('internal/modules/run_main').runEntryPointWithESMLoader,
  getOptionValue: require('internal/options').getOptionValue
}

const root = binding.packageRoot()

// Files are loaded on demand. The worker's code may have changed these methods by then.
const uncurryThis = Function.prototype.bind.bind(Function.prototype.call)
const startsWith = uncurryThis(String.prototype.startsWith)
const slice = uncurryThis(String.prototype.slice)
const requireBuiltin = id => require(startsWith(id, 'node:') ? slice(id, 'node:'.length) : id)
const compileFile = name => compile(`lib/${name}.js`)

const loaderModule = { exports: {} }
compile('lib/core/loader.js')(loaderModule.exports, requireBuiltin, loaderModule)
const instance = loaderModule.exports.createLoader({ native: binding, root, separator: path.sep, requireBuiltin, compile: compileFile })

// Lets the worker's own code find the instance at once. If it empties Node's module cache, the native half still has the instance.
const instanceModule = new Module(path.join(root, 'lib', 'node', 'instance.js'))
instanceModule.filename = instanceModule.id
instanceModule.exports = instance
instanceModule.loaded = true
Module._cache[instanceModule.filename] = instanceModule

const internalsKey = Symbol.for('isothreads.internals')
process[internalsKey] = internals
instance.load('node/platform')
const { bootstrap } = instance.load('node/bootstrap/worker')
delete process[internalsKey]

const start = bootstrap(Module, internals)

// Node sets this option also when a debugger asked for it. The function does what Node does after this file, but without Node's break
// before the next line that runs, which is not the worker's first one: see environment.cc.
if (internals.getOptionValue('--inspect-brk')) {
  leaveBeforeBreak(() => {
    const preExecution = require('internal/process/pre_execution')
    preExecution.loadPreloadModules()
    preExecution.initializeFrozenIntrinsics()
    // From Node 26 on.
    if (internals.getOptionValue('--import').length === 0) preExecution.finishVfsMounts?.()
    const { HTTP_PROXY, HTTPS_PROXY, http_proxy: httpProxy, https_proxy: httpsProxy } = process.env
    if (internals.getOptionValue('--use-env-proxy') && (HTTP_PROXY || HTTPS_PROXY || httpProxy || httpsProxy)) {
      const { setGlobalDispatcher, EnvHttpProxyAgent } = require('internal/deps/undici/undici')
      setGlobalDispatcher(new EnvHttpProxyAgent())
    }
    preExecution.markBootstrapComplete()
  })
}

return start
