'use strict'

const pathOf = (name) => `__test__/${name}.test.js`
const not = (file) => `!${file}`

// These take long, because they run many processes, wait for limits or compile, and they rarely fail alone.
const slow = [
  'addon-life', 'atomic-view-operations', 'atomic-view-table', 'changed-builtins', 'cli', 'document', 'exports', 'half-done',
  'heap-snapshots', 'leaks', 'loaded-twice', 'main-exit', 'out-of-memory', 'permissions', 'process-flags', 'process-in-worker',
  'process-limits', 'recursion', 'register', 'shared-stress', 'terminate-consumed', 'terminate-creation', 'uninterruptible',
  'worker-pool-workers', 'lean-pool-shared',
  // This needs the library of isothreads-tasks: npm run build:tasks
  'examples'
].map(pathOf)

// These take long too. They are about the tools and isothreads-tasks, which depend little on the version of Node.js.
const independent = ['build', 'bundlers', 'native-tasks-*', 'new-native', 'start', 'test-docs'].map(pathOf)

const all = ['__test__/**/*.test.js']

/** The files of each set of tests. `all` is `quick` and `slow`; `dependent` leaves out what depends little on the version of Node.js. */
module.exports = {
  all,
  quick: [...all, ...slow.map(not), ...independent.map(not)],
  slow: [...slow, ...independent],
  independent,
  dependent: [...all, ...independent.map(not)]
}
