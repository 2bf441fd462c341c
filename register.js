'use strict'

// node --require isothreads/register main.js
// node --import isothreads/register main.js

const workerThreads = require('node:worker_threads')

// A thread of Node's own, for module hooks, runs preloads too. Its ports are of Node, and so must be those that it makes.
// Node 20 does not tell; such a thread has no parentPort.
const { isInternalThread = !workerThreads.isMainThread && workerThreads.parentPort === null } = workerThreads

if (!isInternalThread) {
  const { load } = require('./lib/node/instance')
  load('node/register').register(load('api').api, globalThis)
  load('node/top-level-await').install()
}
