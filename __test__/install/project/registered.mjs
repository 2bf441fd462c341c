import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import * as isothreads from 'isothreads'

const worker = new Worker(new URL('./worker.js', import.meta.url), { workerData: 40 })
const [answer] = await once(worker, 'message')
console.log(JSON.stringify({ answer, isOurs: Worker === isothreads.Worker }))
