'use strict'

const path = require('node:path')

const TASKS = locate('tasks.js')

/**
 * One pool with one choice of settings. A peer with several settings is judged by the best of them in each case.
 *
 * @typedef {object} Contender
 * @property {string} pool 'isothreads' or the peer's name on npm
 * @property {string} settings a description of its settings
 * @property {(threads: number, specifier: string) => Promise<(() => OpenPool)>} load prepares everything that does not need the
 *   pool, and resolves with a function that makes the pool with all its threads
 *
 * @typedef {object} OpenPool
 * @property {(task: object) => PromiseLike<number>} run
 * @property {(task: object, buffer: ArrayBuffer) => PromiseLike<number>} transfer
 * @property {() => Promise<unknown>} close ends all threads
 */

/** @type {Contender[]} */
const CONTENDERS = [
  isothreads('as it is', {}),
  piscina('1 at a time', { concurrentTasksPerWorker: 1 }),
  piscina('64 at a time', { concurrentTasksPerWorker: 64 }),
  piscina('64 at a time, async atomics', { concurrentTasksPerWorker: 64, atomics: 'async' }),
  tinypool('1 at a time', { concurrentTasksPerWorker: 1 }),
  tinypool('64 at a time', { concurrentTasksPerWorker: 64 }),
  workerpool('first in, first out', { queueStrategy: 'fifo' }),
  workerpool('last in, first out', { queueStrategy: 'lifo' }),
  poolifier('no tasks queue', { enableTasksQueue: false }),
  poolifier('tasks queue, 64 at a time', { enableTasksQueue: true, tasksQueueOptions: { concurrency: 64 } })
]

function isothreads (settings, options) {
  return {
    pool: 'isothreads',
    settings,
    async load (threads, specifier) {
      const { WorkerPool } = require(specifier)
      return () => {
        const pool = new WorkerPool({ ...options, filename: TASKS, minThreads: threads, maxThreads: threads })
        return {
          run: (task) => pool.exec(task),
          transfer: (task, buffer) => pool.exec(task, { transferList: [buffer] }),
          close: () => pool.destroy()
        }
      }
    }
  }
}

function piscina (settings, options) {
  return {
    pool: 'piscina',
    settings,
    async load (threads) {
      const { Piscina, FixedQueue } = require('piscina')
      const common = { filename: TASKS, minThreads: threads, maxThreads: threads, recordTiming: false }
      return () => wrapPiscina(new Piscina({ ...common, taskQueue: new FixedQueue(), ...options }))
    }
  }
}

// Its own queue shifts an array, which is slow for a burst; piscina's queue is compatible.
function tinypool (settings, options) {
  return {
    pool: 'tinypool',
    settings,
    async load (threads) {
      const { Tinypool } = await import('tinypool')
      const { FixedQueue } = require('piscina')
      const common = { filename: TASKS, minThreads: threads, maxThreads: threads }
      return () => wrapPiscina(new Tinypool({ ...common, taskQueue: new FixedQueue(), ...options }))
    }
  }
}

function wrapPiscina (pool) {
  return {
    run: (task) => pool.run(task),
    transfer: (task, buffer) => pool.run(task, { transferList: [buffer] }),
    close: () => pool.destroy()
  }
}

function workerpool (settings, options) {
  return {
    pool: 'workerpool',
    settings,
    async load (threads) {
      const { pool: createPool } = require('workerpool')
      const common = { workerType: 'thread', minWorkers: threads, maxWorkers: threads }
      return () => {
        const pool = createPool(locate('workerpool.js'), { ...common, ...options })
        return {
          run: (task) => pool.exec('run', [task]),
          transfer: (task, buffer) => pool.exec('run', [task], { transfer: [buffer] }),
          close: () => pool.terminate(true)
        }
      }
    }
  }
}

function poolifier (settings, options) {
  return {
    pool: 'poolifier',
    settings,
    async load (threads) {
      const { FixedThreadPool } = require('poolifier')
      const common = { enableEvents: false, workerChoiceStrategy: 'ROUND_ROBIN' }
      return () => {
        const pool = new FixedThreadPool(threads, locate('poolifier.js'), { ...common, ...options })
        return {
          run: (task) => pool.execute(task),
          transfer: (task, buffer) => pool.execute(task, undefined, undefined, [buffer]),
          close: () => pool.destroy()
        }
      }
    }
  }
}

function locate (file) {
  return path.join(__dirname, 'workers', file)
}

module.exports = { CONTENDERS }
