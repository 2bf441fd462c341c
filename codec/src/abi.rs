//! What a library of workers and the addon that loads it know of each other: C functions and
//! structures, because the two are built apart, by compilers and against standard libraries that may
//! differ.
//!
//! Ownership: what is behind a pointer belongs to who made it, for as long as the call takes, but for
//! what a comment says is given away.

use std::ffi::c_void;
use std::sync::atomic::AtomicU32;

/// Goes up with every change that the other side does not understand. A library is loaded by an addon
/// of the same version only.
pub const VERSION: u32 = 3;

/// The function that every library exports: `extern "C" fn() -> *const Library`.
pub const ENTRY: &str = "isothreads_library";

/// Bytes that are lent; text is UTF-8. `data` may be null when `length` is 0.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct Slice {
    pub data: *const u8,
    pub length: usize,
}

/// Bytes that are given away: who has them last calls `release`. Exclusive, any thread.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct Memory {
    pub data: *mut u8,
    pub length: usize,
    /// `(data, length, context)`; must not unwind.
    pub release: Option<unsafe extern "C" fn(*mut c_void, usize, *mut c_void)>,
    pub context: *mut c_void,
}

/// The bytes of a `SharedArrayBuffer`, shared with whoever has it.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct SharedMemory {
    pub data: *mut u8,
    /// What can be used; a growable buffer may have more meanwhile.
    pub length: usize,
    /// A reference that [`Host::shared_release`] gives back.
    pub store: *mut c_void,
}

/// What is beside the bytes of a message, and the bytes.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct Message {
    /// As V8's `ValueSerializer` writes them. Without `release` they are lent: for as
    /// long as the call takes, so that who keeps them copies them.
    pub bytes: Memory,
    pub array_buffers: *const Memory,
    pub array_buffer_count: usize,
    pub shared_buffers: *const SharedMemory,
    pub shared_buffer_count: usize,
    /// Ports that move.
    pub ports: *const *mut c_void,
    pub port_count: usize,
    /// Compiled WebAssembly modules, each a reference that [`Host::module_release`] gives back.
    pub modules: *const *mut c_void,
    pub module_count: usize,
    /// To a library: the bytes mark the buffers of WebAssembly memories, as V8 does from Node 24 on.
    pub marks_memories: bool,
}

/// Why a call of a worker's function brought nothing.
#[repr(u32)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FailureKind {
    /// The function returned an error.
    Error = 0,
    /// The argument, or the result, was not what it should have been.
    Clone = 1,
    Panic = 2,
    /// The function saw that it is to end.
    Terminated = 3,
}

#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct Failure {
    pub kind: FailureKind,
    pub name: Slice,
    pub message: Slice,
    /// As Node's `error.code`; empty: none.
    pub code: Slice,
    /// Of a panic, `file:line:column`.
    pub location: Slice,
    /// Empty when it is not known.
    pub backtrace: Slice,
}

#[repr(u32)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stream {
    Output = 1,
    Error = 2,
}

/// What operations on ports, queues and locks answer.
#[repr(transparent)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Status(pub i32);

impl Status {
    pub const DONE: Status = Status(0);
    /// The time was up.
    pub const TIMED_OUT: Status = Status(1);
    /// The other side is gone; the queue is closed; the ring was ended; the Once is done.
    pub const CLOSED: Status = Status(2);
    /// The worker is to end.
    pub const TERMINATED: Status = Status(3);
    /// Done; a thread that had the lock is gone, and left what it guards as it was.
    pub const DONE_POISONED: Status = Status(4);
    /// The value is larger than the queue.
    pub const TOO_LONG: Status = Status(5);
    pub const DONE_LAST: Status = Status(7);
    /// This thread has the lock already.
    pub const DEADLOCK: Status = Status(8);
    /// No memory, or a place that is not in it; a queue of bytes, and a value that is something else.
    pub const INVALID: Status = Status(6);
    /// The thread at the other end of the ring is gone.
    pub const BROKEN: Status = Status(9);
    /// The ring was destroyed.
    pub const DESTROYED: Status = Status(10);
    /// The time was up; and as `DONE_POISONED`.
    pub const TIMED_OUT_POISONED: Status = Status(11);
}

/// For timeouts: for ever.
pub const FOREVER: u64 = u64::MAX;

/// Bits of [`Call::ending`].
pub mod ending {
    /// The worker is to end.
    pub const TERMINATED: u32 = 1;
    /// The task that it runs is to end.
    pub const ABORTED: u32 = 2;
}

