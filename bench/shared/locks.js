'use strict'

// Uncontended locks, compared with the minimal operations of a lock.

const { nanoseconds } = require('./measure')

const TARGET = { against: 'two compareExchange', atMost: 3 }

/** @param {{ api: object, quick: boolean }} options */
async function open ({ api, quick }) {
  const times = quick ? 300_000 : 3_000_000
  const onMainThread = { blockMainThread: true }
  const words = new Int32Array(new SharedArrayBuffer(4))
  const least = nanoseconds(times, () => {
    for (let i = 0; i < times; i++) {
      Atomics.compareExchange(words, 0, 0, 7)
      Atomics.compareExchange(words, 0, 7, 0)
    }
  })
  const compare = (name, work) => ({
    name,
    unit: 'ns',
    target: TARGET,
    contenders: [{ name: 'isothreads', run: nanoseconds(times, work) }, { name: TARGET.against, run: least }]
  })

  const mutex = new api.Mutex()
  const lock = new api.RwLock()
  const semaphore = new api.Semaphore(4)
  return {
    cases: [
      compare('mutex: lock + release', () => {
        for (let i = 0; i < times; i++) mutex.lock(onMainThread).release()
      }),
      compare('mutex: tryLock + release', () => {
        for (let i = 0; i < times; i++) mutex.tryLock().release()
      }),
      compare('lock: read + release', () => {
        for (let i = 0; i < times; i++) lock.read(onMainThread).release()
      }),
      compare('lock: write + release', () => {
        for (let i = 0; i < times; i++) lock.write(onMainThread).release()
      }),
      compare('semaphore: acquire + release', () => {
        for (let i = 0; i < times; i++) semaphore.acquire(1, onMainThread).release()
      })
    ]
  }
}

module.exports = { sections: [{ title: 'locks', open }] }
