//! Queues in shared memory, for libraries. Their waiters are in the addon's parking lot and their larger messages among
//! its boxed messages, together with those of JavaScript and of all other libraries.

use std::cell::RefCell;
use std::ffi::c_void;

use isothreads::abi::{self, Slice, Status};

use super::locks::{deadline, handle, memory};
use crate::agent::boxes;
use crate::message::Kind;
use crate::runtime::native::NativeWorker;
use crate::runtime::native::message::{LentAttachments, UNDEFINED, bytes, give, lend, take};
use crate::shared::NotTaken;
use crate::shared::queue::{PopError, PushError, SharedQueue, kind};

pub unsafe extern "C" fn queue_new(store: *mut c_void, byte_offset: usize) -> *mut c_void {
    // SAFETY: called by a library with a store that it holds.
    handle(SharedQueue::new(unsafe { memory(store) }, byte_offset, None))
}

pub unsafe extern "C" fn queue_release_handle(queue: *mut c_void) {
    // SAFETY: called by a library with a queue that it gives back.
    drop(unsafe { Box::from_raw(queue.cast::<SharedQueue>()) });
}

pub unsafe extern "C" fn queue_push(queue: *mut c_void, kind: u8, value: Slice, timeout: u64) -> Status {
    // SAFETY: called by a library with a queue that it holds, and bytes that it lends.
    let (queue, value) = unsafe { (&*queue.cast::<SharedQueue>(), bytes(value)) };
    if queue.shape().is_bytes() && kind != kind::BYTES {
        return Status::INVALID;
    }
    match queue.push(kind, value, deadline(timeout)) {
        Ok(()) => Status::DONE,
        Err(error) => status_of_push(error),
    }
}

pub unsafe extern "C" fn queue_push_message(queue: *mut c_void, message: *const abi::Message, timeout: u64) -> Status {
    // SAFETY: called by a library with a queue that it holds, and a message that it gives away.
    let (queue, message) = unsafe { (&*queue.cast::<SharedQueue>(), take(&*message, Kind::User)) };
    if queue.shape().is_bytes() {
        return Status::INVALID;
    }
    let boxes = boxes::of(queue);
    let number = boxes.put(message);
    match queue.push(kind::BOXED, &(number as f64).to_ne_bytes(), deadline(timeout)) {
        Ok(()) => Status::DONE,
        Err(error) => {
            drop(boxes.take(number));
            status_of_push(error)
        }
    }
}

/// The message that was popped last, lent to the library until the next call.
enum Popped {
    Bytes(Vec<u8>),
    /// As above, and the bytes are given away.
    Message(LentAttachments, abi::Memory),
}

thread_local! {
    static POPPED: RefCell<Option<Popped>> = const { RefCell::new(None) };
}

pub unsafe extern "C" fn queue_pop(
    queue: *mut c_void,
    timeout: u64,
    kind: *mut u8,
    message: *mut abi::Message,
) -> Status {
    // SAFETY: called by a library with a queue that it holds.
    let queue = unsafe { &*queue.cast::<SharedQueue>() };
    let item = match queue.pop(deadline(timeout)) {
        Ok(item) => item,
        Err(error) => return status_of_pop(error),
    };
    let popped = if item.kind == kind::BOXED {
        match unbox(queue, &item.bytes) {
            Ok(popped) => popped,
            Err(status) => return status,
        }
    } else {
        Popped::Bytes(item.bytes)
    };
    POPPED.with_borrow_mut(|last| {
        let raw = match last.insert(popped) {
            Popped::Bytes(bytes) => abi::Message {
                bytes: lend(bytes),
                ..UNDEFINED
            },
            Popped::Message(lent, bytes) => lent.raw(*bytes),
        };
        // SAFETY: called by a library with room for both.
        unsafe {
            kind.write(item.kind);
            message.write(raw);
        }
    });
    Status::DONE
}

/// The message whose number is in a slot.
fn unbox(queue: &SharedQueue, number: &[u8]) -> Result<Popped, Status> {
    let number = f64::from_ne_bytes(number.try_into().map_err(|_| Status::BROKEN)?);
    let message = boxes::of(queue).take(number as u64).ok_or(Status::BROKEN)?;
    let mut message = Box::new(message);
    let lent = match NativeWorker::current() {
        Some(worker) => LentAttachments::new(&mut message, &worker),
        None if message.ports.is_empty() => LentAttachments::without_ports(&mut message),
        None => return Err(Status::INVALID),
    };
    Ok(Popped::Message(lent, give(message)))
}

pub unsafe extern "C" fn queue_close(queue: *mut c_void) {
    // SAFETY: called by a library with a queue that it holds.
    unsafe { &*queue.cast::<SharedQueue>() }.get().close();
}

fn status_of_push(error: PushError) -> Status {
    match error {
        PushError::Full | PushError::NotTaken(NotTaken::TimedOut) => Status::TIMED_OUT,
        PushError::Closed => Status::CLOSED,
        PushError::TooLong => Status::TOO_LONG,
        PushError::NotTaken(NotTaken::Interrupted) => Status::TERMINATED,
    }
}

fn status_of_pop(error: PopError) -> Status {
    match error {
        PopError::Empty | PopError::NotTaken(NotTaken::TimedOut) => Status::TIMED_OUT,
        PopError::Closed => Status::CLOSED,
        PopError::NotTaken(NotTaken::Interrupted) => Status::TERMINATED,
    }
}
