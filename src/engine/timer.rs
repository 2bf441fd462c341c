//! A timer of an event loop.

use std::ffi::c_int;

use super::ffi;
use super::realm::RealmHandle;
use super::uv_handle::{UvHandle, on_event};

/// Calls back on the loop's thread. Does not keep the loop alive. Bound to that thread.
pub struct Timer(UvHandle);

impl Timer {
    /// Realm's thread. The error is libuv's.
    pub fn new(realm: &RealmHandle, callback: Box<dyn Fn()>) -> Result<Self, c_int> {
        // SAFETY: the loop is this thread's and alive; the handle is zeroed memory.
        UvHandle::new(ffi::UV_TIMER, callback, |handle| unsafe {
            ffi::uv_timer_init(realm.event_loop(), handle)
        })
        .map(Self)
    }

    /// Calls back once, after this many milliseconds.
    pub fn start(&self, milliseconds: u64) {
        // SAFETY: loop's thread, handle not closed: that takes `self`.
        unsafe { ffi::uv_timer_start(self.0.raw(), on_event, milliseconds, 0) };
    }

    pub fn close(self) {
        self.0.close();
    }
}
