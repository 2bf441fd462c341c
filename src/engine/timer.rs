//! A timer of an event loop.

use std::ffi::c_int;

use super::ffi;
use super::realm::RealmHandle;
use super::uv_handle::{UvHandle, on_event};

/// Calls back on the loop's thread. Keeps the loop alive only while asked to. Bound to that thread.
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

    /// Does not call back until it is started again.
    pub fn stop(&self) {
        // SAFETY: as for `start`.
        unsafe { ffi::uv_timer_stop(self.0.raw()) };
    }

    /// Whether the started timer keeps the loop alive. At first it does not.
    pub fn set_ref(&self, is_referenced: bool) {
        self.0.set_ref(is_referenced);
    }

    pub fn close(self) {
        self.0.close();
    }
}
