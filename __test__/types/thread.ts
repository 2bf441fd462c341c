import * as isothreads from 'isothreads'
import {
  getEnvironmentData, host, isInternalThread, isMainThread, locks, markAsUntransferable, MessageChannel, parentPort, postMessageToThread, resourceLimits,
  setEnvironmentData, SHARE_ENV, structuredClone, threadId, workerData, type HostFunction, type HostFunctions, type MessagePort, type ResourceLimits
} from 'isothreads'
import threads = require('isothreads')
import index = require('isothreads/index')
import { expectType } from './expect'

expectType<boolean>()(isMainThread)
expectType<boolean>()(isInternalThread)
expectType<MessagePort | null>()(parentPort)
expectType<any>()(workerData)
expectType<number>()(threadId)
expectType<ResourceLimits>()(resourceLimits)
const symbol: symbol = SHARE_ENV
expectType<symbol>()(symbol)
expectType<typeof SHARE_ENV>()(isothreads.SHARE_ENV)
expectType<typeof isothreads.Worker>()(threads.Worker)
expectType<typeof isothreads.Worker>()(index.Worker)
// @ts-expect-error null on the main thread
parentPort.postMessage('value')
parentPort?.postMessage('value')
// @ts-expect-error not to be assigned
isothreads.threadId = 1

interface Point { x: number, y: number }
const point: Point = { x: 1, y: 2 }
expectType<Point>()(structuredClone(point))
expectType<ArrayBuffer>()(structuredClone(new ArrayBuffer(1), { transfer: [new ArrayBuffer(1)] }))
// @ts-expect-error the list is an option
structuredClone(point, [point])

expectType<void>()(markAsUntransferable(new ArrayBuffer(1)))
expectType<void>()(setEnvironmentData('key', { any: 'thing' }))
expectType<void>()(setEnvironmentData('key'))
expectType<any>()(getEnvironmentData('key'))
// @ts-expect-error it needs a key
getEnvironmentData()

expectType<Promise<void>>()(postMessageToThread(1, { any: 'thing' }))
expectType<Promise<void>>()(postMessageToThread(1, 'value', 100))
expectType<Promise<void>>()(postMessageToThread(1, 'value', [new ArrayBuffer(1), new MessageChannel().port1], 100))
// @ts-expect-error a thread is known by a number
postMessageToThread('1', 'value')

expectType<Promise<number>>()(locks.request('name', () => 1))
expectType<Promise<string>>()(locks.request('name', { mode: 'shared', signal: new AbortController().signal }, async (lock) => String(lock?.name)))
// @ts-expect-error there is no such mode
locks.request('name', { mode: 'other' }, () => {})
expectType<Promise<isothreads.LockManagerSnapshot>>()(locks.query())

// @ts-expect-error there is no such thing
isothreads.SharedMemory

interface Exposed {
  rateOf (currency: string): Promise<number | undefined>
  log (...values: unknown[]): void
}
const functions = host as HostFunctions<Exposed>
expectType<Promise<number | undefined>>()(functions.rateOf('USD'))
expectType<number | undefined>()(functions.rateOf.sync('USD'))
expectType<Promise<number | undefined>>()(functions.rateOf.transfer([new ArrayBuffer(1)], 'USD'))
expectType<Promise<void>>()(functions.log(1, 'two'))
// @ts-expect-error a currency is wanted
functions.rateOf(1)
// @ts-expect-error not to be assigned
functions.log = functions.log
expectType<HostFunction<[currency: string], number | undefined>>()(functions.rateOf)
