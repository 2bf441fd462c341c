//! The queue in shared memory, between threads of JavaScript and of Rust.

use std::mem::MaybeUninit;
use std::time::Duration;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::lock::nanoseconds;
use super::object::Object;
use crate::abi::{self, FOREVER, Host, Slice, Status};
use crate::error::{Error, Result};
use crate::memory::Memory;
use crate::message::Message;
use crate::wire::{self, Received};

/// A queue of values in shared memory, as JavaScript's class. A clone of it is the same queue.
#[derive(Clone)]
pub struct SharedQueue(Object);

// What a value in the queue is, as in src/shared/queue.rs of the addon.
const BYTES: u8 = 7;
const SERIALIZED: u8 = 9;
const BOXED: u8 = 10;

impl SharedQueue {
    /// Puts a value in. Blocks while the queue is full, `timeout` at most; false when that has passed.
    ///
    /// # Errors
    /// When the value cannot be cloned, is larger than a slot of the queue, or has something to transfer; when
    /// the queue takes bytes only (`ERR_INVALID_ARG_TYPE`); when the queue is closed; when the worker is to end (`ABORT_ERR`).
    pub fn push<T: Serialize>(&self, value: T, timeout: Option<Duration>) -> Result<bool> {
        let message = wire::write(&value)?;
        if !message.array_buffers.is_empty() || !message.shared_buffers.is_empty() || !message.ports.is_empty() {
            return Err(Error::new(
                "what is pushed from Rust must be plain data: nothing that is transferred or shared",
            ));
        }
        self.push_raw(SERIALIZED, message.bytes.as_deref().unwrap_or_default(), timeout)
    }

    /// The same for bytes, which arrive as a `Uint8Array`.
    pub fn push_bytes(&self, bytes: &[u8], timeout: Option<Duration>) -> Result<bool> {
        self.push_raw(BYTES, bytes, timeout)
    }

    fn push_raw(&self, kind: u8, bytes: &[u8], timeout: Option<Duration>) -> Result<bool> {
        let lent = Slice {
            data: bytes.as_ptr(),
            length: bytes.len(),
        };
        // SAFETY: a queue that self holds; the bytes are lent.
        match unsafe { (self.0.host().queue_push)(self.0.raw(), kind, lent, timeout.map_or(FOREVER, nanoseconds)) } {
            Status::DONE => Ok(true),
            Status::TIMED_OUT => Ok(false),
            Status::TOO_LONG => Err(Error::new(format!(
                "a value of {} bytes is larger than a slot of the queue",
                bytes.len()
            ))
            .with_name("RangeError")
            .with_code("ERR_OUT_OF_RANGE")),
            status => Err(failure(status)),
        }
    }

    /// Takes the next value out. Blocks while there is none, `timeout` at most; `None` when that has passed.
    ///
    /// # Errors
    /// When the value is no `T`, and is lost; when the queue is closed and nothing is left
    /// (`ERR_ISOTHREADS_QUEUE_CLOSED`); when the worker is to end (`ABORT_ERR`).
    pub fn pop<T: DeserializeOwned>(&self, timeout: Option<Duration>) -> Result<Option<T>> {
        let (mut kind, mut bytes) = (0, MaybeUninit::<Slice>::uninit());
        let timeout = timeout.map_or(FOREVER, nanoseconds);
        // SAFETY: a queue that self holds, and room for what comes out.
        let bytes = match unsafe { (self.0.host().queue_pop)(self.0.raw(), timeout, &mut kind, bytes.as_mut_ptr()) } {
            // SAFETY: it was written, and the bytes stay until the next call on this thread.
            Status::DONE => unsafe {
                let Slice { data, length } = bytes.assume_init();
                if length == 0 {
                    &[]
                } else {
                    std::slice::from_raw_parts(data, length)
                }
            },
            Status::TIMED_OUT => return Ok(None),
            status => return Err(failure(status)),
        };
        if kind == BOXED {
            return Err(Error::new(
                "this value is too large for the queue, or has more than data: only JavaScript's threads can take it",
            ));
        }
        let serialized = if kind == SERIALIZED {
            bytes.to_vec()
        } else {
            plain(kind, bytes)
        };
        let message = Message {
            bytes: Some(Memory::from_vec(serialized)),
            ..Message::default()
        };
        Received::new(message).read().map(Some)
    }

    /// Takes nothing more; what is in it can be popped.
    pub fn close(&self) {
        // SAFETY: a queue that self holds.
        unsafe { (self.0.host().queue_close)(self.0.raw()) };
    }
}

/// What is in the queue as it is, in the format of messages.
fn plain(kind: u8, bytes: &[u8]) -> Vec<u8> {
    let mut message = vec![0xFF, 15];
    let length = bytes.len();
    match kind {
        1 => message.push(b'0'),
        2 => message.push(b'T'),
        3 => message.push(b'F'),
        4 => message.push(b'N'),
        5 => push_length(&mut message, b'"', length),
        6 => {
            // The text begins at an even place.
            if !(message.len() + 1 + varint(length).count()).is_multiple_of(2) {
                message.push(0);
            }
            push_length(&mut message, b'c', length);
        }
        BYTES => push_length(&mut message, b'B', length),
        8 => {
            let number = i64::from_ne_bytes(bytes.try_into().unwrap_or_default());
            message.extend([b'Z', 8 << 1 | u8::from(number < 0)]);
            message.extend(number.unsigned_abs().to_le_bytes());
            return message;
        }
        _ => message.push(b'_'),
    }
    message.extend_from_slice(bytes);
    if kind == BYTES {
        message.extend([b'V', b'B', 0]);
        message.extend(varint(length));
        message.push(0);
    }
    message
}

fn push_length(message: &mut Vec<u8>, tag: u8, length: usize) {
    message.push(tag);
    message.extend(varint(length));
}

fn varint(value: usize) -> impl Iterator<Item = u8> {
    let mut rest = Some(value);
    std::iter::from_fn(move || {
        let value = rest?;
        rest = (value > 0x7F).then_some(value >> 7);
        Some((value & 0x7F) as u8 | if rest.is_some() { 0x80 } else { 0 })
    })
}

fn failure(status: Status) -> Error {
    match status {
        abi::Status::TERMINATED => Error::terminated(),
        abi::Status::INVALID => Error::new("the queue takes bytes only: use push_bytes()")
            .with_name("TypeError")
            .with_code("ERR_INVALID_ARG_TYPE"),
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
        // SAFETY: a store that the place of the object holds.
        let open = |host: &Host, store, offset| unsafe { (host.queue_new)(store, offset) };
        Object::deserialize("SharedQueue", deserializer, open, |host| host.queue_release_handle).map(Self)
    }
}
