'use strict'

const { native, keyOf, NativePort } = require('../core/realm')
const { kReceive } = require('../core/symbols')

/** Receives the worker's messages for the Worker, which is not a port itself, or for the spare that it was before. */
class WorkerPort extends NativePort {
  worker

  constructor (key, worker) {
    super(key)
    this.worker = worker
    native.bindPort(key, this)
  }

  hasRef () {
    const key = keyOf(this)
    return key >= 0 && native.hasPortRef(key)
  }

  [kReceive] (what, value, ports) {
    this.worker[kReceive](what, value, ports)
  }
}

module.exports = { WorkerPort }
