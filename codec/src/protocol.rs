//! The numbers and names that the addon, its JavaScript half and the SDK share.
//!
//! Generated from codec/protocol.json: change that, and run `npm run protocol`.

/// Identifies the table from which this was generated.
pub const FINGERPRINT: u32 = 1721975284;

/// The kind of a message, an argument of JavaScript's receive(). For a message that cannot be read it is the complement.
pub mod message_kind {
    /// Posted by the program.
    pub const MESSAGE: i32 = 0;
    /// The complement of MESSAGE.
    pub const MESSAGE_ERROR: i32 = -1;
    /// To this package's other half; see `control`. It keeps its order with the program's messages.
    pub const CONTROL: i32 = 1;
    /// The other side of the port is closed.
    pub const CLOSE: i32 = 2;
    /// The worker has ended, with this exit code.
    pub const EXIT: i32 = 3;
    /// To all workers of a pool.
    pub const BROADCAST: i32 = 4;
    /// The task with this number must end.
    pub const ABORTED: i32 = 5;
    /// The task with this number has timed out.
    pub const TIMED_OUT: i32 = 6;
    /// The pool worker must end.
    pub const RETIRED: i32 = 7;
    /// To a thread, by its id.
    pub const THREAD_MESSAGE: i32 = 8;
    /// The thread's message to another thread, with this number, was delivered.
    pub const DELIVERED: i32 = 9;
    /// No listener has received it: there is none, or the other thread has ended.
    pub const NO_LISTENER: i32 = 10;
    /// The listener threw, or the message could not be read.
    pub const LISTENER_THREW: i32 = 11;
    /// There are notices of named locks.
    pub const LOCK_NOTICES: i32 = 12;
    /// For a pool's task: add four times its number and a `task_flag`.
    pub const FIRST_TASK: i32 = 16;
}

/// The keys of ports that no longer have one.
pub mod port_key {
    /// Closed, and `close` was emitted.
    pub const CLOSED: i32 = -1;
    /// Closed or transferred, before `close`.
    pub const CLOSING: i32 = -2;
    /// The same, for a port that keeps the event loop alive.
    pub const CLOSING_REFERENCED: i32 = -3;
}

/// The two lowest bits of a task's message kind.
pub mod task_flag {
    /// To the worker: the message is the task's data.
    pub const PLAIN: u32 = 0;
    /// To the worker: the message is an object that contains the data.
    pub const WRAPPED: u32 = 1;
    /// From the worker: the task's result.
    pub const RESULT: u32 = 0;
    /// From the worker: the task's error.
    pub const ERROR: u32 = 1;
    /// From the worker: progress. The task continues after this and later flags.
    pub const PROGRESS: u32 = 2;
    /// From the worker: an `interim`.
    pub const MORE: u32 = 3;
}

/// The `type` of a control message. An unknown one is an error on either side.
pub mod control {
    /// To a worker: run the entry.
    pub const RUN: &str = "run";
    /// To a worker: chunks for process.stdin.
    pub const STDIN: &str = "stdin";
    /// To a worker: its stdout or stderr has a reader.
    pub const WANTS_OUTPUT: &str = "wantsOutput";
    /// To a pool worker: a message for its task.
    pub const TASK_MESSAGE: &str = "taskMessage";
    /// To a lean worker: what has become of its request for a named lock of Node.
    pub const LOCK_NOTICE: &str = "lockNotice";
    /// From a lean worker: it wants a named lock of Node.
    pub const LOCK_REQUEST: &str = "lockRequest";
    /// From a lean worker: it gives the lock back, or wants it no more.
    pub const LOCK_RELEASE: &str = "lockRelease";
    /// From a worker: it is running.
    pub const ONLINE: &str = "online";
    /// From a worker: the uncaught error that ends it.
    pub const ERROR: &str = "error";
    /// From a worker: chunks of its stdout or stderr.
    pub const OUTPUT: &str = "output";
    /// From a worker: it reads process.stdin.
    pub const WANTS_INPUT: &str = "wantsInput";
    /// From a pool worker: it takes tasks.
    pub const READY: &str = "ready";
    /// From a pool worker: its file is not a pool worker file.
    pub const UNUSABLE: &str = "unusable";
    /// From a pool worker: it has no more tasks and runs its cleanup.
    pub const TEARING_DOWN: &str = "tearingDown";
    /// From a worker without Node: it has a BroadcastChannel, which reaches others through this port.
    pub const BROADCAST_CHANNEL: &str = "broadcastChannel";
}

