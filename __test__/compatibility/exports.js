'use strict'

const { ask } = require('./workers')

const names = [
  'BroadcastChannel', 'MessageChannel', 'MessagePort', 'SHARE_ENV', 'Worker', 'getEnvironmentData', 'isInternalThread', 'isMainThread',
  'isMarkedAsUntransferable', 'locks', 'markAsUncloneable', 'markAsUntransferable', 'moveMessagePortToContext', 'parentPort',
  'postMessageToThread', 'receiveMessageOnPort', 'resourceLimits', 'setEnvironmentData', 'threadId', 'threadName', 'workerData'
]

const shapeOf = (value) => typeof value === 'function' ? `function ${value.name}` : typeof value === 'object' ? value && 'object' : value

/** @type {import('./run').Probe[]} */
module.exports = names.map((name) => ({
  name: `\`${name}\``,
  async run (api) {
    if (!(name in api)) throw new TypeError(`${name} is not a function`)
    const inWorker = await ask(api, `
      const value = require('node:worker_threads').${name}
      const shape = typeof value === 'function' ? 'function ' + value.name : typeof value
      parentPort.postMessage(${JSON.stringify(name)} === 'threadId' ? shape : [shape, shape === 'symbol' || shape === 'object' ? '' : String(value === Object(value) ? '' : value)])`,
    { workerData: 'data', name: 'a name' })
    return [shapeOf(api[name]), inWorker]
  }
}))
