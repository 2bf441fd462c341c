'use strict'

// Queues that hold themselves, or each other: their values are dropped when there are no other references. And
// pushing costs the same however many queues there are.

const test = require('ava')
const { bounded, isPeer } = require('./helpers')
const { runNode } = require('./run-process')

const it = isPeer ? () => {} : bounded(test)
if (isPeer) test('Node has no queues', t => t.pass())

const modules = `
  const { MessageChannel, Mutex, SharedQueue, Worker } = require(${JSON.stringify(require.resolve('..'))})
  const wait = { blockMainThread: true }
  // What is kept for a queue is dropped with everything in it. So each queue has one end of a channel in it, and the other end
  // is closed when the messages of the queue are dropped.
  let marked = 0
  const mark = () => {
    const { port1, port2 } = new MessageChannel()
    marked++
    port2.once('close', () => { marked-- })
    return port1
  }
  const newQueue = (options) => {
    const queue = new SharedQueue(options)
    const port = mark()
    queue.push({ port }, { ...wait, transfer: [port] })
    return queue
  }
  const gone = async () => {
    const other = new SharedQueue({ slotSize: 8 })
    while (marked > 0) {
      gc()
      // What can be dropped is looked for when messages are put into queues.
      for (let time = 0; time < 64; time++) {
        other.push('x'.repeat(100), wait)
        other.pop(wait)
      }
      await new Promise(resolve => setImmediate(resolve))
    }
  }
`

// Each makes queues, and lets go of them.
const shapes = {
  'a queue in itself': 'const queue = newQueue(); queue.push(queue, wait)',
  'a queue in itself, deep in a value, beside other values': `
    const queue = newQueue({ slotSize: 8 })
    queue.push({ some: 'text that is longer than a slot' }, wait)
    queue.push([{ queue }, new Map([[1, queue]])], wait)
    queue.push(queue, wait)`,
  'a closed queue in itself': 'const queue = newQueue(); queue.push(queue, wait); queue.close()',
  'two queues in each other': `
    const [a, b] = [newQueue(), newQueue()]
    a.push(b, wait)
    b.push(a, wait)`,
  'a ring of a hundred queues, and one more that is in it': `
    const queues = Array.from({ length: 100 }, () => newQueue({ capacity: 4 }))
    queues.forEach((queue, index) => queue.push(queues[(index + 1) % 100], wait))
    queues[7].push(newQueue(), wait)`,
  'two queues in one memory': `
    const size = Math.ceil(SharedQueue.byteLengthFor({ capacity: 4 }) / 64) * 64
    const buffer = new SharedArrayBuffer(2 * size)
    const [a, b] = [0, size].map(byteOffset => newQueue({ capacity: 4, buffer, byteOffset }))
    a.push(buffer, wait)
    b.push('x'.repeat(1000), wait)`,
  'a queue whose memory is held by what it holds beside a port': `
    const queue = newQueue()
    const { port1, port2 } = new MessageChannel()
    queue.push({ queue, port1 }, { ...wait, transfer: [port1] })
    port2.close()`,
  'both ends of a channel in a queue': `
    const queue = newQueue()
    const { port1, port2 } = new MessageChannel()
    queue.push({ queue, port1 }, { ...wait, transfer: [port1] })
    queue.push(port2, { ...wait, transfer: [port2] })`
}

for (const [name, make] of Object.entries(shapes)) {
  it(`freed when nobody has it any more: ${name}`, async (t) => {
    const result = await runNode(['--expose-gc', '-e', `${modules}
      ;(() => { ${make} })()
      gone().then(() => console.log('gone'))
    `], { timeout: 30_000 })
    t.is(result.stdout, 'gone\n', result.stderr)
  })
}