/// How an asynchronous operation ended.
pub mod operation_outcome {
    /// With a value, or an error, to fetch.
    pub const VALUE: i32 = 0;
    /// It holds the lock.
    pub const TAKEN: i32 = 1;
    /// It holds the lock; an earlier holder ended without releasing it.
    pub const TAKEN_POISONED: i32 = 2;
    /// It was notified.
    pub const NOTIFIED: i32 = 3;
}

/// How blocking ended.
pub mod attempt {
    /// It holds the lock, or was woken.
    pub const TAKEN: i32 = 0;
    /// It holds the lock; an earlier holder ended without releasing it.
    pub const TAKEN_POISONED: i32 = 1;
    pub const TIMED_OUT: i32 = 2;
    /// The thread must end, or check for other work and continue.
    pub const INTERRUPTED: i32 = 3;
}

/// How waiting at a barrier ended. Numbers with the meaning of an `attempt` are the same.
pub mod passage {
    /// All parties have arrived.
    pub const PASSED: i32 = 0;
    /// All parties have arrived; this was the last one.
    pub const LAST: i32 = 1;
    /// The barrier is broken for the others.
    pub const TIMED_OUT: i32 = 2;
    /// The barrier is broken for the others; this thread must end.
    pub const INTERRUPTED: i32 = 3;
    pub const BROKEN: i32 = 4;
}

/// The outcome of a call into JavaScript.
pub mod dispatch_status {
    pub const DISPATCHED: i32 = 0;
    /// The listener threw, which was reported as an uncaught exception.
    pub const THREW: i32 = 1;
    /// The isolate is being terminated: call nothing more.
    pub const TERMINATING: i32 = 2;
}

/// The type of a record's value.
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
    /// Values or bytes are taken out here.
    pub const OUT: u32 = 0;
    /// Values or bytes are put in here.
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

/// The type of the value in a queue's slot.
pub mod slot_kind {
    pub const UNDEFINED: u8 = 0;
    pub const NULL: u8 = 1;
    pub const TRUE: u8 = 2;
    pub const FALSE: u8 = 3;
    /// 8 bytes, in the machine's byte order.
    pub const NUMBER: u8 = 4;
    pub const LATIN1: u8 = 5;
    /// Two bytes per unit, in the machine's byte order.
    pub const UTF16: u8 = 6;
    /// A Uint8Array.
    pub const BYTES: u8 = 7;
    /// 8 bytes, signed.
    pub const BIGINT: u8 = 8;
    /// In V8's serialisation format.
    pub const SERIALIZED: u8 = 9;
    /// The number of a message that is kept outside the queue, because it is too large or has attachments.
    pub const BOXED: u8 = 10;
}

/// Words of queues and rings that different threads use are on separate cache lines.
pub mod cache_line {
    /// 4-byte words per line.
    pub const WORDS: usize = 16;
}

/// The cache lines of a queue.
pub mod queue_line {
    /// See `queue_shape`; 0 in zeroed memory, before the queue is created.
    pub const SHAPE: usize = 0;
    /// The position of the next push, times 2, and `queue_tail`.
    pub const TAIL: usize = 1;
    /// The position of the next pop.
    pub const HEAD: usize = 2;
    /// Not 0 while threads wait for a value.
    pub const VALUES_WANTED: usize = 3;
    /// Not 0 while threads wait for space.
    pub const SPACE_WANTED: usize = 4;
    /// The first line of the slots.
    pub const SLOTS: usize = 5;
}

/// Bits of the first word of a queue: 0 to 4 are the logarithm of the capacity, 6 and up the words per value.
pub mod queue_shape {
    /// All values are bytes.
    pub const IS_BYTES: u32 = 32;
    /// Always set.
    pub const EXISTS: u32 = 1073741824;
}

/// Bits of the tail position of a queue.
pub mod queue_tail {
    /// No more pushes.
    pub const CLOSED: u32 = 1;
    /// Positions count up to this, then wrap to 0.
    pub const POSITION: u32 = 2147483647;
}

