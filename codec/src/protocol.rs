//! What the addon, its JavaScript half and the SDK agree on by number or by name.
//!
//! Generated from codec/protocol.json: change that, and run `npm run protocol`.

/// Of the table that this was generated from.
pub const FINGERPRINT: u32 = 2656902861;

/// What a message is, as JavaScript's receive() is told. Of a message that cannot be read it is told the complement.
pub mod message_kind {
    /// Posted by the program.
    pub const MESSAGE: i32 = 0;
    /// The complement of MESSAGE.
    pub const MESSAGE_ERROR: i32 = -1;
    /// To this package's other half; see `control`. It travels among the program's messages, which keeps their order.
    pub const CONTROL: i32 = 1;
    /// The other side of the port is closed.
    pub const CLOSE: i32 = 2;
    /// The worker has ended, with this exit code.
    pub const EXIT: i32 = 3;
    /// To all workers of a pool.
    pub const BROADCAST: i32 = 4;
    /// The task of this number is to end.
    pub const ABORTED: i32 = 5;
    /// The same, because its time is up.
    pub const TIMED_OUT: i32 = 6;
    /// The worker of a pool is to end.
    pub const RETIRED: i32 = 7;
    /// Of a pool's task: four times its number, and a `task_flag`, are added.
    pub const FIRST_TASK: i32 = 16;
}

/// The two lowest bits of a task's message kind.
pub mod task_flag {
    /// To the worker: the message is the task's data.
    pub const PLAIN: u32 = 0;
    /// To the worker: the message is the data and more.
    pub const WRAPPED: u32 = 1;
    /// From the worker: what the task returned.
    pub const RESULT: u32 = 0;
    /// From the worker: why the task returned nothing.
    pub const ERROR: u32 = 1;
    /// From the worker. From here on the task goes on.
    pub const PROGRESS: u32 = 2;
    /// From the worker: an `interim`.
    pub const MORE: u32 = 3;
}

/// The `type` of a control message. An unknown one is an error on either side.
pub mod control {
    /// To a worker: its entry is to run.
    pub const RUN: &str = "run";
    /// To a worker: chunks for process.stdin.
    pub const STDIN: &str = "stdin";
    /// To a worker: somebody reads its stdout or stderr.
    pub const WANTS_OUTPUT: &str = "wantsOutput";
    /// To a worker of a pool: a message for its task.
    pub const TASK_MESSAGE: &str = "taskMessage";
    /// From a worker: it runs.
    pub const ONLINE: &str = "online";
    /// From a worker: the uncaught error that ends it.
    pub const ERROR: &str = "error";
    /// From a worker: chunks of its stdout or stderr.
    pub const OUTPUT: &str = "output";
    /// From a worker: it reads process.stdin.
    pub const WANTS_INPUT: &str = "wantsInput";
    /// From a worker of a pool: it takes tasks.
    pub const READY: &str = "ready";
    /// From a worker of a pool: its file can never work for the pool.
    pub const UNUSABLE: &str = "unusable";
    /// From a worker of a pool: it has no more tasks and cleans up.
    pub const TEARING_DOWN: &str = "tearingDown";
}

/// How an operation that goes on without its thread ended.
pub mod operation_outcome {
    /// With a value, or an error, to be asked for.
    pub const VALUE: i32 = 0;
    /// It has the lock.
    pub const TAKEN: i32 = 1;
    /// It has the lock; a thread that had it is gone and left what it guards as it was.
    pub const TAKEN_POISONED: i32 = 2;
    /// What was waited for has happened.
    pub const NOTIFIED: i32 = 3;
}

/// How blocking ended.
pub mod attempt {
    /// It has the lock, or has been woken.
    pub const TAKEN: i32 = 0;
    /// It has the lock; a thread that had it is gone and left what it guards as it was.
    pub const TAKEN_POISONED: i32 = 1;
    pub const TIMED_OUT: i32 = 2;
    /// The thread is to end, or to have a look and go on.
    pub const INTERRUPTED: i32 = 3;
}

