import { once } from 'node:events'
import path from 'node:path'
import { Worker } from 'node:worker_threads'
import { double, type Answer } from './double'

async function answerOf (name: string, number: number): Promise<Answer> {
  const worker = new Worker(path.join(__dirname, name), { workerData: number })
  const exited = new Promise((resolve) => worker.on('exit', resolve))
  const [answer] = await once(worker, 'message') as [Answer]
  await exited
  return answer
}

async function main () {
  console.log(double(1), await answerOf('worker.ts', 21))
  const failing = new Worker(path.join(__dirname, 'failing.ts'))
  const [error] = await once(failing, 'error') as [Error]
  console.log(error.message, /failing\.ts:\d+/.exec(error.stack!)![0])
}

main()
