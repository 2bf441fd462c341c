import { AsyncLocalStorage } from 'node:async_hooks'
import { EventEmitter } from 'node:events'
import { Transferable } from './transfer'

/** Options of {@link WorkerPool.exec}. */
export interface TaskOptions {
  /** The name of a function that the worker file exports. Default: the default export. */
  name?: string | undefined

  /** The objects in the data that are transferred instead of cloned. Default: nothing. */
  transferList?: readonly Transferable[] | undefined

  /**
   * Aborts the task. A waiting task leaves the queue. A running task that has read {@link TaskContext.signal} is notified, and has
   * `abortGrace` to end; otherwise its worker is ended at once, and replaced. The task rejects with an `AbortError` (`ABORT_ERR`) whose
   * `cause` is the signal's reason: at once if it was waiting or was notified, otherwise when its worker has ended.
   */
  signal?: AbortSignal | undefined

  /**
   * Milliseconds that a task may continue after the notification of its abort or timeout; then its worker is ended. 0: no notification, the
   * worker is ended at once. Default: 1000.
   */
  abortGrace?: number | undefined

  /** A 32-bit integer. Higher priorities run first; tasks of one priority start in the order of the queue. Default: 0. */
  priority?: number | undefined

  /**
   * Tasks of the same affinity run in the same worker, as long as it lives, and wait for it even when other workers are idle.
   * The number 1 and the text '1' differ. Default: any worker.
   */
  affinity?: string | number | undefined

  /**
   * Milliseconds that the task may run, counted from when a worker takes it. Then it is ended as by `signal`, and rejects with a
   * `TimeoutError` (`ERR_ISOTHREADS_TASK_TIMEOUT`). Default: {@link WorkerPoolOptions.taskTimeout}.
   */
  timeout?: number | undefined

  /** Milliseconds that the task may wait for a worker; then it leaves the queue, and rejects as above. Default: no limit. */
  queueTimeout?: number | undefined

  /**
   * The number of times that the task is run again after a failure: it threw, its result could not be cloned, it timed out, or its worker ended.
   * It is not run again after an abort, after `queueTimeout`, or when the pool is closed. The data is cloned once more. Cannot be combined with a
   * `transferList` or an async iterable as data: `ERR_INVALID_ARG_VALUE`. Default: {@link WorkerPoolOptions.retries}.
   */
  retries?: number | undefined

  /** Called on this thread with a clone of each value that the task passes to {@link TaskContext.progress}, before the task's result. */
  onProgress?: ((value: any) => void) | undefined

  /**
   * Called on this thread with a clone of each value that the task posts on its {@link TaskContext.port}, before the task's result; `port`
   * answers to the task. Without it such messages are dropped.
   */
  onMessage?: ((value: any, port: CallerPort) => void) | undefined
}

/** Options of {@link WorkerPool.map} and {@link WorkerPool.stream}, and of each of their tasks. */
export interface MapOptions extends Omit<TaskOptions, 'transferList'> {
  /** The largest number of tasks that were started and whose results were not yet consumed. Default: twice the number that can run at once. */
  concurrency?: number | undefined

  /** `true`: the results come in the order of the items; `false`: in the order of completion. Default: `true`. */
  ordered?: boolean | undefined
}

/** The caller's side of a task's port: {@link TaskOptions.onMessage}. */
export interface CallerPort {
  /**
   * Sends a clone of the value, which arrives as `message` on the task's {@link TaskContext.port}. Does not wait; does nothing after the
   * end of the task.
   *
   * @param transferList the objects that are moved or shared instead of cloned
   * @throws DataCloneError
   */
  postMessage (value: any, transferList?: readonly Transferable[]): void
}

/** The task's side of its port: {@link TaskContext.port}. */
export interface TaskPort extends EventEmitter<{ message: [value: any] }> {
  /**
   * Calls {@link TaskOptions.onMessage} with a clone of the value. Does not wait; does nothing after the end of the task.
   *
   * @param transferList the objects that are moved or shared instead of cloned
   * @throws DataCloneError
   */
  postMessage (value: any, transferList?: readonly Transferable[]): void
}

/** The second argument of a worker file's functions. Does nothing after the task's end. */
export interface TaskContext {
  /**
   * Aborts when the task should end: because of the caller's `signal` (the reason is an `AbortError`) or because of a timeout (a
   * `TimeoutError`). A function that never returns to the event loop sees `signal.aborted` too. A task that has never read this property
   * is not notified: its worker is ended.
   */
  readonly signal: AbortSignal

  /** Calls {@link TaskOptions.onProgress} with a clone of the value. Does not wait. Needs no `this`. */
  readonly progress: (value: any) => void

  /**
   * Marks its argument for transfer and returns it: in the result the object is transferred instead of cloned. If it cannot be transferred,
   * the task fails when it returns. Needs no `this`.
   */
  readonly move: <Moved extends Transferable>(object: Moved) => Moved

  /** Messages to and from the caller's {@link TaskOptions.onMessage}. Messages that arrive before the first listener is added wait for it. */
  readonly port: TaskPort

  /** With {@link WorkerPoolOptions.asyncLocalStorage}, a clone of its store at the call of `exec`; otherwise `undefined`. */
  readonly store: any
}

/**
 * In a task, `taskStorage.getStore()` is a clone of the store of the pool's {@link WorkerPoolOptions.asyncLocalStorage} at the call of
 * `exec`. Each thread has its own; outside tasks it is empty.
 */
export const taskStorage: AsyncLocalStorage<any>
