import { AsyncWaitOptions, BlockingWaitOptions, MutexGuard } from './locks'
import { InSharedMemory } from './memory'

export {}

/**
 * A condition variable: a thread that holds a mutex releases it and waits until another thread signals a change of the protected data. 4
 * bytes of shared memory; posted to another thread, it is the same condition variable there.
 *
 * ```js
 * const guard = mutex.lock()
 * while (!thereIsWork()) condvar.wait(guard)
 * ```
 *
 * Another thread may act before a notified one has locked the mutex again, so check the condition in a loop. If a notified thread ends before it
 * returns from `wait()`, the notification goes to the next one.
 */
export class Condvar extends InSharedMemory {
  /**
   * @param buffer its memory: zeroed bytes become a new one, those of a condition variable are that one. Default: new memory
   * @param byteOffset a multiple of 4. Default: 0
   * @throws TypeError `ERR_INVALID_ARG_TYPE`, `ERR_INVALID_ARG_VALUE`; RangeError: not aligned, or not within the buffer
   */
  constructor (buffer?: SharedArrayBuffer, byteOffset?: number)

  /** The size of a condition variable in bytes: 4. */
  static readonly byteLength: number

  /**
   * Releases the mutex, blocks the thread until notified, and locks the mutex again. The wait for the mutex has no timeout.
   * `guard.poisoned` is set if the mutex's owner ended meanwhile.
   *
   * @param guard must hold its mutex
   * @throws TypeError `ERR_INVALID_ARG_TYPE`, `ERR_INVALID_ARG_VALUE`; Error `ERR_ISOTHREADS_TIMEOUT`, `ERR_ISOTHREADS_BLOCKS_MAIN_THREAD`
   */
  wait (guard: MutexGuard, options?: BlockingWaitOptions): void

  /**
   * The same without blocking. The guard is not held until the promise resolves or rejects; then it is held again.
   *
   * @returns rejects as {@link Condvar.wait} throws, or with the signal's reason
   */
  waitAsync (guard: MutexGuard, options?: AsyncWaitOptions): Promise<void>

  /** Wakes the longest waiter. Costs one atomic read if there is none. Never blocks. Any thread may call it, with or without the mutex. */
  notifyOne (): void

  /** Wakes all waiters. */
  notifyAll (): void
}

/**
 * A point where a fixed number of threads wait for each other, again and again. 8 bytes of shared memory; posted to another thread, it is
 * the same barrier there.
 *
 * A party that stops waiting, because of a timeout, an abort or the end of its thread, breaks the barrier: the other parties and all later
 * ones throw `ERR_ISOTHREADS_BARRIER_BROKEN`, until {@link Barrier.reset}. A thread that took part in the last round also breaks the
 * barrier if it ends without {@link Barrier.leave}, so no party waits for a thread that has ended. If all threads of the last round have
 * ended before another thread arrives, the barrier is as good as new. In a pool the party is the task: it leaves when it returns. As
 * Java's `CyclicBarrier`.
 */
export class Barrier extends InSharedMemory {
  /**
   * @param parties the number of parties that must arrive: 1 to 2^28 - 1. One thread can be several parties if it waits asynchronously
   * @param buffer its memory: zeroed bytes become a new barrier, those of a barrier are that barrier. Default: new memory
   * @param byteOffset a multiple of 4. Default: 0
   * @throws TypeError `ERR_INVALID_ARG_TYPE`, `ERR_INVALID_ARG_VALUE`; RangeError `ERR_OUT_OF_RANGE`, also when the existing barrier has
   *   another number of parties; RangeError: not aligned, or not within the buffer
   */
  constructor (parties: number, buffer?: SharedArrayBuffer, byteOffset?: number)

  /** The size of a barrier in bytes: 8. */
  static readonly byteLength: number

  readonly parties: number

  /** The number of parties that wait at this moment. */
  readonly waiting: number

  /** Whether an expected party is gone, and the barrier was not reset since. */
  readonly broken: boolean

  /**
   * Blocks the thread until all parties have arrived.
   *
   * @returns `true` for the party that arrived last, `false` for all others
   * @throws Error `ERR_ISOTHREADS_BARRIER_BROKEN`, `ERR_ISOTHREADS_TIMEOUT`, `ERR_ISOTHREADS_BLOCKS_MAIN_THREAD`;
   *   TypeError `ERR_INVALID_ARG_TYPE`, `ERR_INVALID_ARG_VALUE`: then this party has not arrived
   */
  wait (options?: BlockingWaitOptions): boolean

