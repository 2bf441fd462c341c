'use strict'

// The two ends of a queue or a ring: waits until an operation is possible at one of them.

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

// The result of an attempt that cannot succeed yet.
const notYet = Symbol('notYet')

// The number of attempts before a thread sleeps: together they take about as long as waking it. With one core, or where spinning
// has not paid lately, the thread sleeps at once.
const LOOKS = native.processors() > 1 ? 200 : 0
// Steps between two attempts. Each attempt takes the cache line away from the writing thread.
const PAUSE = 16
const idleWord = new Int32Array(1)
const PATIENCE = 4
const RETRY_EVERY = 32
let misses = 0
let skipped = 0

/** @returns {unknown} the result of `tryOnce`, which may be notYet */
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

// After a queue or ring is collected, its key stays known only while this thread has claimed an end.
const forgotten = new SafeFinalizationRegistry(key => native.forgetQueue(key))

/** The ends of one queue or ring, identified by its native key. */
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

  /** Whether asynchronous attempts of this object wait at this side. */
  isBusy (side) { return this.#sides[side].isBusy }

  /** Retries these attempts first, because a synchronous attempt must not overtake them. */
  flush (side) { this.#sides[side].pump() }

  /**
   * Blocks until `tryOnce` succeeds.
   * @param {number} side
   * @param {string} what the thread waits for, for the error
   * @param {object} [options]
   * @param {() => unknown} tryOnce returns notYet when it cannot succeed yet
   * @throws {Error} ERR_ISOTHREADS_TIMEOUT
   */
  wait (side, what, options = noOptions, tryOnce) {
    const timeout = readOptions(options)
    const end = timeout === Infinity ? Infinity : performanceNow() + timeout
    for (;;) {
      const early = timeout === 0 ? tryOnce() : spin(tryOnce)
      if (early !== notYet) return early
      const left = end === Infinity ? Infinity : MathMax(0, end - performanceNow())
      // An interrupted wait returns here, because V8 can end the thread in this loop.
      const ended = native.waitAtQueue(this.#key, side, left)
      let result
      try {
        result = tryOnce()
      } finally {
        // If the thread ends before this, the notification goes to the next waiter.
        native.keepNotification()
      }
      if (result !== notYet) return result
      if (ended === attempt.timedOut) throw timeoutError(what, timeout)
    }
  }

  /** The same without blocking. Attempts of one object at one side are made in the order of the calls. */
  waitAsync (side, what, options = noOptions, tryOnce) {
    return this.#sides[side].wait(what, options, tryOnce)
  }
}

// The asynchronous attempts of one object at one side. Only the first of them waits natively.
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
      // Node's timers are limited to 31 bits.
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
        // The waiter has already been cancelled, so the next one must check.
        if (this.#waiting.length === 0) native.notifyQueue(this.#key, this.#side)
        this.pump()
        // If the thread ends before this, the notification goes to the next waiter.
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
