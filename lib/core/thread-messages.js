'use strict'

// postMessageToThread(), and the event `workerMessage` of `threadMessages` and of Node's process.
// https://nodejs.org/api/worker_threads.html#workerpostmessagetothreadthreadid-value-transferlist-timeout

const { Error, Promise, RangeError, SafeMap } = require('./primordials')
const { clearTimeout, EventEmitter, setTimeout, threads } = require('./platform')
const { invalidArgType, nodeError } = require('./errors')
const { kind, native, NativePort, postMessage } = require('./realm')

const host = threads()

// Longer timeouts than Node's timers can have: they never end.
const MOST_MILLISECONDS = 2 ** 31 - 1

const noTransfer = { __proto__: null }

/** Emits `workerMessage` with each message of another thread, and its thread id. */
const threadMessages = new EventEmitter()

// The settling functions of messages that wait for an answer, by the message's number.
const waiting = new SafeMap()
let lastNumber = 0

const failure = {
  __proto__: null,
  errored: () => nodeError(Error, 'ERR_WORKER_MESSAGING_ERRORED',
    'The destination thread threw an error while processing the message'),
  failed: () => nodeError(Error, 'ERR_WORKER_MESSAGING_FAILED', 'Cannot find the destination thread or listener'),
  sameThread: () => nodeError(Error, 'ERR_WORKER_MESSAGING_SAME_THREAD', 'Cannot sent a message to the same thread'),
  timeout: () => nodeError(Error, 'ERR_WORKER_MESSAGING_TIMEOUT', 'Sending a message to another thread timed out')
}

/**
 * Sends a clone of `value` to any thread of the process, as the event `workerMessage` of its `process` and its `threadMessages`. As in
 * Node, waiting for the answer does not keep the event loop alive.
 * @param {number} threadId
 * @param {unknown} value
 * @param {object[] | number} [transferList] may be left out
 * @param {number} [timeout] in milliseconds
 * @returns {Promise<void>} resolves once the listeners of the other thread have been called
 */
async function postMessageToThread (threadId, value, transferList, timeout) {
  if (typeof transferList === 'number' && timeout === undefined) {
    timeout = transferList
    transferList = undefined
  }
  if (timeout !== undefined) checkTimeout(timeout)
  if (threadId === host.threadId) throw failure.sameThread()
  const number = lastNumber = (lastNumber + 1) | 0
  const key = typeof threadId === 'number' && threadId >>> 0 === threadId ? native.callThread(threadId, number >>> 0) : null
  if (key === null) {
    // The thread may be one of the host's own that has not loaded this package.
    const { postMessageToThread: ofHost } = host
    if (ofHost === undefined) throw failure.failed()
    return ofHost(threadId, value, transferList, timeout)
  }
  try {
    const { arrayBuffers, ports } = transferList === undefined ? noTransfer : require('./transfer-list').readTransferList(transferList)
    postMessage(new NativePort(key), { source: host.threadId, value }, arrayBuffers, ports, kind.threadMessage)
  } finally {
    native.closePort(key)
  }
  return untilAnswered(number, timeout)
}

function checkTimeout (timeout) {
  if (typeof timeout !== 'number') throw invalidArgType('timeout', 'of type number', timeout)
  if (!(timeout >= 0)) {
    throw nodeError(RangeError, 'ERR_OUT_OF_RANGE', `The value of "timeout" is out of range. It must be >= 0. Received ${timeout}`)
  }
}

function untilAnswered (number, timeout) {
  if (timeout === 0) throw failure.timeout()
  return new Promise((resolve, reject) => {
    let timer
    if (timeout <= MOST_MILLISECONDS) {
      timer = setTimeout(() => {
        waiting.delete(number)
        reject(failure.timeout())
      }, timeout)
      timer.unref()
    }
    waiting.set(number, { resolve, reject, timer })
  })
}

/** Handles what the native half has received for this thread: a message of another thread, or an answer. */
function receive (what, value) {
  switch (what) {
    case kind.threadMessage:
      return emit(value)
    case kind.delivered:
      return settle(value)
    case kind.noListener:
      return settle(value, failure.failed)
    case kind.listenerThrew:
      return settle(value, failure.errored)
    default:
      // The message could not be read.
      native.answerThread(kind.listenerThrew)
  }
}

function emit ({ source, value }) {
  let answer = kind.noListener
  try {
    const isHeard = threadMessages.emit('workerMessage', value, source)
    if (host.emit('workerMessage', value, source) || isHeard) answer = kind.delivered
  } catch {
    // As in Node, only the sender is told.
    answer = kind.listenerThrew
  }
  native.answerThread(answer)
}

function settle (number, failed) {
  const call = waiting.get(number)
  if (call === undefined) return
  waiting.delete(number)
  if (call.timer !== undefined) clearTimeout(call.timer)
  if (failed === undefined) call.resolve()
  else call.reject(failed())
}

module.exports = { postMessageToThread, receive, threadMessages }
