'use strict'

// What this half and the native one agree on by number or by name.
// Generated from codec/protocol.json: change that, and run `npm run protocol`.

module.exports = {
  /** Of the table that this was generated from. */
  fingerprint: 2656902861,
  /** What a message is, as JavaScript's receive() is told. Of a message that cannot be read it is told the complement. */
  messageKind: {
    /** Posted by the program. */
    message: 0,
    /** The complement of MESSAGE. */
    messageError: -1,
    /** To this package's other half; see `control`. It travels among the program's messages, which keeps their order. */
    control: 1,
    /** The other side of the port is closed. */
    close: 2,
    /** The worker has ended, with this exit code. */
    exit: 3,
    /** To all workers of a pool. */
    broadcast: 4,
    /** The task of this number is to end. */
    aborted: 5,
    /** The same, because its time is up. */
    timedOut: 6,
    /** The worker of a pool is to end. */
    retired: 7,
    /** Of a pool's task: four times its number, and a `task_flag`, are added. */
    firstTask: 16
  },
  /** The two lowest bits of a task's message kind. */
  taskFlag: {
    /** To the worker: the message is the task's data. */
    plain: 0,
    /** To the worker: the message is the data and more. */
    wrapped: 1,
    /** From the worker: what the task returned. */
    result: 0,
    /** From the worker: why the task returned nothing. */
    error: 1,
    /** From the worker. From here on the task goes on. */
    progress: 2,
    /** From the worker: an `interim`. */
    more: 3
  },
  /** The `type` of a control message. An unknown one is an error on either side. */
  control: {
    /** To a worker: its entry is to run. */
    run: 'run',
    /** To a worker: chunks for process.stdin. */
    stdin: 'stdin',
    /** To a worker: somebody reads its stdout or stderr. */
    wantsOutput: 'wantsOutput',
    /** To a worker of a pool: a message for its task. */
    taskMessage: 'taskMessage',
    /** From a worker: it runs. */
    online: 'online',
    /** From a worker: the uncaught error that ends it. */
    error: 'error',
    /** From a worker: chunks of its stdout or stderr. */
    output: 'output',
    /** From a worker: it reads process.stdin. */
    wantsInput: 'wantsInput',
    /** From a worker of a pool: it takes tasks. */
    ready: 'ready',
    /** From a worker of a pool: its file can never work for the pool. */
    unusable: 'unusable',
    /** From a worker of a pool: it has no more tasks and cleans up. */
    tearingDown: 'tearingDown'
  },
  /** The `type` of what a task tells besides its progress. */
  interim: {
    /** Of a conversation. */
    message: 'message',
    /** The result is an iterable, at the other side of this port. */
    iterable: 'iterable'
  },
  /** How an operation that goes on without its thread ended. */
  operationOutcome: {
    /** With a value, or an error, to be asked for. */
    value: 0,
    /** It has the lock. */
    taken: 1,
    /** It has the lock; a thread that had it is gone and left what it guards as it was. */
    takenPoisoned: 2,
    /** What was waited for has happened. */
    notified: 3
  },
  /** How blocking ended. */
  attempt: {
    /** It has the lock, or has been woken. */
    taken: 0,
    /** It has the lock; a thread that had it is gone and left what it guards as it was. */
    takenPoisoned: 1,
    timedOut: 2,
    /** The thread is to end, or to have a look and go on. */
    interrupted: 3
  },
  /** How waiting at a barrier ended; where it means the same as an `attempt` it is the same number. */
  passage: {
    /** All parties have arrived. */
    passed: 0,
    /** All parties have arrived; this was the last one. */
    last: 1,
    /** The barrier is broken for the others. */
    timedOut: 2,
    /** The same; the thread is to end. */
    interrupted: 3,
    broken: 4
  },
  /** The two sides of a queue or a ring. */
  side: {
    /** Where values, or bytes, are taken out. */
    out: 0,
    /** Where they are put in. */
    in: 1
  },
  /** How an attempt to push or pop ended. */
  queueStatus: {
    done: 0,
    /** The queue is full, or empty. */
    notNow: 1,
    /** The queue is closed and, for a pop, empty. */
    never: 2,
    /** No slot is that large. */
    tooLong: 3
  },
  /** What the value in a slot of a queue is. */
  slotKind: {
    undefined: 0,
    null: 1,
    true: 2,
    false: 3,
    /** 8 bytes, as the machine has them. */
    number: 4,
    latin1: 5,
    /** Two bytes a unit, as the machine has them. */
    utf16: 6,
    /** A Uint8Array. */
    bytes: 7,
    /** 8 bytes, signed. */
    bigint: 8,
    /** As V8 writes it. */
    serialized: 9,
    /** The number of a message that is kept outside of the queue: it is too large, or not only bytes. */
    boxed: 10
  },
  /** What of queues and rings is used by different threads is on cache lines of its own. */
  cacheLine: {
    /** 4-byte words of a line. */
    words: 16
  },
  /** On which cache line what of a queue is. */
  queueLine: {
    /** What the queue is like, see `queue_shape`; 0 in zeroed memory, where nobody has made a queue yet. */
    shape: 0,
    /** The position of the next push, times 2, and `queue_tail`. */
    tail: 1,
    /** The position of the next pop. */
    head: 2,
    /** Not 0 when somebody waits for a value. */
    valuesWanted: 3,
    /** Not 0 when somebody waits for space. */
    spaceWanted: 4,
    /** Where the slots begin. */
    slots: 5
  },
  /** Bits of the first word of a queue: 0 to 4 the logarithm of the capacity, from 6 on the words of a value. */
  queueShape: {
    /** All values are bytes. */
    isBytes: 32,
    /** Always. */
    exists: 1073741824
  },
  /** Of positions in a queue. */
  queueTail: {
    /** Nothing more is pushed. */
    closed: 1,
    /** Positions count up to this, and begin anew. */
    position: 2147483647
  },
  /** Words of a slot. */
  queueSlot: {
    /** Before the value: its turn; its kind, and its length from bit 8 on. */
    header: 2
  },
  /** On which cache line what of a ring is. */
  ringLine: {
    /** What the ring is like, see `ring_shape`; 0 in zeroed memory, where nobody has made a ring yet. */
    shape: 0,
    /** Bytes written. */
    tail: 1,
    /** Bytes read. */
    head: 2,
    /** Not 0 when somebody waits for bytes. */
    bytesWanted: 3,
    /** Not 0 when somebody waits for space. */
    spaceWanted: 4,
    /** See `ring_state`. */
    state: 5,
    /** The thread that has the writing end. */
    writer: 6,
    /** The thread that has the reading end. */
    reader: 7,
    /** Why the ring was destroyed, in UTF-8: its length, and it. */
    reason: 8,
    /** Where the bytes begin. */
    bytes: 12
  },
  /** Bits of the first word of a ring; the lowest ones are the logarithm of the capacity. */
  ringShape: {
    /** Always. */
    exists: 2147483648
  },
  /** Bits of a ring's state. */
  ringState: {
    /** Nothing more is written. */
    ended: 1,
    writerLost: 2,
    readerLost: 4,
    destroyed: 8,
    /** The reason is written. */
    hasReason: 16
  },
  /** What is asked of a lock. Of a semaphore it is a number of permits. */
  lockRequest: {
    /** Of a Mutex or a Once. */
    only: 0,
    /** Of an RwLock. */
    write: 0,
    /** Of an RwLock; a larger number is so many requests to read. */
    read: 1
  },
  /** Bits of the first word of a lock. */
  lockWord: {
    /** The number of the thread that has it, or of those who read, or of permits. */
    count: 268435455,
    /** Of an RwLock: the thread of this number writes. */
    writer: 268435456,
    /** Of a Once: it is done. */
    done: 268435456,
    /** Whoever had it is gone; the next one is told. */
    poisoned: 536870912,
    /** Somebody waits for it in the parking lot. */
    waiting: 1073741824
  },
  /** Words of a semaphore. */
  semaphoreWord: {
    /** Permits that are left, with the flags of `lock_word`. */
    left: 0,
    /** Permits at first, plus 1; 0 before somebody has said it. */
    limit: 1
  },
  /** Words of a latch. */
  latchWord: {
    /** Its number at first, plus 1; 0 before somebody has said it. */
    total: 0,
    counted: 1,
    /** Not 0 when somebody waits. */
    wanted: 2
  },
  /** Words of a barrier. */
  barrierWord: {
    /** Their number, plus 1; 0 before somebody has said it. */
    parties: 0,
    /** How many have arrived, or `barrier_state`. */
    arrived: 1
  },
  /** Instead of how many parties have arrived. */
  barrierState: {
    broken: 2147483648
  },
  /** How many 4-byte words each takes. */
  wordCount: {
    mutex: 1,
    rwLock: 1,
    semaphore: 2,
    once: 1,
    condvar: 1,
    latch: 3,
    barrier: 2
  },
  /** The types of a view's elements. */
  elementKind: {
    int8: 0,
    uint8: 1,
    int16: 2,
    uint16: 3,
    int32: 4,
    uint32: 5,
    bigint64: 6,
    biguint64: 7,
    float32: 8,
    float64: 9
  }
}
