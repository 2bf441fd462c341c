/// <reference types="node" />

// Types of isothreads: the API of Node's `worker_threads`, on threads that Rust owns.
//
// "Node.js docs" below means the chapter "Worker threads" of Node's manual; the section is named where the behaviour comes from there.
// Streams, `EventEmitter` and `URL` are Node's own, so `@types/node` (20 or later) has to be installed.

import { AsyncLocalStorage } from 'node:async_hooks'
import { EventEmitter } from 'node:events'
import { Readable, Transform, Writable } from 'node:stream'
import { URL } from 'node:url'

// ---------------------------------------------------------------------------------------------------------------------------------
// The thread that this code runs on
// ---------------------------------------------------------------------------------------------------------------------------------

/**
 * `true` on the main thread, `false` in a worker.
 *
 * Node.js docs: `worker.isMainThread`.
 */
export const isMainThread: boolean

/**
 * In a worker, the port to the thread that started it: what is posted here arrives as `message` on the parent's {@link Worker}, and
 * what the parent posts to the `Worker` arrives here. `null` on the main thread.
 *
 * A listener for `message` keeps the worker alive; without one, and with nothing else to do, the worker ends by itself.
 *
 * Node.js docs: `worker.parentPort`.
 */
export const parentPort: MessagePort | null

/**
 * In a worker, the structured clone of the `workerData` option it was started with (`undefined` without one). `null` on the main
 * thread.
 *
 * Node.js docs: `worker.workerData`.
 */
export const workerData: any

/**
 * The number of this thread: `0` on the main thread, and a number of its own, never used again in the process, for each worker. In the
 * parent it is {@link Worker.threadId}.
 *
 * Node.js docs: `worker.threadId`.
 */
export const threadId: number

/**
 * In a worker, its {@link WorkerOptions.name}. An empty string on the main thread.
 *
 * Node.js docs: `worker.threadName`. Here it is there on every version of Node.js, also on those whose `worker_threads` does not have it.
 */
export const threadName: string

/**
 * In a worker, the limits in force, every one of them filled in (`codeRangeSizeMb` is 0 unless it was asked for). An empty object on the
 * main thread.
 *
 * Node.js docs: `worker.resourceLimits`.
 */
export const resourceLimits: ResourceLimits

/**
 * As {@link WorkerOptions.env}: the worker reads and writes the environment variables of its parent, not a copy.
 *
 * It is Node's own symbol; either can be passed to either `Worker`.
 *
 * Node.js docs: `worker.SHARE_ENV`.
 */
export const SHARE_ENV: unique symbol

// ---------------------------------------------------------------------------------------------------------------------------------
// Worker
// ---------------------------------------------------------------------------------------------------------------------------------

/**
 * What a transfer list may name.
 *
 * - An `ArrayBuffer` moves: the memory is handed over without a copy, and the buffer is detached (`byteLength` 0) on this side.
 * - A {@link MessagePort} moves: on this side it is closed to all use, its queue moves along, and no message is lost or reordered.
 * - A `SharedArrayBuffer` is accepted, where Node throws: it is shared without a copy, exactly as without naming it. JavaScript has
 *   no way to take it away from the sender, so both sides keep access; use `Atomics` where both write.
 *
 * A list that names something else, something twice, something detached, or the port that the message is posted on, makes the call
 * throw a `DataCloneError`, and then nothing has been moved or detached. On Node 20 this package does what Node 20 does: the error about
 * something else is a `TypeError` (`ERR_INVALID_TRANSFER_OBJECT`), and a detached `ArrayBuffer` is passed over.
 *
 * Node's own transferables (`FileHandle`, streams, `MessagePort`s of Node's) are something else.
 */
export type Transferable = ArrayBuffer | SharedArrayBuffer | MessagePort

/** The form of the second argument that browsers also take. */
export interface StructuredSerializeOptions {
  /** See {@link Transferable}. Default: nothing is transferred. */
  transfer?: readonly Transferable[] | undefined
}

/**
 * Limits of a worker's V8 isolate, in megabytes (2^20 bytes), fractions allowed. A worker that reaches one ends with an `error` event
 * (`ERR_WORKER_OUT_OF_MEMORY`) and the exit code 1; the process lives on.
 *
 * `ArrayBuffer`s and other memory outside of V8's heap do not count. Options of the command line such as `--max-old-space-size` win
 * over these.
 *
 * Node.js docs: `new Worker(filename[, options])`, `resourceLimits`.
 */
export interface ResourceLimits {
  /** The heap for recently created objects. Default: V8's own choice. */
  maxYoungGenerationSizeMb?: number | undefined
  /** The main heap. Less than 8 is taken as 8. Default: V8's own choice. */
  maxOldGenerationSizeMb?: number | undefined
  /** The memory range for generated machine code. Default: V8's own choice. */
  codeRangeSizeMb?: number | undefined
  /** The thread's stack; a deeper recursion throws a `RangeError`. Less than 0.3125 is taken as 0.3125. Default: 4. */
  stackSizeMb?: number | undefined
}

/** Options of {@link Worker}. Node.js docs: `new Worker(filename[, options])`. */
export interface WorkerOptions {
  /**
   * What runs on the thread. `'node'` is a complete Node.js environment: any worker file and any npm package that run in Node's own
   * Worker. It is the only one so far; another value throws `ERR_INVALID_ARG_VALUE`.
   *
   * Default: `'node'`.
   */
  runtime?: 'node' | undefined

  /** Take the first argument for source code instead of a path: of a CommonJS script, or of what `--input-type` says. Default: `false`. */
  eval?: boolean | undefined

  /**
   * What the worker finds as {@link workerData}: a structured clone, made before the constructor returns. What cannot be cloned makes
   * the constructor throw a `DataCloneError`. Default: `undefined`.
   */
  workerData?: any

  /** What in `workerData` is transferred instead of cloned. Default: nothing. */
  transferList?: readonly Transferable[] | undefined

  /** Appended to the worker's `process.argv`, each as a string. Default: none. */
  argv?: readonly any[] | undefined

  /**
   * Options of node for this worker, and its `process.execArgv`. What Node refuses throws `ERR_WORKER_INVALID_EXEC_ARGV`. Carried out are
   * `--require`, `--import`, `--input-type` and the flags about warnings and deprecations; of any other that is not in force in the
   * process a warning with the code `ISOTHREADS_EXEC_ARGV` says that it has no effect. Default: those of the parent.
   */
  execArgv?: readonly string[] | undefined

  /**
   * The worker's `process.env`: a copy of this object with every value made a string, or with {@link SHARE_ENV} the parent's own.
   * Anything else throws `ERR_INVALID_ARG_TYPE`. `NODE_OPTIONS` in such an object is read as {@link WorkerOptions.execArgv} is.
   * Default: a copy of the parent's.
   */
  env?: NodeJS.Dict<string> | typeof SHARE_ENV | null | undefined

  /** A name for the thread, which the system's own tools show. Default: `'WorkerThread'` from Node 24 on, before that an empty string. */
  name?: string | undefined

  /**
   * `true`: what is written to {@link Worker.stdin} is the worker's `process.stdin`.
   * Default: `false`, and `process.stdin` is at its end.
   */
  stdin?: boolean | undefined

  /**
   * `true`: the worker's output is only to be had from {@link Worker.stdout}.
   * Default: `false`, and it goes to the parent's `process.stdout`.
   */
  stdout?: boolean | undefined

  /**
   * `true`: the worker's error output is only to be had from {@link Worker.stderr}.
   * Default: `false`, and it goes to the parent's `process.stderr`.
   */
  stderr?: boolean | undefined

  /** Limits of the worker's JavaScript engine. Default: the engine's own. */
  resourceLimits?: ResourceLimits | undefined

  /** Close the file descriptors that the worker opened with `fs.open()` and left open when it ended. Default: `true`. */
  trackUnmanagedFds?: boolean | undefined
}

/**
 * The events of {@link Worker} and their arguments. They arrive in this order: `online`, then messages, then `error` (if any), then
 * `exit`, which always comes, once.
 */
export interface WorkerEventMap {
  /** The thread runs JavaScript; the worker's file is about to. */
  online: []
  /** What the worker posted on its `parentPort`, in the order posted. */
  message: [value: any]
  /** A message arrived that could not be read here. */
  messageerror: [error: Error]
  /**
   * The worker ended because of this uncaught error, with its message, stack, cause and own properties, as far as they could be cloned.
   * Its class is the nearest one that JavaScript itself has (`TypeError`, ..., `Error`). Another value arrives as a clone, or as the text
   * that `util.inspect()` makes of it when it cannot be cloned.
   */
  error: [error: any]
  /** The thread has ended. The argument is what it passed to `process.exit()`, 0 for a natural end, 1 after an error or `terminate()`. */
  exit: [exitCode: number]
}

