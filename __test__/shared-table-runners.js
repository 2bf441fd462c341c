'use strict'

// Performs the steps of the tables in fixtures/shared with the classes of JavaScript.

const { once } = require('node:events')
const { Barrier, Condvar, Latch, Mutex, Once, RwLock, Semaphore, Worker } = require('..')
const { lockWord, ringState, queueLine, queueSlot, ringLine, cacheLine, slotKind, barrierState } = require('../lib/core/protocol')

const now = { timeout: 0, blockMainThread: true }

const names = {
  ERR_ISOTHREADS_TIMEOUT: 'timed out',
  ERR_ISOTHREADS_DEADLOCK: 'deadlock',
  ERR_ISOTHREADS_BARRIER_BROKEN: 'broken',
  ERR_ISOTHREADS_QUEUE_CLOSED: 'closed',
  ERR_ISOTHREADS_RING_CLAIMED: 'claimed',
  ERR_ISOTHREADS_RING_BROKEN: 'broken',
  ERR_ISOTHREADS_RING_ENDED: 'ended'
}

/** @returns {unknown} the result of a call, or the table's word for its error */
function outcomeOf (call) {
  try {
    return call()
  } catch (error) {
    if (error.code === 'ERR_ISOTHREADS_RING_DESTROYED') return error.message.replace('The ring was d', 'd')
    if (error.code === undefined) throw error
    return names[error.code] ?? error.code
  }
}

/** Lets a thread do something with the object, and end in the middle of it. */
async function dieAfter (object, doing) {
  const code = `const { object } = require(${JSON.stringify(require.resolve('..'))}).workerData; ${doing}; process.exit()`
  await once(new Worker(code, { eval: true, workerData: { object } }), 'exit')
}

const hold = (held, guard) => {
  held.push(guard)
  return guard.poisoned ? 'taken, poisoned' : 'taken'
}
const release = ({ held }) => void held.pop().release()

const locks = {
  Mutex: {
    make: buffer => new Mutex(buffer),
    take: ({ object, held }) => hold(held, object.lock(now)),
    release,
    'dieAfter take': ({ object }) => dieAfter(object, 'object.lock()')
  },
  RwLock: {
    make: buffer => new RwLock(buffer),
    read: ({ object, held }) => hold(held, object.read(now)),
    write: ({ object, held }) => hold(held, object.write(now)),
    release,
    'dieAfter read': ({ object }) => dieAfter(object, 'object.read()'),
    'dieAfter write': ({ object }) => dieAfter(object, 'object.write()')
  },
  Semaphore: {
    make: (buffer, initial) => new Semaphore(initial, buffer),
    take: ({ object, held }, { count }) => hold(held, object.acquire(count, now)),
    release,
    'dieAfter take': ({ object }, { count }) => dieAfter(object, `object.acquire(${count})`)
  },
  Once: {
    make: buffer => new Once(buffer),
    call ({ object }) {
      let how
      const hasRun = object.call(({ poisoned }) => { how = poisoned ? 'ran, poisoned' : 'ran' }, now)
      return hasRun ? how : 'did not run'
    },
    callThatFails ({ object }) {
      const failure = Object.assign(new Error(), { code: 'failed' })
      object.call(() => { throw failure }, now)
      return 'did not run'
    },
    callInCall ({ object }) {
      let inner
      object.call(() => { inner = outcomeOf(() => object.call(() => {}, now)) }, now)
      return inner
    },
    'dieAfter call': ({ object }) => dieAfter(object, 'object.call(() => process.exit())')
  },
  Condvar: {
    make: buffer => new Condvar(buffer),
    wait ({ object }) {
      const mutex = new Mutex()
      const guard = mutex.lock(now)
      const outcome = outcomeOf(() => object.wait(guard, now))
      if (!mutex.locked) throw new Error('the mutex is not locked after the wait')
      guard.release()
      return outcome
    },
    notifyOne: ({ object }) => object.notifyOne(),
    notifyAll: ({ object }) => object.notifyAll()
  },
  Latch: {
    make: (buffer, initial) => new Latch(initial, buffer),
    wait ({ object }) {
      object.wait(now)
      return 'open'
    },
    countDown: ({ object }, { count }) => object.countDown(count)
  },
  Barrier: {
    make: (buffer, initial) => new Barrier(initial, buffer),
    wait: ({ object }) => object.wait(now) ? 'last' : 'passed',
    leave: ({ object }) => object.leave(),
    reset: ({ object }) => object.reset()
  }
}

const bytesOf = hex => new Uint8Array(Buffer.from(hex, 'hex'))

/** A value as the table has it. */
const shown = value => value instanceof Uint8Array ? { bytes: Buffer.from(value).toString('hex') } : value

const asQueue = outcome => ({ 'timed out': 'full', ERR_OUT_OF_RANGE: 'too long' })[outcome] ?? outcome

const queue = {
  push: ({ object }, { number }) => asQueue(outcomeOf(() => object.push(number, now) ?? 'pushed')),
  pushBytes: ({ object }, { bytes }) => asQueue(outcomeOf(() => object.push(bytesOf(bytes), now) ?? 'pushed')),
  pop ({ object }) {
    const popped = outcomeOf(() => object.pop(now))
    return popped === 'timed out' ? 'empty' : shown(popped)
  },
  close: ({ object }) => object.close()
}

