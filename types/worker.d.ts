import { EventEmitter } from 'node:events'
import { Performance } from 'node:perf_hooks'
import { Readable, Writable } from 'node:stream'
import { URL } from 'node:url'
import { HeapInfo, HeapSnapshotOptions } from 'node:v8'
import { SHARE_ENV } from 'node:worker_threads'
import { Emitted, EventName, Listener } from './events'
import { StructuredSerializeOptions, TransferList } from './transfer'

/**
 * Limits of a worker's V8 isolate, in megabytes (2^20 bytes); fractions are allowed. A worker that reaches one ends with an `error`
 * event (`ERR_WORKER_OUT_OF_MEMORY`) and the exit code 1; the process continues.
 *
 * `ArrayBuffer`s and other memory outside V8's heap do not count. Options of the command line such as `--max-old-space-size` take
 * precedence.
 *
 * Node.js docs: `new Worker(filename[, options])`, `resourceLimits`.
 */
export interface ResourceLimits {
  /** The heap for recently created objects. Default: chosen by V8. */
  maxYoungGenerationSizeMb?: number | undefined
  /** The main heap, at least 8: smaller values are raised to that. Default: chosen by V8. */
  maxOldGenerationSizeMb?: number | undefined
  /** The memory range for generated machine code. Default: chosen by V8. */
  codeRangeSizeMb?: number | undefined
  /** The thread's stack, at least 0.3125: smaller values are raised to that. Deeper recursion throws a `RangeError`. Default: 4. */
  stackSizeMb?: number | undefined
  /**
   * With `runtime: 'lean'`: memory outside V8's heap that the worker holds: buffers, also those that it received, and memory of WebAssembly.
   * An `ArrayBuffer` beyond it is a `RangeError`. A worker that exceeds it otherwise ends with `ERR_ISOTHREADS_EXTERNAL_MEMORY_LIMIT`.
   * Default: no limit.
   */
  maxExternalMemoryMb?: number | undefined
}

/** Options of {@link Worker}. Node.js docs: `new Worker(filename[, options])`. */
export interface WorkerOptions {
  /**
   * What runs on the thread. `'node'` is a complete Node.js environment: it runs every worker file and npm package that Node's own Worker
   * runs. `'lean'` is a bare V8 isolate without Node, which starts in a fraction of the time and has a small library of its own; it is a
   * first stage, and docs/lean.md says what it has. It needs Node 22 or later, and cannot be combined with `argv`, `execArgv`, `env`,
   * `stdin` and `trackUnmanagedFds`. Other values throw `ERR_INVALID_ARG_VALUE`. Default: `'node'`.
   */
  runtime?: 'node' | 'lean' | undefined

  /**
   * With `runtime: 'lean'`: the folders whose files the worker can load, as paths or `file:` URLs. Symbolic links are resolved before a
   * path is checked. Default: the folder of the worker's file, and the `node_modules` folders in which Node would look for its packages;
   * nothing with `eval`.
   */
  moduleRoots?: (string | URL)[] | undefined

  /**
   * Functions that the worker can call, by name: {@link host} in the worker, or the module `isothreads:host`. They run on this thread, with
   * clones of the arguments, and `this` is `undefined`. What they return, or what their promise resolves to, is cloned for the worker; what
   * they throw arrives there as an error. The object's own enumerable properties count; each must be a function whose name can be imported.
   * Not for workers written in Rust. Default: none.
   */
  expose?: Record<string, (...args: any[]) => unknown> | undefined

  /** How many calls of exposed functions the worker may have in flight. Further ones reject with `ERR_ISOTHREADS_TOO_MANY_HOST_CALLS`. Default: 1,000. */
  maxHostCalls?: number | undefined

  /** The first argument is source code instead of a path: a CommonJS script, or the type that `--input-type` names. Default: `false`. */
  eval?: boolean | undefined

  /**
   * The worker reads a structured clone of it as {@link workerData}. The clone is made before the constructor returns; a value that
   * cannot be cloned makes the constructor throw a `DataCloneError`. Default: `undefined`.
   */
  workerData?: any

  /** Parts of `workerData` that are transferred instead of cloned. Default: nothing. */
  transferList?: TransferList | undefined

