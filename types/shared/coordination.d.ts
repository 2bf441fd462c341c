import { AsyncWaitOptions, BlockingWaitOptions, MutexGuard } from './locks'

/**
 * A condition variable: waiting, without the mutex, until somebody who had it says that what it guards has changed. Four bytes of
 * shared memory; sent to another thread it stays the same condition variable.
 *
 * ```js
 * const guard = mutex.lock()
 * while (!thereIsWork()) condvar.wait(guard)
 * ```
 *
 * Who was notified finds that somebody else has been there first, sometimes: look again, in a loop. A notification whose thread ends
 * before it makes use of it goes to the next one.
 */
export class Condvar {
  /**
   * @param buffer default: one of its own. Zeroed bytes are a new one; over those of another condition variable it is that one
   * @param byteOffset a multiple of 4. Default: 0
   * @throws TypeError `ERR_INVALID_ARG_TYPE`, `ERR_INVALID_ARG_VALUE`; RangeError when the bytes are not in the buffer or not aligned
   */
  constructor (buffer?: SharedArrayBuffer, byteOffset?: number)

  /** How many bytes one takes: 4. */
  static readonly byteLength: number

  readonly buffer: SharedArrayBuffer
  readonly byteOffset: number
  readonly byteLength: number

  /**
   * Gives the mutex back, blocks the thread until notified, and takes the mutex again, for which it waits as long as it takes: also
   * before it throws because of the timeout. A mutex whose thread has ended meanwhile shows in `guard.poisoned`.
   *
   * @param guard holds its mutex
   * @throws TypeError `ERR_INVALID_ARG_TYPE`, `ERR_INVALID_ARG_VALUE`; Error `ERR_ISOTHREADS_TIMEOUT`, `ERR_ISOTHREADS_BLOCKS_MAIN_THREAD`
   */
  wait (guard: MutexGuard, options?: BlockingWaitOptions): void

  /**
   * The same without blocking. Meanwhile the guard is not held; when the promise settles, in whatever way, it is held again.
   *
   * @returns rejects as {@link Condvar.wait} throws, or with the signal's reason
   */
  waitAsync (guard: MutexGuard, options?: AsyncWaitOptions): Promise<void>

  /** Wakes whoever has waited for longest. One atomic read when nobody waits. Never blocks; any thread, with the mutex or without. */
  notifyOne (): void

  /** The same for all that wait. */
  notifyAll (): void
}

/**
 * Where a number of threads wait for each other, over and over again. Eight bytes of shared memory; sent to another thread it stays the
 * same barrier.
 *
 * A party that leaves while it waits, because of a timeout or an abort or because its thread ends, breaks the barrier: the others and
 * all that come later throw `ERR_ISOTHREADS_BARRIER_BROKEN`, until {@link Barrier.reset}. So does a thread that passed with the last round
 * and ends, unless it has called {@link Barrier.leave}. So nobody waits for parties that are gone. When all threads of the last round have
 * ended, and nobody came meanwhile, it is as new. In a pool the party is the task: one that returns has left. As Java's `CyclicBarrier`.
 */
export class Barrier {
  /**
   * @param parties how many have to arrive: 1 to 2^28 - 1. Several of them may be of one thread, if they wait asynchronously
   * @param buffer default: one of its own. Zeroed bytes are a new one; over those of another barrier it is that one
   * @param byteOffset a multiple of 4. Default: 0
   * @throws TypeError `ERR_INVALID_ARG_TYPE`, `ERR_INVALID_ARG_VALUE`; RangeError `ERR_OUT_OF_RANGE`, also when the barrier that is there
   * has another number of parties; RangeError when the bytes are not in the buffer or not aligned
   */
  constructor (parties: number, buffer?: SharedArrayBuffer, byteOffset?: number)

  /** How many bytes one takes: 8. */
  static readonly byteLength: number

  readonly buffer: SharedArrayBuffer
  readonly byteOffset: number
  readonly byteLength: number

  readonly parties: number

  /** How many have arrived and wait; a moment later it may be otherwise. */
  readonly waiting: number

  /** Whether one of those who are waited for is gone, and nobody has reset it since. */
  readonly broken: boolean

