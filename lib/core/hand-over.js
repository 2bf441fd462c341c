'use strict'

// A worker that was started before a program needs it.

const { control } = require('./protocol')
const { native, self } = require('./realm')

/**
 * Blocks until a program takes the worker. Its first messages have arrived then.
 * @param {(message: object) => void} send sends to this package's half in the parent
 */
function awaitHandOver (send) {
  send({ type: control.ready })
  const { name, pool } = native.awaitHandOver()
  self.name = name
  self.pool = pool
}

module.exports = { awaitHandOver }
