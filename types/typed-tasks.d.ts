// The methods of a WorkerPool that call functions: typed if the pool has a type for the worker file, untyped otherwise.

import { Transform } from 'node:stream'
import { MapOptions, TaskContext, TaskOptions } from './pool-tasks'

export {}

type TaskFunction = (data: any, context: TaskContext) => unknown

// The lookup of functions in workers: lib/node/bootstrap/pool-worker.js.
type Exported<Tasks> = Awaited<Tasks extends { default: infer Default } ? Default : Tasks>

type Named<Exports> = Exports extends PromiseLike<unknown> ? {} : {
  [Name in Exclude<keyof Exports, 'default' | 'module.exports' | 'teardown'> as Exports[Name] extends TaskFunction ? Name : never]: Exports[Name]
}

type Default<Exports> =
  Exports extends TaskFunction ? { default: Exports } :
  Exports extends { default: infer Function extends TaskFunction } ? { default: Function } : {}

type Functions<Tasks> = Named<Tasks> & Named<Exported<Tasks>> & Default<Exported<Tasks>>

/** The names of a worker file's functions, `'default'` among them: `TaskName<typeof import('./tasks.js')>`. */
export type TaskName<Tasks> = string & keyof Functions<Tasks>

type TaskCalled<Tasks, Name> = Name extends keyof Functions<Tasks> ? Functions<Tasks>[Name] : never

type InputOf<Function> = Function extends (...args: infer Arguments) => unknown ? Arguments extends [] ? undefined : Arguments[0] : never

/** The data that a function of a worker file takes. */
export type TaskInput<Tasks, Name extends TaskName<Tasks> = DefaultName<Tasks>> =
  Name extends unknown ? InputOf<TaskCalled<Tasks, Name>> : never

/** The result of a task: promises are resolved, and async iterables arrive as iterators. */
export type TaskResult<Result> = Awaited<Result> extends AsyncIterable<infer Value> ? AsyncIterableIterator<Value> : Awaited<Result>

/** The result of a function of a worker file. */
export type TaskOutput<Tasks, Name extends TaskName<Tasks> = DefaultName<Tasks>> =
  TaskCalled<Tasks, Name> extends (...args: any) => infer Result ? TaskResult<Result> : never

// Without a default function, `name` is required. The template literal makes errors list the names instead of the type.
type HasDefault<Tasks> = 'default' extends TaskName<Tasks> ? true : false
type DefaultName<Tasks> = 'default' extends TaskName<Tasks> ? 'default' & TaskName<Tasks> : `${TaskName<Tasks>}` & TaskName<Tasks>

type MapArguments<Tasks, Name> =
  HasDefault<Tasks> extends true ? [options?: MapOptions & { name?: Name }] : [options: MapOptions & { name: Name }]

type ExecArguments<Tasks, Name extends TaskName<Tasks>> =
  HasDefault<Tasks> extends false ? [data: TaskInput<Tasks, Name>, options: TaskOptions & { name: Name }] :
  undefined extends TaskInput<Tasks> ? [data?: TaskInput<Tasks, Name>, options?: TaskOptions & { name?: Name }] :
  [data: TaskInput<Tasks, Name>, options?: TaskOptions & { name?: Name }]

type Items<Item> = readonly (Item | PromiseLike<Item>)[] | Iterable<Item | PromiseLike<Item>> | AsyncIterable<Item>

/** {@link WorkerPool.stream}: chunks of the type `In` become chunks of the type `Out`. */
export interface TaskStream<In, Out> extends Transform {
  write (chunk: In, callback?: (error: Error | null | undefined) => void): boolean
  write (chunk: In, encoding: BufferEncoding, callback?: (error: Error | null | undefined) => void): boolean
  read (size?: number): Out | null
  [Symbol.asyncIterator] (): AsyncGenerator<Out, undefined, any>
}

interface TypedMethods<Tasks> {
  exec<Name extends TaskName<Tasks> = DefaultName<Tasks>> (...args: ExecArguments<Tasks, Name>): Promise<TaskOutput<Tasks, Name>>
  map<Name extends TaskName<Tasks> = DefaultName<Tasks>> (
    items: Items<TaskInput<Tasks, Name>>, ...options: MapArguments<Tasks, Name>
  ): AsyncGenerator<TaskOutput<Tasks, Name>, void>
  stream<Name extends TaskName<Tasks> = DefaultName<Tasks>> (
    ...options: MapArguments<Tasks, Name>
  ): TaskStream<TaskInput<Tasks, Name>, TaskOutput<Tasks, Name>>
}

// A function that is sent to a worker needs no name and gets no context.
type FunctionOptions = Omit<TaskOptions, 'name' | 'onProgress' | 'onMessage'>

interface UntypedMethods {
  /**
   * Runs a function in a worker: its source is evaluated there and called with clones of these arguments. The variables around the function
   * do not exist there; `require` does, relative to the working directory. The function gets no {@link TaskContext}.
   */
  exec<Result = any, Arguments extends any[] = any[]> (
    task: (...args: Arguments) => Result, args?: Arguments, options?: FunctionOptions
  ): Promise<TaskResult<Result>>
  exec<Result = any> (data?: unknown, options?: TaskOptions): Promise<Result>
  map<Result = any> (items: Items<any>, options?: MapOptions): AsyncGenerator<Result, void>
  stream (options?: MapOptions): Transform
}

// True for `any` only.
export type TaskMethods<Tasks> = 0 extends 1 & Tasks ? UntypedMethods : TypedMethods<Tasks>
