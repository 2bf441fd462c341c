import { InSharedMemory } from './memory'

export {}

/** Options of calls that block the thread until another thread acts. */
export interface BlockingWaitOptions {
  /** Milliseconds after which the call throws `ERR_ISOTHREADS_TIMEOUT`. Default: no limit. */
  timeout?: number | undefined
  /** The call throws the signal's reason if it is already aborted. A blocked thread cannot receive a later abort. */
  signal?: AbortSignal | undefined
  /** Whether the call may block the main thread, and with it all timers, sockets and messages there. Default: `false`. */
  blockMainThread?: boolean | undefined
}

/** Options of promises that wait for other threads. Such a promise keeps the event loop alive. */
export interface AsyncWaitOptions {
  /** Milliseconds after which the promise rejects with `ERR_ISOTHREADS_TIMEOUT`. Default: no limit. */
  timeout?: number | undefined
  /** An abort rejects the promise with the signal's reason, unless it can already resolve. */
  signal?: AbortSignal | undefined
}

/**
 * A held lock. It belongs to the thread that acquired it, until it is released or the thread ends.
 * `using guard = ...` releases it at the end of the block.
 */
export interface LockGuard {
  /** A thread that held the lock ended without releasing it: the protected data may be half changed. */
  readonly poisoned: boolean

  /** `false` once it was released. */
  readonly held: boolean

  /** Releases the lock. Does nothing if it was already released. */
  release (): void
  [Symbol.dispose] (): void
}

/** The guard of a {@link Mutex}. */
export interface MutexGuard extends LockGuard {}

/** The guard of a {@link RwLock}, for reading. */
export interface ReadGuard extends LockGuard {}

/** The guard of a {@link RwLock}, for writing. */
export interface WriteGuard extends LockGuard {}

/** The guard of a {@link Semaphore}. */
export interface Permit extends LockGuard {
  /** The number of permits. */
  readonly count: number

  /** Uses the permits up: they never come back, not even when the thread ends. For semaphores that are signals. */
  forget (): void
}

/**
 * A lock that one thread holds at a time: 4 bytes of shared memory. Workers of this package and of Node's `worker_threads` can share it,
 * and so can Rust threads. Posted to another thread, it is the same mutex there.
 *
 * Without contention, locking and releasing take one atomic operation each. Under contention the first thread to arrive gets it; a thread
 * that has waited for 1 ms, and every promise, gets it in turn. If the owner ends, the next owner gets it and is told once by
 * {@link LockGuard.poisoned}.
 */
export class Mutex extends InSharedMemory {
  /** The size of a mutex in bytes: 4. */
  static readonly byteLength: number

  /**
   * @param buffer its memory: zeroed bytes become a free mutex, those of a mutex are that mutex. Default: new memory
   * @param byteOffset a multiple of 4. Default: 0
   * @throws RangeError not aligned, or not within the buffer
   */
  constructor (buffer?: SharedArrayBuffer, byteOffset?: number)

  /** Whether a thread holds it at this moment. */
  readonly locked: boolean

  /**
   * Blocks the thread until it holds the mutex.
   *
   * @throws Error `ERR_ISOTHREADS_TIMEOUT`; `ERR_ISOTHREADS_DEADLOCK`: this thread holds it already, or waits for it asynchronously;
   *   `ERR_ISOTHREADS_BLOCKS_MAIN_THREAD`
   */
  lock (options?: BlockingWaitOptions): MutexGuard

  /** The same without blocking. */
  lockAsync (options?: AsyncWaitOptions): Promise<MutexGuard>

  /** Returns `null` if a thread holds it. Does not block. */
  tryLock (): MutexGuard | null
}

/**
 * A lock that many threads hold to read, or one thread to write: 4 bytes of shared memory, used as {@link Mutex} is. It is fair: readers
 * that arrive while a writer waits queue up behind it.
 *
 * A thread that ends while it reads leaves no damage. If a thread ends while it writes, all later holders are told
 * ({@link LockGuard.poisoned}), up to the next writer.
 */
