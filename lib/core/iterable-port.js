'use strict'

// An async iterable that lives on another thread. Its values come through a port, and the sender runs ahead of the reader up to a
// limit.

const { ArrayPrototypeShift, Boolean, Promise, SymbolAsyncIterator, append, newList } = require('./primordials')
const { MessageChannel, receiveMessageOnPort } = require('./message-port')
const { deserializeTaskError, serializeTaskError } = require('./task-error')

// Values that may be under way before the reader asks for them.
const AHEAD = 16

/**
 * The side that owns the iterable.
 * @param {AsyncIterable<unknown>} iterable
 * @returns {{ port: object, finished: Promise<void>, stop: () => void }} `port` must be transferred to the reader;
 *   `finished` resolves when the iterable has ended for any reason
 */
function sendIterable (iterable) {
  const { port1: port, port2 } = new MessageChannel()
  const iterator = iterable[SymbolAsyncIterator]()
  let room = AHEAD
  let isEnded = false
  let isPulling = false
  let onFinished
  const finished = new Promise(resolve => { onFinished = resolve })

  const end = async isStopped => {
    if (isEnded) return
    isEnded = true
    port.close()
    try {
      if (isStopped) await iterator.return?.()
    } catch {
      // The reader is gone, so the error has no receiver.
    }
    onFinished()
  }
  const pull = async () => {
    if (isPulling) return
    isPulling = true
    try {
      while (room > 0 && !isEnded) {
        const { done, value } = await iterator.next()
        if (isEnded) return
        port.postMessage({ done: Boolean(done), failure: undefined, value: done ? undefined : value })
        if (done) {
          end(false)
          return
        }
        room--
      }
    } catch (error) {
      if (isEnded) return
      port.postMessage({ done: true, failure: serializeTaskError(error), value: undefined })
      // An error of the iterable has ended it. An error of the serialiser has not.
      end(true)
    } finally {
      isPulling = false
    }
  }
  port.on('message', count => {
    room += count
    pull()
  })
  // A listener's result is checked for a `then`, so this one returns nothing.
  port.on('close', () => { end(true) })
  port.unref()
  pull()
  return { port: port2, finished, stop: () => end(true) }
}

/**
 * The side that reads the iterable.
 * @param {object} port
 * @returns {{ iterable: AsyncIterableIterator<unknown>, fail: (error: unknown, isStopped?: boolean) => void }} `fail` ends the
 *   iterable with an error; with `isStopped` the iterable was asked to end, and this error replaces its own
 */
function receiveIterable (port) {
  const values = newList()
  const waiting = newList()
  // { isFailure, error } once the iterable has ended.
  let end

  const settle = () => {
    while (waiting.length > 0 && (values.length > 0 || end)) {
      const { resolve, reject } = ArrayPrototypeShift(waiting)
      if (values.length > 0) {
        port.postMessage(1)
        resolve({ done: false, value: ArrayPrototypeShift(values) })
      } else if (end.isFailure) {
        reject(end.error)
        end = { isFailure: false }
      } else {
        resolve({ done: true, value: undefined })
      }
    }
  }
  const finish = how => {
    end ??= how
    port.close()
    settle()
  }
  const onMessage = ({ done, failure, value }) => {
    if (failure !== undefined) return finish({ isFailure: true, error: deserializeTaskError(failure) })
    if (done) return finish({ isFailure: false })
    append(values, value)
    settle()
  }
  // Values that have arrived are delivered first: the error came by another way.
  const fail = (error, isStopped = false) => {
    let received
    while ((received = receiveMessageOnPort(port)) !== undefined) {
      // The iterable's failure because of the stop may arrive before this call.
      if (isStopped && received.message.failure !== undefined) break
      onMessage(received.message)
    }
    finish({ isFailure: true, error })
  }
  port.on('message', onMessage)
  port.unref()

  const iterable = {
    next () {
      return new Promise((resolve, reject) => {
        append(waiting, { resolve, reject })
        settle()
      })
    },
    async return (value) {
      values.length = 0
      finish({ isFailure: false })
      return { done: true, value }
    },
    [SymbolAsyncIterator] () { return this }
  }
  return { iterable, fail }
}

module.exports = { receiveIterable, sendIterable }
