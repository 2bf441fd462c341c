'use strict'

// What Node's permission model (--permission) forbids on this thread. Node itself is asked, through functions that were
// taken before a program could change them: what they throw is what Node's own Worker and process.dlopen() throw.
// https://nodejs.org/api/permissions.html

const { dlopen, process, statSync, workerThreads } = require('./internals')

// Node looks at the permission first, then at the flags, and makes nothing for a Worker whose flags are invalid.
const refusedByNode = { __proto__: null, eval: true, execArgv: ['--isothreads-checks-permission'] }

/** The property cannot be deleted where the model is in force. */
function isLimited () {
  return process.permission !== undefined
}

/** @throws {Error} ERR_ACCESS_DENIED where --allow-worker is missing */
function checkWorkers () {
  if (!isLimited()) return
  try {
    new (workerThreads().Worker)('', refusedByNode)
  } catch (error) {
    if (error.code === 'ERR_ACCESS_DENIED') throw error
  }
}

/**
 * @param {string} file a library of native workers
 * @throws {Error} ERR_ACCESS_DENIED, ERR_DLOPEN_DISABLED where --allow-addons is missing, or --allow-fs-read of its path
 */
function checkLibrary (file) {
  if (!isLimited()) return
  checkAddons()
  try {
    statSync(file)
  } catch (error) {
    // Anything else is for those to tell who read the file.
    if (error.code === 'ERR_ACCESS_DENIED') throw error
  }
}

function checkAddons () {
  try {
    // Looks at the permission before it looks for its arguments.
    dlopen()
  } catch (error) {
    if (error.code !== 'ERR_MISSING_ARGS') throw error
  }
}

module.exports = { checkLibrary, checkWorkers }
