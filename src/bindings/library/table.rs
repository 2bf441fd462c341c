//! The functions that libraries call; see `codec/src/abi.rs`.

use std::ffi::c_void;
use std::mem::ManuallyDrop;
use std::sync::Arc;

use isothreads::abi::{self, Host, Slice, Status, Stream};

use crate::engine::module::Module;
use crate::engine::store::Store;
use crate::message::Kind;
use crate::port;
use crate::runtime::native::Failure;
use crate::runtime::native::NativePort;
use crate::runtime::native::message::{bytes, shared_memory, take, text};
use crate::runtime::native::{NativeWorker, Outcome};

pub static HOST: Host = Host {
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
    lock_new: super::locks::lock_new,
    lock_release_handle: super::locks::lock_release_handle,
    lock_take: super::locks::lock_take,
    lock_give: super::locks::lock_give,
    queue_new: super::queues::queue_new,
    queue_release_handle: super::queues::queue_release_handle,
    queue_push: super::queues::queue_push,
    queue_push_message: super::queues::queue_push_message,
    queue_pop: super::queues::queue_pop,
    queue_close: super::queues::queue_close,
    coordination_new: super::coordination::coordination_new,
    coordination_release_handle: super::coordination::coordination_release_handle,
    coordination_wait: super::coordination::coordination_wait,
    coordination_notify: super::coordination::coordination_notify,
    barrier_leave: super::coordination::barrier_leave,
    barrier_reset: super::coordination::barrier_reset,
    once_finish: super::locks::once_finish,
    ring_new: super::rings::ring_new,
    ring_release_handle: super::rings::ring_release_handle,
    ring_claim: super::rings::ring_claim,
    ring_leave: super::rings::ring_leave,
    ring_write: super::rings::ring_write,
    ring_read: super::rings::ring_read,
    ring_end: super::rings::ring_end,
    ring_destroy: super::rings::ring_destroy,
    ring_reason: super::rings::ring_reason,
};

/// # Safety
/// `worker` is the worker of a call, or a reference to it that was not released.
unsafe fn worker(raw: *mut c_void) -> ManuallyDrop<Arc<NativeWorker>> {
    // SAFETY: by the contract; the reference stays the library's.
    ManuallyDrop::new(unsafe { Arc::from_raw(raw.cast::<NativeWorker>()) })
}

unsafe extern "C" fn finish(raw: *mut c_void, message: *const abi::Message) {
    // SAFETY: called by a library with the worker of its call, and a message that it gives away.
    unsafe { worker(raw).set_outcome(Outcome::Value(take(&*message, Kind::User))) };
}

unsafe extern "C" fn fail(raw: *mut c_void, failure: *const abi::Failure) {
    // SAFETY: called by a library with the worker of its call, and texts that it lends.
    unsafe {
        let worker = worker(raw);
        worker.set_outcome(Outcome::Failure(Failure::from_raw(&*failure)));
    }
}

unsafe extern "C" fn report(raw: *mut c_void, number: u64, message: *const abi::Message) {
    // SAFETY: called by a library with a worker that it holds, and a message that it gives away.
    unsafe { worker(raw).report(number, take(&*message, Kind::User)) };
}

unsafe extern "C" fn worker_clone(raw: *mut c_void) {
    // SAFETY: called by a library with a worker that it holds.
    unsafe { Arc::increment_strong_count(raw.cast::<NativeWorker>()) };
}

unsafe extern "C" fn worker_release(raw: *mut c_void) {
    // SAFETY: called by a library with a reference that it gives back.
    unsafe { Arc::decrement_strong_count(raw.cast::<NativeWorker>()) };
}

unsafe extern "C" fn write(raw: *mut c_void, stream: Stream, text: Slice) {
    // SAFETY: called by a library with a worker that it holds, and text that it lends.
    unsafe { worker(raw).write(stream, &String::from_utf8_lossy(bytes(text))) };
}

unsafe extern "C" fn port_post(port: *mut c_void, message: *const abi::Message) -> Status {
    // SAFETY: called by a library with a port that it holds, and a message that it gives away.
    unsafe { (*port.cast::<NativePort>()).post(take(&*message, Kind::User)) }
}

unsafe extern "C" fn port_receive(port: *mut c_void, timeout: u64, message: *mut abi::Message) -> Status {
    // SAFETY: called by a library with a port that it holds, by one thread at a time.
    unsafe { (*port.cast::<NativePort>()).receive_raw(timeout, message) }
}

unsafe extern "C" fn port_release(port: *mut c_void) {
    // SAFETY: called by a library with a port that it gives back.
    drop(unsafe { NativePort::from_raw(port) });
}

unsafe extern "C" fn channel(raw: *mut c_void, ports: *mut [*mut c_void; 2]) {
    // SAFETY: called by a library with a worker that it holds, and room for two pointers.
    unsafe {
        let worker = Arc::clone(&worker(raw));
        let (first, second) = port::channel();
        ports.write([
            NativePort::new(first, worker.clone()).into_raw(),
            NativePort::new(second, worker).into_raw(),
        ]);
    }
}

unsafe extern "C" fn broadcast_channel(raw: *mut c_void, name: Slice) -> *mut c_void {
    // SAFETY: called by a library with a worker that it holds, and text that it lends.
    let (worker, name) = unsafe { (Arc::clone(&worker(raw)), text(name)) };
    let (here, there) = port::channel();
    worker.open_broadcast(&name, there);
    NativePort::new(here, worker).into_raw()
}

unsafe extern "C" fn module_clone(module: *mut c_void) -> *mut c_void {
    // SAFETY: called by a library with a reference that it holds and keeps.
    let module = ManuallyDrop::new(unsafe { Module::from_raw(module) });
    Module::clone(&module).into_raw()
}

unsafe extern "C" fn module_release(module: *mut c_void) {
    // SAFETY: called by a library with a reference that it gives back.
    drop(unsafe { Module::from_raw(module) });
}

unsafe extern "C" fn shared_new(length: usize, memory: *mut abi::SharedMemory) -> Status {
    let Some(store) = Store::new_shared(length) else {
        return Status::INVALID;
    };
    // SAFETY: called by a library with room for the result.
    unsafe { memory.write(shared_memory(store)) };
    Status::DONE
}

unsafe extern "C" fn shared_clone(store: *mut c_void) -> *mut c_void {
    // SAFETY: called by a library with a reference that it holds and keeps.
    let store = ManuallyDrop::new(unsafe { Store::from_raw(store) });
    Store::clone(&store).into_raw()
}

unsafe extern "C" fn shared_release(store: *mut c_void) {
    // SAFETY: called by a library with a reference that it gives back.
    drop(unsafe { Store::from_raw(store) });
}
