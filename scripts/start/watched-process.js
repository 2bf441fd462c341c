'use strict'

// Loaded before the example's files, in the process and in its worker. It provides what these unchanged files expect.

const fs = require('node:fs')
const { isMainThread } = require('node:worker_threads')

const interval = 10
const latencyDescriptor = 3
const itemCount = 1000
const fibOfItem = 26

const fib = (n) => n < 2 ? n : fib(n - 1) + fib(n - 2)

/** The list that the example expects, and a timer that shows whether the main thread is free. */
function prepareMainThread () {
  globalThis.largeArray = Array.from({ length: itemCount }, (_, index) => index)
  let last = performance.now()
  setInterval(() => {
    const now = performance.now()
    fs.writeSync(latencyDescriptor, `${Math.max(0, now - last - interval)}\n`)
    last = now
  }, interval).unref()
}

/** The work for the example's comment `// do CPU work`: reading an item of the list takes some time. */
function prepareWorker () {
  const { values } = Array.prototype
  Array.prototype[Symbol.iterator] = function () {
    return this.length === itemCount ? workAndYield(this) : values.call(this)
  }
}

function * workAndYield (items) {
  for (let index = 0; index < items.length; index++) {
    fib(fibOfItem)
    yield items[index]
  }
}

if (isMainThread) prepareMainThread()
else prepareWorker()
