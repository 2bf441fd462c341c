//! The addon's side of a call, without an addon: it records what the library reports.

use std::collections::VecDeque;
use std::ffi::c_void;
use std::mem::ManuallyDrop;
use std::ptr::{from_mut, from_ref, null, null_mut};
use std::sync::atomic::AtomicU32;

use isothreads::abi::{self, Failure, FailureKind, Host, Memory, Message, SharedMemory, Slice, Status, Stream};

use super::lists::{text, worker};

/// The effects of a call. The bytes are V8's, see `values`.
#[derive(Debug, Default, PartialEq)]
pub struct Seen {
    pub results: Vec<Vec<u8>>,
    /// The kind, name, message and code.
    pub failures: Vec<(u32, String, String, String)>,
    pub locations: Vec<String>,
    pub reports: Vec<Vec<u8>>,
    pub posted: Vec<Vec<u8>>,
    pub released_ports: usize,
    /// The names of the channels that were opened. Their messages are those of the port.
    pub opened: Vec<String>,
    /// The remaining references to the worker.
    references: isize,
    inbox: VecDeque<Vec<u8>>,
}

/// Values in V8's format.
pub mod values {
    pub fn undefined() -> Vec<u8> {
        vec![0xFF, 15, b'_']
    }

    pub fn null() -> Vec<u8> {
        vec![0xFF, 15, b'0']
    }

    /// Below 64, so that it fits into one byte.
    pub fn int(number: u8) -> Vec<u8> {
        vec![0xFF, 15, b'I', number << 1]
    }

    pub fn text(text: &str) -> Vec<u8> {
        [&[0xFF, 15, b'"', text.len() as u8], text.as_bytes()].concat()
    }

    /// An array of values that the other functions create.
    pub fn array(elements: &[Vec<u8>]) -> Vec<u8> {
        let length = elements.len() as u8;
        let inside: Vec<u8> = elements.iter().flat_map(|element| element[2..].to_vec()).collect();
        [&[0xFF, 15, b'A', length], &inside[..], &[b'$', 0, length]].concat()
    }
}

/// Calls the worker with this name, and checks the invariants of every call.
pub fn call(name: &str, input: &[u8], messages: &[Vec<u8>], ending: u32) -> Seen {
    let worker = worker(name);
    let is_conversation = worker.kind == abi::WorkerKind::Conversation;
    let mut seen = Seen {
        inbox: messages.iter().cloned().collect(),
        ..Seen::default()
    };
    let state: *mut c_void = from_mut(&mut seen).cast();
    let ending = AtomicU32::new(ending);
    let call = abi::Call {
        host: &HOST,
        worker: state,
        input: message(Memory {
            data: input.as_ptr().cast_mut(),
            length: input.len(),
            release: None,
            context: null_mut(),
        }),
        parent_port: if is_conversation { state } else { null_mut() },
        ending: from_ref(&ending),
        thread_id: 1,
        name: Slice {
            data: null(),
            length: 0,
        },
        stack_size: 1 << 20,
        number: 1,
    };
    // SAFETY: the call lives until it returns.
    unsafe { (worker.run)(worker.context, &call) };
    assert_eq!(seen.results.len() + seen.failures.len(), 1, "{seen:?}");
    assert_eq!(seen.references, 0);
    assert_eq!(seen.released_ports, usize::from(is_conversation) + seen.opened.len());
    seen
}

static HOST: Host = Host {
    version: abi::VERSION,
    finish,
    fail,
    report,
    worker_clone,
    worker_release,
    write,
    port_post,
    port_receive,
    port_release,
    channel,
    broadcast_channel,
    module_clone,
    module_release,
    shared_new,
    shared_clone,
    shared_release,
    lock_new,
    lock_release_handle,
    lock_take,
    lock_give,
    queue_new,
    queue_release_handle,
    queue_push,
    queue_push_message,
    queue_pop,
    queue_close,
    coordination_new,
    coordination_release_handle,
    coordination_wait,
    coordination_notify,
    barrier_leave,
    barrier_reset,
    once_finish,
    ring_new,
    ring_release_handle,
    ring_claim,
    ring_leave,
    ring_write,
    ring_read,
    ring_end,
    ring_destroy,
    ring_reason,
};

/// # Safety
/// `worker` is the one that `call` above has passed; one thread.
unsafe fn seen<'a>(state: *mut c_void) -> &'a mut Seen {
    // SAFETY: by the contract.
    unsafe { &mut *state.cast() }
}

fn message(bytes: Memory) -> Message {
    Message {
        bytes,
        array_buffers: null(),
        array_buffer_count: 0,
        shared_buffers: null(),
        shared_buffer_count: 0,
        ports: null(),
        port_count: 0,
        modules: null(),
        module_count: 0,
        marks_memories: false,
    }
}

/// # Safety
/// The message is given away and has no attachments.
unsafe fn taken(message: *const Message) -> Vec<u8> {
    // SAFETY: by the contract.
    unsafe {
        let memory = (*message).bytes;
        let bytes = std::slice::from_raw_parts(memory.data, memory.length).to_vec();
        if let Some(release) = memory.release {
            release(memory.data.cast(), memory.length, memory.context);
        }
        bytes
    }
}

