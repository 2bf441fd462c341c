import { WorkerPool } from 'isothreads'
import * as tasks from '../../tasks'
import { expectType } from './expect'

const pool = new WorkerPool<tasks.Tasks>(tasks.library)
const photograph = new Uint8Array(1)

expectType<Promise<tasks.Image>>()(pool.exec({ data: photograph, width: 320 }, { name: 'resize', transferList: [photograph.buffer] }))
expectType<Promise<string | Uint8Array>>()(pool.exec({ algorithm: 'sha256', data: 'text' }, { name: 'hash' }))
expectType<AsyncGenerator<tasks.ImageInfo, void>>()(pool.map([{ data: photograph }], { name: 'imageInfo' }))
expectType<tasks.Input<'resize'>>()({} as tasks.ResizeInput)
expectType<tasks.Result<'resize'>>()({} as tasks.Image)
// @ts-expect-error there is no such task
pool.exec({ data: photograph }, { name: 'sharpen' })
// @ts-expect-error there is no such algorithm
pool.exec({ algorithm: 'md5', data: 'text' }, { name: 'hash' })
// @ts-expect-error which one?
pool.exec({ data: photograph })
