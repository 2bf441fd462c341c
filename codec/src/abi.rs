//! The interface between a worker library and the addon that loads it: C functions and structures. The two are built
//! separately, with compilers and standard libraries that may differ.
//!
//! Ownership: the creator keeps what a pointer refers to, which stays valid for the duration of the call, unless a
//! comment says that it is given away.

use std::ffi::c_void;
use std::sync::atomic::AtomicU32;

/// Incremented with every incompatible change. An addon only loads libraries of the same version.
pub const VERSION: u32 = 4;

/// The function that every library exports: `extern "C" fn() -> *const Library`.
pub const ENTRY: &str = "isothreads_library";

/// Borrowed bytes; text is UTF-8. `data` may be null when `length` is 0.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct Slice {
    pub data: *const u8,
    pub length: usize,
}

/// Bytes that are given away: the last owner calls `release`. Exclusive; any thread.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct Memory {
    pub data: *mut u8,
    pub length: usize,
    /// `(data, length, context)`; must not unwind.
    pub release: Option<unsafe extern "C" fn(*mut c_void, usize, *mut c_void)>,
    pub context: *mut c_void,
}

/// The bytes of a `SharedArrayBuffer`, shared with all other holders.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct SharedMemory {
    pub data: *mut u8,
    /// The usable length; a growable buffer may have grown since.
    pub length: usize,
    /// A reference that [`Host::shared_release`] gives back.
    pub store: *mut c_void,
}

/// The attachments of a message, and its bytes.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct Message {
    /// In the format of V8's `ValueSerializer`. Without `release` they are lent for the duration of the call: a
    /// receiver that keeps them must copy them.
    pub bytes: Memory,
    pub array_buffers: *const Memory,
    pub array_buffer_count: usize,
    pub shared_buffers: *const SharedMemory,
    pub shared_buffer_count: usize,
    /// Ports that are transferred.
    pub ports: *const *mut c_void,
    pub port_count: usize,
    /// Compiled WebAssembly modules, each a reference for [`Host::module_release`] to give back.
    pub modules: *const *mut c_void,
    pub module_count: usize,
    /// In messages to a library: the bytes mark the buffers of WebAssembly memories, as V8 does from Node 24 on.
    pub marks_memories: bool,
}

/// Why a call of a worker's function has no result.
#[repr(u32)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FailureKind {
    /// The function returned an error.
    Error = 0,
    /// The argument or the result has an unexpected type.
    Clone = 1,
    Panic = 2,
    /// The function stopped because it was asked to end.
    Terminated = 3,
}

#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct Failure {
    pub kind: FailureKind,
    pub name: Slice,
    pub message: Slice,
    /// Node's `error.code`; empty: none.
    pub code: Slice,
    /// For a panic, `file:line:column`.
    pub location: Slice,
    /// Empty when it is unknown.
    pub backtrace: Slice,
}

#[repr(u32)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stream {
    Output = 1,
    Error = 2,
}

/// Results of operations on ports, queues and locks.
#[repr(transparent)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Status(pub i32);

impl Status {
    pub const DONE: Status = Status(0);
    /// The operation timed out.
    pub const TIMED_OUT: Status = Status(1);
    /// The other side is gone; the queue is closed; the ring has ended; the Once is done.
    pub const CLOSED: Status = Status(2);
    /// The worker must end.
    pub const TERMINATED: Status = Status(3);
    /// Done, but poisoned: an earlier holder ended without releasing the lock.
    pub const DONE_POISONED: Status = Status(4);
    /// The value is larger than the queue's slots.
    pub const TOO_LONG: Status = Status(5);
    pub const DONE_LAST: Status = Status(7);
    /// This thread already holds the lock.
    pub const DEADLOCK: Status = Status(8);
    /// Out of memory; a position outside the memory; or a value other than bytes for a queue of bytes.
    pub const INVALID: Status = Status(6);
    /// The thread at the other end of the ring is gone.
    pub const BROKEN: Status = Status(9);
    /// The ring was destroyed.
    pub const DESTROYED: Status = Status(10);
    /// Timed out, and as for `DONE_POISONED`.
    pub const TIMED_OUT_POISONED: Status = Status(11);
}

/// A timeout that never expires.
pub const FOREVER: u64 = u64::MAX;

/// Bits of [`Call::ending`].
pub mod ending {
    /// The worker must end.
    pub const TERMINATED: u32 = 1;
    /// The current task must end.
    pub const ABORTED: u32 = 2;
}

/// The functions of the addon. Each may be called on any thread while the worker runs, and never unwinds.
#[repr(C)]
pub struct Host {
    pub version: u32,

