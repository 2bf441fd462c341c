'use strict'

// process.cwd() in workers. Only the main thread can change the directory. It counts its changes in memory that all workers see, so
// that they ask the system only after a change, as in Node.

const { AtomicsAdd, AtomicsLoad, ReflectApply, SharedArrayBuffer, Uint32Array, hasSharedMemory } = require('../core/primordials')
const { isMainThread } = require('../core/platform')
const { process } = require('./internals')
const { native } = require('../core/realm')

/** @type {Uint32Array | undefined} undefined where the changes are not counted */
let counter

function countChanges () {
  const changes = new Uint32Array(new SharedArrayBuffer(4))
  const { chdir } = process
  try {
    process.chdir = function (...args) {
      ReflectApply(chdir, process, args)
      AtomicsAdd(changes, 0, 1)
    }
  } catch {
    // `process` is frozen.
    return
  }
  counter = changes
}

/** For the first message to a worker. */
function directoryCounter () {
  if (isMainThread && counter === undefined && hasSharedMemory) countChanges()
  return counter
}

/** @param {Uint32Array | undefined} changes from the parent */
function followWorkingDirectory (changes) {
  const { cwd } = process
  const current = () => native.currentDirectory() ?? cwd()
  if (changes === undefined) {
    process.cwd = current
    return
  }
  counter = changes
  let seen
  let directory
  process.cwd = function () {
    // Atomics.load() costs less than asking the system.
    const count = AtomicsLoad(changes, 0)
    if (count !== seen) {
      directory = current()
      seen = count
    }
    return directory
  }
}

module.exports = { directoryCounter, followWorkingDirectory }
