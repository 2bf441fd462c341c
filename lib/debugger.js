'use strict'

// What a debugger does to workers; loaded when one is in the way.

/**
 * Has a worker go on that waits for a debugger before its first line (`waitForDebuggerOnStart`). Only a debugger's
 * command reaches it there, so this thread is one for as long as it takes.
 * @param {import('node:events').EventEmitter} worker that this thread started
 * @param {number} threadId
 */
const { JSONStringify } = require('./primordials')
function letGo (worker, threadId) {
  let session
  try {
    session = new (require('node:inspector').Session)()
    session.connect()
  } catch {
    // A thread without an inspector starts workers without one, and they wait for nobody.
    return
  }
  worker.once('exit', () => session.disconnect())
  session.on('NodeWorker.attachedToWorker', ({ params: { sessionId, workerInfo } }) => {
    if (workerInfo.workerId !== `${threadId}`) return
    const message = JSONStringify({ id: 1, method: 'Runtime.runIfWaitingForDebugger' })
    session.post('NodeWorker.sendMessageToWorker', { sessionId, message })
  })
  session.post('NodeWorker.enable', { waitForDebuggerOnStart: false })
}

module.exports = { letGo }
