import { Transform } from 'node:stream'
import { Worker, WorkerPool, type TaskInput, type TaskName, type TaskOutput, type TaskStream } from 'isothreads'
import { expectType } from './expect.js'

type Tasks = typeof import('./tasks/named.mjs')

// ---- functions by name ----

const pool = new WorkerPool<Tasks>({ filename: './tasks/named.mjs', maxThreads: 2 })
expectType<Promise<number>>()(pool.exec('text', { name: 'lengthOf' }))
expectType<Promise<number>>()(pool.run('text', { name: 'lengthOf', timeout: 100, onProgress: (value) => value }))
expectType<Promise<{ bytes: Uint8Array, buffer: ArrayBuffer }>>()(pool.exec(new Uint8Array(1), { name: 'copied' }))
expectType<Promise<AsyncIterableIterator<number>>>()(pool.exec(3, { name: 'count' }))
expectType<Promise<number>>()(pool.exec(process.stdin, { name: 'lines' }))
expectType<Promise<number>>()(pool.exec(undefined, { name: 'now' }))
expectType<Promise<Date | undefined>>()(pool.exec(undefined, { name: 'maybe' }))

// @ts-expect-error no such function
pool.exec('text', { name: 'length' })
// @ts-expect-error it takes text
pool.exec(1, { name: 'lengthOf' })
// @ts-expect-error it takes data
pool.exec(undefined, { name: 'lengthOf' })
// @ts-expect-error it takes no data
pool.exec(1, { name: 'now' })
// @ts-expect-error which one?
pool.exec('text')
// @ts-expect-error which one?
pool.exec('text', { timeout: 100 })
// @ts-expect-error no such option
pool.exec('text', { name: 'lengthOf', timeuot: 100 })
// @ts-expect-error its second argument would be the context
pool.exec(1, { name: 'add' })
// @ts-expect-error it is for the pool itself
pool.exec(undefined, { name: 'teardown' })
// @ts-expect-error not a function
pool.exec(undefined, { name: 'version' })
// @ts-expect-error not a task, but a class
pool.exec(undefined, { name: 'Counter' })
// @ts-expect-error the result is a number
const text: string = await pool.run('text', { name: 'lengthOf' })

// ---- a function by default ----

const withDefault = new WorkerPool<typeof import('./tasks/default.mjs')>('./tasks/default.mjs')
expectType<Promise<Uint8Array>>()(withDefault.exec({ width: 1 }))
expectType<Promise<Uint8Array>>()(withDefault.exec({ width: 1 }, { timeout: 100 }))
expectType<Promise<Uint8Array>>()(withDefault.exec(new Uint8Array(1), { name: 'invert' }))
// @ts-expect-error the argument of another function
withDefault.exec(new Uint8Array(1))
// @ts-expect-error it takes data
withDefault.exec()
// @ts-expect-error misspelt
withDefault.exec({ widht: 1 })
// @ts-expect-error no such function
withDefault.exec(new Uint8Array(1), { name: 'inverted' })

const commonJS = new WorkerPool<typeof import('./tasks/common-js.cjs')>('./tasks/common-js.cjs')
expectType<Promise<Uint8Array>>()(commonJS.exec({ width: 1 }))
expectType<Promise<Uint8Array>>()(commonJS.exec(new Uint8Array(1), { name: 'invert' }))
expectType<TaskName<typeof import('./tasks/common-js.cjs')>>()('invert' as 'default' | 'invert')
// @ts-expect-error it takes an object
commonJS.exec(1)

const started = new WorkerPool<typeof import('./tasks/started.cjs')>('./tasks/started.cjs')
expectType<Promise<number>>()(started.exec('text', { name: 'lengthOf' }))
// @ts-expect-error which one?
started.exec('text')

// ---- interfaces and single functions: workers in Rust, files that answer on their parentPort ----