/** The events of a {@link Worker} that have listeners with known arguments. */
type WorkerEvent = keyof WorkerEventMap

/** Any other event name: without the known ones, a wrong listener for those would fit here. */
type Other<Name extends string | symbol, Known> = Name extends Known ? never : Name

/**
 * A JavaScript file on a thread of its own. The thread belongs to Rust, the JavaScript engine is that of this process, and the file
 * runs at full speed, in parallel to everything else.
 *
 * The constructor does not wait for the thread. Whether the file exists is found out on the thread and arrives as `error`.
 *
 * A worker keeps its parent's event loop alive until it ends ({@link Worker.unref} changes that). When the thread that started it
 * ends, it is ended too.
 *
 * @example
 * const worker = new Worker('./resize.js', { workerData: { width: 640 } })
 * worker.on('message', (image) => save(image))
 *
 * Node.js docs: class `Worker`.
 */
export class Worker extends EventEmitter {
  /**
   * @param filename an absolute path, a path that begins with `./` or `../` (relative to the working directory), a `file:` or `data:` URL
   *   object, or with `eval: true` source code. CommonJS or an ES module, as Node decides for that file. Or a worker written in Rust:
   *   `native:` and its name for one of {@link nativeWorkers}, or a library (`*.so`, `*.dylib`, `*.dll`) by path or URL, with `#` and the
   *   worker's name behind it if it has several.
   * @throws TypeError `ERR_WORKER_PATH`: a relative path without `./`, or a URL as a string
   * @throws TypeError `ERR_INVALID_ARG_TYPE`: a path or an option of the wrong type
   * @throws TypeError `ERR_INVALID_ARG_VALUE`: an unknown `runtime`; `eval` with a URL; `argv`, `execArgv`, `env`, `stdin` or `runtime`
   *   for a worker written in Rust, which has no JavaScript
   * @throws Error `ERR_ACCESS_DENIED`: `--permission` without `--allow-worker`; without `--allow-fs-read` of a library's path
   * @throws Error `ERR_DLOPEN_FAILED`: a file that is no library of workers, or that was built against another SDK;
   *   `ERR_ISOTHREADS_NO_SUCH_WORKER`
   * @throws Error `ERR_WORKER_INVALID_EXEC_ARGV`: an option of node that a worker cannot have
   * @throws DataCloneError `workerData` that cannot be cloned
   */
  constructor (filename: string | URL, options?: WorkerOptions)

  /**
   * The worker's number, which it finds as {@link threadId}. Once it has ended, -1.
   */
  readonly threadId: number

  /** The worker's {@link WorkerOptions.name}. Once it has ended, `null`. */
  readonly threadName: string | null

  /** The limits in force for this worker; until its isolate exists those that were asked for, -1 for the default. Once it has ended, {}. */
  readonly resourceLimits?: ResourceLimits | undefined

  /** With `stdin: true`, the writing end of the worker's `process.stdin`; otherwise `null`. */
  readonly stdin: Writable | null

  /**
   * What the worker writes to `process.stdout`. Without `stdout: true` it is also piped to the parent's.
   * All of it arrives before `exit`.
   */
  readonly stdout: Readable

  /**
   * What the worker writes to `process.stderr`. Without `stderr: true` it is also piped to the parent's.
   * All of it arrives before `exit`.
   */
  readonly stderr: Readable

  /**
   * Sends a structured clone of the value, which arrives as `message` on the worker's {@link parentPort}. It does not wait for
   * the worker and cannot fail because of it: before the worker runs, messages queue up; after it ended, they are dropped.
   *
   * @param value anything that the structured clone algorithm allows
   * @param transferList what is moved or shared instead of cloned
   * @throws DataCloneError the value or the list has something in it that cannot cross; then nothing has been moved
   */
  postMessage (value: any, transferList?: readonly Transferable[]): void
  postMessage (value: any, options?: StructuredSerializeOptions): void

  /**
   * Ends the thread as soon as possible, whatever it is doing: in an endless loop, in `Atomics.wait`, before its first line.
   * A call into native code is the exception: the thread ends when that call returns; so does a worker written in Rust, which can look
   * whether it is to end. May be called at any time, any number of times.
   * Code of the worker does not run any more, not even `process.on('exit')`.
   *
   * @returns resolves with the exit code once the thread has ended, with `undefined` if it had ended before the call (typed as
   *   `@types/node` has it)
   */
  terminate (): Promise<number>

  /** As {@link Worker.terminate}, for `await using`. */
  [Symbol.asyncDispose] (): Promise<void>

  /** Undoes {@link Worker.unref}: the worker keeps the parent's event loop alive again. Calling it twice is the same as once. */
  ref (): void

  /**
   * Lets the parent's event loop end although this worker still runs; the worker is ended then. Calling it twice is the same as
   * once.
   */
  unref (): void

  addListener<E extends WorkerEvent> (event: E, listener: (...args: WorkerEventMap[E]) => void): this
  addListener<N extends string | symbol> (event: Other<N, WorkerEvent>, listener: (...args: any[]) => void): this
  on<E extends WorkerEvent> (event: E, listener: (...args: WorkerEventMap[E]) => void): this
  on<N extends string | symbol> (event: Other<N, WorkerEvent>, listener: (...args: any[]) => void): this
  once<E extends WorkerEvent> (event: E, listener: (...args: WorkerEventMap[E]) => void): this
  once<N extends string | symbol> (event: Other<N, WorkerEvent>, listener: (...args: any[]) => void): this
  prependListener<E extends WorkerEvent> (event: E, listener: (...args: WorkerEventMap[E]) => void): this
  prependListener<N extends string | symbol> (event: Other<N, WorkerEvent>, listener: (...args: any[]) => void): this
  prependOnceListener<E extends WorkerEvent> (event: E, listener: (...args: WorkerEventMap[E]) => void): this
  prependOnceListener<N extends string | symbol> (event: Other<N, WorkerEvent>, listener: (...args: any[]) => void): this
  removeListener<E extends WorkerEvent> (event: E, listener: (...args: WorkerEventMap[E]) => void): this
  removeListener<N extends string | symbol> (event: Other<N, WorkerEvent>, listener: (...args: any[]) => void): this
  off<E extends WorkerEvent> (event: E, listener: (...args: WorkerEventMap[E]) => void): this
  off<N extends string | symbol> (event: Other<N, WorkerEvent>, listener: (...args: any[]) => void): this
  emit<E extends WorkerEvent> (event: E, ...args: WorkerEventMap[E]): boolean
  emit<N extends string | symbol> (event: Other<N, WorkerEvent>, ...args: any[]): boolean
}

// ---------------------------------------------------------------------------------------------------------------------------------
// Ports and channels
// ---------------------------------------------------------------------------------------------------------------------------------

/**
 * Two ports that are connected to each other: what is posted on one arrives on the other. Either may be sent to any thread.
 *
 * @example
 * const { port1, port2 } = new MessageChannel()
 * worker.postMessage({ replyTo: port2 }, [port2])
 * port1.on('message', (reply) => console.log(reply))
 *
 * Node.js docs: class `MessageChannel`.
 */
export class MessageChannel {
  readonly port1: MessagePort
  readonly port2: MessagePort
}

/** What a listener of `addEventListener` and `onmessage` gets. */
export interface MessagePortEvent extends Event {
  /** The structured clone of what was posted. */
  readonly data: any
  /** The ports that came with the message, in the order of the transfer list. */
  readonly ports: readonly MessagePort[]
}

/** The events of {@link MessagePort} for `on` and its kin. */
export interface MessagePortListenerMap {
  /** The value itself, where `addEventListener` gets an event with `data`. */
  message: [value: any]
  /** A message arrived that could not be read here. */
  messageerror: [error: any]
  /** The channel is closed: by either side, or because the thread at the other end is gone. Comes once, after all messages. */
  close: [event: Event]
}

/** The events of {@link MessagePort} for `addEventListener`. */
export interface MessagePortEventMap {
  message: MessagePortEvent
  messageerror: MessagePortEvent
  close: Event
}

/** The options that `addEventListener` knows. */
export interface PortListenerOptions {
  once?: boolean | undefined
  capture?: boolean | undefined
  passive?: boolean | undefined
  signal?: AbortSignal | undefined
}

