'use strict'

const noProcess = 'a lean worker has no process, so that nothing ends it but its last task, an error or its pool'
const noOptions = 'argv, execArgv, env and trackUnmanagedFds configure a process, and are refused'

const noExitEvent = 'the fixture counts the ends of workers by an event of process'

/** Why a test of pools, by its title, is not run against lean workers. */
module.exports = new Map([
  ['options of Worker reach the workers', noOptions],
  ['a worker that ends by process.exit() rejects its task, is replaced, and the queue continues', noProcess],
  ['with concurrentTasksPerWorker a worker that ends rejects all that it ran, and nothing else', noProcess],
  ['undefined, inherited and symbol properties are not options', noOptions],
  ['workerDestroy tells how a worker ended: process.exit()', noProcess],
  ['env: SHARE_ENV', noOptions],
  ['the constructor refuses wrong options', noOptions],
  ['a file that is not there as an ES module: tried 1 times, one error event, tasks reject, now and later',
    'the error of a missing entry has the code MODULE_NOT_FOUND, whatever its kind'],
  ['a file that needs what is not there: tried 1 times, one error event, tasks reject, now and later',
    'it is a data: URL, which has no module roots'],
  ['there are never more than maxThreads, also while workers are replaced', noExitEvent],
  ['recycle.tasks: 500 tasks in 2 workers, none lost, no worker runs more than 3, each is torn down', noExitEvent],
  ["close drains, and awaits each worker's teardown", noExitEvent],
  ["close drains, and awaits each worker's teardown (later)", noExitEvent],
  ['a file that calls process.exit(): tried 5 times, one error event, tasks reject, now and later', noProcess],
  ['a pool in a task of a pool', 'a lean worker starts no workers']
])