  /** Appended to the worker's `process.argv`, each as a string. Default: nothing. */
  argv?: any[] | undefined

  /**
   * Options of Node for this worker, and its `process.execArgv`. They have the effects that they have for Node's Worker. Options that
   * Node refuses for workers throw `ERR_WORKER_INVALID_EXEC_ARGV`. On Windows, and in a process with `--permission`, only `--require`,
   * `--import`, `--input-type`, `--no-addons`, `--frozen-intrinsics` and the flags about warnings and deprecations have an effect; any
   * other flag causes a warning with the code `ISOTHREADS_EXEC_ARGV`. Default: those of the parent.
   */
  execArgv?: string[] | undefined

  /**
   * The worker's `process.env`: a copy of this object with all values made strings, or with {@link SHARE_ENV} the parent's own.
   * Other values throw `ERR_INVALID_ARG_TYPE`. `NODE_OPTIONS` in the object is read like {@link WorkerOptions.execArgv}.
   * Default: a copy of the parent's.
   */
  env?: NodeJS.Dict<string> | typeof SHARE_ENV | undefined

  /** A name for the thread, which system tools show. Default: `'WorkerThread'` from Node 24 on, before that an empty string. */
  name?: string | undefined

  /** `true`: the worker's `process.stdin` reads from {@link Worker.stdin}. Default: `false`, and `process.stdin` is at its end. */
  stdin?: boolean | undefined

  /** `true`: the worker's output goes to {@link Worker.stdout} only. Default: `false`, and it goes to the parent's `process.stdout`. */
  stdout?: boolean | undefined

  /** `true`: its error output goes to {@link Worker.stderr} only. Default: `false`, and it goes to the parent's `process.stderr`. */
  stderr?: boolean | undefined

  /** Limits of the worker's JavaScript engine. Default: those of the engine. */
  resourceLimits?: ResourceLimits | undefined

  /**
   * Milliseconds of processor time that the worker's thread may use from the start of its program. Waiting for messages, timers, locks or
   * `Atomics.wait()` does not count; garbage collection and compilation on other threads of V8 neither. At the limit the worker
   * ends with an `error` event (`ERR_ISOTHREADS_CPU_TIME_LIMIT`) and the exit code 1. A worker written in Rust must check whether to
   * stop. Default: no limit.
   */
  cpuTimeLimit?: number | undefined

  /**
   * Milliseconds after which the worker ends, from the start of its program, with an `error` event (`ERR_ISOTHREADS_WALL_TIME_LIMIT`) and
   * the exit code 1. Default: no limit.
   */
  wallTimeLimit?: number | undefined

  /**
   * With `runtime: 'lean'`: whether code can be made of strings (`eval()`, `new Function()`: otherwise an `EvalError`), and WebAssembly be
   * compiled (otherwise a `WebAssembly.CompileError`). A boolean means both. Modules load in any case. Default: `true`.
   */
  codeGeneration?: boolean | { strings?: boolean | undefined, wasm?: boolean | undefined } | undefined

  /**
   * With `runtime: 'lean'`: how many messages may wait for a receiver. Beyond that `postMessage()` throws `ERR_ISOTHREADS_QUEUE_FULL`,
   * here and on all ports that the worker posts on, and so does its `console`. Default: no limit.
   */
  maxQueuedMessages?: number | undefined

  /**
   * With `runtime: 'lean'`: milliseconds. `Date`, `performance.now()`, `Event.timeStamp` and timers of the worker tick in steps of this
   * size. Default: as fine as they are.
   */
  timerResolution?: number | undefined

  /** Close the file descriptors that the worker opened with `fs.open()` and left open when it ended. Default: `true`. */
  trackUnmanagedFds?: boolean | undefined
}

/** Options of {@link Worker.prewarm}: those of the workers, and `keep`. The others have no effect on a spare worker. */
export interface PrewarmOptions extends Pick<WorkerOptions,
  'codeGeneration' | 'env' | 'execArgv' | 'resourceLimits' | 'runtime' | 'trackUnmanagedFds'> {
  /** How many spare workers there should always be: others are started in the background for those that were taken. Default: 0. */
  keep?: number | undefined
}