    // ---- a call; `worker` is the Call's ----
    /// The function's result. Takes the contents of the message.
    pub finish: unsafe extern "C" fn(worker: *mut c_void, message: *const Message),
    pub fail: unsafe extern "C" fn(worker: *mut c_void, failure: *const Failure),
    /// Progress of the call with this number. Takes the contents of the message. Dropped when the call has ended.
    pub report: unsafe extern "C" fn(worker: *mut c_void, number: u64, message: *const Message),
    /// Another reference to the worker. What `worker` and `ending` point to stays valid until all references are
    /// released.
    pub worker_clone: unsafe extern "C" fn(worker: *mut c_void),
    pub worker_release: unsafe extern "C" fn(worker: *mut c_void),
    /// For the worker's `stdout` and `stderr`.
    pub write: unsafe extern "C" fn(worker: *mut c_void, stream: Stream, bytes: Slice),

    // ---- ports ----
    /// Takes the contents of the message. `CLOSED` when the message has no reader. Never blocks.
    pub port_post: unsafe extern "C" fn(port: *mut c_void, message: *const Message) -> Status,
    /// Blocks until there is a message, `timeout` nanoseconds at most. On `DONE`, the lists of the message are lent
    /// until the next call with this port, and their contents are given away. One thread at a time.
    pub port_receive: unsafe extern "C" fn(port: *mut c_void, timeout: u64, message: *mut Message) -> Status,
    /// Closes the port.
    pub port_release: unsafe extern "C" fn(port: *mut c_void),
    /// Two entangled ports.
    pub channel: unsafe extern "C" fn(worker: *mut c_void, ports: *mut [*mut c_void; 2]),
    /// A port to all channels of this name in the process. Each message on it is an array of one value. `null` in its
    /// place is a message that cannot be read.
    pub broadcast_channel: unsafe extern "C" fn(worker: *mut c_void, name: Slice) -> *mut c_void,

    // ---- compiled WebAssembly modules ----
    pub module_clone: unsafe extern "C" fn(module: *mut c_void) -> *mut c_void,
    pub module_release: unsafe extern "C" fn(module: *mut c_void),

    // ---- shared memory ----
    /// Allocates zeroed memory. `INVALID` when out of memory.
    pub shared_new: unsafe extern "C" fn(length: usize, memory: *mut SharedMemory) -> Status,
    pub shared_clone: unsafe extern "C" fn(store: *mut c_void) -> *mut c_void,
    pub shared_release: unsafe extern "C" fn(store: *mut c_void),