/// How waiting at a barrier ended; where it means the same as an `attempt` it is the same number.
pub mod passage {
    /// All parties have arrived.
    pub const PASSED: i32 = 0;
    /// All parties have arrived; this was the last one.
    pub const LAST: i32 = 1;
    /// The barrier is broken for the others.
    pub const TIMED_OUT: i32 = 2;
    /// The same; the thread is to end.
    pub const INTERRUPTED: i32 = 3;
    pub const BROKEN: i32 = 4;
}

/// What became of a call into JavaScript.
pub mod dispatch_status {
    pub const DISPATCHED: i32 = 0;
    /// The listener threw, which was reported as an uncaught exception.
    pub const THREW: i32 = 1;
    /// The isolate is being terminated: call nothing more.
    pub const TERMINATING: i32 = 2;
}

/// What a value of a record is.
pub mod leaf_kind {
    pub const UNDEFINED: u32 = 0;
    pub const NULL: u32 = 1;
    pub const TRUE: u32 = 2;
    pub const FALSE: u32 = 3;
    pub const NUMBER: u32 = 4;
    pub const LATIN1: u32 = 5;
    pub const UTF16: u32 = 6;
}

/// The two sides of a queue or a ring.
pub mod side {
    /// Where values, or bytes, are taken out.
    pub const OUT: u32 = 0;
    /// Where they are put in.
    pub const IN: u32 = 1;
}

/// How an attempt to push or pop ended.
pub mod queue_status {
    pub const DONE: i32 = 0;
    /// The queue is full, or empty.
    pub const NOT_NOW: i32 = 1;
    /// The queue is closed and, for a pop, empty.
    pub const NEVER: i32 = 2;
    /// No slot is that large.
    pub const TOO_LONG: i32 = 3;
}

/// What the value in a slot of a queue is.
pub mod slot_kind {
    pub const UNDEFINED: u8 = 0;
    pub const NULL: u8 = 1;
    pub const TRUE: u8 = 2;
    pub const FALSE: u8 = 3;
    /// 8 bytes, as the machine has them.
    pub const NUMBER: u8 = 4;
    pub const LATIN1: u8 = 5;
    /// Two bytes a unit, as the machine has them.
    pub const UTF16: u8 = 6;
    /// A Uint8Array.
    pub const BYTES: u8 = 7;
    /// 8 bytes, signed.
    pub const BIGINT: u8 = 8;
    /// As V8 writes it.
    pub const SERIALIZED: u8 = 9;
    /// The number of a message that is kept outside of the queue: it is too large, or not only bytes.
    pub const BOXED: u8 = 10;
}

/// What of queues and rings is used by different threads is on cache lines of its own.
pub mod cache_line {
    /// 4-byte words of a line.
    pub const WORDS: usize = 16;
}

/// On which cache line what of a queue is.
pub mod queue_line {
    /// What the queue is like, see `queue_shape`; 0 in zeroed memory, where nobody has made a queue yet.
    pub const SHAPE: usize = 0;
    /// The position of the next push, times 2, and `queue_tail`.
    pub const TAIL: usize = 1;
    /// The position of the next pop.
    pub const HEAD: usize = 2;
    /// Not 0 when somebody waits for a value.
    pub const VALUES_WANTED: usize = 3;
    /// Not 0 when somebody waits for space.
    pub const SPACE_WANTED: usize = 4;
    /// Where the slots begin.
    pub const SLOTS: usize = 5;
}

/// Bits of the first word of a queue: 0 to 4 the logarithm of the capacity, from 6 on the words of a value.
pub mod queue_shape {
    /// All values are bytes.
    pub const IS_BYTES: u32 = 32;
    /// Always.
    pub const EXISTS: u32 = 1073741824;
}

/// Of positions in a queue.
pub mod queue_tail {
    /// Nothing more is pushed.
    pub const CLOSED: u32 = 1;
    /// Positions count up to this, and begin anew.
    pub const POSITION: u32 = 2147483647;
}

