'use strict'

// Checks what Node's permission model (--permission) allows on this thread. The checks call Node's own functions, taken before a
// program could change them. So they throw the same errors as Node's own Worker and process.dlopen().
// https://nodejs.org/api/permissions.html

const { dlopen, process, statSync, workerThreads } = require('./internals')

// Node checks the permission first, then the flags. With invalid flags it creates nothing.
const refusedByNode = { __proto__: null, eval: true, execArgv: ['--isothreads-checks-permission'] }

/** Whether the model is in force; a program cannot delete the property then. */
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
    // The code that reads the file reports all other errors.
    if (error.code === 'ERR_ACCESS_DENIED') throw error
  }
}

function checkAddons () {
  try {
    // Checks the permission before it checks its arguments.
    dlopen()
  } catch (error) {
    if (error.code !== 'ERR_MISSING_ARGS') throw error
  }
}

module.exports = { checkLibrary, checkWorkers }
