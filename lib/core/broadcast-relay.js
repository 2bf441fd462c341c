'use strict'

// How a worker without Node has a BroadcastChannel: the thread that started it has a channel for it, and a port is between them. A
// message is in an array there, and null stands for one that cannot be read.

const { receiveMessageOnPort } = require('./message-port')
const platform = require('./platform')

const host = platform.broadcasts()

/**
 * @param {string} name
 * @param {object} port to the worker's channel. When it closes, so does the channel
 * @returns {() => void} ends it: posts what the worker has posted before
 */
function relayBroadcasts (name, port) {
  const toWorker = message => {
    try {
      port.postMessage([message])
    } catch {
      port.postMessage(null)
    }
  }
  const channel = host.open(name, toWorker, () => port.postMessage(null))
  const fromWorker = message => {
    try {
      if (message !== null && host.post(channel, message[0])) return
    } catch {
      // A message has arrived here that cannot be cloned again.
    }
    host.postUnreadable(channel)
  }
  let isOpen = true
  const close = () => {
    if (isOpen) host.close(channel)
    isOpen = false
  }
  port.on('message', fromWorker)
  port.on('messageerror', () => fromWorker(null))
  port.on('close', close)
  // The worker's channel keeps the worker's thread alive, and that keeps this one alive.
  host.unref(channel)
  port.unref()
  return () => {
    while (isOpen) {
      let received
      try {
        received = receiveMessageOnPort(port)
      } catch {
        received = { message: null }
      }
      if (received === undefined) close()
      else fromWorker(received.message)
    }
    port.close()
  }
}

module.exports = { relayBroadcasts }
