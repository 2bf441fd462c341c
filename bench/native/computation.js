'use strict'

// A computation in a warm worker.

const { once } = require('node:events')
const { ANSWERING, NATIVE } = require('./files')
const { check, fibonacci } = require('./measure')

/** @param {import('./measure').Context} context */
async function open ({ ours, node, quick }) {
  const n = quick ? 36 : 40
  const workers = [new ours.api.Worker(NATIVE), new node.api.Worker(ANSWERING)]
  for (const worker of workers) check(await answerOf(worker, 25), fibonacci(25))
  const [inRust, inJavaScript] = workers.map((worker) => async () => {
    const begin = performance.now()
    const answer = await answerOf(worker, n)
    const elapsed = performance.now() - begin
    check(answer, fibonacci(n))
    return elapsed
  })
  return {
    cases: [{
      name: `fib(${n})`,
      unit: 'ms',
      target: { against: "JavaScript in Node's Worker", atMost: 0.45 },
      contenders: [
        { name: 'native:fib', run: inRust },
        { name: "JavaScript in Node's Worker", run: inJavaScript }
      ]
    }],
    close: () => Promise.all(workers.map((worker) => worker.terminate()))
  }
}

async function answerOf (worker, n) {
  const answered = once(worker, 'message')
  worker.postMessage({ n })
  return (await answered)[0]
}

module.exports = { open }
