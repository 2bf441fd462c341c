import { parentPort, workerData } from 'node:worker_threads'
import { tsImport } from 'tsx/esm/api'

const { double } = await tsImport('./double.ts', import.meta.url)
parentPort.postMessage({ answer: double(workerData) })
