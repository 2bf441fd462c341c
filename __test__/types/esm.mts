import threads, { MessageChannel, Worker, WorkerPool, type TaskContext, type WorkerOptions } from 'isothreads'
import * as namespace from 'isothreads'
import 'isothreads/register'
import 'isothreads/register.js'
import { expectType } from './expect.js'
import type * as tasks from './tasks/named.mjs'

expectType<typeof Worker>()(threads.Worker)
expectType<typeof Worker>()(namespace.Worker)
expectType<typeof namespace.SHARE_ENV>()(threads.SHARE_ENV)
const options: WorkerOptions = { name: 'worker' }
expectType<Worker<any, any>>()(new Worker(new URL('./worker.js', import.meta.url), options))
new MessageChannel().port1.on('message', (value) => expectType<any>()(value))
export const task = (data: string, { progress }: TaskContext) => progress(data)

const pool = new WorkerPool<typeof tasks>(new URL('./tasks/named.mjs', import.meta.url))
expectType<Promise<number>>()(pool.exec('text', { name: 'lengthOf' }))
// @ts-expect-error there is no such function
pool.exec('text', { name: 'length' })
// @ts-expect-error there is no such export
void threads.WorkerThread
// @ts-expect-error there is no such subpath
await import('isothreads/lib/node/worker')