  /**
   * The same without blocking.
   *
   * @returns rejects as {@link Barrier.wait} throws, or with the signal's reason
   */
  waitAsync (options?: AsyncWaitOptions): Promise<boolean>

  /** This thread takes no further part, so its end does not break the barrier. If it waits again, it is a party again. Never blocks. */
  leave (): void

  /** Makes the barrier as good as new, without expected parties. Waiting parties throw `ERR_ISOTHREADS_BARRIER_BROKEN`. Never blocks. */
  reset (): void
}

/**
 * A number that is counted down once; threads can wait until it is 0. 12 bytes of shared memory; posted to another thread, it is the same
 * latch there. A thread that ends before it has counted leaves the others waiting: use a timeout where that can happen.
 */
export class Latch extends InSharedMemory {
  /**
   * @param count the initial number: 0 to 2^28 - 1
   * @param buffer its memory: zeroed bytes become a new latch, those of a latch are that latch with its present count. Default: new memory
   * @param byteOffset a multiple of 4. Default: 0
   * @throws TypeError `ERR_INVALID_ARG_TYPE`, `ERR_INVALID_ARG_VALUE`; RangeError `ERR_OUT_OF_RANGE`, also when the existing latch began
   *   with another number; RangeError: not aligned, or not within the buffer
   */
  constructor (count: number, buffer?: SharedArrayBuffer, byteOffset?: number)

  /** The size of a latch in bytes: 12. */
  static readonly byteLength: number

  /** The number that is left. */
  readonly count: number

  /**
   * Counts down, but not below 0. At 0 all waiters are woken. Never blocks.
   *
   * @param n 0 to 2^28 - 1. Default: 1
   * @throws TypeError `ERR_INVALID_ARG_TYPE`; RangeError `ERR_OUT_OF_RANGE`
   */
  countDown (n?: number): void

  /**
   * Blocks the thread until the count is 0.
   *
   * @throws Error `ERR_ISOTHREADS_TIMEOUT`, `ERR_ISOTHREADS_BLOCKS_MAIN_THREAD`; TypeError `ERR_INVALID_ARG_TYPE`, `ERR_INVALID_ARG_VALUE`
   */
  wait (options?: BlockingWaitOptions): void

  /**
   * The same without blocking.
   *
   * @returns rejects as {@link Latch.wait} throws, or with the signal's reason
   */
  waitAsync (options?: AsyncWaitOptions): Promise<void>
}

/** The argument of the function that {@link Once.call} runs. */
export interface OnceState {
  /** A thread has ended while it ran the function, and none has finished since: its work may be half done. */
  poisoned: boolean
}

/**
 * Runs a function once in one of the threads, before any of them continues. 4 bytes of shared memory; posted to another thread, it is the
 * same object there. Costs one atomic read once it is done.
 */
export class Once extends InSharedMemory {
  /**
   * @param buffer its memory: zeroed bytes become a new one, those of a `Once` are that one. Default: new memory
   * @param byteOffset a multiple of 4. Default: 0
   * @throws TypeError `ERR_INVALID_ARG_TYPE`, `ERR_INVALID_ARG_VALUE`; RangeError: not aligned, or not within the buffer
   */
  constructor (buffer?: SharedArrayBuffer, byteOffset?: number)

  /** The size of a `Once` in bytes: 4. */
  static readonly byteLength: number

  /** Whether it is done. It never becomes `false` again. */
  readonly done: boolean

  /**
   * Runs the function, unless a function has already completed; blocks the thread while another thread runs one. If the function throws,
   * this call throws too, and the next caller runs its own function; likewise if the thread ends. A promise that the function returns is
   * not awaited: use {@link Once.callAsync} for that.
   *
   * @returns whether this call has run its function
   * @throws Error `ERR_ISOTHREADS_DEADLOCK`: this thread is running one; `ERR_ISOTHREADS_TIMEOUT`, `ERR_ISOTHREADS_BLOCKS_MAIN_THREAD`;
   *   TypeError `ERR_INVALID_ARG_TYPE`, `ERR_INVALID_ARG_VALUE`; the errors of the function
   */
  call (fn: (state: OnceState) => void, options?: BlockingWaitOptions): boolean

  /**
   * The same without blocking, for a function that may return a promise. A function that awaits a call of the same `Once` never completes.
   *
   * @param options for the waiting: they do not stop the function
   * @returns rejects as {@link Once.call} throws, or with the signal's reason
   */
  callAsync (fn: (state: OnceState) => unknown, options?: AsyncWaitOptions): Promise<boolean>
}
