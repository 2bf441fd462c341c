'use strict'

// An async iterable that is on another thread: its values come through a port, as many ahead as the
// reader has room for.

const { ArrayPrototypeShift, Boolean, Promise, SymbolAsyncIterator, append, newList } = require('./primordials')
const { MessageChannel, receiveMessageOnPort } = require('./message-port')
const { deserializeTaskError, serializeTaskError } = require('./task-error')

// Values on their way that the reader has not asked for yet.
const AHEAD = 16

/**
 * The side that has the iterable.
 * @param {AsyncIterable<unknown>} iterable
 * @returns {{ port: object, finished: Promise<void>, stop: () => void }} the port is to be transferred to the reader;
 *   `finished` resolves when the iterable has ended, whatever way
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
      // Nobody is left to hear it.
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
      // Its own error has ended it; one of the serialiser has not.
      end(true)
    } finally {
      isPulling = false
    }
  }
  port.on('message', count => {
    room += count
    pull()
  })
  // What a listener returns is asked for its `then`.
  port.on('close', () => { end(true) })
  port.unref()
  pull()
  return { port: port2, finished, stop: () => end(true) }
}

/**
 * The side that reads it.
 * @param {object} port
 * @returns {{ iterable: AsyncIterableIterator<unknown>, fail: (error: unknown, isStopped?: boolean) => void }} `fail`: nothing more will
 *   come; `isStopped`: because the iterable was told to end, so this is the error, whatever its own one is
 */
function receiveIterable (port) {
  const values = newList()
  const waiting = newList()
  // { isFailure, error } once nothing more will come.
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
  // After what has come and was not heard yet: the error has taken another way.
  const fail = (error, isStopped = false) => {
    let received
    while ((received = receiveMessageOnPort(port)) !== undefined) {
      // How it fails because it was stopped may be faster than this.
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
