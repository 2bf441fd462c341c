'use strict'

const all = require('./ava.config')

// These take long, because they run many processes, wait for limits or compile, and they rarely fail alone. `.ci/run` runs them too.
const slow = [
  'addon-life', 'atomic-view-operations', 'atomic-view-table', 'build', 'bundlers', 'changed-builtins', 'cli', 'document', 'exports',
  'half-done', 'heap-snapshots', 'leaks', 'loaded-twice', 'main-exit', 'new-native', 'out-of-memory', 'permissions', 'process-flags',
  'process-in-worker', 'process-limits', 'recursion', 'register', 'shared-stress', 'start', 'terminate-consumed', 'terminate-creation',
  'test-docs', 'uninterruptible', 'worker-pool-workers'
]

// These need the library of isothreads-tasks: npm run build:tasks
const ofTasks = ['examples', 'native-tasks-*']

const others = [...slow, ...ofTasks].map((name) => `__test__/${name}.test.js`)

/** The tests of `npm test`. */
module.exports = { ...all, files: [...all.files, ...others.map((file) => `!${file}`)] }