interface Thumbnails {
  thumbnail (input: { data: Uint8Array, width: number }): Uint8Array
  measure (data: Uint8Array): { width: number, height: number }
}
const thumbnails = new WorkerPool<Thumbnails>('./target/release/libthumbnails.so')
expectType<Promise<Uint8Array>>()(thumbnails.exec({ data: new Uint8Array(1), width: 320 }, { name: 'thumbnail' }))
// @ts-expect-error misspelt
thumbnails.exec({ data: new Uint8Array(1), widht: 320 }, { name: 'thumbnail' })
// @ts-expect-error no such function
thumbnails.exec(new Uint8Array(1), { name: 'mesure' })

const fib = new WorkerPool<(input: { n: number }) => number>('native:fib')
expectType<Promise<number>>()(fib.exec({ n: 45 }))
// @ts-expect-error not a number
fib.exec({ n: '45' })
const ticks = new WorkerPool<() => number>('./ticks.js')
expectType<Promise<number>>()(ticks.exec())

// ---- many tasks ----

expectType<AsyncGenerator<number, void>>()(pool.map(['a', 'b'], { name: 'lengthOf', concurrency: 4 }))
expectType<AsyncGenerator<number, void>>()(pool.map([Promise.resolve('a')], { name: 'lengthOf' }))
expectType<AsyncGenerator<Uint8Array, void>>()(withDefault.map(new Set([{ width: 1 }])))
for await (const size of pool.map(await pool.exec(3, { name: 'count' }), { name: 'count' })) expectType<AsyncIterableIterator<number>>()(size)
// @ts-expect-error they take text
pool.map([1, 2], { name: 'lengthOf' })
// @ts-expect-error no such function
pool.map(['a'], { name: 'length' })
// @ts-expect-error which one?
pool.map(['a'])
// @ts-expect-error each item would need its own
pool.map(['a'], { name: 'lengthOf', transferList: [] })

const stream = pool.stream({ name: 'lengthOf', ordered: false })
expectType<TaskStream<string, number>>()(stream)
for await (const size of stream) expectType<number>()(size)
stream.write('text')
expectType<Transform>()(stream.pipe(new Transform()))
expectType<TaskStream<{ width: number }, Uint8Array>>()(withDefault.stream())
// @ts-expect-error it takes text
stream.write(1)
// @ts-expect-error no such function
pool.stream({ name: 'length' })
// @ts-expect-error which one?
pool.stream()

// ---- broadcasts ----

const prices = new WorkerPool<(name: string) => number, { apple: number }>('./prices.js')
prices.broadcast({ apple: 3 }, { name: 'prices' })
// @ts-expect-error not a number
prices.broadcast({ apple: '3' })

// ---- the types by themselves ----

expectType<TaskName<Tasks>>()('count' as 'lengthOf' | 'copied' | 'count' | 'lines' | 'now' | 'maybe')
expectType<TaskInput<Tasks, 'lengthOf'>>()('text' as string)
expectType<TaskOutput<Tasks, 'lengthOf'>>()(4 as number)
expectType<TaskInput<typeof import('./tasks/default.mjs')>>()({ width: 1 } as { width: number })

// Any pool is accepted where its tasks do not matter.
function closeAll (pools: WorkerPool[]) {
  return Promise.all(pools.map((one) => one.close()))
}
closeAll([pool, withDefault, thumbnails, fib, new WorkerPool('./tasks.js')])

// ---- messages ----

const worker = new Worker<{ n: number }, number>('./fib.js')
worker.postMessage({ n: 40 })
worker.on('message', (result) => expectType<number>()(result)).once('exit', (code) => expectType<number>()(code))
worker.emit('message', 1)
// @ts-expect-error it takes an object
worker.postMessage(40)
// @ts-expect-error it answers with a number
worker.on('message', (result: string) => result)
// @ts-expect-error it answers with a number
worker.emit('message', 'text')
const anyWorker: Worker = worker
anyWorker.postMessage('anything')
