'use strict'

// What async_hooks sees of workers and ports, which tools use to tell what keeps a process alive.

const { createHook } = require('node:async_hooks')
const { inspect } = require('node:util')
const { once } = require('node:events')
const avaTest = require('ava').default
const node = require('node:worker_threads')
const { api, bounded, thrownBy } = require('./helpers')

const test = bounded(avaTest)

/** @returns {{ resources: Map<number, { type: string, resource: object }>, stop: () => void }} those that exist */
function observe (t, onInit) {
  const resources = new Map()
  const hook = createHook({
    init (id, type, triggerId, resource) {
      if (type !== 'WORKER' && type !== 'MESSAGEPORT') return
      resources.set(id, { type, resource })
      onInit?.(resource)
    },
    destroy (id) { resources.delete(id) }
  }).enable()
  t.teardown(() => hook.disable())
  return resources
}

/** Runs a worker with the given module, and lists at each step what keeps the process alive. */
async function stepsOf (t, { Worker }) {
  const steps = []
  const resources = observe(t)
  const note = (step) => {
    const active = [...resources.values()].filter(({ resource }) => resource.hasRef()).map(({ type }) => type)
    steps.push(`${step}: ${active.sort().join()}`)
  }
  const worker = new Worker('require("node:worker_threads").parentPort.once("message", () => {})', { eval: true })
  note('new')
  worker.unref()
  note('unref')
  worker.ref()
  note('ref')
  worker.on('message', () => {})
  worker.unref()
  note('unref with a listener')
  worker.ref()
  await once(worker, 'online')
  note('online')
  worker.postMessage(1)
  await once(worker, 'exit')
  await new Promise((resolve) => setTimeout(resolve))
  note('after the end')
  return steps
}

test('a worker and its port say whether they keep the process alive', async (t) => {
  const expected = await stepsOf(t, node)
  t.deepEqual(expected, [
    'new: WORKER', 'unref: ', 'ref: MESSAGEPORT,WORKER', 'unref with a listener: ', 'online: MESSAGEPORT,WORKER', 'after the end: '
  ])
  t.deepEqual(await stepsOf(t, api), expected)
})

test('the resource of a worker that could not be created is gone', async (t) => {
  const resources = observe(t)
  t.is(thrownBy(() => new api.Worker('', { eval: true, workerData: () => {} })).name, 'DataCloneError')
  await new Promise((resolve) => setImmediate(resolve))
  t.deepEqual([...resources.values()].filter(({ resource }) => resource.hasRef()), [])
})

test('a hook may print a port', (t) => {
  const seen = ({ MessageChannel }) => {
    const texts = []
    observe(t, (resource) => texts.push(inspect(resource)))
    const { port1 } = new MessageChannel()
    port1.close()
    return texts.slice(0, 2)
  }
  const expected = seen(node)
  t.is(expected.length, 2)
  t.deepEqual(seen(api), expected)
})
