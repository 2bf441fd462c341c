import { AsyncWaitOptions, BlockingWaitOptions } from './locks'
import { InSharedMemory } from './memory'

export {}

/** Options of {@link SharedQueue}. */
export interface SharedQueueOptions {
  /** The largest number of values: 1 to 2 ** 30, rounded up to a power of two. Default: 1024, or that of the queue in `buffer`. */
  capacity?: number | undefined
  /**
   * The largest size of a value inside the queue in bytes, rounded up to a multiple of 4, at least 8. A queue of values stores larger
   * values outside, which is slower; a queue of bytes rejects them. Default: 120, or that of the queue in `buffer`.
   */
  slotSize?: number | undefined
  /** `'bytes'`: raw bytes only, which Rust threads can read too. Default: `'value'`, any value that can be cloned. */
  type?: 'value' | 'bytes' | undefined
  /** Its memory: zeroed bytes become a new queue, those of a queue are that queue. Default: new memory. */
  buffer?: SharedArrayBuffer | undefined
  /** A multiple of 4; preferably of 64, the size of a cache line. Default: 0. */
  byteOffset?: number | undefined
}

type PushOptions = { transfer?: readonly any[] | undefined }

/**
 * A bounded queue in shared memory, for any number of producers and consumers: JavaScript threads on every runtime, and Rust
 * threads. Posted to another thread, it is the same queue there. Values are cloned as by `structuredClone`, except that a `Uint8Array` is
 * cloned without the rest of its buffer. Small values need neither a message nor a system call; a thread that waits spins for at
 * most 50 us before it sleeps. The end of a thread never damages the queue.
 *
 * Values of one producer are popped in the order in which they were pushed. Synchronous pops may overtake asynchronous ones that wait.
 */
export class SharedQueue<T = any> extends InSharedMemory implements Iterable<T>, AsyncIterable<T> {
  /** The size of a queue in bytes. */
  static byteLengthFor (options?: Pick<SharedQueueOptions, 'capacity' | 'slotSize' | 'type'>): number

  /**
   * @throws RangeError it does not fit into the buffer, or the buffer has a queue with other options there
   * @throws TypeError `ERR_INVALID_ARG_TYPE`, `ERR_INVALID_ARG_VALUE`
   */
  constructor (options?: SharedQueueOptions)

  /**
   * Appends a value if there is space. Never blocks.
   *
   * @returns `false` if the queue is full, or asynchronous pushes of this object are waiting
   * @throws Error `ERR_ISOTHREADS_QUEUE_CLOSED`
   * @throws DOMException `DataCloneError`
   */
  tryPush (value: T): boolean

  /**
   * Appends a value; blocks the thread while the queue is full. The objects in `transfer` move with it, and are gone if the push fails.
   *
   * @throws Error `ERR_ISOTHREADS_QUEUE_CLOSED`, `ERR_ISOTHREADS_TIMEOUT`, `ERR_ISOTHREADS_BLOCKS_MAIN_THREAD`
   * @throws DOMException `DataCloneError`
   */
  push (value: T, options?: BlockingWaitOptions & PushOptions): void

  /** Clones the value now, and appends it once there is space. Pushes of one object keep their order. Rejects as {@link push} throws. */
  pushAsync (value: T, options?: AsyncWaitOptions & PushOptions): Promise<void>

  /**
   * Takes the first value, if any. Never blocks.
   *
   * @param otherwise returned when the queue is empty. Default: `undefined`, which may also be a value
   */
  tryPop (): T | undefined
  tryPop<O> (otherwise: O): T | O

  /**
   * Takes the first value; blocks the thread while the queue is empty.
   *
   * @throws Error `ERR_ISOTHREADS_QUEUE_CLOSED` once it is closed and empty, `ERR_ISOTHREADS_TIMEOUT`, `ERR_ISOTHREADS_BLOCKS_MAIN_THREAD`
   */
  pop (options?: BlockingWaitOptions): T

  /** Takes the first value once there is one. Pops of one object are served in order. Rejects as {@link pop} throws. */
  popAsync (options?: AsyncWaitOptions): Promise<T>

  /** Rejects later pushes of all threads; the values in the queue can still be popped. May be called any number of times. */
  close (): void

  /** Pops, blocking, until the queue is closed and empty. Not on the process's main thread. */
  [Symbol.iterator] (): Generator<T, void, undefined>

  /** Pops until the queue is closed and empty. */
  [Symbol.asyncIterator] (): AsyncGenerator<T, void, undefined>

  /** The number of values at this moment. */
  readonly length: number
  readonly capacity: number
  readonly slotSize: number
  readonly type: 'value' | 'bytes'
  /** Whether it is closed. */
  readonly closed: boolean
  /** Whether it is closed and empty. */
  readonly ended: boolean
}
