'use strict'

// The classes over shared memory. Each is loaded on first use, or when one of its objects arrives in a message.

const { addComposites } = require('../core/composites')

const classes = {
  __proto__: null,
  Mutex: () => require('./mutex').Mutex,
  RwLock: () => require('./rw-lock').RwLock,
  Semaphore: () => require('./semaphore').Semaphore,
  Condvar: () => require('./condvar').Condvar,
  Barrier: () => require('./barrier').Barrier,
  Latch: () => require('./latch').Latch,
  Once: () => require('./once').Once,
  SharedQueue: () => require('./queue').SharedQueue,
  SharedRing: () => require('./ring').SharedRing,
  AtomicView: () => require('./atomic-view').AtomicView
}

addComposites(classes)

module.exports = { classes }
