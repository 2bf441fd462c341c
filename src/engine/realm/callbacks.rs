//! C callbacks from the shim to the owner of a realm.

use std::ffi::{c_char, c_void};
use std::rc::Rc;
use std::sync::Arc;

use super::{Carrier, Delivery, QueueStatus, RealmOwner};
use crate::engine::ffi;
use crate::engine::wire::Wire;

/// # Safety
/// `owner` is the pointer that RealmHandle::new() leaked.
unsafe fn owner<'a>(owner: *mut c_void) -> &'a Rc<dyn RealmOwner> {
    // SAFETY: by the contract; the box is never freed.
    unsafe { &*owner.cast() }
}

/// # Safety
/// `keys` points to `count` numbers, or `count` is 0.
unsafe fn keys<'a>(keys: *const i32, count: usize) -> &'a [i32] {
    if count == 0 {
        return &[];
    }
    // SAFETY: by the contract.
    unsafe { std::slice::from_raw_parts(keys, count) }
}

#[unsafe(no_mangle)]
extern "C" fn isothreads_on_post(
    owner_pointer: *mut c_void,
    source_key: i32,
    kind: i32,
    wire: *mut ffi::Wire,
    port_keys: *const i32,
    port_count: usize,
) -> bool {
    // SAFETY: called by realm.cc with the realm's owner, a wire that we own now, and the keys.
    let (owner, wire, port_keys) = unsafe { (owner(owner_pointer), Wire::take(wire), keys(port_keys, port_count)) };
    owner.post(usize::try_from(source_key).ok(), kind, wire, port_keys)
}

#[unsafe(no_mangle)]
extern "C" fn isothreads_on_is_port_open(owner_pointer: *mut c_void, key: i32) -> bool {
    // SAFETY: called by the shim with the realm's owner.
    let owner = unsafe { owner(owner_pointer) };
    usize::try_from(key).is_ok_and(|key| owner.is_port_open(key))
}

#[unsafe(no_mangle)]
extern "C" fn isothreads_on_close_port(owner_pointer: *mut c_void, key: i32) {
    // SAFETY: called by the shim with the realm's owner.
    let owner = unsafe { owner(owner_pointer) };
    if let Ok(key) = usize::try_from(key) {
        owner.close_port(key);
    }
}

impl Delivery {
    /// # Safety
    /// The out parameters are valid for writes.
    unsafe fn lend(
        self,
        received: *mut *mut c_void,
        wire: *mut ffi::Wire,
        port_keys: *mut *const i32,
        port_count: *mut usize,
    ) {
        let lent = Box::new(self);
        // SAFETY: by the contract. isothreads_on_receive_done() frees the box, which owns what the wire points to until
        // then.
        unsafe {
            *port_keys = lent.port_keys.as_ptr();
            *port_count = lent.port_keys.len();
            wire.write(lent.wire.lend());
            *received = Box::into_raw(lent).cast();
        }
    }
}

#[unsafe(no_mangle)]
extern "C" fn isothreads_on_receive(
    owner_pointer: *mut c_void,
    key: i32,
    received: *mut *mut c_void,
    wire: *mut ffi::Wire,
    port_keys: *mut *const i32,
    port_count: *mut usize,
) -> bool {
    // SAFETY: called by realm.cc with the realm's owner.
    let owner = unsafe { owner(owner_pointer) };
    let Some(delivery) = usize::try_from(key).ok().and_then(|key| owner.receive(key)) else {
        return false;
    };
    // SAFETY: out parameters of the caller.
    unsafe { delivery.lend(received, wire, port_keys, port_count) };
    true
}

#[unsafe(no_mangle)]
extern "C" fn isothreads_on_queue_push(
    owner_pointer: *mut c_void,
    key: i32,
    kind: u8,
    data: *const u8,
    length: usize,
) -> i32 {
    // SAFETY: called by queue.cc with the realm's owner and that many bytes.
    let (owner, bytes) = unsafe { (owner(owner_pointer), std::slice::from_raw_parts(data, length)) };
    owner.push(key as usize, kind, bytes) as i32
}

#[unsafe(no_mangle)]
extern "C" fn isothreads_on_queue_is_full(owner_pointer: *mut c_void, key: i32) -> bool {
    // SAFETY: called by queue.cc with the realm's owner.
    unsafe { owner(owner_pointer) }.is_full(key as usize)
}

#[unsafe(no_mangle)]
extern "C" fn isothreads_on_queue_pop(
    owner_pointer: *mut c_void,
    key: i32,
    kind: *mut u8,
    data: *mut *const u8,
    length: *mut usize,
) -> i32 {
    // SAFETY: called by queue.cc with the realm's owner.
    let owner = unsafe { owner(owner_pointer) };
    match owner.pop(key as usize) {
        Ok((popped, bytes)) => {
            // SAFETY: out parameters of the caller.
            unsafe {
                kind.write(popped);
                data.write(bytes.cast());
                length.write(bytes.len());
            }
            QueueStatus::Done as i32
        }
        Err(status) => status as i32,
    }
}

#[unsafe(no_mangle)]
extern "C" fn isothreads_on_box(
    owner_pointer: *mut c_void,
    key: i32,
    wire: *mut ffi::Wire,
    port_keys: *const i32,
    port_count: usize,
) -> f64 {
    // SAFETY: called by queue.cc with the realm's owner, a wire that we own now, and the keys.
    let (owner, wire, port_keys) = unsafe { (owner(owner_pointer), Wire::take(wire), keys(port_keys, port_count)) };
    owner.box_message(key as usize, wire, port_keys) as f64
}

