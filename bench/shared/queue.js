'use strict'

// Values from one worker to another: through a SharedQueue, and as messages of ours and of Node's;
// and bytes through a SharedRing beside messages of 64 KB.

const nodeWorkers = require('node:worker_threads')
const { summarize } = require('../lib/statistics')

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

/** @returns {Promise<number>} values a second */
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

/** Alternating rounds, whose order is reversed every time. */
async function alternate (contenders, rounds) {
  const samples = contenders.map(() => [])
  for (let round = 0; round < rounds; round++) {
    const order = [...contenders.keys()]
    if (round % 2 === 1) order.reverse()
    for (const index of order) samples[index].push(await contenders[index]())
  }
  return samples.map(summarize)
}

/**
 * @param {object} api isothreads
 * @param {{ quick?: boolean }} [options]
 * @returns {Promise<object[]>} one for each measure: { name, unit, ours, ourMessages, nodeMessages, ratios }, with summaries
 */
async function measureQueues (api, { quick = false } = {}) {
  const rounds = quick ? 1 : 7
  const count = quick ? 50_000 : 300_000
  const cases = Object.entries(VALUES).map(([name, value]) => [name, 'values/s', queued, value, count, 1, 5])
  cases.push(['ring, in pieces of 64 KB', 'MB/s', streamed, `new Uint8Array(${CHUNK}).fill(7)`, quick ? 500 : 4000, CHUNK / 1e6])
  const results = []
  for (const [name, unit, through, value, times, scale, atLeast] of cases) {
    const [ours, ourMessages, nodeMessages] = await alternate([
      async () => scale * await through(api, value, times),
      async () => scale * await posted(api, value, times),
      async () => scale * await posted(nodeWorkers, value, times)
    ], rounds)
    const ratios = { ourMessages: ours.median / ourMessages.median, nodeMessages: ours.median / nodeMessages.median }
    results.push({ name, unit, ours, ourMessages, nodeMessages, ratios, target: atLeast && { atLeast } })
  }
  return results
}

function formatQueues (results) {
  return results.map(({ name, unit, ours, ourMessages, nodeMessages, ratios }) => {
    const number = ({ median }) => Math.round(median).toLocaleString('en').padStart(10)
    const messages = (of, ratio) => `${number(of)} (x ${ratio.toFixed(1)})`
    return `${name.padEnd(26)} ${number(ours)} ${unit.padEnd(9)} messages: ours ${messages(ourMessages, ratios.ourMessages)}, ` +
      `Node's ${messages(nodeMessages, ratios.nodeMessages)}`
  }).join('\n')
}

module.exports = { measureQueues, formatQueues }

if (require.main === module) {
  measureQueues(require('../..'), { quick: process.argv.includes('--quick') })
    .then((results) => process.stdout.write(`${formatQueues(results)}\n`))
}
