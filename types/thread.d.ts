import { EventEmitter } from 'node:events'
import { MessagePort } from './ports'
import { TransferList } from './transfer'
import { ResourceLimits } from './worker'

/**
 * `true` on the main thread, `false` in a worker.
 *
 * Node.js docs: `worker.isMainThread`.
 */
export const isMainThread: boolean

/**
 * `true` on threads that Node.js itself started for its own use, `false` on every thread of a program.
 *
 * Node.js docs: `worker.isInternalThread`. This package has it on every version of Node.js.
 */
export const isInternalThread: boolean

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
 * A function that this worker's parent exposes to it: {@link WorkerOptions.expose}.
 *
 * An `AbortSignal` among the arguments, or as the property `signal` of one, passes: when it aborts, so does the signal that the function
 * has got. All other arguments are cloned.
 */
export interface HostFunction<Parameters extends any[] = any[], Result = any> {
  /** Calls the function on the parent's thread. The worker stays alive until the answer has come. */
  (...args: Parameters): Promise<Result>

  /** The same, and blocks this thread, not the parent's, until the answer has come. */
  sync (...args: Parameters): Result

  /** The same as a call with these arguments, of which those in the list are transferred. */
  transfer (transferList: TransferList, ...args: Parameters): Promise<Result>
}

/** The worker's side of functions with these types. */
export type HostFunctions<Exposed> = {
  readonly [Name in keyof Exposed]: Exposed[Name] extends (...args: infer Parameters) => infer Result
    ? HostFunction<Parameters, Awaited<Result>>
    : never
}

/**
 * In a worker, the functions that its parent exposes to it: {@link WorkerOptions.expose}. Without any, and on the main thread, an empty
 * object. Where there are some, the module `isothreads:host` exports them, too.
 */
export const host: HostFunctions<any>

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

/**
 * Sends a structured clone of a value to any thread of the process, by its {@link threadId}. There it is the event `workerMessage` of
 * `process`, whose listeners get the value and the number of this thread. The thread may be the main thread, any worker of this package, or
 * a `Worker` of Node's own that has loaded this package. Node's own threads reach Node's other workers, too.
 *
 * Waiting for the answer does not keep the event loop alive.
 *
 * @param transferList the objects that are moved or shared instead of cloned
 * @param timeout in milliseconds; without it, the wait ends when either thread ends
 * @returns a promise that resolves once the listeners have been called
 * @throws Error `ERR_WORKER_MESSAGING_FAILED`: there is no such thread, or it has no listener
 * @throws Error `ERR_WORKER_MESSAGING_ERRORED`: a listener threw
 * @throws Error `ERR_WORKER_MESSAGING_SAME_THREAD`: it is the number of this thread
 * @throws Error `ERR_WORKER_MESSAGING_TIMEOUT`
 *
 * @example
 * process.on('workerMessage', (value, source) => console.log(`${value} from thread ${source}`))
 * await postMessageToThread(worker.threadId, 'hello')
 *
 * Node.js docs: `worker.postMessageToThread(threadId, value[, transferList][, timeout])`.
 */
export function postMessageToThread (threadId: number, value: any, timeout?: number): Promise<void>
export function postMessageToThread (threadId: number, value: any, transferList: TransferList, timeout?: number): Promise<void>

/**
 * The messages that other threads send to this one with {@link postMessageToThread}, as the event `workerMessage`: the value, and the number of
 * the thread that has sent it. In a Node.js environment `process` has the same event. A lean worker has no `process`; there this is an emitter
 * with the methods `on`, `once`, `off`, `emit`, `listenerCount` and their counterparts. A listener does not keep the thread alive.
 */
export const threadMessages: EventEmitter<{ workerMessage: [value: any, source: number] }>

// Node's own symbol: either can be passed to either Worker.
export { SHARE_ENV } from 'node:worker_threads'
