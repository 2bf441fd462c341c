/// <reference types="node" />

// Types of isothreads: the API of Node's `worker_threads`, on Rust threads. "Node.js docs" in the comments means the chapter
// "Worker threads" of Node's manual. Streams, `EventEmitter` and `URL` are Node's own: `@types/node` (20 or later) must be installed.

export * from './types/thread'
export * from './types/worker'
export * from './types/ports'
export * from './types/web-locks'
export * from './types/transfer'
export * from './types/native'
export * from './types/pool'
export * from './types/pool-options'
export * from './types/pool-tasks'
export { TaskInput, TaskName, TaskOutput, TaskStream } from './types/typed-tasks'
export * from './types/shared/atomic-view'
export * from './types/shared/locks'
export * from './types/shared/coordination'
export * from './types/shared/queue'
export * from './types/shared/ring'
