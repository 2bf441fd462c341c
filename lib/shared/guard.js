'use strict'

// Takes the lock out of a guard. The guard holds none afterwards.
const { SymbolDispose } = require('../core/primordials')
let leave

// Puts the lock back, for waits that release it temporarily.
let comeBack

/** The right to access the guarded data, on the thread that took the lock, until it is released. */
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

  /** Called by locks only. */
  constructor (lock, isPoisoned) {
    this.#lock = lock
    this.#isPoisoned = isPoisoned
  }

  /** True when a thread that had the lock ended without releasing it: the guarded data may be half changed. */
  get poisoned () { return this.#isPoisoned }

  /** False after release(). */
  get held () { return this.#lock !== null }

  [SymbolDispose] () { this.release() }
}

module.exports = { Guard, leave, comeBack: (guard, lock, isPoisoned) => comeBack(guard, lock, isPoisoned) }
