//! Wakes an event loop from another thread.

use std::ffi::c_int;

use super::ffi;
use super::realm::RealmHandle;
use super::uv_handle::{UvHandle, on_event};

/// Calls back on the loop's thread after each wake-up. Keeps the loop alive only while asked to.
#[derive(Clone, Copy)]
pub struct WakeHandle(UvHandle);

// SAFETY: send() is the only libuv call that is allowed on any thread, and its caller, Waker, holds a lock that
// close()'s caller takes first. The other methods are for the loop's thread.
unsafe impl Send for WakeHandle {}

impl WakeHandle {
    /// Realm's thread. The error is libuv's.
    pub fn new(realm: &RealmHandle, callback: Box<dyn Fn()>) -> Result<Self, c_int> {
        // SAFETY: the loop is this thread's and alive; the handle is zeroed memory.
        UvHandle::new(ffi::UV_ASYNC, callback, |handle| unsafe {
            ffi::uv_async_init(realm.event_loop(), handle, on_event)
        })
        .map(Self)
    }

    /// Any thread, until `close`.
    pub fn send(&self) {
        // SAFETY: the handle is not closed yet, see above.
        unsafe { ffi::uv_async_send(self.0.raw()) };
    }

    /// Whether the handle keeps the loop alive. Loop's thread.
    pub fn set_ref(&self, referenced: bool) {
        self.0.set_ref(referenced);
    }

    /// Loop's thread, once, after all senders were told to stop.
    pub fn close(&self) {
        self.0.close();
    }
}