type AddOptions = boolean | PortListenerOptions
type RemoveOptions = boolean | { capture?: boolean | undefined }
type PortListener<E> = ((event: E) => void) | { handleEvent (event: E): void } | null
type PortListenerOf<E extends keyof MessagePortEventMap> = PortListener<MessagePortEventMap[E]>
type MessagePortEventName = keyof MessagePortListenerMap

/**
 * One end of a {@link MessageChannel}, both an `EventTarget`, as in browsers, and with `on`, `once` and `off`, as Node's emitters. Messages
 * arrive in the order posted; each is delivered in a task of its own, with its promise jobs and `process.nextTick` callbacks run before
 * the next one.
 *
 * Messages queue up until the port is started, which the first `message` listener added with `on` or `once`, or setting
 * {@link MessagePort.onmessage}, does by itself; after `addEventListener`, call {@link MessagePort.start}.
 *
 * A port belongs to one thread at a time, and moves by being named in a transfer list.
 *
 * Node.js docs: class `MessagePort`.
 */
export class MessagePort extends EventTarget {
  /** Ports are made by {@link MessageChannel}; `new MessagePort()` throws `ERR_CONSTRUCT_CALL_INVALID`. */
  private constructor ()

  /** The listener for `message`, if any. Setting it starts the port. */
  onmessage: ((event: MessagePortEvent) => void) | null

  /** The listener for `messageerror`, if any. */
  onmessageerror: ((event: MessagePortEvent) => void) | null

  /**
   * Sends a structured clone of the value to the other end. It does not wait, and after the channel was closed it does nothing.
   *
   * @param value anything that the structured clone algorithm allows
   * @param transferList what is moved or shared instead of cloned
   * @throws DataCloneError the value or the list has something in it that cannot cross, or the list names this port itself; then
   *   nothing has been moved
   */
  postMessage (value: any, transferList?: readonly Transferable[]): void
  postMessage (value: any, options?: StructuredSerializeOptions): void

  /** Lets messages arrive, the queued ones first. On a port that is started it does nothing. */
  start (): void

  /**
   * Closes both ends. What was posted before still arrives on the other side, then `close` on both.
   *
   * @param listener called on `close`
   */
  close (listener?: (event: Event) => void): void

  /**
   * The port keeps its thread's event loop alive. A listener for `message` does that by itself.
   */
  ref (): void

  /** The port no longer keeps its thread's event loop alive. */
  unref (): void

  /** Whether the port keeps its thread's event loop alive. */
  hasRef (): boolean

  addEventListener<E extends keyof MessagePortEventMap> (type: E, listener: PortListenerOf<E>, options?: AddOptions): void
  addEventListener (type: string, listener: PortListener<Event>, options?: AddOptions): void
  removeEventListener<E extends keyof MessagePortEventMap> (type: E, listener: PortListenerOf<E>, options?: RemoveOptions): void
  removeEventListener (type: string, listener: PortListener<Event>, options?: RemoveOptions): void

  addListener<E extends MessagePortEventName> (event: E, listener: (...args: MessagePortListenerMap[E]) => void): this
  addListener<N extends string> (event: Other<N, MessagePortEventName>, listener: (arg: any) => void): this
  on<E extends MessagePortEventName> (event: E, listener: (...args: MessagePortListenerMap[E]) => void): this
  on<N extends string> (event: Other<N, MessagePortEventName>, listener: (arg: any) => void): this
  once<E extends MessagePortEventName> (event: E, listener: (...args: MessagePortListenerMap[E]) => void): this
  once<N extends string> (event: Other<N, MessagePortEventName>, listener: (arg: any) => void): this
  removeListener<E extends MessagePortEventName> (event: E, listener: (...args: MessagePortListenerMap[E]) => void): this
  removeListener<N extends string> (event: Other<N, MessagePortEventName>, listener: (arg: any) => void): this
  off<E extends MessagePortEventName> (event: E, listener: (...args: MessagePortListenerMap[E]) => void): this
  off<N extends string> (event: Other<N, MessagePortEventName>, listener: (arg: any) => void): this
  emit<E extends MessagePortEventName> (event: E, ...args: MessagePortListenerMap[E]): boolean
  emit<N extends string> (event: Other<N, MessagePortEventName>, arg?: any): boolean

  removeAllListeners (event?: string): this
  listenerCount (event: string): number
  eventNames (): string[]
  setMaxListeners (count: number): void
  getMaxListeners (): number
}

/**
 * A channel by name: what one member posts arrives on every other member of that name, on all threads of the process.
 *
 * It keeps its thread's event loop alive until {@link BroadcastChannel.close} or {@link BroadcastChannel.unref}. For now it is Node's own
 * class, whose channels reach the workers of this package too; ports of this package cannot be posted on it.
 *
 * Node.js docs: class `BroadcastChannel extends EventTarget`.
 */
export class BroadcastChannel extends EventTarget {
  /** @param name made a string; which threads and members exist plays no part */
  constructor (name: any)

  readonly name: string

  /** The listener for `message`, if any. */
  onmessage: ((event: MessagePortEvent) => void) | null

  /** The listener for `messageerror`, if any. */
  onmessageerror: ((event: MessagePortEvent) => void) | null

  /**
   * Sends a structured clone to every other member. Nothing can be transferred: there may be any number of receivers.
   *
   * @throws DataCloneError the value cannot be cloned
   * @throws DOMException `InvalidStateError`: the channel is closed
   */
  postMessage (message: any): void

  /** Leaves the channel. Calling it twice is the same as once. */
  close (): void

  /** The channel keeps its thread's event loop alive, as it does from the start. */
  ref (): this

  /** The channel no longer keeps its thread's event loop alive. */
  unref (): this

  addEventListener<E extends 'message' | 'messageerror'> (type: E, listener: PortListenerOf<E>, options?: AddOptions): void
  addEventListener (type: string, listener: PortListener<Event>, options?: AddOptions): void
  removeEventListener<E extends 'message' | 'messageerror'> (type: E, listener: PortListenerOf<E>, options?: RemoveOptions): void
  removeEventListener (type: string, listener: PortListener<Event>, options?: RemoveOptions): void
}

/**
 * Takes the oldest message out of a port's queue at once, without an event and without waiting, whether the port is started or not.
 *
 * @returns the message in an object, since it may itself be `undefined`; `undefined` if there is none
 * @throws TypeError `ERR_INVALID_ARG_TYPE`: not a port
 *
 * Node.js docs: `worker.receiveMessageOnPort(port)`.
 */
export function receiveMessageOnPort (port: MessagePort | BroadcastChannel): { message: any } | undefined

// ---------------------------------------------------------------------------------------------------------------------------------
// Cloning, and data for every worker
// ---------------------------------------------------------------------------------------------------------------------------------

/**
 * The copy of a value that `postMessage` would deliver, without sending it. In place of the global function of that name where ports of
 * this package are to be transferred; `isothreads/register` makes that one this one.
 *
 * @throws DataCloneError the value or the list has something in it that cannot be cloned; then nothing has been moved
 *
 * Node.js docs: chapter "Global objects", `structuredClone(value[, options])`.
 */
export function structuredClone<T> (value: T, options?: StructuredSerializeOptions): T

/** A worker written in Rust. */
export interface NativeWorkerInfo {
  /** What `exec()` calls it by, and what comes behind the `#` of its library. */
  name: string
  /** What `new Worker()` takes. */
  specifier: string
  /**
   * A `function` takes a value and returns one: with `workerData` (or when it takes nothing) it is called once, and its result is a message;
   * without, it answers every message. A pool calls it for a task. A `conversation` receives and posts as it likes, until it returns; it
   * needs a {@link Worker}.
   */
  kind: 'function' | 'conversation'
  /** What its author says of it. */
  description: string
}

/**
 * The workers written in Rust that there are: those of this package (`native:fib`, `native:processor`), or those of a library, which is
 * loaded, and stays loaded for as long as the process lives.
 *
 * @param library a path or URL as for {@link Worker}
 * @throws Error `ERR_ACCESS_DENIED`: `--permission` without `--allow-fs-read` of the library's path
 * @throws Error `ERR_DLOPEN_FAILED`: no library of workers
 *
 * Not part of Node.js. The guide: docs/native.md.
 */
export function nativeWorkers (library?: string | URL): NativeWorkerInfo[]

/**
 * Marks an object, for good, as not to be transferred: naming it in a transfer list throws a `DataCloneError` (on Node 20, an
 * `ArrayBuffer` is copied instead). On anything but an object it does nothing. Meant for memory that others still look at, such as a
 * pool that buffers are cut from.
 *
 * Node.js docs: `worker.markAsUntransferable(object)`.
 */
