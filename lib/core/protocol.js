'use strict'

// What this half and the native one agree on by number or by name.
// Generated from codec/protocol.json: change that, and run `npm run protocol`.

module.exports = {
  /** Of the table that this was generated from. */
  fingerprint: 1721975284,
  /** The kind of a message, an argument of JavaScript's receive(). For a message that cannot be read it is the complement. */
  messageKind: {
    /** Posted by the program. */
    message: 0,
    /** The complement of MESSAGE. */
    messageError: -1,
    /** To this package's other half; see `control`. It keeps its order with the program's messages. */
    control: 1,
    /** The other side of the port is closed. */
    close: 2,
    /** The worker has ended, with this exit code. */
    exit: 3,
    /** To all workers of a pool. */
    broadcast: 4,
    /** The task with this number must end. */
    aborted: 5,
    /** The task with this number has timed out. */
    timedOut: 6,
    /** The pool worker must end. */
    retired: 7,
    /** To a thread, by its id. */
    threadMessage: 8,
    /** The thread's message to another thread, with this number, was delivered. */
    delivered: 9,
    /** No listener has received it: there is none, or the other thread has ended. */
    noListener: 10,
    /** The listener threw, or the message could not be read. */
    listenerThrew: 11,
    /** There are notices of named locks. */
    lockNotices: 12,
    /** For a pool's task: add four times its number and a `task_flag`. */
    firstTask: 16
  },
  /** The keys of ports that no longer have one. */
  portKey: {
    /** Closed, and `close` was emitted. */
    closed: -1,
    /** Closed or transferred, before `close`. */
    closing: -2,
    /** The same, for a port that keeps the event loop alive. */
    closingReferenced: -3
  },
  /** The two lowest bits of a task's message kind. */
  taskFlag: {
    /** To the worker: the message is the task's data. */
    plain: 0,
    /** To the worker: the message is an object that contains the data. */
    wrapped: 1,
    /** From the worker: the task's result. */
    result: 0,
    /** From the worker: the task's error. */
    error: 1,
    /** From the worker: progress. The task continues after this and later flags. */
    progress: 2,
    /** From the worker: an `interim`. */
    more: 3
  },
  /** The two lowest bits of a message about a call of a function that the parent exposes; the others hold its number, as for a task. */
  callFlag: {
    /** From the worker: a call. */
    call: 0,
    /** From the worker: a call that it waits for. The answer comes by a port of its own. */
    syncCall: 1,
    /** From the worker: a signal among the arguments has aborted. */
    abort: 2,
    /** To the worker: the call's result. */
    result: 0,
    /** To the worker: the call's error. */
    error: 1
  },
  /** The `type` of a control message. An unknown one is an error on either side. */
  control: {
    /** To a worker: run the entry. */
    run: 'run',
    /** To a worker: chunks for process.stdin. */
    stdin: 'stdin',
    /** To a worker: its stdout or stderr has a reader. */
    wantsOutput: 'wantsOutput',
    /** To a pool worker: a message for its task. */
    taskMessage: 'taskMessage',
    /** To a lean worker: what has become of its request for a named lock of Node. */
    lockNotice: 'lockNotice',
    /** From a lean worker: it wants a named lock of Node. */
    lockRequest: 'lockRequest',
    /** From a lean worker: it gives the lock back, or wants it no more. */
    lockRelease: 'lockRelease',
    /** From a worker: it is running. */
    online: 'online',
    /** From a worker: the uncaught error that ends it. */
    error: 'error',
    /** From a worker: chunks of its stdout or stderr. */
    output: 'output',
    /** From a worker: it reads process.stdin. */
    wantsInput: 'wantsInput',
    /** From a pool worker: it takes tasks. */
    ready: 'ready',
    /** From a pool worker: its file is not a pool worker file. */
    unusable: 'unusable',
    /** From a pool worker: it has no more tasks and runs its cleanup. */
    tearingDown: 'tearingDown',
    /** From a worker without Node: it has a BroadcastChannel, which reaches others through this port. */
    broadcastChannel: 'broadcastChannel'
  },
  /** The `type` of a task's interim message other than progress. */
  interim: {
    /** A message of a conversation. */
    message: 'message',
    /** The result is an iterable, on the other side of this port. */
    iterable: 'iterable'
  },
  /** How an asynchronous operation ended. */
  operationOutcome: {
    /** With a value, or an error, to fetch. */
    value: 0,
    /** It holds the lock. */
    taken: 1,
    /** It holds the lock; an earlier holder ended without releasing it. */
    takenPoisoned: 2,
    /** It was notified. */
    notified: 3
  },
  /** How blocking ended. */
  attempt: {
    /** It holds the lock, or was woken. */
    taken: 0,
    /** It holds the lock; an earlier holder ended without releasing it. */
    takenPoisoned: 1,
    timedOut: 2,
    /** The thread must end, or check for other work and continue. */
    interrupted: 3
  },
  /** How waiting at a barrier ended. Numbers with the meaning of an `attempt` are the same. */
  passage: {
    /** All parties have arrived. */
    passed: 0,
    /** All parties have arrived; this was the last one. */
    last: 1,
    /** The barrier is broken for the others. */
    timedOut: 2,
    /** The barrier is broken for the others; this thread must end. */
    interrupted: 3,
    broken: 4
  },
  /** The two sides of a queue or a ring. */
  side: {
    /** Values or bytes are taken out here. */
    out: 0,
    /** Values or bytes are put in here. */
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
  /** The type of the value in a queue's slot. */
  slotKind: {
    undefined: 0,
    null: 1,
    true: 2,
    false: 3,
    /** 8 bytes, in the machine's byte order. */
    number: 4,
    latin1: 5,
    /** Two bytes per unit, in the machine's byte order. */
    utf16: 6,
    /** A Uint8Array. */
    bytes: 7,
    /** 8 bytes, signed. */
    bigint: 8,
    /** In V8's serialisation format. */
    serialized: 9,
    /** The number of a message that is kept outside the queue, because it is too large or has attachments. */
    boxed: 10
  },
  /** Words of queues and rings that different threads use are on separate cache lines. */
  cacheLine: {
    /** 4-byte words per line. */
    words: 16
  },
  /** The cache lines of a queue. */
  queueLine: {
    /** See `queue_shape`; 0 in zeroed memory, before the queue is created. */
    shape: 0,
    /** The position of the next push, times 2, and `queue_tail`. */
    tail: 1,
    /** The position of the next pop. */
    head: 2,
    /** Not 0 while threads wait for a value. */
    valuesWanted: 3,
    /** Not 0 while threads wait for space. */
    spaceWanted: 4,
    /** The first line of the slots. */
    slots: 5
  },
  /** Bits of the first word of a queue: 0 to 4 are the logarithm of the capacity, 6 and up the words per value. */
  queueShape: {
    /** All values are bytes. */
    isBytes: 32,
    /** Always set. */
    exists: 1073741824
  },
  /** Bits of the tail position of a queue. */
  queueTail: {
    /** No more pushes. */
    closed: 1,
    /** Positions count up to this, then wrap to 0. */
    position: 2147483647
  },
  /** Words of a slot. */
  queueSlot: {
    /** Words before the value: the turn; the kind, with the length from bit 8 on. */
    header: 2
  },
  /** The cache lines of a ring. */
  ringLine: {
    /** See `ring_shape`; 0 in zeroed memory, before the ring is created. */
    shape: 0,
    /** Bytes written. */
    tail: 1,
    /** Bytes read. */
    head: 2,
    /** Not 0 while a thread waits for bytes. */
    bytesWanted: 3,
    /** Not 0 while threads wait for space. */
    spaceWanted: 4,
    /** See `ring_state`. */
    state: 5,
    /** The thread that owns the writing end. */
    writer: 6,
    /** The thread that owns the reading end. */
    reader: 7,
    /** Why the ring was destroyed: a length and UTF-8 text. */
    reason: 8,
    /** The first line of the bytes. */
    bytes: 12
  },
  /** Bits of the first word of a ring; the lowest bits are the logarithm of the capacity. */
  ringShape: {
    /** Always set. */
    exists: 2147483648
  },
  /** Bits of a ring's state. */
  ringState: {
    /** No more writes. */
    ended: 1,
    writerLost: 2,
    readerLost: 4,
    destroyed: 8,
    /** The reason was written. */
    hasReason: 16
  },
  /** A request to a lock. For a semaphore it is a number of permits. */
  lockRequest: {
    /** For a Mutex or a Once. */
    only: 0,
    /** For an RwLock. */
    write: 0,
    /** For an RwLock; a larger number means that many read requests. */
    read: 1
  },
  /** What happens to a request for a named lock that cannot be granted at once. */
  lockPatience: {
    /** It waits. */
    wait: 0,
    /** It fails. */
    giveUp: 1,
    /** It takes the lock from its holders. */
    steal: 2
  },
  /** What has become of a request for a named lock. */
  lockOutcome: {
    granted: 0,
    unavailable: 1,
    waiting: 2,
    /** It was granted, and another request has taken it. */
    stolen: 3
  },
  /** Bits of the first word of a lock. */
  lockWord: {
    /** The number of the holding thread, of readers, or of permits. */
    count: 268435455,
    /** For an RwLock: the thread with this number writes. */
    writer: 268435456,
    /** For a Once: it is done. */
    done: 268435456,
    /** A holder ended without releasing it; the next holder is notified. */
    poisoned: 536870912,
    /** Threads wait for it in the parking lot. */
    waiting: 1073741824
  },
  /** Words of a semaphore. */
  semaphoreWord: {
    /** Free permits, with the flags of `lock_word`. */
    left: 0,
    /** The initial number of permits, plus 1; 0 before it is set. */
    limit: 1
  },
  /** Words of a latch. */
  latchWord: {
    /** The initial count, plus 1; 0 before it is set. */
    total: 0,
    counted: 1,
    /** Not 0 while threads wait. */
    wanted: 2
  },
  /** Words of a barrier. */
  barrierWord: {
    /** The number of parties, plus 1; 0 before it is set. */
    parties: 0,
    /** The number of arrived parties, or `barrier_state`. */
    arrived: 1
  },
  /** Replaces the number of arrived parties. */
  barrierState: {
    broken: 2147483648
  },
  /** The size of each in 4-byte words. */
  wordCount: {
    mutex: 1,
    rwLock: 1,
    semaphore: 2,
    once: 1,
    condvar: 1,
    latch: 3,
    barrier: 2
  },
  /** The element types of views. */
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