it('what somebody has is not dropped: an object, a thread, a message, a queue that is held itself', async (t) => {
  const result = await runNode(['--expose-gc', '-e', `${modules}
    const make = (name, queue = new SharedQueue()) => {
      queue.push({ queue, name }, wait)
      return queue
    }
    const kept = make('an object')
    const { port1, port2 } = new MessageChannel()
    port1.postMessage(make('a message'))
    const outer = new SharedQueue()
    outer.push(make('in a queue'), wait)
    const worker = new Worker(\`
      const { parentPort, workerData } = require('worker_threads')
      parentPort.once('message', () => parentPort.postMessage(workerData.pop().name))
    \`, { eval: true, workerData: make('a thread') })
    worker.once('online', () => {
      for (let time = 0; time < 200; time++) {
        // Many of others, so that it is looked.
        make('nobody', newQueue())
        if (time % 20 === 0) gc()
      }
      gc()
      const { receiveMessageOnPort } = require(${JSON.stringify(require.resolve('..'))})
      worker.once('message', async (name) => {
        console.log([kept.tryPop().name, receiveMessageOnPort(port2).message.tryPop().name, outer.tryPop().tryPop().name, name].join())
        await gone()
        console.log('gone')
      })
      worker.postMessage(0)
    })
  `], { timeout: 30_000 })
  t.is(result.stdout, 'an object,a message,in a queue,a thread\ngone\n', result.stderr)
})

it('thousands of queues that hold themselves leave nothing behind, without that anybody asks', async (t) => {
  const result = await runNode(['--expose-gc', '-e', `${modules}
    const round = async () => {
      for (let i = 0; i < 200; i++) {
        const queue = new SharedQueue({ capacity: 256 })
        queue.push([queue, 'x'.repeat(50_000)], { blockMainThread: true })
        if (i % 2 === 0) queue.close()
      }
      gc()
      await new Promise(resolve => setImmediate(resolve))
    }
    ;(async () => {
      for (let time = 0; time < 5; time++) await round()
      const before = process.memoryUsage.rss()
      for (let time = 0; time < 20; time++) await round()
      // 4,000 of them are 340 MB.
      console.log(process.memoryUsage.rss() - before < 100e6)
    })()
  `], { timeout: 60_000 })
  t.is(result.stdout, 'true\n', result.stderr)
})

it('the end of a thread frees what its queues held', async (t) => {
  const result = await runNode(['--expose-gc', '-e', `${modules}
    const ports = Array.from({ length: 10 }, mark)
    const worker = new Worker(\`
      const { SharedQueue } = require(${JSON.stringify(JSON.stringify(require.resolve('..'))).slice(1, -1)})
      for (const port of require('worker_threads').workerData) {
        const queue = new SharedQueue()
        queue.push({ queue, port }, { transfer: [port] })
      }
    \`, { eval: true, workerData: ports, transferList: ports })
    worker.once('exit', async () => {
      await gone()
      console.log('gone')
    })
  `], { timeout: 30_000 })
  t.is(result.stdout, 'gone\n', result.stderr)
})

it('pushing looks at no other queue', async (t) => {
  const result = await runNode(['-e', `${modules}
    const long = 'x'.repeat(2000)
    const queue = new SharedQueue({ capacity: 4 })
    const measure = () => {
      let best = Infinity
      for (let time = 0; time < 7; time++) {
        const start = process.hrtime.bigint()
        for (let i = 0; i < 2000; i++) { queue.tryPush(long); queue.tryPop() }
        best = Math.min(best, Number(process.hrtime.bigint() - start) / 2000)
      }
      return best
    }
    measure()
    const alone = measure()
    const others = Array.from({ length: 10_000 }, () => {
      const other = new SharedQueue({ capacity: 2, slotSize: 8 })
      other.tryPush(long)
      return other
    })
    const beside = measure()
    console.log(JSON.stringify({ alone, beside, others: others.length }))
  `], { timeout: 60_000 })
  const { alone, beside } = JSON.parse(result.stdout)
  // It was 50 times as long.
  t.true(beside < 10 * alone, `${alone} ns, ${beside} ns`)
})