export class RwLock extends InSharedMemory {
  /** The size of a lock in bytes: 4. */
  static readonly byteLength: number

  /**
   * @param buffer its memory: zeroed bytes become a free lock, those of a lock are that lock. Default: new memory
   * @param byteOffset a multiple of 4. Default: 0
   * @throws RangeError not aligned, or not within the buffer
   */
  constructor (buffer?: SharedArrayBuffer, byteOffset?: number)

  /** The number of readers at this moment. */
  readonly readers: number

  /** Whether a thread writes at this moment. */
  readonly writing: boolean

  /**
   * Blocks the thread until it may read, together with others. A thread that already reads through this object does not queue behind
   * waiting writers, because they wait for it.
   *
   * @throws Error `ERR_ISOTHREADS_TIMEOUT`; `ERR_ISOTHREADS_DEADLOCK`: this thread writes, or asked to before;
   *   `ERR_ISOTHREADS_BLOCKS_MAIN_THREAD`
   */
  read (options?: BlockingWaitOptions): ReadGuard

  /** The same without blocking. A second read of the same thread queues behind writers: do not await it while you hold the first. */
  readAsync (options?: AsyncWaitOptions): Promise<ReadGuard>

  /** Returns `null` if a thread writes or waits. Does not block. */
  tryRead (): ReadGuard | null

  /**
   * Blocks the thread until it may write, alone.
   *
   * @throws Error `ERR_ISOTHREADS_TIMEOUT`; `ERR_ISOTHREADS_DEADLOCK`: this thread writes, reads through this object, or asked to before;
   *   `ERR_ISOTHREADS_BLOCKS_MAIN_THREAD`
   */
  write (options?: BlockingWaitOptions): WriteGuard

  /** The same without blocking. */
  writeAsync (options?: AsyncWaitOptions): Promise<WriteGuard>

  /** Returns `null` if a thread reads, writes or waits. Does not block. */
  tryWrite (): WriteGuard | null
}

/**
 * A counting semaphore: 8 bytes of shared memory, used as {@link Mutex} is. It is fair: requests for few permits do not overtake a request
 * for many. When a thread ends, its permits are returned, and the next thread that takes permits is told once ({@link LockGuard.poisoned}).
 *
 * For signals between threads: start with 0, call {@link Semaphore.release} on one side and `acquire().forget()` on the other.
 */
export class Semaphore extends InSharedMemory {
  /** The size of a semaphore in bytes: 8. */
  static readonly byteLength: number

  /**
   * @param permits the initial number, 0 to 2^28 - 1; ignored over an existing semaphore
   * @param buffer its memory: zeroed bytes become a new semaphore, those of a semaphore are that semaphore. Default: new memory
   * @param byteOffset a multiple of 4. Default: 0
   * @throws RangeError `ERR_OUT_OF_RANGE`: permits; not aligned, or not within the buffer
   */
  constructor (permits: number, buffer?: SharedArrayBuffer, byteOffset?: number)

  /** The number of free permits at this moment. */
  readonly available: number

  /**
   * Blocks the thread until it gets this number of permits, all at once.
   *
   * @param count 1 to 2^28 - 1. Default: 1
   * @throws Error `ERR_ISOTHREADS_TIMEOUT`; `ERR_ISOTHREADS_BLOCKS_MAIN_THREAD`
   */
  acquire (count?: number, options?: BlockingWaitOptions): Permit

  /** The same without blocking. */
  acquireAsync (count?: number, options?: AsyncWaitOptions): Promise<Permit>

  /** Returns `null` if too few permits are free, or a thread waits. Does not block. */
  tryAcquire (count?: number): Permit | null

  /**
   * Adds new permits, as a signal for a thread that waits or will wait. A {@link Permit} returns its permits by its own `release()`.
   *
   * @param count Default: 1
   * @throws RangeError `ERR_OUT_OF_RANGE`: more than 2^28 - 1 would be free
   */
  release (count?: number): void
}
