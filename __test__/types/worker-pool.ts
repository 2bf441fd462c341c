import { AsyncLocalStorage } from 'node:async_hooks'
import { Transform } from 'node:stream'
import { taskStorage, Worker, WorkerPool } from 'isothreads'
import type {
  CallerPort, MapOptions, PoolHistogram, QueuedTask, RecycleOptions, TaskContext, TaskOptions, TaskPort, TaskQueue, WorkerPoolOptions, WorkerPoolStats
} from 'isothreads'
import { expectType } from './expect'

// ---- the pool ----

const pool = new WorkerPool('./tasks.js', 4)
new WorkerPool('./tasks.js')
new WorkerPool(new URL('file:///tasks.js'))
new WorkerPool({})

const waiting: QueuedTask[] = []
const taskQueue: TaskQueue = {
  push: (task) => { waiting.unshift(task) },
  shift: () => waiting.sort((a, b) => a.data.size - b.data.size).shift(),
  remove: (task) => { waiting.splice(waiting.indexOf(task), 1) },
  get size () { return waiting.length }
}
expectType<TaskOptions | undefined>()(waiting[0]?.options)

const recycle: RecycleOptions = { tasks: 1000, memory: 200, age: 60_000 }
const options: WorkerPoolOptions = {
  filename: new URL('file:///tasks.js'),
  minThreads: 0,
  maxThreads: 1.5,
  idleTimeout: Infinity,
  maxQueue: 100,
  concurrentTasksPerWorker: 8,
  taskTimeout: 5000,
  retries: 2,
  recycle,
  closeTimeout: 1000,
  recordTiming: true,
  taskQueue,
  asyncLocalStorage: new AsyncLocalStorage<{ user: string }>(),
  runtime: 'node',
  name: 'resizer',
  workerData: 1,
  env: { NAME: 'value' },
  argv: [1],
  execArgv: ['--no-warnings'],
  resourceLimits: { stackSizeMb: 1 },
  stdout: true,
  stderr: true,
  trackUnmanagedFds: false
}
new WorkerPool(options)
new WorkerPool({ filename: './tasks.js', maxQueue: 'auto', taskQueue: 'lifo' })

// @ts-expect-error there must be something
new WorkerPool()
// @ts-expect-error the size is a number
new WorkerPool('./tasks.js', '4')
// @ts-expect-error as an option it has another name
new WorkerPool({ filename: './tasks.js', size: 4 })
// @ts-expect-error options are one argument
new WorkerPool(options, 4)
// @ts-expect-error no such word
new WorkerPool({ maxQueue: 'none' })
// @ts-expect-error it is not a number
new WorkerPool({ idleTimeout: '30s' })
// @ts-expect-error no such order
new WorkerPool({ taskQueue: 'random' })
// @ts-expect-error a queue must be able to remove tasks
new WorkerPool({ taskQueue: { push: () => {}, shift: () => null, size: 0 } })
// @ts-expect-error no such limit
new WorkerPool({ recycle: { time: 1 } })
// @ts-expect-error a class of Node's
new WorkerPool({ asyncLocalStorage: new Map() })
// @ts-expect-error each worker would need it
new WorkerPool({ workerData: 1, transferList: [new ArrayBuffer(1)] })
// @ts-expect-error it could not be written to
new WorkerPool({ stdin: true })
// @ts-expect-error a worker file is a file
new WorkerPool({ eval: true })
new WorkerPool({ runtime: 'lean', moduleRoots: ['./lib'], expose: { log: console.log }, maxHostCalls: 10 })

// ---- tasks ----

const taskOptions: TaskOptions = {
  name: 'resize',
  transferList: [new ArrayBuffer(1)],
  signal: AbortSignal.abort(),
  abortGrace: 0,
  priority: -1,
  affinity: 'user 1',
  timeout: 100,
  queueTimeout: 100,
  retries: 3,
  onProgress: (value) => value.step,
  onMessage: (value, port) => {
    expectType<CallerPort>()(port)
    port.postMessage(value, [new ArrayBuffer(1)])
  }
}
const functionOptions = { timeout: 100, retries: 1, priority: 1, signal: AbortSignal.abort() }

expectType<Promise<any>>()(pool.exec({ n: 1 }, taskOptions))
expectType<Promise<any>>()(pool.exec())
expectType<Promise<any>>()(pool.exec(1, { affinity: 1 }))
expectType<Promise<string>>()(pool.run<string>(1))
async function * numbers () { yield 1 }
expectType<Promise<number>>()(pool.exec<number>(numbers(), { name: 'sum' }))
pool.exec<AsyncIterableIterator<string>>('text', { name: 'lines' }).then(async (lines) => {
  for await (const line of lines) expectType<string>()(line)
  await lines.return?.()
})
expectType<Promise<number>>()(pool.exec((a: number, b: number) => a + b, [1, 2]))
expectType<Promise<number>>()(pool.exec(() => 1))
expectType<Promise<string>>()(pool.run(async (text: string) => text, ['a'], functionOptions))
expectType<Promise<AsyncIterableIterator<number>>>()(pool.exec(numbers))

