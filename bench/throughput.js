'use strict'

const { once } = require('node:events')
const { startWorker } = require('./lib/worker')

const TARGET = { of: 'ratio', atLeast: 1.5 }

/** @type {import('./lib/sampling').Benchmark} */
module.exports = {
  name: 'throughput',
  description: 'small objects per second',
  method: [
    'One side posts all messages in one loop, the other counts them as they arrive. The time runs from the first post to the receipt',
    'for the last message, so it includes posting, waking, receiving and the listener. Both ways at once counts the messages of both.',
    'A round is a new worker, which first runs the last of the three as a warm-up.'
  ],
  measures: [
    { name: 'to the worker', unit: '/s', better: 'higher', target: TARGET },
    { name: 'from the worker', unit: '/s', better: 'higher', target: TARGET },
    { name: 'both ways at once', unit: '/s', better: 'higher', target: TARGET }
  ],
  full: { rounds: 25, warmup: 3, size: { messages: 50000 } },
  quick: { rounds: 5, warmup: 1, size: { messages: 20000 } },

  async run (implementation, { messages }) {
    const worker = await startWorker(implementation, 'flood.js')
    await rate(worker, { send: messages, receive: messages })
    const rates = {
      'to the worker': await rate(worker, { send: messages, receive: 0 }),
      'from the worker': await rate(worker, { send: 0, receive: messages }),
      'both ways at once': await rate(worker, { send: messages, receive: messages })
    }
    await worker.terminate()
    return rates
  }
}

async function rate (worker, { send, receive }) {
  const readied = once(worker, 'message')
  worker.postMessage({ expect: send, flood: receive })
  await readied

  // The worker's receipt is one more message.
  const received = countMessages(worker, receive + 1)
  const begin = performance.now()
  worker.postMessage('go')
  for (let id = 0; id < send; id++) worker.postMessage({ id, name: 'message', ok: true })
  await received
  return (send + receive) / (performance.now() - begin) * 1000
}

function countMessages (worker, count) {
  return new Promise((resolve) => {
    let missing = count
    worker.on('message', function onMessage () {
      if (--missing > 0) return
      worker.off('message', onMessage)
      resolve()
    })
  })
}