/// Words of a slot.
pub mod queue_slot {
    /// Words before the value: the turn; the kind, with the length from bit 8 on.
    pub const HEADER: usize = 2;
}

/// The cache lines of a ring.
pub mod ring_line {
    /// See `ring_shape`; 0 in zeroed memory, before the ring is created.
    pub const SHAPE: usize = 0;
    /// Bytes written.
    pub const TAIL: usize = 1;
    /// Bytes read.
    pub const HEAD: usize = 2;
    /// Not 0 while a thread waits for bytes.
    pub const BYTES_WANTED: usize = 3;
    /// Not 0 while threads wait for space.
    pub const SPACE_WANTED: usize = 4;
    /// See `ring_state`.
    pub const STATE: usize = 5;
    /// The thread that owns the writing end.
    pub const WRITER: usize = 6;
    /// The thread that owns the reading end.
    pub const READER: usize = 7;
    /// Why the ring was destroyed: a length and UTF-8 text.
    pub const REASON: usize = 8;
    /// The first line of the bytes.
    pub const BYTES: usize = 12;
}

/// Bits of the first word of a ring; the lowest bits are the logarithm of the capacity.
pub mod ring_shape {
    /// Always set.
    pub const EXISTS: u32 = 2147483648;
}

/// Bits of a ring's state.
pub mod ring_state {
    /// No more writes.
    pub const ENDED: u32 = 1;
    pub const WRITER_LOST: u32 = 2;
    pub const READER_LOST: u32 = 4;
    pub const DESTROYED: u32 = 8;
    /// The reason was written.
    pub const HAS_REASON: u32 = 16;
}

/// Locks, as numbered in the C interface for libraries.
pub mod lock_kind {
    pub const MUTEX: u32 = 0;
    pub const RW_LOCK: u32 = 1;
    pub const SEMAPHORE: u32 = 2;
    pub const ONCE: u32 = 3;
}

/// Synchronisation objects other than locks, as numbered in the C interface for libraries.
pub mod coordination_kind {
    pub const CONDVAR: u32 = 0;
    pub const LATCH: u32 = 1;
    pub const BARRIER: u32 = 2;
}

/// A request to a lock. For a semaphore it is a number of permits.
pub mod lock_request {
    /// For a Mutex or a Once.
    pub const ONLY: u32 = 0;
    /// For an RwLock.
    pub const WRITE: u32 = 0;
    /// For an RwLock; a larger number means that many read requests.
    pub const READ: u32 = 1;
}

/// What happens to a request for a named lock that cannot be granted at once.
pub mod lock_patience {
    /// It waits.
    pub const WAIT: i32 = 0;
    /// It fails.
    pub const GIVE_UP: i32 = 1;
    /// It takes the lock from its holders.
    pub const STEAL: i32 = 2;
}

/// What has become of a request for a named lock.
pub mod lock_outcome {
    pub const GRANTED: i32 = 0;
    pub const UNAVAILABLE: i32 = 1;
    pub const WAITING: i32 = 2;
    /// It was granted, and another request has taken it.
    pub const STOLEN: i32 = 3;
}

/// Bits of the first word of a lock.
pub mod lock_word {
    /// The number of the holding thread, of readers, or of permits.
    pub const COUNT: u32 = 268435455;
    /// For an RwLock: the thread with this number writes.
    pub const WRITER: u32 = 268435456;
    /// For a Once: it is done.
    pub const DONE: u32 = 268435456;
    /// A holder ended without releasing it; the next holder is notified.
    pub const POISONED: u32 = 536870912;
    /// Threads wait for it in the parking lot.
    pub const WAITING: u32 = 1073741824;
}

/// Replaces the number of arrived parties.
pub mod barrier_state {
    pub const BROKEN: u32 = 2147483648;
}

/// The size of each in 4-byte words.
pub mod word_count {
    pub const MUTEX: usize = 1;
    pub const RW_LOCK: usize = 1;
    pub const SEMAPHORE: usize = 2;
    pub const ONCE: usize = 1;
    pub const CONDVAR: usize = 1;
    pub const LATCH: usize = 3;
    pub const BARRIER: usize = 2;
}

/// The element types of views.
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
