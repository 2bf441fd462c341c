'use strict'

// The module `timers`, and what Node's timers/promises needs of its inner half: the timers of ../timers.js.

const { ReflectApply } = require('../../core/primordials')
const timers = require('../timers')

const { clearImmediate, clearInterval, clearTimeout, setImmediate, setInterval, setTimeout } = timers

function Timeout (callback, delay, args, isRepeating, isReferenced) {
  const rest = args ?? []
  const timer = isRepeating
    ? setInterval(() => ReflectApply(callback, timer, rest), delay)
    : setTimeout(() => ReflectApply(callback, timer, rest), delay)
  if (!isReferenced) timer.unref()
  return timer
}

function Immediate (callback, args) {
  return setImmediate(() => ReflectApply(callback, undefined, args ?? []))
}

// `requireNode` of library.js.
module.exports = requireNode => ({
  timers: {
    setTimeout,
    clearTimeout,
    setImmediate,
    clearImmediate,
    setInterval,
    clearInterval,
    get promises () { return requireNode('timers/promises') }
  },
  internalTimers: { Immediate, Timeout, insert () {}, kTimeout: Timeout }
})