export function markAsUntransferable (object: any): void

/**
 * Whether an object was marked by {@link markAsUntransferable}; the pool that Node cuts its `Buffer`s from is marked too.
 *
 * Node.js docs: `worker.isMarkedAsUntransferable(object)`. Here it is there on Node 20 too, where it does not see the marks that were made
 * with Node's own `markAsUntransferable`, but for that pool.
 */
export function isMarkedAsUntransferable (object: any): boolean

/**
 * Marks an object, for good, as not to be cloned: messages of this thread with it inside throw a `DataCloneError`. On anything but an
 * object, on arrays and on buffers it does nothing. Node 22 and later; on Node 20 the export is not there.
 *
 * Node.js docs: `worker.markAsUncloneable(object)`.
 */
export function markAsUncloneable (object: any): void

/**
 * Keeps a value that every worker started by this thread from now on gets a clone of, under the same key; workers pass it on to
 * theirs.
 *
 * @param key anything that can be cloned and be a key of a `Map`
 * @param value `undefined` removes the key
 *
 * Node.js docs: `worker.setEnvironmentData(key[, value])`.
 */
export function setEnvironmentData (key: any, value?: any): void

/**
 * In a worker, the clone of what the thread that started it had kept under this key at that moment; otherwise what this thread itself kept
 * there.
 *
 * Node.js docs: `worker.getEnvironmentData(key)`.
 */
export function getEnvironmentData (key: any): any

// ---------------------------------------------------------------------------------------------------------------------------------
// The pool
// ---------------------------------------------------------------------------------------------------------------------------------

/**
 * When a worker of a {@link WorkerPool} makes place for a new one. It is looked at after each task; what the worker has begun it finishes.
 */
export interface RecycleOptions {
  /** After so many tasks. Default: never. */
  tasks?: number | undefined

  /** When its JavaScript holds more than so many megabytes (2^20 bytes): the heap, and the buffers outside of it. Default: never. */
  memory?: number | undefined

  /** When it has been ready for so many milliseconds; only a task's end is a moment to look. Default: never. */
  age?: number | undefined
}

/** A task that waits in a {@link TaskQueue}. */
export interface QueuedTask {
  /** What {@link WorkerPool.exec} was given; not yet cloned. */
  readonly data: any
  /** The options that it was given. */
  readonly options: TaskOptions
}

/**
 * A queue of your own: {@link WorkerPoolOptions.taskQueue}. All its methods are called on the pool's thread. It must hand out each task
 * once, and forget a task that was removed.
 */
export interface TaskQueue {
  /** A task was given. */
  push (task: QueuedTask): void
  /** The task that is to run next, out of the queue; `null` or `undefined` when there is none. */
  shift (): QueuedTask | null | undefined
  /** The task is not to run any more: it was aborted, or has waited for too long. */
  remove (task: QueuedTask): void
  /** How many tasks wait. */
  readonly size: number
}

/**
 * Options of {@link WorkerPool}. Those of {@link Worker} are for each of its workers: `workerData` (cloned for each), `env`, `argv`,
 * `execArgv`, `resourceLimits`, `name`, `stdout`, `stderr`, `trackUnmanagedFds`, `runtime`.
 */
export interface WorkerPoolOptions extends Omit<WorkerOptions, 'eval' | 'transferList' | 'stdin'> {
  /**
   * The worker file: an absolute path, a path with `./` or `../` (relative to the working directory), a `file:` or `data:` URL. CommonJS,
   * an ES module, or TypeScript where Node strips types. What is in it: see {@link WorkerPool}. Default: none, and the pool runs functions
   * that `exec` is given.
   */
  filename?: string | URL | undefined

  /**
   * How many workers there are at least; 0 or more. A number between 0 and 1 is a share of the processors, rounded, at least one worker.
   * Default: 1.
   */
  minThreads?: number | undefined

  /**
   * How many workers there are at most; 1 or more, or a share of the processors as above. A worker is added when more tasks are
   * unfinished than the workers can run at once. Default: one for each processor, or `minThreads` if that is more.
   */
  maxThreads?: number | undefined

  /**
   * Milliseconds that a worker may have nothing to do while there are more than `minThreads`; then it is ended. 0: at once;
   * `Infinity`: never. Default: 30,000.
   */
  idleTimeout?: number | undefined

  /**
   * How many tasks there may be beyond those that can run at once; one more rejects with
   * `ERR_ISOTHREADS_QUEUE_FULL`. `'auto'`: `maxThreads` squared. Default: `Infinity`.
   */
  maxQueue?: number | 'auto' | undefined

  /**
   * How many tasks a worker may have begun and not finished: more than 1 pays for functions that wait for something other than the
   * processor. A worker that ends takes them all with it. Must be 1 for a worker file that answers on its `parentPort`. Default: 1.
   */
  concurrentTasksPerWorker?: number | undefined

  /** Milliseconds; {@link TaskOptions.timeout} of tasks that have none. Default: without an end. */
  taskTimeout?: number | undefined

  /** {@link TaskOptions.retries} of tasks that have none, and no `transferList` or async iterable. Default: 0. */
  retries?: number | undefined

  /** When a worker makes place for a new one, for worker files that leak. Default: never. */
  recycle?: RecycleOptions | undefined

  /** Milliseconds that {@link WorkerPool.close} waits for tasks; then the pool is destroyed. Default: `Infinity`. */
  closeTimeout?: number | undefined

  /**
   * Whether to measure how long tasks wait and run: {@link WorkerPool.histogram}, {@link WorkerPool.utilization}. Costs two looks at the
   * clock for each task. Default: `false`.
   */
  recordTiming?: boolean | undefined

  /**
   * What comes first among tasks of one priority: the oldest, the newest, or what a queue of your own says. Tasks with an `affinity`
   * are begun in order in any case. Default: `'fifo'`.
   */
  taskQueue?: 'fifo' | 'lifo' | TaskQueue | undefined

  /**
   * What it holds where a task is given is cloned, and is in the task as {@link TaskContext.store} and in {@link taskStorage}. Default:
   * none.
   */
  asyncLocalStorage?: AsyncLocalStorage<any> | undefined
}

/** Options of {@link WorkerPool.exec}. */
export interface TaskOptions {
  /** Which of the functions that the worker file exports. Default: the default export. */
  name?: string | undefined

  /** What in the data is transferred instead of cloned. Default: nothing. */
  transferList?: readonly Transferable[] | undefined

  /**
   * Takes the task out of the queue. One that runs is told through {@link TaskContext.signal}, if it has looked at that, and has
   * `abortGrace` to end; else its worker is ended at once, and replaced. The task rejects with an `AbortError` (`ABORT_ERR`) whose `cause`
   * is the signal's reason: at once if it was told or waited, else when its worker has ended.
   */
  signal?: AbortSignal | undefined

  /**
   * Milliseconds that a task which was told of its abort or timeout may go on for; then its worker is ended. 0: it is not told, its worker
   * is ended at once. Default: 1000.
   */
  abortGrace?: number | undefined

  /** A whole number of 32 bits. The higher first; tasks of one priority are begun in the order of the queue. Default: 0. */
  priority?: number | undefined

  /**
   * Tasks of the same affinity run in the same worker, as long as that lives, and wait for it also when others have nothing to do.
   * The number 1 and the text '1' are two. Default: any worker.
   */
  affinity?: string | number | undefined

  /**
   * Milliseconds that the task may run, from when a worker has taken it. Then it is ended as by `signal`, and rejects with a `TimeoutError`
   * (`ERR_ISOTHREADS_TASK_TIMEOUT`). Default: {@link WorkerPoolOptions.taskTimeout}.
   */
  timeout?: number | undefined

  /** Milliseconds that the task may wait for a worker; then it is taken out of the queue, and rejects as above. Default: without an end. */
  queueTimeout?: number | undefined

  /**
   * How often the task is run again when it failed: when it threw, its result could not be cloned, its time was up, or its worker ended.
   * Not after an abort, after `queueTimeout`, or when the pool is closed. The data is cloned once more. Cannot be had together with
   * `transferList` or an async iterable as data: `ERR_INVALID_ARG_VALUE`. Default: {@link WorkerPoolOptions.retries}.
   */
  retries?: number | undefined

  /** Called on this thread with a clone of each value that the task hands to {@link TaskContext.progress}, before the task's result. */
  onProgress?: ((value: any) => void) | undefined

