'use strict'

// Named locks of the native half, for web-locks.js.

const { native } = require('./realm')
const { kReceive } = require('./symbols')

module.exports = {
  request: native.requestNamedLock,
  release: native.releaseNamedLock,
  nextNotice: native.nextLockNotice,
  listen: callback => native.bindLocks({ [kReceive]: callback })
}
