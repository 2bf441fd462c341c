import { AtomicView, type AtomicViewElement, type AtomicViewType } from 'isothreads'
import { expectType } from './expect'

const buffer = new SharedArrayBuffer(64)

const ints = new AtomicView(buffer)
expectType<AtomicView<'int32'>>()(ints)
expectType<Int32Array>()(ints.array)
expectType<'int32'>()(ints.type)
expectType<AtomicView<'int32'>>()(new AtomicView(buffer, { byteOffset: 8, length: 2 }))

const doubles = new AtomicView(buffer, { type: 'float64' })
expectType<AtomicView<'float64'>>()(doubles)
const bigs = new AtomicView(buffer, { type: 'bigint64', length: 1 })
expectType<AtomicView<'bigint64'>>()(bigs)
expectType<AtomicView<'float64'>>()(new AtomicView(new Float64Array(buffer)))
// @ts-expect-error an unknown type
new AtomicView(buffer, { type: 'int' })
// @ts-expect-error not shared
new AtomicView([1, 2])

expectType<number>()(ints.load(0))
expectType<bigint>()(bigs.load(0))
expectType<bigint>()(bigs.add(0, 1n))
// @ts-expect-error a bigint is wanted
bigs.add(0, 1)
// @ts-expect-error a number is wanted
ints.store(0, 1n)
expectType<number>()(doubles.compareExchange(0, NaN, 1))
expectType<bigint>()(bigs.update(0, (old) => old + 1n))
expectType<boolean>()(ints.isLockFree())
expectType<boolean>()(AtomicView.isLockFree(4))
expectType<'ok' | 'not-equal' | 'timed-out'>()(ints.wait(0, 0, 100))
expectType<number>()(bigs.notify(0))
const waiting = ints.waitAsync(0, 0)
if (waiting.async) expectType<Promise<'ok' | 'timed-out'>>()(waiting.value)
expectType<SharedArrayBuffer>()(ints.buffer)
expectType<number>()(ints.length)

expectType<AtomicView<'int32'>>()(ints.fill(1, 2, 3).sort())
expectType<Promise<AtomicView<'int32'>>>()(ints.sortAsync())
expectType<bigint>()(bigs.sum())
expectType<Promise<number>>()(doubles.sumAsync())
expectType<{ min: bigint | undefined, max: bigint | undefined }>()(bigs.minMax())
ints.addAll(1)
ints.addAll(doubles)
ints.addAll(new Uint8Array(16))
ints.addAll([1, 2])
// @ts-expect-error mixed
ints.addAll(bigs)
bigs.addAll(bigs)
// @ts-expect-error mixed
bigs.copyFrom([1])
bigs.copyFrom([1n], 1)
expectType<number>()(bigs.countEqual(1n))
expectType<Float64Array>()(ints.histogram({ bins: 3 }))
expectType<Float64Array>()(bigs.histogram({ bins: 3, min: 1n }))
// @ts-expect-error how many
ints.histogram({})
expectType<void>()(ints.scatterAdd([1, 2], 1))
expectType<Promise<void>>()(bigs.scatterAddAsync(new Uint32Array(2), [1n, 2n]))
ints.scatterAdd(ints, doubles)
expectType<Promise<void>>()(ints.addManyAsync(0, 1, 10))

function total<T extends AtomicViewType> (view: AtomicView<T>): AtomicViewElement<T> {
  return view.sum()
}
expectType<bigint>()(total(bigs))
