'use strict'

const { mean, median, quantile } = require('simple-statistics')
const { startWorker } = require('./lib/worker')

/** @type {import('./lib/sampling').Benchmark} */
module.exports = {
  name: 'roundtrip',
  description: 'a small object to a worker and back',
  method: [
    'One message is under way at a time; the worker sends back what it got. Every trip is timed by itself. A round is a new worker,',
    'a batch of trips to warm up and a batch that counts: its median, its mean (which long trips pull up), its 99th percentile.',
    'A new worker each time, because where the system happens to put a thread decides whether a trip takes 20 us or 70 us.'
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