unsafe extern "C" fn finish(state: *mut c_void, message: *const Message) {
    // SAFETY: by the library's contract.
    unsafe { seen(state).results.push(taken(message)) };
}

unsafe extern "C" fn fail(state: *mut c_void, failure: *const Failure) {
    // SAFETY: by the library's contract.
    let (seen, failure) = unsafe { (seen(state), &*failure) };
    let texts = (text(failure.name), text(failure.message), text(failure.code));
    seen.failures.push((failure.kind as u32, texts.0, texts.1, texts.2));
    seen.locations.push(text(failure.location));
    assert_eq!(failure.kind == FailureKind::Panic, failure.backtrace.length > 0);
}

unsafe extern "C" fn report(state: *mut c_void, number: u64, message: *const Message) {
    assert_eq!(number, 1);
    // SAFETY: by the library's contract.
    unsafe { seen(state).reports.push(taken(message)) };
}

unsafe extern "C" fn worker_clone(state: *mut c_void) {
    // SAFETY: by the library's contract.
    unsafe { seen(state).references += 1 };
}

unsafe extern "C" fn worker_release(state: *mut c_void) {
    // SAFETY: by the library's contract.
    unsafe { seen(state).references -= 1 };
}

unsafe extern "C" fn port_post(state: *mut c_void, message: *const Message) -> Status {
    // SAFETY: by the library's contract.
    unsafe { seen(state).posted.push(taken(message)) };
    Status::DONE
}

unsafe extern "C" fn port_receive(state: *mut c_void, _: u64, to: *mut Message) -> Status {
    unsafe extern "C" fn release(data: *mut c_void, length: usize, capacity: *mut c_void) {
        // SAFETY: the vector below.
        drop(unsafe { Vec::from_raw_parts(data.cast::<u8>(), length, capacity.addr()) });
    }
    // SAFETY: by the library's contract.
    let Some(bytes) = (unsafe { seen(state) }).inbox.pop_front() else {
        return Status::CLOSED;
    };
    let mut bytes = ManuallyDrop::new(bytes);
    let memory = Memory {
        data: bytes.as_mut_ptr(),
        length: bytes.len(),
        release: Some(release),
        context: std::ptr::without_provenance_mut(bytes.capacity()),
    };
    // SAFETY: by the library's contract.
    unsafe { to.write(message(memory)) };
    Status::DONE
}

unsafe extern "C" fn port_release(state: *mut c_void) {
    // SAFETY: by the library's contract.
    unsafe { seen(state).released_ports += 1 };
}

unsafe extern "C" fn broadcast_channel(state: *mut c_void, name: Slice) -> *mut c_void {
    // SAFETY: by the library's contract.
    unsafe { seen(state) }.opened.push(text(name));
    state
}

/// Functions that these workers never call.
macro_rules! unused {
    ($($name:ident($($argument:ty),*) $(-> $result:ty)?;)*) => { $(
        unsafe extern "C" fn $name($(_: $argument),*) $(-> $result)? {
            unreachable!(stringify!($name))
        }
    )* };
}

unused! {
    write(*mut c_void, Stream, Slice);
    channel(*mut c_void, *mut [*mut c_void; 2]);
    shared_new(usize, *mut SharedMemory) -> Status;
    module_clone(*mut c_void) -> *mut c_void;
    module_release(*mut c_void);
    shared_clone(*mut c_void) -> *mut c_void;
    shared_release(*mut c_void);
    lock_new(u32, *mut c_void, usize) -> *mut c_void;
    lock_release_handle(*mut c_void);
    lock_take(*mut c_void, u32, u64) -> Status;
    lock_give(*mut c_void, u32, bool);
    queue_new(*mut c_void, usize) -> *mut c_void;
    queue_release_handle(*mut c_void);
    queue_push(*mut c_void, u8, Slice, u64) -> Status;
    queue_push_message(*mut c_void, *const Message, u64) -> Status;
    queue_pop(*mut c_void, u64, *mut u8, *mut Message) -> Status;
    queue_close(*mut c_void);
    coordination_new(u32, *mut c_void, usize) -> *mut c_void;
    coordination_release_handle(*mut c_void);
    coordination_wait(*mut c_void, *mut c_void, u64) -> Status;
    coordination_notify(*mut c_void, u32);
    barrier_leave(*mut c_void);
    barrier_reset(*mut c_void);
    once_finish(*mut c_void);
    ring_new(*mut c_void, usize) -> *mut c_void;
    ring_release_handle(*mut c_void);
    ring_claim(*mut c_void, bool) -> bool;
    ring_leave(*mut c_void, bool, bool);
    ring_write(*mut c_void, Slice, u64, *mut usize) -> Status;
    ring_read(*mut c_void, *mut u8, usize, u64, *mut usize) -> Status;
    ring_end(*mut c_void);
    ring_destroy(*mut c_void, Slice);
    ring_reason(*mut c_void, *mut u8, usize) -> usize;
}
