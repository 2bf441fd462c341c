import { Readable, ReadableOptions, Writable, WritableOptions } from 'node:stream'
import { ReadableStream, WritableStream } from 'node:stream/web'
import { AsyncWaitOptions, BlockingWaitOptions } from './locks'

/** What a {@link SharedRing} is like. */
export interface SharedRingOptions {
  /** Bytes that fit into it: 1 to 2 ** 30, rounded up to a power of two, at least 64. Default: 65536, or what the ring in `buffer` has. */
  capacity?: number | undefined
  /** Where it is. Zeroed bytes become a new ring, those of a ring are that ring. Default: memory of its own. */
  buffer?: SharedArrayBuffer | undefined
  /** A multiple of 4; best of 64. Default: 0 */
  byteOffset?: number | undefined
}

/** Bytes to write. */
export type RingBytes = ArrayBufferView | ArrayBuffer | SharedArrayBuffer

/**
 * A stream of bytes in shared memory, from one thread to another one. Posted to another thread it is the same ring. The thread that
 * first writes has the writing end, the one that first reads the reading end; to other threads these throw
 * `ERR_ISOTHREADS_RING_CLAIMED`. When a thread ends and has the writing end still, without {@link end}, the reader gets what is
 * there, and then `ERR_ISOTHREADS_RING_BROKEN`; when it has the reading end, the writer gets that error at once.
 */
export class SharedRing {
  /** The bytes that a ring of this capacity takes. */
  static byteLengthFor (capacity?: number): number

  /**
   * @throws RangeError when it does not fit into the buffer, or the buffer has a ring of another capacity there
   * @throws TypeError `ERR_INVALID_ARG_TYPE`
   */
  constructor (options?: number | SharedRingOptions)

  /**
   * Writes as many of the bytes as there is space for. Never blocks.
   *
   * @returns how many they were
   * @throws Error `ERR_ISOTHREADS_RING_CLAIMED`, `ERR_ISOTHREADS_RING_ENDED`, `ERR_ISOTHREADS_RING_BROKEN`, `ERR_ISOTHREADS_RING_DESTROYED`
   */
  tryWrite (bytes: RingBytes): number

  /** Writes all of the bytes; blocks the thread while there is no space. Throws as {@link tryWrite}; a part may be written then. */
  write (bytes: RingBytes, options?: BlockingWaitOptions): void

  /** Writes all of the bytes, in the order of the calls. They must stay as they are until then. Rejects as {@link write} throws. */
  writeAsync (bytes: RingBytes, options?: AsyncWaitOptions): Promise<void>

  /**
   * Reads what there is. Never blocks.
   *
   * @param into where to, or how many bytes at most
   * @returns the bytes, or how many they are; `null` at the end; `undefined` when there is nothing yet
   * @throws Error `ERR_ISOTHREADS_RING_CLAIMED`, `ERR_ISOTHREADS_RING_BROKEN`, `ERR_ISOTHREADS_RING_DESTROYED`
   */
  tryRead (into: Uint8Array): number | null | undefined
  tryRead (max?: number): Uint8Array | null | undefined

  /** Reads what there is; blocks the thread while there is nothing. Returns `null` at the end. Throws as {@link tryRead}. */
  read (into: Uint8Array, options?: BlockingWaitOptions): number | null
  read (max?: number, options?: BlockingWaitOptions): Uint8Array | null

  /** Reads what there is as soon as there is something; `null` at the end. Rejects as {@link read} throws. */
  readAsync (into: Uint8Array, options?: AsyncWaitOptions): Promise<number | null>
  readAsync (max?: number, options?: AsyncWaitOptions): Promise<Uint8Array | null>

  /** Nothing more is written; the reader gets what is there and then the end. Any number of times. */
  end (): void

  /** From now on both sides throw `ERR_ISOTHREADS_RING_DESTROYED`, with the message of `error`. On any thread. */
  destroy (error?: unknown): void

  /** Another thread may have the writing end. Does nothing when this thread has it not. */
  releaseWriter (): void
  /** Another thread may have the reading end. Does nothing when this thread has it not. */
  releaseReader (): void

  /** The reading end as a stream of Node's. Destroyed before its end, it destroys the ring. */
  toReadable (options?: ReadableOptions): Readable
  /** The writing end as a stream of Node's. Its end ends the ring; destroyed before, it destroys the ring. */
  toWritable (options?: WritableOptions): Writable
  /** The reading end as a byte stream of the Web's. Cancelled, it destroys the ring. */
  toReadableStream (): ReadableStream<Uint8Array>
  /** The writing end as a stream of the Web's. Closed it ends the ring, aborted it destroys it. */
  toWritableStream (): WritableStream<RingBytes>

  /** How many bytes there are to read; a moment later it may be otherwise. */
  readonly length: number
  readonly capacity: number
  readonly ended: boolean
  readonly destroyed: boolean
  readonly buffer: SharedArrayBuffer
  readonly byteOffset: number
  readonly byteLength: number
}