/**
 * The events of {@link Worker} and their arguments. They arrive in this order: `online`, then messages, then `error` (if any), then
 * `exit`, which always comes, once.
 */
export interface WorkerEventMap<Out = any> {
  /** The thread runs JavaScript and is about to run the worker file. */
  online: []
  /** A value that the worker posted on its `parentPort`, in the order posted. */
  message: [value: Out]
  /** A message arrived that could not be read here. */
  messageerror: [error: Error]
  /**
   * The worker ended because of this uncaught error, with its message, stack, cause and own properties, as far as they could be cloned.
   * Its class is the nearest built-in one of JavaScript (`TypeError`, ..., `Error`). A value that is not an error arrives as a clone, or
   * as the text of `util.inspect()` when it cannot be cloned.
   */
  error: [error: any]
  /** The thread has ended. The argument is that of `process.exit()`, 0 for a natural end, 1 after an error or `terminate()`. */
  exit: [exitCode: number]
}

/**
 * What has ended a worker.
 *
 * - `'exit'`: the worker itself: nothing kept it alive, or it called `process.exit()` or `close()`
 * - `'error'`: an uncaught error
 * - `'terminate'`: its parent, with `terminate()`
 * - `'heap'`, `'external-memory'`: {@link WorkerOptions.resourceLimits}
 * - `'cpu-time'`, `'wall-time'`: {@link WorkerOptions.cpuTimeLimit}, {@link WorkerOptions.wallTimeLimit}
 * - `'not-started'`: it could not be created
 */
export type ExitReason = 'exit' | 'error' | 'terminate' | 'heap' | 'external-memory' | 'cpu-time' | 'wall-time' | 'not-started'

/** Options of {@link Worker.startCpuProfile}. Node.js docs: `worker.startCpuProfile([options])`. */
export interface CpuProfileOptions {
  /** Milliseconds between two samples; fractions are allowed, and 0 is V8's default. Default: 0. */
  sampleInterval?: number | undefined
  /** The number of samples that are kept. Default: 4294967295, which is no limit. */
  maxBufferSize?: number | undefined
}

/** Options of {@link Worker.startHeapProfile}. Node.js docs: `worker.startHeapProfile([options])`. */
export interface HeapProfileOptions {
  /** The average number of allocated bytes between two samples. Default: 524288. */
  sampleInterval?: number | undefined
  /** The number of callers that a sample has at most. Default: 16. */
  stackDepth?: number | undefined
  /** Collect garbage before the profile is made. Default: `false`. */
  forceGC?: boolean | undefined
  /** Keep samples of objects that a major garbage collection has freed. Default: `false`. */
  includeObjectsCollectedByMajorGC?: boolean | undefined
  /** Keep samples of objects that a minor garbage collection has freed. Default: `false`. */
  includeObjectsCollectedByMinorGC?: boolean | undefined
}

/** A profile that is being recorded. With `await using` it is stopped at the end of the block, and the result is dropped. */
export interface ProfileHandle {
  /**
   * Stops recording. Later calls return the same promise.
   *
   * @returns resolves with the profile: JSON that the developer tools of Chrome open as a `.cpuprofile` or `.heapprofile` file; rejects with
   *   `ERR_WORKER_NOT_RUNNING` when the worker has ended
   */
  stop (): Promise<string>
  [Symbol.asyncDispose] (): Promise<void>
}

/**
 * A JavaScript file on its own thread. The thread belongs to Rust, the JavaScript engine is that of this process, and the file
 * runs at full speed, in parallel to everything else.
 *
 * The constructor does not wait for the thread. If the file does not exist, `error` is emitted.
 *
 * A worker keeps its parent's event loop alive until it ends ({@link Worker.unref} changes that). When the thread that started it
 * ends, it is ended too.
 *
 * `Worker<In, Out>` types the messages: `In` is posted to the worker, `Out` is posted by it.
 *
 * @example
 * const worker = new Worker('./resize.js', { workerData: { width: 640 } })
 * worker.on('message', (image) => save(image))
 *
 * Node.js docs: class `Worker`.
 */
