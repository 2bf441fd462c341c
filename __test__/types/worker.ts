import { Readable, Writable } from 'node:stream'
import { SHARE_ENV, Worker, type ResourceLimits, type WorkerOptions } from 'isothreads'
import { expectType } from './expect'

const worker = new Worker('./file.js')
new Worker(new URL('file:///file.js'))
new Worker('postMessage', { eval: true, name: 'evaluated' })
// @ts-expect-error a path is a string or a URL
new Worker(1)
// @ts-expect-error there is no worker without a file
new Worker()

const options: WorkerOptions = {
  runtime: 'node',
  workerData: { any: ['thing'] },
  transferList: [new ArrayBuffer(1), new SharedArrayBuffer(1)],
  argv: ['a', 1],
  execArgv: ['--no-warnings'],
  env: { NAME: 'value' },
  stdin: true,
  stdout: true,
  stderr: true,
  resourceLimits: { maxOldGenerationSizeMb: 64, maxYoungGenerationSizeMb: 8, codeRangeSizeMb: 4, stackSizeMb: 2.5 },
  trackUnmanagedFds: false
}
new Worker('./file.js', options)
new Worker('./file.js', { env: SHARE_ENV })
new Worker('./file.js', { env: process.env })
new Worker('./file.js', { runtime: 'lean', moduleRoots: ['./lib', new URL('file:///lib')] })
// @ts-expect-error there is no such runtime
new Worker('./file.js', { runtime: 'deno' })
// @ts-expect-error an object cannot be transferred
new Worker('./file.js', { transferList: [{}] })
// @ts-expect-error it is not a number
new Worker('./file.js', { resourceLimits: { stackSizeMb: '4' } })
// @ts-expect-error there is no such option
new Worker('./file.js', { workerdata: 1 })

expectType<number>()(worker.threadId)
expectType<ResourceLimits | undefined>()(worker.resourceLimits)
expectType<Writable | null>()(worker.stdin)
expectType<Readable>()(worker.stdout)
expectType<Readable>()(worker.stderr)
expectType<Promise<number>>()(worker.terminate())
expectType<number>()(worker.performance.eventLoopUtilization().utilization)
worker.getHeapSnapshot({ exposeInternals: true }).then((snapshot) => expectType<Readable>()(snapshot))
// @ts-expect-error it is a boolean
worker.getHeapSnapshot({ exposeInternals: 1 })
worker.getHeapStatistics().then(({ used_heap_size }) => expectType<number>()(used_heap_size))
worker.cpuUsage().then((usage) => worker.cpuUsage(usage)).then(({ user, system }) => expectType<number>()(user + system))
worker.startCpuProfile({ sampleInterval: 0.5, maxBufferSize: 1000 }).then((profile) => expectType<Promise<string>>()(profile.stop()))
worker.startCpuProfile('on Node 22')
// @ts-expect-error there is no such option
worker.startCpuProfile({ interval: 1 })
worker.startHeapProfile({ sampleInterval: 1024, stackDepth: 8, forceGC: true }).then((profile) => expectType<Promise<string>>()(profile.stop()))
expectType<void>()(worker.ref())
expectType<void>()(worker.unref())
// @ts-expect-error only the worker itself changes it
worker.threadId = 1

expectType<void>()(worker.postMessage({ some: 'thing' }))
worker.postMessage(new ArrayBuffer(1), [new ArrayBuffer(1)])
worker.postMessage(new ArrayBuffer(1), { transfer: [new ArrayBuffer(1)] })
// @ts-expect-error a view is not its buffer
worker.postMessage(new Uint8Array(1), ['buffer'])

worker
  .on('online', () => {})
  .on('message', (value) => expectType<any>()(value))
  .on('messageerror', (error) => expectType<Error>()(error))
  .on('error', (error) => expectType<any>()(error))
  .on('exit', (code) => expectType<number>()(code))
  .on('other', (...args) => expectType<any[]>()(args))
  .on(Symbol('other'), () => {})
  .addListener('exit', (code) => expectType<number>()(code))
  .once('exit', (code) => expectType<number>()(code))
  .prependListener('exit', (code) => expectType<number>()(code))
  .prependOnceListener('exit', (code) => expectType<number>()(code))
  .off('exit', (code: number) => {})
  .removeListener('exit', (code: number) => {})
  .removeAllListeners('exit')
worker.on('message', (value: { result: number }) => expectType<number>()(value.result))
// @ts-expect-error an exit code is a number
worker.on('exit', (code: string) => {})
// @ts-expect-error nothing comes with it
worker.on('online', (value: string) => {})
expectType<boolean>()(worker.emit('exit', 0))
expectType<boolean>()(worker.emit('other', 1, 2))
// @ts-expect-error an exit code is a number
worker.emit('exit', 'zero')

class NamedWorker extends Worker {
  constructor (readonly title: string) {
    super('./file.js', { name: title })
  }
}
expectType<string>()(new NamedWorker('title').title)

const emitter: NodeJS.EventEmitter = worker
expectType<NodeJS.EventEmitter>()(emitter)
