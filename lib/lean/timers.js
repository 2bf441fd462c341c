'use strict'

// setTimeout() and its kin, with Node's objects. The event loop has one timer, for the next of them.
// https://nodejs.org/api/timers.html

const {
  MathCeil, MathFloor, MathMax, ReflectApply, SafeMap, Symbol, SymbolDispose, append, newList
} = require('../core/primordials')
const { invalidArgType } = require('../core/errors')
const { context } = require('./async-context')
const { native } = require('../core/realm')
const { now, until } = require('./clock')
const { kReceive } = require('../core/symbols')
const { runMicrotasks } = require('./host')

// Longer delays than this mean the shortest one, as in Node.
const LONGEST = 2 ** 31 - 1

// Active timers, as a binary heap: the next one first.
const heap = newList()
let lastNumber = 0
let referencedTimers = 0
// Timers that were used as numbers.
const known = new SafeMap()

function isBefore (a, b) {
  return a.due < b.due || (a.due === b.due && a.number < b.number)
}

function place (timer, index) {
  heap[index] = timer
  timer.index = index
}

function siftUp (timer, index) {
  for (; index > 0;) {
    const parent = MathFloor((index - 1) / 2)
    if (!isBefore(timer, heap[parent])) break
    place(heap[parent], index)
    index = parent
  }
  place(timer, index)
}

function siftDown (timer, index) {
  for (;;) {
    let child = 2 * index + 1
    if (child >= heap.length) break
    if (child + 1 < heap.length && isBefore(heap[child + 1], heap[child])) child++
    if (!isBefore(heap[child], timer)) break
    place(heap[child], index)
    index = child
  }
  place(timer, index)
}

function insert (timer) {
  siftUp(timer, heap.length)
  if (timer.isReferenced) referencedTimers++
}

function withdraw (timer) {
  if (timer.index < 0) return
  const { index } = timer
  const last = heap[heap.length - 1]
  heap.length--
  if (last !== timer) {
    siftDown(last, index)
    siftUp(last, last.index)
  }
  timer.index = -1
  if (timer.isReferenced) referencedTimers--
}

// What the loop's timer was asked for.
let scheduled = Infinity
let isScheduledReferenced = false
let isRunning = false

function schedule () {
  if (isRunning) return
  const due = heap.length > 0 ? heap[0].due : Infinity
  const isReferenced = referencedTimers > 0
  if (due === scheduled && isReferenced === isScheduledReferenced) return
  scheduled = due
  isScheduledReferenced = isReferenced
  native.scheduleTimers(due === Infinity ? null : MathMax(MathCeil(until(due)), 0), isReferenced)
}

// Each callback is a task of its own: an error that one throws ends the worker.
function runTimers () {
  const start = now()
  isRunning = true
  try {
    let isFirst = true
    while (heap.length > 0 && heap[0].due <= start) {
      if (!isFirst) runMicrotasks()
      isFirst = false
      // A microtask may have cleared it.
      if (heap.length === 0 || heap[0].due > start) break
      const timer = heap[0]
      withdraw(timer)
      ReflectApply(timer.callback, timer.object, timer.arguments)
      if (timer.isRepeating && !timer.isCleared) {
        if (timer.index < 0) arm(timer, start)
      } else if (timer.index < 0 && timer.id !== 0) {
        known.delete(timer.id)
      }
    }
  } finally {
    isRunning = false
  }
  scheduled = -Infinity
  schedule()
}

function arm (timer, from) {
  timer.due = from + timer.delay
  timer.number = ++lastNumber
  insert(timer)
}

let isListening = false

function listen () {
  if (isListening) return
  isListening = true
  native.listenToTimers({
    [kReceive] (what) {
      if (what === 0) runTimers()
      else runImmediates()
    }
  })
}

class Timeout {
  #timer

  constructor (callback, delay, args, isRepeating) {
    delay = +delay
    if (!(delay >= 1 && delay <= LONGEST)) delay = 1
    this.#timer = {
      callback,
      delay: MathFloor(delay),
      arguments: args,
      isRepeating,
      object: this,
      due: 0,
      number: 0,
      index: -1,
      id: 0,
      isReferenced: true,
      isCleared: false
    }
    listen()
    arm(this.#timer, now())
    schedule()
  }