export class Worker<In = any, Out = any> extends EventEmitter {
  /**
   * @param filename an absolute path, a path that begins with `./` or `../` (relative to the working directory), a `file:` or `data:` URL
   *   object, or with `eval: true` source code. CommonJS or an ES module, as Node decides for that file. Or a worker written in Rust:
   *   `native:` and its name for one of {@link nativeWorkers}, or a library (`*.so`, `*.dylib`, `*.dll`) by path or URL, and `#` and the
   *   worker's name if it has several.
   * @throws TypeError `ERR_WORKER_PATH`: a relative path without `./`, or a URL as a string
   * @throws TypeError `ERR_INVALID_ARG_TYPE`: a path or an option of the wrong type
   * @throws TypeError `ERR_INVALID_ARG_VALUE`: an unknown `runtime`; `eval` with a URL; `argv`, `execArgv`, `env`, `stdin` or `runtime`
   *   for a worker written in Rust, which has no JavaScript; an option that a lean worker cannot have
   * @throws RangeError `ERR_OUT_OF_RANGE`: a limit that is not greater than 0
   * @throws Error `ERR_ACCESS_DENIED`: `--permission` without `--allow-worker`; without `--allow-fs-read` of a library's path
   * @throws Error `ERR_DLOPEN_FAILED`: not a worker library, or built with an incompatible SDK;
   *   `ERR_ISOTHREADS_NO_SUCH_WORKER`
   * @throws Error `ERR_WORKER_INVALID_EXEC_ARGV`: an option of Node that workers do not support
   * @throws DataCloneError `workerData` that cannot be cloned
   */
  constructor (filename: string | URL, options?: WorkerOptions)

  /**
   * Starts or ends spare workers, until there are `count` with these options. A spare worker has its thread, its isolate and its
   * environment, and waits for a program. `new Worker` with equal `codeGeneration`, `env`, `execArgv`, `resourceLimits`, `runtime` and
   * `trackUnmanagedFds` takes one that is ready, as do pools; all other options may differ. Spare workers end with this thread and do not keep it alive.
   *
   * @param count 0 ends those that there are
   * @returns resolves when they are ready; rejects with `ERR_WORKER_INIT_FAILED`
   */
  static prewarm (count: number, options?: PrewarmOptions): Promise<void>

  /** The worker's number, which it reads as {@link threadId}. -1 after its end. */
  readonly threadId: number

  /** The worker's {@link WorkerOptions.name}. `null` after its end. */
  readonly threadName: string | null

  /** What has ended the worker, as the `exit` event finds it. `null` before its end. */
  readonly exitReason: ExitReason | null

  /** The limits in force for this worker. Until its isolate exists: the given ones, and -1 for a default. After its end: {}. */
  readonly resourceLimits?: ResourceLimits | undefined

  /**
   * `performance.eventLoopUtilization()` of the worker, callable from here. All numbers are 0 before `online`, after the end, and for a
   * worker written in Rust.
   */
  readonly performance: Pick<Performance, 'eventLoopUtilization'>

  /** With `stdin: true`, the writing end of the worker's `process.stdin`; otherwise `null`. */
  readonly stdin: Writable | null

  /** The worker's `process.stdout`. Without `stdout: true` it is also piped to the parent's. All output arrives before `exit`. */
  readonly stdout: Readable

  /** The worker's `process.stderr`. Without `stderr: true` it is also piped to the parent's. All output arrives before `exit`. */
  readonly stderr: Readable

  /**
   * Sends a structured clone of the value, which arrives as `message` on the worker's {@link parentPort}. It does not wait for
   * the worker and cannot fail because of it: messages queue up before the worker runs, and are dropped after its end.
   *
   * @param value any value that the structured clone algorithm allows
   * @param transferList the objects that are moved or shared instead of cloned
   * @throws DataCloneError a part of the value or the list cannot cross; then nothing has been moved
   * @throws Error `ERR_ISOTHREADS_QUEUE_FULL`: {@link WorkerOptions.maxQueuedMessages} wait; nothing has been moved
   */
  postMessage (value: In, transferList?: TransferList | StructuredSerializeOptions): void

  /**
   * Ends the thread as soon as possible, also in an endless loop, in `Atomics.wait`, or before its first line. A call into native code
   * must return first; a worker written in Rust must check whether to stop. May be called at any time, any number of times.
   * No further code of the worker runs, not even `process.on('exit')`.
   *
   * @returns resolves with the exit code once the thread has ended; with `undefined` if it had ended before the call (the type is that of
   *   `@types/node`)
   */
  terminate (): Promise<number>

