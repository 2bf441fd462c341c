import { parentPort, workerData } from 'node:worker_threads'
import { double, type Answer } from './double.ts'

enum Kind { worker = 'worker' }

console.log(Kind.worker, (await import('./double.ts')).double(3))
parentPort!.postMessage({ answer: double(workerData as number) } satisfies Answer)
