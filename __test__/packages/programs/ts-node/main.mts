import { once } from 'node:events'
import { Worker } from 'node:worker_threads'

const worker = new Worker(new URL('./worker.mts', import.meta.url), { workerData: 21 })
const [answer] = await once(worker, 'message') as [number]
console.log(answer)
