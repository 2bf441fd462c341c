//! Locks and queues in shared memory, for libraries: their waiters are in the addon's lot, with those of
//! JavaScript and of all other libraries.

use std::cell::RefCell;
use std::ffi::c_void;
use std::mem::ManuallyDrop;
use std::ptr::null_mut;
use std::time::{Duration, Instant};

use isothreads::abi::{FOREVER, Slice, Status};

use super::message::bytes;
use crate::engine::store::Store;
use crate::shared::queue::{self, Item, PopError, PushError, SharedQueue};
use crate::shared::{LockKind, Memory, NotTaken, SharedLock};

pub fn deadline(timeout: u64) -> Option<Instant> {
    match timeout {
        FOREVER => None,
        _ => Instant::now().checked_add(Duration::from_nanos(timeout)),
    }
}

/// # Safety
/// A reference to a store, which stays the caller's.
pub unsafe fn memory(store: *mut c_void) -> Memory {
    // SAFETY: by the contract.
    let store = ManuallyDrop::new(unsafe { Store::from_raw(store) });
    Store::clone(&store).into_shared()
}

pub fn handle<T>(value: Option<T>) -> *mut c_void {
    value.map_or(null_mut(), |value| Box::into_raw(Box::new(value)).cast())
}

pub unsafe extern "C" fn lock_new(kind: u32, store: *mut c_void, byte_offset: usize) -> *mut c_void {
    let kind = match kind {
        0 => LockKind::Mutex,
        1 => LockKind::RwLock,
        2 => LockKind::Semaphore,
        3 => LockKind::Once,
        _ => return null_mut(),
    };
    // SAFETY: called by a library with a store that it has.
    handle(SharedLock::new(unsafe { memory(store) }, byte_offset, kind))
}

pub unsafe extern "C" fn lock_release_handle(lock: *mut c_void) {
    // SAFETY: called by a library with a lock that it gives back.
    drop(unsafe { Box::from_raw(lock.cast::<SharedLock>()) });
}

pub unsafe extern "C" fn lock_take(lock: *mut c_void, request: u32, timeout: u64) -> Status {
    // SAFETY: called by a library with a lock that it has.
    let lock = unsafe { &*lock.cast::<SharedLock>() };
    if lock.is_deadlock_here(request) {
        return Status::DEADLOCK;
    }
    match lock.acquire(request, deadline(timeout)) {
        Ok(_) if lock.kind() == LockKind::Once && !lock.is_held_here() => Status::CLOSED,
        Ok(taken) if taken.is_poisoned => Status::DONE_POISONED,
        Ok(_) => Status::DONE,
        Err(NotTaken::TimedOut) => Status::TIMED_OUT,
        Err(NotTaken::Interrupted) => Status::TERMINATED,
    }
}

pub unsafe extern "C" fn lock_give(lock: *mut c_void, request: u32, is_poisoned: bool) {
    // SAFETY: called by a library with a lock that it has.
    unsafe { &*lock.cast::<SharedLock>() }.release(request, is_poisoned);
}

pub unsafe extern "C" fn once_finish(once: *mut c_void) {
    // SAFETY: called by a library with a lock that it has.
    unsafe { &*once.cast::<SharedLock>() }.finish_once_here();
}

pub unsafe extern "C" fn queue_new(store: *mut c_void, byte_offset: usize) -> *mut c_void {
    // SAFETY: called by a library with a store that it has.
    handle(SharedQueue::new(unsafe { memory(store) }, byte_offset, None))
}

pub unsafe extern "C" fn queue_release_handle(queue: *mut c_void) {
    // SAFETY: called by a library with a queue that it gives back.
    drop(unsafe { Box::from_raw(queue.cast::<SharedQueue>()) });
}

pub unsafe extern "C" fn queue_push(queue: *mut c_void, kind: u8, value: Slice, timeout: u64) -> Status {
    // SAFETY: called by a library with a queue that it has, and bytes that it lends.
    let (queue, value) = unsafe { (&*queue.cast::<SharedQueue>(), bytes(value)) };
    if queue.shape().is_bytes() && kind != queue::kind::BYTES {
        return Status::INVALID;
    }
    match queue.push(kind, value, deadline(timeout)) {
        Ok(()) => Status::DONE,
        Err(error) => status_of_push(error),
    }
}

thread_local! {
    /// Lent to the library until the next call.
    static POPPED: RefCell<Option<Item>> = const { RefCell::new(None) };
}

pub unsafe extern "C" fn queue_pop(queue: *mut c_void, timeout: u64, kind: *mut u8, value: *mut Slice) -> Status {
    // SAFETY: called by a library with a queue that it has.
    let queue = unsafe { &*queue.cast::<SharedQueue>() };
    let item = match queue.pop(deadline(timeout)) {
        Ok(item) => item,
        Err(error) => return status_of_pop(error),
    };
    POPPED.with_borrow_mut(|popped| {
        let item = popped.insert(item);
        // SAFETY: called by a library with room for both.
        unsafe {
            kind.write(item.kind);
            value.write(Slice {
                data: item.bytes.as_ptr(),
                length: item.bytes.len(),
            });
        }
    });
    Status::DONE
}

pub unsafe extern "C" fn queue_close(queue: *mut c_void) {
    // SAFETY: called by a library with a queue that it has.
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
