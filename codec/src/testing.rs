//! A replacement for the addon in tests and fuzzing: references to shared memory are counted, ports are numbers.

use std::ffi::c_void;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering::SeqCst};

use serde::Serialize;

use crate::abi::{Failure, Host, Message, SharedMemory, Slice, Status, Stream, VERSION};
use crate::attachments::{Attachments, MessagePort, SharedBuffer, WebAssemblyModule};
use crate::memory::Memory;
use crate::message;
use crate::received::Received;
use crate::writing;

/// Shared memory; its references are counted.
pub struct Store {
    words: Vec<AtomicU64>,
    pub references: AtomicUsize,
}

impl Store {
    /// Eight bytes.
    pub fn new() -> &'static Self {
        Self::of_words(1)
    }

    pub fn of_words(count: usize) -> &'static Self {
        Box::leak(Box::new(Self {
            words: (0..count).map(|_| AtomicU64::new(0)).collect(),
            references: AtomicUsize::new(1),
        }))
    }

    /// When there are no references left.
    pub fn free(&'static self) {
        assert_eq!(self.references.load(SeqCst), 0);
        // SAFETY: made by Store::of_words, and no references are left.
        drop(unsafe { Box::from_raw(std::ptr::from_ref(self).cast_mut()) });
    }

    /// The first reference. As in V8, memory of zero bytes has no address.
    pub fn buffer(&'static self) -> SharedBuffer {
        let data = match self.words.first() {
            Some(_) => self.words.as_ptr().cast_mut().cast(),
            None => std::ptr::null_mut(),
        };
        let raw = SharedMemory {
            data,
            length: size_of_val(self.words.as_slice()),
            store: std::ptr::from_ref(self).cast_mut().cast(),
        };
        // SAFETY: the reference is given away.
        unsafe { SharedBuffer::from_raw(raw, &HOST) }
    }

    /// Another reference, also for modules.
    pub fn module(&'static self) -> WebAssemblyModule {
        self.references.fetch_add(1, SeqCst);
        // SAFETY: the reference is given away; for HOST, modules are stores too.
        unsafe { WebAssemblyModule::from_raw(std::ptr::from_ref(self).cast_mut().cast(), &HOST) }
    }
}

pub fn port(number: usize) -> MessagePort {
    // SAFETY: the functions of HOST ignore it.
    unsafe { MessagePort::from_raw(std::ptr::without_provenance_mut(number), &HOST) }
}

/// Reads a message of these bytes with every kind of attachment, and checks that all attachments are given back.
pub fn with_message(bytes: &[u8], read: impl FnOnce(&Received)) {
    let store = Store::new();
    let received = Received::new(message::Message {
        bytes: Memory::from_vec(bytes.to_vec()),
        attachments: Attachments {
            array_buffers: [16u8, 8, 200]
                .map(|length| Memory::from_vec((0..length).collect()))
                .into(),
            shared_buffers: vec![store.buffer()],
            ports: vec![port(1), port(2)],
            modules: vec![store.module()],
        },
        marks_memories: marks_memories(bytes),
    });
    read(&received);
    drop(received);
    store.free();
}

/// The message that results from writing what was read from these bytes.
pub fn sent<T: Serialize>(value: &T, bytes: &[u8]) -> crate::Result<Received> {
    let message = writing::write(value)?;
    Ok(Received::new(message::Message {
        marks_memories: marks_memories(bytes),
        ..message
    }))
}

/// As some versions of Node do, and others do not.
fn marks_memories(bytes: &[u8]) -> bool {
    bytes.len().is_multiple_of(2)
}

unsafe extern "C" fn shared_clone(store: *mut c_void) -> *mut c_void {
    // SAFETY: made by Store::buffer.
    unsafe { &*store.cast::<Store>() }.references.fetch_add(1, SeqCst);
    store
}

unsafe extern "C" fn shared_release(store: *mut c_void) {
    // SAFETY: made by Store::buffer.
    unsafe { &*store.cast::<Store>() }.references.fetch_sub(1, SeqCst);
}

unsafe extern "C" fn port_release(_: *mut c_void) {}

/// The address of all locks, queues and coordination objects; nothing dereferences it.
const HANDLE: *mut c_void = std::ptr::without_provenance_mut(8);

unsafe extern "C" fn object_new(_: u32, _: *mut c_void, byte_offset: usize) -> *mut c_void {
    if byte_offset == 0 { HANDLE } else { std::ptr::null_mut() }
}

unsafe extern "C" fn stream_new(_: *mut c_void, byte_offset: usize) -> *mut c_void {
    if byte_offset == 0 { HANDLE } else { std::ptr::null_mut() }
}

unsafe extern "C" fn object_release(_: *mut c_void) {}

unsafe extern "C" fn lock_take(_: *mut c_void, _: u32, _: u64) -> Status {
    Status::DONE
}

unsafe extern "C" fn lock_give(_: *mut c_void, _: u32, _: bool) {}

unsafe extern "C" fn coordination_wait(_: *mut c_void, _: *mut c_void, _: u64) -> Status {
    Status::DONE
}

macro_rules! unused {
    ($($name:ident($($type:ty),*) $(-> $result:ty)?;)*) => { $(
        unsafe extern "C" fn $name($(_: $type),*) $(-> $result)? {
            panic!("{} is not there in tests", stringify!($name))
        }
    )* };
}

unused! {
    finish(*mut c_void, *const Message);
    fail(*mut c_void, *const Failure);
    report(*mut c_void, u64, *const Message);
    worker_clone(*mut c_void);
    write(*mut c_void, Stream, Slice);
    port_post(*mut c_void, *const Message) -> Status;
    port_receive(*mut c_void, u64, *mut Message) -> Status;
    channel(*mut c_void, *mut [*mut c_void; 2]);
    broadcast_channel(*mut c_void, Slice) -> *mut c_void;
    shared_new(usize, *mut SharedMemory) -> Status;
    coordination_notify(*mut c_void, u32);
    queue_push(*mut c_void, u8, Slice, u64) -> Status;
    queue_push_message(*mut c_void, *const Message, u64) -> Status;
    queue_pop(*mut c_void, u64, *mut u8, *mut Message) -> Status;
    ring_claim(*mut c_void, bool) -> bool;
    ring_leave(*mut c_void, bool, bool);
    ring_write(*mut c_void, Slice, u64, *mut usize) -> Status;
    ring_read(*mut c_void, *mut u8, usize, u64, *mut usize) -> Status;
    ring_destroy(*mut c_void, Slice);
    ring_reason(*mut c_void, *mut u8, usize) -> usize;
}

static HOST: Host = Host {
    version: VERSION,
    finish,
    fail,
    report,
    worker_clone,
    worker_release: worker_clone,
    write,
    port_post,
    port_receive,
    port_release,
    channel,
    broadcast_channel,
    module_clone: shared_clone,
    module_release: shared_release,
    shared_new,
    shared_clone,
    shared_release,
    lock_new: object_new,
    lock_release_handle: object_release,
    lock_take,
    lock_give,
    queue_new: stream_new,
    queue_release_handle: object_release,
    queue_push,
    queue_push_message,
    queue_pop,
    queue_close: worker_clone,
    coordination_new: object_new,
    coordination_release_handle: object_release,
    coordination_wait,
    coordination_notify,
    barrier_leave: worker_clone,
    barrier_reset: worker_clone,
    once_finish: worker_clone,
    ring_new: stream_new,
    ring_release_handle: object_release,
    ring_claim,
    ring_leave,
    ring_write,
    ring_read,
    ring_end: worker_clone,
    ring_destroy,
    ring_reason,
};