    // ---- objects in shared memory; see src/shared of the addon ----
    /// Opens a Mutex (0), RwLock (1), Semaphore (2) or Once (3); null when it does not fit there. Takes nothing.
    pub lock_new: unsafe extern "C" fn(kind: u32, store: *mut c_void, byte_offset: usize) -> *mut c_void,
    pub lock_release_handle: unsafe extern "C" fn(lock: *mut c_void),
    /// `request`: 0 for a Mutex; for an RwLock, 0 to write and 1 to read; for a Semaphore, the permits; 0 for a Once,
    /// where `CLOSED` means done, and any other success means that this thread must run it.
    pub lock_take: unsafe extern "C" fn(lock: *mut c_void, request: u32, timeout: u64) -> Status,
    /// On the thread that holds it. For a Once: this thread has failed, and the next caller has its turn.
    pub lock_give: unsafe extern "C" fn(lock: *mut c_void, request: u32, is_poisoned: bool),
    pub queue_new: unsafe extern "C" fn(store: *mut c_void, byte_offset: usize) -> *mut c_void,
    pub queue_release_handle: unsafe extern "C" fn(queue: *mut c_void),
    pub queue_push: unsafe extern "C" fn(queue: *mut c_void, kind: u8, bytes: Slice, timeout: u64) -> Status,
    /// The same for values with attachments, or too long for a slot. Takes the contents of the message, even when it
    /// does not get into the queue.
    pub queue_push_message: unsafe extern "C" fn(queue: *mut c_void, message: *const Message, timeout: u64) -> Status,
    /// On `DONE`, returns the kind and a message whose lists are lent until the next call on this thread. Their
    /// contents are given away. Its bytes are lent too if they have no release function. `INVALID`: the message
    /// contains ports, and this thread does not belong to a worker. `BROKEN`: the message is missing. It is lost in
    /// both cases.
    pub queue_pop:
        unsafe extern "C" fn(queue: *mut c_void, timeout: u64, kind: *mut u8, message: *mut Message) -> Status,
    pub queue_close: unsafe extern "C" fn(queue: *mut c_void),
    /// Opens a Condvar (0), Latch (1) or Barrier (2); null when it does not fit there. Takes nothing.
    pub coordination_new: unsafe extern "C" fn(kind: u32, store: *mut c_void, byte_offset: usize) -> *mut c_void,
    pub coordination_release_handle: unsafe extern "C" fn(object: *mut c_void),
    /// Blocks. For a Condvar, pass the mutex, which this thread holds, and holds again afterwards unless it must end.
    /// `CLOSED`: the barrier is broken. `DONE_LAST`: this was the last party to arrive.
    pub coordination_wait: unsafe extern "C" fn(object: *mut c_void, mutex: *mut c_void, timeout: u64) -> Status,
    /// Wakes up to this many waiters of a Condvar, or counts a Latch down by this many. Never blocks.
    pub coordination_notify: unsafe extern "C" fn(object: *mut c_void, count: u32),
    /// For a Barrier: this thread leaves, so that its end breaks nothing. Never blocks.
    pub barrier_leave: unsafe extern "C" fn(barrier: *mut c_void),
    /// For a Barrier: resets it; waiters learn that it is broken. Never blocks.
    pub barrier_reset: unsafe extern "C" fn(barrier: *mut c_void),
    /// For a Once, on the thread whose turn it is: it is done.
    pub once_finish: unsafe extern "C" fn(once: *mut c_void),
    /// Opens a SharedRing; null when there is none at that place. Takes nothing.
    pub ring_new: unsafe extern "C" fn(store: *mut c_void, byte_offset: usize) -> *mut c_void,
    pub ring_release_handle: unsafe extern "C" fn(ring: *mut c_void),
    /// Claims an end for this thread. Returns false when another thread owns it.
    pub ring_claim: unsafe extern "C" fn(ring: *mut c_void, is_writer: bool) -> bool,
    /// On the thread that has claimed the end. Lost: the end can never be claimed again, and the other side gets an
    /// error.
    pub ring_leave: unsafe extern "C" fn(ring: *mut c_void, is_writer: bool, is_lost: bool),
    /// On the thread that has claimed the writing end. Blocks while the ring is full. On `DONE`, returns the number of
    /// bytes written.
    pub ring_write: unsafe extern "C" fn(ring: *mut c_void, bytes: Slice, timeout: u64, count: *mut usize) -> Status,
    /// On the thread that has claimed the reading end. Blocks while the ring is empty. On `DONE`, returns the number of
    /// bytes read; 0 at the end of the stream.
    pub ring_read: unsafe extern "C" fn(
        ring: *mut c_void,
        into: *mut u8,
        length: usize,
        timeout: u64,
        count: *mut usize,
    ) -> Status,
    /// Ends the stream: no more writes.
    pub ring_end: unsafe extern "C" fn(ring: *mut c_void),
    /// Fails both sides from now on, with this reason; any thread.
    pub ring_destroy: unsafe extern "C" fn(ring: *mut c_void, reason: Slice),
    /// Copies the reason for which it was destroyed, and returns the number of bytes written.
    pub ring_reason: unsafe extern "C" fn(ring: *mut c_void, into: *mut u8, length: usize) -> usize,
}

/// The parameter of a worker's function. Everything in it is lent unless stated otherwise.
#[repr(C)]
pub struct Call {
    pub host: *const Host,
    pub worker: *mut c_void,
    /// The argument, or `workerData`. Its bytes are lent, its attachments given away.
    pub input: Message,
    /// For a conversation, `parentPort`, given away; null otherwise.
    pub parent_port: *mut c_void,
    /// Reasons to end, see [`ending`]; 0: continue.
    pub ending: *const AtomicU32,
    pub thread_id: u64,
    pub name: Slice,
    /// The thread's stack size, in bytes.
    pub stack_size: usize,
    /// The number of this call among its worker's calls.
    pub number: u64,
}

#[repr(u32)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WorkerKind {
    /// One call in, one value out.
    Function = 0,
    /// Receives and posts on its `parentPort` until it returns.
    Conversation = 1,
}

/// A worker of a library.
#[repr(C)]
pub struct Worker {
    pub name: Slice,
    pub description: Slice,
    pub kind: WorkerKind,
    /// Whether it takes an argument. A function without one is called without waiting for a message.
    pub takes_input: bool,
    /// Calls `finish` or `fail` once before it returns. Does not unwind.
    pub run: unsafe extern "C" fn(context: *const c_void, call: *const Call),
    pub context: *const c_void,
}

/// The contents of a library. The first two fields are the same in every version.
#[repr(C)]
pub struct Library {
    pub version: u32,
    /// The version of the SDK crate, for the error message when the interface versions differ.
    pub sdk_version: Slice,
    /// Whether a panic aborts the process: such libraries are refused.
    pub aborts_on_panic: bool,
    pub workers: *const Worker,
    pub worker_count: usize,
}
