/** A worker written in Rust. */
export interface NativeWorkerInfo {
  /** The name that `exec()` takes, and the part behind the `#` of its library. */
  name: string
  /** The argument for `new Worker()`. */
  specifier: string
  /**
   * A `function` takes a value and returns one. With `workerData` (or when it takes no argument) it is called once, and its result is a
   * message; otherwise it answers every message. A pool calls it for a task. A `conversation` receives and posts freely until it returns;
   * it needs a {@link Worker}.
   */
  kind: 'function' | 'conversation'
  /** Its author's description. */
  description: string
}

/**
 * Lists workers written in Rust: those of this package (`native:fib`, `native:processor`), or those of a library. The library is loaded,
 * and stays loaded until the process ends.
 *
 * @param library a path or URL as for {@link Worker}
 * @throws Error `ERR_ACCESS_DENIED`: `--permission` without `--allow-fs-read` of the library's path
 * @throws Error `ERR_DLOPEN_FAILED`: the file is not a library of workers
 *
 * Not part of Node.js. The guide: docs/native.md.
 */
export function nativeWorkers (library?: string | URL): NativeWorkerInfo[]
