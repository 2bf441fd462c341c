import { nativeWorkers, type NativeWorkerInfo, Worker, WorkerPool } from 'isothreads'
import { expectType } from './expect'

expectType<NativeWorkerInfo[]>()(nativeWorkers())
expectType<NativeWorkerInfo[]>()(nativeWorkers(new URL('file:///target/release/libthumbnails.so')))
for (const { name, specifier, kind, description } of nativeWorkers('./target/release/libthumbnails.so')) {
  expectType<string[]>()([name, specifier, description])
  expectType<'function' | 'conversation'>()(kind)
}
// @ts-expect-error a path or a URL
nativeWorkers(1)

new Worker('native:fib', { workerData: { n: 45 } }).on('message', (result: number) => result)

const pool = new WorkerPool('./target/release/libthumbnails.so')
pool.exec<Uint8Array>({ width: 320 }, { name: 'thumbnail' }).then(({ length }) => expectType<number>()(length))
