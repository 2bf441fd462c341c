import { Mutex, type MutexGuard, type Permit, type ReadGuard, RwLock, Semaphore, type WriteGuard } from 'isothreads'
import { expectType } from './expect'

const buffer = new SharedArrayBuffer(64)
const signal = new AbortController().signal

const mutex = new Mutex()
expectType<Mutex>()(new Mutex(buffer, 4))
expectType<number>()(Mutex.byteLength)
expectType<SharedArrayBuffer>()(mutex.buffer)
expectType<number>()(mutex.byteOffset)
expectType<number>()(mutex.byteLength)
expectType<boolean>()(mutex.locked)
expectType<MutexGuard>()(mutex.lock())
expectType<MutexGuard>()(mutex.lock({ timeout: 5, blockMainThread: true, signal }))
expectType<Promise<MutexGuard>>()(mutex.lockAsync({ timeout: 5, signal }))
expectType<MutexGuard | null>()(mutex.tryLock())
// @ts-expect-error not shared
new Mutex(new Uint8Array(4))
// @ts-expect-error a promise does not block
mutex.lockAsync({ blockMainThread: true })

const guard = mutex.lock()
expectType<boolean>()(guard.poisoned)
expectType<boolean>()(guard.held)
expectType<void>()(guard.release())
expectType<void>()(guard[Symbol.dispose]())
// @ts-expect-error made by locks only
new MutexGuard(mutex)

const lock = new RwLock(buffer, 8)
expectType<number>()(RwLock.byteLength)
expectType<number>()(lock.readers)
expectType<boolean>()(lock.writing)
expectType<ReadGuard>()(lock.read({ timeout: 5 }))
expectType<Promise<ReadGuard>>()(lock.readAsync({ signal }))
expectType<ReadGuard | null>()(lock.tryRead())
expectType<WriteGuard>()(lock.write({ blockMainThread: true }))
expectType<Promise<WriteGuard>>()(lock.writeAsync())
expectType<WriteGuard | null>()(lock.tryWrite())

const semaphore = new Semaphore(3, buffer, 12)
expectType<number>()(Semaphore.byteLength)
expectType<number>()(semaphore.available)
expectType<Permit>()(semaphore.acquire())
expectType<Permit>()(semaphore.acquire(2, { timeout: 5 }))
expectType<Promise<Permit>>()(semaphore.acquireAsync(undefined, { signal }))
expectType<Permit | null>()(semaphore.tryAcquire(2))
expectType<void>()(semaphore.release())
expectType<void>()(semaphore.release(2))
expectType<void>()(semaphore.acquire().forget())
expectType<number>()(semaphore.acquire().count)
// @ts-expect-error how many
new Semaphore()
// @ts-expect-error a number comes first
semaphore.acquire({ timeout: 5 })
