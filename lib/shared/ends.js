'use strict'

// The two ends of a queue or a ring: waits until something can be done at one of them.

const {
  ArrayPrototypeIndexOf, ArrayPrototypeShift, ArrayPrototypeSplice, AtomicsLoad, Int32Array, MathMax, MathMin, Promise,
  SafeFinalizationRegistry, Symbol, append, newList, whenSettled
} = require('../core/primordials')
const { clearTimeout, performanceNow, setTimeout } = require('../core/platform')
const { side } = require('../core/protocol')
const { native } = require('../core/realm')
const { forget, whenEnded } = require('../core/operations')
const { attempt, noOptions, readOptions, timeoutError } = require('./waiting')

const { out: OUT, in: IN } = side

// What an attempt returns when there is nothing to do yet.
const notYet = Symbol('notYet')

// Looks of a thread before it sleeps: about as long as waking it would take. Where there is one
// core, or where it has not paid lately, the thread sleeps at once.
const LOOKS = native.processors() > 1 ? 200 : 0
// Between two looks: each takes the memory that is looked at away from the thread that is writing it.
const PAUSE = 16
const idleWord = new Int32Array(1)
const PATIENCE = 4
const RETRY_EVERY = 32
let misses = 0
let skipped = 0

/** @returns {unknown} what `tryOnce` returned, or notYet */
function spin (tryOnce) {
  if (LOOKS === 0 || (misses === PATIENCE && ++skipped % RETRY_EVERY !== 0)) return notYet
  for (let look = 0; look < LOOKS; look++) {
    const result = tryOnce()
    if (result !== notYet) {
      misses = 0
      return result
    }
    for (let step = 0; step < PAUSE; step++) AtomicsLoad(idleWord, 0)
  }
  misses = MathMin(misses + 1, PATIENCE)
  return notYet
}

// The key of a collected queue or ring stays known only while this thread has claimed an end.
const forgotten = new SafeFinalizationRegistry(key => native.forgetQueue(key))

/** Those of one queue or ring, as the native half knows it. */
class Ends {
  #key
  #sides

  constructor (object, isRing, buffer, byteOffset) {
    this.#key = native.addQueue(isRing, buffer, byteOffset)
    this.#sides = [new AsyncSide(this.#key, OUT), new AsyncSide(this.#key, IN)]
    forgotten.register(object, this.#key)
  }

  get key () { return this.#key }

  wakeAll () { native.wakeQueue(this.#key) }

  /** Whether asynchronous attempts of this object wait there. */
  isBusy (side) { return this.#sides[side].isBusy }

  /** Tries those again, because a synchronous one must not pass them. */
  flush (side) { this.#sides[side].pump() }

  /**
   * Blocks until `tryOnce` has something.
   * @param {number} side
   * @param {string} what is waited for, for the error
   * @param {object} [options]
   * @param {() => unknown} tryOnce returns notYet when there is nothing to do
   * @throws {Error} ERR_ISOTHREADS_TIMEOUT
   */
  wait (side, what, options = noOptions, tryOnce) {
    const timeout = readOptions(options)
    const end = timeout === Infinity ? Infinity : performanceNow() + timeout
    for (;;) {
      const early = timeout === 0 ? tryOnce() : spin(tryOnce)
      if (early !== notYet) return early
      const left = end === Infinity ? Infinity : MathMax(0, end - performanceNow())
      // Interrupted: this loop is where V8 ends a thread that is to end.
      const ended = native.waitAtQueue(this.#key, side, left)
      let result
      try {
        result = tryOnce()
      } finally {
        // When the thread ends before this, the notification goes to the next one.
        native.keepNotification()
      }
      if (result !== notYet) return result
      if (ended === attempt.timedOut) throw timeoutError(what, timeout)
    }
  }

  /** The same without blocking. Those of one object and side are done in the order in which they were asked for. */
  waitAsync (side, what, options = noOptions, tryOnce) {
    return this.#sides[side].wait(what, options, tryOnce)
  }
}

// The asynchronous attempts of one object at one side. The first of them waits for the rest.
class AsyncSide {
  #key
  #side
  #waiting = newList()
  #operation = -1

  constructor (key, side) {
    this.#key = key
    this.#side = side
  }

  get isBusy () { return this.#waiting.length > 0 }

  wait (what, options, tryOnce) {
    return new Promise((resolve, reject) => {
      const timeout = readOptions(options)
      if (this.#waiting.length === 0) {
        const result = tryOnce()
        if (result !== notYet) return resolve(result)
      }
      const entry = { tryOnce, resolve, reject, timer: undefined, stopListening: undefined }
      append(this.#waiting, entry)
      // Node's timers take 31 bits.
      if (timeout <= 0x7fffffff) entry.timer = setTimeout(() => this.#cancel(entry, timeoutError(what, timeout)), timeout)
      const { signal } = options
      if (signal !== undefined) {
        const onAbort = () => this.#cancel(entry, signal.reason)
        signal.addEventListener('abort', onAbort, { __proto__: null, once: true })
        entry.stopListening = () => signal.removeEventListener('abort', onAbort)
      }
      this.pump()
    })
  }

  pump () {
    for (;;) {
      while (this.#waiting.length > 0) {
        const entry = this.#waiting[0]
        let result
        try {
          result = entry.tryOnce()
          if (result === notYet) break
          entry.resolve(result)
        } catch (error) {
          entry.reject(error)
        }
        ArrayPrototypeShift(this.#waiting)
        release(entry)
      }
      if (this.#waiting.length === 0) return this.#stop()
      if (this.#operation >= 0) return
      const id = native.waitAtQueueAsync(this.#key, this.#side)
      if (id < 0) continue
      this.#operation = id
      whenSettled(whenEnded(id), () => {
        this.#operation = -1
        // Too late for whoever waited here: the next one is to look.
        if (this.#waiting.length === 0) native.notifyQueue(this.#key, this.#side)
        this.pump()
        // When the thread ends before this, the notification goes to the next one.
        native.takeResult(id)
      })
      return
    }
  }

  #cancel (entry, error) {
    const index = ArrayPrototypeIndexOf(this.#waiting, entry)
    if (index < 0) return
    ArrayPrototypeSplice(this.#waiting, index, 1)
    release(entry)
    entry.reject(error)
    this.pump()
  }

  #stop () {
    if (this.#operation < 0 || !native.cancelOperation(this.#operation)) return
    forget(this.#operation)
    this.#operation = -1
  }
}

function release ({ timer, stopListening }) {
  clearTimeout(timer)
  stopListening?.()
}

module.exports = { OUT, IN, notYet, Ends }