  /**
   * Called on this thread with a clone of each value that the task posts on its {@link TaskContext.port}, before the task's result; `port`
   * answers to the task. Without it such messages are dropped.
   */
  onMessage?: ((value: any, port: CallerPort) => void) | undefined
}

/** The caller's side of a task's port: {@link TaskOptions.onMessage}. */
export interface CallerPort {
  /**
   * Sends a clone of the value, which arrives as `message` on the task's {@link TaskContext.port}. Does not wait; does nothing when the
   * task has ended.
   *
   * @param transferList what is moved or shared instead of cloned
   * @throws DataCloneError
   */
  postMessage (value: any, transferList?: readonly Transferable[]): void
}

/** The task's side of its port: {@link TaskContext.port}. */
export interface TaskPort extends EventEmitter<{ message: [value: any] }> {
  /**
   * Has {@link TaskOptions.onMessage} called with a clone of the value. Does not wait; does nothing when the task is finished.
   *
   * @param transferList what is moved or shared instead of cloned
   * @throws DataCloneError
   */
  postMessage (value: any, transferList?: readonly Transferable[]): void
}

/** What a function of a pool's worker file is given besides the data. Used after the task's end it does nothing. */
export interface TaskContext {
  /**
   * Aborts when the task is to end: by the caller's `signal` (the reason is an `AbortError`) or because its time is up (a `TimeoutError`).
   * A function that never returns to the event loop sees `signal.aborted` as well. A task that has never read this property is not
   * told: its worker is ended.
   */
  readonly signal: AbortSignal

  /** Has {@link TaskOptions.onProgress} called with a clone of the value. Does not wait. Needs no `this`. */
  readonly progress: (value: any) => void

  /**
   * Returns what it is given; where that is in the result, it is transferred instead of cloned. What cannot be transferred makes the task
   * fail when it returns. Needs no `this`.
   */
  readonly move: <Moved extends Transferable>(object: Moved) => Moved

  /** Messages to and from the caller's {@link TaskOptions.onMessage}. What came before there was a listener for `message` waits for it. */
  readonly port: TaskPort

  /** With {@link WorkerPoolOptions.asyncLocalStorage}, a clone of what that held where the task was given; else `undefined`. */
  readonly store: any
}

/**
 * In a task, a clone of what the pool's {@link WorkerPoolOptions.asyncLocalStorage} held where the task was given, wherever in the task it
 * is asked: `taskStorage.getStore()`. One for each thread; outside of tasks it is empty.
 */
export const taskStorage: AsyncLocalStorage<any>

/** Options of {@link WorkerPool.map} and {@link WorkerPool.stream}, and of each of their tasks. */
export interface MapOptions extends Omit<TaskOptions, 'transferList'> {
  /** How many tasks may be begun and not yet handed out. Default: twice as many as can run at once. */
  concurrency?: number | undefined

  /** Whether the results come in the order of the items, or as they are finished. Default: `true`. */
  ordered?: boolean | undefined
}

/** How long tasks took, in milliseconds, with three digits. */
export interface Durations {
  /** How many were measured. */
  readonly count: number
  readonly min: number
  readonly max: number
  readonly mean: number
  /** The standard deviation. */
  readonly stddev: number
  /** The median. */
  readonly p50: number
  readonly p75: number
  readonly p90: number
  readonly p95: number
  readonly p99: number
  /** Only one of a thousand took longer. */
  readonly p999: number
}

/** What {@link WorkerPoolOptions.recordTiming} measures, since the pool was made. */
export interface PoolHistogram {
  /** From when a worker took the task until it had the result. */
  readonly runTime: Durations
  /** From when the task was given until a worker took it. */
  readonly waitTime: Durations
}

/** {@link WorkerPool.stats}: the getters of that name at one moment, and the limits. */
export interface WorkerPoolStats {
  threads: number
  idleThreads: number
  minThreads: number
  maxThreads: number
  /** Tasks that are not finished: those that wait and those that run. */
  pending: number
  queueSize: number
  needsDrain: boolean
  completed: number
  failed: number
  utilization: number | undefined
  histogram: PoolHistogram | undefined
}

/** Events of {@link WorkerPool} and their arguments. */
export interface WorkerPoolEvents {
  /** A worker was started; one tick later, so that those of the constructor are heard as well. */
  workerCreate: [worker: Worker]
  /** A worker has ended: its exit code, and its uncaught error if that was the reason. It is replaced where it is needed. */
  workerDestroy: [worker: Worker, code: number, error: any]
  /** A worker posted something on its `parentPort` that is no result. */
  message: [value: any, worker: Worker]
  /** With `maxQueue`: the last place in the queue was taken. */
  needsDrain: []
  /** The queue is empty after it was full; and every time when the last task is finished. */
  drain: []
  /**
   * Workers cannot be started: five in a row ended before they were ready for tasks, and when no other is left all waiting and later tasks
   * reject. Or a worker ended by an uncaught error while it had no task. Without a listener nothing is thrown.
   */
  error: [error: any]
  /** All workers have ended after {@link WorkerPool.close} or {@link WorkerPool.destroy}. */
  close: []
}

/** Anything but a function: what is cloned for a task. */
type NotAFunction = string | number | bigint | boolean | null | undefined | { call?: never, [key: PropertyKey]: any }

/** What comes of a function that runs in a worker: async iterables arrive as iterators. */
type TaskResult<Result> = Awaited<Result> extends AsyncIterable<infer Value> ? AsyncIterableIterator<Value> : Awaited<Result>

/** Options of a task that is a function. */
type FunctionTaskOptions = Omit<TaskOptions, 'name' | 'onProgress' | 'onMessage'>

/**
 * Workers that take tasks from one queue. A worker file is of one of two kinds, which is seen without an option:
 *
 * - It **exports functions**: by default or by names, async or not; or a promise of them, which is waited for. A function is called with
 *   the data of a task and a {@link TaskContext}. An exported `teardown` is called before the pool ends a worker that it does not
 *   need any more, and may take 10 seconds.
 * - It **answers on its {@link parentPort}**: the first message that it posts after a task is the task's result.
 *
 * A worker that ends in the middle of a task rejects that task, and is replaced; the queue goes on. The pool keeps the process alive
 * only while it has tasks, or while somebody waits for its workers to be ready or to end.
 *
 * @example
 * const pool = new WorkerPool('./tasks.js')
 * const picture = await pool.exec({ width: 640 }, { name: 'resize', timeout: 5000 })
 * await pool.close()
 *
 * Not part of Node.js. The guide: docs/pool.md.
 */
export class WorkerPool extends EventEmitter<WorkerPoolEvents> {
  /**
   * Starts the first workers, `minThreads`. Returns at once: whether the worker file exists is found out by the workers.
   *
   * @param filename the worker file; or a library of workers written in Rust, or `native:` and the name of one, as for {@link Worker}: then
   *   a task calls the function that its `name` says, by default the only one, or the one that was named with the library
   * @param size how many workers there are, always; default: one for each processor
   * @throws TypeError `ERR_INVALID_ARG_TYPE`, `ERR_INVALID_ARG_VALUE`: an option of the wrong type or out of its range
   * @throws TypeError `ERR_WORKER_PATH`: a relative path without `./`
   * @throws Error `ERR_WORKER_INVALID_EXEC_ARGV` and what else {@link Worker}'s constructor throws
   * @throws DataCloneError `workerData` that cannot be cloned
   */
  constructor (filename: string | URL, size?: number)
  constructor (options: WorkerPoolOptions)

  /**
   * Runs a task in the next worker that is free. Never blocks, never throws.
   *
   * The promise rejects with
   * - what the function threw, as an error of the nearest class that JavaScript itself has, with its message, stack, cause and own
   *   properties;
   * - `AbortError` (`ABORT_ERR`, `cause` is the signal's reason); `TimeoutError` (`ERR_ISOTHREADS_TASK_TIMEOUT`);
   * - the worker's uncaught error, or `ERR_WORKER_OUT_OF_MEMORY`, or `ERR_ISOTHREADS_WORKER_EXITED`, when the worker ended in the middle of
   *   it;
   * - `DataCloneError`: the data, or the result, cannot be cloned;
   * - `ERR_ISOTHREADS_QUEUE_FULL`, `ERR_ISOTHREADS_POOL_CLOSED`; the worker's error when the worker file cannot be loaded;
   * - `ERR_INVALID_ARG_TYPE`, `ERR_INVALID_ARG_VALUE`: options that are wrong;
   * - of workers written in Rust: what the function returned as its error; `ERR_ISOTHREADS_PANIC`; `ERR_INVALID_ARG_VALUE`: data that
   *   the function cannot take; `ERR_ISOTHREADS_NO_SUCH_WORKER`; `ERR_ISOTHREADS_NATIVE_UNSUPPORTED`: what needs JavaScript.
   *
   * An error that came out of a worker has its number as `threadId`.
   *
   * @param data a clone of it, made before this returns, is what the worker gets. An async iterable (a Readable, say) is an async iterable
   *   there, of clones, a few of them ahead
   * @returns what the worker's function returned. When that is an async iterable, an async iterator of clones: then the task lasts until
   *   that has ended, which `return()` does, as leaving a `for await` loop calls it
   */
  exec<Result = any> (data?: NotAFunction, options?: TaskOptions): Promise<Result>

