'use strict'

// What locks, queues and rings do, step by step, and the words of memory after each step: from the same tables for JavaScript, for
// Rust's threads (the SDK), and for the code below both, which `cargo test` runs.

const avaTest = require('ava').default
const { Mutex, SharedQueue, SharedRing } = require('..')
const rowsOfLocks = require('./fixtures/shared/locks.json')
const rowsOfQueues = require('./fixtures/shared/queues.json')
const rowsOfRings = require('./fixtures/shared/rings.json')
const rowsOfSlots = require('./fixtures/shared/slots.json')
const { bounded, inbox } = require('./helpers')
const { answerOf, start } = require('./native-helpers')
const {
  inLocks, inQueues, inRings, locks, numberOfThisThread, outcomeOf, queue, ring, slotOf, valueOf
} = require('./shared-table-runners')

const test = bounded(avaTest)

/** Makes the object of a row, in memory as the row has it. */
const makers = {
  lock (row, self) {
    const words = new Uint32Array(new SharedArrayBuffer(row.words.length * 4))
    inLocks.fill(words, row, self)
    return { words, object: locks[row.class].make(words.buffer, row.initial) }
  },
  queue (row, self) {
    const object = new SharedQueue(row)
    const words = new Uint32Array(object.buffer)
    inQueues.fill(words, row, self)
    return { words, object }
  },
  ring (row, self) {
    const object = new SharedRing(row)
    const words = new Uint32Array(object.buffer, 0, 12 * 16)
    inRings.fill(words, row, self)
    return { words, object }
  }
}

const tables = [
  { of: 'locks', rows: rowsOfLocks, make: makers.lock, memory: inLocks, operations: row => locks[row.class], name: row => row.class },
  { of: 'queues', rows: rowsOfQueues, make: makers.queue, memory: inQueues, operations: () => queue, name: () => 'queue' },
  { of: 'rings', rows: rowsOfRings, make: makers.ring, memory: inRings, operations: () => ring, name: () => 'ring' }
]

/** What an operation needs besides its object. */
const needed = row => row.class === 'Condvar' ? { Mutex: new Mutex() } : {}

const titleOf = (row, index) => {
  const { steps, ...parameters } = row
  return `${JSON.stringify(parameters)}, step ${index + 1}: ${JSON.stringify(steps[index])}`
}

/** Compares what a step gave, and the words of memory after it, with the table. */
function check (t, { memory }, row, index, self, { gives, words }) {
  const step = row.steps[index]
  t.deepEqual(gives ?? null, step.gives ?? null, titleOf(row, index))
  t.deepEqual(memory.found(words, row, step, self), memory.expected(step, self), titleOf(row, index))
}

for (const table of tables) {
  test(`the table of ${table.of}, in JavaScript`, async (t) => {
    const self = numberOfThisThread()
    for (const row of table.rows) {
      const { words, object } = table.make(row, self)
      const state = { object, held: [], written: 0, read: 0 }
      for (const [index, step] of row.steps.entries()) {
        const gives = await outcomeOf(() => table.operations(row)[step.do](state, step))
        check(t, table, row, index, self, { gives, words })
      }
    }
  })

  test(`the table of ${table.of}, in Rust`, async (t) => {
    const own = new Mutex()
    const worker = start(t, `${table.of}_table`, { workerData: { mutex: own, words: new Uint32Array(own.buffer) } })
    const receive = inbox(worker)
    const self = await receive()
    const made = table.rows.map(row => table.make(row, self))
    worker.postMessage(table.rows.map((row, index) => ({ steps: row.steps, words: made[index].words, [table.name(row)]: made[index].object, ...needed(row) })))
    const answers = await receive()
    t.deepEqual(answers.map(steps => steps.length), table.rows.map(row => row.steps.length))
    for (const [row, observed] of answers.entries()) {
      for (const [index, step] of observed.entries()) check(t, table, table.rows[row], index, self, step)
    }
  })
}

test('a value in a slot of a queue is the same for JavaScript and Rust', async (t) => {
  for (const row of rowsOfSlots) {
    const there = new SharedQueue({ capacity: 1, slotSize: 32 })
    const back = new SharedQueue({ capacity: 1, slotSize: 32 })
    const value = valueOf(row)
    there.push(value, { blockMainThread: true })
    const slot = slotOf(new Uint32Array(there.buffer), { slotSize: 32 })
    t.is(slot.kind, row.kind, row.text)
    if (row.bytes !== undefined) t.is(slot.bytes, row.bytes, row.text)
    await answerOf(t, 'pass_on', { there, back })
    t.deepEqual(back.tryPop('nothing'), value, row.text)
    t.is(there.length, 0)
  }
})
