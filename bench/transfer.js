'use strict'

const { mean, median } = require('simple-statistics')
const { startWorker } = require('./lib/worker')

const SIZES = [
  { name: '1 KB', bytes: 2 ** 10 },
  { name: '1 MB', bytes: 2 ** 20 },
  { name: '100 MB', bytes: 100 * 2 ** 20 }
]

/** @type {import('./lib/sampling').Benchmark} */
module.exports = {
  name: 'transfer',
  description: 'an ArrayBuffer in the transfer list to a worker and back',
  method: [
    'The worker writes the first and the last byte and transfers the buffer back; every trip checks both. A round is a new worker',
    'with the same number of trips for each size, after as many warm-up trips of 1 KB. The last line divides the median of 100 MB',
    'by that of 1 KB, which would reveal a copy. Means include the garbage collections that V8 runs because 100 MB arrived.'
  ],
  measures: [
    ...SIZES.map(({ name }) => ({ name, unit: 'us', better: 'lower' })),
    ...SIZES.map(({ name }) => ({ name: `${name}, mean`, unit: 'us', better: 'lower' })),
    { name: '100 MB / 1 KB', unit: 'x', better: 'lower', target: { of: 'ours', atMost: 1.5 } }
  ],
  full: { rounds: 30, warmup: 3, size: { trips: 200 } },
  quick: { rounds: 6, warmup: 1, size: { trips: 50 } },

  async run (implementation, { trips }) {
    const worker = await startWorker(implementation, 'transfer.js')
    const values = {}
    await thereAndBack(worker, new ArrayBuffer(SIZES[0].bytes), trips)
    for (const { name, bytes } of SIZES) {
      const durations = await thereAndBack(worker, new ArrayBuffer(bytes), trips)
      values[name] = median(durations)
      values[`${name}, mean`] = mean(durations)
    }
    values['100 MB / 1 KB'] = values['100 MB'] / values['1 KB']
    await worker.terminate()
    return values
  }
}

function thereAndBack (worker, buffer, trips) {
  return new Promise((resolve, reject) => {
    const durations = new Float64Array(trips)
    const bytes = buffer.byteLength
    let done = 0
    let begin = 0
    const settle = (action) => {
      worker.off('message', onMessage)
      action()
    }
    const send = (buffer) => {
      begin = performance.now()
      worker.postMessage(buffer, [buffer])
      if (buffer.byteLength !== 0) settle(() => reject(new Error('The buffer was not detached')))
    }
    const onMessage = (returned) => {
      durations[done++] = (performance.now() - begin) * 1000
      const view = new Uint8Array(returned)
      const mark = done % 256
      if (returned.byteLength !== bytes || view[0] !== mark || view[bytes - 1] !== mark) {
        return settle(() => reject(new Error('A different buffer came back')))
      }
      if (done < trips) return send(returned)
      settle(() => resolve(durations))
    }
    worker.on('message', onMessage)
    send(buffer)
  })
}
