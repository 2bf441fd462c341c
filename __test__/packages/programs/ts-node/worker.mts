import { parentPort, workerData } from 'node:worker_threads'

enum Kind { worker = 'worker' }

console.log(Kind.worker)
parentPort!.postMessage(2 * (workerData as number))
