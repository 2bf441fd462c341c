'use strict'

// How what a task has thrown crosses to its caller.

const { serializeError, deserializeError } = require('./error-serializer')
const { nodeError, nodeMajor, withThreadId } = require('./errors')
const { self, structuredClone } = require('./realm')

/** @returns {object} something that can be cloned */
function serializeTaskError (error) {
  return { error: serialize(error), threadId: self?.threadId }
}

function serialize (error) {
  const check = value => structuredClone(value)
  try {
    if (!(error instanceof DOMException)) return serializeError(error, check)
    if (nodeMajor >= 22) return { type: 'value', value: error }
    // Node 20 makes {} of it.
    const { name, code, message } = error
    return serializeError(Object.assign(new Error(message), { name, code }), check)
  } catch {
    return serializeError(nodeError(Error, 'ERR_WORKER_UNSERIALIZABLE_ERROR', 'The error of the task could not be serialised'), check)
  }
}

/** @param {object} serialized what serializeTaskError made */
function deserializeTaskError ({ error, threadId }) {
  return withThreadId(deserializeError(error), threadId)
}

module.exports = { deserializeTaskError, serializeTaskError }
