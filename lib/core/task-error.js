'use strict'

// How an error of a task crosses to its caller.

const { serializeError, deserializeError } = require('./error-serializer')
const { withThreadId } = require('./errors')
const { self } = require('./realm')

/** @returns {object} an object that can be cloned */
function serializeTaskError (error) {
  return { error: serializeError(error), threadId: self?.threadId }
}

/** @param {object} serialized the result of serializeTaskError */
function deserializeTaskError ({ error, threadId }) {
  return withThreadId(deserializeError(error), threadId)
}

module.exports = { deserializeTaskError, serializeTaskError }
