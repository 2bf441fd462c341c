'use strict'

// What a debugger does to workers; loaded when one is in the way.

const { JSONStringify, StringPrototypeStartsWith } = require('../core/primordials')
const node = require('./internals')

const urlOfInspector = 'process.getBuiltinModule("inspector").url()'

/**
 * Has a worker go on that waits for a debugger before its first line (`waitForDebuggerOnStart`). Only a debugger's command reaches it
 * there, so this thread is one for as long as it takes. All workers are known to the main thread's inspector.
 *
 * Asking for workers crashes Node.js when others of them end meanwhile (26.12 does), so nothing is asked where nobody can debug the
 * process.
 * @param {import('node:events').EventEmitter} worker that this thread started
 * @param {number} threadId
 */
function letGo (worker, threadId) {
  const { Session, url } = require('node:inspector')
  if (node.isMainThread && url() === undefined) return
  const session = new Session()
  try {
    if (node.isMainThread) session.connect()
    else session.connectToMainThread()
  } catch {
    // A thread without an inspector starts workers without one, and they wait for nobody.
    return
  }
  worker.once('exit', () => session.disconnect())
  session.on('NodeWorker.attachedToWorker', ({ params: { sessionId, workerInfo } }) => {
    // Its workerId is a number of the inspector's own.
    if (!StringPrototypeStartsWith(workerInfo.title, `[worker ${threadId}]`)) return
    const message = JSONStringify({ id: 1, method: 'Runtime.runIfWaitingForDebugger' })
    session.post('NodeWorker.sendMessageToWorker', { sessionId, message })
  })
  const attach = () => session.post('NodeWorker.enable', { waitForDebuggerOnStart: false })
  if (node.isMainThread) return attach()
  // The inspector of a worker has no URL.
  session.post('Runtime.evaluate', { expression: urlOfInspector }, (error, answer) => {
    if (answer?.result?.type === 'string') attach()
  })
}

module.exports = { letGo }
