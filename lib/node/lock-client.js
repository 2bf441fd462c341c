'use strict'

// Requests Node's own named locks for a lean worker, which cannot reach them. lean/locks.js is the other side.

const { Promise, SafeMap, whenSettled } = require('../core/primordials')
const { getAbortController } = require('../core/platform')
const { control, lockOutcome: outcome, lockPatience: patience } = require('../core/protocol')
const { locks } = require('./locks')

class LockClient {
  #send
  // How to give a lock back or to withdraw its request, by the request's number.
  #releases = new SafeMap()

  /** @param {(message: object) => void} send sends to the worker */
  constructor (send) {
    this.#send = send
  }

  /** @param {{ number: number, name: string, isShared: boolean, patience: number }} message */
  request ({ number, name, isShared, patience: howPatient }) {
    const controller = new (getAbortController())()
    const notify = what => this.#send({ type: control.lockNotice, number, outcome: what })
    const options = { __proto__: null, mode: isShared ? 'shared' : 'exclusive' }
    if (howPatient === patience.giveUp) options.ifAvailable = true
    else if (howPatient === patience.steal) options.steal = true
    else options.signal = controller.signal
    this.#releases.set(number, () => controller.abort())
    const request = locks.request(name, options, lock => {
      if (lock === null) return notify(outcome.unavailable)
      return new Promise(resolve => {
        // It was withdrawn after it had been granted.
        if (!this.#releases.has(number)) return resolve()
        this.#releases.set(number, resolve)
        notify(outcome.granted)
      })
    })
    const end = () => this.#releases.delete(number)
    whenSettled(request, end, () => {
      // Otherwise the worker has withdrawn it.
      if (end()) notify(outcome.stolen)
    })
  }

  release (number) {
    const release = this.#releases.get(number)
    this.#releases.delete(number)
    release?.()
  }

  /** The worker has ended. */
  close () {
    const releases = this.#releases
    this.#releases = new SafeMap()
    releases.forEach(release => release())
  }
}

module.exports = { LockClient }
