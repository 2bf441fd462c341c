// The body of a function (process, require) that runs in a new environment before anything else.
// This `require` knows Node's internal modules; what the worker needs of them is taken here and
// nowhere else. Returns the function that runs the worker's entry.

const { Module } = require('internal/modules/cjs/loader')
const binding = process._linkedBinding('isothreads')

process[Symbol.for('isothreads.binding')] = binding
const { bootstrap } = Module._load(binding.packageRoot() + '/lib/bootstrap/worker.js', null, false)
delete process[Symbol.for('isothreads.binding')]

return bootstrap({
  unavailable: require('internal/process/worker_thread_only').unavailable,
  signal: require('internal/process/signal'),
  codes: require('internal/errors').codes,
  BuiltinModule: require('internal/bootstrap/realm').BuiltinModule,
  serdes: () => require('internal/error_serdes'),
  clearAsyncIdStack: () => require('internal/async_hooks').clearAsyncIdStack(),
  execution: () => require('internal/process/execution'),
  runEntryPoint: () => require('internal/modules/run_main').runEntryPointWithESMLoader,
  getOptionValue: require('internal/options').getOptionValue,
})
