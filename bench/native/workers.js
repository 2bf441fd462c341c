'use strict'

// Starting a worker, and exchanging messages with it.

const { once } = require('node:events')
const { median } = require('simple-statistics')
const { ANSWERING, NATIVE, POSTING } = require('./files')
const { check } = require('./measure')

/** @param {import('./measure').Context} context */
async function open ({ ours, node, quick }) {
  const starts = quick ? 3 : 10
  const trips = quick ? 300 : 1000
  const startOf = (open) => () => startMany(open, starts)
  const tripOf = (open) => () => tripMany(open, trips)
  return {
    cases: [
      {
        name: 'first message',
        unit: 'ms',
        target: { against: "Node's Worker", atMost: 0.02 },
        contenders: [
          { name: 'native:fib', run: startOf(() => new ours.api.Worker(NATIVE, { workerData: { n: 1 } })) },
          { name: 'JavaScript in isothreads', run: startOf(() => new ours.api.Worker(POSTING)) },
          { name: "Node's Worker", run: startOf(() => new node.api.Worker(POSTING)) }
        ]
      },
      {
        name: 'round trip',
        unit: 'us',
        target: { against: "Node's Worker", atMost: 0.6 },
        contenders: [
          { name: 'native:fib', run: tripOf(() => new ours.api.Worker(NATIVE)) },
          { name: 'JavaScript in isothreads', run: tripOf(() => new ours.api.Worker(ANSWERING)) },
          { name: "Node's Worker", run: tripOf(() => new node.api.Worker(ANSWERING)) }
        ]
      }
    ]
  }
}

/** The next worker is started after the previous one has exited. */
async function startMany (open, count) {
  const durations = new Float64Array(count)
  for (let started = 0; started < count; started++) {
    const begin = performance.now()
    const worker = open()
    const exited = once(worker, 'exit')
    const [message] = await once(worker, 'message')
    durations[started] = performance.now() - begin
    check(message === 1 || message === 'first', true)
    check((await exited)[0], 0)
  }
  return median(durations)
}

async function tripMany (open, count) {
  const worker = open()
  await pingPong(worker, count)
  const durations = await pingPong(worker, count)
  await worker.terminate()
  return median(durations)
}

function pingPong (worker, count) {
  return new Promise((resolve, reject) => {
    const durations = new Float64Array(count)
    let done = 0
    let begin = 0
    const send = () => {
      begin = performance.now()
      worker.postMessage({ n: 1 })
    }
    const settle = (action) => {
      worker.off('message', onMessage)
      worker.off('error', onError)
      action()
    }
    const onError = (error) => settle(() => reject(error))
    const onMessage = (answer) => {
      durations[done++] = (performance.now() - begin) * 1000
      if (answer !== 1) return settle(() => reject(new Error(`The answer was ${answer}`)))
      if (done < count) return send()
      settle(() => resolve(durations))
    }
    worker.on('message', onMessage)
    worker.on('error', onError)
    send()
  })
}

module.exports = { open }
