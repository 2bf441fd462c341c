'use strict'

// Where the named locks of this worker are: in the native half, or in Node from the versions on that have them. Those only the
// parent's thread can reach, which asks for them on behalf of the worker: node/lock-client.js.

const { ArrayPrototypeShift, JSONParse, append, newList } = require('../core/primordials')
const { control, lockOutcome: outcome } = require('../core/protocol')
const { self } = require('../core/realm')
const { areLocksOfParent } = require('./host')
const { send } = require('./output')

const notices = newList()
let readNotices

const common = {
  clientId: `lean-${self.threadId}`,
  inContext: callback => callback
}

const locksOfParent = {
  request (number, name, isShared, patience) {
    send({ type: control.lockRequest, number, name: JSONParse(name), isShared, patience })
    return outcome.waiting
  },
  release: number => send({ type: control.lockRelease, number }),
  nextNotice: () => notices.length > 0 ? ArrayPrototypeShift(notices) : null,
  listen (callback) { readNotices = callback }
}

function namedLocks () {
  return areLocksOfParent ? { ...common, ...locksOfParent } : { ...common, ...require('../core/native-locks') }
}

/** @param {{ number: number, outcome: number }} message of the parent */
function onNotice ({ number, outcome: what }) {
  append(notices, [number, what])
  readNotices()
}

module.exports = { namedLocks, onNotice }
