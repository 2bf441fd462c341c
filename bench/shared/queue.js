'use strict'

// Values from one worker to another: through a SharedQueue, and by postMessage of this package and of Node;
// and bytes through a SharedRing, compared with messages of 64 KB.

const nodeWorkers = require('node:worker_threads')

// 64 bytes each.
const VALUES = {
  'text of 64 characters': "'x'.repeat(64)",
  '64-byte Uint8Array': 'new Uint8Array(64).fill(7)',
  'small object': "({ id: 12345, name: 'a small object', ok: true, ratio: 1.5 })"
}

const CHUNK = 65536

const WORKER = `
  const { parentPort, workerData: { role, through, count, chunk } } = require('worker_threads')
  const roles = {
    push (value) { for (let done = 0; done < count; done++) through.push(value) },
    pop () { for (let done = 0; done < count; done++) through.pop() },
    write (value) { for (let done = 0; done < count; done++) through.write(value) },
    read () {
      const into = new Uint8Array(chunk)
      for (let left = count * chunk; left > 0;) left -= through.read(into)
    },
    post (value) { for (let done = 0; done < count; done++) through.postMessage(value) },
    receive () {
      return new Promise((resolve) => {
        let done = 0
        through.on('message', () => { if (++done === count) resolve() })
      })
    }
  }
  const value = VALUE
  parentPort.once('message', async () => {
    await roles[role](value)
    parentPort.postMessage('done')
    if (role === 'receive') through.close()
  })
  parentPort.postMessage('ready')
`

const next = (worker) => new Promise((resolve, reject) => worker.once('message', resolve).once('error', reject))

/** @returns {Promise<number>} values per second */
async function run ({ Worker }, roles, ends, value, count, transferred) {
  const workers = roles.map((role, index) => new Worker(WORKER.replace('VALUE', () => value), {
    eval: true,
    workerData: { role, through: ends[index], count, chunk: CHUNK },
    transferList: transferred ? [ends[index]] : []
  }))
  await Promise.all(workers.map(next))
  const start = process.hrtime.bigint()
  const done = workers.map(next)
  for (const worker of workers) worker.postMessage('go')
  await Promise.all(done)
  const seconds = Number(process.hrtime.bigint() - start) / 1e9
  await Promise.all(workers.map((worker) => worker.terminate()))
  return count / seconds
}

function posted (api, value, count) {
  const { port1, port2 } = new api.MessageChannel()
  return run(api, ['post', 'receive'], [port1, port2], value, count, true)
}

function queued (api, value, count) {
  const queue = new api.SharedQueue({ capacity: 1024 })
  return run(api, ['push', 'pop'], [queue, queue], value, count, false)
}

function streamed (api, value, count) {
  const ring = new api.SharedRing(1 << 20)
  return run(api, ['write', 'read'], [ring, ring], value, count, false)
}

/** @param {{ api: object, quick: boolean }} options */
async function open ({ api, quick }) {
  const times = quick ? 50_000 : 300_000
  const cases = Object.entries(VALUES).map(([name, value]) => ({
    name,
    unit: '/s',
    // Objects must be serialised in both cases.
    ...name === 'small object' ? {} : { target: { against: "Node's postMessage", atLeast: 5 } },
    contenders: [
      { name: 'SharedQueue', run: () => queued(api, value, times) },
      { name: 'postMessage', run: () => posted(api, value, times) },
      { name: "Node's postMessage", run: () => posted(nodeWorkers, value, times) }
    ]
  }))
  const pieces = quick ? 500 : 4000
  const piece = `new Uint8Array(${CHUNK}).fill(7)`
  const megabytes = async (rate) => await rate * CHUNK / 1e6
  cases.push({
    name: 'bytes, in pieces of 64 KB',
    unit: 'MB/s',
    contenders: [
      { name: 'SharedRing', run: () => megabytes(streamed(api, piece, pieces)) },
      { name: 'postMessage', run: () => megabytes(posted(api, piece, pieces)) },
      { name: "Node's postMessage", run: () => megabytes(posted(nodeWorkers, piece, pieces)) }
    ]
  })
  return { cases }
}

module.exports = { sections: [{ title: 'from worker to worker', open }] }
