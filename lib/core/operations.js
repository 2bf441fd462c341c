'use strict'

// Native operations that finish later, as promises.

const { Promise, SafeMap } = require('./primordials')
const { native } = require('./realm')
const { kReceive } = require('./symbols')
const { operationOutcome: outcome } = require('./protocol')

const pending = new SafeMap()

native.bindOperations({
  [kReceive] (code, id) {
    const { resolve, reject } = pending.get(id)
    pending.delete(id)
    if (code !== outcome.value) return resolve(code)
    try {
      resolve(native.takeResult(id))
    } catch (error) {
      reject(error)
    }
  }
})

/**
 * @param {number} id of an operation that this thread has started
 * @returns {Promise<unknown>} its result
 */
function whenEnded (id) {
  return new Promise((resolve, reject) => pending.set(id, { resolve, reject }))
}

/** @param {number} id of a cancelled operation; its promise never settles */
function forget (id) {
  pending.delete(id)
}

module.exports = { outcome, whenEnded, forget }
