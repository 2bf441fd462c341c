/** An object in shared memory. Its clone in another thread is the same object, in the same bytes. */
export abstract class InSharedMemory {
  readonly buffer: SharedArrayBuffer
  readonly byteOffset: number
  readonly byteLength: number
}
