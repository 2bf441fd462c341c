import { parentPort, workerData } from 'node:worker_threads'
import { double, type Answer } from './double'

enum Kind { worker = 'worker' }

console.log(Kind.worker)
parentPort!.postMessage({ answer: double(workerData as number) } satisfies Answer)
