import { WorkerPool, Worker } from 'isothreads'
import type { WorkerPoolOptions, TaskOptions } from 'isothreads'

const pool = new WorkerPool('./tasks.js', 4)
new WorkerPool(new URL('file:///tasks.js'))
const options: WorkerPoolOptions = { filename: './tasks.js', maxThreads: 2, concurrentTasksPerWorker: 8, maxQueue: 100, workerData: 1, resourceLimits: { stackSizeMb: 1 } }
new WorkerPool(options)
const taskOptions: TaskOptions = { name: 'resize', priority: 1, signal: AbortSignal.abort(), transferList: [new ArrayBuffer(1)] }

const anything: Promise<any> = pool.exec({ n: 1 }, taskOptions)
const text: Promise<string> = pool.run<string>(1)
const counts: number[] = [pool.threads, pool.queueSize, pool.completed, pool.failed]
const ended: Promise<void>[] = [pool.close(), pool.destroy(), pool[Symbol.asyncDispose]()]
const mapped: AsyncGenerator<number, void> = pool.map<number>([1, 2], { concurrency: 4, ordered: false, name: 'double' })
pool.on('workerDestroy', (worker: Worker, code: number) => [worker.threadId, code])
pool.on('message', (value, worker) => [value, worker.threadId])

// @ts-expect-error the size is a number
new WorkerPool('./tasks.js', '4')
const summed: Promise<number> = pool.exec((a: number, b: number) => a + b, [1, 2])
const later: Promise<string> = pool.run(async (text: string) => text, ['a'], { timeout: 100 })
// @ts-expect-error the function takes a number
pool.exec((a: number) => a, ['1'])
// @ts-expect-error read only
pool.threads = 2
// @ts-expect-error no such event
pool.on('finish', () => {})

export { summed, later, anything, text, mapped, counts, ended }
