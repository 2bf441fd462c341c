import { SharedQueue, SharedRing } from 'isothreads'
import { expectType } from './expect'

const queue = new SharedQueue<string>({ capacity: 8, slotSize: 64, type: 'value' })
expectType<boolean>()(queue.tryPush('text'))
expectType<void>()(queue.push('text', { timeout: 5, transfer: [], blockMainThread: true }))
expectType<Promise<void>>()(queue.pushAsync('text', { signal: AbortSignal.timeout(5) }))
expectType<string | undefined>()(queue.tryPop())
expectType<string | null>()(queue.tryPop(null))
expectType<string>()(queue.pop({ timeout: 5 }))
expectType<Promise<string>>()(queue.popAsync())
for (const value of queue) expectType<string>()(value)
void (async () => { for await (const value of queue) expectType<string>()(value) })()
expectType<number>()(SharedQueue.byteLengthFor({ capacity: 8 }))
// @ts-expect-error not of the queue's type
queue.push(5)
// @ts-expect-error no such type
new SharedQueue({ type: 'text' })

const ring = new SharedRing({ buffer: new SharedArrayBuffer(4096), byteOffset: 64 })
new SharedRing(65536)
expectType<number>()(ring.tryWrite(new Uint8Array(5)))
expectType<Promise<void>>()(ring.writeAsync(new ArrayBuffer(5), { timeout: 5 }))
expectType<number | null>()(ring.read(new Uint8Array(5)))
expectType<Uint8Array | null>()(ring.read(5, { blockMainThread: true }))
expectType<Promise<Uint8Array | null>>()(ring.readAsync())
expectType<number | null | undefined>()(ring.tryRead(new Uint8Array(5)))
expectType<import('node:stream').Readable>()(ring.toReadable())
expectType<import('node:stream').Writable>()(ring.toWritable())
// @ts-expect-error text is not bytes
ring.write('text')
