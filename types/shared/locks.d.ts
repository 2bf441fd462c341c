/** For what blocks the thread until another thread has done something. */
export interface BlockingWaitOptions {
  /** Milliseconds after which it throws `ERR_ISOTHREADS_TIMEOUT`. Default: never. */
  timeout?: number | undefined
  /** It throws the signal's reason when that is aborted already. A blocked thread cannot hear of an abort. */
  signal?: AbortSignal | undefined
  /** Whether it may block the main thread, and with it all timers, sockets and messages there. Default: `false` */
  blockMainThread?: boolean | undefined
}

/** For promises that wait for other threads. They keep the event loop alive. */
export interface AsyncWaitOptions {
  /** Milliseconds after which it rejects with `ERR_ISOTHREADS_TIMEOUT`. Default: never. */
  timeout?: number | undefined
  /** Ends the waiting with the signal's reason. What has come at the same time counts as come. */
  signal?: AbortSignal | undefined
}

/**
 * The right to be in what a lock guards. It belongs to the thread that got it, and is over when it is released, or when that thread ends,
 * in whichever way. `using guard = ...` releases it at the end of the block.
 */
export interface LockGuard {
  /** A thread that had the lock ended without releasing it: what it guards may be half changed. */
  readonly poisoned: boolean

  /** `false` once it was released. */
  readonly held: boolean

  /** Lets the next ones in. Does nothing when that was done already. */
  release (): void
  [Symbol.dispose] (): void
}

/** Of {@link Mutex}. */
export interface MutexGuard extends LockGuard {}

/** Of {@link RwLock}, to read. */
export interface ReadGuard extends LockGuard {}

/** Of {@link RwLock}, to write. */
export interface WriteGuard extends LockGuard {}

/** Of {@link Semaphore}. */
export interface Permit extends LockGuard {
  /** How many permits it is. */
  readonly count: number

  /** Uses the permits up: they do not come back, not even when the thread ends. For semaphores that are signals. */
  forget (): void
}

/**
 * A lock that one thread has at a time: 4 bytes of shared memory. Threads of JavaScript, in this package's workers and in those of Node's
 * own `worker_threads`, and threads of Rust use the same one. Posted to another thread it is the same mutex there.
 *
 * Taking and releasing what nobody else wants is two atomic operations. Under contention it goes to whoever comes first; a thread that
 * has waited for 1 ms, and every promise, is given it in turn. When the thread that has it ends, the next one gets it and is told once:
 * {@link LockGuard.poisoned}.
 */
export class Mutex {
  /** The bytes that a mutex takes: 4. */
  static readonly byteLength: number

  /**
   * @param buffer Where it is; zeroed bytes are a free mutex, and over those of another one it is the same mutex. Default: memory of its own.
   * @param byteOffset A multiple of 4. Default: 0.
   * @throws RangeError not aligned, or not within the buffer
   */
  constructor (buffer?: SharedArrayBuffer, byteOffset?: number)

  readonly buffer: SharedArrayBuffer
  readonly byteOffset: number
  readonly byteLength: number

  /** Whether some thread has it now; a moment later it may be otherwise. */
  readonly locked: boolean

  /**
   * Blocks the thread until it has the mutex.
   *
   * @throws Error `ERR_ISOTHREADS_TIMEOUT`; `ERR_ISOTHREADS_DEADLOCK`: this thread has it already, or asked for it before;
   *   `ERR_ISOTHREADS_BLOCKS_MAIN_THREAD`
   */
  lock (options?: BlockingWaitOptions): MutexGuard

  /** Does not block. The event loop goes on, and does not end while the promise is pending. */
  lockAsync (options?: AsyncWaitOptions): Promise<MutexGuard>

  /** The mutex, or `null` when some thread has it. Does not block. */
  tryLock (): MutexGuard | null
}

/**
 * A lock that many threads have to read, or one thread has to write: 4 bytes of shared memory, used as {@link Mutex} is. In the order in which
 * they came, so neither side starves: readers that come while a writer waits wait behind it.
 *
 * A thread that ends while it reads leaves nothing half done. When one ends while it writes, all that come are told
 * ({@link LockGuard.poisoned}) up to the next one that writes.
 */
