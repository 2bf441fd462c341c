/** A worker written in Rust. */
export interface NativeWorkerInfo {
  /** The name for `exec()`, and for the part of a specifier after the `#`. */
  name: string
  /** The argument for `new Worker()`. */
  specifier: string
  /**
   * A `function` takes a value and returns one. With `workerData` (or if it takes no argument) it is called once, and its result is
   * posted; otherwise it answers every message. A pool calls it for each task. A `conversation` receives and posts freely until it returns;
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
 * @throws Error `ERR_DLOPEN_FAILED`: not a worker library
 *
 * Not part of Node.js. The guide: docs/native.md.
 */
export function nativeWorkers (library?: string | URL): NativeWorkerInfo[]
