'use strict'

const { mean, median, quantile } = require('simple-statistics')
const { startWorker } = require('./lib/worker')

/** @type {import('./lib/sampling').Benchmark} */
module.exports = {
  name: 'roundtrip',
  description: 'a small object to a worker and back',
  method: [
    'One message is in flight at a time; the worker sends it back. Every trip is timed separately. A round is a new worker,',
    'a batch of warm-up trips and a measured batch: its median, its mean (which long trips raise), its 99th percentile.',
    'Each round has a new worker, because a trip takes 20 us or 70 us depending on where the system places the thread.'
  ],
  measures: [
    { name: 'median trip', unit: 'us', better: 'lower', target: { of: 'ratio', atMost: 1.0 } },
    { name: 'mean trip', unit: 'us', better: 'lower' },
    { name: '99th percentile', unit: 'us', better: 'lower' }
  ],
  full: { rounds: 100, warmup: 3, size: { trips: 500 } },
  quick: { rounds: 15, warmup: 1, size: { trips: 500 } },

  async run (implementation, { trips }) {
    const worker = await startWorker(implementation, 'echo.js')
    await pingPong(worker, trips)
    const durations = await pingPong(worker, trips)
    await worker.terminate()
    return {
      'median trip': median(durations),
      'mean trip': mean(durations),
      '99th percentile': quantile(durations, 0.99)
    }
  }
}

function pingPong (worker, trips) {
  return new Promise((resolve) => {
    const durations = new Float64Array(trips)
    let done = 0
    let begin = 0
    const send = () => {
      begin = performance.now()
      worker.postMessage({ id: done, name: 'ping', ok: true })
    }
    worker.on('message', function onMessage () {
      durations[done++] = (performance.now() - begin) * 1000
      if (done < trips) return send()
      worker.off('message', onMessage)
      resolve(durations)
    })
    send()
  })
}
