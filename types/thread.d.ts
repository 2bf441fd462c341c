import { MessagePort } from './ports'
import { ResourceLimits } from './worker'

/**
 * `true` on the main thread, `false` in a worker.
 *
 * Node.js docs: `worker.isMainThread`.
 */
export const isMainThread: boolean

/**
 * In a worker, the port to the thread that started it. A value posted here arrives as `message` on the parent's {@link Worker}; a value
 * that the parent posts to the `Worker` arrives here. `null` on the main thread.
 *
 * A listener for `message` keeps the worker alive. Without one, the worker ends when it has nothing else to do.
 *
 * Node.js docs: `worker.parentPort`.
 */
export const parentPort: MessagePort | null

/**
 * In a worker, the structured clone of its {@link WorkerOptions.workerData} (`undefined` if that was not set). `null` on the main thread.
 *
 * Node.js docs: `worker.workerData`.
 */
export const workerData: any

/**
 * The number of this thread: `0` on the main thread. Each worker has a number that the process never uses again. The parent reads it
 * as {@link Worker.threadId}.
 *
 * Node.js docs: `worker.threadId`.
 */
export const threadId: number

/**
 * In a worker, its {@link WorkerOptions.name}. An empty string on the main thread.
 *
 * Node.js docs: `worker.threadName`. This package has it on every version of Node.js.
 */
export const threadName: string

/**
 * In a worker, the limits in force, all of them filled in (`codeRangeSizeMb` is 0 unless it was set). An empty object on the main thread.
 *
 * Node.js docs: `worker.resourceLimits`.
 */
export const resourceLimits: ResourceLimits

/**
 * Stores a value under a key. Every worker that this thread starts afterwards gets a clone under the same key, and passes it on to its
 * own workers.
 *
 * @param key any value that can be cloned and be a key of a `Map`
 * @param value `undefined` removes the key
 *
 * Node.js docs: `worker.setEnvironmentData(key[, value])`.
 */
export function setEnvironmentData (key: any, value?: any): void

/**
 * The value that this thread has stored under a key. In a worker, if there is none, the clone of the value that its parent had stored when
 * it started the worker.
 *
 * Node.js docs: `worker.getEnvironmentData(key)`.
 */
export function getEnvironmentData (key: any): any

// Node's own symbol: either can be passed to either Worker.
export { SHARE_ENV } from 'node:worker_threads'
