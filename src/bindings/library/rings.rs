//! Streams of bytes in shared memory, for libraries.

use std::ffi::c_void;

use isothreads::abi::{Slice, Status};

use super::locks::{deadline, handle, memory};
use crate::runtime::native::message::bytes;
use crate::shared::NotTaken;
use crate::shared::queue::Side;
use crate::shared::ring::{RingError, SharedRing};

/// # Safety
/// `ring` is a ring that the library holds and has not given back.
unsafe fn ring<'a>(raw: *mut c_void) -> &'a SharedRing {
    // SAFETY: by the contract.
    unsafe { &*raw.cast::<SharedRing>() }
}

fn side(is_writer: bool) -> Side {
    if is_writer { Side::In } else { Side::Out }
}

pub unsafe extern "C" fn ring_new(store: *mut c_void, byte_offset: usize) -> *mut c_void {
    // SAFETY: called by a library with a store that it holds.
    handle(SharedRing::new(unsafe { memory(store) }, byte_offset, None))
}

pub unsafe extern "C" fn ring_release_handle(raw: *mut c_void) {
    // SAFETY: called by a library with a ring that it gives back.
    drop(unsafe { Box::from_raw(raw.cast::<SharedRing>()) });
}

pub unsafe extern "C" fn ring_claim(raw: *mut c_void, is_writer: bool) -> bool {
    // SAFETY: called by a library with a ring that it holds.
    unsafe { ring(raw) }.claim_here(side(is_writer))
}

pub unsafe extern "C" fn ring_leave(raw: *mut c_void, is_writer: bool, is_lost: bool) {
    // SAFETY: called by a library with a ring that it holds.
    let ring = unsafe { ring(raw) };
    if is_lost {
        ring.lose_here(side(is_writer));
    } else {
        ring.release_here(side(is_writer));
    }
}

pub unsafe extern "C" fn ring_write(raw: *mut c_void, from: Slice, timeout: u64, count: *mut usize) -> Status {
    // SAFETY: called by a library with a ring that it holds, bytes that it lends, and room for the number.
    unsafe { tell(ring(raw).write(bytes(from), deadline(timeout)), count) }
}

pub unsafe extern "C" fn ring_read(
    raw: *mut c_void,
    into: *mut u8,
    length: usize,
    timeout: u64,
    count: *mut usize,
) -> Status {
    // SAFETY: called by a library with a ring that it holds, that many bytes of its own, and room for the number.
    unsafe {
        let into = std::slice::from_raw_parts_mut(into, length);
        tell(ring(raw).read(into, deadline(timeout)), count)
    }
}

/// # Safety
/// There is room for a number.
unsafe fn tell(result: Result<usize, RingError>, count: *mut usize) -> Status {
    match result {
        Ok(done) => {
            // SAFETY: by the contract.
            unsafe { count.write(done) };
            Status::DONE
        }
        Err(RingError::NotReady | RingError::NotTaken(NotTaken::TimedOut)) => Status::TIMED_OUT,
        Err(RingError::NotTaken(NotTaken::Interrupted)) => Status::TERMINATED,
        Err(RingError::Ended) => Status::CLOSED,
        Err(RingError::Broken) => Status::BROKEN,
        Err(RingError::Destroyed) => Status::DESTROYED,
    }
}

pub unsafe extern "C" fn ring_end(raw: *mut c_void) {
    // SAFETY: called by a library with a ring that it holds.
    unsafe { ring(raw) }.get().end();
}

pub unsafe extern "C" fn ring_destroy(raw: *mut c_void, reason: Slice) {
    // SAFETY: called by a library with a ring that it holds, and text that it lends.
    let (ring, reason) = unsafe { (ring(raw), bytes(reason)) };
    ring.get().destroy_because(&String::from_utf8_lossy(reason));
}

pub unsafe extern "C" fn ring_reason(raw: *mut c_void, into: *mut u8, length: usize) -> usize {
    // SAFETY: called by a library with a ring that it holds, and that many bytes of its own.
    let (ring, into) = unsafe { (ring(raw), std::slice::from_raw_parts_mut(into, length)) };
    let reason = ring.get().reason().unwrap_or_default();
    let count = reason.len().min(length);
    into[..count].copy_from_slice(&reason.as_bytes()[..count]);
    count
}