  /**
   * Runs a function in a worker: its source, called with clones of these arguments. What is around the function is not there; `require` is,
   * from the working directory. It gets no {@link TaskContext}.
   */
  exec<Arguments extends any[], Result> (task: (...args: Arguments) => Result, args?: Arguments, options?: FunctionTaskOptions): Promise<TaskResult<Result>>

  /** {@link exec} under another name. */
  run<Result = any> (data?: NotAFunction, options?: TaskOptions): Promise<Result>
  run<Arguments extends any[], Result> (task: (...args: Arguments) => Result, args?: Arguments, options?: FunctionTaskOptions): Promise<TaskResult<Result>>

  /**
   * Runs a task for each item, some at a time: the next item is asked for when there is room, and the caller's own pace holds
   * everything back. An error of a task, or of the source, ends it.
   *
   * @returns the results, in the order of the items unless `ordered` is `false`
   * @throws TypeError `ERR_INVALID_ARG_TYPE`, `ERR_INVALID_ARG_VALUE`
   */
  map<Result = any> (items: Iterable<any> | AsyncIterable<any>, options?: MapOptions): AsyncGenerator<Result, void>

  /**
   * A stream in object mode that runs a task for each chunk, for pipelines. An error of a task destroys it; so does a task that returns
   * `null` or `undefined`, which streams cannot carry.
   *
   * @throws TypeError `ERR_INVALID_ARG_TYPE`, `ERR_INVALID_ARG_VALUE`
   */
  stream (options?: MapOptions): Transform

  /**
   * Sends a clone of the data to every worker, those of the future as well, as `message` on its {@link parentPort}. It is there before any
   * task that is given later begins. Does not wait.
   *
   * @param options `name`: a later broadcast of this name takes the place of this one for workers that have not got it. Those without a
   *   name are all kept for the workers of the future, as long as the pool lives
   * @throws DataCloneError
   * @throws TypeError `ERR_INVALID_ARG_TYPE`
   * @throws Error `ERR_ISOTHREADS_POOL_CLOSED`
   */
  broadcast (data: any, options?: { name?: string | undefined }): void

  /** Resolves when as many workers as `minThreads` are ready for tasks. Rejects when they cannot be, or the pool is closed. */
  readonly ready: Promise<void>

  /**
   * Starts workers before there are tasks for them.
   *
   * @param count 1 to `maxThreads`. Default: `maxThreads`
   * @returns resolves when they are ready; rejects as {@link ready} does
   * @throws TypeError `ERR_INVALID_ARG_TYPE`, `ERR_INVALID_ARG_VALUE`
   */
  prewarm (count?: number): Promise<void>

  /**
   * How many workers there are from now on. Those too many end when they have finished what they do. Returns at once.
   *
   * @param maxThreads default: the same as `minThreads`
   * @throws TypeError `ERR_INVALID_ARG_TYPE`, `ERR_INVALID_ARG_VALUE`
   */
  resize (minThreads: number, maxThreads?: number): void

  /**
   * Puts new workers in the place of all that there are, once these have finished what they do.
   *
   * @returns resolves when the last of the old ones has ended
   */
  recycleWorkers (): Promise<void>

  /**
   * Takes no more tasks, runs those that there are, then ends the workers. It may be called any number of times.
   *
   * @param options `timeout`: milliseconds after which the pool is destroyed. Default: {@link WorkerPoolOptions.closeTimeout}
   * @returns resolves when all workers have ended
   * @throws TypeError `ERR_INVALID_ARG_TYPE`, `ERR_INVALID_ARG_VALUE`
   */
  close (options?: { timeout?: number | undefined }): Promise<void>

  /**
   * Ends the workers at once. Tasks that wait reject with `ERR_ISOTHREADS_POOL_CLOSED`, those that run with `ERR_ISOTHREADS_WORKER_EXITED`.
   *
   * @returns resolves when all workers have ended
   */
  destroy (): Promise<void>

  /** As {@link close}, for `await using`. */
  [Symbol.asyncDispose] (): Promise<void>

  /** How many workers there are, those included that are starting, or that end when they have finished what they do. */
  readonly threads: number

  /** How many workers are ready and have nothing to do. */
  readonly idleThreads: number

  /** How many tasks wait for a worker. */
  readonly queueSize: number

  /** Whether the queue was full, and has not been empty since. Always `false` without `maxQueue`. */
  readonly needsDrain: boolean

  /** How many tasks have resolved. */
  readonly completed: number

  /** How many tasks have rejected, but for those that were refused at once. A task that is run again counts once. */
  readonly failed: number

  /** With `recordTiming`, how long tasks ran and waited; else `undefined`. Each reading is a copy. */
  readonly histogram: PoolHistogram | undefined

  /** With `recordTiming`, the share of the workers' time, since each was ready, in which they had tasks: 0 to 1. Else `undefined`. */
  readonly utilization: number | undefined

  /** All of that as one plain object. */
  stats (): WorkerPoolStats
}

// ---------------------------------------------------------------------------------------------------------------------------------
// Atomic views
// ---------------------------------------------------------------------------------------------------------------------------------

/** The types of a view's elements, and the typed arrays that have them. */
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

/** The name of the type of a view's elements. */
export type AtomicViewType = keyof AtomicViewArrays

/** What JavaScript has an element of that type as. */
export type AtomicViewElement<T extends AtomicViewType> = T extends 'bigint64' | 'biguint64' ? bigint : number

/**
 * Elements to be read: a view, a typed array whose elements are bigints where this view's are and numbers where they are numbers, or an
 * array.
 */
export type AtomicViewSource<T extends AtomicViewType> = T extends 'bigint64' | 'biguint64'
  ? AtomicView<'bigint64'> | AtomicView<'biguint64'> | BigInt64Array | BigUint64Array | ArrayLike<bigint>
  : AtomicView<Exclude<AtomicViewType, 'bigint64' | 'biguint64'>> | ArrayLike<number>

/** Options of {@link AtomicView} over a buffer. */
export interface AtomicViewOptions<T extends AtomicViewType> {
  /** The type of the elements. Default: `'int32'`. */
  type?: T | undefined
  /** Where the view begins, in bytes; a multiple of an element's size. Default: 0. */
  byteOffset?: number | undefined
  /** How many elements it has. Default: up to the end of the buffer; of a growable buffer then also those that will be added. */
  length?: number | undefined
}

/** Options of {@link AtomicView.histogram}. */
export interface AtomicViewHistogramOptions<T extends AtomicViewType> {
  /** How many parts of the same width the range has: 1 to 2^24. */
  bins: number
  /** Where the range begins. Default: the smallest element. */
  min?: AtomicViewElement<T> | undefined
  /** Where the range ends. Default: the largest element. */
  max?: AtomicViewElement<T> | undefined
}

/** What {@link AtomicView} is called with. */
export interface AtomicViewConstructor {
  /**
   * @param array a typed array over a `SharedArrayBuffer`
   * @throws TypeError not over shared memory, or of a type that `Atomics` and this class do not know (`Uint8ClampedArray`)
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
   * @throws RangeError a misaligned offset, or elements outside of the buffer, as the typed array's own constructor throws it
   */
  new <T extends AtomicViewType = 'int32'> (buffer: SharedArrayBuffer, options?: AtomicViewOptions<T>): AtomicView<T>
  readonly prototype: AtomicView

  /** Whether atomic operations on so many bytes use no lock. ECMAScript: `Atomics.isLockFree`. */
  isLockFree (size: number): boolean
}