// @ts-expect-error the function takes a number
pool.exec((a: number) => a, ['1'])
// @ts-expect-error it has a name already
pool.exec(() => 1, [], { name: 'one' })
// @ts-expect-error it has no context to post with
pool.exec(() => 1, [], { onProgress: () => {} })
// @ts-expect-error no such option
pool.exec(1, { nmae: 'resize' })
// @ts-expect-error the signal, not its controller
pool.exec(1, { signal: new AbortController() })
// @ts-expect-error an object cannot be transferred
pool.exec(1, { transferList: [{}] })
// @ts-expect-error a name or a number
pool.exec(1, { affinity: {} })
// @ts-expect-error one thing after the other
pool.exec(1, { onMessage: (value, port) => port.on('message', () => value) })

// ---- in the task ----

export const task = async (data: string, context: TaskContext) => {
  context.progress({ step: 1 })
  context.signal.throwIfAborted()
  expectType<TaskPort>()(context.port)
  context.port.postMessage(data, [new ArrayBuffer(1)])
  context.port.on('message', (value) => value.answer)
  expectType<any>()(context.store)
  expectType<any>()(taskStorage.getStore())
  // @ts-expect-error read only
  context.signal = AbortSignal.abort()
  // @ts-expect-error it cannot be transferred
  context.move({})
  return context.move(new ArrayBuffer(1))
}
expectType<AsyncLocalStorage<any>>()(taskStorage)

// ---- many tasks ----

const mapOptions: MapOptions = { concurrency: 4, ordered: false, name: 'double', signal: AbortSignal.abort(), timeout: 1, retries: 1 }
expectType<AsyncGenerator<number, void>>()(pool.map<number>([1, 2], mapOptions))
expectType<AsyncGenerator<any, void>>()(pool.map(numbers()))
expectType<Transform>()(pool.stream(mapOptions))
pool.stream()
pool.broadcast({ version: 2 })
pool.broadcast({ version: 2 }, { name: 'version' })

// @ts-expect-error a number is not a sequence
pool.map(1)
// @ts-expect-error each item would need its own
pool.map([1], { transferList: [] })
// @ts-expect-error it is not a word
pool.stream({ ordered: 'yes' })
// @ts-expect-error nothing is transferred to several
pool.broadcast(1, [new ArrayBuffer(1)])

// ---- workers ----

expectType<Promise<void>>()(pool.ready)
expectType<Promise<void>>()(pool.prewarm())
expectType<Promise<void>>()(pool.prewarm(2))
expectType<void>()(pool.resize(1))
expectType<void>()(pool.resize(1, 4))
expectType<Promise<void>>()(pool.recycleWorkers())
expectType<Promise<void>>()(pool.close())
expectType<Promise<void>>()(pool.close({ timeout: 1000 }))
expectType<Promise<void>>()(pool.destroy())
expectType<Promise<void>>()(pool[Symbol.asyncDispose]())

// @ts-expect-error how many?
pool.resize()
// @ts-expect-error it is in the options
pool.close(1000)

// ---- events and state ----

expectType<number>()(pool.threads)
expectType<number>()(pool.idleThreads)
expectType<number>()(pool.queueSize)
expectType<boolean>()(pool.needsDrain)
expectType<number>()(pool.completed)
expectType<number>()(pool.failed)
expectType<number | undefined>()(pool.utilization)
expectType<PoolHistogram | undefined>()(pool.histogram)
expectType<WorkerPoolStats>()(pool.stats())
const { minThreads, maxThreads, pending, histogram } = pool.stats()
expectType<number[]>()([minThreads, maxThreads, pending])
expectType<number | undefined>()(histogram?.runTime.p99)
expectType<number | undefined>()(pool.histogram?.waitTime.mean)

// @ts-expect-error read only
pool.threads = 2
// @ts-expect-error it may be undefined
pool.histogram.runTime

pool.on('workerCreate', (worker) => expectType<Worker>()(worker))
pool.on('workerDestroy', (worker: Worker, code: number, error) => [worker.threadId, code, error?.message])
pool.on('message', (value, worker) => [value, worker.threadId])
pool.once('error', (error) => error.code)
for (const event of ['drain', 'needsDrain', 'close'] as const) pool.on(event, () => {})

// @ts-expect-error it has no argument
pool.on('drain', (count: number) => count)
