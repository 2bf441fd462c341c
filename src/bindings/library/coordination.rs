//! Condition variables, latches and barriers in shared memory, for libraries.

use std::ffi::c_void;

use isothreads::abi::Status;
use isothreads_codec::protocol::coordination_kind;

use super::locks::{deadline, handle, memory};
use crate::shared::{NotTaken, Passage, SharedBarrier, SharedCondvar, SharedLatch, SharedLock};

enum Coordination {
    Condvar(SharedCondvar),
    Latch(SharedLatch),
    Barrier(SharedBarrier),
}

pub unsafe extern "C" fn coordination_new(kind: u32, store: *mut c_void, byte_offset: usize) -> *mut c_void {
    // SAFETY: called by a library with a store that it holds.
    let memory = unsafe { memory(store) };
    handle(match kind {
        coordination_kind::CONDVAR => SharedCondvar::new(memory, byte_offset).map(Coordination::Condvar),
        coordination_kind::LATCH => SharedLatch::new(memory, byte_offset).map(Coordination::Latch),
        coordination_kind::BARRIER => SharedBarrier::new(memory, byte_offset).map(Coordination::Barrier),
        _ => None,
    })
}

pub unsafe extern "C" fn coordination_release_handle(object: *mut c_void) {
    // SAFETY: called by a library with an object that it gives back.
    drop(unsafe { Box::from_raw(object.cast::<Coordination>()) });
}

pub unsafe extern "C" fn coordination_wait(object: *mut c_void, mutex: *mut c_void, timeout: u64) -> Status {
    // SAFETY: called by a library with an object that it holds, and with a lock if that is a condition variable.
    let (object, mutex) = unsafe { (&*object.cast::<Coordination>(), mutex.cast::<SharedLock>().as_ref()) };
    let deadline = deadline(timeout);
    let not_done = |not_taken| match not_taken {
        NotTaken::TimedOut => Status::TIMED_OUT,
        NotTaken::Interrupted => Status::TERMINATED,
    };
    match (object, mutex) {
        (Coordination::Condvar(condvar), Some(mutex)) => match mutex.wait_for(condvar, deadline) {
            Ok(awake) => match (awake.is_timed_out, awake.taken.is_poisoned) {
                (false, false) => Status::DONE,
                (false, true) => Status::DONE_POISONED,
                (true, false) => Status::TIMED_OUT,
                (true, true) => Status::TIMED_OUT_POISONED,
            },
            Err(not_taken) => not_done(not_taken),
        },
        (Coordination::Condvar(_), None) => Status::INVALID,
        (Coordination::Latch(latch), _) => latch.wait(deadline).map_or_else(not_done, |()| Status::DONE),
        (Coordination::Barrier(barrier), _) => match barrier.wait(deadline) {
            Passage::Passed => Status::DONE,
            Passage::Last => Status::DONE_LAST,
            Passage::TimedOut => Status::TIMED_OUT,
            Passage::Interrupted => Status::TERMINATED,
            Passage::Broken => Status::CLOSED,
        },
    }
}

pub unsafe extern "C" fn coordination_notify(object: *mut c_void, count: u32) {
    // SAFETY: called by a library with an object that it holds.
    match unsafe { &*object.cast::<Coordination>() } {
        Coordination::Condvar(condvar) => condvar.get().notify(count),
        Coordination::Latch(latch) => latch.get().count_down(count),
        Coordination::Barrier(_) => {}
    }
}

pub unsafe extern "C" fn barrier_leave(object: *mut c_void) {
    // SAFETY: called by a library with an object that it holds.
    if let Coordination::Barrier(barrier) = unsafe { &*object.cast::<Coordination>() } {
        barrier.leave();
    }
}

pub unsafe extern "C" fn barrier_reset(object: *mut c_void) {
    // SAFETY: called by a library with an object that it holds.
    if let Coordination::Barrier(barrier) = unsafe { &*object.cast::<Coordination>() } {
        barrier.get().reset();
    }
}
