//! The shared-memory queue between threads of JavaScript and Rust.

use std::mem::MaybeUninit;
use std::time::Duration;

use isothreads_codec::abi::{self, FOREVER, Host, Slice, Status};
use isothreads_codec::{Error, Message, Received, Result, memory::Memory, message_of_slot, protocol::slot_kind, write};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::lock::nanoseconds;
use super::object::Object;

/// A queue of values in shared memory: JavaScript's class. A clone refers to the same queue.
#[derive(Clone)]
pub struct SharedQueue(Object);

impl SharedQueue {
    /// Pushes a value. Blocks while the queue is full, with an optional timeout. Returns false when that expires. The
    /// value may contain everything that a message may. The contents of a [`Transfer`](crate::Transfer) move, and are
    /// lost when the value does not get into the queue. Values larger than a slot are kept outside the queue.
    ///
    /// # Errors
    /// When the value cannot be cloned; when the queue only accepts bytes (`ERR_INVALID_ARG_TYPE`); when the queue is
    /// closed; when the worker must end (`ABORT_ERR`).
    pub fn push<T: Serialize>(&self, value: T, timeout: Option<Duration>) -> Result<bool> {
        let message = write(&value)?;
        if message.is_plain() {
            match self.push_lent(slot_kind::SERIALIZED, &message.bytes, timeout) {
                Status::TOO_LONG => {}
                status => return pushed(status),
            }
        }
        let timeout = timeout.map_or(FOREVER, nanoseconds);
        // SAFETY: self holds the queue; the contents of the message are given away.
        pushed(message.give(|message| unsafe { (self.0.host().queue_push_message)(self.0.raw(), message, timeout) }))
    }

    /// The same for bytes, which arrive as a `Uint8Array`.
    ///
    /// # Errors
    /// As for [`push`](Self::push), and when the bytes do not fit into a slot (`RangeError`).
    pub fn push_bytes(&self, bytes: &[u8], timeout: Option<Duration>) -> Result<bool> {
        match self.push_lent(slot_kind::BYTES, bytes, timeout) {
            Status::TOO_LONG => {
                let message = format!("a value of {} bytes is larger than a slot of the queue", bytes.len());
                Err(Error::new(message)
                    .with_name("RangeError")
                    .with_code("ERR_OUT_OF_RANGE"))
            }
            status => pushed(status),
        }
    }

    fn push_lent(&self, kind: u8, bytes: &[u8], timeout: Option<Duration>) -> Status {
        let lent = Slice {
            data: bytes.as_ptr(),
            length: bytes.len(),
        };
        // SAFETY: self holds the queue; the bytes are lent.
        unsafe { (self.0.host().queue_push)(self.0.raw(), kind, lent, timeout.map_or(FOREVER, nanoseconds)) }
    }

    /// Pops the next value. Blocks while the queue is empty, with an optional timeout. Returns `None` when that
    /// expires.
    ///
    /// # Errors
    /// When the value is not a `T`, or contains a `MessagePort` and this thread was started by the library: then the
    /// value is lost. When the queue is closed and empty (`ERR_ISOTHREADS_QUEUE_CLOSED`); when the worker must end
    /// (`ABORT_ERR`).
    pub fn pop<T: DeserializeOwned>(&self, timeout: Option<Duration>) -> Result<Option<T>> {
        let host = self.0.host();
        let (mut kind, mut message) = (0, MaybeUninit::<abi::Message>::uninit());
        let timeout = timeout.map_or(FOREVER, nanoseconds);
        // SAFETY: self holds the queue, and there is room for the output.
        let raw = match unsafe { (host.queue_pop)(self.0.raw(), timeout, &mut kind, message.as_mut_ptr()) } {
            // SAFETY: it was written.
            Status::DONE => unsafe { message.assume_init() },
            Status::TIMED_OUT => return Ok(None),
            status => return Err(failure(status)),
        };
        let message = if kind == slot_kind::BOXED {
            // SAFETY: it was popped for this thread.
            unsafe { Message::from_raw(&raw, host) }
        } else {
            // SAFETY: the bytes stay valid until the next call on this thread.
            let bytes = unsafe { lent(&raw.bytes) };
            Message {
                bytes: Memory::from_vec(message_of_slot(kind, bytes)),
                ..Message::default()
            }
        };
        Received::new(message).read().map(Some)
    }

    /// Closes the queue: no more pushes, but its values can still be popped.
    pub fn close(&self) {
        // SAFETY: self holds the queue.
        unsafe { (self.0.host().queue_close)(self.0.raw()) };
    }
}

/// # Safety
/// The bytes stay valid as long as they are used.
unsafe fn lent<'a>(memory: &abi::Memory) -> &'a [u8] {
    if memory.length == 0 {
        return &[];
    }
    // SAFETY: by the contract.
    unsafe { std::slice::from_raw_parts(memory.data, memory.length) }
}

/// Whether the value got into the queue.
fn pushed(status: Status) -> Result<bool> {
    match status {
        Status::DONE => Ok(true),
        Status::TIMED_OUT => Ok(false),
        Status::INVALID => Err(Error::new("the queue only accepts bytes: use push_bytes()")
            .with_name("TypeError")
            .with_code("ERR_INVALID_ARG_TYPE")),
        status => Err(failure(status)),
    }
}

fn failure(status: Status) -> Error {
    match status {
        Status::TERMINATED => Error::terminated(),
        Status::INVALID => Error::new("only the worker's own thread can pop a value with a MessagePort"),
        Status::BROKEN => Error::new("a message is missing from the queue: something else has overwritten its memory"),
        _ => Error::new("the queue is closed").with_code("ERR_ISOTHREADS_QUEUE_CLOSED"),
    }
}

impl Serialize for SharedQueue {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize("SharedQueue", serializer)
    }
}

impl<'de> Deserialize<'de> for SharedQueue {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        // SAFETY: a store that the position of the object holds.
        let open = |host: &Host, store, offset| unsafe { (host.queue_new)(store, offset) };
        Object::deserialize("SharedQueue", deserializer, open, |host| host.queue_release_handle).map(Self)
    }
}
