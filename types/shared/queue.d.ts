import { AsyncWaitOptions, BlockingWaitOptions } from './locks'

/** What a {@link SharedQueue} is like. */
export interface SharedQueueOptions {
  /** How many values fit into it: 1 to 2 ** 30, rounded up to a power of two. Default: 1024, or what the queue in `buffer` has. */
  capacity?: number | undefined
  /**
   * Bytes of a value that the queue itself has space for, rounded up to a multiple of 4, at least 8. A larger value of a queue of
   * values is kept beside the queue, which takes longer; a queue of bytes refuses it. Default: 120, or what the queue in `buffer` has.
   */
  slotSize?: number | undefined
  /** `'bytes'`: raw bytes only, which Rust threads read, too. Default: `'value'`, whatever can be cloned. */
  type?: 'value' | 'bytes' | undefined
  /** Where it is. Zeroed bytes become a new queue, those of a queue are that queue. Default: memory of its own. */
  buffer?: SharedArrayBuffer | undefined
  /** A multiple of 4; best of 64, the size of a cache line. Default: 0 */
  byteOffset?: number | undefined
}

/**
 * A bounded queue in shared memory, for any number of producers and consumers: threads of JavaScript, on every runtime, and of
 * Rust. Posted to another thread it is the same queue. Values are cloned as `structuredClone` does it, but of a `Uint8Array` only its
 * own bytes are copied, not all of its buffer. Small values go through the queue without a message and without a system call;
 * a thread that waits spins for some 50 us at most before it sleeps. A thread that ends, however it does, leaves the queue whole.
 *
 * Values of one producer are popped in the order in which they were pushed. Synchronous pops may be faster than
 * asynchronous ones that wait.
 */
export class SharedQueue<T = any> implements Iterable<T>, AsyncIterable<T> {
  /** The bytes that a queue takes. */
  static byteLengthFor (options?: Pick<SharedQueueOptions, 'capacity' | 'slotSize' | 'type'>): number

  /**
   * @throws RangeError when it does not fit into the buffer, or the buffer has a queue of other parameters there
   * @throws TypeError `ERR_INVALID_ARG_TYPE`, `ERR_INVALID_ARG_VALUE`
   */
  constructor (options?: SharedQueueOptions)

  /**
   * Puts a value at the end, if there is space. Never blocks.
   *
   * @returns false when the queue is full, or asynchronous pushes of this object wait
   * @throws Error `ERR_ISOTHREADS_QUEUE_CLOSED`
   * @throws DOMException `DataCloneError`
   */
  tryPush (value: T): boolean

  /**
   * Puts a value at the end; blocks the thread while the queue is full. What is in `transfer` moves along, and is gone
   * when the push fails.
   *
   * @throws Error `ERR_ISOTHREADS_QUEUE_CLOSED`, `ERR_ISOTHREADS_TIMEOUT`, `ERR_ISOTHREADS_BLOCKS_MAIN_THREAD`
   * @throws DOMException `DataCloneError`
   */
  push (value: T, options?: BlockingWaitOptions & { transfer?: readonly any[] | undefined }): void

  /** Puts a value at the end as soon as there is space, as it is now. Those of one object are pushed in order. Rejects as {@link push} throws. */
  pushAsync (value: T, options?: AsyncWaitOptions & { transfer?: readonly any[] | undefined }): Promise<void>

  /**
   * Takes the first value, if there is one. Never blocks.
   *
   * @param otherwise what to return when there is none. Default: `undefined`, which may be a value, too
   */
  tryPop (): T | undefined
  tryPop<O> (otherwise: O): T | O

  /**
   * Takes the first value; blocks the thread while there is none.
   *
   * @throws Error `ERR_ISOTHREADS_QUEUE_CLOSED` once it is closed and empty, `ERR_ISOTHREADS_TIMEOUT`, `ERR_ISOTHREADS_BLOCKS_MAIN_THREAD`
   */
  pop (options?: BlockingWaitOptions): T

  /** Takes the first value as soon as there is one. Those of one object are served in order. Rejects as {@link pop} throws. */
  popAsync (options?: AsyncWaitOptions): Promise<T>

  /** Nothing is pushed any more, by anybody; what is there can be popped. Any number of times. */
  close (): void

  /** Pops, blocking, until the queue is closed and empty. Not on the process's main thread. */
  [Symbol.iterator] (): Generator<T, void, undefined>

  /** Pops until the queue is closed and empty. */
  [Symbol.asyncIterator] (): AsyncGenerator<T, void, undefined>

  /** How many values there are; a moment later it may be otherwise. */
  readonly length: number
  readonly capacity: number
  readonly slotSize: number
  readonly type: 'value' | 'bytes'
  /** Whether nothing more can be pushed. */
  readonly closed: boolean
  /** Whether it is closed and empty. */
  readonly ended: boolean
  readonly buffer: SharedArrayBuffer
  readonly byteOffset: number
  readonly byteLength: number
}