#[unsafe(no_mangle)]
extern "C" fn isothreads_on_drop_boxed(owner_pointer: *mut c_void, key: i32, number: f64) {
    // SAFETY: called by queue.cc with the realm's owner.
    let owner = unsafe { owner(owner_pointer) };
    owner.drop_boxed(key as usize, number as u64);
}

#[unsafe(no_mangle)]
extern "C" fn isothreads_on_unbox(
    owner_pointer: *mut c_void,
    key: i32,
    number: f64,
    received: *mut *mut c_void,
    wire: *mut ffi::Wire,
    port_keys: *mut *const i32,
    port_count: *mut usize,
) -> bool {
    // SAFETY: called by queue.cc with the realm's owner.
    let owner = unsafe { owner(owner_pointer) };
    let Some(delivery) = owner.unbox_message(key as usize, number as u64) else {
        return false;
    };
    // SAFETY: out parameters of the caller.
    unsafe { delivery.lend(received, wire, port_keys, port_count) };
    true
}

#[unsafe(no_mangle)]
extern "C" fn isothreads_on_open_broadcast(owner_pointer: *mut c_void, name: *const c_char, length: usize) -> i32 {
    // SAFETY: called by broadcast.cc with the realm's owner and that many bytes.
    let (owner, name) = unsafe {
        (
            owner(owner_pointer),
            std::slice::from_raw_parts(name.cast::<u8>(), length),
        )
    };
    owner
        .open_broadcast(&String::from_utf8_lossy(name))
        .map_or(-1, |key| key as i32)
}

#[unsafe(no_mangle)]
extern "C" fn isothreads_on_close_broadcast(owner_pointer: *mut c_void, key: i32) {
    // SAFETY: called by broadcast.cc with the realm's owner.
    let owner = unsafe { owner(owner_pointer) };
    if let Ok(key) = usize::try_from(key) {
        owner.close_broadcast(key);
    }
}

#[unsafe(no_mangle)]
extern "C" fn isothreads_on_broadcast(
    owner_pointer: *mut c_void,
    key: i32,
    wire: *mut ffi::Wire,
    lent: *mut *mut c_void,
) -> bool {
    // SAFETY: called by broadcast.cc with the realm's owner, and a wire that the serialiser has filled.
    let (owner, carrier) = unsafe { (owner(owner_pointer), carrier_of(&*wire)) };
    // SAFETY: we own the wire now.
    let taken = unsafe { Wire::take(wire) };
    let Some(delivery) = owner.broadcast(key as usize, taken, carrier) else {
        return true;
    };
    let (mut keys, mut count) = (std::ptr::null(), 0);
    // SAFETY: out parameters of the caller, and our own.
    unsafe { delivery.lend(lent, wire, &raw mut keys, &raw mut count) };
    false
}

fn carrier_of(wire: &ffi::Wire) -> Carrier {
    match (wire.has_composites, wire.has_host_objects) {
        (true, _) => Carrier::Package,
        (false, true) => Carrier::HostToOne,
        (false, false) => Carrier::Host,
    }
}

#[unsafe(no_mangle)]
extern "C" fn isothreads_on_end_step(owner_pointer: *mut c_void, is_done: bool) {
    // SAFETY: called by broadcast.cc with the realm's owner.
    unsafe { owner(owner_pointer) }.end_step(is_done);
}

#[unsafe(no_mangle)]
extern "C" fn isothreads_on_receive_broadcast(
    owner_pointer: *mut c_void,
    key: i32,
    received: *mut *mut c_void,
    wire: *mut ffi::Wire,
) -> bool {
    // SAFETY: called by broadcast.cc with the realm's owner.
    let owner = unsafe { owner(owner_pointer) };
    let Some(message) = owner.receive_broadcast(key as usize) else {
        return false;
    };
    // SAFETY: out parameters of the caller. isothreads_on_broadcast_read() frees the box, which keeps what the wire points
    // to until then.
    unsafe {
        wire.write(message.lend());
        received.write(Box::into_raw(Box::new(message)).cast());
    }
    true
}

#[unsafe(no_mangle)]
extern "C" fn isothreads_on_broadcast_read(received: *mut c_void) {
    // SAFETY: the box that isothreads_on_receive_broadcast() gave away, given back once.
    drop(unsafe { Box::from_raw(received.cast::<Arc<Wire>>()) });
}

#[unsafe(no_mangle)]
extern "C" fn isothreads_on_structured_clone(
    owner_pointer: *mut c_void,
    wire: *mut ffi::Wire,
    port_keys: *const i32,
    port_count: usize,
    received: *mut *mut c_void,
    new_keys: *mut *const i32,
    new_count: *mut usize,
) {
    // SAFETY: called by realm.cc with the realm's owner, a wire that we own now, and the keys.
    let (owner, taken, port_keys) = unsafe { (owner(owner_pointer), Wire::take(wire), keys(port_keys, port_count)) };
    let delivery = owner.structured_clone(taken, port_keys);
    // SAFETY: out parameters of the caller.
    unsafe { delivery.lend(received, wire, new_keys, new_count) };
}

#[unsafe(no_mangle)]
extern "C" fn isothreads_on_receive_done(received: *mut c_void) {
    // SAFETY: the box that Delivery::lend() gave away, given back once.
    drop(unsafe { Box::from_raw(received.cast::<Delivery>()) });
}