/**
 * A typed array in memory that threads share, with operations that are right while other threads use the same elements: those of
 * `Atomics`, for floats too, and others on all elements at once.
 *
 * Operations on one element have the names, arguments, results and errors of `Atomics`, cost what those cost, and can be mixed with them.
 *
 * Operations on all elements run as machine code on the processor's vectors, and for many elements on all processors. Each element is
 * read and written whole; there is no moment at which all are looked at together. What adds to elements ({@link addAll},
 * {@link scatterAdd}, {@link addMany}) loses nothing that other threads add at the same time; what writes them ({@link fill},
 * {@link sort}, {@link copyFrom}) overwrites it. They block this thread. Each has a form whose name ends in `Async`, which uses other
 * threads only, keeps the event loop alive until it has ended and leaves it free; it rejects where the other throws. Arrays that it was
 * given and that are not in shared memory are copied first, and may be changed at once.
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
  /** How many elements there are. Of a view that follows a growable buffer, as many as there are now. */
  readonly length: number
  /** The memory. */
  readonly buffer: SharedArrayBuffer
  /** Where the view begins in it, in bytes. */
  readonly byteOffset: number
  /** How long the view is, in bytes. */
  readonly byteLength: number

  /** @throws RangeError an index outside, here and below */
  load (index: number): AtomicViewElement<T>
  /** @returns the value, before it was converted to the element's type */
  store (index: number, value: AtomicViewElement<T>): AtomicViewElement<T>
  /** @returns what was there before, as do those below */
  add (index: number, value: AtomicViewElement<T>): AtomicViewElement<T>
  sub (index: number, value: AtomicViewElement<T>): AtomicViewElement<T>
  /** @throws TypeError a view of floats, as `or` and `xor` */
  and (index: number, value: AtomicViewElement<T>): AtomicViewElement<T>
  or (index: number, value: AtomicViewElement<T>): AtomicViewElement<T>
  xor (index: number, value: AtomicViewElement<T>): AtomicViewElement<T>
  exchange (index: number, value: AtomicViewElement<T>): AtomicViewElement<T>
  /** Stores `replacement` if `expected` is there. Of floats, `NaN` is the same as `NaN` here, and 0 the same as -0. */
  compareExchange (index: number, expected: AtomicViewElement<T>, replacement: AtomicViewElement<T>): AtomicViewElement<T>
  /** Stores the smaller of the two; of floats that of `Math.min`. */
  min (index: number, value: AtomicViewElement<T>): AtomicViewElement<T>
  /** Stores the larger of the two; of floats that of `Math.max`. */
  max (index: number, value: AtomicViewElement<T>): AtomicViewElement<T>
  /**
   * Stores what `fn` makes of the element. When another thread has changed it meanwhile, `fn` is called again with what is there now:
   * it should do nothing else.
   *
   * @returns what is there now: what `fn` returned, as an element of this type. What was there is what `fn` was called with last
   * @throws what `fn` throws; then nothing was changed
   */
  update (index: number, fn: (old: AtomicViewElement<T>) => AtomicViewElement<T>): AtomicViewElement<T>

  /** @param size in bytes. Default: that of an element */
  isLockFree (size?: number): boolean
  /**
   * Blocks this thread until the element is notified, unless it has another value. As for `Atomics`, only of `int32` and `bigint64`.
   *
   * @param timeout in milliseconds. Default: `Infinity`
   * @throws TypeError another type
   */
  wait (index: number, value: AtomicViewElement<T>, timeout?: number): 'ok' | 'not-equal' | 'timed-out'
  /** The same without blocking. ECMAScript: `Atomics.waitAsync`; it does not keep the event loop alive. */
  waitAsync (index: number, value: AtomicViewElement<T>, timeout?: number):
    | { async: false, value: 'not-equal' | 'timed-out' }
    | { async: true, value: Promise<'ok' | 'timed-out'> }
  /** @param count how many are woken at most. Default: all. @returns how many were */
  notify (index: number, count?: number): number

  /** As `TypedArray.prototype.fill`. */
  fill (value: AtomicViewElement<T>, start?: number, end?: number): this
  fillAsync (value: AtomicViewElement<T>, start?: number, end?: number): Promise<this>

  /**
   * Of integers exact: a bigint of any size, or the number that is nearest. Of floats computed in double precision, in an order that
   * does not depend on the machine: with other roundings than those of a loop.
   */
  sum (): AtomicViewElement<T>
  sumAsync (): Promise<AtomicViewElement<T>>

  /** The smallest and the largest element, as `Math.min` and `Math.max`: `NaN` when there is one. `undefined` when there are no elements. */
  minMax (): { min: AtomicViewElement<T> | undefined, max: AtomicViewElement<T> | undefined }
  minMaxAsync (): Promise<{ min: AtomicViewElement<T> | undefined, max: AtomicViewElement<T> | undefined }>

  /**
   * Adds a number to all elements, or to each element the one at the same place.
   *
   * @throws RangeError not as many elements
   * @throws TypeError bigints and numbers mixed
   */
  addAll (addend: AtomicViewElement<T> | AtomicViewSource<T>): void
  addAllAsync (addend: AtomicViewElement<T> | AtomicViewSource<T>): Promise<void>

  /** How many elements are `===` the value. */
  countEqual (value: AtomicViewElement<T>): number
  countEqualAsync (value: AtomicViewElement<T>): Promise<number>

  /**
   * How many elements there are in each part of a range. Those outside of it, and `NaN`, are not counted; its end belongs to the last part.
   *
   * @throws RangeError no finite range, or not that many bins
   */
  histogram (options: AtomicViewHistogramOptions<T>): Float64Array
  histogramAsync (options: AtomicViewHistogramOptions<T>): Promise<Float64Array>

  /**
   * Adds to the elements with these indices a value each, or all the same one. An index may occur any number of times.
   *
   * @param indices of an integer type when it is a typed array or a view; a copy is made
   * @throws RangeError an index outside, then nothing was added; not as many values as indices
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
   * Adds to one element that often. Integers wrap, and are added to once; floats are rounded each time, as a loop would.
   *
   * @param times 0 to 2^53 - 1
   */
  addMany (index: number, delta: AtomicViewElement<T>, times: number): void
  addManyAsync (index: number, delta: AtomicViewElement<T>, times: number): Promise<void>

  /** In the order of `TypedArray.prototype.sort` without a function. Uses as much memory again. */
  sort (): this
  sortAsync (): Promise<this>

  /**
   * As `TypedArray.prototype.set`: converts numbers, and copies rightly where both are the same memory.
   *
   * @param offset the index of the first element that is written. Default: 0
   * @throws RangeError elements outside
   * @throws TypeError bigints and numbers mixed
   */
  copyFrom (source: AtomicViewSource<T>, offset?: number): void
  copyFromAsync (source: AtomicViewSource<T>, offset?: number): Promise<void>
}
export const AtomicView: AtomicViewConstructor

// ---------------------------------------------------------------------------------------------------------------------------------
// Locks
// ---------------------------------------------------------------------------------------------------------------------------------

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

// ---------------------------------------------------------------------------------------------------------------------------------
// Where threads wait for each other, in shared memory
// ---------------------------------------------------------------------------------------------------------------------------------

/**
 * A condition variable: waiting, without the mutex, until somebody who had it says that what it guards has changed. Four bytes of
 * shared memory; sent to another thread it stays the same condition variable.
 *
 * ```js
 * const guard = mutex.lock()
 * while (!thereIsWork()) condvar.wait(guard)
 * ```
 *
 * Who was notified finds that somebody else has been there first, sometimes: look again, in a loop. A notification whose thread ends
 * before it makes use of it goes to the next one.
 */
export class Condvar {
  /**
   * @param buffer default: one of its own. Zeroed bytes are a new one; over those of another condition variable it is that one
   * @param byteOffset a multiple of 4. Default: 0
   * @throws TypeError `ERR_INVALID_ARG_TYPE`, `ERR_INVALID_ARG_VALUE`; RangeError when the bytes are not in the buffer or not aligned
   */
  constructor (buffer?: SharedArrayBuffer, byteOffset?: number)

  /** How many bytes one takes: 4. */
  static readonly byteLength: number

  readonly buffer: SharedArrayBuffer
  readonly byteOffset: number
  readonly byteLength: number

  /**
   * Gives the mutex back, blocks the thread until notified, and takes the mutex again, for which it waits as long as it takes: also
   * before it throws because of the timeout. A mutex whose thread has ended meanwhile shows in `guard.poisoned`.
   *
   * @param guard holds its mutex
   * @throws TypeError `ERR_INVALID_ARG_TYPE`, `ERR_INVALID_ARG_VALUE`; Error `ERR_ISOTHREADS_TIMEOUT`, `ERR_ISOTHREADS_BLOCKS_MAIN_THREAD`
   */
  wait (guard: MutexGuard, options?: BlockingWaitOptions): void

