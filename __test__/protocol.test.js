'use strict'

// The two halves agree on what codec/protocol.json says, and tell when they do not.

const avaTest = require('ava').default
const { once } = require('node:events')
const path = require('node:path')
const { spawnSync } = require('node:child_process')
const { Worker } = require('..')
const { bounded } = require('./helpers')

const test = bounded(avaTest)
const root = path.join(__dirname, '..')
const native = require('../lib/node/binding')
const { load } = native.instance()

test('what is generated is as the table says', (t) => {
  const { status, stderr } = spawnSync(process.execPath, [path.join(root, 'scripts', 'protocol.js'), '--check'], { encoding: 'utf8' })
  t.is(stderr, '')
  t.is(status, 0)
})

test('a JavaScript half with another table is refused', (t) => {
  t.throws(() => native.attach({}, true, root, 1), { message: /built from different sources.*npx isothreads build/ })
})

const unknown = { code: 'ERR_ISOTHREADS_PROTOCOL', message: 'Unknown control message: nonsense' }

test('an unknown control message from a worker is an error event', async (t) => {
  const worker = new Worker(`
    const { load } = require(${JSON.stringify(require.resolve('../lib/node/binding'))}).instance()
    const { kind, postMessage } = load('core/realm')
    postMessage(require(${JSON.stringify(root)}).parentPort, { type: 'nonsense' }, undefined, undefined, kind.control)
  `, { eval: true })
  const [error] = await once(worker, 'error')
  t.like(error, unknown)
  await worker.terminate()
})

test('an unknown control message to a worker ends it with an error', async (t) => {
  const { kSendControl } = load('node/worker')
  const worker = new Worker('setInterval(() => {}, 1000)', { eval: true })
  await once(worker, 'online')
  worker[kSendControl]({ type: 'nonsense' })
  const [error] = await once(worker, 'error')
  t.like(error, unknown)
  const [code] = await once(worker, 'exit')
  t.is(code, 1)
})
