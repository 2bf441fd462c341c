'use strict'

// node --require isothreads/register main.js
// node --import isothreads/register main.js

const workerThreads = require('node:worker_threads')

// Node runs preloads also on its own thread for module hooks. The ports there are Node's, and must stay so. Node 20 has no property
// for this; such a thread has no parentPort.
const { isInternalThread = !workerThreads.isMainThread && workerThreads.parentPort === null } = workerThreads

if (!isInternalThread) {
  const { load } = require('./lib/node/instance')
  load('node/register').register(load('api').api, globalThis)
  load('node/top-level-await').install()
}
