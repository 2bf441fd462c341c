'use strict'

// How what a task has thrown crosses to its caller.

const { serializeError, deserializeError } = require('./error-serializer')
const { withThreadId } = require('./errors')
const { self } = require('./realm')

/** @returns {object} something that can be cloned */
function serializeTaskError (error) {
  return { error: serializeError(error), threadId: self?.threadId }
}

/** @param {object} serialized what serializeTaskError made */
function deserializeTaskError ({ error, threadId }) {
  return withThreadId(deserializeError(error), threadId)
}

module.exports = { deserializeTaskError, serializeTaskError }