/// What the addon offers. Every function may be called on any thread as long as the worker runs,
/// and none of them unwinds.
#[repr(C)]
pub struct Host {
    pub version: u32,

    // ---- a call; `worker` is that of the Call ----
    /// What the function returned. Takes what is in the message.
    pub finish: unsafe extern "C" fn(worker: *mut c_void, message: *const Message),
    pub fail: unsafe extern "C" fn(worker: *mut c_void, failure: *const Failure),
    /// Progress of the call of this number; takes what is in the message. Dropped when it has ended.
    pub report: unsafe extern "C" fn(worker: *mut c_void, number: u64, message: *const Message),
    /// Another reference to the worker: what is behind `worker` and `ending` stays until all are released.
    pub worker_clone: unsafe extern "C" fn(worker: *mut c_void),
    pub worker_release: unsafe extern "C" fn(worker: *mut c_void),
    /// For the worker's `stdout` and `stderr`.
    pub write: unsafe extern "C" fn(worker: *mut c_void, stream: Stream, bytes: Slice),

    // ---- ports ----
    /// Takes what is in the message. `CLOSED` when nobody will read it. Never blocks.
    pub port_post: unsafe extern "C" fn(port: *mut c_void, message: *const Message) -> Status,
    /// Blocks until there is a message, `timeout` nanoseconds at most. On `DONE` the lists of the message
    /// are lent until the next call with this port, and what is in them is given away. One thread at a time.
    pub port_receive: unsafe extern "C" fn(port: *mut c_void, timeout: u64, message: *mut Message) -> Status,
    /// Closes it.
    pub port_release: unsafe extern "C" fn(port: *mut c_void),
    /// Two entangled ports.
    pub channel: unsafe extern "C" fn(worker: *mut c_void, ports: *mut [*mut c_void; 2]),

    // ---- compiled WebAssembly modules ----
    pub module_clone: unsafe extern "C" fn(module: *mut c_void) -> *mut c_void,
    pub module_release: unsafe extern "C" fn(module: *mut c_void),

    // ---- shared memory ----
    /// New memory, zeroed. `INVALID` when there is none.
    pub shared_new: unsafe extern "C" fn(length: usize, memory: *mut SharedMemory) -> Status,
    pub shared_clone: unsafe extern "C" fn(store: *mut c_void) -> *mut c_void,
    pub shared_release: unsafe extern "C" fn(store: *mut c_void),

