/** The element types of a view, and their typed arrays. */
export interface AtomicViewArrays {
  int8: Int8Array
  uint8: Uint8Array
  int16: Int16Array
  uint16: Uint16Array
  int32: Int32Array
  uint32: Uint32Array
  bigint64: BigInt64Array
  biguint64: BigUint64Array
  float32: Float32Array
  float64: Float64Array
}

/** The name of an element type. */
export type AtomicViewType = keyof AtomicViewArrays

/** The JavaScript type of an element. */
export type AtomicViewElement<T extends AtomicViewType> = T extends 'bigint64' | 'biguint64' ? bigint : number

/** Elements to read: a view, a typed array or an array, of bigints or numbers like the elements of the view. */
export type AtomicViewSource<T extends AtomicViewType> = T extends 'bigint64' | 'biguint64'
  ? AtomicView<'bigint64'> | AtomicView<'biguint64'> | BigInt64Array | BigUint64Array | ArrayLike<bigint>
  : AtomicView<Exclude<AtomicViewType, 'bigint64' | 'biguint64'>> | ArrayLike<number>

/** Options of {@link AtomicView} over a buffer. */
export interface AtomicViewOptions<T extends AtomicViewType> {
  /** The type of the elements. Default: `'int32'`. */
  type?: T | undefined
  /** The beginning of the view, in bytes; a multiple of an element's size. Default: 0. */
  byteOffset?: number | undefined
  /** The number of elements. Default: up to the end of the buffer; the view of a growable buffer then grows with it. */
  length?: number | undefined
}

/** Options of {@link AtomicView.histogram}. */
export interface AtomicViewHistogramOptions<T extends AtomicViewType> {
  /** The number of equal parts of the range: 1 to 2^24. */
  bins: number
  /** The beginning of the range. Default: the smallest element. */
  min?: AtomicViewElement<T> | undefined
  /** The end of the range. Default: the largest element. */
  max?: AtomicViewElement<T> | undefined
}

/** The constructor of {@link AtomicView}. */
export interface AtomicViewConstructor {
  /**
   * @param array a typed array over a `SharedArrayBuffer`
   * @throws TypeError not over shared memory, or of a type without atomic operations (`Uint8ClampedArray`)
   */
  new (array: Int8Array): AtomicView<'int8'>
  new (array: Uint8Array): AtomicView<'uint8'>
  new (array: Int16Array): AtomicView<'int16'>
  new (array: Uint16Array): AtomicView<'uint16'>
  new (array: Int32Array): AtomicView<'int32'>
  new (array: Uint32Array): AtomicView<'uint32'>
  new (array: BigInt64Array): AtomicView<'bigint64'>
  new (array: BigUint64Array): AtomicView<'biguint64'>
  new (array: Float32Array): AtomicView<'float32'>
  new (array: Float64Array): AtomicView<'float64'>
  /**
   * @throws TypeError `ERR_INVALID_ARG_TYPE`: not a `SharedArrayBuffer`; `ERR_INVALID_ARG_VALUE`: an unknown type
   * @throws RangeError a misaligned offset, or elements outside the buffer; the error is that of the typed array's constructor
   */
  new <T extends AtomicViewType = 'int32'> (buffer: SharedArrayBuffer, options?: AtomicViewOptions<T>): AtomicView<T>
  readonly prototype: AtomicView

  /** Whether atomic operations on this number of bytes use no lock. ECMAScript: `Atomics.isLockFree`. */
  isLockFree (size: number): boolean
}

/**
 * A typed array in shared memory. Its operations are correct while other threads use the same elements: those of `Atomics`, for floats
 * too, and operations on all elements at once.
 *
 * Operations on one element have the names, arguments, results, errors and cost of `Atomics`, and can be mixed with it.
 *
 * Operations on all elements run as vectorised machine code, and for many elements on all processors. Each element is read and written
 * whole, but not all elements at one moment. Additions ({@link addAll}, {@link scatterAdd}, {@link addMany}) lose no addition of another
 * thread; writes ({@link fill}, {@link sort}, {@link copyFrom}) overwrite them. They block this thread. The form whose name ends in `Async`
 * runs on other threads only, leaves the event loop free and keeps it alive until it has ended; it rejects where the other throws.
 * Arguments that are not in shared memory are copied first, and may be changed at once.
 *
 * Posted to another thread, in `workerData` or through this package's `structuredClone()`, a view arrives as a view of the same memory.
 *
 * @example
 * const counts = new AtomicView(new SharedArrayBuffer(4 * 256))
 * const worker = new Worker('./count.js', { workerData: { counts } }) // which calls counts.add(byte, 1)
 *
 * ECMAScript: the `Atomics` object.
 */
export interface AtomicView<T extends AtomicViewType = AtomicViewType> {
  /** The typed array, for reads and writes that need not be atomic. */
  readonly array: AtomicViewArrays[T]
  /** The type of the elements. */
  readonly type: T
  /** The number of elements. It grows with a growable buffer. */
  readonly length: number
  /** The memory. */
  readonly buffer: SharedArrayBuffer
  /** The beginning of the view in it, in bytes. */
  readonly byteOffset: number
  /** The length of the view in bytes. */
  readonly byteLength: number