/** The bytes of a ring count up from 0. */
const counting = (first, count) => Uint8Array.from({ length: count }, (_, index) => first + index)

const ring = {
  write (state, { count }) {
    const written = state.object.tryWrite(counting(state.written, count))
    state.written += written
    return written === 0 && count > 0 ? 'full' : written
  },
  read (state, { count }) {
    const bytes = state.object.tryRead(count)
    if (bytes === undefined) return 'empty'
    if (bytes === null) return 0
    if (!Buffer.from(bytes).equals(counting(state.read, bytes.length))) throw new Error(`other bytes than written: ${bytes}`)
    state.read += bytes.length
    return bytes.length
  },
  end: ({ object }) => object.end(),
  destroy: ({ object }, { reason }) => object.destroy(new Error(reason)),
  releaseWriter: ({ object }) => object.releaseWriter(),
  releaseReader: ({ object }) => object.releaseReader(),
  async 'dieAfter write' (state, { count }) {
    await dieAfter(state.object, `object.tryWrite(Uint8Array.from({ length: ${count} }, (_, index) => ${state.written} + index))`)
    state.written += count
  },
  async 'dieAfter read' (state, { count }) {
    await dieAfter(state.object, `object.tryRead(${count})`)
    state.read += count
  }
}

/** The number of this thread in locks. */
function numberOfThisThread () {
  const buffer = new SharedArrayBuffer(4)
  const guard = new Mutex(buffer).lock(now)
  const [number] = new Uint32Array(buffer)
  guard.release()
  return number
}

/**
 * The numbers that texts of the tables stand for. `other` stands for any thread but this.
 * @param {number} self
 */
function meanings (self) {
  const { count: COUNT, poisoned, waiting, writer, done } = lockWord
  const other = self === COUNT ? 1 : self + 1
  const { ended, writerLost, readerLost, destroyed, hasReason } = ringState
  return { self, other, poisoned, waiting, writer, done, broken: barrierState.broken, ended, writerLost, readerLost, destroyed, hasReason }
}

/** @returns {number} a word of memory that a table names */
function wordOf (text, self) {
  if (typeof text === 'number') return text
  const numbers = meanings(self)
  return text.split('|').reduce((word, part) => (word | (numbers[part] ?? Number(part))) >>> 0, 0)
}

/** Fills memory, and has the words of it in a table's form. */
const inLocks = {
  fill: (words, row, self) => row.words.forEach((text, index) => { words[index] = wordOf(text, self) }),
  expected: (step, self) => step.words.map(text => wordOf(text, self)),
  found: words => [...words]
}

const LINE = cacheLine.words
const slotAt = ({ slotSize }, index) => queueLine.slots * LINE + index * (queueSlot.header + slotSize / 4)

const inQueues = {
  fill (words, { tail = 0, head = 0, turns = [], ...row }) {
    words[queueLine.tail * LINE] = tail
    words[queueLine.head * LINE] = head
    turns.forEach((turn, index) => { words[slotAt(row, index)] = turn })
  },
  expected: ({ tail, head, turns }) => [tail, head, ...turns],
  found: (words, row) => [
    words[queueLine.tail * LINE], words[queueLine.head * LINE], ...Array.from({ length: row.capacity }, (_, index) => words[slotAt(row, index)])
  ]
}

const partsOfRings = ['tail', 'head', 'state', 'writer', 'reader']

const inRings = {
  fill: (words, row, self) => partsOfRings.forEach((part) => { words[ringLine[part] * LINE] = wordOf(row[part] ?? 0, self) }),
  // A thread that has ended has some number.
  expected: (step, self) => partsOfRings.map(part => step[part] === 'other' ? 'other' : step[part] === undefined ? undefined : wordOf(step[part], self)),
  found: (words, row, step, self) => partsOfRings.map((part) => {
    const word = words[ringLine[part] * LINE]
    if (step[part] === undefined) return undefined
    return step[part] === 'other' && word !== 0 && word !== self ? 'other' : word
  })
}

const kinds = Object.fromEntries(Object.entries(slotKind).map(([name, kind]) => [kind, name.toUpperCase()]))

/** The kind and the bytes in the first slot of a queue. */
function slotOf (words, row) {
  const start = slotAt(row, 0)
  const info = words[start + 1]
  const bytes = new Uint8Array(words.buffer, (start + queueSlot.header) * 4, info >>> 8)
  return { kind: kinds[info & 0xff], bytes: Buffer.from(bytes).toString('hex') }
}

/** @returns {unknown} the value that a row of slots.json describes */
function valueOf ({ type, text }) {
  switch (type) {
    case 'undefined': return undefined
    case 'number': return Number(text)
    case 'string': return text
    case 'bigint': return BigInt(text)
    case 'bytes': return bytesOf(text)
    case 'null': return null
    default: return JSON.parse(text)
  }
}

module.exports = { inLocks, inQueues, inRings, locks, numberOfThisThread, outcomeOf, queue, ring, slotOf, valueOf }
