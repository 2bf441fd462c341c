'use strict'

// Handles a debugger that stops workers. Loaded only when a debugger seems to do so.

const { JSONStringify, StringPrototypeStartsWith } = require('../core/primordials')
const node = require('./internals')

const urlOfInspector = 'process.getBuiltinModule("inspector").url()'

/**
 * Resumes a worker that waits for a debugger before its first line (`waitForDebuggerOnStart`). Only a debugger's command reaches it
 * there, so this thread acts as a debugger meanwhile. The main thread's inspector knows all workers.
 *
 * A request for the list of workers crashes Node.js if another worker ends at the same time (seen in 26.12). Therefore nothing is
 * requested when no debugger can be attached.
 * @param {import('node:events').EventEmitter} worker that this thread started
 * @param {number} threadId
 */
function letGo (worker, threadId) {
  if (node.isMainThread && !mayHoldWorkers()) return
  const { Session } = require('node:inspector')
  const session = new Session()
  try {
    if (node.isMainThread) session.connect()
    else session.connectToMainThread()
  } catch {
    // A thread without an inspector starts workers without one, and those wait for no debugger.
    return
  }
  worker.once('exit', () => session.disconnect())
  session.on('NodeWorker.attachedToWorker', ({ params: { sessionId, workerInfo } }) => {
    // Its workerId is the inspector's own number.
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

/** Main thread only: whether a debugger can be attached. */
function mayHoldWorkers () {
  return node.isMainThread && require('node:inspector').url() !== undefined
}

module.exports = { letGo, mayHoldWorkers }
