import { Readable, ReadableOptions, Writable, WritableOptions } from 'node:stream'
import { ReadableStream, WritableStream } from 'node:stream/web'
import { AsyncWaitOptions, BlockingWaitOptions } from './locks'
import { InSharedMemory } from './memory'

/** Options of {@link SharedRing}. */
export interface SharedRingOptions {
  /** The number of bytes: 1 to 2 ** 30, rounded up to a power of two, at least 64. Default: 65536, or that of the ring in `buffer`. */
  capacity?: number | undefined
  /** Its memory: zeroed bytes become a new ring, those of a ring are that ring. Default: new memory. */
  buffer?: SharedArrayBuffer | undefined
  /** A multiple of 4; preferably of 64. Default: 0. */
  byteOffset?: number | undefined
}

/** Bytes to write. */
export type RingBytes = ArrayBufferView | ArrayBuffer | SharedArrayBuffer

/**
 * A stream of bytes in shared memory, from one thread to another. Posted to another thread, it is the same ring there. The thread that
 * writes first takes the writing end, and the thread that reads first takes the reading end. In other threads these calls throw
 * `ERR_ISOTHREADS_RING_CLAIMED`. If a thread ends with the writing end and without {@link end}, the reader gets the bytes that are there,
 * and then `ERR_ISOTHREADS_RING_BROKEN`. If it ends with the reading end, the writer gets that error at once.
 */
export class SharedRing extends InSharedMemory {
  /** The size of a ring of this capacity in bytes. */
  static byteLengthFor (capacity?: number): number

  /**
   * @throws RangeError it does not fit into the buffer, or the buffer has a ring of another capacity there
   * @throws TypeError `ERR_INVALID_ARG_TYPE`
   */
  constructor (options?: number | SharedRingOptions)

  /**
   * Writes as many bytes as there is space for. Never blocks.
   *
   * @returns the number of bytes
   * @throws Error `ERR_ISOTHREADS_RING_CLAIMED`, `ERR_ISOTHREADS_RING_ENDED`, `ERR_ISOTHREADS_RING_BROKEN`, `ERR_ISOTHREADS_RING_DESTROYED`
   */
  tryWrite (bytes: RingBytes): number

  /** Writes all bytes; blocks the thread while there is no space. Throws as {@link tryWrite}; some bytes may have been written then. */
  write (bytes: RingBytes, options?: BlockingWaitOptions): void

  /** Writes all bytes, in the order of the calls. Do not change them before it resolves. Rejects as {@link write} throws. */
  writeAsync (bytes: RingBytes, options?: AsyncWaitOptions): Promise<void>

  /**
   * Reads the available bytes. Never blocks.
   *
   * @param into the destination, or the largest number of bytes
   * @returns the bytes, or their number; `null` at the end; `undefined` when there are none yet
   * @throws Error `ERR_ISOTHREADS_RING_CLAIMED`, `ERR_ISOTHREADS_RING_BROKEN`, `ERR_ISOTHREADS_RING_DESTROYED`
   */
  tryRead (into: Uint8Array): number | null | undefined
  tryRead (max?: number): Uint8Array | null | undefined

  /** The same, but blocks the thread while there are no bytes. Returns `null` at the end. Throws as {@link tryRead}. */
  read (into: Uint8Array, options?: BlockingWaitOptions): number | null
  read (max?: number, options?: BlockingWaitOptions): Uint8Array | null

  /** The same once there are bytes; `null` at the end. Rejects as {@link read} throws. */
  readAsync (into: Uint8Array, options?: AsyncWaitOptions): Promise<number | null>
  readAsync (max?: number, options?: AsyncWaitOptions): Promise<Uint8Array | null>

  /** Ends the stream: the reader gets the remaining bytes and then the end. May be called any number of times. */
  end (): void

  /** Makes all later calls of both sides throw `ERR_ISOTHREADS_RING_DESTROYED`, with the message of `error`. Any thread may call it. */
  destroy (error?: unknown): void

  /** Lets another thread take the writing end. Does nothing if this thread does not hold it. */
  releaseWriter (): void
  /** Lets another thread take the reading end. Does nothing if this thread does not hold it. */
  releaseReader (): void

  /** The reading end as a Node stream. If it is destroyed before its end, it destroys the ring. */
  toReadable (options?: ReadableOptions): Readable
  /** The writing end as a Node stream. Its end ends the ring; if it is destroyed before, it destroys the ring. */
  toWritable (options?: WritableOptions): Writable
  /** The reading end as a web byte stream. Cancelling it destroys the ring. */
  toReadableStream (): ReadableStream<Uint8Array>
  /** The writing end as a web stream. Closing it ends the ring, aborting it destroys the ring. */
  toWritableStream (): WritableStream<RingBytes>

  /** The number of bytes to read at this moment. */
  readonly length: number
  readonly capacity: number
  readonly ended: boolean
  readonly destroyed: boolean
}