export class RwLock {
  /** The bytes that it takes: 4. */
  static readonly byteLength: number

  /**
   * @param buffer Where it is; zeroed bytes are a free lock, and over those of another one it is the same lock. Default: memory of its own.
   * @param byteOffset A multiple of 4. Default: 0.
   * @throws RangeError not aligned, or not within the buffer
   */
  constructor (buffer?: SharedArrayBuffer, byteOffset?: number)

  readonly buffer: SharedArrayBuffer
  readonly byteOffset: number
  readonly byteLength: number

  /** How many have it to read now; a moment later it may be otherwise. */
  readonly readers: number

  /** Whether some thread has it to write now; a moment later it may be otherwise. */
  readonly writing: boolean

  /**
   * Blocks the thread until it may read, together with others. A thread that reads through this object already does not wait behind
   * writers, which wait for it.
   *
   * @throws Error `ERR_ISOTHREADS_TIMEOUT`; `ERR_ISOTHREADS_DEADLOCK`: this thread writes, or asked to before; `ERR_ISOTHREADS_BLOCKS_MAIN_THREAD`
   */
  read (options?: BlockingWaitOptions): ReadGuard

  /** Does not block. A second one of the same thread waits behind writers, as everybody does: do not await it while you keep the first. */
  readAsync (options?: AsyncWaitOptions): Promise<ReadGuard>

  /** `null` when some thread writes, or waits. Does not block. */
  tryRead (): ReadGuard | null

  /**
   * Blocks the thread until it may write, alone.
   *
   * @throws Error `ERR_ISOTHREADS_TIMEOUT`; `ERR_ISOTHREADS_DEADLOCK`: this thread writes, or reads through this object, or asked to before;
   *   `ERR_ISOTHREADS_BLOCKS_MAIN_THREAD`
   */
  write (options?: BlockingWaitOptions): WriteGuard

  /** Does not block. */
  writeAsync (options?: AsyncWaitOptions): Promise<WriteGuard>

  /** `null` when some thread reads, writes, or waits. Does not block. */
  tryWrite (): WriteGuard | null
}

/**
 * So many permits: 8 bytes of shared memory, used as {@link Mutex} is. In the order in which they came: who wants many is not passed by those who
 * want few. When a thread ends, what it had comes back, and whoever takes permits next is told once ({@link LockGuard.poisoned}).
 *
 * As a signal between threads: begin with 0, {@link Semaphore.release} on one side, `acquire().forget()` on the other.
 */
export class Semaphore {
  /** The bytes that it takes: 8. */
  static readonly byteLength: number

  /**
   * @param permits How many there are at first, 0 to 2^28 - 1. Over a semaphore that there is already it changes nothing.
   * @param buffer Where it is; zeroed bytes become a new semaphore, and over those of another one it is the same. Default: memory of its own.
   * @param byteOffset A multiple of 4. Default: 0.
   * @throws RangeError `ERR_OUT_OF_RANGE` permits; not aligned, or not within the buffer
   */
  constructor (permits: number, buffer?: SharedArrayBuffer, byteOffset?: number)

  readonly buffer: SharedArrayBuffer
  readonly byteOffset: number
  readonly byteLength: number

  /** How many permits are left now; a moment later it may be otherwise. */
  readonly available: number

  /**
   * Blocks the thread until it has so many permits, all at once.
   *
   * @param count 1 to 2^28 - 1. Default: 1.
   * @throws Error `ERR_ISOTHREADS_TIMEOUT`; `ERR_ISOTHREADS_BLOCKS_MAIN_THREAD`
   */
  acquire (count?: number, options?: BlockingWaitOptions): Permit

  /** Does not block. */
  acquireAsync (count?: number, options?: AsyncWaitOptions): Promise<Permit>

  /** `null` when not as many are left, or some thread waits. Does not block. */
  tryAcquire (count?: number): Permit | null

  /**
   * Adds permits that nobody has: a signal, for one who waits or will wait. Those of a {@link Permit} go back by its own `release()`.
   *
   * @param count Default: 1.
   * @throws RangeError `ERR_OUT_OF_RANGE`: more than 2^28 - 1 would be left
   */
  release (count?: number): void
}
