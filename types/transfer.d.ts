import { MessagePort } from './ports'
import { NodeTransferable } from './node'

/**
 * The objects that a transfer list may name.
 *
 * - An `ArrayBuffer` moves: the memory is handed over without a copy, and the buffer is detached (`byteLength` 0) on this side.
 * - A {@link MessagePort} moves: it can no longer be used on this side. Its queue moves with it; no message is lost or reordered.
 * - A `SharedArrayBuffer` is accepted, where Node throws. It is shared, as it is without being named: both sides keep access. Use
 *   `Atomics` where both write.
 *
 * The call throws a `DataCloneError` when the list names another object, the same object twice, a detached one, or the port that the
 * message is posted on. Then nothing has been moved or detached. Node 20 differs, and so does this package on Node 20: another object is a
 * `TypeError` (`ERR_INVALID_TRANSFER_OBJECT`), and a detached `ArrayBuffer` is skipped.
 */
export type Transferable = ArrayBuffer | SharedArrayBuffer | MessagePort

/**
 * The transfer list of functions that `worker_threads` also has. Its type accepts everything that Node's types accept, so that code
 * written for Node compiles. Node's own transferables (`FileHandle`, streams, ...) can be transferred by {@link structuredClone} only; elsewhere
 * they throw a `DataCloneError`.
 */
export type TransferList = readonly (Transferable | NodeTransferable)[]

/** The alternative form of the second argument, as in browsers. */
export interface StructuredSerializeOptions {
  /** Default: nothing is transferred. */
  transfer?: TransferList | undefined
}

/**
 * Returns the copy of a value that `postMessage` would deliver. It replaces the global function of that name where ports of this package
 * are transferred; with `isothreads/register` the global function is this one.
 *
 * @throws DataCloneError a part of the value or the list cannot be cloned; then nothing has been moved
 *
 * Node.js docs: chapter "Global objects", `structuredClone(value[, options])`.
 */
export function structuredClone<T> (value: T, options?: StructuredSerializeOptions): T

/**
 * Permanently marks an object as not transferable: a transfer list that names it throws a `DataCloneError` (on Node 20, an `ArrayBuffer` is
 * copied instead). Does nothing for values that are not objects. Meant for memory that other code still uses, such as a pool
 * of buffers.
 *
 * Node.js docs: `worker.markAsUntransferable(object)`.
 */
export function markAsUntransferable (object: any): void

/**
 * Whether an object was marked by {@link markAsUntransferable}. The pool from which Node allocates its `Buffer`s is marked too.
 *
 * Node.js docs: `worker.isMarkedAsUntransferable(object)`. This package has it on Node 20 too; there it does not see marks made with
 * Node's own `markAsUntransferable`, except the mark of that pool.
 */
export function isMarkedAsUntransferable (object: any): boolean

/**
 * Permanently marks an object as not cloneable: messages of this thread that contain it throw a `DataCloneError`. Does nothing for values
 * that are not objects, for arrays and for buffers. Node 22 and later; on Node 20 the export does not exist.
 *
 * Node.js docs: `worker.markAsUncloneable(object)`.
 */
export function markAsUncloneable (object: any): void
