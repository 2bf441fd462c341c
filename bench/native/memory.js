'use strict'

// The memory of an idle worker.

const { locateWorker } = require('../lib/worker')
const { runInProcess } = require('./child')
const { NATIVE } = require('./files')

/** @param {import('./measure').Context} context */
async function open ({ ours, node, quick }) {
  const idle = locateWorker('idle.js')
  const few = quick ? 20 : 50
  const memoryOf = ({ specifier }, file, workers) => async () => {
    const grown = await runInProcess('memory-process.js', { specifier, file, workers }, ['--expose-gc'])
    return grown / workers / 2 ** 10
  }
  return {
    cases: [{
      name: 'idle worker',
      unit: 'KB',
      target: { against: "Node's Worker", atMost: 0.02 },
      contenders: [
        { name: 'native:fib', run: memoryOf(ours, NATIVE, few * 10) },
        { name: 'JavaScript in isothreads', run: memoryOf(ours, idle, few) },
        { name: "Node's Worker", run: memoryOf(node, idle, few) }
      ]
    }]
  }
}

module.exports = { open }