    // ---- what is in shared memory; src/shared of the addon ----
    /// A Mutex (0), RwLock (1), Semaphore (2), Once (3); null when it does not fit there. Takes nothing.
    pub lock_new: unsafe extern "C" fn(kind: u32, store: *mut c_void, byte_offset: usize) -> *mut c_void,
    pub lock_release_handle: unsafe extern "C" fn(lock: *mut c_void),
    /// `request`: 0 for a Mutex; 0 to write and 1 to read for an RwLock; permits of a Semaphore; 0 for a Once,
    /// where `CLOSED` says that it is done, and all else that this thread is to do it.
    pub lock_take: unsafe extern "C" fn(lock: *mut c_void, request: u32, timeout: u64) -> Status,
    /// On the thread that took it. Of a Once: it has failed, and the next one has its turn.
    pub lock_give: unsafe extern "C" fn(lock: *mut c_void, request: u32, is_poisoned: bool),
    pub queue_new: unsafe extern "C" fn(store: *mut c_void, byte_offset: usize) -> *mut c_void,
    pub queue_release_handle: unsafe extern "C" fn(queue: *mut c_void),
    pub queue_push: unsafe extern "C" fn(queue: *mut c_void, kind: u8, bytes: Slice, timeout: u64) -> Status,
    /// The same for what is more than bytes, or too long for a slot. Takes what is in the message, also when it
    /// does not get into the queue.
    pub queue_push_message: unsafe extern "C" fn(queue: *mut c_void, message: *const Message, timeout: u64) -> Status,
    /// On `DONE` the kind, and a message whose lists are lent until the next call on this thread; what is in them
    /// is given away. Its bytes are lent as well if nobody is to release them. `INVALID`: there are ports in it,
    /// and this is not the thread of a worker. `BROKEN`: the message is missing. It is lost in both cases.
    pub queue_pop:
        unsafe extern "C" fn(queue: *mut c_void, timeout: u64, kind: *mut u8, message: *mut Message) -> Status,
    pub queue_close: unsafe extern "C" fn(queue: *mut c_void),
    /// A Condvar (0), Latch (1), Barrier (2); null when it does not fit there. Takes nothing.
    pub meeting_new: unsafe extern "C" fn(kind: u32, store: *mut c_void, byte_offset: usize) -> *mut c_void,
    pub meeting_release_handle: unsafe extern "C" fn(meeting: *mut c_void),
    /// Blocks. Of a Condvar with the mutex, which this thread has, and has again afterwards unless it is to
    /// end. `CLOSED`: the barrier is broken. `DONE_LAST`: this was the party that all waited for.
    pub meeting_wait: unsafe extern "C" fn(meeting: *mut c_void, mutex: *mut c_void, timeout: u64) -> Status,
    /// Wakes so many that wait at a Condvar; counts a Latch down by so many. Never blocks.
    pub meeting_notify: unsafe extern "C" fn(meeting: *mut c_void, count: u32),
    /// Of a Barrier: this thread will not come any more, and its end breaks nothing. Never blocks.
    pub barrier_leave: unsafe extern "C" fn(barrier: *mut c_void),
    /// Of a Barrier: as new; those who wait are told that it is broken. Never blocks.
    pub barrier_reset: unsafe extern "C" fn(barrier: *mut c_void),
    /// Of a Once, on the thread that took it: it is done.
    pub once_finish: unsafe extern "C" fn(once: *mut c_void),
    /// A SharedRing; null when there is none. Takes nothing.
    pub ring_new: unsafe extern "C" fn(store: *mut c_void, byte_offset: usize) -> *mut c_void,
    pub ring_release_handle: unsafe extern "C" fn(ring: *mut c_void),
    /// This thread is the only one to use that end from now on; false when another one is.
    pub ring_claim: unsafe extern "C" fn(ring: *mut c_void, is_writer: bool) -> bool,
    /// On the thread that has claimed the end. Lost: nobody else may claim it, and the other side gets an error.
    pub ring_leave: unsafe extern "C" fn(ring: *mut c_void, is_writer: bool, is_lost: bool),
    /// On the thread that has claimed the writing end. Blocks while there is no space. On `DONE` the number of
    /// bytes that were taken.
    pub ring_write: unsafe extern "C" fn(ring: *mut c_void, bytes: Slice, timeout: u64, count: *mut usize) -> Status,
    /// On the thread that has claimed the reading end. Blocks while there is nothing. On `DONE` the number of
    /// bytes that were read; 0 at the end.
    pub ring_read: unsafe extern "C" fn(
        ring: *mut c_void,
        into: *mut u8,
        length: usize,
        timeout: u64,
        count: *mut usize,
    ) -> Status,
    /// Nothing more is written.
    pub ring_end: unsafe extern "C" fn(ring: *mut c_void),
    /// Both sides get an error from now on, with this reason; any thread.
    pub ring_destroy: unsafe extern "C" fn(ring: *mut c_void, reason: Slice),
    /// Why it was destroyed; how many bytes of that were written.
    pub ring_reason: unsafe extern "C" fn(ring: *mut c_void, into: *mut u8, length: usize) -> usize,
}

/// What a worker's function is called with. Everything in it is lent, unless it says otherwise.
#[repr(C)]
pub struct Call {
    pub host: *const Host,
    pub worker: *mut c_void,
    /// The argument, or `workerData`. Its bytes are lent, what is beside them is given away.
    pub input: Message,
    /// For a conversation, `parentPort`, given away; else null.
    pub parent_port: *mut c_void,
    /// Why to end, see [`ending`]; 0: do not.
    pub ending: *const AtomicU32,
    pub thread_id: u64,
    pub name: Slice,
    /// Of the thread, in bytes.
    pub stack_size: usize,
    /// Of this call among those of its worker.
    pub number: u64,
}

#[repr(u32)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WorkerKind {
    /// One call in, one value out.
    Function = 0,
    /// Receives and posts on its `parentPort`, until it returns.
    Conversation = 1,
}

/// A worker of a library.
#[repr(C)]
pub struct Worker {
    pub name: Slice,
    pub description: Slice,
    pub kind: WorkerKind,
    /// Whether it takes an argument; a function that takes none is called without being asked.
    pub takes_input: bool,
    /// Calls `finish` or `fail`, once, before it returns. Does not unwind.
    pub run: unsafe extern "C" fn(context: *const c_void, call: *const Call),
    pub context: *const c_void,
}

/// What a library has. The first two fields are the same in every version.
#[repr(C)]
pub struct Library {
    pub version: u32,
    /// Of the crate, for the message when the version is not the addon's.
    pub sdk_version: Slice,
    /// Whether a panic ends the process: such libraries are refused.
    pub aborts_on_panic: bool,
    pub workers: *const Worker,
    pub worker_count: usize,
}
