import { EventEmitter } from 'node:events'
import { WorkerPoolOptions } from './pool-options'
import { TaskMethods } from './typed-tasks'
import { Worker } from './worker'

/** How long tasks took, in milliseconds, with three digits. */
export interface Durations {
  /** How many were measured. */
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
  /** Only one in a thousand took longer. */
  readonly p999: number
}

/** The durations that {@link WorkerPoolOptions.recordTiming} measures, since the pool was made. */
export interface PoolHistogram {
  /** From when a worker took the task until it had the result. */
  readonly runTime: Durations
  /** From when the task was given until a worker took it. */
  readonly waitTime: Durations
}

/** {@link WorkerPool.stats}: the getters of these names at one moment, and the limits. */
export interface WorkerPoolStats {
  threads: number
  idleThreads: number
  minThreads: number
  maxThreads: number
  /** Unfinished tasks: those that wait and those that run. */
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
  /** A worker was started. Emitted one tick later, so that listeners hear of the workers of the constructor. */
  workerCreate: [worker: Worker]
  /** A worker has ended: its exit code, and the uncaught error if it ended by one. It is replaced where it is needed. */
  workerDestroy: [worker: Worker, code: number, error: any]
  /** A worker posted a message on its `parentPort` that is not a result. */
  message: [value: any, worker: Worker]
  /** With `maxQueue`: the last place in the queue was taken. */
  needsDrain: []
  /** The queue is empty after it was full; also every time when the last task is finished. */
  drain: []
  /**
   * Workers cannot be started: five in a row ended before they were ready for tasks. When no other worker is left, all waiting and later
   * tasks reject. Or a worker ended by an uncaught error while it had no task. Without a listener nothing is thrown.
   */
  error: [error: any]
  /** All workers have ended after {@link WorkerPool.close} or {@link WorkerPool.destroy}. */
  close: []
}

/**
 * Workers that take tasks from one queue. A worker file is of one of two kinds; the pool recognises which:
 *
 * - It **exports functions**: by default or by names, async or not; or a promise of them, which is waited for. A function is called with
 *   the data of a task and a {@link TaskContext}. An exported `teardown` is called before the pool ends a worker that it does not
 *   need any more, and may take 10 seconds.
 * - It **answers on its {@link parentPort}**: the first message that it posts after a task is the task's result.
 *
 * A worker that ends in the middle of a task rejects that task, and is replaced; the queue goes on. The pool keeps the process alive
 * only while it has tasks, or while a promise that its workers are ready or have ended is pending.
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
   * Starts the first workers, `minThreads`. Returns at once: the workers find out whether the worker file exists.
   *
   * @param filename the worker file; or a library of workers written in Rust, or `native:` and the name of one, as for {@link Worker}: then
   *   a task calls the function that its `name` says, by default the only one, or the one that was named with the library
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
   * - the error that the function threw, of the nearest class that JavaScript itself has, with its message, stack, cause and own
   *   properties;
   * - `AbortError` (`ABORT_ERR`, `cause` is the signal's reason); `TimeoutError` (`ERR_ISOTHREADS_TASK_TIMEOUT`);
   * - the worker's uncaught error, or `ERR_WORKER_OUT_OF_MEMORY`, or `ERR_ISOTHREADS_WORKER_EXITED`, when the worker ended in the middle of
   *   it;
   * - `DataCloneError`: the data, or the result, cannot be cloned;
   * - `ERR_ISOTHREADS_QUEUE_FULL`, `ERR_ISOTHREADS_POOL_CLOSED`; the worker's error when the worker file cannot be loaded;
   * - `ERR_INVALID_ARG_TYPE`, `ERR_INVALID_ARG_VALUE`: wrong options;
   * - of workers written in Rust: the error that the function returned; `ERR_ISOTHREADS_PANIC`; `ERR_INVALID_ARG_VALUE`: data that
   *   the function cannot take; `ERR_ISOTHREADS_NO_SUCH_WORKER`; `ERR_ISOTHREADS_NATIVE_UNSUPPORTED`: a feature that needs JavaScript.
   *
   * An error that came out of a worker has its number as `threadId`.
   *
   * `data`: the worker gets a clone of it, made before this returns. An async iterable (a Readable, say) is an async iterable there, of
   * clones, a few of them ahead.
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
   * Runs a task for each item, some at a time: the next item is asked for when there is room, and the caller's own pace holds
   * everything back. An error of a task, or of the source, ends it.
   *
   * Returns the results, in the order of the items unless `ordered` is `false`. Throws `ERR_INVALID_ARG_TYPE`, `ERR_INVALID_ARG_VALUE`.
   */
  map: TaskMethods<Tasks>['map']

  /**
   * A stream in object mode that runs a task for each chunk, for pipelines. An error of a task destroys it; so does a task that returns
   * `null` or `undefined`, which streams cannot carry. Throws `ERR_INVALID_ARG_TYPE`, `ERR_INVALID_ARG_VALUE`.
   */
  stream: TaskMethods<Tasks>['stream']

  /**
   * Sends a clone of the data to every worker, also to those that start later, as `message` on its {@link parentPort}. It arrives before
   * any task that is given later begins. Does not wait.
   *
   * @param options `name`: a later broadcast of this name replaces this one for workers that have not got it. Broadcasts without a name
   *   are all kept for later workers, as long as the pool lives
   * @throws DataCloneError
   * @throws TypeError `ERR_INVALID_ARG_TYPE`
   * @throws Error `ERR_ISOTHREADS_POOL_CLOSED`
   */
  broadcast (data: Broadcast, options?: { name?: string | undefined }): void

  /** Resolves when `minThreads` workers are ready for tasks. Rejects when they cannot be, or the pool is closed. */
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
   * Takes no more tasks, runs those that were given, then ends the workers. May be called any number of times.
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

  /** The number of workers, including those that are starting, or that end when they have finished their tasks. */
  readonly threads: number

  /** How many workers are ready and idle. */
  readonly idleThreads: number

  /** How many tasks wait for a worker. */
  readonly queueSize: number

  /** Whether the queue was full, and has not been empty since. Always `false` without `maxQueue`. */
  readonly needsDrain: boolean

  /** How many tasks have resolved. */
  readonly completed: number

  /** How many tasks have rejected, without those that were refused at once. A task that is run again counts once. */
  readonly failed: number

  /** With `recordTiming`, how long tasks ran and waited; otherwise `undefined`. Each reading is a copy. */
  readonly histogram: PoolHistogram | undefined

  /** With `recordTiming`, the share of the workers' time, since each was ready, in which they had tasks: 0 to 1. Otherwise `undefined`. */
  readonly utilization: number | undefined

  /** All of that as one plain object. */
  stats (): WorkerPoolStats
}
