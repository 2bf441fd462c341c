// The same exports as a CommonJS module sees them.

import { WorkerPool, type TaskName } from 'isothreads'
import { expectType } from './expect'

type Resize = typeof import('./tasks/common-js.cjs')
type Started = typeof import('./tasks/started.cjs')

const pool = new WorkerPool<Resize>('./tasks/common-js.cjs')
expectType<Promise<Uint8Array>>()(pool.exec({ width: 1 }))
expectType<Promise<Uint8Array>>()(pool.exec(new Uint8Array(1), { name: 'invert' }))
expectType<TaskName<Resize>>()('invert' as 'default' | 'invert')
// @ts-expect-error there is no such function
pool.exec(new Uint8Array(1), { name: 'reverse' })

const started = new WorkerPool<Started>('./tasks/started.cjs')
expectType<Promise<number>>()(started.exec('text', { name: 'lengthOf' }))
expectType<TaskName<Started>>()('lengthOf' as const)
// @ts-expect-error that is a method of the promise
started.exec(() => {}, { name: 'catch' })
