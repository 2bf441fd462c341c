const { parentPort, workerData } = require('node:worker_threads') as typeof import('node:worker_threads')
const { double } = require('./double.ts') as typeof import('./double.ts')

parentPort!.postMessage({ answer: double(workerData as number) })
