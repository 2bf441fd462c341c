import { AsyncLocalStorage } from 'node:async_hooks'
import { TaskOptions } from './pool-tasks'
import { WorkerOptions } from './worker'

/** When a worker of a {@link WorkerPool} is replaced. Checked after each task; the worker finishes the tasks that it has begun. */
export interface RecycleOptions {
  /** After this number of tasks. Default: never. */
  tasks?: number | undefined

  /** When its JavaScript uses more memory than this, in megabytes (2^20 bytes): the heap and external buffers. Default: never. */
  memory?: number | undefined

  /** When it has been ready for this long, in milliseconds; checked only at the end of a task. Default: never. */
  age?: number | undefined
}

/** A task that waits in a {@link TaskQueue}. */
export interface QueuedTask {
  /** The first argument of {@link WorkerPool.exec}; not yet cloned. */
  readonly data: any
  /** The options of the call. */
  readonly options: TaskOptions
}

/**
 * A custom queue: {@link WorkerPoolOptions.taskQueue}. Its methods are called on the pool's thread. It must return each task once, and
 * drop a task that was removed.
 */
export interface TaskQueue {
  /** Adds a task. */
  push (task: QueuedTask): void
  /** Takes the task that runs next out of the queue; `null` or `undefined` when the queue is empty. */
  shift (): QueuedTask | null | undefined
  /** Removes a task that must not run: it was aborted, or its `queueTimeout` is over. */
  remove (task: QueuedTask): void
  /** The number of waiting tasks. */
  readonly size: number
}

/**
 * Options of {@link WorkerPool}. Those of {@link Worker} are for each of its workers: `workerData` (cloned for each), `env`, `argv`,
 * `execArgv`, `resourceLimits`, `name`, `stdout`, `stderr`, `trackUnmanagedFds`, `runtime`, `moduleRoots`, `expose`, `maxHostCalls`. With
 * `runtime: 'lean'` there is no {@link taskStorage}, and the worker file can be no `data:` URL.
 */
export interface WorkerPoolOptions extends Omit<WorkerOptions,
  'codeGeneration' | 'cpuTimeLimit' | 'eval' | 'maxQueuedMessages' | 'stdin' | 'timerResolution' | 'transferList' | 'wallTimeLimit'> {
  /**
   * The worker file: an absolute path, a path with `./` or `../` (relative to the working directory), a `file:` or `data:` URL. CommonJS,
   * an ES module, or TypeScript where Node strips types. For its two kinds see {@link WorkerPool}. Default: none, and the pool runs functions
   * that are passed to `exec`.
   */
  filename?: string | URL | undefined

  /**
   * The smallest number of workers; 0 or more. A number between 0 and 1 is a share of the processors, rounded, at least one worker.
   * Default: 1.
   */
  minThreads?: number | undefined

  /**
   * The largest number of workers; 1 or more, or a share of the processors as above. A worker is added when more tasks are unfinished
   * than the workers can run at once. Default: one for each processor, or `minThreads` if that is more.
   */
  maxThreads?: number | undefined

  /**
   * Milliseconds after which an idle worker is ended while there are more than `minThreads`. 0: retire at once; `Infinity`: never.
   * Default: 30,000.
   */
  idleTimeout?: number | undefined

  /**
   * The largest number of waiting tasks, beyond those that can run at once. Further tasks reject with `ERR_ISOTHREADS_QUEUE_FULL`.
   * `'auto'`: `maxThreads` squared. Default: `Infinity`.
   */
  maxQueue?: number | 'auto' | undefined

  /**
   * The largest number of unfinished tasks of a worker. More than 1 pays off for functions that mostly wait for I/O. If
   * a worker ends, all its tasks fail. Must be 1 for a worker file that answers on its `parentPort`. Default: 1.
   */
  concurrentTasksPerWorker?: number | undefined

  /** The default of {@link TaskOptions.timeout}, in milliseconds. Default: no limit. */
  taskTimeout?: number | undefined

  /** The default of {@link TaskOptions.retries}, for tasks without a `transferList` or an async iterable. Default: 0. */
  retries?: number | undefined

  /** When a worker is replaced, for worker files that leak. Default: never. */
  recycle?: RecycleOptions | undefined

  /** Milliseconds that {@link WorkerPool.close} waits for tasks; then the pool is destroyed. Default: `Infinity`. */
  closeTimeout?: number | undefined

  /**
   * Whether to measure how long tasks wait and run: {@link WorkerPool.histogram}, {@link WorkerPool.utilization}. Costs two clock reads
   * per task. Default: `false`.
   */
  recordTiming?: boolean | undefined

  /**
   * Which task of a priority is next: the oldest, the newest, or the choice of a custom queue. Tasks with an `affinity` always start in
   * order. Default: `'fifo'`.
   */
  taskQueue?: 'fifo' | 'lifo' | TaskQueue | undefined

  /**
   * The store of this object at the call of `exec` is cloned, and the task reads it as {@link TaskContext.store} and from {@link taskStorage}.
   * Default: none.
   */
  asyncLocalStorage?: AsyncLocalStorage<any> | undefined
}
