'use strict'

const { describe, runInWorker, withIdle } = require('./workers')

const keysOf = (object) => Object.keys(object).sort()
const looked = 'It works before the worker runs, and what is pending when it ends rejects.'

async function afterTheEnd (api, use) {
  const worker = new api.Worker('', { eval: true })
  await new Promise((resolve) => worker.once('exit', resolve))
  try {
    return await use(worker)
  } catch (error) {
    return describe(error)
  }
}

/** @type {import('./run').Probe[]} */
module.exports = [
  { name: '`postMessage()`', run: (api) => withIdle(api, (worker) => worker.postMessage(1)) },
  { name: '`postMessage()` without a message', run: (api) => withIdle(api, (worker) => { worker.postMessage() }) },
  { name: '`terminate()`', run: (api) => withIdle(api, (worker) => worker.terminate()) },
  { name: '`ref()`, `unref()`', run: (api) => withIdle(api, (worker) => [worker.ref(), worker.unref()].map(String)) },
  { name: '`threadId`', run: (api) => withIdle(api, (worker) => Number.isInteger(worker.threadId)) },
  { name: '`threadName`', run: (api) => withIdle(api, (worker) => [typeof worker.threadName]), differs: { verdict: 'better', reason: 'It exists on every version.' } },
  { name: '`resourceLimits`', run: (api) => withIdle(api, (worker) => keysOf(worker.resourceLimits)) },
  { name: '`stdin`', run: (api) => withIdle(api, (worker) => worker.stdin) },
  { name: '`stdout`, `stderr`', run: (api) => withIdle(api, ({ stdout, stderr }) => [typeof stdout.pipe, typeof stderr.pipe]) },
  { name: '`performance.eventLoopUtilization()`', run: (api) => withIdle(api, (worker) => keysOf(worker.performance.eventLoopUtilization())) },
  { name: '`getHeapStatistics()`', run: (api) => withIdle(api, async (worker) => keysOf(await worker.getHeapStatistics())) },
  {
    name: '`getHeapSnapshot()`',
    run: (api) => withIdle(api, async (worker) => {
      const snapshot = await worker.getHeapSnapshot()
      let text = ''
      for await (const chunk of snapshot) text += chunk
      return keysOf(JSON.parse(text))
    })
  },
  { name: '`cpuUsage()`', run: (api) => withIdle(api, async (worker) => keysOf(await worker.cpuUsage())) },
  { name: '`startCpuProfile()`', run: (api) => withIdle(api, async (worker) => keysOf(JSON.parse(await (await worker.startCpuProfile()).stop()))) },
  { name: '`startHeapProfile()`', run: (api) => withIdle(api, async (worker) => keysOf(JSON.parse(await (await worker.startHeapProfile()).stop()))) },
  { name: '`[Symbol.asyncDispose]()`', run: (api) => withIdle(api, (worker) => worker[Symbol.asyncDispose]()), differs: { verdict: 'better', reason: 'It exists on every version.' } },
  ...['threadId', 'threadName', 'resourceLimits'].map((name) => ({ name: `after the end: \`${name}\``, run: (api) => afterTheEnd(api, (worker) => [worker[name]]), differs: { verdict: 'better', reason: 'It exists on every version.' } })),
  ...['postMessage', 'terminate', 'ref', 'unref'].map((name) => ({ name: `after the end: \`${name}()\``, run: (api) => afterTheEnd(api, (worker) => [String(worker[name](1))].concat(name === 'terminate' ? [] : [])) })),
  ...['getHeapStatistics', 'getHeapSnapshot', 'cpuUsage', 'startCpuProfile', 'startHeapProfile'].map((name) => ({
    name: `after the end: \`${name}()\``,
    run: (api) => afterTheEnd(api, (worker) => {
      if (worker[name] === undefined) throw new TypeError(`${name} is not a function`)
      return worker[name]()
    }),
    differs: { verdict: 'better', reason: looked }
  })),
  { name: 'after the end: `performance.eventLoopUtilization()`', run: (api) => afterTheEnd(api, (worker) => worker.performance.eventLoopUtilization()) },
  { name: 'keeps the process alive until it ends', run: (api) => runInWorker(api, 'setTimeout(() => parentPort.postMessage("late"), 20)') }
]