  static clear (value) {
    if (typeof value === 'number' || typeof value === 'string') value = known.get(`${value}`)
    if (typeof value !== 'object' || value === null || !(#timer in value)) return
    const timer = value.#timer
    timer.isCleared = true
    withdraw(timer)
    if (timer.id !== 0) known.delete(timer.id)
    schedule()
  }

  #setReferenced (isReferenced) {
    const timer = this.#timer
    if (timer.isReferenced === isReferenced) return
    timer.isReferenced = isReferenced
    if (timer.index < 0) return
    referencedTimers += isReferenced ? 1 : -1
    schedule()
  }

  ref () {
    this.#setReferenced(true)
    return this
  }

  unref () {
    this.#setReferenced(false)
    return this
  }

  hasRef () { return this.#timer.isReferenced }

  /** Starts anew, if it was not cleared. */
  refresh () {
    const timer = this.#timer
    if (timer.isCleared) return this
    withdraw(timer)
    arm(timer, now())
    schedule()
    return this
  }

  close () {
    clearTimeout(this)
    return this
  }

  [Symbol.toPrimitive] () {
    const timer = this.#timer
    if (timer.id === 0) {
      timer.id = `${timer.number}`
      known.set(timer.id, this)
    }
    return +timer.id
  }

  [SymbolDispose] () { clearTimeout(this) }
}

const { clear } = Timeout
delete Timeout.clear

const bound = callback => {
  const { bind } = context
  return bind === undefined ? callback : bind(callback)
}

function checkCallback (callback) {
  if (typeof callback !== 'function') throw invalidArgType('callback', 'of type function', callback)
}

function setTimeout (callback, delay, ...args) {
  checkCallback(callback)
  return new Timeout(bound(callback), delay, args, false)
}

function setInterval (callback, delay, ...args) {
  checkCallback(callback)
  return new Timeout(bound(callback), delay, args, true)
}

function clearTimeout (timeout) {
  clear(timeout)
}

function clearInterval (timeout) {
  clear(timeout)
}

let immediates = newList()
let referencedImmediates = 0
let waitingImmediates = 0

function updateImmediates () {
  native.setImmediates(waitingImmediates > 0, referencedImmediates > 0)
}

class Immediate {
  #callback
  #arguments
  #isReferenced = true
  #isWaiting = true

  constructor (callback, args) {
    this.#callback = callback
    this.#arguments = args
    listen()
    append(immediates, this)
    waitingImmediates++
    referencedImmediates++
    updateImmediates()
  }

  static clear (value) {
    if (typeof value !== 'object' || value === null || !(#callback in value) || !value.#isWaiting) return
    value.#end()
    updateImmediates()
  }

  /** Returns false when it was cleared. */
  static run (immediate) {
    if (!immediate.#isWaiting) return false
    immediate.#end()
    ReflectApply(immediate.#callback, immediate, immediate.#arguments)
    return true
  }

  #end () {
    this.#isWaiting = false
    waitingImmediates--
    if (this.#isReferenced) referencedImmediates--
  }

  #setReferenced (isReferenced) {
    if (this.#isReferenced === isReferenced) return
    this.#isReferenced = isReferenced
    if (!this.#isWaiting) return
    referencedImmediates += isReferenced ? 1 : -1
    updateImmediates()
  }

  ref () {
    this.#setReferenced(true)
    return this
  }

  unref () {
    this.#setReferenced(false)
    return this
  }

  hasRef () { return this.#isReferenced }

  [SymbolDispose] () { clearImmediate(this) }
}

const { clear: clearImmediateObject, run: runImmediate } = Immediate
delete Immediate.clear
delete Immediate.run

// Those that were there when it began.
function runImmediates () {
  const due = immediates
  immediates = newList()
  for (let index = 0, hasRun = false; index < due.length; index++) {
    if (hasRun) runMicrotasks()
    hasRun = runImmediate(due[index])
  }
  updateImmediates()
}

function setImmediate (callback, ...args) {
  checkCallback(callback)
  return new Immediate(bound(callback), args)
}

function clearImmediate (immediate) {
  clearImmediateObject(immediate)
}

module.exports = { clearImmediate, clearInterval, clearTimeout, setImmediate, setInterval, setTimeout }
