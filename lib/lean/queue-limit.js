'use strict'

// Bounds the messages that the program posts and that nobody has received.

const { ObjectDefineProperty, ReflectApply } = require('../core/primordials')
const { MessagePort } = require('../core/message-port')
const { checkQueue } = require('../core/queue-limit')

/** @param {number} most for each port that the worker posts on, from now on */
function limitQueues (most) {
  const { postMessage } = MessagePort.prototype
  const value = {
    postMessage () {
      checkQueue(this, most)
      return ReflectApply(postMessage, this, arguments)
    }
  }.postMessage
  ObjectDefineProperty(value, 'length', { __proto__: null, value: postMessage.length })
  ObjectDefineProperty(MessagePort.prototype, 'postMessage', { __proto__: null, value })
  require('./output').limitQueue(most)
}

module.exports = { limitQueues }
