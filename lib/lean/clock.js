'use strict'

// The clocks that the program reads. The option timerResolution makes them tick in larger steps.

const {
  Date, DateNow, DatePrototypeToString, MathCeil, MathFloor, ObjectDefineProperty, ReflectApply, ReflectConstruct, ReflectOwnKeys,
  ObjectGetOwnPropertyDescriptor
} = require('../core/primordials')
const { native } = require('../core/platform').loader

const preciseNow = native.now

// Milliseconds; 0: the clocks are as fine as they are.
let resolution = 0

function coarse (time) {
  return resolution === 0 ? time : MathFloor(time / resolution) * resolution
}

/** Milliseconds of a clock that is never set. */
function now () {
  return coarse(preciseNow())
}

/** Milliseconds from now until `now()` has reached this time. */
function until (time) {
  const tick = resolution === 0 ? time : MathCeil(time / resolution) * resolution
  return tick - preciseNow()
}

function coarseDate () {
  return coarse(DateNow())
}

// Gives a function of the program the name and the length of the one that it replaces.
function replace (object, name, value) {
  const original = object[name]
  const keys = ['name', 'length']
  for (let index = 0; index < keys.length; index++) {
    ObjectDefineProperty(value, keys[index], { __proto__: null, value: original[keys[index]], configurable: true })
  }
  ObjectDefineProperty(object, name, { __proto__: null, value })
}

/** @param {number} milliseconds */
function setResolution (milliseconds) {
  resolution = milliseconds
  const CoarseDate = function Date (...args) {
    if (new.target === undefined) return DatePrototypeToString(new Original(coarseDate()))
    return ReflectConstruct(Original, args.length === 0 ? [coarseDate()] : args, new.target === CoarseDate ? Original : new.target)
  }
  const Original = Date
  const keys = ReflectOwnKeys(Original)
  for (let index = 0; index < keys.length; index++) {
    ObjectDefineProperty(CoarseDate, keys[index], ObjectGetOwnPropertyDescriptor(Original, keys[index]))
  }
  replace(CoarseDate, 'now', { now () { return coarseDate() } }.now)
  ObjectDefineProperty(Original.prototype, 'constructor', { __proto__: null, value: CoarseDate })
  ObjectDefineProperty(globalThis, 'Date', { __proto__: null, value: CoarseDate })
  if (globalThis.Intl !== undefined) replaceFormats(Intl.DateTimeFormat.prototype)
  // Its clocks are finer than a millisecond.
  delete globalThis.Temporal
}

// Without an argument they print the current time.
function replaceFormats (prototype) {
  const { get } = ObjectGetOwnPropertyDescriptor(prototype, 'format')
  const getter = {
    get format () {
      const format = ReflectApply(get, this, [])
      return date => format(date === undefined ? coarseDate() : date)
    }
  }
  ObjectDefineProperty(prototype, 'format', { __proto__: null, get: ObjectGetOwnPropertyDescriptor(getter, 'format').get })
  const { formatToParts } = prototype
  replace(prototype, 'formatToParts', {
    formatToParts (date) { return ReflectApply(formatToParts, this, [date === undefined ? coarseDate() : date]) }
  }.formatToParts)
}

module.exports = { coarseDate, now, setResolution, until }
