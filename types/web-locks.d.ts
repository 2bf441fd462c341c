/** What {@link LockManager.request} takes besides the name. */
export interface LockOptions {
  /** Many may hold a shared lock at the same time, but only one an exclusive lock. Default: `'exclusive'`. */
  mode?: 'exclusive' | 'shared' | undefined
  /** Does not wait: if the lock is not free, the callback gets `null`. */
  ifAvailable?: boolean | undefined
  /** Takes the lock from those who hold it. Their requests are rejected with an `AbortError`, and their callbacks go on. */
  steal?: boolean | undefined
  /** Ends the wait. It has no effect on a lock that is held. */
  signal?: AbortSignal | undefined
}

/** A named lock while it is held. */
export interface Lock {
  readonly name: string
  readonly mode: 'exclusive' | 'shared'
}

export interface LockInfo {
  name: string
  mode: 'exclusive' | 'shared'
  /** `node-`, the process's id, and the thread's id; in a lean worker `lean-` and the thread's id. */
  clientId: string
}

/** What a thread holds and waits for. */
export interface LockManagerSnapshot {
  held: LockInfo[]
  pending: LockInfo[]
}

/** The type of {@link locks}. */
export interface LockManager {
  /**
   * Calls the callback once the lock is free, and holds the lock until the promise that the callback returns has settled.
   *
   * @param name any text that does not begin with `-`
   * @returns a promise of the callback's result
   * @throws DOMException `AbortError`: the signal ended the wait, or the lock was stolen
   * @throws DOMException `NotSupportedError`: options that contradict each other
   */
  request<T> (name: string, callback: (lock: Lock) => T | PromiseLike<T>): Promise<T>
  request<T> (name: string, options: LockOptions, callback: (lock: Lock | null) => T | PromiseLike<T>): Promise<T>

  /** What this thread holds and waits for. */
  query (): Promise<LockManagerSnapshot>
}

/**
 * Locks with names, which all threads of the process share. From Node 24 on they are Node's own (`navigator.locks`). A thread that ends
 * releases what it holds and what it waits for. A request that waits does not keep the event loop alive.
 *
 * @example
 * await locks.request('the file', async () => {
 *   // No other thread is here at the same time.
 * })
 *
 * Node.js docs: `worker.locks`. This package has it on every version of Node.js.
 */
export const locks: LockManager
