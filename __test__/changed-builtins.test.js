'use strict'

// Programs change JavaScript's built-ins, and Node's own code keeps working. So does ours: each test makes the changes of some
// groups of fixtures/changed-builtins/changes.js at one moment, in a separate process, and runs all thread operations.

const test = require('ava')
const path = require('node:path')
const { bounded, isPeer, since } = require('./helpers')
const { runNode } = require('./run-process')

const program = path.join(__dirname, 'fixtures', 'changed-builtins', 'program.js')

// Operations that reach Node code that fails with the change, in Node's own worker_threads too.
const messageEvents = ['addEventListener of a port', 'onmessage of a port', 'BroadcastChannel', ...isPeer ? ['events on the parent\'s port'] : []]

// [groups, moments, operations that are not tried, whether Node itself stands the rest]
const cases = [
  [['none'], ['before', 'after', 'inside', 'preload'], [], true],
  [['arrays', 'collections', 'strings', 'numbers', 'reflect', 'object functions', 'functions', 'regular expressions'],
    since(22, ['after', 'inside', 'preload'], ['after', 'inside']), [...messageEvents, 'inspecting', 'events.on of a port'], false],
  [['atomics', 'object methods', '__proto__', 'inherited functions'], ['after', 'inside', 'preload'], messageEvents, true],
  [['__proto__', 'inherited functions'], ['before'], messageEvents, true],
  [['promises', 'iteration'], ['after', 'inside', 'preload'], [...messageEvents, 'events.once of a worker', 'import()'], false],
  // On Node 20 worker_threads itself cannot be loaded then.
  [['iteration'], since(22, ['before'], []), messageEvents, false],
  [['accessors'], ['before', 'after', 'inside', 'preload'], messageEvents, false],
  [['errors'], ['before', 'after', 'inside', 'preload'], [], true],
  [['frozen prototypes', 'frozen intrinsics', 'frozen module', 'frozen global'], ['before', 'after', 'inside'], [...messageEvents, 'inspecting'], true],
  [['frozen prototypes', 'frozen intrinsics', 'frozen module'], ['preload'], ['inspecting'], true],
  // Node 20 changes it when worker_threads is loaded.
  [['frozen process'], since(22, ['before', 'after'], ['after']), [], true],
  [['timers', 'global names'], ['after'], messageEvents, true]
]

for (const [groups, moments, skipped, nodeStands] of cases) {
  if (isPeer && !nodeStands) continue
  for (const moment of moments) {
    bounded(test)(`${moment}: ${groups.join(', ')}`, async (t) => {
      const { stdout, hung } = await runNode([program, groups.join(','), moment], { env: { ISOTHREADS_TEST_SKIPPED: skipped.join('|') } })
      const results = Object.assign({}, ...stdout.split('\n').filter((line) => line !== '').map((line) => JSON.parse(line)))
      t.false(hung)
      // The last one that is written.
      t.is(results[moment], 'ok')
      const failures = Object.entries(results).filter(([, result]) => result !== 'ok')
      t.deepEqual(Object.fromEntries(failures), {})
      t.true(Object.keys(results).length > 15)
    })
  }
}