/// Words of a slot.
pub mod queue_slot {
    /// Before the value: its turn; its kind, and its length from bit 8 on.
    pub const HEADER: usize = 2;
}

/// On which cache line what of a ring is.
pub mod ring_line {
    /// What the ring is like, see `ring_shape`; 0 in zeroed memory, where nobody has made a ring yet.
    pub const SHAPE: usize = 0;
    /// Bytes written.
    pub const TAIL: usize = 1;
    /// Bytes read.
    pub const HEAD: usize = 2;
    /// Not 0 when somebody waits for bytes.
    pub const BYTES_WANTED: usize = 3;
    /// Not 0 when somebody waits for space.
    pub const SPACE_WANTED: usize = 4;
    /// See `ring_state`.
    pub const STATE: usize = 5;
    /// The thread that has the writing end.
    pub const WRITER: usize = 6;
    /// The thread that has the reading end.
    pub const READER: usize = 7;
    /// Why the ring was destroyed, in UTF-8: its length, and it.
    pub const REASON: usize = 8;
    /// Where the bytes begin.
    pub const BYTES: usize = 12;
}

/// Bits of the first word of a ring; the lowest ones are the logarithm of the capacity.
pub mod ring_shape {
    /// Always.
    pub const EXISTS: u32 = 2147483648;
}

/// Bits of a ring's state.
pub mod ring_state {
    /// Nothing more is written.
    pub const ENDED: u32 = 1;
    pub const WRITER_LOST: u32 = 2;
    pub const READER_LOST: u32 = 4;
    pub const DESTROYED: u32 = 8;
    /// The reason is written.
    pub const HAS_REASON: u32 = 16;
}

/// Locks, as the C interface for libraries names them.
pub mod lock_kind {
    pub const MUTEX: u32 = 0;
    pub const RW_LOCK: u32 = 1;
    pub const SEMAPHORE: u32 = 2;
    pub const ONCE: u32 = 3;
}

/// What threads meet at besides locks, as the C interface for libraries names it.
pub mod coordination_kind {
    pub const CONDVAR: u32 = 0;
    pub const LATCH: u32 = 1;
    pub const BARRIER: u32 = 2;
}

/// What is asked of a lock. Of a semaphore it is a number of permits.
pub mod lock_request {
    /// Of a Mutex or a Once.
    pub const ONLY: u32 = 0;
    /// Of an RwLock.
    pub const WRITE: u32 = 0;
    /// Of an RwLock; a larger number is so many requests to read.
    pub const READ: u32 = 1;
}

/// Bits of the first word of a lock.
pub mod lock_word {
    /// The number of the thread that has it, or of those who read, or of permits.
    pub const COUNT: u32 = 268435455;
    /// Of an RwLock: the thread of this number writes.
    pub const WRITER: u32 = 268435456;
    /// Of a Once: it is done.
    pub const DONE: u32 = 268435456;
    /// Whoever had it is gone; the next one is told.
    pub const POISONED: u32 = 536870912;
    /// Somebody waits for it in the parking lot.
    pub const WAITING: u32 = 1073741824;
}

/// Instead of how many parties have arrived.
pub mod barrier_state {
    pub const BROKEN: u32 = 2147483648;
}

/// How many 4-byte words each takes.
pub mod word_count {
    pub const MUTEX: usize = 1;
    pub const RW_LOCK: usize = 1;
    pub const SEMAPHORE: usize = 2;
    pub const ONCE: usize = 1;
    pub const CONDVAR: usize = 1;
    pub const LATCH: usize = 3;
    pub const BARRIER: usize = 2;
}

/// The types of a view's elements.
pub mod element_kind {
    pub const INT8: u8 = 0;
    pub const UINT8: u8 = 1;
    pub const INT16: u8 = 2;
    pub const UINT16: u8 = 3;
    pub const INT32: u8 = 4;
    pub const UINT32: u8 = 5;
    pub const BIGINT64: u8 = 6;
    pub const BIGUINT64: u8 = 7;
    pub const FLOAT32: u8 = 8;
    pub const FLOAT64: u8 = 9;
}
