import { EventEmitter } from 'node:events'
import { WorkerPoolOptions } from './pool-options'
import { TaskMethods } from './typed-tasks'
import { Worker } from './worker'

/** Statistics of durations in milliseconds, with three significant digits. */
export interface Durations {
  /** The number of measurements. */
  readonly count: number
  readonly min: number
  readonly max: number
  readonly mean: number
  /** The standard deviation. */
  readonly stddev: number
  /** The median. */
  readonly p50: number
  readonly p75: number
  readonly p90: number
  readonly p95: number
  readonly p99: number
  /** The 99.9th percentile. */
  readonly p999: number
}

/** The durations that {@link WorkerPoolOptions.recordTiming} measures, since the creation of the pool. */
export interface PoolHistogram {
  /** From the start of the task in a worker until its result. */
  readonly runTime: Durations
  /** From the call of `exec` until a worker took the task. */
  readonly waitTime: Durations
}

/** {@link WorkerPool.stats}: a snapshot of the getters with these names, and the limits. */
export interface WorkerPoolStats {
  threads: number
  idleThreads: number
  minThreads: number
  maxThreads: number
  /** Unfinished tasks, waiting or running. */
  pending: number
  queueSize: number
  needsDrain: boolean
  completed: number
  failed: number
  utilization: number | undefined
  histogram: PoolHistogram | undefined
}

/** Events of {@link WorkerPool} and their arguments. */
export interface WorkerPoolEvents {
  /** A worker was started. Emitted one tick later, so that listeners also see the workers that the constructor starts. */
  workerCreate: [worker: Worker]
  /** A worker has ended. The arguments are its exit code and its uncaught error, if any. It is replaced if it is needed. */
  workerDestroy: [worker: Worker, code: number, error: any]
  /** A worker posted a message on its `parentPort` that is not a result. */
  message: [value: any, worker: Worker]
  /** With `maxQueue`: the last place in the queue was taken. */
  needsDrain: []
  /** The queue is empty after it was full. Also emitted each time the last task is finished. */
  drain: []
  /**
   * Workers cannot be started: five in a row ended before they were ready for tasks. If no other worker is left, all waiting and later
   * tasks reject. Also emitted when a worker without a task ended by an uncaught error. Without a listener nothing is thrown.
   */
  error: [error: any]
  /** All workers have ended after {@link WorkerPool.close} or {@link WorkerPool.destroy}. */
  close: []
}

/**
 * Workers that take tasks from one queue. A worker file is of one of two kinds; the pool recognises which:
 *
 * - It **exports functions**: by default or by names, async or not; or a promise of them, which is awaited. A function is called with
 *   the data of a task and a {@link TaskContext}. An exported `teardown` is called before the pool ends a surplus worker, and
 *   may take 10 seconds.
 * - It **answers on its {@link parentPort}**: the first message that it posts after a task is the task's result.
 *
 * If a worker ends during a task, the task rejects and the worker is replaced; the queue continues. The pool keeps the process alive only
 * while it has tasks, or while a promise for the start or the end of its workers is pending.
 *
 * `WorkerPool<Tasks, Broadcast>` types the tasks. `Tasks` is the type of the worker file's exports, of an interface with methods, or of a
 * single function. `Broadcast` is the type of the data that {@link WorkerPool.broadcast} sends.
 *
 * @example
 * const pool = new WorkerPool<typeof import('./tasks.js')>('./tasks.js')
 * const picture = await pool.exec({ width: 640 }, { name: 'resize', timeout: 5000 })
 * await pool.close()
 *
 * Not part of Node.js. The guide: docs/pool.md.
 */
export class WorkerPool<Tasks = any, Broadcast = any> extends EventEmitter<WorkerPoolEvents> {
  /**
   * Starts `minThreads` workers. Returns at once: only the workers check whether the worker file exists.
   *
   * @param filename the worker file; or a worker library written in Rust, or `native:` and a name, as for {@link Worker}. Then a
   *   task calls the function with its `name`; by default the only function, or the one named after the `#`
   * @param size the fixed number of workers; default: one for each processor
   * @throws TypeError `ERR_INVALID_ARG_TYPE`, `ERR_INVALID_ARG_VALUE`: an option of the wrong type or out of its range
   * @throws TypeError `ERR_WORKER_PATH`: a relative path without `./`
   * @throws Error `ERR_WORKER_INVALID_EXEC_ARGV` and the other errors of {@link Worker}'s constructor
   * @throws DataCloneError `workerData` that cannot be cloned
   */
  constructor (filename: string | URL, size?: number)
  constructor (options: WorkerPoolOptions)