  /**
   * The same without blocking. Meanwhile the guard is not held; when the promise settles, in whatever way, it is held again.
   *
   * @returns rejects as {@link Condvar.wait} throws, or with the signal's reason
   */
  waitAsync (guard: MutexGuard, options?: AsyncWaitOptions): Promise<void>

  /** Wakes whoever has waited for longest. One atomic read when nobody waits. Never blocks; any thread, with the mutex or without. */
  notifyOne (): void

  /** The same for all that wait. */
  notifyAll (): void
}

/**
 * Where a number of threads wait for each other, over and over again. Eight bytes of shared memory; sent to another thread it stays the
 * same barrier.
 *
 * A party that leaves while it waits, because of a timeout or an abort or because its thread ends, breaks the barrier: the others and
 * all that come later throw `ERR_ISOTHREADS_BARRIER_BROKEN`, until {@link Barrier.reset}. So does a thread that passed with the last round
 * and ends, unless it has called {@link Barrier.leave}. So nobody waits for parties that are gone. When all threads of the last round have
 * ended, and nobody came meanwhile, it is as new. In a pool the party is the task: one that returns has left. As Java's `CyclicBarrier`.
 */
export class Barrier {
  /**
   * @param parties how many have to arrive: 1 to 2^28 - 1. Several of them may be of one thread, if they wait asynchronously
   * @param buffer default: one of its own. Zeroed bytes are a new one; over those of another barrier it is that one
   * @param byteOffset a multiple of 4. Default: 0
   * @throws TypeError `ERR_INVALID_ARG_TYPE`, `ERR_INVALID_ARG_VALUE`; RangeError `ERR_OUT_OF_RANGE`, also when the barrier that is there
   * has another number of parties; RangeError when the bytes are not in the buffer or not aligned
   */
  constructor (parties: number, buffer?: SharedArrayBuffer, byteOffset?: number)

  /** How many bytes one takes: 8. */
  static readonly byteLength: number

  readonly buffer: SharedArrayBuffer
  readonly byteOffset: number
  readonly byteLength: number

  readonly parties: number

  /** How many have arrived and wait; a moment later it may be otherwise. */
  readonly waiting: number

  /** Whether one of those who are waited for is gone, and nobody has reset it since. */
  readonly broken: boolean

  /**
   * Blocks the thread until all parties have arrived.
   *
   * @returns `true` for the party that arrived last, `false` for all others
   * @throws Error `ERR_ISOTHREADS_BARRIER_BROKEN`, `ERR_ISOTHREADS_TIMEOUT`, `ERR_ISOTHREADS_BLOCKS_MAIN_THREAD`;
   * TypeError `ERR_INVALID_ARG_TYPE`, `ERR_INVALID_ARG_VALUE`, and then it has not arrived
   */
  wait (options?: BlockingWaitOptions): boolean

  /**
   * The same without blocking.
   *
   * @returns rejects as {@link Barrier.wait} throws, or with the signal's reason
   */
  waitAsync (options?: AsyncWaitOptions): Promise<boolean>

  /** This thread will not come any more: its end breaks nothing. When it waits again, it is a party again. Never blocks. */
  leave (): void

  /** Makes it as new, without parties that are waited for. Those who wait throw `ERR_ISOTHREADS_BARRIER_BROKEN`. Never blocks. */
  reset (): void
}

/**
 * A number that is counted down, once, and those who wait until it is 0. Twelve bytes of shared memory; sent to another thread it stays
 * the same latch. A thread that ends without counting is not counted: use a timeout where that can happen.
 */
export class Latch {
  /**
   * @param count how often it is to be counted down: 0 to 2^28 - 1
   * @param buffer default: one of its own. Zeroed bytes are a new one; over those of another latch it is that one, as far as that is
   * @param byteOffset a multiple of 4. Default: 0
   * @throws TypeError `ERR_INVALID_ARG_TYPE`, `ERR_INVALID_ARG_VALUE`; RangeError `ERR_OUT_OF_RANGE`, also when the latch that is there
   * began with another number; RangeError when the bytes are not in the buffer or not aligned
   */
  constructor (count: number, buffer?: SharedArrayBuffer, byteOffset?: number)

  /** How many bytes one takes: 12. */
  static readonly byteLength: number

  readonly buffer: SharedArrayBuffer
  readonly byteOffset: number
  readonly byteLength: number

  /** How many are to be counted still. */
  readonly count: number

  /**
   * Counts, at most down to 0; then all that wait are woken. Never blocks.
   *
   * @param n 0 to 2^28 - 1. Default: 1
   * @throws TypeError `ERR_INVALID_ARG_TYPE`; RangeError `ERR_OUT_OF_RANGE`
   */
  countDown (n?: number): void

  /**
   * Blocks the thread until the count is 0.
   *
   * @throws Error `ERR_ISOTHREADS_TIMEOUT`, `ERR_ISOTHREADS_BLOCKS_MAIN_THREAD`; TypeError `ERR_INVALID_ARG_TYPE`, `ERR_INVALID_ARG_VALUE`
   */
  wait (options?: BlockingWaitOptions): void

  /**
   * The same without blocking.
   *
   * @returns rejects as {@link Latch.wait} throws, or with the signal's reason
   */
  waitAsync (options?: AsyncWaitOptions): Promise<void>
}

/** What the function of {@link Once.call} is told. */
export interface OnceState {
  /** Whether a thread ended while it was at it, and nobody has finished it since: what it was to make may be half made. */
  poisoned: boolean
}

/**
 * Something that is done once, by one of all threads, before any of them goes on. Four bytes of shared memory; sent to another thread it
 * stays the same. One atomic read when it is done.
 */
export class Once {
  /**
   * @param buffer default: one of its own. Zeroed bytes are not done; over those of another `Once` it is that one
   * @param byteOffset a multiple of 4. Default: 0
   * @throws TypeError `ERR_INVALID_ARG_TYPE`, `ERR_INVALID_ARG_VALUE`; RangeError when the bytes are not in the buffer or not aligned
   */
  constructor (buffer?: SharedArrayBuffer, byteOffset?: number)

  /** How many bytes one takes: 4. */
  static readonly byteLength: number

  readonly buffer: SharedArrayBuffer
  readonly byteOffset: number
  readonly byteLength: number

  /** Whether it is done; then it stays so. */
  readonly done: boolean

  /**
   * Runs the function, unless this or another one has run to its end already; blocks the thread while another thread is at it. When
   * the function throws, so does this, and the next caller has its turn; the same when its thread ends. What the function returns is
   * not waited for: use {@link Once.callAsync} for promises.
   *
   * @returns whether this call has run its function
   * @throws Error `ERR_ISOTHREADS_DEADLOCK` while this thread is at it; Error `ERR_ISOTHREADS_TIMEOUT`, `ERR_ISOTHREADS_BLOCKS_MAIN_THREAD`;
   * TypeError `ERR_INVALID_ARG_TYPE`, `ERR_INVALID_ARG_VALUE`; whatever the function throws
   */
  call (fn: (state: OnceState) => void, options?: BlockingWaitOptions): boolean

  /**
   * The same without blocking, for a function that may return a promise. A function that waits for a call of the same `Once` waits for
   * ever.
   *
   * @param options for the waiting: they do not stop the function
   * @returns rejects as {@link Once.call} throws, or with the signal's reason
   */
  callAsync (fn: (state: OnceState) => unknown, options?: AsyncWaitOptions): Promise<boolean>
}

// ---------------------------------------------------------------------------------------------------------------------------------
// Moving data through shared memory
// ---------------------------------------------------------------------------------------------------------------------------------

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
  toReadable (options?: import('node:stream').ReadableOptions): import('node:stream').Readable
  /** The writing end as a stream of Node's. Its end ends the ring; destroyed before, it destroys the ring. */
  toWritable (options?: import('node:stream').WritableOptions): import('node:stream').Writable
  /** The reading end as a byte stream of the Web's. Cancelled, it destroys the ring. */
  toReadableStream (): import('node:stream/web').ReadableStream<Uint8Array>
  /** The writing end as a stream of the Web's. Closed it ends the ring, aborted it destroys it. */
  toWritableStream (): import('node:stream/web').WritableStream<RingBytes>

  /** How many bytes there are to read; a moment later it may be otherwise. */
  readonly length: number
  readonly capacity: number
  readonly ended: boolean
  readonly destroyed: boolean
  readonly buffer: SharedArrayBuffer
  readonly byteOffset: number
  readonly byteLength: number
}