  /** @throws RangeError the index is outside the view, here and below */
  load (index: number): AtomicViewElement<T>
  /** @returns the value, before it was converted to the element's type */
  store (index: number, value: AtomicViewElement<T>): AtomicViewElement<T>
  /** @returns the old value, here and below */
  add (index: number, value: AtomicViewElement<T>): AtomicViewElement<T>
  sub (index: number, value: AtomicViewElement<T>): AtomicViewElement<T>
  /** @throws TypeError a view of floats, as `or` and `xor` */
  and (index: number, value: AtomicViewElement<T>): AtomicViewElement<T>
  or (index: number, value: AtomicViewElement<T>): AtomicViewElement<T>
  xor (index: number, value: AtomicViewElement<T>): AtomicViewElement<T>
  exchange (index: number, value: AtomicViewElement<T>): AtomicViewElement<T>
  /** Stores `replacement` if the element equals `expected`. For floats, `NaN` equals `NaN`, and 0 equals -0. */
  compareExchange (index: number, expected: AtomicViewElement<T>, replacement: AtomicViewElement<T>): AtomicViewElement<T>
  /** Stores the smaller of the two values; for floats the result of `Math.min`. */
  min (index: number, value: AtomicViewElement<T>): AtomicViewElement<T>
  /** Stores the larger of the two values; for floats the result of `Math.max`. */
  max (index: number, value: AtomicViewElement<T>): AtomicViewElement<T>
  /**
   * Stores the result of `fn`. If another thread has changed the element meanwhile, `fn` is called again with the new value, so it should
   * have no other effects.
   *
   * @returns the new value: the result of `fn`, converted to the element's type. The old value is the last argument of `fn`
   * @throws the errors of `fn`; then nothing was changed
   */
  update (index: number, fn: (old: AtomicViewElement<T>) => AtomicViewElement<T>): AtomicViewElement<T>

  /** @param size in bytes. Default: that of an element */
  isLockFree (size?: number): boolean
  /**
   * Blocks this thread until the element is notified, unless it has another value. As with `Atomics`, only for `int32` and `bigint64`.
   *
   * @param timeout in milliseconds. Default: `Infinity`
   * @throws TypeError another type
   */
  wait (index: number, value: AtomicViewElement<T>, timeout?: number): 'ok' | 'not-equal' | 'timed-out'
  /** The same without blocking. ECMAScript: `Atomics.waitAsync`; it does not keep the event loop alive. */
  waitAsync (index: number, value: AtomicViewElement<T>, timeout?: number):
    | { async: false, value: 'not-equal' | 'timed-out' }
    | { async: true, value: Promise<'ok' | 'timed-out'> }
  /** @param count the largest number of threads to wake. Default: all. @returns the number of threads that were woken */
  notify (index: number, count?: number): number

  /** As `TypedArray.prototype.fill`. */
  fill (value: AtomicViewElement<T>, start?: number, end?: number): this
  fillAsync (value: AtomicViewElement<T>, start?: number, end?: number): Promise<this>

  /**
   * Exact for integers: a bigint of any size, or the nearest number. Floats are added in double precision, in an order that does not
   * depend on the machine; the rounding differs from that of a loop.
   */
  sum (): AtomicViewElement<T>
  sumAsync (): Promise<AtomicViewElement<T>>

  /** The smallest and the largest element, as by `Math.min` and `Math.max`: `NaN` if there is one. `undefined` without elements. */
  minMax (): { min: AtomicViewElement<T> | undefined, max: AtomicViewElement<T> | undefined }
  minMaxAsync (): Promise<{ min: AtomicViewElement<T> | undefined, max: AtomicViewElement<T> | undefined }>

  /**
   * Adds a number to all elements, or adds to each element the one at the same index.
   *
   * @throws RangeError another number of elements
   * @throws TypeError bigints and numbers mixed
   */
  addAll (addend: AtomicViewElement<T> | AtomicViewSource<T>): void
  addAllAsync (addend: AtomicViewElement<T> | AtomicViewSource<T>): Promise<void>

  /** The number of elements that are `===` the value. */
  countEqual (value: AtomicViewElement<T>): number
  countEqualAsync (value: AtomicViewElement<T>): Promise<number>

  /**
   * The number of elements in each part of a range. Elements outside the range, and `NaN`, are not counted. The end of the range belongs to the last part.
   *
   * @throws RangeError the range is not finite, or the number of bins is not allowed
   */
  histogram (options: AtomicViewHistogramOptions<T>): Float64Array
  histogramAsync (options: AtomicViewHistogramOptions<T>): Promise<Float64Array>

  /**
   * Adds one value per index, or one value for all, to the elements with these indices. An index may occur any number of times.
   *
   * @param indices a typed array or a view must have an integer type; the indices are copied
   * @throws RangeError an index is outside the view (then nothing was added), or the numbers of values and indices differ
   */
  scatterAdd (
    indices: ArrayLike<number> | AtomicView<Exclude<AtomicViewType, 'bigint64' | 'biguint64'>>,
    values: AtomicViewElement<T> | AtomicViewSource<T>
  ): void
  scatterAddAsync (
    indices: ArrayLike<number> | AtomicView<Exclude<AtomicViewType, 'bigint64' | 'biguint64'>>,
    values: AtomicViewElement<T> | AtomicViewSource<T>
  ): Promise<void>

  /**
   * Adds `delta` to one element `times` times. Integers wrap, in one addition; floats are rounded each time, as in a loop.
   *
   * @param times 0 to 2^53 - 1
   */
  addMany (index: number, delta: AtomicViewElement<T>, times: number): void
  addManyAsync (index: number, delta: AtomicViewElement<T>, times: number): Promise<void>

  /** Sorts in the order of `TypedArray.prototype.sort` without a function. Needs memory for a copy of the elements. */
  sort (): this
  sortAsync (): Promise<this>

  /**
   * As `TypedArray.prototype.set`: converts numbers, and allows overlapping memory.
   *
   * @param offset the index of the first element that is written. Default: 0
   * @throws RangeError elements would be outside the view
   * @throws TypeError bigints and numbers mixed
   */
  copyFrom (source: AtomicViewSource<T>, offset?: number): void
  copyFromAsync (source: AtomicViewSource<T>, offset?: number): Promise<void>
}
export const AtomicView: AtomicViewConstructor
