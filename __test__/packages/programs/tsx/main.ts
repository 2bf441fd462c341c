import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import { double, type Answer } from './double.ts'

enum Kind { own = 'own' }

console.log(Kind.own, double(1))
for (const name of process.argv.slice(2)) {
  const worker = new Worker(new URL(name, import.meta.url), { workerData: 21 })
  const exited = new Promise((resolve) => worker.on('exit', resolve))
  try {
    const [answer] = await once(worker, 'message') as [Answer]
    console.log(answer)
  } catch (error) {
    console.log((error as Error).message, /failing\.cts:\d+/.exec((error as Error).stack!)?.[0])
  }
  console.log(await exited)
}
