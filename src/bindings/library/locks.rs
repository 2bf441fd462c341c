//! Locks in shared memory, for libraries. Their waiters are in the addon's parking lot, together with those of
//! JavaScript and of all other libraries.

use std::ffi::c_void;
use std::mem::ManuallyDrop;
use std::ptr::null_mut;
use std::time::{Duration, Instant};

use isothreads::abi::{FOREVER, Status};
use isothreads_codec::protocol::lock_kind;

use crate::engine::store::Store;
use crate::shared::{LockKind, Memory, NotTaken, SharedLock};

pub fn deadline(timeout: u64) -> Option<Instant> {
    match timeout {
        FOREVER => None,
        _ => Instant::now().checked_add(Duration::from_nanos(timeout)),
    }
}

/// # Safety
/// `store` is a reference that remains the caller's.
pub unsafe fn memory(store: *mut c_void) -> Memory {
    // SAFETY: by the contract.
    let store = ManuallyDrop::new(unsafe { Store::from_raw(store) });
    crate::backing::memory_of(Store::clone(&store))
}

pub fn handle<T>(value: Option<T>) -> *mut c_void {
    value.map_or(null_mut(), |value| Box::into_raw(Box::new(value)).cast())
}

pub unsafe extern "C" fn lock_new(kind: u32, store: *mut c_void, byte_offset: usize) -> *mut c_void {
    let kind = match kind {
        lock_kind::MUTEX => LockKind::Mutex,
        lock_kind::RW_LOCK => LockKind::RwLock,
        lock_kind::SEMAPHORE => LockKind::Semaphore,
        lock_kind::ONCE => LockKind::Once,
        _ => return null_mut(),
    };
    // SAFETY: called by a library with a store that it holds.
    handle(SharedLock::new(unsafe { memory(store) }, byte_offset, kind))
}

pub unsafe extern "C" fn lock_release_handle(lock: *mut c_void) {
    // SAFETY: called by a library with a lock that it gives back.
    drop(unsafe { Box::from_raw(lock.cast::<SharedLock>()) });
}

pub unsafe extern "C" fn lock_take(lock: *mut c_void, request: u32, timeout: u64) -> Status {
    // SAFETY: called by a library with a lock handle that it holds.
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
    // SAFETY: called by a library with a lock handle that it holds.
    unsafe { &*lock.cast::<SharedLock>() }.release(request, is_poisoned);
}

pub unsafe extern "C" fn once_finish(once: *mut c_void) {
    // SAFETY: called by a library with a lock handle that it holds.
    unsafe { &*once.cast::<SharedLock>() }.finish_once_here();
}