  /** As {@link Worker.terminate}, for `await using`. */
  [Symbol.asyncDispose] (): Promise<void>

  /**
   * A snapshot of the worker's heap. Like everything below, it is made in the middle of whatever the worker does, even an endless loop or
   * `Atomics.wait`. Only a call into native code must return first. A worker that has not started yet answers when it runs.
   *
   * @returns resolves with the snapshot, which is in memory and can be read after the worker's end; rejects with `ERR_WORKER_NOT_RUNNING`
   *   when the worker has ended or ends, and with `ERR_ISOTHREADS_NATIVE_UNSUPPORTED` for a worker written in Rust
   * @throws TypeError `ERR_INVALID_ARG_TYPE`
   */
  getHeapSnapshot (options?: HeapSnapshotOptions): Promise<Readable>

  /**
   * @returns resolves with `v8.getHeapStatistics()` of the worker; rejects as {@link Worker.getHeapSnapshot}
   */
  getHeapStatistics (): Promise<HeapInfo>

  /**
   * The processor time of the worker's thread. Also for a worker written in Rust, on Linux in steps of 10 milliseconds.
   *
   * @param prev an earlier result, which is subtracted
   * @returns resolves with microseconds; rejects with `ERR_WORKER_NOT_RUNNING`
   * @throws TypeError `ERR_INVALID_ARG_TYPE`
   * @throws RangeError `ERR_OUT_OF_RANGE`
   */
  cpuUsage (prev?: NodeJS.CpuUsage): Promise<NodeJS.CpuUsage>

  /**
   * Starts to record what the worker executes. Up to 100 profiles of a worker can be recorded at a time.
   *
   * @param options on Node 22, the name of the profile instead, which is required there
   * @returns rejects with `ERR_CPU_PROFILE_TOO_MANY`; on Node 22 with `ERR_CPU_PROFILE_ALREADY_STARTED` while a profile has this name;
   *   otherwise as {@link Worker.getHeapSnapshot}
   * @throws TypeError `ERR_INVALID_ARG_TYPE`
   * @throws RangeError `ERR_OUT_OF_RANGE`
   */
  startCpuProfile (options?: CpuProfileOptions | string): Promise<ProfileHandle>

  /**
   * Starts to record where the worker allocates memory. One profile of a worker can be recorded at a time.
   *
   * @returns rejects with `ERR_HEAP_PROFILE_HAVE_BEEN_STARTED`; otherwise as {@link Worker.getHeapSnapshot}
   * @throws TypeError `ERR_INVALID_ARG_TYPE`
   * @throws RangeError `ERR_OUT_OF_RANGE`
   */
  startHeapProfile (options?: HeapProfileOptions): Promise<ProfileHandle>

  /** Undoes {@link Worker.unref}: the worker keeps the parent's event loop alive again. Calls are not counted. */
  ref (): void

  /** Lets the parent's event loop end although this worker still runs; the worker is ended then. Calls are not counted. */
  unref (): void

  addListener<E extends EventName<WorkerEventMap>> (event: E, listener: Listener<WorkerEventMap<Out>, E>): this
  on<E extends EventName<WorkerEventMap>> (event: E, listener: Listener<WorkerEventMap<Out>, E>): this
  once<E extends EventName<WorkerEventMap>> (event: E, listener: Listener<WorkerEventMap<Out>, E>): this
  prependListener<E extends EventName<WorkerEventMap>> (event: E, listener: Listener<WorkerEventMap<Out>, E>): this
  prependOnceListener<E extends EventName<WorkerEventMap>> (event: E, listener: Listener<WorkerEventMap<Out>, E>): this
  removeListener<E extends EventName<WorkerEventMap>> (event: E, listener: Listener<WorkerEventMap<Out>, E>): this
  off<E extends EventName<WorkerEventMap>> (event: E, listener: Listener<WorkerEventMap<Out>, E>): this
  emit<E extends EventName<WorkerEventMap>> (event: E, ...args: Emitted<WorkerEventMap<Out>, E>): boolean
}
