'use strict'

// Spare workers, which wait in their bootstrap for a program that needs them: see Worker.prewarm(). Nothing refers to them, and they do
// not keep the process alive once they are ready.

const {
  ArrayPrototypeIndexOf, ArrayPrototypeSome, ArrayPrototypeSplice, Error, Promise, SafeMap, append, newList
} = require('../core/primordials')
const { setImmediate } = require('../core/platform')
const { nodeError } = require('../core/errors')
const { native, kind } = require('../core/realm')
const { control } = require('../core/protocol')
const { kReceive } = require('../core/symbols')
const { WorkerPort } = require('./worker-port')

/** By shape. */
const stocks = new SafeMap()

class Spare {
  isReady = false
  #stock

  constructor (stock) {
    this.#stock = stock
    this.created = native.createWorker(stock.plan.name)
    const { key, port } = this.created
    native.makeSpare(key)
    this.port = new WorkerPort(port, this)
    native.setReceiving(port, true)
    const refusal = stock.plan.start(key)
    if (refusal !== null) {
      native.discardWorker(key)
      throw notStarted(refusal)
    }
    native.setWorkerRef(key, false)
  }

  /** Somebody waits until it is ready. */
  keepProcessAlive () {
    if (!this.isReady) native.setWorkerRef(this.created.key, true)
  }

  [kReceive] (what, value) {
    if (what === kind.exit) this.#stock.lose(this, value.notStarted)
    else if (what === kind.control && value.type === control.ready) this.#becomeReady()
  }

  #becomeReady () {
    this.isReady = true
    native.setWorkerRef(this.created.key, false)
    this.#stock.settle()
  }

  /** Its first messages were posted. */
  handOver (name, { entry, moduleRoots } = { __proto__: null }) {
    native.setWorkerRef(this.created.key, true)
    native.handOver(this.created.key, { name, entry, moduleRoots })
    return null
  }
}

/** The spare workers of one shape. */
class Stock {
  // Those that can be taken, or will be.
  spares = newList()
  // { resolve, reject } of promises.
  waiting = newList()
  // How many there should be; how many there should be once some were taken.
  wanted = 0
  kept = 0

  constructor (plan) {
    this.plan = plan
  }

  fill () {
    while (this.spares.length < this.wanted) append(this.spares, new Spare(this))
    while (this.spares.length > this.wanted) {
      const spare = this.spares[this.spares.length - 1]
      this.#remove(spare)
      native.discardWorker(spare.created.key)
    }
  }

  #remove (spare) {
    ArrayPrototypeSplice(this.spares, ArrayPrototypeIndexOf(this.spares, spare), 1)
  }

  take () {
    for (let index = 0; index < this.spares.length; index++) {
      const spare = this.spares[index]
      if (!spare.isReady) continue
      this.#remove(spare)
      if (--this.wanted < this.kept) {
        this.wanted = this.kept
        // After the worker that was taken.
        setImmediate(() => this.#refill())
      }
      return spare
    }
  }

  // The worker that dies is replaced; one that cannot even start is not.
  lose (spare, reason) {
    this.#remove(spare)
    if (spare.isReady) {
      this.#refill()
    } else {
      this.wanted = this.spares.length
      this.settle(notStarted(reason ?? 'it ended before it was ready'))
    }
  }

  // Nobody waits for these.
  #refill () {
    try {
      this.fill()
    } catch {
      // The system has no thread. The next worker that is taken tries again.
    }
  }

  settle (error) {
    if (error === undefined && ArrayPrototypeSome(this.spares, spare => !spare.isReady)) return
    const { waiting } = this
    this.waiting = newList()
    for (let index = 0; index < waiting.length; index++) {
      if (error === undefined) waiting[index].resolve()
      else waiting[index].reject(error)
    }
  }
}

function notStarted (reason) {
  return nodeError(Error, 'ERR_WORKER_INIT_FAILED', `Could not start a spare worker: ${reason}`)
}

/**
 * @param {object} plan a Plan of worker-environment.js
 * @param {number} count
 * @param {number} keep
 */
function prewarm (plan, count, keep) {
  const shape = plan.shape?.()
  // There cannot be any.
  if (shape === undefined) return undefined
  let stock = stocks.get(shape)
  if (stock === undefined) {
    stock = new Stock(plan)
    stocks.set(shape, stock)
  }
  return new Promise((resolve, reject) => {
    append(stock.waiting, { resolve, reject })
    stock.wanted = count
    stock.kept = keep
    try {
      stock.fill()
      for (let index = 0; index < stock.spares.length; index++) stock.spares[index].keepProcessAlive()
      stock.settle()
    } catch (error) {
      stock.wanted = stock.spares.length
      stock.settle(error)
    }
  })
}

/**
 * @param {(() => string | undefined) | undefined} shape of the worker that needs one
 * @returns {Spare | undefined}
 */
function take (shape) {
  return shape === undefined ? undefined : stocks.get(shape())?.take()
}

module.exports = { prewarm, take }