  /**
   * Blocks the thread until all parties have arrived.
   *
   * @returns `true` for the party that arrived last, `false` for all others
   * @throws Error `ERR_ISOTHREADS_BARRIER_BROKEN`, `ERR_ISOTHREADS_TIMEOUT`, `ERR_ISOTHREADS_BLOCKS_MAIN_THREAD`;
   * TypeError `ERR_INVALID_ARG_TYPE`, `ERR_INVALID_ARG_VALUE`, and then it has not arrived
   */
  wait (options?: BlockingWaitOptions): boolean

  /**
   * The same without blocking.
   *
   * @returns rejects as {@link Barrier.wait} throws, or with the signal's reason
   */
  waitAsync (options?: AsyncWaitOptions): Promise<boolean>

  /** This thread will not come any more: its end breaks nothing. When it waits again, it is a party again. Never blocks. */
  leave (): void

  /** Makes it as new, without parties that are waited for. Those who wait throw `ERR_ISOTHREADS_BARRIER_BROKEN`. Never blocks. */
  reset (): void
}

/**
 * A number that is counted down, once, and those who wait until it is 0. Twelve bytes of shared memory; sent to another thread it stays
 * the same latch. A thread that ends without counting is not counted: use a timeout where that can happen.
 */
export class Latch {
  /**
   * @param count how often it is to be counted down: 0 to 2^28 - 1
   * @param buffer default: one of its own. Zeroed bytes are a new one; over those of another latch it is that one, as far as that is
   * @param byteOffset a multiple of 4. Default: 0
   * @throws TypeError `ERR_INVALID_ARG_TYPE`, `ERR_INVALID_ARG_VALUE`; RangeError `ERR_OUT_OF_RANGE`, also when the latch that is there
   * began with another number; RangeError when the bytes are not in the buffer or not aligned
   */
  constructor (count: number, buffer?: SharedArrayBuffer, byteOffset?: number)

  /** How many bytes one takes: 12. */
  static readonly byteLength: number

  readonly buffer: SharedArrayBuffer
  readonly byteOffset: number
  readonly byteLength: number

  /** How many are to be counted still. */
  readonly count: number

  /**
   * Counts, at most down to 0; then all that wait are woken. Never blocks.
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

/** What the function of {@link Once.call} is told. */
export interface OnceState {
  /** Whether a thread ended while it was at it, and nobody has finished it since: what it was to make may be half made. */
  poisoned: boolean
}

/**
 * Something that is done once, by one of all threads, before any of them goes on. Four bytes of shared memory; sent to another thread it
 * stays the same. One atomic read when it is done.
 */
export class Once {
  /**
   * @param buffer default: one of its own. Zeroed bytes are not done; over those of another `Once` it is that one
   * @param byteOffset a multiple of 4. Default: 0
   * @throws TypeError `ERR_INVALID_ARG_TYPE`, `ERR_INVALID_ARG_VALUE`; RangeError when the bytes are not in the buffer or not aligned
   */
  constructor (buffer?: SharedArrayBuffer, byteOffset?: number)

  /** How many bytes one takes: 4. */
  static readonly byteLength: number

  readonly buffer: SharedArrayBuffer
  readonly byteOffset: number
  readonly byteLength: number

  /** Whether it is done; then it stays so. */
  readonly done: boolean

  /**
   * Runs the function, unless this or another one has run to its end already; blocks the thread while another thread is at it. When
   * the function throws, so does this, and the next caller has its turn; the same when its thread ends. What the function returns is
   * not waited for: use {@link Once.callAsync} for promises.
   *
   * @returns whether this call has run its function
   * @throws Error `ERR_ISOTHREADS_DEADLOCK` while this thread is at it; Error `ERR_ISOTHREADS_TIMEOUT`, `ERR_ISOTHREADS_BLOCKS_MAIN_THREAD`;
   * TypeError `ERR_INVALID_ARG_TYPE`, `ERR_INVALID_ARG_VALUE`; whatever the function throws
   */
  call (fn: (state: OnceState) => void, options?: BlockingWaitOptions): boolean

  /**
   * The same without blocking, for a function that may return a promise. A function that waits for a call of the same `Once` waits for
   * ever.
   *
   * @param options for the waiting: they do not stop the function
   * @returns rejects as {@link Once.call} throws, or with the signal's reason
   */
  callAsync (fn: (state: OnceState) => unknown, options?: AsyncWaitOptions): Promise<boolean>
}
