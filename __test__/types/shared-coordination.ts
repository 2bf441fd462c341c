import { Barrier, Condvar, Latch, Once, structuredClone, type MutexGuard, type OnceState } from 'isothreads'
import { expectType } from './expect'

declare const guard: MutexGuard
const buffer = new SharedArrayBuffer(64)
const { signal } = new AbortController()

const condvar = new Condvar()
expectType<Condvar>()(new Condvar(buffer, 4))
expectType<Condvar>()(structuredClone(condvar))
expectType<number>()(Condvar.byteLength)
expectType<SharedArrayBuffer>()(condvar.buffer)
expectType<void>()(condvar.wait(guard, { timeout: 10, blockMainThread: true, signal }))
expectType<Promise<void>>()(condvar.waitAsync(guard, { timeout: undefined, signal: undefined }))
expectType<void>()(condvar.notifyOne())
expectType<void>()(condvar.notifyAll())
// @ts-expect-error without a guard
condvar.wait()
// @ts-expect-error a promise does not block
condvar.waitAsync(guard, { blockMainThread: true })
// @ts-expect-error not a buffer
new Condvar([0])

const barrier = new Barrier(2, buffer, 8)
expectType<boolean>()(barrier.wait())
expectType<Promise<boolean>>()(barrier.waitAsync({ signal }))
expectType<void>()(barrier.reset())
expectType<void>()(barrier.leave())
expectType<boolean>()(barrier.broken)
expectType<number>()(barrier.waiting)
expectType<number>()(barrier.parties)
// @ts-expect-error how many?
new Barrier()
// @ts-expect-error not to be assigned
barrier.parties = 3

const latch = new Latch(3)
expectType<void>()(latch.countDown())
expectType<void>()(latch.countDown(2))
expectType<number>()(latch.count)
expectType<void>()(latch.wait({ timeout: 1 }))
expectType<Promise<void>>()(latch.waitAsync({ timeout: 1 }))
// @ts-expect-error how many?
new Latch(buffer)

const once = new Once()
expectType<boolean>()(once.call(({ poisoned }) => expectType<boolean>()(poisoned)))
expectType<Promise<boolean>>()(once.callAsync(async (state) => expectType<OnceState>()(state), { signal }))
expectType<boolean>()(once.done)
// @ts-expect-error without a function
once.call()