  /**
   * Runs a task in the next worker that is free. Never blocks, never throws.
   *
   * The promise rejects with
   * - the error that the function threw, as an instance of the nearest built-in class, with its message, stack, cause and own
   *   properties;
   * - `AbortError` (`ABORT_ERR`, `cause` is the signal's reason); `TimeoutError` (`ERR_ISOTHREADS_TASK_TIMEOUT`);
   * - the worker's uncaught error, or `ERR_WORKER_OUT_OF_MEMORY`, or `ERR_ISOTHREADS_WORKER_EXITED`, if the worker ended during the
   *   task;
   * - `DataCloneError`: the data, or the result, cannot be cloned;
   * - `ERR_ISOTHREADS_QUEUE_FULL`, `ERR_ISOTHREADS_POOL_CLOSED`; the worker's error when the worker file cannot be loaded;
   * - `ERR_INVALID_ARG_TYPE`, `ERR_INVALID_ARG_VALUE`: wrong options;
   * - from workers written in Rust: the error that the function returned; `ERR_ISOTHREADS_PANIC`; `ERR_INVALID_ARG_VALUE`: data of the
   *   wrong type; `ERR_ISOTHREADS_NO_SUCH_WORKER`; `ERR_ISOTHREADS_NATIVE_UNSUPPORTED`: a feature that needs JavaScript.
   *
   * An error from a worker has the worker's number as `threadId`.
   *
   * `data`: the worker gets a clone, which is made before this returns. An async iterable (such as a Readable) arrives as an async iterable
   * of clones, a few of which are requested in advance.
   *
   * The promise resolves with the result of the worker's function; for an async iterable, with an async iterator of clones. Then the task
   * lasts until the iterator has ended, also by `return()`, which leaving a `for await` loop calls.
   *
   * A pool without a type also runs functions: `exec(function, arguments, options)`.
   */
  exec: TaskMethods<Tasks>['exec']

  /** {@link exec} under another name. */
  run: TaskMethods<Tasks>['exec']

  /**
   * Runs a task for each item, with limited concurrency: the next item is requested only when there is room, and a slow consumer slows the
   * source down. An error of a task, or of the source, ends it.
   *
   * Returns the results, in the order of the items unless `ordered` is `false`. Throws `ERR_INVALID_ARG_TYPE`, `ERR_INVALID_ARG_VALUE`.
   */
  map: TaskMethods<Tasks>['map']

  /**
   * A stream in object mode that runs a task for each chunk, for pipelines. An error of a task destroys it. So does a task that returns
   * `null` or `undefined`, which a stream cannot carry. Throws `ERR_INVALID_ARG_TYPE`, `ERR_INVALID_ARG_VALUE`.
   */
  stream: TaskMethods<Tasks>['stream']

  /**
   * Sends a clone of the data to every worker, and to workers that start later, as `message` on its {@link parentPort}. It arrives before
   * the start of any later task. Does not wait.
   *
   * @param options `name`: a later broadcast with this name replaces this one for workers that have not received it. All broadcasts without a
   *   name are kept for later workers while the pool lives
   * @throws DataCloneError
   * @throws TypeError `ERR_INVALID_ARG_TYPE`
   * @throws Error `ERR_ISOTHREADS_POOL_CLOSED`
   */
  broadcast (data: Broadcast, options?: { name?: string | undefined }): void

  /** Resolves when `minThreads` workers are ready for tasks. Rejects if they cannot be started, or the pool is closed. */
  readonly ready: Promise<void>

  /**
   * Starts workers before there are tasks for them.
   *
   * @param count 1 to `maxThreads`. Default: `maxThreads`
   * @returns resolves when they are ready; rejects as {@link ready} does
   * @throws TypeError `ERR_INVALID_ARG_TYPE`, `ERR_INVALID_ARG_VALUE`
   */
  prewarm (count?: number): Promise<void>

  /**
   * Changes the number of workers. Surplus workers end when they have finished their tasks. Returns at once.
   *
   * @param maxThreads default: the same as `minThreads`
   * @throws TypeError `ERR_INVALID_ARG_TYPE`, `ERR_INVALID_ARG_VALUE`
   */
  resize (minThreads: number, maxThreads?: number): void

  /**
   * Replaces all workers, each once it has finished its tasks.
   *
   * @returns resolves when the last of the old ones has ended
   */
  recycleWorkers (): Promise<void>

  /**
   * Accepts no more tasks, finishes the tasks that it has, then ends the workers. May be called any number of times.
   *
   * @param options `timeout`: milliseconds after which the pool is destroyed. Default: {@link WorkerPoolOptions.closeTimeout}
   * @returns resolves when all workers have ended
   * @throws TypeError `ERR_INVALID_ARG_TYPE`, `ERR_INVALID_ARG_VALUE`
   */
  close (options?: { timeout?: number | undefined }): Promise<void>

  /**
   * Ends the workers at once. Waiting tasks reject with `ERR_ISOTHREADS_POOL_CLOSED`, running ones with `ERR_ISOTHREADS_WORKER_EXITED`.
   *
   * @returns resolves when all workers have ended
   */
  destroy (): Promise<void>

  /** As {@link close}, for `await using`. */
  [Symbol.asyncDispose] (): Promise<void>

  /** The number of workers, including those that are starting, and those that will end after their current tasks. */
  readonly threads: number

  /** The number of workers that are ready and idle. */
  readonly idleThreads: number

  /** The number of tasks that wait for a worker. */
  readonly queueSize: number

  /** Whether the queue was full, and has not been empty since. Always `false` without `maxQueue`. */
  readonly needsDrain: boolean

  /** The number of tasks that have resolved. */
  readonly completed: number

  /** The number of tasks that have rejected, without those that `exec` refused at once. A task that is run again counts once. */
  readonly failed: number

  /** With `recordTiming`, the running and waiting times of tasks; otherwise `undefined`. Each read returns a copy. */
  readonly histogram: PoolHistogram | undefined

  /** With `recordTiming`, the share of time, 0 to 1, in which workers had tasks, counted from when each was ready. Otherwise `undefined`. */
  readonly utilization: number | undefined

  /** All of these values as one plain object. */
  stats (): WorkerPoolStats
}
