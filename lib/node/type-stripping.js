'use strict'

// TypeScript for lean workers, which have no stripper: a worker with Node's runtime strips the types of all files that the lean workers of
// this thread ask for. It is started with the first lean worker whose entry is TypeScript, and answers even while this thread is busy.

const { Boolean, RegExpPrototypeExec } = require('../core/primordials')
const nodeModule = require('node:module')
const path = require('node:path')
const { MessageChannel } = require('../core/message-port')
const { root } = require('./instance')
const { process } = require('./internals')

let service

function isTypeScript (filename) {
  return typeof filename === 'string' && RegExpPrototypeExec(/\.[cm]?ts$/, filename) !== null
}

/** Whether Node strips types in this process. */
function stripsTypes () {
  return typeof nodeModule.stripTypeScriptTypes === 'function' && Boolean(process.features.typescript)
}

/**
 * @param {typeof import('./worker').Worker} Worker
 * @returns {object} the port on which a lean worker asks; it must be transferred
 */
function openStripper (Worker) {
  if (service === undefined) {
    const file = path.join(root, 'lib', 'node', 'type-stripping-worker.js')
    const started = new Worker(file, { __proto__: null, name: 'type stripping', stdout: true, stderr: true })
    service = started
    started.unref()
    // A lean worker that waits for an answer gets an error.
    started.on('error', () => {})
    started.on('exit', () => { if (service === started) service = undefined })
  }
  const { port1, port2 } = new MessageChannel()
  service.postMessage(port1, [port1])
  return port2
}

module.exports = { isTypeScript, openStripper, stripsTypes }
