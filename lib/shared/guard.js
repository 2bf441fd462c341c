'use strict'

// Says which lock a guard is for, and from then on that it is for none.
const { SymbolDispose } = require('../core/primordials')
let leave

// The way back, for those that wait without their lock.
let comeBack

/** The right to be in what a lock guards, on the thread that took it, until it is released. */
class Guard {
  #lock
  #isPoisoned

  static {
    leave = (guard) => {
      const lock = guard.#lock
      guard.#lock = null
      return lock
    }
    comeBack = (guard, lock, isPoisoned) => {
      guard.#lock = lock
      guard.#isPoisoned ||= isPoisoned
    }
  }

  /** Made by locks. */
  constructor (lock, isPoisoned) {
    this.#lock = lock
    this.#isPoisoned = isPoisoned
  }

  /** True when a thread that had the lock ended without releasing it: what it guards may be half changed. */
  get poisoned () { return this.#isPoisoned }

  /** False once it was released. */
  get held () { return this.#lock !== null }

  [SymbolDispose] () { this.release() }
}

module.exports = { Guard, leave, comeBack: (guard, lock, isPoisoned) => comeBack(guard, lock, isPoisoned) }
