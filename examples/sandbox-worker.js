'use strict'

// Runs the rule of a customer in a lean worker: see sandbox.js.

const { parentPort, workerData } = require('isothreads')

async function main () {
  const priceOf = await require(workerData.file)()
  let total = 0
  for (const order of workerData.orders) total += priceOf(order)
  parentPort.postMessage(total)
}

main()
